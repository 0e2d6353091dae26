#include "tests/tests.h"

#include "base/io.h"

#include <assert.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "suites.h" /* made by the Makefile: SUITE_OF(name) for each *_test.c with a suite */

#define SUITE_OF(name) extern const Suite name##_suite;
SUITES
#undef SUITE_OF
#define SUITE_OF(name) &name##_suite,
static const Suite *const suites[] = {SUITES};
#undef SUITE_OF

/* ---- what tests share ---- */

static jmp_buf no_memory;

Arena *test_arena(void) {
    Arena *arena = calloc(1, sizeof *arena);
    assert_non_null(arena);
    arena->no_memory = &no_memory;
    return arena;
}

void test_arena_done(Arena *arena) {
    arena_free(arena);
    free(arena);
}

Str test_with_returns(Arena *arena, Str text) {
    Buf out = {.arena = arena};
    while (text.n) {
        buf_add(&out, str_cut(&text, '\n'));
        buf_add(&out, S("\r\n"));
    }
    return buf_str(&out);
}

Str test_file(Arena *arena, const char *path) {
    char *bytes = NULL;
    size_t n = 0;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || !io_read_all(fd, &bytes, &n))
        fail_msg("%s can't be read", path);
    close(fd);
    Str text = str_copy(arena, (Str){bytes, n});
    free(bytes);
    return text;
}

void test_write_file(const char *path, Str text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
    assert_int_equal(fclose(file), 0);
}

void test_assert_str(Str a, Str b, const char *file, int line) {
    if (!str_eq(a, b)) {
        print_error("found:    %.*s\nexpected: %.*s\n", F(a), F(b));
        _fail(file, line);
    }
}

/* ---- running ---- */

typedef struct Run {
    const char *wanted, *skipped; /* patterns of names */
    struct CMUnitTest *tests;
    char (*names)[160];
    size_t n;
} Run;

static void add_tests(Run *run, const char *suite, const struct CMUnitTest *tests, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char *name = run->names[run->n];
        (void)snprintf(name, sizeof run->names[run->n], "%s: %s", suite, tests[i].name);
        if (fnmatch(run->wanted, name, 0) != 0 || fnmatch(run->skipped, name, 0) == 0)
            continue;
        run->tests[run->n] = tests[i];
        run->tests[run->n++].name = name;
    }
}

/* Suites whose tests are found when they run. */
static const struct {
    const char *name;
    size_t (*tests)(struct CMUnitTest **);
} found_suites[] = {{"golden", golden_tests}, {"programs", programs_tests}};

/* Returns 0 when all passed; 2 when there is none of that name. */
static int run_those(const char *wanted, const char *skipped) {
    struct CMUnitTest *found[COUNT(found_suites)] = {0};
    size_t found_count[COUNT(found_suites)], count = 0;
    for (size_t i = 0; i < COUNT(suites); i++)
        count += suites[i]->count;
    for (size_t i = 0; i < COUNT(found_suites); i++)
        count += found_count[i] = found_suites[i].tests(&found[i]);
    Run run = {wanted, skipped, calloc(count, sizeof *run.tests), calloc(count, sizeof *run.names), 0};
    assert(run.tests && run.names);
    for (size_t i = 0; i < COUNT(suites); i++)
        add_tests(&run, suites[i]->name, suites[i]->tests, suites[i]->count);
    for (size_t i = 0; i < COUNT(found_suites); i++)
        add_tests(&run, found_suites[i].name, found[i], found_count[i]);
    programs_start(run.tests, run.n);
    int failed = _cmocka_run_group_tests("mailu-post-renderer", run.tests, run.n, NULL, NULL);
    programs_end();
    free(run.tests);
    free(run.names);
    for (size_t i = 0; i < COUNT(found_suites); i++)
        free(found[i]);
    if (run.n == 0)
        print_error("no test is named %s\n", wanted);
    return run.n == 0 ? 2 : failed != 0;
}

/* `tests PATTERN` runs those whose name, "suite: test", matches; SKIP=PATTERN in the environment leaves some out. */
int main(int argc, char **argv) {
    if (setjmp(no_memory)) {
        print_error("out of memory\n");
        return 2;
    }
    const char *skipped = getenv("SKIP");
    return run_those(argc > 1 ? argv[1] : "*", skipped ? skipped : "");
}
