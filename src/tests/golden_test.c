/* The golden cases: each folder of testdata holds a stream, what it is for, and what becomes of it.
 *
 *     input.yaml         the stream
 *     config.yaml        the config, if there is one
 *     args               the command line, an argument on each line
 *     expected.yaml      what comes out; nothing when the run fails
 *     expected.err       the errors and warnings; a case without it has none
 *     expected.summary   what was found and done, a line for each Mailu; a case without it has none
 *     expected.code      the exit code, where that is not 0
 *
 * `UPDATE=1 build/tests 'golden: *'` writes what is expected anew. */
#include "tests/cases.h"
#include "tests/tests.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void write_file(Str path, Str text) {
    unlink(path.p);
    if (text.n)
        test_write_file(path.p, text);
}

/* Shows the first line in which the two differ. */
static void show_difference(const char *name, Str found, Str expected) {
    size_t line = 1;
    while (found.n && expected.n) {
        Str a = str_cut(&found, '\n'), b = str_cut(&expected, '\n');
        if (!str_eq(a, b)) {
            print_error("%s:%zu\n  found:    %.*s\n  expected: %.*s\n", name, line, F(a), F(b));
            return;
        }
        line++;
    }
    print_error("%s:%zu\n  %s here\n", name, line, found.n ? "more than expected from" : "nothing");
}

static bool is_as_expected(Arena *arena, const Case *c, const char *name, Str found) {
    Str expected = {0};
    if (getenv("UPDATE"))
        write_file(str_format(arena, "%.*s/%s%c", F(c->name), name, '\0'), found);
    case_file(arena, c->name, name, &expected);
    if (str_eq(found, expected))
        return true;
    show_difference(name, found, expected);
    return false;
}

static void golden(void **state) {
    Arena *arena = test_arena();
    const char *directory = *state;
    Case c = case_read(arena, str(directory));
    Result result;
    case_run(arena, &c, &result);
    bool out = is_as_expected(arena, &c, "expected.yaml", result.out);
    bool said = is_as_expected(arena, &c, "expected.err", result.said);
    bool summary = is_as_expected(arena, &c, "expected.summary", result.outcome.summary);
    Str code = result.ok ? S("") : str_format(arena, "%d\n", EXIT_TROUBLE);
    bool exits = is_as_expected(arena, &c, "expected.code", code);
    assert_true(result.ok || result.said.n); /* who fails says why */
    case_done(&result);
    test_arena_done(arena);
    assert_true(out && said && summary && exits);
}

size_t golden_tests(struct CMUnitTest **tests) {
    static glob_t found; /* the paths live as long as the tests */
    if (glob("testdata/*/input.yaml", 0, NULL, &found) != 0)
        return 0;
    *tests = calloc(found.gl_pathc, sizeof **tests);
    size_t n = 0;
    for (; *tests && n < found.gl_pathc; n++) {
        char *path = found.gl_pathv[n];
        path[strlen(path) - strlen("/input.yaml")] = '\0';
        (*tests)[n] = (struct CMUnitTest){.name = path + sizeof "testdata", .test_func = golden, .initial_state = path};
    }
    return n;
}
