/* What is somebody else's, in every style of YAML, keeps its bytes. */
#include "tests/tests.h"
#include "transform.h"

static const char *const foreign[] = {
    /* keys that are no strings */
    "apiVersion: v1\nkind: A\n? [a, b]\n: c\n? {d: e}\n: - f\n",
    "apiVersion: v1\nkind: A\n? - a\n  - b\n: - c\n",
    "apiVersion: v1\nkind: A\na: &x b\n*x : c\n",
    "apiVersion: v1\nkind: A\nx:\n {[a]: b, {c: d}: e, ? [f] : g}\n",
    "apiVersion: v1\nkind: A\n? a\n? b\n:\n? !!null\n",
    "apiVersion: v1\nkind: A\n? |\n  a\n: |\n  b\n",
    "apiVersion: v1\nkind: A\n!!str 1: !!int \"2\"\n",
    "apiVersion: v1\nkind: A\n? a\n# between\n: b\n",
    /* tags and anchors */
    "%TAG ! tag:example.com,2000:\n---\n!a {apiVersion: v1, kind: A, b: !<tag:x> c, d: !!set {e}}\n",
    "%TAG !e! tag:example.com,2000:\n--- !e!a\napiVersion: v1\nkind: A\nb: !e!c d\n",
    "---\napiVersion: v1\nkind: A\nx: !!binary |\n  R0lGODlh\n",
    "apiVersion: v1\nkind: A\nx:\n ! a\n",
    "apiVersion: v1\nkind: A\nx:\n - &a\n - &b:c *a\n - !!str\n - &d !t\n - !t &e f\n",
    "apiVersion: v1\nkind: A\na: &x 1\nb: *x\nc: &x 2\nd: *x\n",
    "apiVersion: v1\nkind: A\nbase: &b {a: 1}\nc:\n  <<: *b\n  <<: [*b, *b]\n",
    /* scalars */
    "apiVersion: v1\nkind: A\na: one\n  two\n\n\n  three # comment\n",
    "apiVersion: v1\nkind: A\na: \"one\n  \\\n  two\\\n\n  three\"\n",
    "apiVersion: v1\nkind: A\na: 'it''s\n\n  so'\n",
    "---\napiVersion: v1\nkind: A\nx: |\n x\n --- a\n#y\n",
    "apiVersion: v1\nkind: A\na: |\n  x\n  \ty\n   # text\n  # text\n # comment\n",
    "---\napiVersion: v1\nkind: A\nx: >-\n\n\n one\n\n  two\n three\n\n",
    "apiVersion: v1\nkind: A\na: |2-\n    x\nb: >+3 # c\n      y\n\n\nc: |+\n\nd: |\n",
    "apiVersion: v1\nkind: A\na: \"\\0\\a\\b\\t\\n\\v\\f\\r\\e\\N\\_\\L\\P\\x41\\u263A\\U0001F4E7\\/\"\n",
    "apiVersion: v1\nkind: A\nx:\n - http://a:1/b#c\n - a,b[c]{d}\n - -1\n - ?a\n - :b\n - 'a: b'\n - a!b&c*d\n",
    "apiVersion: v1\nkind: A\na:\tb\t# c\nd: \te\n",
    "apiVersion: v1\nkind: A\na: x\xC2\x85  y\xE2\x80\xA8  z\n",
    "apiVersion: v1\nkind: A\na: \xEF\xBF\xBD\xF4\x8F\xBF\xBF\n",
    /* flow */
    "apiVersion: v1\nkind: A\nx:\n {a, b: , c: d, ? e, ? f : g, \"h\":i, 'j':[k]}\n",
    "apiVersion: v1\nkind: A\nx:\n [a: b, ? c : d, \"e\":f, g,]\n",
    "apiVersion: v1\nkind: A\na: {\n  b: [ # c\n  1,\n\n  2 ]\n  }\n",
    "apiVersion: v1\nkind: A\nx:\n [[[[]]], {}, [{}, [a, {b: [c]}]]]\n",
    "apiVersion: v1\nkind: A\na: [\n]\nb: {\n}\n",
    /* blocks */
    "apiVersion: v1\nkind: A\na:\n- b\n-\n  - c\n- - d\n  -\n    e: f\n    g:\n    - h\n",
    "apiVersion: v1\nkind: A\nx:\n -\n  -\n   -\n    a: b\n",
    "     apiVersion: v1\n     kind: A\n     a: b\n     c:\n         d: e\n",
    "apiVersion: v1\nkind: A\na:\n\n  b:\n\n\n    c\n\n#\n  #\nd:\n",
    "apiVersion: v1\r\nkind: A\r\na: b\r\nc:\r\n  - |\r\n    d\r\n\r\n",
    "apiVersion: v1\rkind: A\ra: b\rc: d\r",
    "# only a comment\n",
    "\n\n",
    "apiVersion: v1\nkind: A\nx:\n plain\n  text\n",
    "apiVersion: v1\nkind: A\nx:\n 'quoted'\n",
    "apiVersion: v1\nkind: A\na: b\na: c\n",
};

static Str run(Arena *arena, Str stream, Str config) {
    Request request = {
        .stream = stream, .has_config = true, .config_name = S("config"), .config = config, .generate = GENERATE};
    Outcome outcome;
    Buf out = {.arena = arena};
    if (!transform(arena, &request, &outcome))
        buf_format(&out, "%.*s", F(outcome.diagnostics.list.at[0].message));
    else
        for (size_t i = 0; i < outcome.chunks.n; i++)
            buf_add(&out, outcome.chunks.at[i]);
    transform_done(&outcome);
    return buf_str(&out);
}

static Str between(Arena *arena, Str before, const char *document, Str after) {
    return str_format(arena, "%.*s%s%.*s", F(before), document, F(after));
}

/* Wherever it is, it comes out as it came in, and what is ours around it is still found. */
static void returns_what_is_not_ours(void **state) {
    Arena *arena = test_arena();
    Str config = test_file(arena, "testdata/json-stream/config.yaml");
    Str before = S("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: admin, namespace: mailu}\n"
                   "spec:\n  selector: {matchLabels: {app: admin}}\n"
                   "  template:\n    metadata: {labels: {app: admin}}\n"
                   "    spec:\n      containers:\n      - {name: admin, image: ghcr.io/mailu/admin:2024.06}\n...\n");
    Str after = S("...\n---\napiVersion: v1\nkind: Service\nmetadata: {name: admin, namespace: mailu}\n"
                  "spec: {selector: {app: admin}, ports: [{port: 80}]}\n");
    Str done = run(arena, between(arena, before, "", after), config);
    size_t cut = (size_t)str_find(done, S("...\n")) + 4;
    (void)state;
    assert_true(str_has(done, "containerPort: 8080") && str_has(done, "port: 8080"));
    for (size_t i = 0; i < COUNT(foreign); i++) {
        Str out = run(arena, between(arena, before, foreign[i], after), config);
        if (!str_eq(out, between(arena, str_head(done, cut), foreign[i], str_skip(done, cut))))
            fail_msg("%s came out as\n%.*s", foreign[i], F(out));
    }
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(returns_what_is_not_ours),
};
SUITE(foreign, tests);
