#include "yaml/scan.h"

#include "tests/cases.h"
#include "tests/properties.h"
#include "tests/tests.h"
#include "yaml/source.h"
#include "yaml/tree.h"

#include <stdlib.h>

static const char service[] = "---\n"
                              "# Source: x\n"
                              "apiVersion: v1\n"
                              "kind: Service # a comment\n"
                              "metadata:\n"
                              "  name: web\n"
                              "  namespace: \"shop\"\n"
                              "  labels:\n"
                              "    \"app.kubernetes.io/name\": web\n"
                              "    empty: {}\n"
                              "spec:\n"
                              "  ports:\n"
                              "  - name: http\n"
                              "    port: 80\n"
                              "  -\n"
                              "    port: 81\n"
                              "  - - nested\n"
                              "    - list\n"
                              "  modes: [\"a\", b, 'c']\n"
                              "  script: |\n"
                              "    if x: y\n"
                              "\n"
                              "      # no comment\n"
                              "  kept: |+\n"
                              "    text\n"
                              "\n"
                              "  stripped: |-\n"
                              "    text\n"
                              "  - none\n";

static const char item[] = "  # an item of a list\n"
                           "  - kind: Service\n"
                           "    metadata: # a comment\n"
                           "      name: web\n"
                           "    spec:\n"
                           "      ports:\n"
                           "      - - a\n"
                           "        -\n"
                           "      - port: \"80\"\n"
                           "        modes: [a, 'b']\n"
                           "      script: |\n"
                           "        if x: y\n"
                           "\n"
                           "          more\n";

static void knows_plain_documents(void **state) {
    Arena *arena = test_arena();
    ResourceMeta meta;
    (void)state;
    Str text = str_head(str(service), sizeof service - 1 - sizeof "  - none");
    assert_true(scan_meta(text, &meta));
    assert_str_equal(meta.kind, S("Service"));
    assert_str_equal(meta.api_version, S("v1"));
    assert_str_equal(meta.name, S("web"));
    assert_str_equal(meta.namespace, S("shop"));
    assert_null(broken_by_document(text));
    assert_false(scan_meta(str(service), &meta)); /* its last line is no YAML */
    test_arena_done(arena);
}

static const char json[] =
    "# A Service\n"
    "---\n"
    "{\n"
    "    \"apiVersion\": \"v1\",\n"
    "    \"kind\": \"Service\", \"kind\": \"other\",\n"
    "    \"metadata\" : {\"name\":\"web\",\"labels\":{\"name\":\"no\"},\"namespace\":\"shop\"},\n"
    "    \"spec\": {\n"
    "        \"ports\": [{\"port\": 80, \"name\": \"http\"}, {\"port\": -8.1e+3}, [], [[ ]], { }],\n"
    "        \"text\": \"a \\\"b\\\" \\\\ \\u00e9\\n{[,: caf\xC3\xA9\",\n"
    "        \"on\": true, \"off\": null\n"
    "    }\n"
    "} # the end\n"
    "\n"
    "# of it\n";

static const char json_item[] = "[\n"
                                "        {\n"
                                "            \"kind\": \"A\",\n"
                                "            \"metadata\" : {\"name\":\"caf\xC3\xA9\", \"labels\":{ }},\n"
                                "            \"list\": [\"]}, {[\", -8.1e+3, [], [[ ]], {\"b\": null}]\n"
                                "        }\n"
                                "    ]";

static void knows_json(void **state) {
    ResourceMeta meta;
    (void)state;
    assert_true(scan_meta(str(json), &meta));
    assert_str_equal(meta.kind, S("Service"));
    assert_str_equal(meta.api_version, S("v1"));
    assert_str_equal(meta.name, S("web"));
    assert_str_equal(meta.namespace, S("shop"));
    assert_false(meta.hides);
    assert_null(broken_by_document(str(json)));
    assert_null(broken_by_document(str(json_item)));
    assert_true(scan_meta(S("{}"), &meta) && !meta.kind.n);
    assert_true(scan_meta(S("{\"a\":\"m\\u0061ilu\"}"), &meta) && meta.hides);
}

static void knows_quotes_and_letters_of_all_kinds(void **state) {
    static const char *const texts[] = {
        "a: 'it''s'\nb: ''''\n",
        "a: \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u2028\"\n",
        "a: caf\xC3\xA9 # \xE2\x82\xAC\nb: \"\xF0\x9F\x98\x80\"\nc: |\n  \xC2\xA0\n",
    };
    ResourceMeta meta;
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        if (!scan_meta(str(texts[i]), &meta) || meta.hides || broken_by_document(str(texts[i])))
            fail_msg("%s", texts[i]);
    assert_true(scan_meta(S("a: \"\\u006Dailu\"\n"), &meta) && meta.hides);
}

static void leaves_the_rest_to_libyaml(void **state) {
    static const char *const texts[] = {
        "",
        "# only a comment\n",
        "- a\n",
        "text\n",
        "a: &x b\n",
        "a: *x\n",
        "a: !!str b\n",
        "a: b\n  c: d\n",
        "a: b\n continued\n",
        "a: \"b\\q\"\n",
        "a: \"\\ud83d\\ude00\"\n",
        "a: \"\\u00e\"\n",
        "a: \"b\n  c\"\n",
        "kind: \"\\u0041\"\n",
        "a:\tb\n",
        "a: {b: c}\n",
        "a: b: c\n",
        "a: ::\n",
        "a: ::: b\n",
        "a: [::1]\n",
        "a: :b\n",
        "caf\xC3\xA9: a\n",
        "\xEF\xBB\xBF---\na: b\n",
        "a: b\xC3\n",
        "a: b\xC0\xAF\n",
        "a: b\xC2\x85\n",
        "a: b\xE2\x80\xA8\n",
        "a: b\xED\xA0\x80\n",
        "a: b\xEF\xBF\xBF\n",
        "a: b\xF4\x90\x80\x80\n",
        "a: b\x7F\n",
        "a: b\r\n",
        "? a\n: b\n",
        "a: |2\n  b\n",
        "a: |\n    \n  b\n",
        "a:\n  b: c\n d: e\n",
        "a: b\n- c\n",
        "- a\nb: c\n",
        "  - a\nb: c\n",
        "  - a\n- b\n",
        "a: b\n...\n",
        "%YAML 1.1\n---\na: b\n",
        "--- a: b\n",
        "a: b\n---\nc: d\n",
        "kind: |\n  Service\n",
        "{}\n{}\n",
        "{\"a\": 1,}\n",
        "{\"a\": [1,]}\n",
        "{\"a\": [1 2]}\n",
        "{\"a\" \"b\"}\n",
        "{\"a\"\n: 1}\n",
        "{\"a\": - 1}\n",
        "{\"a\": 1}]\n",
        "{\"a\": [1}\n",
        "{\"a\": [1]\n",
        "{\"a\": 'b'}\n",
        "{\"a\": b:c}\n",
        "{\"a\": \"b\n c\"}\n",
        "{\"a\": 1} b\n",
        "{a: 1}\n",
        "{\"a\"}\n",
        "{\"\\u0061\": 1}\n",
        "[{\"a\": 1}]\n",
        "{\"kind\": \"\\u0041\"}\n",
        "{\"metadata\": {}, \"metadata\": {}}\n",
        "a: {\"b\": 1}\n",
        "metadata:\n  name: a\nmetadata:\n  name: b\n",
    };
    ResourceMeta meta;
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        if (scan_meta(str(texts[i]), &meta))
            fail_msg("%s", texts[i]);
}

static void makes_the_same_tree(void **state) {
    static const char *const texts[] = {
        "a: b\n",
        "a:\n  b:\n",
        "a:\nb: # c\n",
        "a:\n- b\n-\n- c: d\n  e: f\n",
        "a:\n    - - b\n      - c\n    -   d: e\n        f: g\n",
        "a: |\n  text\n",
        "a: |\n  text",
        "a: |-\n  text\n\n\nb: c\n",
        "a: |+\n  text\n\n\nb: c\n",
        "a: |+\n  text\n\n\n",
        "a: |\n\n\n  text\n    more\n\nb: c\n",
        "a: |\nb: c\n",
        "a: |+\n\nb: c\n",
        "a: |   # comment\nb: c\n",
        "a: |\n\n",
        "a: [ b ,\"c d\", 'e' ] # f\n",
        "a: ::/0\nb:\n- ::1 # c\n- fd00::/8\n- ::b:#c\n",
        "a: []\nb: {}\nc: \"\"\nd: ''\n",
        "---\n\n# x\n\"a/b\": c d  # e\n",
        "a: b\n\n\n",
        "a:\n  b: c\n  # d\n# e\nf: g",
        "- a: b\n  c:\n  - d\n  e:\n    f: |\n      g\n",
        "  - - a\n    -\n  # b\n  - |\n   c\n\n",
        item,
        json_item,
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        Tree tree;
        if (!scan_tree(arena, str(texts[i]), &tree) || broken_by_document(str(texts[i])))
            fail_msg("%s", texts[i]);
    }
    test_arena_done(arena);
}

/* Every document that comes from a plain one by changing, dropping, doubling or moving a few bytes or lines: most are
 * broken in a way that is easy to overlook. */
typedef struct Mutation {
    Buf text;
    uint64_t random;
} Mutation;

static size_t draw(Mutation *m, size_t below) {
    m->random ^= m->random << 13, m->random ^= m->random >> 7, m->random ^= m->random << 17;
    return (size_t)(m->random >> 20) % below;
}

static void insert(Mutation *m, size_t at, Str s) {
    Str text = str_copy(m->text.arena, buf_str(&m->text));
    m->text.n = at;
    buf_add(&m->text, s);
    buf_add(&m->text, str_skip(text, at));
}

static void drop(Mutation *m, size_t from, size_t to) {
    memmove(m->text.p + from, m->text.p + to, m->text.n - to);
    m->text.n -= to - from;
}

static void mutate(Mutation *m) {
    static const char bytes[] = " \n:-#\"'|>[]{}&*!ab,?.+0%@`\\u/\xC3\xA9\xE2\x80\xA8";
    size_t at = draw(m, m->text.n), start = line_start(buf_str(&m->text), at), end = line_end(buf_str(&m->text), at);
    switch (draw(m, 8)) {
    case 0:
        m->text.p[at] = bytes[draw(m, sizeof bytes - 1)];
        break;
    case 1:
        drop(m, at, at + 1);
        break;
    case 2:
        m->text.n = at + 1;
        break;
    case 3:
        insert(m, at, (Str){bytes + draw(m, sizeof bytes - 1), 1});
        break;
    case 4:
        insert(m, start, str_head(S("    "), 1 + draw(m, 4)));
        break;
    case 5:
        if (m->text.p[start] == ' ')
            drop(m, start, start + 1);
        break;
    case 6:
        drop(m, start, end);
        break;
    default:
        insert(m, start, str_copy(m->text.arena, str_head(str_skip(buf_str(&m->text), start), end - start + 1)));
        break;
    }
}

static Mutation start(Arena *arena) {
    const char *seed = getenv("SEED");
    return (Mutation){.text = {.arena = arena}, .random = seed ? strtoull(seed, NULL, 10) | 1 : 88172645463325252u};
}

static void check(Str text) {
    if (broken_by_document(text))
        fail_msg("scan and libyaml do not agree on:\n%.*s", F(text));
}

/* What the scan says of a text holds of the same with line ends of Windows: the reader takes that for granted. */
static void check_with_returns(Arena *arena, Str text) {
    ResourceMeta meta;
    Tree tree;
    TreeError error;
    if (!scan_meta(text, &meta))
        return;
    if (!tree_parse(arena, test_with_returns(arena, text), &tree, &error) ||
        !str_eq(map_text(&tree, tree.root, S("kind")), meta.kind) ||
        !str_eq(map_text(&tree, map_get(&tree, tree.root, S("metadata")), S("name")), meta.name))
        fail_msg("scan and libyaml do not agree, with line ends of Windows, on:\n%.*s", F(text));
}

/* `rounds` times: the document with one to four changes. */
static void check_broken(Mutation *m, Str document, int rounds) {
    Arena *arena = m->text.arena;
    for (int round = 0; round < rounds; round++) {
        ArenaMark mark = arena_mark(arena);
        m->text = (Buf){.arena = arena};
        buf_add(&m->text, document);
        for (int change = 0; change <= round % 4 && m->text.n; change++)
            mutate(m);
        check(buf_str(&m->text));
        check_with_returns(arena, buf_str(&m->text));
        arena_rewind(arena, mark);
    }
}

static void agrees_on_broken_documents(void **state) {
    Arena *arena = test_arena();
    Mutation m = start(arena);
    (void)state;
    check_broken(&m, str(service), 40000);
    check_broken(&m, str(item), 20000);
    check_broken(&m, str(json), 40000);
    check_broken(&m, str(json_item), 40000);
    test_arena_done(arena);
}

/* Every document of every stream there is, and what becomes of it by a few changes. */
static void agrees_on_every_stream(void **state) {
    Arena *arena = test_arena();
    Mutation m = start(arena);
    Cases all = cases_all(arena);
    size_t documents = 0, plain = 0;
    (void)state;
    for (size_t i = 0; i < all.n; i++) {
        ArenaMark mark = arena_mark(arena);
        Workers workers;
        Stream stream;
        Diagnostics diagnostics = {.arena = arena};
        workers_init(&workers, 1, arena->no_memory);
        stream_read(arena, &workers, all.at[i].request.stream, &stream, &diagnostics); /* malformed ones are welcome */
        for (size_t d = 0; d < stream.count; d++) {
            ResourceMeta meta;
            Str text = stream_document(&stream, d)->text;
            documents++;
            plain += scan_meta(text, &meta);
            check(text);
            check_broken(&m, text, 4);
        }
        workers_free(&workers);
        arena_rewind(arena, mark);
    }
    /* Or little was compared. The real streams are plainer than our cases, and may not be there. */
    assert_true(plain > documents / 4);
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(knows_plain_documents),
    cmocka_unit_test(knows_json),
    cmocka_unit_test(knows_quotes_and_letters_of_all_kinds),
    cmocka_unit_test(leaves_the_rest_to_libyaml),
    cmocka_unit_test(makes_the_same_tree),
    cmocka_unit_test(agrees_on_broken_documents),
    cmocka_unit_test(agrees_on_every_stream),
};
SUITE(scan, tests);
