/* The tests that run the program in its hosts and beside real servers: each executable scripts/test.d/NAME is a test.
 * Exit code 0 is a pass; 77 says, in its last line of output, why it was skipped; anything else is a failure, and its
 * output is shown. */
#include "tests.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77 };

static void show(FILE *output) {
    char line[4096];
    rewind(output);
    while (fgets(line, sizeof line, output))
        print_error("    %s", line);
}

static int run(const char *path, FILE *output) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        dup2(fileno(output), STDOUT_FILENO);
        dup2(fileno(output), STDERR_FILENO);
        execl(path, path, (char *)NULL);
        _exit(127);
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void run_program(void **state) {
    const char *path = *state;
    FILE *output = tmpfile();
    assert_non_null(output);
    int code = run(path, output);
    if (code != 0)
        show(output);
    (void)fclose(output);
    if (code == SKIPPED)
        skip();
    if (code != 0)
        fail_msg("%s: exit code %d", path, code);
}

size_t programs_tests(struct CMUnitTest **tests) {
    static glob_t found; /* the paths live as long as the tests */
    if (glob("scripts/test.d/*", 0, NULL, &found) != 0)
        return 0;
    *tests = calloc(found.gl_pathc, sizeof **tests);
    size_t n = 0;
    for (size_t i = 0; *tests && i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        if (access(path, X_OK) != 0) /* what they share is no test */
            continue;
        (*tests)[n++] = (struct CMUnitTest){
            .name = path + sizeof "scripts/test.d", .test_func = run_program, .initial_state = found.gl_pathv[i]};
    }
    return n;
}
