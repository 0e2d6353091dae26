/* The golden cases: each folder of testdata holds a stream, what it is for, and what becomes of it. The whole program
 * runs, from main to its exit code, in a child process and in the folder.
 *
 *     input.yaml         stdin
 *     config.yaml        the config, if there is one
 *     args               the command line, an argument on each line
 *     expected.yaml      stdout
 *     expected.err       stderr: the messages, and what was found and done
 *     expected.code      the exit code
 *
 * What is empty, or 0, has no file. `UPDATE=1 build/tests 'golden: *'` writes what is expected anew. */
#include "tests/cases.h"
#include "tests/tests.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int program_main(int argc, char **argv); /* main.c's main, see the Makefile */

static void write_file(Str path, Str text) {
    unlink(path.p);
    if (text.n)
        test_write_file(path.p, text);
}

/* Shows the first line in which the two differ. */
static void show_difference(const char *name, Str found, Str expected) {
    size_t line = 1;
    while (found.n && expected.n) {
        Str a = str_cut(&found, '\n'), b = str_cut(&expected, '\n');
        if (!str_eq(a, b)) {
            print_error("%s:%zu\n  found:    %.*s\n  expected: %.*s\n", name, line, F(a), F(b));
            return;
        }
        line++;
    }
    print_error("%s:%zu\n  %s here\n", name, line, found.n ? "more than expected from" : "nothing");
}

static bool is_as_expected(Arena *arena, Str directory, const char *name, Str found) {
    Str expected = {0};
    if (getenv("UPDATE"))
        write_file(str_format(arena, "%.*s/%s", F(directory), name), found);
    case_file(arena, directory, name, &expected);
    if (str_eq(found, expected))
        return true;
    show_difference(name, found, expected);
    return false;
}

_Noreturn static void run_main(Arena *arena, Str directory, FILE *out, FILE *err) {
    static const int caught[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV}; /* by cmocka, to go on with its tests */
    Arguments args = case_arguments(arena, directory);
    for (size_t i = 0; i < COUNT(caught); i++)
        (void)signal(caught[i], SIG_DFL);
    int in = chdir(directory.p) == 0 ? open("input.yaml", O_RDONLY) : -1;
    if (dup2(in, STDIN_FILENO) < 0 || dup2(fileno(out), STDOUT_FILENO) < 0 || dup2(fileno(err), STDERR_FILENO) < 0)
        _exit(127);
    if (access("config.yaml", R_OK) == 0)
        *PUSH(arena, &args) = (char *)(uintptr_t) "--config=config.yaml";
    *PUSH(arena, &args) = NULL;
    exit(program_main((int)args.n - 1, args.at));
}

/* What was written to the file, which is closed. */
static Str written(Arena *arena, FILE *file) {
    size_t n = (size_t)lseek(fileno(file), 0, SEEK_END);
    char *text = NEW_ARRAY(arena, char, n + 1);
    assert_int_equal(pread(fileno(file), text, n, 0), n);
    (void)fclose(file);
    return (Str){text, n};
}

static void golden(void **state) {
    Arena *arena = test_arena();
    Str directory = str(*state);
    FILE *out = tmpfile(), *err = tmpfile();
    int status = 0;
    assert_true(out && err);
    (void)fflush(NULL); /* or the child has it, too */
    pid_t child = fork();
    if (child == 0)
        run_main(arena, directory, out, err);
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    Str said = written(arena, err);
    bool says = is_as_expected(arena, directory, "expected.err", said);
    bool gives = is_as_expected(arena, directory, "expected.yaml", written(arena, out));
    bool exits = is_as_expected(arena, directory, "expected.code", code ? str_format(arena, "%d\n", code) : S(""));
    assert_true(code == EXIT_DONE || said.n); /* who fails says why */
    test_arena_done(arena);
    assert_true(says && gives && exits);
}

/* ---- the kinds of cases, in testdata/README.md ---- */

static glob_t found; /* the folders; the paths live as long as the tests */

/* Counts the cases that `patterns` fit, which are in backticks, and that no kind before has. A pattern has to fit one.
 */
static size_t count_kind(Arena *arena, Str patterns, bool *counted) {
    size_t all = 0;
    for (str_cut(&patterns, '`'); patterns.n; str_cut(&patterns, '`')) {
        Str pattern = str_copy(arena, str_cut(&patterns, '`'));
        size_t n = 0;
        for (size_t i = 0; i < found.gl_pathc; i++)
            if (!counted[i] && fnmatch(pattern.p, found.gl_pathv[i] + sizeof "testdata", 0) == 0)
                counted[i] = ++n;
        if (!n)
            fail_msg("testdata/README.md: no case is left for `%s`", pattern.p);
        all += n;
    }
    return all;
}

/* Each row that ends with a number is a kind: its name, the patterns of its cases, how many they are. */
static void readme_counts_the_cases(void **state) {
    Arena *arena = test_arena();
    Str text = test_file(arena, "testdata/README.md");
    bool *counted = NEW_ARRAY(arena, bool, found.gl_pathc);
    Buf out = {.arena = arena};
    (void)state;
    for (Str rest = text; rest.n;) {
        Str line = str_cut(&rest, '\n'), cells = line, before = str_cut(&cells, '|'), kind = str_cut(&cells, '|');
        Str patterns = str_cut(&cells, '|');
        int number;
        if (before.n == 0 && str_to_int(str_trim(str_cut(&cells, '|')), &number))
            buf_format(&out, "|%.*s|%.*s| %zu |\n", F(kind), F(patterns), count_kind(arena, patterns, counted));
        else if (str_starts(line, S("There are ")))
            buf_format(&out, "There are %zu%.*s\n", found.gl_pathc,
                       F(str_skip(line, strlen("There are ") + strspn(line.p + strlen("There are "), "0123456789"))));
        else
            buf_format(&out, "%.*s\n", F(line));
    }
    for (size_t i = 0; i < found.gl_pathc; i++)
        if (!counted[i])
            fail_msg("testdata/README.md: %s is of no kind", found.gl_pathv[i]);
    if (getenv("UPDATE"))
        test_write_file("testdata/README.md", buf_str(&out));
    else if (!str_eq(buf_str(&out), text))
        show_difference("testdata/README.md", text, buf_str(&out));
    assert_true(getenv("UPDATE") || str_eq(buf_str(&out), text));
    test_arena_done(arena);
}

size_t golden_tests(struct CMUnitTest **tests) {
    if (glob("testdata/*/input.yaml", 0, NULL, &found) != 0)
        return 0;
    *tests = calloc(found.gl_pathc + 1, sizeof **tests);
    size_t n = 0;
    for (; *tests && n < found.gl_pathc; n++) {
        char *path = found.gl_pathv[n];
        path[strlen(path) - strlen("/input.yaml")] = '\0';
        (*tests)[n] = (struct CMUnitTest){.name = path + sizeof "testdata", .test_func = golden, .initial_state = path};
    }
    if (*tests)
        (*tests)[n++] = (struct CMUnitTest){.name = "README.md", .test_func = readme_counts_the_cases};
    return n;
}
