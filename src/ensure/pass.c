#include "ensure/pass.h"

#include "yaml/edit.h"

#include <assert.h>

bool is_on(const Ensure *e) {
    if (!config_has(e->config, "patch"))
        return true;
    Str path = str_format(e->arena, "patch.%s", aspects[e->aspect]);
    if (!config_bool(e->config, path.p))
        return false;
    Str pattern = str_format(e->arena, "patch.*.%s", aspects[e->aspect]);
    return !e->part || config_bool_for(e->config, pattern.p, e->part->component);
}

bool is_on_for(const Ensure *e, Part *part) {
    Ensure of = *e;
    of.part = part;
    return is_on(&of);
}

bool to_next_part(Ensure *e) {
    do
        e->part = next_part(e->instance, e->part);
    while (e->part && !is_on(e));
    return e->part;
}

Manifest *next_manifest(const Ensure *e, Kind kind, const Manifest *m) {
    return stream_next(e->stream, kind, e->instance->namespace, m);
}

/* ---- the log ---- */

/* Edits to an added manifest are not logged: it is reported as a whole. */
static bool is_logged(const Manifest *m) {
    return !m->added;
}

/* The old and new value of an edit; NULL for nothing. The tree keeps changing, so a history has a copy of the old
 * value. */
static void record(Ensure *e, Strength strength, Manifest *m, Action action, Str path, Node *old, Str from,
                   const Node *value, Str to) {
    bool kept = e->model->keep_history;
    m->edited = true;
    claim_manifest(e->model, e->instance, m);
    *PUSH(e->arena, &e->instance->changes) = (Change){.manifest = m,
                                                      .part = e->part,
                                                      .path = path,
                                                      .action = action,
                                                      .strength = strength,
                                                      .aspect = e->aspect,
                                                      .from = from,
                                                      .to = to,
                                                      .old = kept && old ? node_copy(m->tree, e->arena, old) : NULL,
                                                      .value = kept ? value : NULL};
}

/* Writing paths takes time: only when a report needs them. */
static bool records_paths(const Ensure *e) {
    return e->model->keep_history || e->stream->form == FORM_RESOURCE_LIST;
}

static Str path_of(Ensure *e, const Manifest *m, const Node *node) {
    return records_paths(e) ? node_path(e->arena, m->root, node) : (Str){0};
}

static Str path_below(Ensure *e, const Manifest *m, const Node *map, const char *key) {
    Str path = path_of(e, m, map);
    return path.n ? str_format(e->arena, "%.*s.%s", F(path), key) : str(key);
}

static Diagnostic *locate(Ensure *e, const Manifest *m, const Node *node, Diagnostic *f) {
    if (m)
        stream_locate(e->stream, m, node, f);
    return f;
}

Diagnostic *diagnose(Ensure *e, Severity severity, const Manifest *m, const Node *node, const char *format, ...) {
    va_list args;
    va_start(args, format);
    Diagnostic *f = diag_vadd(e->model->diagnostics, severity, format, args);
    va_end(args);
    return locate(e, m, node, f);
}

Diagnostic *warn(Ensure *e, WarningId id, const Manifest *m, const Node *node, const char *format, ...) {
    va_list args;
    va_start(args, format);
    Diagnostic *f = diag_vwarn(e->model->diagnostics, id, format, args);
    va_end(args);
    return locate(e, m, node, f);
}

void warn_field_not_applied(Ensure *e, const char *field, const char *why) {
    config_locate(e->config, field, warn(e, WARN_NOT_APPLIED, NULL, NULL, "not applied: %s", why));
}

/* ---- edits ---- */

Node *set_value(Ensure *e, Strength strength, Manifest *m, Node *map, const char *key, Node *value) {
    Node *there = map_get(m->tree, map, str(key));
    bool absent = node_is_null(there);
    claim_manifest(e->model, e->instance, m);
    if (!absent && (strength == DEFAULT || node_equal(m->tree, there, m->tree, value)))
        return there;
    if (is_logged(m))
        record(e, strength, m, absent ? ADDED : CHANGED, path_below(e, m, map, key), absent ? NULL : there,
               absent ? S("") : text_of(there), value, text_of(value));
    return edit_set(m->tree, map, str(key), value);
}

Node *set_text(Ensure *e, Strength strength, Manifest *m, Node *map, const char *key, Str text) {
    return set_value(e, strength, m, map, key, new_string(e->arena, text));
}

Node *set_int(Ensure *e, Strength strength, Manifest *m, Node *map, const char *key, int number) {
    return set_value(e, strength, m, map, key, new_plain(e->arena, str_format(e->arena, "%d", number)));
}

Node *set_false(Ensure *e, Strength strength, Manifest *m, Node *map, const char *key) {
    return set_value(e, strength, m, map, key, new_plain(e->arena, S("false")));
}

/* What tells an item of a list from the others: its name or the like, or the item itself. */
static Str item_name(const Manifest *m, Node *item) {
    static const char *const keys[] = {"name", "path", "key", "port"};
    for (size_t i = 0; is_mapping(item) && i < COUNT(keys); i++)
        if (map_text(m->tree, item, str(keys[i])).n)
            return map_text(m->tree, item, str(keys[i]));
    return text_of(item);
}

static Str path_of_items(Ensure *e, const Manifest *m, const Node *sequence) {
    Str path = path_of(e, m, sequence);
    return path.n ? str_format(e->arena, "%.*s[]", F(path)) : path;
}

Node *append_item(Ensure *e, Strength strength, Manifest *m, Node *sequence, Node *item) {
    if (is_logged(m))
        record(e, strength, m, ADDED, path_of_items(e, m, sequence), NULL, S(""), item, item_name(m, item));
    edit_append(m->tree, sequence, item);
    return item;
}

static void record_removal(Ensure *e, Strength strength, Manifest *m, Node *child) {
    Str name = item_name(m, node_value(m->tree, child));
    bool named_item = is_sequence(child->parent) && name.n; /* its number means little once others are removed */
    Str path = named_item ? path_of_items(e, m, child->parent) : path_of(e, m, child);
    record(e, strength, m, REMOVED, path, node_value(m->tree, child), name, NULL, S(""));
}

void remove_node(Ensure *e, Strength strength, Manifest *m, Node *child) {
    if (!child)
        return;
    while (child->parent->kind == ALIAS) /* what goes is the alias, not what it stands for */
        child = child->parent;
    if (is_logged(m))
        record_removal(e, strength, m, child);
    for (Node *twin = child->key ? node_first(child->parent) : NULL; twin; twin = node_next(twin))
        if (twin != child && node_same(twin->key, child->key)) /* once it is removed, the duplicate can't be seen */
            diagnose(e, ERROR, m, twin, "found a second time in its mapping, expected once");
    edit_remove(m->tree, child);
}

void remove_item(Ensure *e, Strength strength, Manifest *m, Node *list, Node *item) {
    remove_node(e, strength, m, item && node_count(list) == 1 ? list : item);
}

static Node *collection_at(Ensure *e, Manifest *m, Node *map, Str path, NodeKind kind) {
    Str rest = path, key = str_cut(&rest, '.');
    if (rest.n)
        return collection_at(e, m, collection_at(e, m, map, key, MAPPING), rest, kind);
    Node *there = map_get(m->tree, map, key);
    if (node_is_null(there))
        return edit_set(m->tree, map, key, new_collection(e->arena, kind));
    if (there->kind == kind)
        return there;
    Str found = node_shown(e->arena, there);
    diagnose(e, ERROR, m, there, "found %.*s, expected a %s", F(found), kind == MAPPING ? "mapping" : "list");
    return new_collection(e->arena,
                          kind); /* is not part of the document: the run fails, but continues to find more errors */
}

Node *mapping_at(Ensure *e, Manifest *m, Node *map, const char *path) {
    return collection_at(e, m, map, str(path), MAPPING);
}

Node *sequence_at(Ensure *e, Manifest *m, Node *map, const char *path) {
    return collection_at(e, m, map, str(path), SEQUENCE);
}

/* ---- new manifests ---- */

Str prefixed(Ensure *e, const char *ending) {
    Buf name = {.arena = e->arena};
    buf_add(&name, e->instance->prefix);
    buf_char(&name, '-');
    buf_add(&name, str(ending));
    return buf_str(&name);
}

Node *labels_of(Ensure *e, const char *component, bool selector_only) {
    return build(e->arena,
                 "{app.kubernetes.io/name:mailu,app.kubernetes.io/instance:%S,app.kubernetes.io/component:%n,"
                 "app.kubernetes.io/part-of:%n}",
                 e->instance->name, component ? new_string(e->arena, str(component)) : NULL,
                 selector_only ? NULL : new_string(e->arena, S("mailu")));
}

Manifest *add_manifest(Ensure *e, Kind kind, Str name, const char *component, Node *spec) {
    Str namespace = e->instance->namespace;
    AddedKind added = added_kind(kind);
    Node *labels = labels_of(e, component, false);
    if (kind != KIND_CLAIM) /* with the mail in it: users delete by this label what was added */
        node_append(labels, new_string(e->arena, S(LABEL_ADDED)), new_string(e->arena, S("true")));
    Str version = str_format(e->arena, "%s%s%s", added.group, *added.group ? "/" : "", added.version);
    Node *root = build(e->arena, "{apiVersion:%S,kind:%s,metadata:{name:%S,namespace:%n,labels:%n},spec:%n}", version,
                       added.kind, name, namespace.n ? new_string(e->arena, namespace) : NULL, labels, spec);
    Manifest *m = stream_add(e->arena, e->stream, root);
    *PUSH(e->arena, &e->instance->changes) =
        (Change){.manifest = m, .part = e->part, .action = ADDED, .aspect = e->aspect};
    return m;
}

Manifest *find_manifest(const Ensure *e, Kind kind, Str name) {
    return stream_find(e->stream, kind, e->instance->namespace, name);
}

Manifest *manifest_named(Ensure *e, Kind kind, Str name, const char *component, Node *spec) {
    Manifest *m = find_manifest(e, kind, name);
    return m ? m : add_manifest(e, kind, name, component, spec);
}

Manifest *ensure_spec(Ensure *e, Kind kind, Str name, const char *component, Node *spec) {
    Manifest *m = find_manifest(e, kind, name);
    if (!m)
        return add_manifest(e, kind, name, component, spec);
    set_value(e, REQUIRE, m, m->root, "spec", spec);
    return m;
}

Str service_name(const Ensure *e, ComponentId id) {
    const Manifest *service = e->instance->parts[id].service;
    assert(service);
    return service->name;
}

Manifest *add_service(Ensure *e, Part *part, Str name) {
    Node *selector = node_copy(part->workload->tree, e->arena, part->labels);
    return add_manifest(e, KIND_SERVICE, name, part->component->name,
                        build(e->arena, "{type:ClusterIP,selector:%n}", selector));
}

Node *env_of(Ensure *e) {
    return sequence_at(e, e->part->workload, e->part->container, "env");
}

void own_variable(Ensure *e, Strength strength, const char *name, const char *key, Node *value) {
    static const char *const keys[] = {"value", "valueFrom"};
    Manifest *m = e->part->workload;
    Node *there = container_variable(m->tree, e->part->container, str(name));
    if (!there) {
        Node *item = build(e->arena, "{name:%s}", name);
        node_append(item, new_string(e->arena, str(key)), value);
        append_item(e, strength, m, env_of(e), item);
        return;
    }
    for (size_t i = 0; i < COUNT(keys) && strength != DEFAULT; i++)
        if (!str_is(str(key), keys[i]))
            remove_node(e, strength, m, map_get(m->tree, there, str(keys[i])));
    if (strength != DEFAULT)
        set_value(e, strength, m, there, key, value);
}

void own_text(Ensure *e, Strength strength, const char *name, Str value) {
    own_variable(e, strength, name, "value", new_string(e->arena, value));
}

Node *volume_of(const Part *part, Node *mount) {
    Tree *tree = part->workload->tree;
    return item_with(tree, map_get(tree, part->pod, S("volumes")), "name", map_text(tree, mount, S("name")));
}
