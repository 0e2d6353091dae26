#include "report/report.h"

#include "yaml/build.h"
#include "yaml/edit.h"

/* ---- summary ---- */

/* "1 edit", "2 edits" */
static void count_of(Buf *out, size_t n, const char *what) {
    buf_format(out, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

void report_counts(const Instance *instance, Buf *out) {
    size_t manifests = 0;
    for (size_t i = 0; i < instance->changes.n; i++)
        manifests += instance->changes.at[i].manifest->added;
    count_of(out, instance->changes.n - manifests, "edit");
    buf_add(out, S(", "));
    count_of(out, manifests, "manifest");
    buf_add(out, S(" added"));
}

/* "9 components found, 1 added (dovecot-submission)" */
static void count_components(const Instance *instance, Buf *out) {
    Buf names = {.arena = out->arena};
    size_t found = 0, added = 0;
    for (ComponentId id = 0; id < COMPONENTS; id++) {
        const Part *part = &instance->parts[id];
        found += part->workload && !part->added;
        if (part->added)
            buf_format(&names, "%s%s", added++ ? ", " : "", part->component->name);
    }
    count_of(out, found, "component");
    buf_format(out, " found, %zu added", added);
    if (added)
        buf_format(out, " (%.*s)", F(buf_str(&names)));
}

void report_summary(const Model *model, Buf *out) {
    for (size_t i = 0; i < model->instances.n; i++) {
        const Instance *instance = model->instances.at[i];
        buf_add(out, S("mailu-post-renderer: "));
        buf_add_safely(out, instance->target_namespace);
        buf_add(out, S(": "));
        count_components(instance, out);
        buf_add(out, S("; "));
        report_counts(instance, out);
        buf_char(out, '\n');
    }
}

/* ---- results of a KRM function ---- */

static Node *resource_ref(Arena *arena, Str api_version, Str kind, Str name, Str namespace) {
    return build(arena, "{apiVersion:%S,kind:%S,name:%S,namespace:%n}", api_version, kind, name,
                 namespace.n ? new_string(arena, namespace) : NULL);
}

static void add_result(Model *model, Node *result) {
    Manifest *list = model->stream->list;
    if (!list->root) /* nothing follows its items */
        list->root = list->tree->root = new_collection(model->arena, MAPPING);
    Node *results = manifest_at(list, "results");
    for (Node *item = items_of(results); item && !(item->flags & NODE_NEW); item = node_next(item))
        if (node_equal(list->tree, item, list->tree, result))
            return; /* reported in an earlier run */
    if (!is_sequence(results))
        results = edit_set(list->tree, list->root, S("results"), new_collection(model->arena, SEQUENCE));
    edit_append(list->tree, results, result);
}

/* One result for what an aspect did to a manifest; the field is the first of those it touched. */
static void add_change_result(Model *model, const ChangeList *changes, size_t first) {
    Arena *arena = model->arena;
    const Change *c = &changes->at[first];
    size_t edits = 0;
    for (size_t i = 0; i < changes->n; i++) {
        const Change *other = &changes->at[i];
        if (other->manifest != c->manifest || other->aspect != c->aspect)
            continue;
        if (i < first)
            return; /* reported already */
        edits++;
    }
    Buf message = {.arena = arena};
    if (c->manifest->added) {
        buf_add(&message, S("added by mailu-post-renderer"));
    } else {
        buf_format(&message, "%s: ", aspects[c->aspect]);
        count_of(&message, edits, "edit");
    }
    add_result(model, build(arena, "{message:%S,severity:info,resourceRef:%n,field:%n}", buf_str(&message),
                            resource_ref(arena, c->manifest->api_version, c->manifest->kind_name, c->manifest->name,
                                         c->manifest->namespace),
                            c->path.n ? build(arena, "{path:%S}", c->path) : NULL));
}

static Node *diagnostic_result(Arena *arena, const Diagnostic *f) {
    static const char *const severities[] = {[NOTE] = "info", [WARNING] = "warning", [ERROR] = "error"};
    Str rest = f->resource, kind = str_cut(&rest, '/');
    Str message = f->name ? str_format(arena, "%.*s [%s]", F(f->message), f->name) : f->message;
    return build(arena, "{message:%S,severity:%s,resourceRef:%n,field:%n,file:%n}", message, severities[f->severity],
                 f->resource.n ? resource_ref(arena, f->api_version, kind, rest, f->namespace) : NULL,
                 f->path.n ? build(arena, "{path:%S}", f->path) : NULL,
                 f->file.n ? build(arena, "{path:%S}", f->file) : NULL);
}

void report_failure(Arena *arena, const Diagnostics *diagnostics, Buf *out) {
    Node *results = new_collection(arena, SEQUENCE);
    for (size_t i = 0; i < diagnostics->list.n; i++)
        node_add(results, diagnostic_result(arena, &diagnostics->list.at[i]));
    Node *root = build(arena, "{apiVersion:config.kubernetes.io/v1,kind:ResourceList,items:%n,results:%n}",
                       new_collection(arena, SEQUENCE), results);
    Tree tree = {.arena = arena, .root = root, .step = 2};
    buf_add(out, edit_render(arena, &tree));
}

void report_results(Model *model) {
    Arena *arena = model->arena;
    for (size_t i = 0; i < model->diagnostics->list.n; i++)
        add_result(model, diagnostic_result(arena, &model->diagnostics->list.at[i]));
    for (size_t i = 0; i < model->instances.n; i++)
        for (size_t j = 0; j < model->instances.at[i]->changes.n; j++)
            add_change_result(model, &model->instances.at[i]->changes, j);
}
