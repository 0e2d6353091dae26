#include "tests.h"

static void empty_arrays_have_a_place(void **state) {
    Arena *arena = test_arena();
    (void)state;
    assert_non_null(arena_alloc(arena, 0, sizeof(int)));
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(empty_arrays_have_a_place),
};
SUITE(base, tests);
