#include "tests/network.h"

#include "tests/tests.h"

Str namespace_of(const Object *object) {
    return object->namespace.n ? object->namespace : S("mailu");
}

/* ---- selectors ---- */

static bool any_text(Tree *tree, Node *list, Str text) {
    for (Node *item = is_sequence(list) ? node_first(list) : NULL; item; item = node_next(item))
        if (str_eq(node_value(tree, item)->text, text))
            return true;
    return false;
}

static bool meets(Tree *tree, Node *requirement, bool has, Str value) {
    Str operator= map_text(tree, requirement, S("operator"));
    bool listed = any_text(tree, map_get(tree, requirement, S("values")), value);
    if (str_is(operator, "In"))
        return has && listed;
    if (str_is(operator, "NotIn"))
        return !has || !listed;
    if (str_is(operator, "Exists"))
        return has;
    assert_true(str_is(operator, "DoesNotExist"));
    return !has;
}

typedef struct Labels {
    Tree *tree;
    Node *map;
    Str namespace; /* in the place of labels: those of a Namespace are its name alone */
} Labels;

static bool label_of(const Labels *labels, Str key, Str *value) {
    if (labels->namespace.n) {
        *value = labels->namespace;
        return str_is(key, "kubernetes.io/metadata.name");
    }
    const Node *node = map_get(labels->tree, labels->map, key);
    *value = node ? node->text : (Str){0};
    return node;
}

static bool selects(Tree *tree, Node *selector, const Labels *labels) {
    Str value;
    Node *match = map_get(tree, selector, S("matchLabels"));
    for (Node *entry = is_mapping(match) ? node_first(match) : NULL; entry; entry = node_next(entry))
        if (!label_of(labels, entry->key->text, &value) || !str_eq(value, node_value(tree, entry)->text))
            return false;
    Node *requirements = map_get(tree, selector, S("matchExpressions"));
    for (Node *item = is_sequence(requirements) ? node_first(requirements) : NULL; item; item = node_next(item)) {
        Node *requirement = node_value(tree, item);
        bool has = label_of(labels, map_text(tree, requirement, S("key")), &value);
        if (!meets(tree, requirement, has, value))
            return false;
    }
    return true;
}

/* ---- rules ---- */

/* `pod` is NULL for what has an address and is no pod. */
static bool is_peer(const Object *policy, Node *peer, const Pod *pod) {
    Tree *tree = policy->tree;
    Node *pods = map_get(tree, peer, S("podSelector")), *namespaces = map_get(tree, peer, S("namespaceSelector"));
    assert_null(map_get(tree, peer, S("ipBlock"))); /* nobody uses one here */
    if (!pod)
        return false;
    bool near = namespaces ? selects(tree, namespaces, &(Labels){.namespace = pod->namespace})
                           : str_eq(pod->namespace, namespace_of(policy));
    return near && (!pods || selects(tree, pods, &(Labels){.tree = pod->tree, .map = pod->labels}));
}

static int number_at(Tree *tree, Node *map, const char *key, int otherwise) {
    const Node *node = map_get(tree, map, str(key));
    int number = otherwise;
    assert_true(!node || str_to_int(node->text, &number)); /* ports by name are not evaluated: nobody uses one */
    return number;
}

static bool is_port(Tree *tree, Node *entry, const char *protocol, int port) {
    Str named = map_text(tree, entry, S("protocol"));
    int first = number_at(tree, entry, "port", 0), last = number_at(tree, entry, "endPort", first);
    return str_is(named.n ? named : S("TCP"), protocol) && (!first || (first <= port && port <= last));
}

static bool rule_allows(const Object *policy, Node *rule, const char *side, const Pod *other, const char *protocol,
                        int port) {
    Tree *tree = policy->tree;
    Node *peers = map_get(tree, rule, str(side)), *entries = map_get(tree, rule, S("ports"));
    bool who = !is_sequence(peers) || !node_first(peers), what = !is_sequence(entries) || !node_first(entries);
    for (Node *item = who ? NULL : node_first(peers); item; item = node_next(item))
        who |= is_peer(policy, node_value(tree, item), other);
    for (Node *item = what ? NULL : node_first(entries); item; item = node_next(item))
        what |= is_port(tree, node_value(tree, item), protocol, port);
    return who && what;
}

/* ---- policies ---- */

static bool is_about(const Object *policy, bool leaving) {
    Node *types = map_path(policy->tree, policy->root, "spec.policyTypes");
    if (is_sequence(types) && node_first(types))
        return any_text(policy->tree, types, leaving ? S("Egress") : S("Ingress"));
    return !leaving || map_path(policy->tree, policy->root, "spec.egress");
}

/* Whether the policies about `pod` let it talk to (or be talked to by) `other`: all of it when none is about it. */
static bool allows(const Objects *objects, const Pod *pod, const Pod *other, bool leaving, const char *protocol,
                   int port) {
    bool open = true;
    for (size_t i = 0; i < objects->n; i++) {
        const Object *policy = &objects->at[i];
        Node *selector = map_path(policy->tree, policy->root, "spec.podSelector");
        if (!str_is(policy->kind, "NetworkPolicy") || !str_eq(namespace_of(policy), pod->namespace) ||
            !is_about(policy, leaving) ||
            !selects(policy->tree, selector, &(Labels){.tree = pod->tree, .map = pod->labels}))
            continue;
        open = false;
        Node *rules = map_path(policy->tree, policy->root, leaving ? "spec.egress" : "spec.ingress");
        for (Node *rule = is_sequence(rules) ? node_first(rules) : NULL; rule; rule = node_next(rule))
            if (rule_allows(policy, node_value(policy->tree, rule), leaving ? "to" : "from", other, protocol, port))
                return true;
    }
    return open;
}

bool network_lets(const Objects *objects, const Pod *from, const Pod *to, const char *protocol, int port) {
    return (!from || allows(objects, from, to, true, protocol, port)) &&
           (!to || allows(objects, to, from, false, protocol, port));
}

/* ---- that it does what Kubernetes does ---- */

#define POLICY(spec) "---\nkind: NetworkPolicy\nmetadata: {name: p, namespace: here}\nspec: {" spec "}\n"
#define OF_A(rest) POLICY("podSelector: {matchLabels: {app: a}}" rest)
#define FROM(peer) OF_A(", ingress: [{from: [{" peer "}]}]")
#define WHOSE(requirement) POLICY("podSelector: {matchExpressions: [{" requirement "}]}")

/* What a pod of app a, in the namespace here, lets in on 80: from a pod of app b here, from one of app c there, from an
 * address; on 443 from b; and whether it may talk to the address. */
static const struct {
    const char *policies;
    bool near, far, address, near_on_443, out;
} rows[] = {
    {"", true, true, true, true, true},
    {POLICY("podSelector: {}"), false, false, false, false, true},
    {POLICY("podSelector: {matchLabels: {app: b}}"), true, true, true, true, true},
    {OF_A(", policyTypes: [Egress]"), true, true, true, true, false},
    {OF_A(", egress: []"), false, false, false, false, false},
    {OF_A(", egress: [{}]"), false, false, false, false, true},
    {OF_A(", egress: [{to: [{podSelector: {}}]}]"), false, false, false, false, false},
    {OF_A(", policyTypes: [Egress], egress: [{ports: [{port: 80}]}]"), true, true, true, true, true},
    {OF_A(", ingress: [{}]"), true, true, true, true, true},
    {OF_A(", ingress: [{ports: [{port: 80}]}]"), true, true, true, false, true},
    {OF_A(", ingress: [{ports: [{port: 79, endPort: 443}]}]"), true, true, true, true, true},
    {OF_A(", ingress: [{ports: [{protocol: UDP, port: 80}]}]"), false, false, false, false, true},
    {OF_A(", ingress: [{ports: [{protocol: TCP}]}]"), true, true, true, true, true},
    {FROM("podSelector: {}"), true, false, false, true, true},
    {FROM("podSelector: {matchLabels: {app: c}}"), false, false, false, false, true},
    {FROM("namespaceSelector: {}"), true, true, false, true, true},
    {FROM("namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: there}}"), false, true, false, false, true},
    {FROM("namespaceSelector: {}, podSelector: {matchLabels: {app: c}}"), false, true, false, false, true},
    {FROM("namespaceSelector: {}, podSelector: {matchLabels: {app: d}}"), false, false, false, false, true},
    {WHOSE("key: app, operator: In, values: [a, b]"), false, false, false, false, true},
    {WHOSE("key: app, operator: NotIn, values: [a]"), true, true, true, true, true},
    {WHOSE("key: tier, operator: NotIn, values: [a]"), false, false, false, false, true},
    {WHOSE("key: tier, operator: Exists"), true, true, true, true, true},
    {WHOSE("key: tier, operator: DoesNotExist"), false, false, false, false, true},
    /* they add up */
    {POLICY("podSelector: {}") FROM("podSelector: {}") OF_A(", ingress: [{ports: [{port: 80}]}]"), true, true, true,
     true, true},
};

static void as_kubernetes_does(void **state) {
    (void)state;
    Arena *arena = test_arena();
    Tree tree;
    TreeError error;
    assert_true(tree_parse(arena, S("[{app: a}, {app: b}, {app: c}]"), &tree, &error));
    Node *first = node_first(tree.root), *second = node_next(first), *third = node_next(second);
    const Pod a = {S("here"), &tree, first}, near = {S("here"), &tree, second}, far = {S("there"), &tree, third};
    for (size_t i = 0; i < COUNT(rows); i++) {
        Objects objects = objects_of(arena, str(rows[i].policies));
        if (network_lets(&objects, &near, &a, "TCP", 80) != rows[i].near ||
            network_lets(&objects, &far, &a, "TCP", 80) != rows[i].far ||
            network_lets(&objects, NULL, &a, "TCP", 80) != rows[i].address ||
            network_lets(&objects, &near, &a, "TCP", 443) != rows[i].near_on_443 ||
            network_lets(&objects, &a, NULL, "TCP", 80) != rows[i].out)
            fail_msg("%s", rows[i].policies);
    }
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {cmocka_unit_test(as_kubernetes_does)};
SUITE(network, tests);
