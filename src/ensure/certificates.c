#include "ensure/certificates.h"

#include "ensure/backends.h"

#define CERTIFICATE_KEY "tls.crt"

Str tls_secret(Ensure *e) {
    return e->instance->settings.tls_secret;
}

/* ---- what the stream has ---- */

/* Where front has a certificate from: a Secret, as a volume or in a projected one. */
typedef struct Source {
    Node *secret; /* NULL when there is none */
    Str name;
} Source;

/* The Secret of a projected volume that has the certificate: the first that may have it. */
static Source projected_source(Tree *tree, Node *projected) {
    EACH_ITEM(source, tree, map_get(tree, projected, S("sources"))) {
        Node *secret = map_get(tree, source, S("secret")), *items = map_get(tree, secret, S("items"));
        if (secret && (!items || item_with(tree, items, "key", S(CERTIFICATE_KEY))))
            return (Source){secret, map_text(tree, secret, S("name"))};
    }
    return (Source){0};
}

static Source certificate_source(const Part *front) {
    Tree *tree = front->workload->tree;
    Node *mounts = map_get(tree, front->container, S("volumeMounts"));
    Node *mount = item_with(tree, mounts, "mountPath", S("/certs"));
    Node *volume = volume_of(front, mount ? mount : item_with(tree, mounts, "mountPath", S("/certs/")));
    Node *secret = map_get(tree, volume, S("secret"));
    return secret ? (Source){secret, map_text(tree, secret, S("secretName"))}
                  : projected_source(tree, map_get(tree, volume, S("projected")));
}

static bool has_key(const Manifest *secret, const char *key) {
    return map_get(secret->tree, manifest_at(secret, "data"), str(key)) ||
           map_get(secret->tree, manifest_at(secret, "stringData"), str(key));
}

/* The Secret that front served, if Traefik can read it: with the keys that Kubernetes names. */
static Str secret_of_front(Ensure *e) {
    const Part *front = part_of(e->instance, FRONT);
    if (!front)
        return (Str){0};
    Tree *tree = front->workload->tree;
    Source source = certificate_source(front);
    Node *items = map_get(tree, source.secret, S("items"));
    const Manifest *secret = find_manifest(e, KIND_SECRET, source.name);
    if ((items && !item_with(tree, items, "key", S(CERTIFICATE_KEY))) || (secret && !has_key(secret, CERTIFICATE_KEY)))
        return (Str){0};
    return source.name;
}

/* Whether the Certificate is for one of the mail server's names. */
static bool is_for_hostnames(Ensure *e, const Manifest *m) {
    Node *names = manifest_at(m, "spec.dnsNames");
    Str common = manifest_text(m, "spec.commonName");
    for (Str rest = e->instance->settings.hostnames, host; str_next_item(&rest, &host);) {
        Str parent = host;
        str_cut(&parent, '.');
        if (str_eq(host, common) || holds_text(m->tree, names, host) ||
            holds_text(m->tree, names, str_format(e->arena, "*.%.*s", F(parent))))
            return true;
    }
    return false;
}

/* The value of `key` in the TLS of one of Traefik's own routes to this Mailu; empty when none has it. */
static Str tls_of_routes(Ensure *e, const char *key) {
    Str value = {0};
    Manifest *m = NULL;
    while (!value.n && (m = stream_earlier(next_manifest(e, KIND_ROUTE_TCP, m), next_manifest(e, KIND_ROUTE_HTTP, m))))
        if (parts_of_route(e->instance, m) & ~OTHERS)
            value = map_text(m->tree, manifest_at(m, "spec.tls"), str(key));
    return value;
}

static Str secret_of_certificate(Ensure *e) {
    for (const Manifest *m = NULL; (m = next_manifest(e, KIND_CERTIFICATE, m));)
        if (is_for_hostnames(e, m))
            return manifest_text(m, "spec.secretName");
    return (Str){0};
}

/* Of the Ingresses that lead to this Mailu: the first Secret, and the first resolver. */
static Str tls_of_ingresses(Ensure *e, bool resolver) {
    for (Manifest *m = NULL; (m = next_ingress(e, m));) {
        Node *tls = first_item(m->tree, manifest_at(m, "spec.tls"));
        Str value = resolver ? annotation_of(m, ANNOTATION_RESOLVER) : map_text(m->tree, tls, S("secretName"));
        if (value.n && (parts_of_route(e->instance, m) & ~OTHERS))
            return value;
    }
    return (Str){0};
}

/* ---- what holds ---- */

static Str first_of(Str a, Str b) {
    return a.n ? a : b;
}

/* A Secret that only front's volume names exists if front served it: with TLS_FLAVOR notls it never did, and the
 * official chart names one that nothing creates. */
void find_certificate(Ensure *e) {
    Settings *s = &e->instance->settings;
    Str of_ingress = tls_of_ingresses(e, false), of_front = secret_of_front(e);
    Str of_others = first_of(secret_of_certificate(e), tls_of_routes(e, "secretName"));
    bool served = of_front.n && !str_is(environment_of(e->instance, "TLS_FLAVOR"), "notls");
    Str found = first_of(of_ingress, first_of(of_front, of_others));
    bool given = config_has(e->config, "ingress.traefik.tlsSecret");
    s->tls_secret = given ? config_get(e->config, "ingress.traefik.tlsSecret") : first_of(found, S(DEFAULT_TLS_SECRET));
    s->cert_resolver = config_get(e->config, "ingress.traefik.certResolver");
    if (!s->cert_resolver.n && !given)
        s->cert_resolver = first_of(tls_of_routes(e, "certResolver"), tls_of_ingresses(e, true));
    s->ingress_has_secret = of_ingress.n > 0;
    s->has_certificate = given || s->cert_resolver.n || of_ingress.n || (of_front.n ? served : of_others.n > 0);
}

/* ---- front ---- */

/* Traefik has the certificate now, and front starts without. */
void ensure_certificate_volume(Ensure *e) {
    if (e->part->id != FRONT)
        return;
    Source source = certificate_source(e->part);
    if (source.name.n && !find_manifest(e, KIND_SECRET, source.name))
        set_value(e, REQUIRE, e->part->workload, source.secret, "optional", new_plain(e->arena, S("true")));
}
