#include "cli/options.h"

#include "tests/tests.h"

enum { MOST_WORDS = 12 };

/* Reads a command line whose words are separated by spaces; `''` is an empty one. */
static bool parse(Arena *arena, const char *line, Options *options, Str *trouble) {
    char *argv[MOST_WORDS + 2] = {(char *)(uintptr_t)PROGRAM};
    int argc = 1;
    for (Str rest = str_copy(arena, str(line)); rest.n && argc <= MOST_WORDS;) {
        Str word = str_cut(&rest, ' ');
        argv[argc++] = str_is(word, "''") ? (char *)(uintptr_t) "" : (char *)(uintptr_t)str_copy(arena, word).p;
    }
    return options_parse(arena, argc, argv, options, trouble);
}

static Options parsed(Arena *arena, const char *line) {
    Options options;
    Str trouble = {0};
    if (!parse(arena, line, &options, &trouble))
        fail_msg("%s: %.*s", line, F(trouble));
    return options;
}

static void refused(void **state) {
    static const char *const rows[][2] = {
        {"--chekc", "--chekc: no such option, did you mean --check?"},
        {"--plna=json", "--plna: no such option, did you mean --plan?"},
        {"--frobnicate", "--frobnicate: no such option; see --help"},
        {"-z", "-z: no such option; see --help"},
        {"-qz", "-z: no such option; see --help"},
        {"--print", "--print: could be --print-config or --print-schema"},
        {"--check=yes", "--check: found a value, expected none"},
        {"--quiet=", "--quiet: found a value, expected none"},
        {"-c", "--config: needs a value: FILE"},
        {"-qc", "--config: needs a value: FILE"},
        {"--set", "--set: needs a value: PATH=VALUE"},
        {"--graph", "--graph: needs a value: mermaid|dot"},
        {"--plan=xml", "--plan: found \"xml\", expected short or json"},
        {"--plan=", "--plan: found \"\", expected short or json"},
        {"--graph=svg", "--graph: found \"svg\", expected mermaid or dot"},
        {"--completion=ksh", "--completion: found \"ksh\", expected bash, zsh or fish"},
        {"--print-schema=xml", "--print-schema: found \"xml\", expected json, markdown or plan"},
        {"--check --diff", "--diff: found after --check, expected only one of the two"},
        {"--diff --plan=json", "--plan: found after --diff, expected only one of the two"},
        {"--plan --plan=json", "--plan: found after --plan, expected only one of the two"},
        {"--graph=dot --print-config", "--print-config: found after --graph, expected only one of the two"},
        {"--plan json", "--plan json: expected --plan=json"},
        {"--set domain = a", "--set: found spaces around '=', expected one word: --set domain=example.com"},
        {"--set domain =a", "--set: found spaces around '=', expected one word: --set domain=example.com"},
        {"--dry-run",
         "--dry-run: no such option: a run never changes the cluster: --diff shows what it would print, --plan why, "
         "and --check sets the exit code"},
        {"--values=v.yaml",
         "--values: no such option: a chart's values are Helm's: helm template NAME CHART -f VALUES; the "
         "config is -c FILE"},
        {"--namespace mail", "--namespace: no such option: --set namespace=NAME"},
        {"--kustomize .", "--kustomize: no such option: kubectl kustomize DIRECTORY prints what to read on stdin"},
        {"-f", "--filename: needs a value: FILE"},
        {"-f ''", "--filename: found an empty name, expected a file"},
        {"-o ''", "--output: found an empty name, expected a file"},
        {"-o a -o b", "--output: found b after a, expected one file"},
        {"--explain", "--explain: needs a value: FIELD"},
        {"--explain domian", "--explain: domian: unknown field, did you mean domain?"},
        {"--explain storage.dovecot.sise",
         "--explain: storage.dovecot.sise: unknown field, did you mean storage.dovecot.size?"},
        {"--explain xyzzy", "--explain: xyzzy: unknown field; --explain spec lists them"},
        {"-c a -c b", "b: found a second config, expected one: the first is a"},
        {"-c a b", "b: found a second config, expected one: the first is a"},
        {"a b", "b: found a second config, expected one: the first is a"},
        {"-c ''", "found an empty name, expected a config file"},
        {"''", "found an empty name, expected a config file"},
        {"--\x1b[31m", "--\\x1b[31m: no such option; see --help"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        Options options;
        Str trouble = {0};
        assert_false(parse(arena, rows[i][0], &options, &trouble));
        assert_str_equal(trouble, str(rows[i][1]));
        test_arena_done(arena);
    }
}

static void modes(void **state) {
    static const struct {
        const char *line;
        Mode mode;
        const char *config;
        bool strict, quiet;
    } rows[] = {
        {"", MODE_FILTER, NULL, false, false},
        {"-c mailu.yaml", MODE_FILTER, "mailu.yaml", false, false},
        {"-cmailu.yaml -q", MODE_FILTER, "mailu.yaml", false, true},
        {"--config=mailu.yaml --strict", MODE_FILTER, "mailu.yaml", true, false},
        {"--conf mailu.yaml", MODE_FILTER, "mailu.yaml", false, false},
        {"mailu.yaml", MODE_FILTER, "mailu.yaml", false, false},
        {"mailu.yaml --check", MODE_CHECK, "mailu.yaml", false, false},
        {"--check --check", MODE_CHECK, NULL, false, false},
        {"-- --check", MODE_FILTER, "--check", false, false},
        {"--diff -- -q", MODE_DIFF, "-q", false, false},
        {"--plan", MODE_PLAN, NULL, false, false},
        {"--plan=json", MODE_PLAN_JSON, NULL, false, false},
        {"--plan=short", MODE_PLAN_SHORT, NULL, false, false},
        {"--plan mailu.yaml", MODE_PLAN, "mailu.yaml", false, false},
        {"-f a -f b --generate", MODE_FILTER, NULL, false, false},
        {"--graph=dot", MODE_DOT, NULL, false, false},
        {"--graph mermaid", MODE_MERMAID, NULL, false, false},
        {"--print-config", MODE_PRINT_CONFIG, NULL, false, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        Options options = parsed(arena, rows[i].line);
        assert_int_equal(options.mode, rows[i].mode);
        assert_str_equal(str(options.config), str(rows[i].config));
        assert_int_equal(options.strict, rows[i].strict);
        assert_int_equal(options.quiet, rows[i].quiet);
        test_arena_done(arena);
    }
}

static void sets_keep_their_order(void **state) {
    Arena *arena = test_arena();
    Options options = parsed(arena, "--set a=1 x --set=b=2=3 --set c=");
    (void)state;
    assert_int_equal(options.sets.n, 3);
    assert_str_equal(options.sets.at[0], S("a=1"));
    assert_str_equal(options.sets.at[1], S("b=2=3"));
    assert_str_equal(options.sets.at[2], S("c="));
    test_arena_done(arena);
}

static void texts(void **state) {
    static const char *const rows[][2] = {
        {"-h", "Usage: mailu-post-renderer"},
        {"--help", "Usage: mailu-post-renderer"},
        {"--check --help", "Usage: mailu-post-renderer"},
        {"-V", "mailu-post-renderer " VERSION " (libyaml 0."},
        {"--version", "mailu-post-renderer " VERSION " (libyaml 0."},
        {"--man", ".TH MAILU"},
        {"--completion=bash", "_mailu_post_renderer"},
        {"--completion=zsh", "#compdef mailu-post-renderer"},
        {"--completion=fish", "complete -c mailu-post-renderer"},
        {"--explain domain", "KIND:     Mailu\nVERSION:  postrenderer.mailu.io/v1alpha1\n\ndomain <string>\n    "},
        {"--explain accept", "KIND:     Mailu\nVERSION:  postrenderer.mailu.io/v1alpha1\n\naccept <[]string>\n    "},
        {"--explain=spec.domain", "KIND:     Mailu\nVERSION:  postrenderer.mailu.io/v1alpha1\n\ndomain <string>\n    "},
        {"--explain storage.dovecot",
         "KIND:     Mailu\nVERSION:  postrenderer.mailu.io/v1alpha1\n\nstorage.COMPONENT.size "},
        {"--explain mailu.spec", "KIND:     Mailu\nVERSION:  postrenderer.mailu.io/v1alpha1\n\n"},
        {"--print-schema", "{\n  \"$schema\""},
        {"--print-schema=json", "{\n  \"$schema\""},
        {"--print-schema=markdown", "| field of `spec` |"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        Options options = parsed(arena, rows[i][0]);
        assert_int_equal(options.mode, MODE_TEXT);
        assert_true(str_starts(options.text, str(rows[i][1])));
        test_arena_done(arena);
    }
}

/* A screen is 80 columns wide and 40 lines high at least on what people use. */
static void help_fits_a_screen(void **state) {
    Arena *arena = test_arena();
    Options options = parsed(arena, "-h");
    size_t lines = 0;
    (void)state;
    for (Str rest = options.text; rest.n; lines++)
        assert_true(str_cut(&rest, '\n').n <= 80);
    assert_true(lines <= 40);
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(refused),
    cmocka_unit_test(modes),
    cmocka_unit_test(sets_keep_their_order),
    cmocka_unit_test(texts),
    cmocka_unit_test(help_fits_a_screen),
};
SUITE(options, tests);
