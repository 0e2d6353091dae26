#include "tests/cases.h"

#include "report/report.h"
#include "tests/tests.h"
#include "yaml/explain.h"

#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

bool case_file(Arena *arena, Str directory, const char *name, Str *text) {
    Str path = str_format(arena, "%.*s/%s", F(directory), name);
    if (access(path.p, R_OK) != 0)
        return false;
    *text = test_file(arena, path.p);
    return true;
}

Arguments case_arguments(Arena *arena, Str directory) {
    Arguments args = {0};
    Str text = {0};
    case_file(arena, directory, "args", &text);
    *PUSH(arena, &args) = (char *)(uintptr_t)PROGRAM;
    while (text.n) {
        Str line = str_cut(&text, '\n');
        *PUSH(arena, &args) = (char *)(uintptr_t)str_copy(arena, line).p;
    }
    return args;
}

static void read_args(Arena *arena, Str directory, Options *options) {
    Arguments args = case_arguments(arena, directory);
    Str trouble = {0};
    *PUSH(arena, &args) = NULL;
    if (!options_parse(arena, (int)args.n - 1, args.at, options, &trouble))
        fail_msg("%.*s", F(trouble));
}

Case case_read(Arena *arena, Str directory) {
    Case c = {.name = directory};
    assert_true(case_file(arena, directory, "input.yaml", &c.request.stream));
    c.request.has_config = case_file(arena, directory, "config.yaml", &c.request.config);
    c.request.config_name = S("config.yaml");
    read_args(arena, directory, &c.options);
    c.request.sets = c.options.sets.at;
    c.request.set_count = c.options.sets.n;
    c.request.strict = c.options.strict;
    c.request.generate = c.options.generate       ? GENERATE
                         : c.options.from_nothing ? GENERATE_FROM_NOTHING
                                                  : GENERATE_NEVER;
    return c;
}

static Str without(Str path, const char *ending) {
    return str_head(path, path.n - strlen(ending));
}

/* Adds the streams that the pattern finds, without a config and with one that asks for much; false when there is none.
 */
static bool add_streams(Arena *arena, const char *pattern, Cases *cases) {
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0)
        return false;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        Case c = {.name = str_copy(arena, str(found.gl_pathv[i])), .succeeds = true};
        c.request.stream = test_file(arena, found.gl_pathv[i]);
        *PUSH(arena, cases) = c;
        if (str_has(c.request.stream, "\nfunctionConfig:")) /* that is its config */
            continue;
        c.name = str_format(arena, "%.*s, with testdata/demanding.yaml", F(c.name));
        c.request.has_config = true;
        c.request.config_name = S("config.yaml");
        c.request.config = test_file(arena, "testdata/demanding.yaml");
        *PUSH(arena, cases) = c;
    }
    globfree(&found);
    return true;
}

Cases cases_all(Arena *arena) {
    Cases all = {0};
    glob_t found;
    if (getenv("STREAMS")) {
        assert_true(add_streams(arena, getenv("STREAMS"), &all));
        return all;
    }
    assert_int_equal(glob("testdata/*/input.yaml", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        *PUSH(arena, &all) = case_read(arena, str_copy(arena, without(str(found.gl_pathv[i]), "/input.yaml")));
    globfree(&found);
    if (!add_streams(arena, "../shared/real/*.yaml", &all))
        print_message("../shared/real is not there: its streams are left out\n");
    return all;
}

/* ---- running ---- */

Str case_said(Arena *arena, const Diagnostics *diagnostics) {
    Buf said = {.arena = arena};
    for (size_t i = 0; i < diagnostics->list.n; i++) {
        const Diagnostic *f = &diagnostics->list.at[i];
        Buf line = {.arena = arena};
        diag_tell(f, PROGRAM, &line);
        buf_add(&said, str_skip(buf_str(&line), strlen(f->severity == ERROR ? PROGRAM ": error: " : PROGRAM ": ")));
    }
    return buf_str(&said);
}

void case_run(Arena *arena, const Case *c, Result *result) {
    Buf out = {.arena = arena};
    Outcome *o = &result->outcome;
    result->ok = transform(arena, &c->request, o);
    assert_false(o->out_of_memory);
    explain_diagnostics(arena, &o->diagnostics);
    for (size_t i = 0; result->ok && i < o->chunks.n; i++)
        buf_add(&out, o->chunks.at[i]);
    result->out = buf_str(&out);
    result->said = case_said(arena, &o->diagnostics);
}

Tree *case_plan(Arena *arena, const Result *result) {
    Buf text = {.arena = arena};
    Tree *plan = NEW(arena, Tree);
    TreeError error;
    report_plan_json(&result->outcome.model, &text);
    if (!tree_parse(arena, buf_str(&text), plan, &error))
        fail_msg("%.*s in the plan", F(error.message));
    return plan;
}

/* The text at `key`; of null an empty one. */
static Str text_or_none(Tree *tree, Node *map, const char *key) {
    return node_is_null(map_get(tree, map, str(key))) ? S("") : map_text(tree, map, str(key));
}

PlannedChanges case_planned(Arena *arena, const Result *result) {
    PlannedChanges changes = {0};
    Tree *plan = case_plan(arena, result);
    EACH_ITEM(mailu, plan, map_get(plan, plan->root, S("mailus")))
        EACH_ITEM(change, plan, map_get(plan, mailu, S("changes")))
            *PUSH(arena, &changes) =
                (PlannedChange){map_text(plan, change, S("action")), map_text(plan, change, S("aspect")),
                                map_text(plan, change, S("strength")), text_or_none(plan, change, "component")};
    return changes;
}

void case_done(Result *result) {
    transform_done(&result->outcome);
}

Str case_run_twice(Arena *arena, Str stream, const Str *sets, size_t set_count, Str *said) {
    Case c = {.request = {.stream = stream, .sets = sets, .set_count = set_count, .generate = GENERATE}};
    Result first, second;
    case_run(arena, &c, &first);
    if (!first.ok)
        fail_msg("%.*s", F(first.said));
    c.request.stream = first.out;
    case_run(arena, &c, &second);
    assert_str_equal(second.out, first.out);
    *said = first.said;
    case_done(&first);
    case_done(&second);
    return first.out;
}

void cases_all_keep(bool (*check)(Arena *arena, const Case *c, Result *result)) {
    Arena *list = test_arena();
    Cases all = cases_all(list);
    size_t broken = 0;
    for (size_t i = 0; i < all.n; i++) {
        Arena *arena = test_arena();
        Result result;
        all.at[i].request.keep_history = true;
        case_run(arena, &all.at[i], &result);
        if (all.at[i].succeeds && !result.ok)
            print_error("%.*s", F(result.said));
        if (result.ok ? !check(arena, &all.at[i], &result) : all.at[i].succeeds) {
            print_error("  in %.*s\n", F(all.at[i].name));
            broken++;
        }
        case_done(&result);
        test_arena_done(arena);
    }
    test_arena_done(list);
    assert_int_equal(broken, 0);
}

/* ---- cutting ---- */

static size_t own_next_line(Str text, size_t at) {
    ptrdiff_t end = str_find_char(str_skip(text, at), '\n');
    return end < 0 ? text.n : at + (size_t)end + 1;
}

/* A piece starts at each line that starts with `mark`, and at the beginning. */
static void cut_at_lines(Arena *arena, Str text, Str mark, Texts *texts) {
    size_t start = 0;
    for (size_t at = own_next_line(text, 0); at < text.n; at = own_next_line(text, at)) {
        if (!str_starts(str_skip(text, at), mark))
            continue;
        *PUSH(arena, texts) = (Str){text.p + start, at - start};
        start = at;
    }
    if (start < text.n)
        *PUSH(arena, texts) = str_skip(text, start);
}

/* Each object that is opened at `depth` of braces and brackets; of a list also what follows them. */
static void cut_json(Arena *arena, Str text, int depth, Texts *texts) {
    size_t start = 0, end = 0;
    int now = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '[') && now++ == depth)
            start = i;
        else if (!quoted && (c == '}' || c == ']') && --now == depth)
            *PUSH(arena, texts) = (Str){text.p + start, (end = i + 1) - start};
    }
    if (depth > 0)
        *PUSH(arena, texts) = str_skip(text, end);
}

static Str first_word(Str text) {
    Str line = str_cut(&text, '-');
    return (Str){line.p, line.n + 1};
}

static void cut_items(Arena *arena, Str text, size_t items, Texts *texts) {
    size_t first = own_next_line(text, items), end = first;
    while (end < text.n && strchr(" -#\r\n", text.p[end]))
        end = own_next_line(text, end);
    Str body = {text.p + first, end - first};
    *PUSH(arena, texts) = str_head(text, first);
    cut_at_lines(arena, body, first_word(body), texts);
    *PUSH(arena, texts) = str_skip(text, end);
}

static bool is_json(Str stream) {
    Str text = str_trim(stream);
    return str_starts(text, S("{")) && str_starts(str_trim(str_skip(text, 1)), S("\""));
}

bool is_cut_into_items(Str stream) {
    static const char *const kinds[] = {"kind: List\n", "kind: List\r\n", "kind: ResourceList\n"};
    if (is_json(stream))
        return str_has(stream, "\"items\": [") || str_has(stream, "\"items\":[");
    size_t i = 0;
    while (i < COUNT(kinds) && !str_has(stream, kinds[i]))
        i++;
    return i < COUNT(kinds) && str_has(stream, "\nitems:");
}

Texts texts_of(Arena *arena, Str stream) {
    Texts texts = {0};
    bool list = is_cut_into_items(stream);
    if (is_json(stream))
        cut_json(arena, stream, list ? 2 : 0, &texts);
    else if (list)
        cut_items(arena, stream, (size_t)str_find(stream, S("\nitems:")) + 1, &texts);
    else
        cut_at_lines(arena, stream, S("---"), &texts);
    return texts;
}

/* ---- objects ---- */

static void add_object(Arena *arena, Tree *tree, Node *root, Objects *objects) {
    Node *metadata = map_get(tree, root, S("metadata"));
    Str kind = map_text(tree, root, S("kind"));
    Node *items = str_ends(kind, S("List")) ? map_get(tree, root, S("items")) : NULL;
    if (kind.n && !is_sequence(items))
        *PUSH(arena, objects) =
            (Object){tree, root, kind, map_text(tree, metadata, S("namespace")), map_text(tree, metadata, S("name"))};
    EACH_ITEM(item, tree, items)
        add_object(arena, tree, item, objects);
}

/* A directive comes before the "---" of its document, so it was cut off with the document before. */
static Str without_directive(Str text) {
    ptrdiff_t at = str_starts(text, S("%")) ? 0 : str_find(text, S("\n%"));
    return at < 0 ? text : str_head(text, (size_t)at);
}

Objects objects_of(Arena *arena, Str stream) {
    Objects objects = {0};
    Texts texts = {0};
    if (is_json(stream))
        cut_json(arena, stream, 0, &texts);
    else
        cut_at_lines(arena, stream, S("---"), &texts);
    for (size_t i = 0; i < texts.n; i++) {
        Tree *tree = NEW(arena, Tree);
        TreeError error;
        if (!tree_parse(arena, without_directive(texts.at[i]), tree, &error))
            fail_msg("%.*s in:\n%.*s", F(error.message), F(texts.at[i]));
        add_object(arena, tree, tree->root, &objects);
    }
    return objects;
}

/* In the middle of kustomize's work an object has a new name, and references still go by one that it had. */
static bool is_called(const Object *o, Str name) {
    Node *annotations = map_path(o->tree, o->root, "metadata.annotations");
    Str names = map_text(o->tree, annotations, S("internal.config.kubernetes.io/previousNames"));
    Str between = str_format(o->tree->arena, ",%.*s,", F(names)),
        wanted = str_format(o->tree->arena, ",%.*s,", F(name));
    return str_eq(o->name, name) || (name.n && str_find(between, wanted) >= 0);
}

const Object *object_of(const Objects *objects, Str kind, Str namespace, Str name) {
    for (size_t i = 0; i < objects->n; i++) {
        const Object *o = &objects->at[i];
        if (str_eq(o->kind, kind) && is_called(o, name) && same_namespace(o->namespace, namespace))
            return o;
    }
    return NULL;
}

Str object_label(Arena *arena, const Object *object) {
    return str_format(arena, "%.*s/%.*s", F(object->kind), F(object->name));
}
