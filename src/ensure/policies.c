/* NetworkPolicies: they allow only the connections in the table. Policies add up, so one in the stream that allows more
 * is changed to exclude these pods (narrowing.c). */
#include "ensure/policies.h"

#include "spec/formats.h"
#include "yaml/query.h"

/* ---- peers ---- */

static Node *namespace_peer(Arena *arena, Str namespace) {
    return build(arena, "{namespaceSelector:{matchLabels:{kubernetes.io/metadata.name:%S}}}", namespace);
}

static Node *pods(Ensure *e, Tree *tree, Node *labels) {
    return build(e->arena, "{podSelector:{matchLabels:%n}}", node_copy(tree, e->arena, labels));
}

static Node *block(Arena *arena, Str network) {
    return build(arena, "{ipBlock:{cidr:%S}}", network);
}

/* Traefik's pods, and the addresses that the config has for a Traefik outside of pods. */
static void add_traefik(Ensure *e, Node *peers) {
    Str namespace = config_get(e->config, "ingress.traefik.namespace");
    Node *labels = config_node(e->config, "ingress.traefik.podLabels");
    Node *networks = config_node(e->config, "ingress.traefik.networks");
    node_add(peers, build(e->arena, "{namespaceSelector:{matchLabels:%n},podSelector:{matchLabels:%n}}",
                          namespace.n ? build(e->arena, "{kubernetes.io/metadata.name:%S}", namespace) : NULL,
                          labels ? node_copy(&e->config->tree, e->arena, labels)
                                 : build(e->arena, "{app.kubernetes.io/name:traefik}")));
    EACH_ITEM(network, &e->config->tree, networks)
        node_add(peers, block(e->arena, network->text));
}

/* Everything but the pods and what clouds hand out credentials at. Where the pods' IPv6 network is not known it is
 * among the private addresses. */
static void add_internet(Ensure *e, Node *peers) {
    const Settings *s = &e->instance->settings;
    Node *subnet = s->subnet.n ? new_string(e->arena, s->subnet) : NULL;
    Node *except = s->subnet6.n ? build(e->arena, "[%S,%s]", s->subnet6, "fd00:ec2::254/128")
                                : build(e->arena, "[%s]", "fd00::/8");
    node_add(peers, build(e->arena, "{ipBlock:{cidr:%s,except:[%n,%s]}}", "0.0.0.0/0", subnet, "169.254.0.0/16"));
    node_add(peers, build(e->arena, "{ipBlock:{cidr:%s,except:%n}}", "::/0", except));
}

/* An address of postfix' mynetworks as an ipBlock has it: with its length, without brackets; empty when it is not an
 * address. */
static Str as_network(Ensure *e, Str address) {
    Buf out = {.arena = e->arena};
    for (size_t i = 0; i < address.n; i++)
        if (address.p[i] != '[' && address.p[i] != ']')
            buf_char(&out, address.p[i]);
    if (str_find_char(buf_str(&out), '/') < 0)
        buf_add(&out, str_find_char(address, ':') >= 0 ? S("/128") : S("/32"));
    Str network = buf_str(&out);
    return check_cidr4(network) || check_cidr6(network) ? network : (Str){0};
}

static void add_relay_networks(Ensure *e, Node *peers) {
    for (Str list = relay_networks(e->model, e->instance), address; str_next_item(&list, &address);) {
        Str network = as_network(e, address);
        if (network.n)
            node_add(peers, block(e->arena, network));
    }
}

/* A server by its name: SERVICE is in this namespace, SERVICE.NAMESPACE in that one. A longer name or an address may
 * lead anywhere, to a pod too: policies see where a Service leads, not its address. */
static void add_host_peers(Ensure *e, int end, Str host, Node *peers) {
    const Manifest *service = service_called(e->model, e->instance, host);
    Str name, namespace;
    if (service) {
        Str external = manifest_text(service, "spec.externalName");
        Node *selector = manifest_at(service, "spec.selector");
        if (external.n && !str_eq(external, host))
            add_host_peers(e, end, external, peers);
        if (external.n ||
            !is_mapping(selector)) /* its EndpointSlices are made by hand, so where it leads is not known */
            return;
        node_add(peers, pods(e, service->tree, selector));
        return;
    }
    if (!host.n)
        return;
    if (split_host(host, &name, &namespace))
        node_add(peers, namespace.n ? namespace_peer(e->arena, namespace) : build(e->arena, "{podSelector:{}}"));
    else if (str_ends(host, e->instance->settings.cluster_domain))
        node_add(peers, build(e->arena, "{namespaceSelector:{}}"));
    else if (end == PEER_RELAY_HOST)
        add_internet(e, peers);
}

/* The peers at that end of `flow`, as a list; an empty one means anyone. */
static Node *peers_of(Ensure *e, const Flow *flow, int end) {
    Node *peers = new_collection(e->arena, SEQUENCE);
    const Part *part = end < COMPONENTS ? part_of(e->instance, (ComponentId)end) : NULL;
    if (part)
        node_add(peers, pods(e, part->workload->tree, part->labels));
    else if (end == flow->to && flow->server)
        node_add(peers, pods(e, flow->server->manifest->tree, flow->server->labels));
    else if (end == PEER_TRAEFIK)
        add_traefik(e, peers);
    else if (end == PEER_INTERNET)
        add_internet(e, peers);
    else if (end == PEER_RELAY_NETWORKS)
        add_relay_networks(e, peers);
    else
        add_host_peers(e, end, flow->host, peers);
    return peers;
}

/* ---- rules ---- */

static Node *port_entry(Arena *arena, Protocol protocol, int port) {
    return build(arena, "{protocol:%s,port:%d}", protocol == UDP ? "UDP" : "TCP", port);
}

/* Whose rules are made. */
typedef struct Self {
    int end;
    const ExternalPeer *server;
} Self;

/* Those that leave (or reach) one end. */
static Flows flows_at(Arena *arena, const Flows *flows, int end, bool leaving) {
    Flows own = {0};
    for (size_t i = 0; i < flows->n; i++)
        if (end == (leaving ? flows->at[i].from : flows->at[i].to))
            *PUSH(arena, &own) = flows->at[i];
    return own;
}

static bool is_flow_of(const Flow *flow, Self self, int other, bool leaving) {
    int here = leaving ? flow->from : flow->to, there = leaving ? flow->to : flow->from;
    return here == self.end && there == other && (!self.server || flow->server == self.server);
}

/* The ports and peers of connections between `self` and `other` in one direction; NULL when there are none. */
static Node *peers_with_ports(Ensure *e, const Flows *flows, Self self, int other, bool leaving, Node *list) {
    Node *peers = NULL;
    for (size_t i = 0; i < flows->n; i++) {
        const Flow *flow = &flows->at[i];
        if (!is_flow_of(flow, self, other, leaving))
            continue;
        node_add(list, port_entry(e->arena, flow->protocol, flow->port));
        peers = peers_of(e, flow, other);
    }
    return peers;
}

/* The peers of the rule that has the same ports; NULL when none has. */
static Node *peers_of_rule(Node *rules, Node *list, bool leaving) {
    for (Node *rule = node_first(rules); rule; rule = node_next(rule))
        if (node_equal(NULL, map_get(NULL, rule, S("ports")), NULL, list))
            return map_get(NULL, rule, leaving ? S("to") : S("from"));
    return NULL;
}

/* The rules for what leaves (or reaches) `self`: peers with the same ports share one. */
static Node *rules_for(Ensure *e, const Flows *flows, Self self, bool leaving) {
    Node *rules = new_collection(e->arena, SEQUENCE);
    Flows own = flows_at(e->arena, flows, self.end, leaving);
    for (int other = 0; other < PEERS; other++) {
        Node *list = new_collection(e->arena, SEQUENCE);
        Node *peers = peers_with_ports(e, &own, self, other, leaving, list);
        if (!peers)
            continue;
        Node *same = node_first(peers) ? peers_of_rule(rules, list, leaving) : NULL;
        for (Node *peer = same ? node_first(peers) : NULL; peer; peer = node_next(peer))
            node_add(same, node_copy(NULL, e->arena, peer));
        if (!same)
            node_add(rules, build(e->arena, leaving ? "{to:%n,ports:%n}" : "{from:%n,ports:%n}",
                                  node_first(peers) ? peers : NULL, list));
    }
    return rules;
}

/* NULL when nothing is allowed in. Here and below: the API server drops an empty list, so it would be written again
 * each time. */
static Node *ingress_for(Ensure *e, const Flows *flows, Self self) {
    Node *rules = rules_for(e, flows, self, false);
    return node_first(rules) ? rules : NULL;
}

/* Policies see the port behind a Service: OpenShift's DNS listens on 5353. */
static Node *egress_for(Ensure *e, const Flows *flows, Self self) {
    Node *rules = rules_for(e, flows, self, true);
    node_add(rules,
             build(e->arena, "{ports:[%n,%n,%n,%n]}", port_entry(e->arena, UDP, 53), port_entry(e->arena, TCP, 53),
                   port_entry(e->arena, UDP, 5353), port_entry(e->arena, TCP, 5353)));
    return rules;
}

/* ---- our own policies ---- */

static void ensure_component_policies(Ensure *e, const Flows *flows) {
    for (Ensure each = *e; to_next_part(&each);) {
        const Part *part = each.part;
        Self self = {(int)part->id, NULL};
        ensure_spec(&each, KIND_POLICY, prefixed(e, part->component->name), part->component->name,
                    build(e->arena, "{podSelector:{matchLabels:%n},policyTypes:[Ingress,Egress],ingress:%n,egress:%n}",
                          node_copy(part->workload->tree, e->arena, part->labels), ingress_for(e, flows, self),
                          egress_for(e, flows, self)));
    }
}

static void ensure_server_policy(Ensure *e, const Flows *flows, const ExternalPeer *server) {
    Tree *tree = server->manifest->tree;
    Node *rules = rules_for(e, flows, (Self){(int)server->peer, server}, false);
    Node *family = node_copy(tree, e->arena, server->family);
    if (!node_first(rules))
        return; /* who asks it is not in the stream */
    if (!is_silent(server))
        node_add(rules, build(e->arena, "{from:[{podSelector:{matchLabels:%n}}]}", node_copy(tree, e->arena, family)));
    ensure_spec(
        e, KIND_POLICY, policy_name(e, server_name(e->instance, server), CLIENTS), peer_names[server->peer],
        is_silent(server)
            ? build(e->arena, "{podSelector:{matchLabels:%n},policyTypes:[Ingress,Egress],ingress:%n}", family, rules)
            : build(e->arena, "{podSelector:{matchLabels:%n},policyTypes:[Ingress],ingress:%n}", family, rules));
}

/* ---- what has no way in ---- */

static void warn_of_relay_networks(Ensure *e) {
    const Settings *s = &e->instance->settings;
    Part *postfix = part_of(e->instance, POSTFIX);
    bool asked = config_has(e->config, "mailu.relayNets");
    if (!postfix || !is_on_for(e, postfix))
        return;
    for (Str list = relay_networks(e->model, e->instance), address; str_next_item(&list, &address);) {
        Str network = as_network(e, address);
        Diagnostic *d = NULL;
        if (!address.n || network_inside(network, s->subnet) || network_inside(network, s->subnet6))
            continue;
        if (!network.n)
            d = warn(
                e, WARN_RELAY_NETWORKS, asked ? NULL : e->instance->environment, NULL,
                "RELAYNETS: \"%.*s\" is not a network that a NetworkPolicy can name: its hosts can't reach postfix",
                F(address));
        else
            d = warn(e, WARN_RELAY_NETWORKS, asked ? NULL : e->instance->environment, NULL,
                     "RELAYNETS: %.*s is outside the pod network: its hosts reach port 25 of postfix only where pod "
                     "addresses are routed to them; through Traefik nobody can relay without a login",
                     F(address));
        if (asked)
            config_locate(e->config, "mailu.relayNets", d);
    }
}

/* ---- the pass ---- */

static GuardedList find_guarded(Ensure *e) {
    GuardedList guarded = {0};
    for (Ensure each = *e; to_next_part(&each);)
        *PUSH(e->arena, &guarded) = (Guarded){.name = each.part->component->name,
                                              .part = each.part,
                                              .workload = each.part->workload,
                                              .tree = each.part->workload->tree,
                                              .pod_labels = each.part->pod_labels};
    for (size_t i = 0; i < e->instance->external_peers.n; i++) {
        const ExternalPeer *server = &e->instance->external_peers.at[i];
        Guarded g = {.name = server_name(e->instance, server),
                     .server = server,
                     .tree = server->manifest->tree,
                     .pod_labels = server->labels};
        for (size_t j = 0; j < server->workloads.n; j++) {
            g.workload = server->workloads.at[j];
            g.tree = g.workload->tree;
            g.pod_labels = map_path(g.tree, g.workload->root, "spec.template.metadata.labels");
            *PUSH(e->arena, &guarded) = g;
        }
        if (!server->workloads.n)
            *PUSH(e->arena, &guarded) = g;
    }
    return guarded;
}

void ensure_policies(Ensure *e) {
    if (!config_bool(e->config, "networkPolicies"))
        return;
    Flows flows = flows_of(e->model, e->instance);
    GuardedList guarded = find_guarded(e);
    find_scraped(e, &guarded);
    narrow_policies(e, &flows, &guarded); /* first: the label it gives to pods is one by which the others know them */
    ensure_component_policies(e, &flows);
    for (size_t i = 0; i < e->instance->external_peers.n; i++)
        ensure_server_policy(e, &flows, &e->instance->external_peers.at[i]);
    ensure_kept_policies(e, &flows, &guarded);
    warn_of_relay_networks(e);
}
