#include "report.h"

#include "build.h"
#include "edit.h"

static const char *const strengths[] = {[REQUIRE] = "require", [DEFAULT] = "default", [SET] = "set"};
static const char *const actions[] = {[ADDED] = "added", [CHANGED] = "changed", [REMOVED] = "removed"};

/* ---- summary ---- */

static bool concerns(const Change *change, const Instance *instance) {
    return same_namespace(change->manifest->namespace, instance->namespace);
}

void report_summary(const Model *model, Buf *out) {
    for (size_t i = 0; i < model->instances.n; i++) {
        const Instance *instance = model->instances.at[i];
        size_t found = 0, added = 0, edits = 0, manifests = 0;
        for (ComponentId id = 0; id < COMPONENTS; id++) {
            found += instance->parts[id].workload && !instance->parts[id].added;
            added += instance->parts[id].added;
        }
        for (size_t j = 0; j < model->changes.n; j++) {
            const Change *change = &model->changes.at[j];
            if (!concerns(change, instance))
                continue;
            edits += !change->manifest->added;
            manifests += change->manifest->added;
        }
        buf_format(out, "mailu-post-renderer: %.*s: %zu components found, %zu added; %zu edits, %zu manifests added\n",
                   F(instance->in_namespace), found, added, edits, manifests);
    }
}

/* ---- plan ---- */

static void plan_change(const Change *c, Arena *arena, Buf *out) {
    buf_format(out, "    %-8s%-12s%-8s %.*s", strengths[c->strength], aspects[c->aspect], actions[c->action],
               F(manifest_label(arena, c->manifest)));
    if (c->path.n)
        buf_format(out, " %.*s", F(c->path));
    if (c->action == CHANGED && (c->from.n || c->to.n))
        buf_format(out, ": %.*s -> %.*s", F(str_head(c->from, 60)), F(str_head(c->to, 60)));
    else if (c->action == ADDED && c->to.n && str_find_char(c->to, '\n') < 0)
        buf_format(out, ": %.*s", F(str_head(c->to, 60)));
    buf_char(out, '\n');
}

static void plan_part(const Model *model, const Part *part, Buf *out) {
    buf_format(out, "  %-20s", part->component->name);
    if (!part->workload) {
        buf_add(out, S("absent\n"));
        return;
    }
    buf_format(out, "%-7s %.*s", part->added ? "added" : "found", F(manifest_label(model->arena, part->workload)));
    if (part->service)
        buf_format(out, ", %.*s", F(manifest_label(model->arena, part->service)));
    buf_char(out, '\n');
    for (size_t i = 0; i < model->changes.n; i++)
        if (model->changes.at[i].part == part)
            plan_change(&model->changes.at[i], model->arena, out);
}

void report_plan(const Model *model, Buf *out) {
    if (model->instances.n == 0)
        buf_add(out, S("no Mailu\n"));
    for (size_t i = 0; i < model->instances.n; i++) {
        const Instance *instance = model->instances.at[i];
        buf_format(out, "Mailu %.*s in namespace %.*s\n", F(instance->prefix), F(instance->in_namespace));
        for (ComponentId id = 0; id < COMPONENTS; id++)
            plan_part(model, &instance->parts[id], out);
        buf_add(out, S("  as a whole\n"));
        for (size_t j = 0; j < model->changes.n; j++)
            if (!model->changes.at[j].part && concerns(&model->changes.at[j], instance))
                plan_change(&model->changes.at[j], model->arena, out);
    }
}

static Node *manifest_node(Arena *arena, const Manifest *m) {
    return m ? build(arena, "{kind:%S,name:%S,namespace:%S}", m->kind_name, m->name, m->namespace) : NULL;
}

static Node *change_node(Arena *arena, const Change *c) {
    return build(arena, "{strength:%s,aspect:%s,action:%s,manifest:%n,path:%S,from:%n,to:%n}", strengths[c->strength],
                 aspects[c->aspect], actions[c->action], manifest_node(arena, c->manifest), c->path,
                 c->from.n ? new_string(arena, c->from) : NULL, c->to.n ? new_string(arena, c->to) : NULL);
}

static Node *changes_node(const Model *model, const Instance *instance, const Part *part) {
    Node *list = new_collection(model->arena, SEQUENCE);
    for (size_t i = 0; i < model->changes.n; i++) {
        const Change *c = &model->changes.at[i];
        if (c->part == part && (part || concerns(c, instance)))
            node_append(list, NULL, change_node(model->arena, c));
    }
    return list;
}

void report_plan_json(const Model *model, Buf *out) {
    Arena *arena = model->arena;
    Node *list = new_collection(arena, SEQUENCE);
    for (size_t i = 0; i < model->instances.n; i++) {
        const Instance *instance = model->instances.at[i];
        Node *parts = new_collection(arena, SEQUENCE);
        for (ComponentId id = 0; id < COMPONENTS; id++) {
            const Part *part = &instance->parts[id];
            const char *state = part->added ? "added" : part->workload ? "found" : "absent";
            node_append(parts, NULL,
                        build(arena, "{component:%s,state:%s,workload:%n,service:%n,changes:%n}", part->component->name,
                              state, manifest_node(arena, part->workload), manifest_node(arena, part->service),
                              changes_node(model, instance, part)));
        }
        node_append(list, NULL,
                    build(arena, "{name:%S,namespace:%S,components:%n,changes:%n}", instance->prefix,
                          instance->in_namespace, parts, changes_node(model, instance, NULL)));
    }
    Tree tree = {.arena = arena, .root = build(arena, "{mailus:%n}", list), .step = 2, .json = true};
    buf_add(out, edit_render(arena, &tree));
}

/* ---- results of a KRM function ---- */

static Node *resource_ref(Arena *arena, Str api_version, Str kind, Str name, Str namespace) {
    return build(arena, "{apiVersion:%S,kind:%S,name:%S,namespace:%n}", api_version, kind, name,
                 namespace.n ? new_string(arena, namespace) : NULL);
}

static void add_result(Model *model, Node *result) {
    const Manifest *list = model->stream->list;
    Node *results = map_get(list->tree, list->root, S("results"));
    for (Node *item = is_sequence(results) ? node_first(results) : NULL; item; item = node_next(item))
        if (node_equal(list->tree, item, list->tree, result))
            return; /* said in an earlier run */
    if (!is_sequence(results))
        results = edit_set(list->tree, list->root, S("results"), new_collection(model->arena, SEQUENCE));
    edit_append(list->tree, results, result);
}

/* One result for what an aspect did to a manifest; the field is the first of those it touched. */
static void add_change_result(Model *model, size_t first) {
    Arena *arena = model->arena;
    const Change *c = &model->changes.at[first];
    size_t edits = 0;
    for (size_t i = 0; i < model->changes.n; i++) {
        const Change *other = &model->changes.at[i];
        if (other->manifest != c->manifest || other->aspect != c->aspect)
            continue;
        if (i < first)
            return; /* told already */
        edits++;
    }
    Str message = c->manifest->added ? S("added by mailu-post-renderer")
                                     : str_format(arena, "%s: %zu edits", aspects[c->aspect], edits);
    add_result(model, build(arena, "{message:%S,severity:info,resourceRef:%n,field:%n}", message,
                            resource_ref(arena, c->manifest->api_version, c->manifest->kind_name, c->manifest->name,
                                         c->manifest->namespace),
                            c->path.n ? build(arena, "{path:%S}", c->path) : NULL));
}

void report_results(Model *model) {
    Arena *arena = model->arena;
    for (size_t i = 0; i < model->faults->list.n; i++) {
        const Fault *f = &model->faults->list.at[i];
        Str rest = f->resource, kind = str_cut(&rest, '/');
        add_result(model, build(arena, "{message:%S,severity:%s,resourceRef:%n,field:%n}", f->message,
                                f->severity == INFO ? "info" : "warning",
                                f->resource.n ? resource_ref(arena, f->api_version, kind, rest, f->namespace) : NULL,
                                f->path.n ? build(arena, "{path:%S}", f->path) : NULL));
    }
    for (size_t i = 0; i < model->changes.n; i++)
        add_change_result(model, i);
}
