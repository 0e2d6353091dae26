/* NetworkPolicies: only those talk to each other who are in the table. Policies add up, so one that came with the
 * stream and lets more in is told to leave these pods to theirs. */
#include "ensure/ensure.h"

#include "model/traffic.h"

/* ---- our own ---- */

static Node *port_entry(Arena *arena, const char *protocol, int port) {
    return build(arena, "{protocol:%s,port:%d}", protocol, port);
}

static Node *traefik_pods(Ensure *e) {
    Arena *arena = e->model->arena;
    Config *config = e->instance->config;
    Str namespace = config_get(config, "ingress.traefik.namespace");
    Node *labels = config_node(config, "ingress.traefik.podLabels");
    return build(arena, "{namespaceSelector:{matchLabels:%n},podSelector:{matchLabels:%n}}",
                 namespace.n ? build(arena, "{kubernetes.io/metadata.name:%S}", namespace) : NULL,
                 labels ? node_copy(&config->tree, arena, labels) : build(arena, "{app.kubernetes.io/name:traefik}"));
}

/* A host name of the cluster's own, by which a Service is reached: one or two parts, or any under ".svc". */
static bool is_in_cluster(Ensure *e, Str host) {
    Str rest = host;
    str_cut(&rest, '.');
    str_cut(&rest, '.');
    return rest.n == 0 || str_starts(rest, S("svc.")) || str_is(rest, "svc") ||
           str_ends(host, e->instance->settings.cluster_domain);
}

/* Whom `self` means by that end; NULL for anybody. */
static Node *peer_of(Ensure *e, int self, int end) {
    Arena *arena = e->model->arena;
    const Settings *s = &e->instance->settings;
    Tree *tree;
    Node *labels = labels_of_end(e->instance, end, &tree);
    if (labels)
        return build(arena, "{podSelector:{matchLabels:%n}}", node_copy(tree, arena, labels));
    if (end == PEER_TRAEFIK)
        return traefik_pods(e);
    Str host = end != PEER_DATABASE ? (end == PEER_REDIS ? s->redis_host : S(""))
               : self == WEBMAIL    ? s->roundcube_host
                                    : s->database_host;
    return host.n && is_in_cluster(e, host) ? build(arena, "{namespaceSelector:{}}") : NULL;
}

/* The ports by which `self` and `other` talk, in one direction. */
static Node *ports_between(Ensure *e, const Flows *flows, int self, int other, bool leaving) {
    Node *list = new_collection(e->model->arena, SEQUENCE);
    for (size_t i = 0; i < flows->n; i++) {
        const Flow *flow = &flows->at[i];
        if ((leaving ? flow->from : flow->to) == self && (leaving ? flow->to : flow->from) == other)
            node_append(list, NULL, port_entry(e->model->arena, "TCP", flow->port));
    }
    return list;
}

/* The rules for what leaves (or reaches) `self`: those at the other end who use the same ports share one. */
static Node *rules_for(Ensure *e, const Flows *flows, int self, bool leaving) {
    Arena *arena = e->model->arena;
    const char *side = leaving ? "to" : "from";
    Node *rules = new_collection(arena, SEQUENCE);
    Tree none = {.arena = arena};
    for (int other = 0; other < PEERS; other++) {
        Node *list = ports_between(e, flows, self, other, leaving), *same = NULL;
        if (!node_first(list))
            continue;
        Node *peer = peer_of(e, self, other);
        for (Node *rule = node_first(rules); rule && !same; rule = node_next(rule))
            if (peer && map_get(&none, rule, str(side)) &&
                node_equal(&none, map_get(&none, rule, S("ports")), &none, list))
                same = map_get(&none, rule, str(side));
        if (same) {
            node_append(same, NULL, peer);
            continue;
        }
        Node *peers = new_collection(arena, SEQUENCE);
        if (peer)
            node_append(peers, NULL, peer);
        node_append(rules, NULL,
                    leaving ? build(arena, "{to:%n,ports:%n}", peer ? peers : NULL, list)
                            : build(arena, "{from:%n,ports:%n}", peer ? peers : NULL, list));
    }
    return rules;
}

static Node *egress_for(Ensure *e, const Flows *flows, int self) {
    Arena *arena = e->model->arena;
    Node *rules = rules_for(e, flows, self, true);
    node_append(rules, NULL,
                build(arena, "{ports:[%n,%n]}", port_entry(arena, "UDP", 53), port_entry(arena, "TCP", 53)));
    return rules;
}

static void ensure_policy(Ensure *e, Str name, const char *component, Node *spec) {
    Manifest *m = stream_find(e->model->stream, KIND_POLICY, e->instance->namespace, name);
    if (m)
        set_value(e, REQUIRE, m, m->root, "spec", spec);
    else
        add_manifest(e, "networking.k8s.io/v1", "NetworkPolicy", name, component, "spec", spec);
}

static void ensure_own_policies(Ensure *e, const Flows *flows) {
    Arena *arena = e->model->arena;
    for (ComponentId id = 0; id < COMPONENTS; id++) {
        Part *part = part_of(e->instance, id);
        if (!part)
            continue;
        e->part = part;
        if (is_on(e))
            ensure_policy(e, prefixed(e, part->component->name), part->component->name,
                          build(arena,
                                "{podSelector:{matchLabels:%n},policyTypes:[Ingress,Egress],ingress:%n,egress:%n}",
                                node_copy(part->workload->tree, arena, part->labels),
                                rules_for(e, flows, (int)id, false), egress_for(e, flows, (int)id)));
        e->part = NULL;
    }
}

/* Redis holds the sessions: when it came with this Mailu, only those who use it get in. */
static void ensure_redis_policy(Ensure *e, const Flows *flows) {
    Tree *tree;
    Node *labels = labels_of_end(e->instance, PEER_REDIS, &tree);
    if (!labels)
        return;
    Arena *arena = e->model->arena;
    ensure_policy(e, prefixed(e, "redis"), "redis",
                  build(arena, "{podSelector:{matchLabels:%n},policyTypes:[Ingress],ingress:%n}",
                        node_copy(tree, arena, labels), rules_for(e, flows, PEER_REDIS, false)));
}

/* ---- those of others ---- */

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

/* Whether a podSelector takes these pods; an empty one takes all. */
static bool selects_pods(Tree *tree, Node *selector, Tree *other, Node *labels) {
    Node *match = map_get(tree, selector, S("matchLabels"));
    for (Node *entry = entries_of(match); entry; entry = node_next(entry)) {
        const Node *label = map_get(other, labels, entry->key->text);
        if (!label || !str_eq(label->text, node_value(tree, entry)->text))
            return false;
    }
    Node *expressions = map_get(tree, selector, S("matchExpressions"));
    for (Node *item = items_of(expressions); item; item = node_next(item)) {
        Node *expression = node_value(tree, item);
        if (!holds(tree, expression, map_get(other, labels, map_text(tree, expression, S("key")))))
            return false;
    }
    return true;
}

/* Whether a rule's ports take in one that the part listens on. A name or a range is taken to. */
static bool concerns(Tree *tree, Node *rule, ComponentId id) {
    Node *list = map_get(tree, rule, S("ports"));
    if (!items_of(list))
        return true;
    for (Node *item = node_first(list); item; item = node_next(item)) {
        Node *entry = node_value(tree, item);
        int number = int_at(tree, entry, "port");
        if (number < 0 || map_get(tree, entry, S("endPort")))
            return true;
        for (size_t i = 0; i < port_count; i++)
            if (ports[i].component == id && ports[i].port == number && ports[i].use != PORT_UNUSED)
                return true;
    }
    return false;
}

/* Whether the policy lets the part do more than its own: any rule for leaving does, and any for entering on its ports.
 */
static bool permits_more(const Manifest *m, ComponentId id) {
    Node *spec = map_get(m->tree, m->root, S("spec"));
    Node *egress = map_get(m->tree, spec, S("egress")), *ingress = map_get(m->tree, spec, S("ingress"));
    if (items_of(egress))
        return true;
    for (Node *rule = items_of(ingress); rule; rule = node_next(rule))
        if (concerns(m->tree, node_value(m->tree, rule), id))
            return true;
    return false;
}

static Str pod_label(Instance *instance, ComponentId id, Str key) {
    const Part *part = part_of(instance, id);
    return part ? map_text(part->workload->tree, part->pod_labels, key) : (Str){0};
}

/* Whether all these pods have the label, each with a value that no other component has. */
static bool tells(Instance *instance, const bool *among, Str key) {
    for (ComponentId id = 0; id < COMPONENTS; id++) {
        Str value = pod_label(instance, id, key);
        if (among[id] && !value.n)
            return false;
        for (ComponentId other = 0; other < COMPONENTS && among[id]; other++)
            if (other != id && str_eq(value, pod_label(instance, other, key)))
                return false;
    }
    return true;
}

/* A label by which these pods can be told from the others; the component's if it will do. */
static Str distinguishing_label(Instance *instance, const bool *among) {
    ComponentId first = 0;
    while (!among[first])
        first++;
    if (tells(instance, among, S("app.kubernetes.io/component")))
        return S("app.kubernetes.io/component");
    Node *labels = instance->parts[first].pod_labels;
    for (Node *entry = node_first(labels); entry; entry = node_next(entry))
        if (tells(instance, among, entry->key->text))
            return entry->key->text;
    return (Str){0};
}

/* The values of a NotIn that the policy has for the label. */
static Node *exclusion(const Manifest *m, Node *selector, Str key) {
    Node *expressions = map_get(m->tree, selector, S("matchExpressions"));
    for (Node *item = items_of(expressions); item; item = node_next(item)) {
        Node *expression = node_value(m->tree, item), *values = map_get(m->tree, expression, S("values"));
        if (str_eq(map_text(m->tree, expression, S("key")), key) && is_sequence(values) &&
            str_is(map_text(m->tree, expression, S("operator")), "NotIn"))
            return values;
    }
    return NULL;
}

/* Whether the policy is about pods of this Mailu's release alone. */
static bool is_of_release(Ensure *e, const Manifest *m, Node *selector) {
    Str name = map_text(m->tree, map_get(m->tree, selector, S("matchLabels")), S("app.kubernetes.io/instance"));
    return name.n && str_eq(name, e->instance->name);
}

/* A label of our own on these pods, for a policy that is about others as well, who may have any other label too. */
static Str own_label(Ensure *e, const bool *among) {
    static const char key[] = "postrenderer.mailu.io/component";
    for (ComponentId id = 0; id < COMPONENTS; id++) {
        if (!among[id])
            continue;
        Manifest *workload = e->instance->parts[id].workload;
        Node *template = map_path(workload->tree, workload->root, "spec.template");
        Node *labels = mapping_at(e, workload, mapping_at(e, workload, template, "metadata"), "labels");
        set_text(e, REQUIRE, workload, labels, key, str(components[id].name));
    }
    return str(key);
}

static void exclude_pods(Ensure *e, Manifest *m, const bool *among) {
    Arena *arena = e->model->arena;
    Node *selector = mapping_at(e, m, mapping_at(e, m, m->root, "spec"), "podSelector");
    Str key = is_of_release(e, m, selector) ? distinguishing_label(e->instance, among) : S("");
    if (!key.n)
        key = own_label(e, among);
    Node *values = new_collection(arena, SEQUENCE);
    for (ComponentId id = 0; id < COMPONENTS; id++)
        if (among[id])
            node_append(values, NULL, new_string(arena, pod_label(e->instance, id, key)));
    Node *there = exclusion(m, selector, key);
    if (!there) {
        append_item(e, REQUIRE, m, sequence_at(e, m, selector, "matchExpressions"),
                    build(arena, "{key:%S,operator:NotIn,values:%n}", key, values));
        return;
    }
    for (Node *value = node_first(values); value; value = node_next(value))
        append_item(e, REQUIRE, m, there, new_string(arena, value->text));
}

static bool is_own(Ensure *e, Str name) {
    for (ComponentId id = 0; id < COMPONENTS; id++)
        if (str_eq(name, prefixed(e, components[id].name)))
            return true;
    return str_eq(name, prefixed(e, "redis"));
}

/* "postrenderer.mailu.io/policy: keep" on a policy: whoever wrote it knows what it lets in. */
static bool is_kept(const Manifest *m) {
    Node *annotations = map_path(m->tree, m->root, "metadata.annotations");
    return str_is(map_text(m->tree, annotations, S("postrenderer.mailu.io/policy")), "keep");
}

static void narrow_others(Ensure *e) {
    const Stream *stream = e->model->stream;
    for (size_t i = 0; i < stream->manifests.n; i++) {
        Manifest *m = stream->manifests.at[i];
        if (m->kind != KIND_POLICY || m->added || !same_namespace(m->namespace, e->instance->namespace) ||
            is_own(e, m->name) || is_kept(m))
            continue;
        Node *selector = map_path(m->tree, m->root, "spec.podSelector");
        bool among[COMPONENTS] = {false}, any = false;
        for (ComponentId id = 0; id < COMPONENTS; id++) {
            Part *part = e->part = part_of(e->instance, id);
            among[id] = part && is_on(e) && permits_more(m, id) &&
                        selects_pods(m->tree, selector, part->workload->tree, part->pod_labels);
            any |= among[id];
        }
        e->part = NULL;
        if (any)
            exclude_pods(e, m, among);
    }
}

void ensure_policies(Ensure *e) {
    if (!config_bool(e->instance->config, "networkPolicies"))
        return;
    Flows flows = flows_of(e->model, e->instance);
    narrow_others(e); /* first: the label it gives to pods is one of those by which the others know them */
    ensure_own_policies(e, &flows);
    ensure_redis_policy(e, &flows);
}
