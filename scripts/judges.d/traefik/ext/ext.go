// Package ext is what Traefik's own module has under pkg/config/dynamic/ext, which the module proxy does not serve.
package ext

// HTTP adds nothing to Traefik's dynamic configuration.
type HTTP struct{}

// Router adds nothing to a router.
type Router struct{}
