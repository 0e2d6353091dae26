/* The drawing of everything there is, as it is kept: what talks to what, on which port, and why. To write it anew:
 *
 *     bin/mailu-post-renderer -q --graph=mermaid --set database.postgresql.host=postgres \
 *         --set database.postgresql.roundcubeDatabase=roundcube \
 *         <testdata/official/input.yaml >testdata/official/expected.mermaid
 */
#include "report/report.h"
#include "tests/cases.h"
#include "tests/tests.h"

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
    report_mermaid(&result.outcome.model, &out);
    assert_str_equal(buf_str(&out), test_file(arena, "testdata/official/expected.mermaid"));
    case_done(&result);
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_drawing_is_as_expected),
};
SUITE(graph, tests);
