#include "model/traffic.h"

#include "ensure/ensure.h"

static const ExternalPeer *stranger(const Instance *instance, int peer) {
    for (size_t i = 0; i < instance->external_peers.n; i++)
        if ((int)instance->external_peers.at[i].peer == peer)
            return &instance->external_peers.at[i];
    return NULL;
}

Node *labels_of_end(Instance *instance, int end, Tree **tree) {
    if (end < COMPONENTS) {
        const Part *part = part_of(instance, (ComponentId)end);
        *tree = part ? part->workload->tree : NULL;
        return part ? part->labels : NULL;
    }
    const ExternalPeer *other = stranger(instance, end);
    *tree = other ? other->manifest->tree : NULL;
    return other ? other->labels : NULL;
}

static bool shows_port(const Part *part, int port) {
    const Manifest *m = part ? part->service : NULL;
    return m && item_with_int(m->tree, map_path(m->tree, m->root, "spec.ports"), "port", port);
}

static bool is_there(Instance *instance, const Edge *edge, int end) {
    const Settings *s = &instance->settings;
    if (end < COMPONENTS)
        return part_of(instance, (ComponentId)end);
    if (end == PEER_OLETOOLS || end == PEER_TIKA)
        return stranger(instance, end);
    if (end == PEER_DATABASE && edge->from == WEBMAIL)
        return !s->roundcube_sqlite && !str_is(s->webmail, "snappymail");
    return end != PEER_DATABASE || !s->sqlite;
}

static int port_of(Instance *instance, const Edge *edge) {
    if (edge->port)
        return edge->port;
    if (edge->to == PEER_REDIS)
        return instance->settings.redis_port;
    if (edge->to == PEER_DATABASE)
        return edge->from == WEBMAIL ? instance->settings.roundcube_port : instance->settings.database_port;
    return config_int(instance->config, "submission.relayPort");
}

/* "[smtp.example.net]:2525" */
static int relay_port(Instance *instance) {
    Str relay = config_get(instance->config, "mailu.relayHost");
    int port = 25;
    if (!relay.n)
        relay = environment_of(instance, "RELAYHOST");
    for (size_t i = relay.n; i-- > 0;)
        if (relay.p[i] == ':' && str_to_int(str_skip(relay, i + 1), &port))
            break;
    return port;
}

Flows flows_of(Model *model, Instance *instance) {
    Flows flows = {0};
    int relay = relay_port(instance);
    for (size_t i = 0; i < edge_count; i++) {
        const Edge *edge = &edges[i];
        if (!is_there(instance, edge, edge->from) || !is_there(instance, edge, edge->to))
            continue;
        /* Mail filters are reached by the Service: no Service port, nothing to let through. */
        if (edge->to == DOVECOT && edge->port == 4190 && !shows_port(part_of(instance, DOVECOT), 4190))
            continue;
        *PUSH(model->arena, &flows) = (Flow){edge->from, edge->to, port_of(instance, edge), edge->purpose};
    }
    if (part_of(instance, POSTFIX) && relay != 25 && relay != 587 && relay != 443)
        *PUSH(model->arena, &flows) = (Flow){POSTFIX, PEER_INTERNET, relay, "relay host"};
    return flows;
}
