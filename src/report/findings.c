#include "report/findings.h"

#include "model/discover.h"
#include "model/routes.h"
#include "stream/fragment.h"
#include "yaml/scan.h"

#include <string.h>

/* ---- values ---- */

/* Numbers as YAML 1.1 writes them, 0x1f or 1_000, stay what they look like: texts. */
static bool is_json_number(Str s) {
    bool digits = s.n > 0 && s.n < 16;
    for (size_t i = 0; i < s.n && digits; i++)
        digits = is_digit(s.p[i]) && (i > 0 || s.n == 1 || s.p[0] != '0');
    return digits;
}

static Node *json_scalar_copy(Arena *arena, const Node *node) {
    static const char *const as_they_are[] = {"true", "false", "null"};
    bool plain = node->style == PLAIN && (is_json_number(node->text) || IS_ONE_OF(node->text, as_they_are));
    if (node_is_null(node))
        return new_plain(arena, S("null"));
    return plain ? new_plain(arena, node->text) : new_string(arena, node->text);
}

Node *json_copy(Arena *arena, const Node *node) {
    if (is_scalar(node))
        return json_scalar_copy(arena, node);
    Node *copy = new_collection(arena, node->kind);
    for (const Node *child = node_first(node); child; child = node_next(child))
        node_append(copy, child->key ? new_string(arena, child->key->text) : NULL, json_copy(arena, child));
    return copy;
}

/* ---- reasons ---- */

/* The path without its variable parts, "=" and the name of an item that came or went. */
static Str subject_name(Arena *arena, const Change *c) {
    if (!c->manifest->added && str_ends(c->path, S("[]")))
        return str_format(arena, "%.*s=%.*s", F(c->path), F((c->to.n ? c->to : c->from)));
    return str_copy(arena, c->manifest->added ? c->manifest->name : c->path);
}

const Reason *reason_of(Arena *arena, const Change *c) {
    const char *kind = c->manifest->added ? str_copy(arena, c->manifest->kind_name).p : NULL;
    return reason_for(&(Subject){c->aspect, kind, subject_name(arena, c).p});
}

ClosedHoles closed_holes_of(Arena *arena, const Instance *instance) {
    ClosedHoles holes_closed = {0};
    for (size_t i = 0; i < instance->changes.n; i++)
        holes_closed.closed[reason_of(arena, &instance->changes.at[i])->hole] = true;
    holes_closed.closed[NO_HOLE] = false;
    return holes_closed;
}

/* ---- components ---- */

const char *part_state(const Part *part) {
    return part->added ? "added" : part->workload ? "found" : "absent";
}

static bool is_changed(const Instance *instance, const Manifest *m, const char *below) {
    for (size_t i = 0; i < instance->changes.n; i++)
        if (instance->changes.at[i].manifest == m && str_starts(instance->changes.at[i].path, str(below)))
            return true;
    return false;
}

Restart restart_of(const Instance *instance, const Part *part) {
    if (!part->workload)
        return NO_RESTART;
    if (part->added)
        return STARTS;
    if (is_changed(instance, part->workload, "spec.template"))
        return RESTARTS;
    const Manifest *map = instance->environment;
    return map && is_changed(instance, map, "data") && reads_map(part, map) ? RESTART_BY_HAND : NO_RESTART;
}

/* ---- what has to exist ---- */

typedef struct Collector {
    const Model *model;
    const Instance *instance;
    ExpectedList list;
} Collector;

static void expect_object(Collector *c, const char *kind, Str name, const Manifest *user, bool optional) {
    Arena *arena = c->model->arena;
    Str label = manifest_label(arena, user);
    for (size_t i = 0; i < c->list.n; i++) {
        Expected *known = &c->list.at[i];
        if (!str_is(str(known->kind), kind) || !str_eq(known->name, name))
            continue;
        known->optional &= optional;
        if (str_find(known->used_by, label) < 0)
            known->used_by = str_format(arena, "%.*s, %.*s", F(known->used_by), F(label));
        return;
    }
    *PUSH(arena, &c->list) = (Expected){kind, name, label, optional};
}

static void expect_named(void *context, const Manifest *m, Kind kind, Node *reference, Str name) {
    Collector *c = context;
    bool optional = str_is(map_text(m->tree, reference, S("optional")), "true");
    if (name.n && !stream_find(c->model->stream, kind, c->instance->namespace, name))
        expect_object(c, added_kind(kind).kind, name, m, optional);
}

static void expect_of_pod(Collector *c, const Manifest *m, Node *pod) {
    static const char *const containers[] = {"initContainers", "containers"};
    each_reference_of(m, pod, "volumes", expect_named, c);
    for (size_t i = 0; i < COUNT(containers); i++)
        EACH_ITEM(container, m->tree, map_get(m->tree, pod, str(containers[i]))) {
            each_reference_of(m, container, "envFrom", expect_named, c);
            each_reference_of(m, container, "env", expect_named, c);
        }
    each_reference_of(m, pod, "imagePullSecrets", expect_named, c);
}

/* The next IngressRouteTCP to this Mailu after `m`, which is NULL at first. */
static const Manifest *next_tcp_route(const Model *model, const Instance *instance, const Manifest *m) {
    do
        m = stream_next(model->stream, KIND_ROUTE_TCP, instance->namespace, m);
    while (m && !(parts_of_route(instance, m) & ~OTHERS));
    return m;
}

static ExpectedList expected_objects(const Model *model, const Instance *instance) {
    Collector c = {.model = model, .instance = instance};
    for (const Part *part = NULL; (part = next_part(instance, part));)
        expect_of_pod(&c, part->workload, part->pod);
    for (const Manifest *m = NULL; (m = next_tcp_route(model, instance, m));)
        expect_named(&c, m, KIND_SECRET, NULL, manifest_text(m, "spec.tls.secretName"));
    return c.list;
}

/* ---- the internet ---- */

static void add_routes(const Model *model, const Instance *instance, const Manifest *m, Strs *lines) {
    Arena *arena = model->arena;
    Str entry_points = joined_texts(arena, m->tree, manifest_at(m, "spec.entryPoints"), ", ");
    bool tcp = m->kind == KIND_ROUTE_TCP;
    EACH_ITEM(route, m->tree, rules_of(m))
        EACH_ITEM(service, m->tree, map_get(m->tree, route, S("services"))) {
            const Part *part = part_of_reference(instance, m, service);
            Str what = tcp ? map_text(m->tree, service, S("port")) : map_text(m->tree, route, S("match"));
            if (part)
                *PUSH(arena, lines) = str_format(arena, "%s%.*s, entry point %.*s: %s", tcp ? "port " : "", F(what),
                                                 F(entry_points), part->component->name);
        }
}

/* A line for each rule and component: its paths. */
static void add_rules(const Model *model, const Instance *instance, const Manifest *m, Strs *lines) {
    Arena *arena = model->arena;
    EACH_ITEM(rule, m->tree, rules_of(m)) {
        Buf paths[COMPONENTS] = {0};
        EACH_ITEM(path, m->tree, map_path(m->tree, rule, "http.paths")) {
            const Part *part = part_of_backend(instance, m->tree, map_get(m->tree, path, S("backend")));
            if (!part)
                continue;
            Buf *out = &paths[part->id];
            out->arena = arena;
            buf_format(out, "%s%.*s", out->n ? " " : "", F(map_text(m->tree, path, S("path"))));
        }
        Str host = map_text(m->tree, rule, S("host"));
        for (ComponentId id = 0; id < COMPONENTS; id++)
            if (paths[id].n)
                *PUSH(arena, lines) = str_format(arena, "https://%.*s, %.*s: %s", F((host.n ? host : S("*"))),
                                                 F(buf_str(&paths[id])), components[id].name);
    }
}

/* A line for each reference of a rule: its hosts, its paths or, for another protocol, its kind, and its Gateways. */
static void add_references(const Model *model, const Instance *instance, const Manifest *m, Strs *lines) {
    Arena *arena = model->arena;
    Buf gateways = {.arena = arena};
    EACH_ITEM(parent, m->tree, map_path(m->tree, m->root, "spec.parentRefs"))
        buf_format(&gateways, "%s%.*s", gateways.n ? ", " : "", F(map_text(m->tree, parent, S("name"))));
    Str hosts = joined_texts(arena, m->tree, map_path(m->tree, m->root, "spec.hostnames"), ", ");
    EACH_ITEM(rule, m->tree, rules_of(m)) {
        Buf paths = {.arena = arena};
        EACH_ITEM(match, m->tree, map_get(m->tree, rule, S("matches")))
            buf_format(&paths, " %.*s", F(map_text(m->tree, map_get(m->tree, match, S("path")), S("value"))));
        EACH_ITEM(reference, m->tree, map_get(m->tree, rule, S("backendRefs"))) {
            const Part *part = part_of_reference(instance, m, reference);
            if (part)
                *PUSH(arena, lines) =
                    str_format(arena, "%.*s %.*s%.*s, Gateway %.*s: %s", F(m->kind_name), F((hosts.n ? hosts : S("*"))),
                               F(buf_str(&paths)), F(buf_str(&gateways)), part->component->name);
        }
    }
}

/* The next Ingress or route; those of the Gateway API may be anywhere. */
static const Manifest *next_way_in(const Model *model, const Instance *instance, const Manifest *m) {
    static const Kind kinds[] = {KIND_INGRESS, KIND_ROUTE_HTTP, KIND_ROUTE_TCP};
    Manifest *next = stream_next(model->stream, KIND_ROUTE_GATEWAY, S(""), m);
    for (size_t i = 0; i < COUNT(kinds); i++)
        next = stream_earlier(next, stream_next(model->stream, kinds[i], instance->namespace, m));
    return next;
}

static Strs reachable_from_internet(const Model *model, const Instance *instance) {
    Strs lines = {0};
    for (const Manifest *m = NULL; (m = next_way_in(model, instance, m));) {
        if (m->kind == KIND_ROUTE_GATEWAY)
            add_references(model, instance, m, &lines);
        else if (m->kind == KIND_INGRESS)
            add_rules(model, instance, m, &lines);
        else
            add_routes(model, instance, m, &lines);
    }
    return lines;
}

static Strs no_longer_reachable(const Model *model, const Instance *instance) {
    static const struct {
        const char *ending, *what;
    } ways[] = {
        {".hostPort", "host port"},
        {"spec.type", "Service of type"},
        {"spec.externalIPs", "external address"},
        {"http.paths[]", "path"},
    };
    Strs lines = {0};
    for (size_t i = 0; i < instance->changes.n; i++) {
        const Change *c = &instance->changes.at[i];
        for (size_t w = 0; w < COUNT(ways) && c->action != ADDED; w++)
            if (str_ends(c->path, str(ways[w].ending))) {
                Str label = manifest_label(model->arena, c->manifest);
                *PUSH(model->arena, &lines) = str_format(model->arena, "%s%s%.*s, %.*s", ways[w].what,
                                                         c->from.n ? " " : "", F(c->from), F(label));
            }
    }
    return lines;
}

/* ---- others that send by front ---- */

static bool is_of_mailu(const Instance *instance, const Document *d) {
    for (const Part *part = NULL; (part = next_part(instance, part));)
        if (part->workload->document == d)
            return true;
    return false;
}

/* Whether the text has the name of a Service as a host: not as a part of a longer name. */
static bool names_host(Str text, Str name) {
    for (ptrdiff_t at; (at = str_find(text, name)) >= 0; text = str_skip(text, (size_t)at + name.n)) {
        char before = at > 0 ? text.p[at - 1] : ' ';
        Str after = str_skip(text, (size_t)at + name.n);
        bool starts = strchr(" \"'=@/:[,", before) != NULL;
        bool ends = !after.n || strchr(".:\"' ,]}\r\n/", after.p[0]) != NULL;
        if (starts && ends)
            return true;
    }
    return false;
}

/* "Deployment/gitea"; empty for what runs no pods, and for what can't be read. */
static Str workload_label(Arena *arena, Str text) {
    static const char *const kinds[] = {"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"};
    Tree *tree = NEW(arena, Tree);
    TreeError error;
    ResourceMeta meta = {0};
    if (!scan_meta(text, &meta) && tree_parse(arena, text, tree, &error) && is_mapping(tree->root)) {
        meta.kind = map_text(tree, tree->root, S("kind"));
        meta.name = map_text(tree, map_get(tree, tree->root, S("metadata")), S("name"));
    }
    if (!IS_ONE_OF(meta.kind, kinds))
        return (Str){0};
    return str_format(arena, "%.*s/%.*s", F(meta.kind), F(meta.name));
}

/* In another namespace front's name alone is that of another Service. */
static Strs users_of_front(Model *model, const Instance *instance) {
    Strs lines = {0};
    const Manifest *service = instance->parts[FRONT].service;
    Str near = service ? service->name : (Str){0}, namespace = instance->namespace;
    Str far = str_format(model->arena, "%.*s.%.*s", F(near), F(namespace));
    for (size_t i = 0; i < model->stream->count && service; i++) {
        const Document *d = stream_document(model->stream, i);
        bool elsewhere = namespace.n && d->namespace_hash && d->namespace_hash != hash_of_namespace(namespace);
        if (d->empty || d->merged || is_of_mailu(instance, d) || !names_host(d->text, elsewhere ? far : near))
            continue;
        Str label = workload_label(model->arena, content_text(model->arena, d));
        if (label.n)
            *PUSH(model->arena, &lines) = label;
    }
    return lines;
}

static Str certificate_of(const Model *model, const Instance *instance) {
    Str secret = {0};
    for (const Manifest *m = NULL; !secret.n && (m = next_tcp_route(model, instance, m));)
        secret = manifest_text(m, "spec.tls.secretName");
    return secret;
}

static Str entry_points_of(const Model *model, const Instance *instance) {
    Buf out = {.arena = model->arena};
    for (const Manifest *m = NULL; (m = next_tcp_route(model, instance, m));) {
        Str names = joined_texts(model->arena, m->tree, manifest_at(m, "spec.entryPoints"), ", ");
        buf_format(&out, "%s%.*s", out.n ? ", " : "", F(names));
    }
    return buf_str(&out);
}

void find_findings(Model *model) {
    for (size_t i = 0; i < model->instances.n; i++) {
        Instance *instance = model->instances.at[i];
        Findings *f = instance->findings = NEW(model->arena, Findings);
        f->expected = expected_objects(model, instance);
        f->reachable = reachable_from_internet(model, instance);
        f->no_longer_reachable = no_longer_reachable(model, instance);
        f->users_of_front = users_of_front(model, instance);
        f->certificate = certificate_of(model, instance);
        f->entry_points = entry_points_of(model, instance);
    }
}
