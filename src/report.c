#include "report.h"

#include "build.h"
#include "edit.h"
#include "traffic.h"

#include <string.h>

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

/* ---- graph ---- */

static const char *end_name(int end) {
    return end < COMPONENTS ? components[end].name : peer_names[end];
}

/* The name as an identifier of the drawing's language. */
static Str identifier(Model *model, size_t instance, int end) {
    Str id = str_format(model->arena, "m%zu_%s", instance, end_name(end));
    char *p = NEW_ARRAY(model->arena, char, id.n);
    for (size_t i = 0; i < id.n; i++)
        p[i] = id.p[i] == '-' ? '_' : id.p[i];
    return (Str){p, id.n};
}

static bool is_drawn(const Flows *flows, int end) {
    for (size_t i = 0; i < flows->n; i++)
        if (flows->at[i].from == end || flows->at[i].to == end)
            return true;
    return false;
}

typedef struct Drawing {
    const char *begin, *end;
    void (*node)(Buf *out, Str id, const char *name);
    void (*edge)(Buf *out, Str from, Str to, const Flow *flow);
} Drawing;

static void mermaid_node(Buf *out, Str id, const char *name) {
    buf_format(out, "  %.*s[%s]\n", F(id), name);
}

static void mermaid_edge(Buf *out, Str from, Str to, const Flow *flow) {
    buf_format(out, "  %.*s -->|\"%d %s\"| %.*s\n", F(from), flow->port, flow->purpose, F(to));
}

static void dot_node(Buf *out, Str id, const char *name) {
    buf_format(out, "  %.*s [label=\"%s\"];\n", F(id), name);
}

static void dot_edge(Buf *out, Str from, Str to, const Flow *flow) {
    buf_format(out, "  %.*s -> %.*s [label=\"%d %s\"];\n", F(from), F(to), flow->port, flow->purpose);
}

static void draw(Model *model, const Drawing *drawing, Buf *out) {
    buf_add(out, str(drawing->begin));
    for (size_t i = 0; i < model->instances.n; i++) {
        Flows flows = flows_of(model, model->instances.at[i]);
        for (int end = 0; end < PEERS; end++)
            if (is_drawn(&flows, end))
                drawing->node(out, identifier(model, i, end), end_name(end));
        for (size_t j = 0; j < flows.n; j++)
            drawing->edge(out, identifier(model, i, flows.at[j].from), identifier(model, i, flows.at[j].to),
                          &flows.at[j]);
    }
    buf_add(out, str(drawing->end));
}

void report_mermaid(Model *model, Buf *out) {
    draw(model, &(Drawing){"flowchart LR\n", "", mermaid_node, mermaid_edge}, out);
}

void report_dot(Model *model, Buf *out) {
    draw(model, &(Drawing){"digraph mailu {\n  rankdir=LR;\n  node [shape=box];\n", "}\n", dot_node, dot_edge}, out);
}

/* ---- diff ---- */

/* Lines of the input that give way to lines of the output: offsets of whole lines, and the text that comes instead. */
typedef struct Hunk {
    size_t from, to;
    Str text;
} Hunk;

typedef LIST(Hunk) Hunks;

static size_t line_of(Str text, size_t offset) {
    while (offset > 0 && text.p[offset - 1] != '\n')
        offset--;
    return offset;
}

static size_t line_behind(Str text, size_t offset) {
    const char *hit = offset < text.n ? memchr(text.p + offset, '\n', text.n - offset) : NULL;
    return hit ? (size_t)(hit - text.p) + 1 : text.n;
}

/* Adds a splice of the stream, widened to whole lines; it joins the hunk before when they share a line. */
static void add_splice(Arena *arena, Hunks *hunks, Str text, size_t at, size_t remove, Str with) {
    size_t end = at + remove;
    Hunk *last = hunks->n ? &hunks->at[hunks->n - 1] : NULL;
    if (last && at < last->to) { /* the last one's end is the end of a line that this one changes too */
        Str kept = str_head(last->text, last->text.n - (last->to - at));
        size_t to = end > last->to || (end == last->to && remove) ? line_behind(text, end) : last->to;
        if (end == last->to)
            to = end;
        last->text = str_format(arena, "%.*s%.*s%.*s", F(kept), F(with), F(((Str){text.p + end, to - end})));
        last->to = to;
        return;
    }
    size_t from = line_of(text, at);
    bool whole = at == from && (end == from || text.p[end - 1] == '\n') && (with.n == 0 || with.p[with.n - 1] == '\n');
    size_t to = whole ? end : line_behind(text, end);
    Str new_text = str_format(arena, "%.*s%.*s%.*s", F(((Str){text.p + from, at - from})), F(with),
                              F(((Str){text.p + end, to - end})));
    *PUSH(arena, hunks) = (Hunk){from, to, new_text};
}

/* Leaves out the lines that are the same at both ends. */
static void trim_hunk(Str text, Hunk *h) {
    while (h->from < h->to && h->text.n) {
        size_t end = line_behind(text, h->from), other = line_behind(h->text, 0);
        if (end > h->to || !str_eq((Str){text.p + h->from, end - h->from}, str_head(h->text, other)))
            break;
        h->from = end;
        h->text = str_skip(h->text, other);
    }
    while (h->from < h->to && h->text.n && h->text.p[h->text.n - 1] == '\n' && text.p[h->to - 1] == '\n') {
        size_t start = line_of(text, h->to - 1), other = line_of(h->text, h->text.n - 1);
        if (start < h->from || !str_eq((Str){text.p + start, h->to - start}, str_skip(h->text, other)))
            break;
        h->to = start;
        h->text = str_head(h->text, other);
    }
}

static size_t count_lines(Str text) {
    size_t n = 0;
    for (size_t at = 0; at < text.n; at = line_behind(text, at))
        n++;
    return n;
}

static void print_lines(Buf *out, Str text, char sign, const char *colour) {
    for (size_t at = 0; at < text.n;) {
        size_t end = line_behind(text, at);
        Str line = {text.p + at, end - at};
        bool broken = line.p[line.n - 1] == '\n';
        if (broken)
            line.n--;
        buf_format(out, "%s%c%.*s%s\n", colour, sign, F(line), *colour ? "\033[0m" : "");
        if (!broken)
            buf_add(out, S("\\ No newline at end of file\n"));
        at = end;
    }
}

enum { CONTEXT = 3 };

static size_t context_before(Str text, size_t at, size_t least) {
    for (int i = 0; i < CONTEXT && at > least; i++)
        at = line_of(text, at - 1);
    return at;
}

static size_t context_behind(Str text, size_t at) {
    for (int i = 0; i < CONTEXT && at < text.n; i++)
        at = line_behind(text, at);
    return at;
}

static void print_hunks(Str text, const Hunks *hunks, bool colour, Buf *out) {
    const char *red = colour ? "\033[31m" : "", *green = colour ? "\033[32m" : "", *cyan = colour ? "\033[36m" : "";
    size_t done = 0, old_line = 1; /* old_line is the line at `done` */
    long long shift = 0;
    for (size_t i = 0; i < hunks->n;) {
        size_t last = i;
        while (last + 1 < hunks->n &&
               context_before(text, hunks->at[last + 1].from, 0) <= context_behind(text, hunks->at[last].to))
            last++;
        size_t from = context_before(text, hunks->at[i].from, done), to = context_behind(text, hunks->at[last].to);
        old_line += count_lines((Str){text.p + done, from - done});
        size_t old_count = count_lines((Str){text.p + from, to - from}), new_count = old_count;
        for (size_t j = i; j <= last; j++)
            new_count += count_lines(hunks->at[j].text) -
                         count_lines((Str){text.p + hunks->at[j].from, hunks->at[j].to - hunks->at[j].from});
        long long new_line = (long long)old_line + shift;
        buf_format(out, "%s@@ -%zu,%zu +%lld,%zu @@%s\n", cyan, old_count ? old_line : old_line - 1, old_count,
                   new_count ? new_line : new_line - 1, new_count, *cyan ? "\033[0m" : "");
        size_t at = from;
        for (size_t j = i, k; j <= last; j = k + 1) {
            for (k = j; k < last && hunks->at[k + 1].from == hunks->at[k].to; k++) /* what touches is one change */
                ;
            size_t end = hunks->at[k].to;
            print_lines(out, (Str){text.p + at, hunks->at[j].from - at}, ' ', "");
            print_lines(out, (Str){text.p + hunks->at[j].from, end - hunks->at[j].from}, '-', red);
            for (size_t h = j; h <= k; h++)
                print_lines(out, hunks->at[h].text, '+', green);
            at = end;
        }
        print_lines(out, (Str){text.p + at, to - at}, ' ', "");
        old_line += old_count;
        shift += (long long)new_count - (long long)old_count;
        done = to;
        i = last + 1;
    }
}

void report_diff(Arena *arena, const Stream *stream, const Pieces *pieces, bool colour, Buf *out) {
    Hunks hunks = {0};
    Str text = stream->text;
    for (size_t n = 0; n < stream->count; n++) {
        const Document *d = stream_document(stream, n);
        size_t base = (size_t)(d->text.p - text.p);
        if (d->dropped) {
            add_splice(arena, &hunks, text, base, d->text.n, S(""));
        } else if (d->tree && edit_touched(d->tree)) {
            Splices splices = edit_splices(arena, d->tree);
            for (size_t i = 0; i < splices.n; i++)
                add_splice(arena, &hunks, text, base + splices.at[i].at, splices.at[i].remove, splices.at[i].text);
        }
    }
    Buf behind = {.arena = arena};
    for (size_t i = pieces->n - stream->pieces_added; i < pieces->n; i++)
        buf_add(&behind, pieces->at[i]);
    if (behind.n)
        add_splice(arena, &hunks, text, text.n, 0, buf_str(&behind));
    Hunks trimmed = {0};
    for (size_t i = 0; i < hunks.n; i++) {
        Hunk h = hunks.at[i];
        trim_hunk(text, &h);
        if (h.from < h.to || h.text.n)
            *PUSH(arena, &trimmed) = h;
    }
    if (trimmed.n)
        buf_add(out, S("--- stdin\n+++ stdout\n"));
    print_hunks(text, &trimmed, colour, out);
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
