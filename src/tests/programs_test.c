/* The tests that run the program in its hosts and beside real servers: each executable scripts/test.d/NAME is a test.
 * Exit code 0 is a pass; 77 says, in its last line of output, why it was skipped; anything else is a failure, and its
 * output is shown. They run beside the tests before them, as many at once as there are processors. */
#include "tests/tests.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77 };

typedef struct Program {
    const char *path;
    FILE *output;
    bool ended;
    int code; /* what it exited with, when it has */
} Program;

typedef struct Result {
    Program *program;
    int code;
} Result;

static glob_t found;      /* the paths live as long as the tests */
static Program *programs; /* one for each path */
static int results = -1;  /* where the workers say what came of each */

static void must(bool held, const char *what) {
    if (!held) {
        perror(what);
        exit(2);
    }
}

/* ---- running: the workers ---- */

static int run(const Program *program) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        dup2(fileno(program->output), STDOUT_FILENO);
        dup2(fileno(program->output), STDERR_FILENO);
        execl(program->path, program->path, (char *)NULL);
        _exit(127);
    }
    must(child > 0 && waitpid(child, &status, 0) == child, program->path);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Runs programs from the queue until it is empty. */
_Noreturn static void work(int queue, int answers) {
    Program *program = NULL;
    while (read(queue, &program, sizeof program) == sizeof program) {
        Result result = {program, run(program)};
        must(write(answers, &result, sizeof result) == sizeof result, program->path);
    }
    _exit(0);
}

static void open_pipe(int ends[2]) {
    must(pipe(ends) == 0, "pipe");
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
}

static void start_workers(int queue, size_t count) {
    int ends[2];
    open_pipe(ends);
    for (size_t i = 0; i < count; i++) {
        pid_t worker = fork();
        must(worker >= 0, "fork");
        if (worker == 0) {
            close(ends[0]);
            work(queue, ends[1]);
        }
    }
    close(ends[1]);
    results = ends[0];
}

/* ---- the tests: each waits for its program ---- */

static void await(const Program *program) {
    Result result;
    while (!program->ended && read(results, &result, sizeof result) == sizeof result) {
        result.program->code = result.code;
        result.program->ended = true;
    }
    assert_true(program->ended);
}

static void show(FILE *output) {
    char line[4096];
    rewind(output);
    while (fgets(line, sizeof line, output))
        print_error("    %s", line);
}

static void test_program(void **state) {
    const Program *program = *state;
    await(program);
    if (program->code != 0)
        show(program->output);
    (void)fclose(program->output);
    if (program->code == SKIPPED)
        skip();
    if (program->code != 0)
        fail_msg("%s: exit code %d", program->path, program->code);
}

size_t programs_tests(struct CMUnitTest **tests) {
    if (glob("scripts/test.d/*", 0, NULL, &found) != 0)
        return 0;
    *tests = calloc(found.gl_pathc, sizeof **tests);
    programs = calloc(found.gl_pathc, sizeof *programs);
    must(*tests && programs, "programs");
    size_t n = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        if (access(path, X_OK) != 0) /* what they share is no test */
            continue;
        programs[n].path = path;
        (*tests)[n] = (struct CMUnitTest){
            .name = path + sizeof "scripts/test.d", .test_func = test_program, .initial_state = &programs[n]};
        n++;
    }
    return n;
}

void programs_start(const struct CMUnitTest *tests, size_t count) {
    int queue[2];
    size_t n = 0;
    open_pipe(queue);
    for (size_t i = 0; i < count; i++) {
        if (tests[i].test_func != test_program)
            continue;
        Program *program = tests[i].initial_state;
        program->output = tmpfile();
        must(program->output && fcntl(fileno(program->output), F_SETFD, FD_CLOEXEC) == 0, "tmpfile");
        must(write(queue[1], &program, sizeof program) == sizeof program, "pipe");
        n++;
    }
    close(queue[1]);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    start_workers(queue[0], processors > 0 && (size_t)processors < n ? (size_t)processors : n);
    close(queue[0]);
}

void programs_end(void) {
    while (wait(NULL) > 0) {
    }
}
