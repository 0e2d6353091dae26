/* What no route of any stream that comes out may do. */
#include "ensure/ensure.h"
#include "tests/cases.h"
#include "tests/routing.h"
#include "tests/tests.h"

static const Part *part_named(const Instance *instance, Str service) {
    for (ComponentId id = 0; id < COMPONENTS; id++)
        for (size_t i = 0; instance->parts[id].workload && i < instance->parts[id].services.n; i++)
            if (str_eq(instance->parts[id].services.at[i]->name, service))
                return &instance->parts[id];
    return NULL;
}

static bool is_of(const Instance *instance, const Object *o) {
    return same_namespace(o->namespace, instance->namespace);
}

/* Whether a path is one that is meant for the public: of admin nothing that leads to /internal, and webmail only after
 * the question who is asking. */
static bool is_public(const Object *o, Node *path, const Part *part) {
    Str text = map_text(o->tree, path, S("path")), type = map_text(o->tree, path, S("pathType"));
    Node *annotations = map_path(o->tree, o->root, "metadata.annotations");
    Str middlewares = map_text(o->tree, annotations, S(ROUTER));
    if (part->id == ADMIN)
        return !str_starts(text, S("/internal")) && (str_is(type, "Exact") || !str_starts(S("/internal"), text)) &&
               !str_has(middlewares, "-webmail-auth@");
    if (part->id == FRONT)
        return str_is(text, "/.well-known/mta-sts.txt") && str_is(type, "Exact");
    return part->id == WEBMAIL && str_has(middlewares, "-webmail-auth@kubernetescrd");
}

static void check_ingress(const Instance *instance, const Object *o) {
    Str fallback = map_text(o->tree, map_path(o->tree, o->root, "spec.defaultBackend.service"), S("name"));
    assert_null(part_named(instance, fallback));
    Node *rules = map_path(o->tree, o->root, "spec.rules");
    for (Node *rule = is_sequence(rules) ? node_first(rules) : NULL; rule; rule = node_next(rule)) {
        Node *paths = map_path(o->tree, node_value(o->tree, rule), "http.paths");
        for (Node *item = is_sequence(paths) ? node_first(paths) : NULL; item; item = node_next(item)) {
            Node *path = node_value(o->tree, item);
            const Part *part =
                part_named(instance, map_text(o->tree, map_path(o->tree, path, "backend.service"), S("name")));
            assert_true(!part || is_public(o, path, part));
        }
    }
}

/* A TCP route to postfix leads to the listener that relays for nobody. */
static void check_tcp_route(const Instance *instance, const Object *o) {
    Node *list = map_path(o->tree, o->root, "spec.routes");
    for (Node *item = is_sequence(list) ? node_first(list) : NULL; item; item = node_next(item)) {
        Node *services = map_get(o->tree, node_value(o->tree, item), S("services"));
        Node *service = node_value(o->tree, is_sequence(services) ? node_first(services) : NULL);
        Str name = map_text(o->tree, service, S("name"));
        const Part *part = part_named(instance, name);
        for (size_t i = 0; part && part->id == POSTFIX && i < part->services.n; i++) {
            Manifest *m = part->services.at[i];
            if (str_eq(m->name, name))
                assert_non_null(
                    item_with_int(m->tree, map_path(m->tree, m->root, "spec.ports"), "targetPort", MX_PORT));
        }
    }
}

static void check_closed(const Object *o, Node *spec) {
    Str type = map_text(o->tree, spec, S("type"));
    assert_true(!type.n || str_is(type, "ClusterIP"));
    Node *addresses = map_get(o->tree, spec, S("externalIPs"));
    assert_true(!is_sequence(addresses) || !node_first(addresses));
}

static void check_host_ports(const Part *part) {
    Tree *tree = part->workload->tree;
    Node *list = map_get(tree, part->container, S("ports"));
    for (Node *item = is_sequence(list) ? node_first(list) : NULL; item; item = node_next(item))
        assert_null(map_get(tree, node_value(tree, item), S("hostPort")));
}

static void check_instance(Instance *instance, const Objects *objects) {
    for (size_t i = 0; i < objects->n; i++) {
        const Object *o = &objects->at[i];
        if (is_of(instance, o) && str_is(o->kind, "Ingress"))
            check_ingress(instance, o);
        if (is_of(instance, o) && str_is(o->kind, "IngressRouteTCP"))
            check_tcp_route(instance, o);
        if (is_of(instance, o) && str_is(o->kind, "Service") && part_named(instance, o->name))
            check_closed(o, map_get(o->tree, o->root, S("spec")));
    }
    for (ComponentId id = 0; id < COMPONENTS; id++)
        if (part_of(instance, id))
            check_host_ports(&instance->parts[id]);
}

/* Of every case, and every real stream, for which nobody said to leave the routes alone. */
static void nothing_leads_past(void **state) {
    (void)state;
    Arena *arena = test_arena();
    Cases cases = cases_all(arena);
    size_t checked = 0;
    for (size_t i = 0; i < cases.n; i++) {
        Case *c = &cases.at[i];
        Result result;
        c->request.keep_history = true;
        case_run(arena, c, &result);
        Objects objects = result.ok ? objects_of(arena, result.out) : (Objects){0};
        for (size_t j = 0; result.ok && j < result.outcome.model.instances.n; j++) {
            Instance *instance = result.outcome.model.instances.at[j];
            if (!routes_traefik(instance->config) || !config_bool(instance->config, "patch.routing"))
                continue;
            check_instance(instance, &objects);
            checked++;
        }
        case_done(&result);
    }
    assert_true(checked > 10);
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_leads_past),
};
SUITE(routing_invariants, tests);
