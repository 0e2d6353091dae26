#include "model/traffic.h"

#include "model/routes.h"
#include "yaml/query.h"

/* ---- where servers are ---- */

/* "[smtp.example.net]:2525"; returns the host without brackets. */
static Str relay_host(const Instance *instance, int *port) {
    Str relay = config_get(instance->config, "mailu.relayHost");
    if (!relay.n)
        relay = environment_of(instance, "RELAYHOST");
    ptrdiff_t colon = str_find_last(relay, ':');
    if (colon > str_find_last(relay, ']') && str_to_int(str_skip(relay, (size_t)colon + 1), port))
        relay.n = (size_t)colon;
    if (str_starts(relay, S("[")))
        relay = str_skip(relay, 1);
    if (str_ends(relay, S("]")))
        relay.n--;
    return relay;
}

/* The address of a server that can be switched off: the images look for it only there. */
static Str optional_host(const Instance *instance, const char *address, const char *on) {
    Str host = environment_of(instance, address), switched = environment_of(instance, on);
    bool off = str_is(switched, "none") || str_is(switched, "false") || str_is(host, "localhost") ||
               str_starts(host, S("127."));
    return !off ? host : (Str){0};
}

Str server_host(const Instance *instance, int from, int server) {
    const Settings *s = &instance->settings;
    int port;
    switch (server) {
    case PEER_REDIS:
        return s->redis_host;
    case PEER_DATABASE:
        return from == WEBMAIL ? s->roundcube_host : s->database_host;
    case PEER_OLETOOLS:
        return optional_host(instance, "OLETOOLS_ADDRESS", "SCAN_MACROS");
    case PEER_TIKA:
        return optional_host(instance, "FTS_ATTACHMENTS_ADDRESS", "FULL_TEXT_SEARCH_ATTACHMENTS");
    case PEER_RELAY_HOST:
        return relay_host(instance, &port);
    case CLAMAV:
        return optional_host(instance, "ANTIVIRUS_ADDRESS", "ANTIVIRUS");
    default:
        return (Str){0};
    }
}

Str relay_networks(Model *model, const Instance *instance) {
    Config *config = instance->config;
    if (!config_has(config, "mailu.relayNets"))
        return environment_of(instance, "RELAYNETS");
    return config_texts(model->arena, config, "mailu.relayNets", ",");
}

/* Removes and returns the last label. */
static Str cut_last_label(Str *host) {
    ptrdiff_t dot = str_find_last(*host, '.');
    Str label = str_skip(*host, (size_t)(dot + 1));
    host->n = dot < 0 ? 0 : (size_t)dot;
    return label;
}

bool split_host(Str host, Str *service, Str *namespace) {
    ptrdiff_t svc = str_find(host, S(".svc."));
    bool long_name = svc > 0 || str_ends(host, S(".svc"));
    if (long_name)
        host = str_head(host, svc > 0 ? (size_t)svc : host.n - 4);
    *namespace = str_find_char(host, '.') >= 0 ? cut_last_label(&host) : (Str){0};
    *service = long_name ? cut_last_label(&host) : host;
    return service->n && (long_name || str_find_char(host, '.') < 0);
}

Manifest *service_called(Model *model, const Instance *instance, Str host) {
    Str name, namespace;
    if (!split_host(host, &name, &namespace))
        return NULL;
    Manifest *m = stream_find(model->stream, KIND_SERVICE, namespace.n ? namespace : instance->namespace, name);
    return m && !m->hook && same_namespace(m->namespace, instance->namespace) ? m : NULL;
}

/* The server of that kind in the stream; of two databases the one that the part uses. */
static const ExternalPeer *server_at(Model *model, const Instance *instance, int peer, Str host) {
    const Manifest *service = service_called(model, instance, host);
    for (size_t i = 0; i < instance->external_peers.n; i++) {
        const ExternalPeer *p = &instance->external_peers.at[i];
        if ((int)p->peer == peer && (peer != PEER_DATABASE || p->manifest == service))
            return p;
    }
    return NULL;
}

/* ---- the table ---- */

static bool uses_database(const Instance *instance, int from) {
    const Settings *s = &instance->settings;
    return from == WEBMAIL ? !s->roundcube_sqlite && !str_is(s->webmail, "snappymail") : !s->sqlite;
}

/* Whether one end of the row exists; a server must have a host, or be in the stream. */
static bool is_there(Model *model, Instance *instance, const Edge *edge, int end, Flow *flow) {
    if (end < COMPONENTS && part_of(instance, (ComponentId)end))
        return true;
    switch (end) {
    case PEER_TRAEFIK:
    case PEER_INTERNET:
        return true;
    case PEER_RELAY_NETWORKS:
        return relay_networks(model, instance).n;
    case PEER_DATABASE:
        if (!uses_database(instance, edge->from))
            return false;
        break;
    default:
        break;
    }
    flow->host = server_host(instance, edge->from, end);
    flow->server = end < COMPONENTS ? NULL : server_at(model, instance, end, flow->host);
    return flow->server || flow->host.n || end == PEER_REDIS || end == PEER_DATABASE;
}

bool asks_for_sieve(Instance *instance, const char **missing) {
    Config *config = instance->config;
    *missing = !part_of(instance, FRONT)      ? "front component"
               : !part_of(instance, DOVECOT)  ? "dovecot component"
               : !instance->settings.subnet.n ? "pod network"
                                              : NULL;
    return routes_traefik(config) && config_bool(config, "ingress.traefik.enableTcp") &&
           config_bool(config, "ingress.traefik.sieve");
}

bool routes_sieve(Instance *instance) {
    const char *missing;
    return asks_for_sieve(instance, &missing) && !missing;
}

bool wants_route(Instance *instance, const Route *row) {
    return row->port != SIEVE_PORT || routes_sieve(instance);
}

/* What leads to front's web server and ManageSieve, and on from there, does so when the config asks for it. */
static bool is_edge_asked_for(Instance *instance, const Edge *edge) {
    Config *config = instance->config;
    if (edge->to == FRONT && edge->port == FRONT_HTTP_PORT)
        return routes_to_front_http(config);
    if ((edge->from == FRONT || edge->to == FRONT) && edge->port == SIEVE_PORT)
        return routes_sieve(instance);
    if (edge->from == FRONT && edge->to == WEBDAV)
        return routes_traefik(config) && config_bool(config, "ingress.traefik.webdav");
    if (edge->from == FRONT && edge->to == RSPAMD)
        return routes_traefik(config) && config_bool(config, "ingress.traefik.antispam");
    return true;
}

static int port_of(Instance *instance, const Edge *edge) {
    int port = 25;
    if (edge->port)
        return edge->port;
    switch (edge->to) {
    case PEER_REDIS:
        return instance->settings.redis_port;
    case PEER_DATABASE:
        return edge->from == WEBMAIL ? instance->settings.roundcube_port : instance->settings.database_port;
    case PEER_RELAY_HOST:
        relay_host(instance, &port);
        return port;
    default:
        return config_int(instance->config, "submission.relayPort");
    }
}

Flows flows_of(Model *model, Instance *instance) {
    Flows flows = {0};
    for (size_t i = 0; i < edge_count; i++) {
        const Edge *edge = &edges[i];
        Flow flow = {.from = edge->from, .to = edge->to, .protocol = edge->protocol, .purpose = edge->purpose};
        if (!is_edge_asked_for(instance, edge) || !is_there(model, instance, edge, edge->from, &flow) ||
            !is_there(model, instance, edge, edge->to, &flow))
            continue;
        flow.port = port_of(instance, edge);
        *PUSH(model->arena, &flows) = flow;
    }
    return flows;
}
