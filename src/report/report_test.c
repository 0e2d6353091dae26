/* What --plan says. A case of testdata may have a plan that is expected, in expected.plan; `UPDATE=1 build/tests
 * 'report: *'` writes it anew. */
#include "report/report.h"

#include "tests/cases.h"
#include "tests/tests.h"

#include <glob.h>
#include <stdlib.h>

static void run_explained(Arena *arena, Case c, Result *result) {
    c.request.keep_history = true;
    case_run(arena, &c, result);
}

static Str plan_of(Arena *arena, const Result *result) {
    Buf plan = {.arena = arena};
    report_plan(&result->outcome.model, true, false, &plan);
    return buf_str(&plan);
}

static void plans_are_as_expected(void **state) {
    glob_t found = {0};
    (void)state;
    assert_int_equal(glob("testdata/*/expected.plan", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 4);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        Arena *arena = test_arena();
        Str path = str(found.gl_pathv[i]);
        Result result;
        run_explained(arena, case_read(arena, str_head(path, path.n - strlen("/expected.plan"))), &result);
        assert_true(result.ok);
        if (getenv("UPDATE"))
            test_write_file(found.gl_pathv[i], plan_of(arena, &result));
        assert_str_equal(plan_of(arena, &result), test_file(arena, found.gl_pathv[i]));
        case_done(&result);
        test_arena_done(arena);
    }
    globfree(&found);
}

/* The lines of changes: a sign that is indented by four. */
static size_t count_changes(Str plan) {
    size_t n = 0;
    while (plan.n) {
        Str line = str_cut(&plan, '\n');
        n += str_starts(line, S("    ")) && strchr("+~-", line.p[4]);
    }
    return n;
}

static bool plan_has_all(Arena *arena, const Case *c, Result *result) {
    (void)c;
    return count_changes(plan_of(arena, result)) == case_planned(arena, result).n;
}

/* The plan for people has as many changes as that for programs. */
static void plans_have_all(void **state) {
    (void)state;
    cases_all_keep(plan_has_all);
}

/* ---- names with control characters ---- */

static void plans_are_safe(void **state) {
    Arena *arena = test_arena();
    Result result;
    (void)state;
    Case c = {.request = {.stream = S("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: front, namespace: a}\n"
                                      "spec:\n  selector: {matchLabels: {a: b}}\n  template:\n"
                                      "    metadata: {labels: {a: b}}\n"
                                      "    spec:\n      containers:\n      - name: front\n"
                                      "        image: ghcr.io/mailu/nginx:2024.06\n"
                                      "        imagePullPolicy: \"\\e[m\\n\\u009bm\"\n"),
                          .sets = (Str[]){S("domain=a.b"), S("hostnames=c.a.b"), S("subnet=10.0.0.0/8"),
                                          S("images.pullPolicy=Always")},
                          .set_count = 4}};
    run_explained(arena, c, &result);
    assert_true(result.ok);
    Str plan = plan_of(arena, &result);
    assert_true(str_has(plan, "imagePullPolicy: \\x1b[m\\x0a\\xc2\\x9bm -> Always (config)\n"));
    assert_false(str_has(plan, "\x1b") || str_has(plan, "\xc2\x9b"));
    case_done(&result);
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(plans_are_as_expected),
    cmocka_unit_test(plans_have_all),
    cmocka_unit_test(plans_are_safe),
};
SUITE(report, tests);
