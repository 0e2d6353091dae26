/* The drawing of everything there is, as it is kept: what talks to what, on which port, and why. UPDATE=1 writes it
 * anew.
 */
#include "report/report.h"
#include "tests/cases.h"
#include "tests/tests.h"

#include <stdlib.h>

static void the_drawing_is_as_expected(void **state) {
    Arena *arena = test_arena();
    Case c = case_read(arena, S("testdata/official"));
    Result result;
    Buf out = {.arena = arena};
    const Str database[] = {S("database.postgresql.host=postgres"),
                            S("database.postgresql.roundcubeDatabase=roundcube")};
    (void)state;
    c.request.sets = database;
    c.request.set_count = COUNT(database);
    c.request.keep_history = true;
    case_run(arena, &c, &result);
    assert_true(result.ok);
    report_graph(&result.outcome.model, false, &out);
    if (getenv("UPDATE"))
        test_write_file("testdata/official/expected.mermaid", buf_str(&out));
    assert_str_equal(buf_str(&out), test_file(arena, "testdata/official/expected.mermaid"));
    case_done(&result);
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_drawing_is_as_expected),
};
SUITE(graph, tests);
