/* No value of the config or of the stream gets out of the place it is put in: what could end a string, a line, a rule
 * or a directive is refused, in every field of the table and in every variable and name that is taken from the stream.
 */
#include "config/fields.h"
#include "spec/formats.h"
#include "tests/cases.h"
#include "tests/tests.h"
#include "yaml/edit.h"

#include <glob.h>

/* What ends or starts something in dovecot.conf, nginx.conf, a shell, a Traefik rule, PHP, JSON, a URL, YAML. */
static const char *const breakers[] = {
    "\n",
    "\r",
    "\t",
    " ",
    "\"",
    "'",
    "`",
    "$",
    "${A}",
    "$(A)",
    ";",
    "{",
    "}",
    "|",
    "\\",
    "#",
    "<",
    ">",
    "&",
    "(",
    ")",
    "*",
    "?",
    "!",
    "%",
    "^",
    ",",
    "\x7f",
    "\x01",
    "\xc3\xa9",
    "\xc2\x85",
    "\xe2\x80\xa8",
    "\xef\xbb\xbf",
    "@HOSTNAME@",
    "\\x00",
    "%00",
};

/* ---- the config ---- */

/* Values of which each field takes one. */
static const char *const good[] = {
    "name", "example.com", "10.9.0.0/16", "fd01::/48", "2Gi", "1/day", "ghcr.io/mailu", "UTC", "true", "5", "25",
};

static bool takes(Arena *arena, Str path, Str value) {
    Config config;
    Diagnostics diagnostics = {.arena = arena};
    Node *node = new_string(arena, value);
    Tree tree = {.arena = arena, .step = 2, .root = new_collection(arena, MAPPING)};
    Node *map = edit_set(&tree, tree.root, S("spec"), new_collection(arena, MAPPING));
    edit_set(&tree, tree.root, S("apiVersion"), new_string(arena, S(CONFIG_API_VERSION)));
    edit_set(&tree, tree.root, S("kind"), new_string(arena, S(CONFIG_KIND)));
    while (str_find_char(path, '.') >= 0)
        map = edit_set(&tree, map, str_cut(&path, '.'), new_collection(arena, MAPPING));
    bool in_list = str_ends(path, S("[]")), is_key = str_ends(path, S("{}"));
    Str name = in_list || is_key ? str_head(path, path.n - 2) : path;
    if (in_list) {
        Node *list = edit_set(&tree, map, name, new_collection(arena, SEQUENCE));
        edit_append(&tree, list, node);
    } else if (is_key) {
        Node *labels = edit_set(&tree, map, name, new_collection(arena, MAPPING));
        edit_set(&tree, labels, value, new_string(arena, S("label")));
    } else {
        edit_set(&tree, map, name, node);
    }
    config_init(&config, arena);
    return config_read(&config, arena, S("config"), edit_render(arena, &tree), &diagnostics) &&
           config_check(&config, &diagnostics);
}

static Str with(Arena *arena, Str value, size_t at, const char *breaker) {
    return str_format(arena, "%.*s%s%.*s", F(str_head(value, at)), breaker, F(str_skip(value, at)));
}

/* Image references have an '@' of their own, and are in YAML alone; a relay's name may have brackets. */
static bool may_hold(const Field *field, const char *breaker) {
    return field->format && field->format->check == check_image && str_is(str(breaker), "@HOSTNAME@");
}

static void field_refuses(Arena *arena, const Field *field, Str path) {
    Str value = {0};
    for (size_t i = 0; i < COUNT(good) && !value.n; i++)
        if (takes(arena, path, str(good[i])))
            value = str(good[i]);
    for (Str choices = str(field->choices); choices.n && !value.n;) {
        Str choice = str_cut(&choices, '|');
        value = takes(arena, path, choice) ? choice : value;
    }
    if (field->type == FIELD_WARNINGS)
        value = S("emptyDir");
    if (!value.n && field->type != FIELD_BOOL && field->type != FIELD_INT) /* those take no text at all */
        fail_msg("%.*s takes none of the good values: give it one", F(path));
    for (size_t i = 0; i < COUNT(breakers); i++)
        for (size_t at = 0; at <= value.n; at++)
            if (takes(arena, path, with(arena, value, at, breakers[i])) && !may_hold(field, breakers[i]))
                fail_msg("%.*s takes %.*s", F(path), F(with(arena, value, at, breakers[i])));
    Buf endless = {.arena = arena};
    while (endless.n < 100000)
        buf_format(&endless, "%.*s", F(value.n ? value : S("1")));
    assert_false(takes(arena, path, buf_str(&endless)));
}

/* The path of a field with a name in place of a pattern; "[]" means an item, "{}" a key of labels. */
static Str path_of(Arena *arena, const Field *field) {
    Buf path = {.arena = arena};
    for (const char *c = field->path; *c; c++) {
        if (*c == '*')
            buf_add(&path, S("dovecotSubmission"));
        else if (*c == '@')
            buf_add(&path, S("ports"));
        else
            buf_char(&path, *c);
    }
    if (field->type == FIELD_LIST || field->type == FIELD_WARNINGS)
        buf_add(&path, S("[]"));
    return buf_str(&path);
}

static void every_field_refuses_what_breaks_out(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < field_count; i++) {
        ArenaMark mark = arena_mark(arena);
        Str path = path_of(arena, &fields[i]);
        if (fields[i].type == FIELD_LABELS) {
            field_refuses(arena, &fields[i], str_format(arena, "%.*s{}", F(path)));
            path = str_format(arena, "%.*s.key", F(path));
        }
        field_refuses(arena, &fields[i], path);
        arena_rewind(arena, mark);
    }
    test_arena_done(arena);
}

/* ---- the stream ---- */

#define MARK "INJECTED"

static const char *const stream_breakers[] = {"\n", "\"", "'",          "`", "$(A)", ";",
                                              " }", "|",  "@HOSTNAME@", " ", "\\",   "\xc3\xa9"};

/* Whether `hostile` is in the tree only as a scalar of its own. */
static bool in_its_place(const Node *node, Str hostile) {
    if (node->kind == SCALAR && str_has(node->text, MARK) && !str_eq(node->text, hostile)) {
        print_error("  is in: %.*s\n", F(node->text));
        return false;
    }
    for (const Node *child = node->kind == ALIAS ? NULL : node->first; child; child = child->next)
        if ((child->key && !in_its_place(child->key, hostile)) || !in_its_place(child, hostile))
            return false;
    return true;
}

static const Str with_redis_password[] = {{"redis.secretName=redis", sizeof "redis.secretName=redis" - 1}};

/* Runs `text`, and returns whether it is refused, or else whether every document of what comes out keeps `hostile` in
 * its place. */
static bool is_harmless(Str text, Str hostile) {
    Arena *arena = test_arena();
    Case c = {.request = {.stream = text, .sets = with_redis_password, .set_count = 1}};
    Result result;
    bool harmless = true;
    case_run(arena, &c, &result);
    Texts documents = texts_of(arena, result.out);
    for (size_t i = 0; i < documents.n; i++) {
        Tree tree;
        TreeError error;
        if (!str_has(documents.at[i], MARK))
            continue;
        assert_true(tree_parse(arena, documents.at[i], &tree, &error));
        harmless &= in_its_place(tree.root, hostile);
    }
    case_done(&result);
    test_arena_done(arena);
    return harmless;
}

typedef struct Place {
    Tree tree;
    Str before, after; /* of the stream */
} Place;

/* The document of that kind and name. */
static Place place_of(Arena *arena, Str stream, const char *kind, const char *name) {
    Texts documents = texts_of(arena, stream);
    for (size_t i = 0; i < documents.n; i++) {
        Place place = {.before = {stream.p, (size_t)(documents.at[i].p - stream.p)}};
        TreeError error;
        if (!str_has(documents.at[i], name))
            continue;
        place.after = str_skip(stream, place.before.n + documents.at[i].n);
        assert_true(tree_parse(arena, documents.at[i], &place.tree, &error));
        if (place.tree.root && str_is(map_text(&place.tree, place.tree.root, S("kind")), kind) &&
            str_is(map_text(&place.tree, map_get(&place.tree, place.tree.root, S("metadata")), S("name")), name))
            return place;
    }
    fail_msg("the stream has no %s/%s", kind, name);
    return (Place){0};
}

/* The stream with `value` at the path. */
static Str with_value(Arena *arena, Str stream, const char *kind, const char *name, const char *path, Str key,
                      Str value) {
    Place place = place_of(arena, stream, kind, name);
    Node *map = map_path(&place.tree, place.tree.root, path);
    assert_true(is_mapping(map));
    edit_set(&place.tree, map, key, new_string(arena, value));
    return str_format(arena, "%.*s%.*s%.*s", F(place.before), F(edit_render(arena, &place.tree)), F(place.after));
}

/* The next literal of capitals, which is how a variable is called; empty when there is none. */
static Str next_variable(Str *source) {
    while (source->n) {
        str_cut(source, '"');
        Str word = str_cut(source, '"');
        size_t n = 0;
        while (n < word.n && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", word.p[n]))
            n++;
        if (n == word.n && n > 1)
            return word;
        if (word.n)
            *source = (Str){word.p, word.n + 1 + source->n};
    }
    return (Str){0};
}

static void variable_is_harmless(Arena *arena, Str stream, Str variable) {
    Place place = place_of(arena, stream, "ConfigMap", "mailu-envvars");
    Str there = map_text(&place.tree, map_get(&place.tree, place.tree.root, S("data")), variable);
    for (size_t i = 0; i < COUNT(stream_breakers); i++) {
        /* What comes after an '@' in the address of Redis is its host, and as good as any. */
        if (str_is(variable, "REDIS_ADDRESS") && stream_breakers[i][0] == '@')
            continue;
        ArenaMark mark = arena_mark(arena);
        Str hostile = str_format(arena, "%.*s%s" MARK, F(there), stream_breakers[i]);
        Str text = with_value(arena, stream, "ConfigMap", "mailu-envvars", "data", variable, hostile);
        if (!is_harmless(text, hostile))
            fail_msg("%.*s: %.*s", F(variable), F(hostile));
        arena_rewind(arena, mark);
    }
}

/* Every variable whose name is in the sources of the passes, and every one of the official chart. */
static void no_variable_breaks_out(void **state) {
    Arena *arena = test_arena();
    Str stream = test_file(arena, "testdata/official/input.yaml"), variable;
    size_t tried = 0;
    glob_t sources;
    (void)state;
    assert_int_equal(glob("src/model/*.c", 0, NULL, &sources), 0);
    assert_int_equal(glob("src/ensure/*.c", GLOB_APPEND, NULL, &sources), 0);
    for (size_t i = 0; i < sources.gl_pathc; i++)
        for (Str source = test_file(arena, sources.gl_pathv[i]); (variable = next_variable(&source)).n; tried++)
            variable_is_harmless(arena, stream, variable);
    globfree(&sources);
    assert_true(tried > 30);
    test_arena_done(arena);
}

static void no_name_breaks_out(void **state) {
    static const struct {
        const char *kind, *name, *path, *key;
    } places[] = {
        {"Deployment", "mailu-admin", "metadata", "name"},
        {"Deployment", "mailu-admin", "metadata", "namespace"},
        {"Deployment", "mailu-front", "metadata", "name"},
        {"Deployment", "mailu-postfix", "metadata", "name"},
        {"Deployment", "mailu-postfix", "metadata", "namespace"},
        {"Service", "mailu-admin", "metadata", "name"},
        {"Service", "mailu-postfix", "metadata", "name"},
        {"Service", "mailu-postfix", "metadata", "namespace"},
        {"Service", "mailu-dovecot", "metadata", "name"},
        {"ConfigMap", "mailu-envvars", "metadata", "name"},
        {"Deployment", "mailu-admin", "metadata.labels", "app.kubernetes.io/instance"},
        {"Deployment", "mailu-admin", "spec.template.metadata.labels", "app.kubernetes.io/instance"},
    };
    Arena *arena = test_arena();
    Str stream = test_file(arena, "testdata/official/input.yaml");
    (void)state;
    for (size_t i = 0; i < COUNT(places); i++)
        for (size_t b = 0; b < COUNT(stream_breakers); b++) {
            Str hostile = str_format(arena, "mailu%s" MARK, stream_breakers[b]);
            if (!is_harmless(with_value(arena, stream, places[i].kind, places[i].name, places[i].path,
                                        str(places[i].key), hostile),
                             hostile))
                fail_msg("%s/%s: %s: %.*s", places[i].kind, places[i].name, places[i].key, F(hostile));
        }
    test_arena_done(arena);
}

/* The address of Redis is written anew, around the password: so it has to be one. */
static void redis_is_an_address(void **state) {
    Arena *arena = test_arena();
    Str stream = test_file(arena, "testdata/official/input.yaml");
    Case c = {.request = {.sets = with_redis_password, .set_count = 1}};
    Result result;
    (void)state;
    c.request.stream =
        with_value(arena, stream, "ConfigMap", "mailu-envvars", "data", S("REDIS_ADDRESS"), S("a\"; password = \"b"));
    case_run(arena, &c, &result);
    assert_false(result.ok);
    assert_true(str_has(result.said, "REDIS_ADDRESS: found \"a\"; password = \"b\", expected a host"));
    case_done(&result);
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_field_refuses_what_breaks_out),
    cmocka_unit_test(no_variable_breaks_out),
    cmocka_unit_test(no_name_breaks_out),
    cmocka_unit_test(redis_is_an_address),
};
SUITE(injection, tests);
