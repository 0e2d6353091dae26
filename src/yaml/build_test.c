#include "yaml/build.h"

#include "ensure/assets.h"
#include "tests/tests.h"
#include "yaml/edit.h"

static Str printed(Arena *arena, Node *root) {
    Tree tree = {.arena = arena, .root = root, .step = 2};
    return edit_render(arena, &tree);
}

static void templates_become_nodes(void **state) {
    Arena *arena = test_arena();
    (void)state;
    assert_str_equal(printed(arena, build(arena, "{a:1,b:true,c:text,d:[x,{e:false}],f:{}}")),
                     S("a: 1\nb: true\nc: text\nd:\n- x\n- e: false\nf: {}\n"));
    assert_str_equal(printed(arena, build(arena, "{number:%d,text:%s,str:%S}", 587, "587", S("true"))),
                     S("number: 587\ntext: \"587\"\nstr: \"true\"\n"));
    assert_str_equal(printed(arena, build(arena, "[%S,%n]", S("a: b"), build(arena, "{k:v}"))),
                     S("- \"a: b\"\n- k: v\n"));
    assert_str_equal(printed(arena, build(arena, "{%S:%s,app.kubernetes.io/name:x}", S("a"), "b")),
                     S("a: b\napp.kubernetes.io/name: x\n"));
    test_arena_done(arena);
}

static void what_is_null_is_left_out(void **state) {
    Arena *arena = test_arena();
    (void)state;
    assert_str_equal(printed(arena, build(arena, "{a:%n,b:1,c:[%n,x]}", (Node *)NULL, (Node *)NULL)),
                     S("b: 1\nc:\n- x\n"));
    test_arena_done(arena);
}

/* ---- assets ---- */

static void assets_are_filled_once(void **state) {
    static const AssetValue values[] = {{"A", {"@B@", 3}}, {"B", {"two", 3}}, {"EMPTY", {"", 0}}};
    static const char *const rows[][2] = {
        {"x @A@ y", "x @B@ y"}, /* what a value holds is not looked at again */
        {"@A@@B@", "@B@two"},
        {"user@B.example @B@", "user@B.example two"},
        {"@C@ @EMPTY@.", "@C@ ."},
        {"@", "@"},
        {"@@B@", "@two"},
        {"@B", "@B"},
        {"", ""},
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_str_equal(asset_fill(arena, str(rows[i][0]), values, COUNT(values)), str(rows[i][1]));
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(templates_become_nodes),
    cmocka_unit_test(what_is_null_is_left_out),
    cmocka_unit_test(assets_are_filled_once),
};
SUITE(build, tests);
