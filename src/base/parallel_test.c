#include "base/parallel.h"

#include "tests/tests.h"

#include <stdatomic.h>

enum { MANY = 5000 };

typedef struct Tally {
    atomic_int times[MANY];
    size_t fails_at; /* where there is no memory */
} Tally;

static void count(void *context, size_t i, Worker *worker) {
    Tally *tally = context;
    atomic_fetch_add(&tally->times[i], 1);
    arena_alloc(i % 2 ? &worker->scratch : &worker->output, 1, i == tally->fails_at ? SIZE_MAX / 2 : 16);
}

/* Runs everything, for a team of `most`; false when memory gave out. */
static bool run(Tally *tally, size_t most) {
    static jmp_buf no_memory;
    static Workers workers;
    volatile bool done = false;
    workers_init(&workers, most, &no_memory);
    if (setjmp(no_memory) == 0) {
        parallel(&workers, MANY, count, tally);
        done = true;
    }
    for (size_t i = 0; i < workers.count; i++) { /* a jump of the next run would go nowhere */
        assert_ptr_equal(workers.at[i].scratch.no_memory, &no_memory);
        assert_ptr_equal(workers.at[i].output.no_memory, &no_memory);
    }
    workers_free(&workers);
    return done;
}

static void everything_is_done_once(void **state) {
    (void)state;
    for (size_t most = 1; most <= MOST_WORKERS; most++) {
        Tally tally = {.fails_at = MANY};
        assert_true(run(&tally, most));
        for (size_t i = 0; i < MANY; i++)
            assert_int_equal(tally.times[i], 1);
    }
}

static void no_memory_for_one_stops_all(void **state) {
    (void)state;
    for (size_t most = 1; most <= MOST_WORKERS; most++)
        for (size_t fails_at = 100; fails_at <= 101; fails_at++) { /* in either arena of a worker */
            Tally tally = {.fails_at = fails_at};
            assert_false(run(&tally, most));
            for (size_t i = 0; i < MANY; i++)
                assert_true(tally.times[i] <= 1);
        }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(everything_is_done_once),
    cmocka_unit_test(no_memory_for_one_stops_all),
};
SUITE(parallel, tests);
