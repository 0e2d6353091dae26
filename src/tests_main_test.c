#include "tests.h"

#include "io.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern const Suite check_suite, skim_suite;

static const Suite *const suites[] = {
    &check_suite,
    &skim_suite,
};

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

void test_assert_str(Str a, Str b, const char *file, int line) {
    if (!str_eq(a, b)) {
        print_error("found:    %.*s\nexpected: %.*s\n", F(a), F(b));
        _fail(file, line);
    }
}

/* ---- running ---- */

static int run_all(const char *pattern) {
    size_t count = 0, n = 0;
    for (size_t i = 0; i < COUNT(suites); i++)
        count += suites[i]->count;
    struct CMUnitTest *all = calloc(count, sizeof *all);
    char(*names)[160] = calloc(count, sizeof *names);
    if (!all || !names)
        return 2;
    for (size_t i = 0; i < COUNT(suites); i++) {
        for (size_t j = 0; j < suites[i]->count; j++) {
            all[n] = suites[i]->tests[j];
            snprintf(names[n], sizeof names[n], "%s: %s", suites[i]->name, all[n].name);
            all[n].name = names[n];
            n++;
        }
    }
    if (pattern)
        cmocka_set_test_filter(pattern);
    int failed = _cmocka_run_group_tests("mailu-post-renderer", all, n, NULL, NULL);
    free(all);
    free(names);
    return failed != 0;
}

/* `tests PATTERN` runs those whose name, "suite: test", matches. */
int main(int argc, char **argv) {
    if (setjmp(no_memory)) {
        print_error("out of memory\n");
        return 2;
    }
    return run_all(argc > 1 ? argv[1] : NULL);
}
