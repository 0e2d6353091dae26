/* The ports of the table, on the container and on its Service, under names that are free. */
#include "ensure/ensure.h"

#include "model/routes.h"

#include <assert.h>

static bool is_tcp(Tree *tree, Node *port) {
    Str protocol = map_text(tree, port, S("protocol"));
    return !protocol.n || str_is(protocol, "TCP");
}

static Node *port_numbered(Tree *tree, Node *list, const char *key, int number) {
    EACH_ITEM(port, tree, list)
        if (int_at(tree, port, key) == number && is_tcp(tree, port))
            return port;
    return NULL;
}

/* The catalogue's name, or, when another port has it, one with the number: Kubernetes allows 15 characters. */
static Str free_name(Ensure *e, Tree *tree, Node *list, const Port *port) {
    Str name = str(port->name), short_name = str_head(name, 9);
    for (int taken = 0; item_with(tree, list, "name", name); taken++)
        name = taken == 0 ? str_format(e->arena, "%.*s-%d", F(short_name), port->port)
                          : str_format(e->arena, "mailu-%d-%d", port->port, taken);
    return name;
}

/* The component's row of the table for a port, or NULL. */
static const Port *port_row(ComponentId component, int number) {
    for (size_t i = 0; i < port_count; i++)
        if (ports[i].component == component && ports[i].port == number)
            return &ports[i];
    return NULL;
}

static bool is_shown(Ensure *e, const Port *port) {
    switch (port->use) {
    case PORT_SIEVE:
        return config_bool(e->config, "dovecot.exposeSieve");
    case PORT_HTTP:
        return routes_to_front_http(e->config) || config_bool(e->config, "front.unusedPorts");
    case PORT_SIEVE_LOGIN:
        return routes_sieve(e->instance);
    case PORT_UNUSED:
        return config_bool(e->config, "front.unusedPorts");
    case PORT_EXPOSED:
        return true;
    case PORT_CONTAINER:
        break;
    }
    return false;
}

static void ensure_container_ports(Ensure *e) {
    Part *part = e->part;
    Manifest *m = part->workload;
    for (size_t i = 0; i < port_count; i++) {
        const Port *port = &ports[i];
        bool listens = port->use != PORT_UNUSED && port->use != PORT_HTTP && port->use != PORT_SIEVE_LOGIN;
        if (port->component != part->id || (!listens && !is_shown(e, port)))
            continue;
        Node *list = sequence_at(e, m, part->container, "ports");
        if (!port_numbered(m->tree, list, "containerPort", port->port))
            append_item(e, REQUIRE, m, list,
                        build(e->arena, "{name:%S,containerPort:%d,protocol:TCP}", free_name(e, m->tree, list, port),
                              port->port));
    }
}

/* The container's port that a port of a Service leads to, by number or by name; -1 when it leads nowhere. */
static int target_of(const Part *part, Tree *tree, Node *service_port) {
    bool says = !node_is_null(map_get(tree, service_port, S("targetPort")));
    return says ? container_port_at(part, tree, service_port, "targetPort") : int_at(tree, service_port, "port");
}

/* Of several ports of a Service each needs a name. */
static void name_ports(Ensure *e, Manifest *m, Node *list) {
    EACH_ITEM(port, m->tree, node_count(list) > 1 ? list : NULL) {
        int number = int_at(m->tree, port, "port");
        Port unknown = {.name = "port", .port = (uint16_t)number};
        const Port *row = port_row(e->part->id, number);
        if (number > 0)
            set_text(e, DEFAULT, m, port, "name", free_name(e, m->tree, list, row ? row : &unknown));
    }
}

void ensure_service_ports(Ensure *e, Manifest *m) {
    assert(m);
    Part *part = e->part;
    Node *spec = mapping_at(e, m, m->root, "spec");
    for (size_t i = 0; i < port_count; i++) {
        const Port *port = &ports[i];
        if (port->component != part->id || !is_shown(e, port))
            continue;
        Node *list = sequence_at(e, m, spec, "ports");
        Node *there = port_numbered(m->tree, list, "port", port->port);
        if (!there)
            append_item(e, REQUIRE, m, list,
                        build(e->arena, "{name:%S,port:%d,protocol:TCP,targetPort:%d}",
                              free_name(e, m->tree, list, port), port->port, port->port));
        else if (target_of(part, m->tree, there) != port->port)
            set_int(e, REQUIRE, m, there, "targetPort", port->port);
    }
    name_ports(e, m, map_get(m->tree, spec, S("ports")));
}

/* Other ports that Mailu's own front listens on: LMTP, submission and sieve for webmail, and its auth. */
static const uint16_t dead_on_front[] = {2525, 10025, 14190, 8000};

/* Removes front's ports where nothing listens in this architecture, and every host port, which would bypass Traefik and
 * its TLS. Ports that Mailu does not know, such as an exporter's, are left unchanged. */
static bool is_dead_on_front(Ensure *e, int number) {
    const Port *row = port_row(FRONT, number);
    if (row)
        return !is_shown(e, row);
    for (size_t i = 0; i < COUNT(dead_on_front); i++)
        if (dead_on_front[i] == number)
            return true;
    return false;
}

static void close_front_container(Ensure *e) {
    Manifest *m = e->part->workload;
    EACH_ITEM(port, m->tree, map_get(m->tree, e->part->container, S("ports"))) {
        bool dead = is_dead_on_front(e, int_at(m->tree, port, "containerPort"));
        remove_node(e, REQUIRE, m, dead ? port : map_get(m->tree, port, S("hostPort")));
    }
}

static void close_front_service(Ensure *e, Manifest *m) {
    EACH_ITEM(port, m->tree, manifest_at(m, "spec.ports")) {
        if (is_dead_on_front(e, int_at(m->tree, port, "port")) ||
            is_dead_on_front(e, target_of(e->part, m->tree, port)))
            remove_node(e, REQUIRE, m, port);
    }
}

Manifest *sieve_service(Ensure *e) {
    const Part *dovecot = part_of(e->instance, DOVECOT);
    Manifest *found = NULL;
    for (size_t i = 0; dovecot && i < dovecot->services.n; i++) {
        Manifest *m = dovecot->services.at[i];
        if (m != dovecot->service && port_numbered(m->tree, manifest_at(m, "spec.ports"), "port", SIEVE_PORT) &&
            (!found || has_name(m, prefixed(e, "dovecot-sieve"))))
            found = m;
    }
    return found;
}

/* dovecot's own Service has no ManageSieve, as specified: webmail, where filters and vacation are edited, and front
 * reach it by one of its own. */
static void ensure_sieve_service(Ensure *e) {
    Part *part = e->part;
    bool used = part_of(e->instance, WEBMAIL) || routes_sieve(e->instance);
    if (!used || !part->service || sieve_service(e))
        return;
    Manifest *m = add_service(e, part, prefixed(e, "dovecot-sieve"));
    append_item(e, REQUIRE, m, sequence_at(e, m, m->root, "spec.ports"),
                build(e->arena, "{name:sieve,port:%d,protocol:TCP,targetPort:%d}", SIEVE_PORT, SIEVE_PORT));
    *PUSH(e->arena, &part->services) = m;
}

void ensure_ports(Ensure *e) {
    Part *part = e->part;
    ensure_container_ports(e);
    if (part->id == DOVECOT)
        ensure_sieve_service(e);
    for (size_t i = 0; i < part->services.n; i++) {
        Manifest *service = part->services.at[i];
        if (service == part->service || part->id == FRONT)
            ensure_service_ports(e, service);
        if (part->id == FRONT)
            close_front_service(e, service);
    }
    if (part->id == FRONT)
        close_front_container(e);
}
