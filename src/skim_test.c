#include "skim.h"

#include "tests.h"
#include "tree.h"

/* What skim says of a document has to be what libyaml makes of it; it may say nothing. */
static bool agrees(Arena *arena, Str text) {
    Facts facts;
    Tree tree;
    TreeError error;
    if (!skim(text, &facts))
        return true;
    if (!tree_parse(arena, text, &tree, &error) || !is_mapping(tree.root))
        return false;
    Node *metadata = map_get(&tree, tree.root, S("metadata"));
    return str_eq(facts.api_version, map_text(&tree, tree.root, S("apiVersion"))) &&
           str_eq(facts.kind, map_text(&tree, tree.root, S("kind"))) &&
           str_eq(facts.name, map_text(&tree, metadata, S("name"))) &&
           str_eq(facts.namespace, map_text(&tree, metadata, S("namespace")));
}

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
                              "  folded: >-\n"
                              "    text\n"
                              "  - none\n";

static void knows_plain_documents(void **state) {
    Arena *arena = test_arena();
    Facts facts;
    (void)state;
    Str text = str_head(str(service), sizeof service - 1 - sizeof "  - none");
    assert_true(skim(text, &facts));
    assert_str_equal(facts.kind, S("Service"));
    assert_str_equal(facts.api_version, S("v1"));
    assert_str_equal(facts.name, S("web"));
    assert_str_equal(facts.namespace, S("shop"));
    assert_true(agrees(arena, text));
    assert_false(skim(str(service), &facts)); /* its last line is no YAML */
    test_arena_done(arena);
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
        "a: \"b\\n\"\n",
        "a: 'it''s'\n",
        "a:\tb\n",
        "a: {b: c}\n",
        "a: b: c\n",
        "a: caf\xC3\xA9\n",
        "a: b\r\n",
        "? a\n: b\n",
        "a: |2\n  b\n",
        "a: |\n    \n  b\n",
        "a:\n  b: c\n d: e\n",
        "a: b\n- c\n",
        "a: b\n...\n",
        "%YAML 1.1\n---\na: b\n",
        "--- a: b\n",
        "a: b\n---\nc: d\n",
        "kind: |\n  Service\n",
        "metadata:\n  name: a\nmetadata:\n  name: b\n",
    };
    Facts facts;
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        if (skim(str(texts[i]), &facts))
            fail_msg("%s", texts[i]);
}

/* Every document that comes from a plain one by changing, dropping or doubling a few bytes: most are broken in a way that is
 * easy to overlook. */
static void agrees_on_broken_documents(void **state) {
    static const char bytes[] = " \n:-#\"'|>[]{}&*!ab,?";
    Arena *arena = test_arena();
    uint64_t random = 88172645463325252u;
    (void)state;
    for (int round = 0; round < 60000; round++) {
        ArenaMark mark = arena_mark(arena);
        Buf text = {.arena = arena};
        buf_add(&text, str(service));
        for (int change = 0; change <= round % 3 && text.n; change++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            size_t at = random % text.n;
            if ((random >> 32) % 3 == 0)
                text.p[at] = bytes[(random >> 40) % (sizeof bytes - 1)];
            else if ((random >> 32) % 3 == 1)
                memmove(text.p + at, text.p + at + 1, --text.n - at);
            else
                text.n = at + 1;
        }
        if (!agrees(arena, buf_str(&text)))
            fail_msg("skim and libyaml do not agree on:\n%.*s", F(buf_str(&text)));
        arena_rewind(arena, mark);
    }
    test_arena_done(arena);
}

static void finds_mailu(void **state) {
    (void)state;
    assert_true(mentions_mailu(S("image: ghcr.io/mailu/nginx")));
    assert_true(mentions_mailu(S("kind: Mailu")));
    assert_true(mentions_mailu(S("ailu")));
    assert_false(mentions_mailu(S("ail")));
    assert_false(mentions_mailu(S("kind: Service, unusual")));
    assert_false(mentions_mailu(S("")));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(knows_plain_documents),
    cmocka_unit_test(leaves_the_rest_to_libyaml),
    cmocka_unit_test(agrees_on_broken_documents),
    cmocka_unit_test(finds_mailu),
};
SUITE(skim, tests);
