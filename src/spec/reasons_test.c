#include "spec/reasons.h"

#include "tests/tests.h"

/* Whatever a pass does, there is a reason for it: every edit has one of its aspect's. */
static void there_is_always_a_reason(void **state) {
    (void)state;
    for (Aspect aspect = 0; aspect < ASPECTS; aspect++) {
        assert_int_equal(reason_for(&(Subject){aspect, NULL, "spec.anything"})->aspect, aspect);
        assert_true(reason_for(&(Subject){aspect, "Anything", "anything"})->text[0]);
    }
}

static void particular_rows_come_first(void **state) {
    (void)state;
    assert_int_equal(reason_for(&(Subject){ASPECT_ROUTING, "Service", "mailu-postfix-mx"})->hole, HOLE_RELAY);
    assert_int_equal(reason_for(&(Subject){ASPECT_ROUTING, NULL, "spec.rules[0].http.paths[]=/internal"})->hole,
                     HOLE_ROUTES);
    assert_int_equal(reason_for(&(Subject){ASPECT_ROUTING, NULL, "spec.rules[0].http.paths[]=/admin"})->hole, NO_HOLE);
    assert_int_equal(reason_for(&(Subject){ASPECT_POLICIES, "NetworkPolicy", "mailu-redis-clients"})->hole, HOLE_REDIS);
}

static void holes_are_told(void **state) {
    (void)state;
    for (Hole hole = NO_HOLE + 1; hole < HOLES; hole++)
        assert_true(holes[hole].name[0] && holes[hole].title[0] && holes[hole].what[0]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(there_is_always_a_reason),
    cmocka_unit_test(particular_rows_come_first),
    cmocka_unit_test(holes_are_told),
};
SUITE(reasons, tests);
