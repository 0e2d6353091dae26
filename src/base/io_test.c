#include "base/io.h"

#include "tests/tests.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 300 * 1000 }; /* more than a pipe holds, or the first read has room for */

static Str numbers(Arena *arena) {
    Buf out = {.arena = arena};
    while (out.n < MANY)
        buf_format(&out, "%zu\n", out.n);
    return buf_str(&out);
}

/* A child that writes `chunks` into a pipe; returns the end to read from. */
static int pipe_of(const Str *chunks, size_t count, pid_t *child) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    *child = fork();
    if (*child == 0)
        _exit(io_write_all(ends[1], chunks, count) && io_close(ends[1]) ? 0 : 1);
    close(ends[1]);
    return ends[0];
}

/* Chunks of every size, empty ones too, and more of them than go into one writev. */
static void what_is_written_is_read(void **state) {
    Arena *arena = test_arena();
    Str text = numbers(arena);
    LIST(Str) chunks = {0};
    char *bytes;
    size_t n;
    pid_t child;
    int status;
    (void)state;
    size_t size = 0;
    for (Str rest = text; rest.n; size = (size + 1) % 701) {
        *PUSH(arena, &chunks) = str_head(rest, size);
        rest = str_skip(rest, size);
    }
    int fd = pipe_of(chunks.at, chunks.n, &child);
    assert_true(io_read_all(fd, &bytes, &n));
    assert_true(waitpid(child, &status, 0) == child && status == 0);
    assert_str_equal(((Str){bytes, n}), text);
    free(bytes);
    close(fd);
    test_arena_done(arena);
}

static void a_file_is_read_whole(void **state) {
    FILE *file = tmpfile();
    char *bytes;
    size_t n;
    (void)state;
    assert_non_null(file);
    assert_true(io_read_all(fileno(file), &bytes, &n)); /* an empty one */
    assert_int_equal(n, 0);
    free(bytes);
    assert_int_equal(write(fileno(file), "abc", 3), 3);
    assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
    assert_true(io_read_all(fileno(file), &bytes, &n));
    assert_str_equal(((Str){bytes, n}), S("abc"));
    free(bytes);
    fclose(file);
}

static void failures_say_why(void **state) {
    char *bytes;
    size_t n;
    Str text = S("text");
    int directory = open("/", O_RDONLY), full = open("/dev/full", O_WRONLY);
    (void)state;
    assert_false(io_read_all(directory, &bytes, &n));
    assert_int_equal(errno, EISDIR);
    assert_false(io_read_all(-1, &bytes, &n));
    assert_int_equal(errno, EBADF);
    assert_false(io_write_all(full, &text, 1));
    assert_int_equal(errno, ENOSPC);
    assert_true(io_write_all(full, &text, 0)); /* nothing to write fits anywhere */
    assert_true(io_close(full) && io_close(directory));
    assert_false(io_close(-1));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_written_is_read),
    cmocka_unit_test(a_file_is_read_whole),
    cmocka_unit_test(failures_say_why),
};
SUITE(io, tests);
