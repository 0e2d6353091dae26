#include "yaml/tree.h"

#include "tests/data_test.h"
#include "tests/generate_test.h"
#include "tests/tests.h"

/* ---- limits ---- */

static Str nested(Arena *arena, size_t depth) {
    Buf text = {.arena = arena};
    buf_fill(&text, '[', depth);
    buf_fill(&text, ']', depth);
    return buf_str(&text);
}

static void nests_to_a_limit(void **state) {
    Arena *arena = test_arena();
    Tree tree;
    TreeError error;
    (void)state;
    assert_true(tree_parse(arena, nested(arena, MAX_DEPTH), &tree, &error));
    assert_false(tree_parse(arena, nested(arena, MAX_DEPTH + 1), &tree, &error));
    assert_int_equal(error.offset, MAX_DEPTH);
    assert_true(str_has(error.message, "200 levels"));
    assert_false(tree_parse(arena, nested(arena, 100000), &tree, &error)); /* and not by the stack giving out */
    test_arena_done(arena);
}

static void has_a_limit_of_anchors(void **state) {
    Arena *arena = test_arena();
    Buf text = {.arena = arena};
    Tree tree;
    TreeError error;
    (void)state;
    for (size_t i = 0; i < MAX_ANCHORS; i++)
        buf_format(&text, "- &a%zu x\n", i % 70000);
    assert_true(tree_parse(arena, buf_str(&text), &tree, &error));
    size_t end = text.n;
    buf_add(&text, S("- &b x\n"));
    assert_false(tree_parse(arena, buf_str(&text), &tree, &error));
    assert_int_equal(error.offset, end + 2);
    assert_true(str_has(error.message, "100000 anchors"));
    test_arena_done(arena);
}

/* "a0: &a0 [x, ...]", "a1: &a1 [*a0, ...]" and so on: 9^40 nodes, were they all made. */
static Str billion_laughs(Arena *arena, bool reuse_names) {
    Buf text = {.arena = arena};
    buf_add(&text, S("a0: &a0 [x]\n"));
    for (size_t i = 1; i < 40; i++) {
        buf_format(&text, "a%zu: &a%zu [*a%zu", i, i, i - 1);
        for (size_t n = 0; n < 8; n++)
            buf_format(&text, ", *a%zu", i - 1);
        buf_add(&text, S("]\n"));
    }
    if (reuse_names)
        buf_add(&text, S("b: &a0 y\n"));
    return buf_str(&text);
}

static void follow_all(Tree *tree, Node *node) {
    node = node_value(tree, node);
    for (Node *child = node_first(node); child && tree->alias_nodes < MAX_ALIAS_NODES; child = node_next(child))
        follow_all(tree, child);
}

static void laughs_cost_nothing(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (int reuse = 0; reuse < 2; reuse++) {
        Tree tree;
        TreeError error;
        assert_true(tree_parse(arena, billion_laughs(arena, reuse), &tree, &error));
        assert_int_equal(tree.alias_nodes, 0); /* none is followed that nobody asks for */
        follow_all(&tree, map_get(&tree, tree.root, S("a39")));
        assert_true(tree.alias_nodes >= MAX_ALIAS_NODES && tree.alias_nodes / 2 < MAX_ALIAS_NODES);
        assert_true(node_is_null(node_value(&tree, own_entry(tree.root, S("a2"))->first)));
    }
    test_arena_done(arena);
}

/* A chain of a hundred thousand aliases is not followed by as many calls within each other. */
static void chains_of_aliases_end(void **state) {
    Arena *arena = test_arena();
    Buf text = {.arena = arena};
    Tree tree;
    TreeError error;
    (void)state;
    buf_add(&text, S("a0: &a0 x\nb: &a0 y\n"));
    for (size_t i = 1; i < MAX_ANCHORS - 2; i++)
        buf_format(&text, "a%zu: &a%zu [*a%zu]\n", i, i, i - 1);
    buf_format(&text, "c: *a%d\n", MAX_ANCHORS - 3);
    assert_true(tree_parse(arena, buf_str(&text), &tree, &error));
    map_get(&tree, tree.root, S("c"));
    assert_true(tree.alias_nodes >= MAX_ALIAS_NODES);
    test_arena_done(arena);
}

/* ---- looking things up ---- */

typedef struct Lookup {
    const char *document, *path, *text;
} Lookup;

static const Lookup lookups[] = {
    {"a: {b: c}\n", "a.b", "c"},
    {"a: 1\na: 2\n", "a", "1"},
    {"a: &x {b: c}\nd: *x\n", "d.b", "c"},
    {"a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n", "d.b", "1"},
    {"a: &x {b: 1, c: 2}\nd: {c: 3, <<: *x}\n", "d.c", "3"},
    {"a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}\n", "e.b", "1"},
    {"a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}\n", "e.d", "3"},
    {"a: &x {b: 1}\nc: &y {<<: *x}\nd: {<<: *y}\n", "d.b", "1"},
    {"a: {<<: {b: 1}}\n", "a.b", "1"},
    {"a: {\"<<\": {b: 1}}\n", "a.b", ""},
    {"k: &x a\n*x : b\n", "a", "b"},
    {"? [a]\n: b\n? {a: c}\n: d\n", "a", ""},
    {"a: &x 1\nb: &x 2\nc: *x\n", "c", "2"},
    {"a: &x [1]\nb: &y {c: *x}\nd: &x 2\ne: *y\n", "e.c", ""},
    {"a\n", "a", ""},
    {"a: b\n", "a.b", ""},
};

static void looks_up(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(lookups); i++) {
        Tree tree;
        TreeError error;
        assert_true(tree_parse(arena, str(lookups[i].document), &tree, &error));
        const Node *found = map_path(&tree, tree.root, lookups[i].path);
        if (!str_is(is_scalar(found) ? found->text : S(""), lookups[i].text))
            fail_msg("%s of %s is %.*s", lookups[i].path, lookups[i].document, F(found->text));
    }
    test_arena_done(arena);
}

/* ---- what a scalar is ---- */

/* By the grammars; the program may take more for something else than a string, and quote it, never less. */
static void quotes_whatever_is_no_string(void **state) {
    static const char letters[] = "0123456789abcdefxXoOeE+-._: tTzZnNyYiI~=<";
    uint64_t seed = test_seed(7);
    (void)state;
    for (size_t round = 0; round < test_rounds(200000); round++) {
        char text[8];
        Random random = random_of(seed, round);
        size_t n = random_below(&random, sizeof text + 1);
        for (size_t i = 0; i < n; i++)
            text[i] = letters[random_below(&random, round % 2 ? 20 : sizeof letters - 1)];
        Str word = {text, n};
        if (data_is_bare(word) && reads_as_string(word))
            fail_msg("SEED=%llu: %.*s", (unsigned long long)seed, F(word));
    }
}

/* ---- the head ---- */

static bool says_a(Str text) {
    return str_is(text, "a");
}

static bool any_says_a(const Node *node) {
    if (node->kind == SCALAR)
        return says_a(node->text);
    for (const Node *child = node->kind == ALIAS ? NULL : node->first; child; child = child->next)
        if ((child->key && any_says_a(child->key)) || any_says_a(child))
            return true;
    return false;
}

/* So that a generated document has what identifies a manifest, at some depth. */
static Str with_names_of_manifests(Arena *arena, Str text) {
    static const char *const names[] = {"kind", "metadata", "name", "apiVersion"};
    Buf out = {.arena = arena};
    for (size_t i = 0; i < text.n; i++) {
        bool key = text.p[i] == 'k' && i + 1 < text.n && text.p[i + 1] >= '0' && text.p[i + 1] <= '3';
        if (!key) {
            buf_char(&out, text.p[i]);
            continue;
        }
        buf_add(&out, str(names[text.p[++i] - '0']));
    }
    return buf_str(&out);
}

static bool same_texts(Tree *a, Node *in_a, Tree *b, Node *in_b, size_t count) {
    static const char *const names[] = {"kind", "apiVersion", "name", "metadata"};
    for (size_t i = 0; i < count; i++)
        if (!str_eq(map_text(a, in_a, str(names[i])), map_text(b, in_b, str(names[i]))))
            return false;
    return true;
}

static bool head_agrees(Arena *arena, Str text) {
    Tree whole, head;
    TreeError error = {0}, head_error = {0};
    bool found, read = tree_parse(arena, text, &whole, &error);
    if (tree_parse_head(arena, text, says_a, &head, &head_error, &found) != read)
        return false;
    if (!read)
        return error.offset == head_error.offset && str_eq(error.message, head_error.message);
    Node *metadata = map_get(&whole, whole.root, S("metadata")), *other = map_get(&head, head.root, S("metadata"));
    return same_texts(&whole, whole.root, &head, head.root, 2) && same_texts(&whole, metadata, &head, other, 4) &&
           node_count(metadata) == node_count(other) && found == (whole.root && any_says_a(whole.root));
}

static void the_head_says_what_the_whole_does(void **state) {
    uint64_t seed = test_seed(11);
    Arena *arena = test_arena();
    (void)state;
    for (size_t round = 0; round < test_rounds(10000); round++) {
        ArenaMark mark = arena_mark(arena);
        Random random = random_of(seed, round);
        Str text = with_names_of_manifests(arena, generate_document(arena, &random, 1 + random_below(&random, 30)));
        if (round % 5 == 0) /* broken somewhere */
            text = str_head(text, random_below(&random, text.n));
        if (!head_agrees(arena, text))
            fail_msg("SEED=%llu, round %zu:\n%.*s", (unsigned long long)seed, round, F(text));
        arena_rewind(arena, mark);
    }
    test_arena_done(arena);
}

/* What is not kept costs nothing. */
static void the_head_is_small(void **state) {
    Arena *arena = test_arena();
    Buf text = {.arena = arena};
    Tree tree;
    TreeError error;
    bool found;
    (void)state;
    buf_add(&text, S("spec:\n"));
    for (size_t i = 0; i < 10000; i++)
        buf_format(&text, "  key%zu: {a: [b, c]}\n", i);
    buf_add(&text, S("kind: x\n"));
    char *before = arena->at;
    assert_true(tree_parse_head(arena, buf_str(&text), says_a, &tree, &error, &found));
    assert_str_equal(map_text(&tree, tree.root, S("kind")), S("x"));
    assert_int_equal(node_count(tree.root), 1);
    assert_true(arena->at - before < 4096);
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nests_to_a_limit),
    cmocka_unit_test(has_a_limit_of_anchors),
    cmocka_unit_test(laughs_cost_nothing),
    cmocka_unit_test(chains_of_aliases_end),
    cmocka_unit_test(looks_up),
    cmocka_unit_test(quotes_whatever_is_no_string),
    cmocka_unit_test(the_head_says_what_the_whole_does),
    cmocka_unit_test(the_head_is_small),
};
SUITE(tree, tests);
