#include "base/diag.h"
#include "tests/tests.h"

static void empty_arrays_have_a_place(void **state) {
    Arena *arena = test_arena();
    (void)state;
    assert_non_null(arena_alloc(arena, 0, sizeof(int)));
    test_arena_done(arena);
}

static void strings(void **state) {
    Str rest = S("a.b..c");
    int number = 7;
    (void)state;
    assert_str_equal(str_cut(&rest, '.'), S("a"));
    assert_str_equal(str_cut(&rest, '.'), S("b"));
    assert_str_equal(str_cut(&rest, '.'), S(""));
    assert_str_equal(str_cut(&rest, '.'), S("c"));
    assert_int_equal(rest.n, 0);
    assert_str_equal(str_trim(S(" \t\r\na b\n")), S("a b"));
    assert_int_equal(str_find(S("aab"), S("ab")), 1);
    assert_int_equal(str_find(S("ab"), S("abc")), -1);
    assert_int_equal(str_find(S("ab"), S("")), 0);
    assert_true(str_cmp(S("a"), S("ab")) < 0 && str_cmp(S("b"), S("ab")) > 0 && str_cmp(S("a"), S("a")) == 0);
    assert_true(str_ends(S("abc"), S("bc")) && !str_ends(S("c"), S("bc")));
    assert_true(str_to_int(S("000000012"), &number) && number == 12);
    assert_false(str_to_int(S("1234567890"), &number) || str_to_int(S(""), &number) || str_to_int(S("-1"), &number));
}

static void buffers_grow(void **state) {
    Arena *arena = test_arena();
    Buf out = {.arena = arena};
    (void)state;
    for (int i = 0; i < 1000; i++)
        buf_format(&out, "%d,", i % 10);
    assert_int_equal(out.n, 2000);
    assert_str_equal(str_skip(buf_str(&out), 1996), S("8,9,"));
    test_arena_done(arena);
}

/* What comes from outside goes to a terminal as text and nothing else. */
static void nothing_talks_to_a_terminal(void **state) {
    static const char *const rows[][2] = {
        {"plain text", "plain text"},
        {"gr\xc3\xbc\xc3\x9f dich \xe2\x82\xac \xf0\x9f\x93\xa7",
         "gr\xc3\xbc\xc3\x9f dich \xe2\x82\xac \xf0\x9f\x93\xa7"},
        {"\x1b[31mred", "\\x1b[31mred"},
        {"a\nb\tc\rd\x7f", "a\\x0ab\\x09c\\x0dd\\x7f"},
        {"\xc2\x9b"
         "31m",
         "\\xc2\\x9b"
         "31m"}, /* the same in one character */
        {"\x9b"
         "31m",
         "\\x9b"
         "31m"},
        {"\xc3", "\\xc3"},
        {"\xe2\x82", "\\xe2\\x82"},
        {"\xc0\xaf", "\\xc0\\xaf"},
        {"\xff\xfe", "\\xff\\xfe"},
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Buf out = {.arena = arena};
        buf_add_safely(&out, str(rows[i][0]));
        assert_str_equal(buf_str(&out), str(rows[i][1]));
    }
    test_arena_done(arena);
}

static void faults_say_where_and_what(void **state) {
    static const struct {
        Diagnostic fault;
        const char *line;
    } rows[] = {
        {{.severity = ERROR, .message = {"broken", 6}}, "broken\n"},
        {{.severity = WARNING, .message = {"odd", 3}}, "warning: odd\n"},
        {{.severity = WARNING, .name = "oddity", .message = {"odd", 3}}, "warning: odd [oddity]\n"},
        {{.severity = NOTE, .name = "oddity", .message = {"odd", 3}}, "note: odd [oddity]\n"},
        {{.severity = ERROR, .source = {"stdin", 5}, .message = {"broken", 6}}, "stdin: broken\n"},
        {{.severity = ERROR, .source = {"stdin", 5}, .line = 3, .column = 7, .message = {"broken", 6}},
         "stdin:3:7: broken\n"},
        {{.severity = WARNING,
          .source = {"stdin", 5},
          .line = 3,
          .column = 7,
          .resource = {"Service/a\nb", 11},
          .path = {"spec.x", 6},
          .message = {"found \x1b, expected y", 19}},
         "stdin:3:7: warning: Service/a\\x0ab: spec.x: found \\x1b, expected y\n"},
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Buf out = {.arena = arena};
        diag_print(&rows[i].fault, &out);
        assert_str_equal(buf_str(&out), str(rows[i].line));
    }
    test_arena_done(arena);
}

/* A stream may be wrong in a hundred thousand places: the first are told, the rest counted, and errors are not crowded
 * out by warnings. */
static void the_first_faults_are_told(void **state) {
    Arena *arena = test_arena();
    Diagnostics diagnostics = {.arena = arena};
    (void)state;
    for (size_t i = 0; i < MAX_DIAGNOSTICS + 5; i++)
        diag_add(&diagnostics, WARNING, "odd %zu", i);
    for (size_t i = 0; i < MAX_DIAGNOSTICS + 3; i++)
        diag_add(&diagnostics, NOTE, "fine %zu", i);
    for (size_t i = 0; i < MAX_DIAGNOSTICS + 7; i++)
        diag_place(diag_add(&diagnostics, ERROR, "broken %zu", i), S("stdin"), S("text"), 0);
    assert_int_equal(diagnostics.warnings, MAX_DIAGNOSTICS + 5);
    assert_int_equal(diagnostics.errors, MAX_DIAGNOSTICS + 7);
    assert_int_equal(diagnostics.list.n, 3 * MAX_DIAGNOSTICS);
    assert_int_equal(diagnostics.suppressed_count, 15);
    assert_str_equal(diagnostics.list.at[3 * MAX_DIAGNOSTICS - 1].message, S("broken 199"));
    assert_int_equal(diagnostics.list.at[3 * MAX_DIAGNOSTICS - 1].line, 1);
    test_arena_done(arena);
}

static void places(void **state) {
    static const struct {
        const char *text;
        size_t offset, line, column;
        const char *shown;
    } rows[] = {
        {"abc", 0, 1, 1, "    abc\n    ^\n"},
        {"abc", 2, 1, 3, "    abc\n      ^\n"},
        {"abc", 3, 1, 4, "    abc\n       ^\n"},
        {"a\nbc\n", 3, 2, 2, "    bc\n     ^\n"},
        {"a\r\nbc\r\n", 4, 2, 2, "    bc\n     ^\n"},
        {"a\rbc", 3, 2, 2, "    bc\n     ^\n"},
        {"\xc3\xa4: \xc3\xb6x", 6, 1, 5, "    \xc3\xa4: \xc3\xb6x\n        ^\n"},
        {"a:\tb", 3, 1, 4, "    a:\tb\n      \t^\n"},
        {"a\x1b: b", 4, 1, 5, "    a?: b\n        ^\n"},
        {"\n", 0, 1, 1, ""},
        {"", 0, 1, 1, ""},
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Diagnostic f = {.severity = ERROR};
        Buf out = {.arena = arena};
        diag_place(&f, S("stdin"), str(rows[i].text), rows[i].offset);
        diag_point(&f, false, &out);
        assert_int_equal(f.line, rows[i].line);
        assert_int_equal(f.column, rows[i].column);
        assert_str_equal(buf_str(&out), str(rows[i].shown));
    }
    test_arena_done(arena);
}

static void sizes_that_overflow_are_no_memory(void **state) {
    static jmp_buf no_memory;
    Arena arena = {.no_memory = &no_memory};
    volatile int jumps = 0;
    (void)state;
    if (setjmp(no_memory) == 0)
        arena_alloc(&arena, SIZE_MAX / 8, 16);
    else
        jumps++;
    if (jumps == 1 && setjmp(no_memory) == 0)
        arena_alloc(&arena, SIZE_MAX - 8, 1);
    else
        jumps++;
    assert_int_equal(jumps, 2);
    arena_free(&arena);
}

/* What one batch of manifests gives back the next one takes: no allocator is asked, which may ask the kernel. */
static void a_block_is_used_again(void **state) {
    enum { LARGER_THAN_THE_FIRST = 100 * 1024 };
    Arena *arena = test_arena();
    (void)state;
    ArenaMark mark = arena_mark(arena);
    char *first = arena_alloc(arena, LARGER_THAN_THE_FIRST, 1);
    memset(first, 'x', LARGER_THAN_THE_FIRST);
    arena_rewind(arena, mark);
    assert_non_null(arena->spares);
    char *second = arena_alloc(arena, LARGER_THAN_THE_FIRST, 1);
    assert_ptr_equal(second, first);
    assert_int_equal(second[LARGER_THAN_THE_FIRST - 1], 0);
    assert_null(arena->spares);
    assert_int_equal(arena->spare_size, 0);
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_block_is_used_again),
    cmocka_unit_test(empty_arrays_have_a_place),
    cmocka_unit_test(sizes_that_overflow_are_no_memory),
    cmocka_unit_test(strings),
    cmocka_unit_test(buffers_grow),
    cmocka_unit_test(nothing_talks_to_a_terminal),
    cmocka_unit_test(faults_say_where_and_what),
    cmocka_unit_test(the_first_faults_are_told),
    cmocka_unit_test(places),
};
SUITE(base, tests);
