/* What Kubernetes asks of every manifest, or forbids to change, held over everything that comes out of every case. */
#include "spec/formats.h"
#include "tests/look.h"
#include "tests/tests.h"

static void twice(Look *look, const Object *o, Node *list, const char *key, const char *what) {
    EACH_ITEM(item, o->tree, list) {
        Str text = map_text(o->tree, item, str(key));
        const Node *found = text.n ? item_with(o->tree, list, key, text) : NULL;
        if (found && found != item)
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

static Str protocol_of(const Object *o, Node *port) {
    Str protocol = map_text(o->tree, port, S("protocol"));
    return protocol.n ? protocol : S("TCP");
}

static void ports_are_unique(Look *look, const Object *o, Node *list, const char *key) {
    twice(look, o, list, "name", "port");
    EACH_ITEM(port, o->tree, list) {
        Str name = map_text(o->tree, port, S("name")), number = map_text(o->tree, port, str(key));
        if (name.n && !is_port_name(name))
            wrong(look, o, "%.*s is no name for a port", F(name));
        EACH_ITEM(other, o->tree, list) {
            if (other == port)
                break;
            if (str_eq(number, map_text(o->tree, other, str(key))) &&
                str_eq(protocol_of(o, port), protocol_of(o, other)))
                wrong(look, o, "port %.*s is there twice", F(number));
        }
    }
}

static void container_ports(Look *look, const Object *o, Node *container) {
    ports_are_unique(look, o, list_of(o, container, "ports"), "containerPort");
}

static bool has_port_named(const Object *workload, Str name) {
    EACH_ITEM(container, workload->tree, list_of(workload, pod_of(workload), "containers"))
        if (item_with(workload->tree, list_of(workload, container, "ports"), "name", name))
            return true;
    return false;
}

static void target_is_there(Look *look, const Object *service, Str name) {
    bool selected = false;
    for (size_t i = 0; i < look->after.n; i++) {
        const Object *workload = &look->after.at[i];
        if (!pod_of(workload) || !same_namespace(service->namespace, workload->namespace) ||
            !service_selects(service, workload))
            continue;
        selected = true;
        if (has_port_named(workload, name))
            return;
    }
    if (selected)
        wrong(look, service, "no container has the port %.*s", F(name));
}

static void service_ports(Look *look, const Object *o) {
    Node *list = map_path(o->tree, o->root, "spec.ports");
    size_t count = is_sequence(list) ? node_count(list) : 0;
    if (!count && !str_is(map_text(o->tree, map_get(o->tree, o->root, S("spec")), S("clusterIP")), "None"))
        wrong(look, o, "has no ports");
    ports_are_unique(look, o, list, "port");
    EACH_ITEM(port, o->tree, list) {
        const Node *target = map_get(o->tree, port, S("targetPort"));
        if (count > 1 && !map_text(o->tree, port, S("name")).n)
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
                !item_with(o->tree, list_of(o, container, "ports"), "name", port->text))
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
    Node *mounts = list_of(o, container, "volumeMounts");
    twice(look, o, mounts, "mountPath", "mount");
    EACH_ITEM(mount, o->tree, mounts) {
        Str name = map_text(o->tree, mount, S("name"));
        bool there = item_with(o->tree, list_of(o, pod_of(o), "volumes"), "name", name);
        EACH_ITEM(template, o->tree, map_path(o->tree, o->root, "spec.volumeClaimTemplates"))
            there |= str_eq(map_text(o->tree, map_get(o->tree, template, S("metadata")), S("name")), name);
        if (!there)
            wrong(look, o, "mounts %.*s, which is no volume", F(name));
    }
}

static void volumes_are_mounted(Look *look, const Object *o) {
    Node *list = list_of(o, pod_of(o), "volumes");
    twice(look, o, list, "name", "volume");
    EACH_ITEM(volume, o->tree, list) {
        Str name = map_text(o->tree, volume, S("name"));
        bool mounted = false;
        EACH_ITEM(container, o->tree, list_of(o, pod_of(o), "containers"))
            mounted |= item_with(o->tree, list_of(o, container, "volumeMounts"), "name", name) != NULL;
        if (!mounted)
            wrong(look, o, "nothing mounts the volume %.*s", F(name));
    }
}

static void volumes(Look *look) {
    each_container(look, mounts_have_volumes);
    each_object(look, NULL, volumes_are_mounted);
}

static void variable_names(Look *look, const Object *o, Node *container) {
    twice(look, o, list_of(o, container, "env"), "name", "variable");
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
    EACH_ITEM(volume, o->tree, list_of(o, pod_of(o), "volumes")) {
        Str name = map_text(o->tree, map_get(o->tree, volume, S("persistentVolumeClaim")), S("claimName"));
        const Object *claim = object_of(&look->after, S("PersistentVolumeClaim"), o->namespace, name);
        if (claim &&
            holds_text(claim->tree, map_path(claim->tree, claim->root, "spec.accessModes"), S("ReadWriteOnce")))
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
    for (Node *entry = pod_of(o) ? entries_of(selector) : NULL; entry; entry = node_next(entry))
        if (!str_eq(map_text(o->tree, labels, entry->key->text), node_value(o->tree, entry)->text))
            wrong(look, o, "its selector is not its pods'");
}

static void workloads(Look *look) {
    each_object(look, "Deployment", ends_the_old_pod_first);
    each_object(look, NULL, selector_holds);
}

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

/* ---- the tests ---- */

INVARIANT(what_is_fixed_stays, identity_stays)
INVARIANT(ports_are_whole, all_ports)
INVARIANT(probes_ask_ports_that_are_there, probes)
INVARIANT(volumes_and_mounts_match, volumes)
INVARIANT(variables_are_named_once, variables)
INVARIANT(requests_are_within_limits, resources)
INVARIANT(workloads_are_whole, workloads)
INVARIANT(what_was_added_has_its_label, added_label)

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_fixed_stays),
    cmocka_unit_test(ports_are_whole),
    cmocka_unit_test(probes_ask_ports_that_are_there),
    cmocka_unit_test(volumes_and_mounts_match),
    cmocka_unit_test(variables_are_named_once),
    cmocka_unit_test(requests_are_within_limits),
    cmocka_unit_test(workloads_are_whole),
    cmocka_unit_test(what_was_added_has_its_label),
};
SUITE(invariants, tests);
