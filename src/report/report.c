#include "report/report.h"

#include "yaml/build.h"
#include "yaml/edit.h"

static const char *const strengths[] = {[REQUIRE] = "require", [DEFAULT] = "default", [SET] = "set"};
static const char *const actions[] = {[ADDED] = "added", [CHANGED] = "changed", [REMOVED] = "removed"};

/* ---- summary ---- */

/* "1 edit", "2 edits" */
static void count_of(Buf *out, size_t n, const char *what) {
    buf_format(out, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

void report_summary(const Model *model, Buf *out) {
    for (size_t i = 0; i < model->instances.n; i++) {
        const Instance *instance = model->instances.at[i];
        size_t found = 0, added = 0, manifests = 0;
        for (ComponentId id = 0; id < COMPONENTS; id++) {
            found += instance->parts[id].workload && !instance->parts[id].added;
            added += instance->parts[id].added;
        }
        for (size_t j = 0; j < instance->changes.n; j++)
            manifests += instance->changes.at[j].manifest->added;
        buf_add(out, S("mailu-post-renderer: "));
        buf_add_safely(out, instance->target_namespace);
        buf_add(out, S(": "));
        count_of(out, found, "component");
        buf_format(out, " found, %zu added; ", added);
        count_of(out, instance->changes.n - manifests, "edit");
        buf_add(out, S(", "));
        count_of(out, manifests, "manifest");
        buf_add(out, S(" added\n"));
    }
}

/* ---- plan ---- */

enum { PLAN_WIDTH = 100 };

/* "spec.template." is what most paths start with, and takes a seventh of the line. */
static void plan_path(const Change *c, Buf *out) {
    Str pod = S("spec.template.");
    bool short_form = c->manifest->kind == KIND_WORKLOAD && str_starts(c->path, pod);
    if (short_form)
        buf_add(out, S("pod."));
    buf_add_safely(out, short_form ? str_skip(c->path, pod.n) : c->path);
}

/* ": from -> to", cut to what the line that starts at `start` has room for. */
static void plan_values(const Change *c, size_t start, Buf *out) {
    Buf text = {.arena = out->arena};
    if (c->from.n || c->to.n) {
        buf_add(&text, S(": "));
        buf_add_safely(&text, c->from);
        buf_add(&text, c->action == CHANGED ? S(" -> ") : S(""));
        buf_add_safely(&text, c->to);
    }
    size_t room = out->n - start < PLAN_WIDTH ? PLAN_WIDTH - (out->n - start) : 0;
    if (text.n <= room) {
        buf_add(out, buf_str(&text));
    } else if (room > 6) {
        for (room -= 3; ((unsigned char)text.p[room] & 0xC0) == 0x80;) /* not in the middle of a character */
            room--;
        buf_format(out, "%.*s...", F(str_head(buf_str(&text), room)));
    }
}

static void plan_change(const Change *c, Buf *out) {
    static const char signs[] = {[ADDED] = '+', [CHANGED] = '~', [REMOVED] = '-'};
    size_t start = out->n;
    buf_format(out, "    %-9s%-13s%c ", strengths[c->strength], aspects[c->aspect], signs[c->action]);
    if (c->manifest->added)
        buf_add_safely(out, manifest_label(out->arena, c->manifest));
    plan_path(c, out);
    plan_values(c, start, out);
    buf_char(out, '\n');
}

/* The changes to the manifest of `first`, under its name; one that was added is a line by itself. */
static void plan_manifest(const ChangeList *changes, const Change *first, Buf *out) {
    if (!first->manifest->added) {
        buf_add(out, S("  "));
        buf_add_safely(out, manifest_label(out->arena, first->manifest));
        buf_char(out, '\n');
    }
    for (size_t i = 0; i < changes->n; i++)
        if (changes->at[i].manifest == first->manifest && changes->at[i].part == first->part)
            plan_change(&changes->at[i], out);
}

static bool is_first_of_manifest(const ChangeList *changes, const Change *c) {
    for (const Change *other = changes->at; other < c; other++)
        if (other->manifest == c->manifest && other->part == c->part)
            return false;
    return true;
}

/* What was done for a part (NULL: for all of them): first by edits, then by manifests that were added. */
static void plan_changes(const ChangeList *changes, const Part *part, Buf *out) {
    for (int added = 0; added <= 1; added++) {
        bool headed = !added;
        for (size_t i = 0; i < changes->n; i++) {
            const Change *c = &changes->at[i];
            if (c->part != part || c->manifest->added != added || !is_first_of_manifest(changes, c))
                continue;
            buf_add(out, headed ? S("") : S("  added manifests\n"));
            headed = true;
            plan_manifest(changes, c, out);
        }
    }
}

static const char *state_of(const Part *part) {
    return part->added ? "added" : part->workload ? "found" : "absent";
}

static void plan_part(const ChangeList *changes, const Part *part, Buf *out) {
    size_t start = out->n;
    buf_format(out, "%-20s%s", part->component->name, state_of(part));
    if (part->workload) {
        buf_add(out, S("  "));
        buf_add_safely(out, manifest_label(out->arena, part->workload));
    }
    if (part->service) {
        Str label = manifest_label(out->arena, part->service);
        if (out->n - start + label.n + 2 <= PLAN_WIDTH)
            buf_add(out, S(", "));
        else
            buf_format(out, ",\n%27s", "");
        buf_add_safely(out, label);
    }
    buf_char(out, '\n');
    plan_changes(changes, part, out);
}

void report_plan(const Model *model, Buf *out) {
    if (model->instances.n == 0)
        buf_add(out, S("no Mailu\n"));
    for (size_t i = 0; i < model->instances.n; i++) {
        const Instance *instance = model->instances.at[i];
        buf_format(out, "%sMailu ", i ? "\n" : "");
        buf_add_safely(out, instance->prefix);
        buf_add(out, S(" in namespace "));
        buf_add_safely(out, instance->target_namespace);
        buf_add(out, S("  (+ added, ~ changed, - removed)\n"));
        for (ComponentId id = 0; id < COMPONENTS; id++)
            plan_part(&instance->changes, &instance->parts[id], out);
        size_t before = out->n;
        buf_add(out, S("as a whole\n"));
        size_t headed = out->n;
        plan_changes(&instance->changes, NULL, out);
        if (out->n == headed)
            out->n = before;
    }
}

/* Every key is always there, so that a reader need not ask: what there is none of is null. */
static Node *manifest_node(Arena *arena, const Manifest *m) {
    return m ? build(arena, "{kind:%S,name:%S,namespace:%S}", m->kind_name, m->name, m->namespace)
             : new_plain(arena, S("null"));
}

static Node *text_or_null(Arena *arena, Str text) {
    return text.n ? new_string(arena, text) : new_plain(arena, S("null"));
}

static Node *change_node(Arena *arena, const Change *c) {
    return build(arena, "{strength:%s,aspect:%s,action:%s,manifest:%n,path:%S,from:%n,to:%n}", strengths[c->strength],
                 aspects[c->aspect], actions[c->action], manifest_node(arena, c->manifest), c->path,
                 text_or_null(arena, c->from), text_or_null(arena, c->to));
}

static Node *changes_node(Arena *arena, const ChangeList *changes, const Part *part) {
    Node *list = new_collection(arena, SEQUENCE);
    for (size_t i = 0; i < changes->n; i++)
        if (changes->at[i].part == part)
            node_append(list, NULL, change_node(arena, &changes->at[i]));
    return list;
}

static Node *part_node(Arena *arena, const ChangeList *changes, const Part *part) {
    return build(arena, "{component:%s,state:%s,workload:%n,service:%n,changes:%n}", part->component->name,
                 state_of(part), manifest_node(arena, part->workload), manifest_node(arena, part->service),
                 changes_node(arena, changes, part));
}

void report_plan_json(const Model *model, Buf *out) {
    Arena *arena = model->arena;
    Node *list = new_collection(arena, SEQUENCE);
    for (size_t i = 0; i < model->instances.n; i++) {
        const Instance *instance = model->instances.at[i];
        Node *parts = new_collection(arena, SEQUENCE);
        for (ComponentId id = 0; id < COMPONENTS; id++)
            node_append(parts, NULL, part_node(arena, &instance->changes, &instance->parts[id]));
        node_append(list, NULL,
                    build(arena, "{name:%S,namespace:%S,components:%n,changes:%n}", instance->prefix,
                          instance->target_namespace, parts, changes_node(arena, &instance->changes, NULL)));
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
    Manifest *list = model->stream->list;
    if (!list->root) /* nothing stands behind its items */
        list->root = list->tree->root = new_collection(model->arena, MAPPING);
    Node *results = map_get(list->tree, list->root, S("results"));
    for (Node *item = items_of(results); item && !(item->flags & NODE_NEW); item = node_next(item))
        if (node_equal(list->tree, item, list->tree, result))
            return; /* said in an earlier run */
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
            return; /* told already */
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

void report_results(Model *model) {
    Arena *arena = model->arena;
    for (size_t i = 0; i < model->diagnostics->list.n; i++) {
        const Diagnostic *f = &model->diagnostics->list.at[i];
        Str rest = f->resource, kind = str_cut(&rest, '/');
        Str message = f->name ? str_format(arena, "%.*s [%s]", F(f->message), f->name) : f->message;
        add_result(model, build(arena, "{message:%S,severity:%s,resourceRef:%n,field:%n}", message,
                                f->severity == NOTE ? "info" : "warning",
                                f->resource.n ? resource_ref(arena, f->api_version, kind, rest, f->namespace) : NULL,
                                f->path.n ? build(arena, "{path:%S}", f->path) : NULL));
    }
    for (size_t i = 0; i < model->instances.n; i++)
        for (size_t j = 0; j < model->instances.at[i]->changes.n; j++)
            add_change_result(model, &model->instances.at[i]->changes, j);
}
