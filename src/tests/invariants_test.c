/* What Kubernetes asks of every manifest, or forbids to change, held over everything that comes out of every case. */
#include "spec/formats.h"
#include "tests/cases.h"
#include "tests/tests.h"

/* ---- saying what is wrong ---- */

typedef struct Look {
    Arena *arena;
    const Case *c;
    Objects before, after;
    size_t wrong;
} Look;

__attribute__((format(printf, 3, 4))) static void wrong(Look *look, const Object *o, const char *format, ...) {
    va_list args;
    va_start(args, format);
    Str message = str_vformat(look->arena, format, args);
    va_end(args);
    print_error("  %.*s: %.*s\n", F(object_label(look->arena, o)), F(message));
    look->wrong++;
}

/* ---- going through manifests ---- */

static Node *pod_of(const Object *o) {
    static const char *const kinds[] = {"Deployment", "StatefulSet", "DaemonSet"};
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_is(o->kind, kinds[i]))
            return map_path(o->tree, o->root, "spec.template.spec");
    return NULL;
}

static Node *items(const Object *o, Node *map, const char *key) {
    Node *list = map_get(o->tree, map, str(key));
    return is_sequence(list) ? node_first(list) : NULL;
}

static Node *item_named(const Object *o, Node *first, const char *key, Str text) {
    for (Node *item = first; item; item = node_next(item))
        if (str_eq(map_text(o->tree, node_value(o->tree, item), str(key)), text))
            return node_value(o->tree, item);
    return NULL;
}

/* Calls `check` with every container of every workload. */
static void each_container(Look *look, void (*check)(Look *, const Object *, Node *)) {
    for (size_t i = 0; i < look->after.n; i++) {
        const Object *o = &look->after.at[i];
        for (Node *item = items(o, pod_of(o), "containers"); item; item = node_next(item))
            check(look, o, node_value(o->tree, item));
    }
}

static void each_object(Look *look, const char *kind, void (*check)(Look *, const Object *)) {
    for (size_t i = 0; i < look->after.n; i++)
        if (!kind || str_is(look->after.at[i].kind, kind))
            check(look, &look->after.at[i]);
}

static void twice(Look *look, const Object *o, Node *first, const char *key, const char *what) {
    for (Node *item = first; item; item = node_next(item)) {
        Str text = map_text(o->tree, node_value(o->tree, item), str(key));
        const Node *found = text.n ? item_named(o, first, key, text) : NULL;
        if (found && found != node_value(o->tree, item))
            wrong(look, o, "%s %.*s is there twice", what, F(text));
    }
}

/* ---- what may not change ---- */

static void same(Look *look, const Object *before, const Object *after, const char *path) {
    Node *a = map_path(before->tree, before->root, path), *b = map_path(after->tree, after->root, path);
    if (a ? !b || !node_equal(before->tree, a, after->tree, b) : b != NULL)
        wrong(look, after, "%s was changed", path);
}

static void claim_is_no_smaller(Look *look, const Object *before, const Object *after) {
    double a = 0, b = 0;
    Node *old = map_path(before->tree, before->root, "spec.resources.requests");
    Node *new = map_path(after->tree, after->root, "spec.resources.requests");
    if (!quantity_value(map_text(before->tree, old, S("storage")), &a))
        return;
    if (!quantity_value(map_text(after->tree, new, S("storage")), &b) || b < a)
        wrong(look, after, "was made smaller");
}

static void identity_stays(Look *look) {
    static const struct {
        const char *kind, *path;
    } fixed[] = {
        {"Deployment", "spec.selector"},
        {"StatefulSet", "spec.selector"},
        {"DaemonSet", "spec.selector"},
        {"StatefulSet", "spec.serviceName"},
        {"StatefulSet", "spec.volumeClaimTemplates"},
        {"Service", "spec.selector"},
        {"Service", "spec.clusterIP"},
        {"PersistentVolumeClaim", "spec.storageClassName"},
        {"PersistentVolumeClaim", "spec.accessModes"},
        {"PersistentVolumeClaim", "spec.volumeName"},
    };
    for (size_t i = 0; i < look->before.n; i++) {
        const Object *before = &look->before.at[i];
        const Object *after = object_of(&look->after, before->kind, before->namespace, before->name);
        if (!after) {
            if (!str_is(before->kind, CONFIG_KIND))
                wrong(look, before, "is gone");
            continue;
        }
        for (size_t f = 0; f < COUNT(fixed); f++)
            if (str_is(before->kind, fixed[f].kind))
                same(look, before, after, fixed[f].path);
        if (str_is(before->kind, "PersistentVolumeClaim"))
            claim_is_no_smaller(look, before, after);
    }
}

/* ---- ports ---- */

/* "must contain only alphanumeric characters (a-z, 0-9), and hyphens (-)", at least one letter, at most 15. */
static bool is_port_name(Str name) {
    bool letter = false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        letter |= c >= 'a' && c <= 'z';
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
            !(c == '-' && i > 0 && i + 1 < name.n && name.p[i - 1] != '-'))
            return false;
    }
    return letter && name.n <= 15;
}

static void ports_are_unique(Look *look, const Object *o, Node *first, const char *key) {
    twice(look, o, first, "name", "port");
    for (Node *a = first; a; a = node_next(a)) {
        Node *port = node_value(o->tree, a);
        Str name = map_text(o->tree, port, S("name")), protocol = map_text(o->tree, port, S("protocol"));
        if (name.n && !is_port_name(name))
            wrong(look, o, "%.*s is no name for a port", F(name));
        for (Node *b = first; b != a; b = node_next(b)) {
            Node *other = node_value(o->tree, b);
            Str its = map_text(o->tree, other, S("protocol"));
            if (str_eq(map_text(o->tree, port, str(key)), map_text(o->tree, other, str(key))) &&
                str_eq(protocol.n ? protocol : S("TCP"), its.n ? its : S("TCP")))
                wrong(look, o, "port %.*s is there twice", F(map_text(o->tree, port, str(key))));
        }
    }
}

static void container_ports(Look *look, const Object *o, Node *container) {
    ports_are_unique(look, o, items(o, container, "ports"), "containerPort");
}

static bool selects(const Object *service, const Object *workload) {
    Node *selector = map_path(service->tree, service->root, "spec.selector");
    Node *labels = map_path(workload->tree, workload->root, "spec.template.metadata.labels");
    if (!selector || !pod_of(workload) || !same_namespace(service->namespace, workload->namespace))
        return false;
    for (Node *entry = node_first(selector); entry; entry = node_next(entry))
        if (!str_eq(map_text(workload->tree, labels, entry->key->text), node_value(service->tree, entry)->text))
            return false;
    return true;
}

static bool has_port_named(const Object *workload, Str name) {
    for (Node *item = items(workload, pod_of(workload), "containers"); item; item = node_next(item))
        if (item_named(workload, items(workload, node_value(workload->tree, item), "ports"), "name", name))
            return true;
    return false;
}

static void target_is_there(Look *look, const Object *service, Str name) {
    bool selected = false;
    for (size_t i = 0; i < look->after.n; i++) {
        const Object *workload = &look->after.at[i];
        if (!selects(service, workload))
            continue;
        selected = true;
        if (has_port_named(workload, name))
            return;
    }
    if (selected)
        wrong(look, service, "no container has the port %.*s", F(name));
}

static void service_ports(Look *look, const Object *o) {
    Node *first = items(o, map_get(o->tree, o->root, S("spec")), "ports");
    if (!first && !str_is(map_text(o->tree, map_get(o->tree, o->root, S("spec")), S("clusterIP")), "None"))
        wrong(look, o, "has no ports");
    ports_are_unique(look, o, first, "port");
    for (Node *item = first; item; item = node_next(item)) {
        Node *port = node_value(o->tree, item);
        const Node *target = map_get(o->tree, port, S("targetPort"));
        if (node_next(first) && !map_text(o->tree, port, S("name")).n)
            wrong(look, o, "of several ports one has no name");
        if (is_scalar(target) && scalar_type(target) == TYPE_STRING)
            target_is_there(look, o, target->text);
    }
}

static void all_ports(Look *look) {
    each_container(look, container_ports);
    each_object(look, "Service", service_ports);
}

/* ---- probes ---- */

static void probe_ports(Look *look, const Object *o, Node *container) {
    static const char *const probes[] = {"livenessProbe", "readinessProbe", "startupProbe"};
    static const char *const handlers[] = {"exec", "httpGet", "tcpSocket", "grpc"};
    for (size_t p = 0; p < COUNT(probes); p++) {
        Node *probe = map_get(o->tree, container, str(probes[p]));
        size_t count = 0;
        for (size_t h = 0; h < COUNT(handlers); h++) {
            Node *handler = map_get(o->tree, probe, str(handlers[h]));
            const Node *port = map_get(o->tree, handler, S("port"));
            count += handler != NULL;
            if (is_scalar(port) && scalar_type(port) == TYPE_STRING &&
                !item_named(o, items(o, container, "ports"), "name", port->text))
                wrong(look, o, "%s asks port %.*s, which is not there", probes[p], F(port->text));
        }
        if (probe && count != 1)
            wrong(look, o, "%s has %zu handlers", probes[p], count);
    }
}

static void probes(Look *look) {
    each_container(look, probe_ports);
}

/* ---- volumes, variables, resources ---- */

static void mounts_have_volumes(Look *look, const Object *o, Node *container) {
    Node *templates = items(o, map_get(o->tree, o->root, S("spec")), "volumeClaimTemplates");
    twice(look, o, items(o, container, "volumeMounts"), "mountPath", "mount");
    for (Node *item = items(o, container, "volumeMounts"); item; item = node_next(item)) {
        Str name = map_text(o->tree, node_value(o->tree, item), S("name"));
        bool there = item_named(o, items(o, pod_of(o), "volumes"), "name", name);
        for (Node *t = templates; t && !there; t = node_next(t))
            there = str_eq(map_text(o->tree, map_get(o->tree, node_value(o->tree, t), S("metadata")), S("name")), name);
        if (!there)
            wrong(look, o, "mounts %.*s, which is no volume", F(name));
    }
}

static void volumes_are_mounted(Look *look, const Object *o) {
    twice(look, o, items(o, pod_of(o), "volumes"), "name", "volume");
    for (Node *item = items(o, pod_of(o), "volumes"); item; item = node_next(item)) {
        Str name = map_text(o->tree, node_value(o->tree, item), S("name"));
        bool mounted = false;
        for (Node *c = items(o, pod_of(o), "containers"); c && !mounted; c = node_next(c))
            mounted = item_named(o, items(o, node_value(o->tree, c), "volumeMounts"), "name", name);
        if (!mounted)
            wrong(look, o, "nothing mounts the volume %.*s", F(name));
    }
}

static void volumes(Look *look) {
    each_container(look, mounts_have_volumes);
    each_object(look, NULL, volumes_are_mounted);
}

static void variable_names(Look *look, const Object *o, Node *container) {
    twice(look, o, items(o, container, "env"), "name", "variable");
}

static void variables(Look *look) {
    each_container(look, variable_names);
}

static void requests_below_limits(Look *look, const Object *o, Node *container) {
    Node *resources = map_get(o->tree, container, S("resources"));
    Node *requests = map_get(o->tree, resources, S("requests")), *limits = map_get(o->tree, resources, S("limits"));
    for (Node *entry = is_mapping(requests) ? node_first(requests) : NULL; entry; entry = node_next(entry)) {
        double request, limit;
        if (!quantity_value(node_value(o->tree, entry)->text, &request))
            wrong(look, o, "%.*s is no quantity", F(node_value(o->tree, entry)->text));
        else if (quantity_value(map_text(o->tree, limits, entry->key->text), &limit) && request > limit)
            wrong(look, o, "requests more %.*s than the limit", F(entry->key->text));
    }
}

static void resources(Look *look) {
    each_container(look, requests_below_limits);
}

/* ---- what is whole ---- */

static bool mounts_once(Look *look, const Object *o) {
    for (Node *item = items(o, pod_of(o), "volumes"); item; item = node_next(item)) {
        Node *source = map_get(o->tree, node_value(o->tree, item), S("persistentVolumeClaim"));
        Str name = map_text(o->tree, source, S("claimName"));
        const Object *claim = object_of(&look->after, S("PersistentVolumeClaim"), o->namespace, name);
        Node *mode = claim ? items(claim, map_get(claim->tree, claim->root, S("spec")), "accessModes") : NULL;
        if (mode && str_is(node_value(claim->tree, mode)->text, "ReadWriteOnce"))
            return true;
    }
    return false;
}

static void ends_the_old_pod_first(Look *look, const Object *o) {
    Node *strategy = map_path(o->tree, o->root, "spec.strategy");
    Node *rolling = map_get(o->tree, strategy, S("rollingUpdate"));
    Str surge = map_text(o->tree, rolling, S("maxSurge"));
    bool recreate = str_is(map_text(o->tree, strategy, S("type")), "Recreate");
    if (recreate && !node_is_null(rolling))
        wrong(look, o, "recreates, and rolls too");
    if (!recreate && !str_is(surge, "0") && !str_is(surge, "0%") && mounts_once(look, o) &&
        !str_has(look->c->request.config, "storage: false"))
        wrong(look, o, "mounts a ReadWriteOnce claim and starts a new pod beside the old one");
}

static void selector_holds(Look *look, const Object *o) {
    Node *selector = map_path(o->tree, o->root, "spec.selector.matchLabels");
    Node *labels = map_path(o->tree, o->root, "spec.template.metadata.labels");
    for (Node *entry = pod_of(o) && selector ? node_first(selector) : NULL; entry; entry = node_next(entry))
        if (!str_eq(map_text(o->tree, labels, entry->key->text), node_value(o->tree, entry)->text))
            wrong(look, o, "its selector is not its pods'");
}

static void workloads(Look *look) {
    each_object(look, "Deployment", ends_the_old_pod_first);
    each_object(look, NULL, selector_holds);
}

/* ---- references ---- */

static void must_be_there(Look *look, const Object *o, const char *kind, Str name) {
    if (name.n && !object_of(&look->after, str(kind), o->namespace, name))
        wrong(look, o, "refers to %s/%.*s, which is not there", kind, F(name));
}

/* A Secret is never ours to make: the stream has it or speaks of it, the config names it, or the README says that it
 * has to be there. */
static void secret_is_known(Look *look, const Object *o, Str name) {
    bool known = str_is(name, "mailu-secrets") || str_is(name, "mailu-tls");
    known |= str_find(look->c->request.config, name) >= 0 || str_find(look->c->request.stream, name) >= 0;
    if (name.n && !known)
        wrong(look, o, "refers to Secret/%.*s, of which nobody knows", F(name));
}

static void pod_references(Look *look, const Object *o) {
    for (Node *item = items(o, pod_of(o), "volumes"); item; item = node_next(item)) {
        Node *volume = node_value(o->tree, item);
        must_be_there(look, o, "ConfigMap", map_text(o->tree, map_get(o->tree, volume, S("configMap")), S("name")));
        must_be_there(look, o, "PersistentVolumeClaim",
                      map_text(o->tree, map_get(o->tree, volume, S("persistentVolumeClaim")), S("claimName")));
        secret_is_known(look, o, map_text(o->tree, map_get(o->tree, volume, S("secret")), S("secretName")));
    }
}

static void container_references(Look *look, const Object *o, Node *container) {
    for (Node *item = items(o, container, "envFrom"); item; item = node_next(item)) {
        Node *source = node_value(o->tree, item);
        must_be_there(look, o, "ConfigMap", map_text(o->tree, map_get(o->tree, source, S("configMapRef")), S("name")));
    }
    for (Node *item = items(o, container, "env"); item; item = node_next(item))
        secret_is_known(
            look, o,
            map_text(o->tree, map_path(o->tree, node_value(o->tree, item), "valueFrom.secretKeyRef"), S("name")));
}

/* Whether the input led there as well, to a Service that it does not have. */
static bool is_of_others(Look *look, const Object *o, Str service) {
    return str_find(look->c->request.stream, service) >= 0 &&
           !object_of(&look->before, S("Service"), o->namespace, service);
}

/* A Service with that port, by number or by name. */
static void backend_is_there(Look *look, const Object *o, Str name, Str port) {
    const Object *service = object_of(&look->after, S("Service"), o->namespace, name);
    Node *first = service ? items(service, map_get(service->tree, service->root, S("spec")), "ports") : NULL;
    if (!service && is_of_others(look, o, name))
        return;
    if (!service)
        wrong(look, o, "leads to Service/%.*s, which is not there", F(name));
    else if (!item_named(service, first, "port", port) && !item_named(service, first, "name", port))
        wrong(look, o, "leads to port %.*s of Service/%.*s, which has none", F(port), F(name));
}

static void route_references(Look *look, const Object *o) {
    Node *spec = map_get(o->tree, o->root, S("spec"));
    for (Node *item = items(o, spec, "routes"); item; item = node_next(item)) {
        Node *route = node_value(o->tree, item);
        for (Node *s = items(o, route, "services"); s; s = node_next(s))
            backend_is_there(look, o, map_text(o->tree, node_value(o->tree, s), S("name")),
                             map_text(o->tree, node_value(o->tree, s), S("port")));
        for (Node *m = items(o, route, "middlewares"); m; m = node_next(m))
            must_be_there(look, o, "MiddlewareTCP", map_text(o->tree, node_value(o->tree, m), S("name")));
    }
    must_be_there(look, o, "TLSOption", map_text(o->tree, map_path(o->tree, spec, "tls.options"), S("name")));
    secret_is_known(look, o, map_text(o->tree, map_get(o->tree, spec, S("tls")), S("secretName")));
}

static void ingress_backends(Look *look, const Object *o) {
    for (Node *r = items(o, map_get(o->tree, o->root, S("spec")), "rules"); r; r = node_next(r)) {
        Node *http = map_get(o->tree, node_value(o->tree, r), S("http"));
        for (Node *p = items(o, http, "paths"); p; p = node_next(p)) {
            Node *service = map_path(o->tree, node_value(o->tree, p), "backend.service");
            Node *port = map_get(o->tree, service, S("port"));
            Str name = map_text(o->tree, service, S("name")), number = map_text(o->tree, port, S("number"));
            backend_is_there(look, o, name, number.n ? number : map_text(o->tree, port, S("name")));
        }
    }
}

/* "NAMESPACE-NAME@kubernetescrd, ..." */
static void ingress_middlewares(Look *look, const Object *o) {
    Node *annotations = map_path(o->tree, o->root, "metadata.annotations");
    Str list = map_text(o->tree, annotations, S("traefik.ingress.kubernetes.io/router.middlewares"));
    while (list.n) {
        Str reference = str_trim(str_cut(&list, ','));
        Str name = str_head(reference, reference.n - strlen("@kubernetescrd"));
        bool there = str_find(look->c->request.stream, reference) >= 0;
        for (size_t i = 0; i < look->after.n && !there; i++) {
            const Object *m = &look->after.at[i];
            there = str_is(m->kind, "Middleware") &&
                    str_eq(name, str_format(look->arena, "%.*s-%.*s", F(m->namespace.n ? m->namespace : S("mailu")),
                                            F(m->name)));
        }
        if (!there)
            wrong(look, o, "refers to the middleware %.*s, which is not there", F(reference));
    }
}

static void references(Look *look) {
    each_container(look, container_references);
    each_object(look, NULL, pod_references);
    each_object(look, "IngressRouteTCP", route_references);
    each_object(look, "Ingress", ingress_backends);
    each_object(look, "Ingress", ingress_middlewares);
}

/* ---- the tests ---- */

/* ---- what was added can be found, and deleted without losing mail ---- */

static bool is_among(const Objects *objects, const Object *o) {
    return object_of(objects, o->kind, o->namespace, o->name) != NULL;
}

static void added_label(Look *look) {
    for (size_t i = 0; i < look->after.n; i++) {
        const Object *o = &look->after.at[i];
        Node *labels = map_path(o->tree, o->root, "metadata.labels");
        bool labelled = map_get(o->tree, labels, S(LABEL_ADDED)) != NULL;
        bool kept =
            str_is(o->kind, "PersistentVolumeClaim") || str_is(o->kind, "Secret") || str_is(o->kind, "Namespace");
        if (labelled && (kept || is_among(&look->before, o)))
            wrong(look, o, "has the label of what was added");
        if (!labelled && !kept && !is_among(&look->before, o))
            wrong(look, o, "was added, and has no label that says so");
        if (map_get(o->tree, map_path(o->tree, o->root, "spec.template.metadata.labels"), S(LABEL_ADDED)) ||
            map_get(o->tree, map_path(o->tree, o->root, "spec.selector.matchLabels"), S(LABEL_ADDED)))
            wrong(look, o, "has the label of what was added in its pods or selector");
    }
}

static void (*invariant)(Look *);

static bool keeps_invariant(Arena *arena, const Case *c, Result *result) {
    Look look = {arena, c, objects_of(arena, c->request.stream), objects_of(arena, result->out), 0};
    invariant(&look);
    return look.wrong == 0;
}

#define INVARIANT(name, check)                                                                                         \
    static void name(void **state) {                                                                                   \
        (void)state;                                                                                                   \
        invariant = check;                                                                                             \
        cases_all_keep(keeps_invariant);                                                                               \
    }

INVARIANT(what_is_fixed_stays, identity_stays)
INVARIANT(ports_are_whole, all_ports)
INVARIANT(probes_ask_ports_that_are_there, probes)
INVARIANT(volumes_and_mounts_match, volumes)
INVARIANT(variables_are_named_once, variables)
INVARIANT(requests_are_within_limits, resources)
INVARIANT(workloads_are_whole, workloads)
INVARIANT(references_lead_somewhere, references)
INVARIANT(what_was_added_has_its_label, added_label)

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_fixed_stays),
    cmocka_unit_test(ports_are_whole),
    cmocka_unit_test(probes_ask_ports_that_are_there),
    cmocka_unit_test(volumes_and_mounts_match),
    cmocka_unit_test(variables_are_named_once),
    cmocka_unit_test(requests_are_within_limits),
    cmocka_unit_test(workloads_are_whole),
    cmocka_unit_test(references_lead_somewhere),
    cmocka_unit_test(what_was_added_has_its_label),
};
SUITE(invariants, tests);
