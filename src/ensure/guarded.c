/* Pods whose traffic the policies are about: which policies select them, what their ports are for, and what our own
 * policies for them are called. */
#include "ensure/policies.h"

#include "yaml/query.h"

/* ---- selectors ---- */

static bool holds(Tree *tree, Node *expression, const Node *label) {
    Str operator= map_text(tree, expression, S("operator"));
    Node *values = map_get(tree, expression, S("values"));
    if (str_is(operator, "Exists"))
        return label;
    if (str_is(operator, "DoesNotExist"))
        return !label;
    bool in = label && holds_text(tree, values, label->text);
    return str_is(operator, "In") ? in : !in;
}

bool pod_selector_matches(Tree *tree, Node *selector, Tree *other, Node *labels) {
    Node *match = map_get(tree, selector, S("matchLabels"));
    if (entries_of(match) && !selector_matches(tree, match, other, labels))
        return false;
    EACH_ITEM(expression, tree, map_get(tree, selector, S("matchExpressions")))
        if (!holds(tree, expression, map_get(other, labels, map_text(tree, expression, S("key")))))
            return false;
    return true;
}

bool policy_selects(const Manifest *m, const Guarded *g) {
    return pod_selector_matches(m->tree, manifest_at(m, "spec.podSelector"), g->tree, g->pod_labels);
}

/* ---- ports ---- */

static Node *containers_of(const Guarded *g) {
    return g->workload ? map_path(g->tree, g->workload->root, "spec.template.spec.containers") : NULL;
}

int port_named(const Guarded *g, Str name) {
    EACH_ITEM(container, g->tree, containers_of(g)) {
        Node *port = item_with(g->tree, map_get(g->tree, container, S("ports")), "name", name);
        if (port)
            return int_at(g->tree, port, "containerPort");
    }
    return -1;
}

int port_at(const Guarded *g, Tree *tree, Node *map, const char *key) {
    const Node *port = map_get(tree, map, str(key));
    if (!is_scalar(port))
        return -1;
    return scalar_type(port) == TYPE_INT ? int_at(tree, map, key) : port_named(g, port->text);
}

int rule_port(const Guarded *g, Tree *tree, Node *entry) {
    return map_get(tree, entry, S("endPort")) ? -1 : port_at(g, tree, entry, "port");
}

bool is_table_port(const Flows *flows, const Guarded *g, int port) {
    for (size_t i = 0; i < port_count && g->part; i++)
        if (ports[i].component == g->part->id && ports[i].port == port && ports[i].use != PORT_UNUSED &&
            ports[i].use != PORT_HTTP)
            return true;
    for (size_t i = 0; i < flows->n; i++)
        if (flows->at[i].port == port &&
            (g->part ? flows->at[i].to == (int)g->part->id : flows->at[i].server == g->server))
            return true;
    return false;
}

bool is_called_metrics(const Guarded *g, int port) {
    EACH_ITEM(container, g->tree, containers_of(g)) {
        Node *list = map_get(g->tree, container, S("ports"));
        Node *found = item_with_int(g->tree, list, "containerPort", port);
        if (found && str_has(map_text(g->tree, found, S("name")), "metrics"))
            return true;
    }
    return false;
}

bool is_silent(const ExternalPeer *server) {
    return server->peer == PEER_TIKA || server->peer == PEER_OLETOOLS;
}

/* ---- names ---- */

/* Of two databases the second is Roundcube's. */
const char *server_name(const Instance *instance, const ExternalPeer *server) {
    for (size_t i = 0; &instance->external_peers.at[i] != server; i++)
        if (instance->external_peers.at[i].peer == server->peer && server->peer == PEER_DATABASE)
            return "webmail-database";
    return peer_names[server->peer];
}

Str policy_name(Ensure *e, const char *name, const char *ending) {
    return prefixed(e, str_format(e->arena, "%s-%s", name, ending).p);
}

bool is_own_policy(Ensure *e, Str name) {
    for (ComponentId id = 0; id < COMPONENTS; id++)
        if (str_eq(name, prefixed(e, components[id].name)) || str_eq(name, policy_name(e, components[id].name, KEPT)))
            return true;
    for (size_t i = 0; i < e->instance->external_peers.n; i++) {
        const char *server = server_name(e->instance, &e->instance->external_peers.at[i]);
        if (str_eq(name, policy_name(e, server, CLIENTS)) || str_eq(name, policy_name(e, server, KEPT)))
            return true;
    }
    return false;
}
