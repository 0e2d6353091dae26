/* The connections in one Mailu: the catalogue's table, completed from the stream and the config. */
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include "model/model.h"

typedef struct Flow {
    int from, to; /* ComponentId or Peer */
    int port;
    Protocol protocol;
    const char *purpose;
    const ExternalPeer *server; /* `to`, when it is a server in the stream and not a component */
    Str host;                   /* `to`, when it is not in the stream: its name or address; empty when it has none */
} Flow;

typedef LIST(Flow) Flows;

/* Whether the config asks for ManageSieve from outside. Then `*missing` is what that needs and the Mailu does not have;
 * NULL if it has all. */
bool asks_for_sieve(Instance *instance, const char **missing);
/* Whether ManageSieve is routed to front: the config asks for it, and nothing is missing. */
bool routes_sieve(Instance *instance);
/* Whether Traefik may get a route for this row of the table. */
bool wants_route(Instance *instance, const Route *row);
/* The rows of the table of which both ends exist, with their ports. */
Flows flows_of(Model *model, Instance *instance);
/* The host at which a component expects a server (PEER_REDIS, CLAMAV, ...), by the settings and the environment; empty
 * when there is none. */
Str server_host(const Instance *instance, int from, int server);
/* The networks that may relay through postfix, from the config or RELAYNETS, separated by commas; may be empty. */
Str relay_networks(Model *model, const Instance *instance);
/* SERVICE, SERVICE.NAMESPACE, [POD.]SERVICE.NAMESPACE.svc[.DOMAIN]: the parts of a host name that leads to a Service;
 * false for any other. An empty namespace is the Mailu's own. */
bool split_host(Str host, Str *service, Str *namespace);
/* The Service of the stream that a host name in an environment leads to; NULL when it has none of that name. */
Manifest *service_called(Model *model, const Instance *instance, Str host);

#endif
