/* What no route of any stream that comes out may do. */
#include "tests/look.h"
#include "tests/routing.h"
#include "tests/tests.h"

/* One Mailu of the plan. */
typedef struct Seen {
    Look *look;
    Tree *plan;
    Node *mailu;
    Str namespace;
} Seen;

/* The object that the plan has at `key` of a component; NULL when there is none. */
static const Object *planned_object(const Seen *seen, Node *component, const char *key) {
    Node *manifest = map_get(seen->plan, component, str(key));
    return object_of(&seen->look->after, map_text(seen->plan, manifest, S("kind")), seen->namespace,
                     map_text(seen->plan, manifest, S("name")));
}

/* The name of the component whose pods a Service selects; empty when it selects none of this Mailu's. */
static Str component_served(const Seen *seen, Str name) {
    const Object *service = object_of(&seen->look->after, S("Service"), seen->namespace, name);
    EACH_ITEM(component, seen->plan, map_get(seen->plan, seen->mailu, S("components"))) {
        const Object *workload = planned_object(seen, component, "workload");
        if (service && workload && service_selects(service, workload))
            return map_text(seen->plan, component, S("component"));
    }
    return S("");
}

/* Whether a path is one that is meant for the public: of admin nothing that leads to /internal, and webmail only after
 * the question who is asking. */
static bool is_public(const Object *o, Node *path, Str component) {
    Str text = map_text(o->tree, path, S("path")), type = map_text(o->tree, path, S("pathType"));
    Node *annotations = map_path(o->tree, o->root, "metadata.annotations");
    Str middlewares = map_text(o->tree, annotations, S(ROUTER));
    if (str_is(component, "admin"))
        return !str_starts(text, S("/internal")) && (str_is(type, "Exact") || !str_starts(S("/internal"), text)) &&
               !str_has(middlewares, "-webmail-auth@");
    if (str_is(component, "front"))
        return str_is(text, "/.well-known/mta-sts.txt") && str_is(type, "Exact");
    return str_is(component, "webmail") && str_has(middlewares, "-webmail-auth@kubernetescrd");
}

static void check_ingress(const Seen *seen, const Object *o) {
    Str fallback = map_text(o->tree, map_path(o->tree, o->root, "spec.defaultBackend.service"), S("name"));
    if (component_served(seen, fallback).n)
        wrong(seen->look, o, "leads to Mailu whatever the path is");
    EACH_ITEM(rule, o->tree, map_path(o->tree, o->root, "spec.rules"))
        EACH_ITEM(path, o->tree, map_path(o->tree, rule, "http.paths")) {
            Str name = map_text(o->tree, map_path(o->tree, path, "backend.service"), S("name"));
            Str component = component_served(seen, name);
            if (component.n && !is_public(o, path, component))
                wrong(seen->look, o, "leads to %.*s past the question who is asking", F(component));
        }
}

/* A TCP route to postfix leads to the listener that relays for nobody. */
static void check_tcp_route(const Seen *seen, const Object *o) {
    EACH_ITEM(route, o->tree, map_path(o->tree, o->root, "spec.routes")) {
        Node *first = first_item(o->tree, map_get(o->tree, route, S("services")));
        Str name = map_text(o->tree, first, S("name"));
        const Object *service = object_of(&seen->look->after, S("Service"), seen->namespace, name);
        if (!str_is(component_served(seen, name), "postfix"))
            continue;
        if (!item_with_int(service->tree, map_path(service->tree, service->root, "spec.ports"), "targetPort", MX_PORT))
            wrong(seen->look, o, "leads to a listener of postfix that relays");
    }
}

static void check_closed(const Seen *seen, const Object *o) {
    Node *spec = map_get(o->tree, o->root, S("spec"));
    Str type = map_text(o->tree, spec, S("type"));
    if (component_served(seen, o->name).n &&
        ((type.n && !str_is(type, "ClusterIP")) || items_of(map_get(o->tree, spec, S("externalIPs")))))
        wrong(seen->look, o, "is open to the world");
}

static void check_host_ports(const Seen *seen) {
    EACH_ITEM(component, seen->plan, map_get(seen->plan, seen->mailu, S("components"))) {
        const Object *o = planned_object(seen, component, "workload");
        Node *containers = o ? map_path(o->tree, o->root, "spec.template.spec.containers") : NULL;
        for (Node *at = items_of(containers); at; at = node_next(at))
            EACH_ITEM(port, o->tree, map_get(o->tree, node_value(o->tree, at), S("ports")))
                if (map_get(o->tree, port, S("hostPort")))
                    wrong(seen->look, o, "has a port on the node");
    }
}

static size_t checked;

/* Of every case, and every real stream, for which nobody said to leave the routes alone. */
static void nothing_leads_past(Look *look) {
    Tree *plan = case_plan(look->arena, look->result);
    Config *config = &look->result->outcome.config;
    if (!routes_traefik(config) || !config_bool(config, "patch.routing"))
        return;
    EACH_ITEM(mailu, plan, map_get(plan, plan->root, S("mailus"))) {
        Seen seen = {look, plan, mailu, map_text(plan, mailu, S("namespace"))};
        for (size_t i = 0; i < look->after.n; i++) {
            const Object *o = &look->after.at[i];
            if (!same_namespace(o->namespace, seen.namespace))
                continue;
            if (str_is(o->kind, "Ingress"))
                check_ingress(&seen, o);
            if (str_is(o->kind, "IngressRouteTCP"))
                check_tcp_route(&seen, o);
            if (str_is(o->kind, "Service"))
                check_closed(&seen, o);
        }
        check_host_ports(&seen);
        checked++;
    }
}

static void nothing_leads_past_anywhere(void **state) {
    (void)state;
    look_at_cases(nothing_leads_past);
    assert_true(checked > 10);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_leads_past_anywhere),
};
SUITE(routing_invariants, tests);
