#include "base/diag.h"

#include "tests/tests.h"

static void diagnostics_say_where_and_what(void **state) {
    static const struct {
        Diagnostic diagnostic;
        const char *line;
    } rows[] = {
        {{.severity = ERROR, .message = {"broken", 6}}, "program: error: broken\n"},
        {{.severity = WARNING, .message = {"odd", 3}}, "program: warning: odd\n"},
        {{.severity = WARNING, .name = "oddity", .message = {"odd", 3}}, "program: warning: odd [oddity]\n"},
        {{.severity = NOTE, .name = "oddity", .message = {"odd", 3}}, "program: note: odd [oddity]\n"},
        {{.severity = ERROR, .source = {"stdin", 5}, .message = {"broken", 6}}, "program: error: stdin: broken\n"},
        {{.severity = ERROR, .source = {"stdin", 5}, .line = 3, .column = 7, .message = {"broken", 6}},
         "program: error: stdin:3:7: broken\n"},
        {{.severity = WARNING,
          .source = {"stdin", 5},
          .line = 3,
          .column = 7,
          .resource = {"Service/a\nb", 11},
          .path = {"spec.x", 6},
          .message = {"found \x1b, expected y", 19}},
         "program: warning: stdin:3:7: Service/a\\x0ab: spec.x: found \\x1b, expected y\n"},
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Buf out = {.arena = arena};
        diag_tell(&rows[i].diagnostic, "program", &out);
        assert_str_equal(buf_str(&out), str(rows[i].line));
    }
    test_arena_done(arena);
}

/* A stream may be wrong in a hundred thousand places: the first are shown, the rest are counted, and warnings do not
 * take the place of errors. */
static void the_first_are_shown(void **state) {
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

static void places_are_found_and_shown(void **state) {
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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(diagnostics_say_where_and_what),
    cmocka_unit_test(the_first_are_shown),
    cmocka_unit_test(places_are_found_and_shown),
};
SUITE(diag, tests);
