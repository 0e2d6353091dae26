#include "tests/network.h"

#include "tests/tests.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

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

/* ---- addresses ---- */

/* The bits of an address; 0 when it is not one. */
static int address_bits(Str text, unsigned char bits[16]) {
    char name[INET6_ADDRSTRLEN] = "";
    int family = str_find_char(text, ':') >= 0 ? AF_INET6 : AF_INET;
    if (text.n >= sizeof name)
        return 0;
    memcpy(name, text.p, text.n);
    return inet_pton(family, name, bits) != 1 ? 0 : family == AF_INET ? 32 : 128;
}

bool network_holds(Str network, Str address) {
    unsigned char base[16], bits[16];
    int length = 0, width = address_bits(str_cut(&network, '/'), base);
    assert_true(width && str_to_int(network, &length) && length <= width);
    if (address_bits(address, bits) != width)
        return false;
    for (int i = 0; i < length; i++)
        if ((base[i / 8] ^ bits[i / 8]) & (0x80 >> i % 8))
            return false;
    return true;
}

static bool is_in_block(Tree *tree, Node *block, Str address) {
    Node *except = map_get(tree, block, S("except"));
    bool in = network_holds(map_text(tree, block, S("cidr")), address);
    for (Node *item = is_sequence(except) ? node_first(except) : NULL; item; item = node_next(item))
        in &= !network_holds(node_value(tree, item)->text, address);
    return in;
}

/* ---- rules ---- */

static bool is_peer(const Object *policy, Node *peer, const Endpoint *other) {
    Tree *tree = policy->tree;
    Node *pods = map_get(tree, peer, S("podSelector")), *namespaces = map_get(tree, peer, S("namespaceSelector"));
    Node *block = map_get(tree, peer, S("ipBlock"));
    if (block)
        return is_in_block(tree, block, other->address);
    if (!other->namespace.n)
        return false;
    bool near = namespaces ? selects(tree, namespaces, &(Labels){.namespace = other->namespace})
                           : str_eq(other->namespace, namespace_of(policy));
    return near && (!pods || selects(tree, pods, &(Labels){.tree = other->tree, .map = other->labels}));
}

static int number_at(Tree *tree, Node *map, const char *key, int otherwise) {
    const Node *node = map_get(tree, map, str(key));
    int number = otherwise;
    assert_true(!node || str_to_int(node->text, &number));
    return number;
}

/* The port of that name of whoever is talked to; -1 when it has none. */
static int port_named(const Endpoint *target, Str name) {
    for (Node *item = is_sequence(target->containers) ? node_first(target->containers) : NULL; item;
         item = node_next(item)) {
        Node *list = map_get(target->tree, node_value(target->tree, item), S("ports"));
        for (Node *entry = is_sequence(list) ? node_first(list) : NULL; entry; entry = node_next(entry))
            if (str_eq(map_text(target->tree, node_value(target->tree, entry), S("name")), name))
                return number_at(target->tree, node_value(target->tree, entry), "containerPort", -1);
    }
    return -1;
}

static bool is_port(Tree *tree, Node *entry, const Endpoint *target, const char *protocol, int port) {
    Str named = map_text(tree, entry, S("protocol"));
    const Node *node = map_get(tree, entry, S("port"));
    int first = 0;
    if (node && !str_to_int(node->text, &first))
        first = port_named(target, node->text);
    int last = number_at(tree, entry, "endPort", first);
    return str_is(named.n ? named : S("TCP"), protocol) && (!first || (first <= port && port <= last));
}

static bool rule_allows(const Object *policy, Node *rule, bool leaving, const Endpoint *from, const Endpoint *to,
                        const char *protocol, int port) {
    Tree *tree = policy->tree;
    Node *peers = map_get(tree, rule, leaving ? S("to") : S("from")), *entries = map_get(tree, rule, S("ports"));
    bool who = !is_sequence(peers) || !node_first(peers), what = !is_sequence(entries) || !node_first(entries);
    for (Node *item = who ? NULL : node_first(peers); item; item = node_next(item))
        who |= is_peer(policy, node_value(tree, item), leaving ? to : from);
    for (Node *item = what ? NULL : node_first(entries); item; item = node_next(item))
        what |= is_port(tree, node_value(tree, item), to, protocol, port);
    return who && what;
}

/* ---- policies ---- */

static bool is_about(const Object *policy, bool leaving) {
    Node *types = map_path(policy->tree, policy->root, "spec.policyTypes");
    if (is_sequence(types) && node_first(types))
        return any_text(policy->tree, types, leaving ? S("Egress") : S("Ingress"));
    return !leaving || map_path(policy->tree, policy->root, "spec.egress");
}

/* Whether the policies about who talks (or is talked to) let it: all of it when it is no pod, or none is about it. */
static bool allows(const Objects *objects, const Endpoint *from, const Endpoint *to, bool leaving, const char *protocol,
                   int port) {
    const Endpoint *pod = leaving ? from : to;
    bool open = true;
    for (size_t i = 0; i < objects->n && pod->namespace.n; i++) {
        const Object *policy = &objects->at[i];
        Node *selector = map_path(policy->tree, policy->root, "spec.podSelector");
        if (!str_is(policy->kind, "NetworkPolicy") || !str_eq(namespace_of(policy), pod->namespace) ||
            !is_about(policy, leaving) ||
            !selects(policy->tree, selector, &(Labels){.tree = pod->tree, .map = pod->labels}))
            continue;
        open = false;
        Node *rules = map_path(policy->tree, policy->root, leaving ? "spec.egress" : "spec.ingress");
        for (Node *rule = is_sequence(rules) ? node_first(rules) : NULL; rule; rule = node_next(rule))
            if (rule_allows(policy, node_value(policy->tree, rule), leaving, from, to, protocol, port))
                return true;
    }
    return open;
}

bool network_lets(const Objects *objects, const Endpoint *from, const Endpoint *to, const char *protocol, int port) {
    return allows(objects, from, to, true, protocol, port) && allows(objects, from, to, false, protocol, port);
}

/* ---- for a real policy engine ---- */

bool host_reaches(const Objects *objects, const Host *from, const Host *to, const PortProbe *probe, int family) {
    Endpoint a = from->at, b = to->at;
    a.address = from->addresses[family];
    b.address = to->addresses[family];
    return network_lets(objects, &a, &b, probe->protocol, probe->port);
}

static bool is_pod(const Host *host) {
    return host->at.namespace.n;
}

static void write_labels(Buf *out, Tree *tree, Node *labels) {
    const char *comma = "";
    buf_add(out, S("{"));
    for (Node *entry = is_mapping(labels) ? node_first(labels) : NULL; entry; entry = node_next(entry)) {
        const Node *value = node_value(tree, entry);
        buf_format(out, "%s\"%.*s\": \"%.*s\"", comma, F(entry->key->text), F(value->text));
        comma = ", ";
    }
    buf_add(out, S("}"));
}

static void write_ports(Buf *out, const Endpoint *at) {
    const char *comma = "";
    buf_add(out, S("{"));
    for (Node *item = is_sequence(at->containers) ? node_first(at->containers) : NULL; item; item = node_next(item)) {
        Node *list = map_get(at->tree, node_value(at->tree, item), S("ports"));
        for (Node *entry = is_sequence(list) ? node_first(list) : NULL; entry; entry = node_next(entry)) {
            Node *port = node_value(at->tree, entry);
            Str name = map_text(at->tree, port, S("name"));
            if (!name.n)
                continue;
            buf_format(out, "%s\"%.*s\": %.*s", comma, F(name), F(map_text(at->tree, port, S("containerPort"))));
            comma = ", ";
        }
    }
    buf_add(out, S("}"));
}

static void write_hosts(Buf *out, const Network *network, bool pods) {
    const char *comma = "";
    for (size_t i = 0; i < network->hosts.n; i++) {
        const Host *h = &network->hosts.at[i];
        if (is_pod(h) != pods)
            continue;
        buf_format(out, "%s{\"name\": \"%.*s\", \"addresses\": [\"%.*s\", \"%.*s\"]", comma, F(h->name),
                   F(h->addresses[0]), F(h->addresses[1]));
        if (pods) {
            buf_format(out, ", \"namespace\": \"%.*s\", \"labels\": ", F(h->at.namespace));
            write_labels(out, h->at.tree, h->at.labels);
            buf_add(out, S(", \"ports\": "));
            write_ports(out, &h->at);
        }
        buf_add(out, S("}"));
        comma = ",\n  ";
    }
}

static void write_open(Buf *out, const Network *network) {
    const char *comma = "";
    for (size_t i = 0; i < network->hosts.n; i++)
        for (size_t j = 0; j < network->hosts.n; j++)
            for (size_t k = 0; k < network->probe_count * FAMILIES; k++) {
                const Host *from = &network->hosts.at[i], *to = &network->hosts.at[j];
                const PortProbe *probe = &network->probes[k / FAMILIES];
                int family = (int)(k % FAMILIES);
                if (from == to || (!is_pod(from) && !is_pod(to)) ||
                    !host_reaches(network->objects, from, to, probe, family))
                    continue;
                buf_format(out, "%s[\"%.*s\", \"%.*s\", \"%s\", %d, %d]", comma, F(from->name), F(to->name),
                           probe->protocol, probe->port, family ? 6 : 4);
                comma = ",\n  ";
            }
}

static void write_text(Arena *arena, size_t number, const char *ending, Str text) {
    FILE *file = fopen(str_format(arena, "%s/%04zu.%s", getenv("WORLDS"), number, ending).p, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
    assert_int_equal(fclose(file), 0);
}

void network_write(Arena *arena, size_t number, const Network *network) {
    if (!getenv("WORLDS"))
        return;
    Buf json = {.arena = arena}, *out = &json;
    buf_format(out, "{\"name\": \"%.*s\",\n \"networks\": [\"%.*s\", \"%.*s\"],\n \"pods\": [", F(network->name),
               F(network->pods[0]), F(network->pods[1]));
    write_hosts(out, network, true);
    buf_add(out, S("],\n \"outside\": ["));
    write_hosts(out, network, false);
    buf_add(out, S("],\n \"ports\": ["));
    for (size_t i = 0; i < network->probe_count; i++)
        buf_format(out, "%s[\"%s\", %d]", i ? ", " : "", network->probes[i].protocol, network->probes[i].port);
    buf_add(out, S("],\n \"open\": ["));
    write_open(out, network);
    buf_add(out, S("]}\n"));
    write_text(arena, number, "json", buf_str(&json));
    write_text(arena, number, "yaml", network->stream);
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
    {FROM("ipBlock: {cidr: 192.0.2.0/24}"), false, false, true, false, true},
    {FROM("ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.8/29]}"), false, false, false, false, true},
    {FROM("ipBlock: {cidr: 0.0.0.0/0, except: [10.42.0.0/16]}"), false, false, true, false, true},
    {FROM("ipBlock: {cidr: 10.42.0.2/31}"), true, true, false, true, true},
    {FROM("ipBlock: {cidr: \"::/0\"}"), false, false, false, false, true},
    {OF_A(", ingress: [{ports: [{port: web}]}]"), true, true, true, false, true},
    {OF_A(", ingress: [{ports: [{port: other}]}]"), false, false, false, false, true},
    /* they add up */
    {POLICY("podSelector: {}") FROM("podSelector: {}") OF_A(", ingress: [{ports: [{port: 80}]}]"), true, true, true,
     true, true},
};

/* With the row's number after the namespaces "here" and "there", and another after the policies' name. */
static void add_row(Buf *out, Str policies, size_t row) {
    for (size_t i = 0; i < policies.n; i++) {
        Str rest = str_skip(policies, i);
        buf_char(out, policies.p[i]);
        if (str_starts(rest, S("e}")) && i >= 3 && str_starts(str_skip(policies, i - 3), S("here}")))
            buf_format(out, "%zu", row);
        else if (str_starts(rest, S("p, namespace")))
            buf_format(out, "%zu", out->n);
    }
}

/* All rows at once for the real engine: each has namespaces of its own. */
static void write_rows(Arena *arena) {
    static const PortProbe some[] = {{"TCP", 80}, {"TCP", 443}, {"UDP", 80}};
    static const char *const pods[] = {"{app: a}", "{app: b}", "{app: c}"};
    Buf stream = {.arena = arena};
    Hosts hosts = {0};
    TreeError error;
    for (size_t i = 0; i < COUNT(rows) * COUNT(pods); i++) {
        size_t row = i / COUNT(pods), pod = i % COUNT(pods);
        Tree *tree = NEW(arena, Tree);
        Str labels = str_format(arena, "[%s, [{ports: [{name: web, containerPort: 80}]}]]", pods[pod]);
        assert_true(tree_parse(arena, labels, tree, &error));
        Host host = {.name = str_format(arena, "row%zu-%c", row, (char)('a' + pod))};
        host.at = (Endpoint){.namespace = str_format(arena, "%s%zu", pod == 2 ? "there" : "here", row), .tree = tree};
        host.at.labels = node_first(tree->root);
        host.at.containers = node_next(host.at.labels);
        host.addresses[0] = str_format(arena, "10.42.%zu.%zu", row, pod + 1);
        host.addresses[1] = str_format(arena, "fd00:42::%zx:%zx", row, pod + 1);
        *PUSH(arena, &hosts) = host;
    }
    *PUSH(arena, &hosts) = (Host){.name = S("outside"), .addresses = {S("192.0.2.10"), S("2001:db8::10")}};
    for (size_t i = 0; i < COUNT(rows); i++)
        add_row(&stream, str(rows[i].policies), i);
    Objects objects = objects_of(arena, buf_str(&stream));
    network_write(arena, 9999,
                  &(Network){S("the rows of network_test.c"),
                             buf_str(&stream),
                             &objects,
                             {S("10.42.0.0/16"), S("fd00:42::/48")},
                             hosts,
                             some,
                             COUNT(some)});
}

static void as_kubernetes_does(void **state) {
    (void)state;
    Arena *arena = test_arena();
    Tree tree;
    TreeError error;
    assert_true(tree_parse(arena, S("[{app: a}, {app: b}, {app: c}, [{ports: [{name: web, containerPort: 80}]}]]"),
                           &tree, &error));
    Node *first = node_first(tree.root), *second = node_next(first), *third = node_next(second);
    const Endpoint a = {S("here"), &tree, first, node_next(third), S("10.42.0.1")};
    const Endpoint near = {S("here"), &tree, second, NULL, S("10.42.0.2")};
    const Endpoint far = {S("there"), &tree, third, NULL, S("10.42.0.3")}, outside = {.address = S("192.0.2.10")};
    for (size_t i = 0; i < COUNT(rows); i++) {
        Objects objects = objects_of(arena, str(rows[i].policies));
        if (network_lets(&objects, &near, &a, "TCP", 80) != rows[i].near ||
            network_lets(&objects, &far, &a, "TCP", 80) != rows[i].far ||
            network_lets(&objects, &outside, &a, "TCP", 80) != rows[i].address ||
            network_lets(&objects, &near, &a, "TCP", 443) != rows[i].near_on_443 ||
            network_lets(&objects, &a, &outside, "TCP", 80) != rows[i].out)
            fail_msg("%s", rows[i].policies);
    }
    write_rows(arena);
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {cmocka_unit_test(as_kubernetes_does)};
SUITE(network, tests);
