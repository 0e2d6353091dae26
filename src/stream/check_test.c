#include "stream/stream.h"

#include "tests/reading.h"
#include "tests/tests.h"

#define BOM "\xEF\xBB\xBF"

/* A text with its length, for it may hold a NUL. */
#define TEXT(literal)                                                                                                  \
    { (literal), sizeof(literal) - 1 }

typedef struct Refusal {
    Str stream;
    size_t line, column;
} Refusal;

static const Refusal refusals[] = {
    {TEXT("a: 1\n---\nb: \x01\n"), 3, 4},
    {TEXT("a: 1\nb: \0\n"), 2, 4},
    {TEXT("# a\0\n"), 1, 4},
    {TEXT("a: \xFF\n"), 1, 4},
    {TEXT("# \xC3(\n"), 1, 4},
    {TEXT("\xFF\xFE"
          "a\0"),
     1, 1},
    {TEXT("a: 1\n" BOM "b: 2\n"), 2, 1},
    {TEXT("a: b: c\n"), 1, 5},
    {TEXT("a: 1\n\tb: 2\n"), 2, 1},
    {TEXT("a: [1\n---\nb: 2\n"), 1, 6},
    {TEXT("a: 'x\n---\nb: 2\n"), 1, 6},
    {TEXT("a: *x\n"), 1, 4},
    {TEXT("a: &x [*x]\n"), 1, 8},
    {TEXT("a: 1\n...\nb: @c\n"), 3, 4},
    {TEXT("{\"a\":1}{\"b\":}}\n"), 1, 14},
    {TEXT("{\"a\":1}\nb: 2\n"), 2, 1},
    {TEXT("%YAML 3.0\n---\na\n"), 1, 1},
    {TEXT("%YAML 1.1\na: 1\n"), 2, 1},
    {TEXT("a: !x!y z\n"), 1, 4},
    /* what YAML allows, and libyaml, and with it go-yaml, does not */
    {TEXT(": a\n"), 1, 1},
    {TEXT("a: &\xF0\x9F\x93\xA7 b\n"), 1, 5},
    {TEXT("--- |\n%!PS\n"), 2, 2},
    {TEXT("a: |\n \tx\n  # text\n # text\n# comment\n"), 2, 2},
    {TEXT("a: 1\n%YAML 1.1\n---\nb: 2\n"), 2, 10},
};

static void refuses_with_a_place(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        const Refusal *r = &refusals[i];
        Reading reading;
        reading_begin(&reading, arena, r->stream);
        const Diagnostic *f = reading.diagnostics.list.at;
        if (reading.read || reading.diagnostics.errors != 1 || f->line != r->line || f->column != r->column)
            fail_msg("%.*s: found %zu:%zu: %.*s", F(r->stream), f ? f->line : 0, f ? f->column : 0,
                     F(f ? f->message : S("nothing")));
        reading_end(&reading);
    }
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(refuses_with_a_place),
};
SUITE(check, tests);
