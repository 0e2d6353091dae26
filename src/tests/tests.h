/* The tests: each *_test.c has a suite, and tests_main_test.c runs them as one, so that there is one summary of all. */
#ifndef TESTS_H
#define TESTS_H

#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct Suite {
    const char *name;
    const struct CMUnitTest *tests;
    size_t count;
} Suite;

/* The suite of the file name_test.c; at the start of a line, where the Makefile finds it. */
#define SUITE(name, list) const Suite name##_suite = {#name, list, COUNT(list)}

/* One test for each program of scripts/test.d (programs_test.c); returns how many. */
size_t programs_tests(struct CMUnitTest **tests);
/* Starts those of the tests that are programs, in the background. */
void programs_start(const struct CMUnitTest *tests, size_t count);
/* Waits for whoever ran them, so that the time they took is the tests'. */
void programs_end(void);
/* One test for each folder of testdata with an input.yaml (golden_test.c). */
size_t golden_tests(struct CMUnitTest **tests);

/* An arena for one test; a failing malloc fails the test. test_arena_done frees it. */
Arena *test_arena(void);
void test_arena_done(Arena *arena);

/* The contents of a file below the checkout, from the arena; fails the test when there is none. */
Str test_file(Arena *arena, const char *path);
/* Writes a file that UPDATE=1 is for; fails the test when it can't. */
void test_write_file(const char *path, Str text);

/* The text with line ends of Windows. */
Str test_with_returns(Arena *arena, Str text);

#define assert_str_equal(a, b) test_assert_str(a, b, __FILE__, __LINE__)
void test_assert_str(Str a, Str b, const char *file, int line);

#endif
