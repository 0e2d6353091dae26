/* The world outside: input, output, exit codes, and which host is calling. Nothing of YAML. */
#include "base/io.h"
#include "cli/options.h"
#include "report/report.h"
#include "transform.h"
#include "yaml/explain.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- saying what is wrong ---- */

#define OUT_OF_MEMORY S(PROGRAM ": out of memory; nothing was written\n")

/* https://no-color.org */
static bool takes_colour(int fd) {
    const char *no_color = getenv("NO_COLOR");
    return isatty(fd) && !(no_color && *no_color);
}

/* A line for each, as programs read it. What is no YAML is shown below its line, with a caret; to a person, every error
 * is. */
static Str faults_text(Arena *arena, const Diagnostics *diagnostics) {
    bool to_a_person = isatty(STDERR_FILENO);
    Buf out = {.arena = arena};
    for (size_t i = 0; i < diagnostics->list.n; i++) {
        const Diagnostic *f = &diagnostics->list.at[i];
        diag_print(f, &out);
        if (f->severity == ERROR && (to_a_person || f->malformed.n))
            diag_point(f, takes_colour(STDERR_FILENO), &out);
    }
    if (diagnostics->suppressed_count)
        buf_format(&out, "and %zu more\n", diagnostics->suppressed_count);
    return buf_str(&out);
}

static void say(Str text) {
    io_write_all(STDERR_FILENO, &text, 1); /* where stderr is gone, there is nobody to tell */
}

/* Helm 4 shows nothing of a plugin's stderr. So an error also goes to the terminal, when there is one, and into a file
 * beside the plugin, which the next run without error removes. Another plugin that runs Helm 3 hands its own name and
 * directory on: nothing there is ours. */
static Str plugin_error_file(Arena *arena) {
    const char *name = getenv("HELM_PLUGIN_NAME"), *directory = getenv("HELM_PLUGIN_DIR");
    if (!name || !str_is(str(name), PROGRAM) || !directory)
        return (Str){0};
    return str_format(arena, "%s/error.txt%c", directory, '\0');
}

static void write_file(const char *path, int flags, Str text) {
    int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC | flags, 0600);
    if (fd >= 0) {
        io_write_all(fd, &text, 1);
        close(fd);
    }
}

static int give_up(Arena *arena, Str text) {
    say(text);
    Str file = plugin_error_file(arena);
    if (file.n) {
        write_file("/dev/tty", 0, text);
        write_file(file.p, O_CREAT | O_TRUNC, text);
    }
    return EXIT_TROUBLE;
}

static int give_up_with(Arena *arena, const char *what, const char *why) {
    Buf text = {.arena = arena};
    buf_add(&text, S(PROGRAM ": "));
    buf_add_safely(&text, str(what));
    buf_format(&text, ": %s\n", why);
    return give_up(arena, buf_str(&text));
}

/* ---- answering ---- */

static bool write_out(const Str *chunks, size_t count) {
    return io_write_all(STDOUT_FILENO, chunks, count) && io_close(STDOUT_FILENO);
}

static int answer(Arena *arena, Mode mode, Outcome *o) {
    Buf out = {.arena = arena};
    int code = EXIT_DONE;
    switch (mode) {
    case MODE_CHECK:
        return o->changed ? EXIT_DIFFERENT : EXIT_DONE;
    case MODE_DIFF:
        report_diff(arena, &o->stream, &o->chunks, takes_colour(STDOUT_FILENO), &out);
        code = o->changed ? EXIT_DIFFERENT : EXIT_DONE;
        break;
    case MODE_PLAN:
    case MODE_PLAN_SHORT:
        report_plan(&o->model, mode == MODE_PLAN, isatty(STDOUT_FILENO), &out);
        break;
    case MODE_PLAN_JSON:
        report_plan_json(&o->model, &out);
        break;
    case MODE_MERMAID:
        report_mermaid(&o->model, &out);
        break;
    case MODE_DOT:
        report_dot(&o->model, &out);
        break;
    default:
        break;
    }
    Str text = buf_str(&out);
    bool written = mode == MODE_FILTER ? write_out(o->chunks.at, o->chunks.n) : write_out(&text, 1);
    return written ? code : give_up_with(arena, "stdout", strerror(errno));
}

static int settle(Arena *arena, const Options *options, Outcome *o) {
    if (o->out_of_memory)
        return give_up(arena, OUT_OF_MEMORY);
    if (!o->ok) {
        explain_diagnostics(arena, &o->diagnostics);
        return give_up(arena, faults_text(arena, &o->diagnostics));
    }
    say(faults_text(arena, &o->diagnostics));
    if (!options->quiet && options->mode == MODE_FILTER)
        say(o->summary);
    Str file = plugin_error_file(arena);
    if (file.n)
        unlink(file.p);
    return answer(arena, options->mode, o);
}

static int run(Arena *arena, const Options *options, Request *request) {
    Outcome outcome;
    request->sets = options->sets.at;
    request->set_count = options->sets.n;
    request->strict = options->strict;
    request->generate = options->generate ? GENERATE : options->from_nothing ? GENERATE_FROM_NOTHING : GENERATE_NEVER;
    request->needs_mailu = options->mode == MODE_CHECK;
    request->keep_history = options->mode != MODE_FILTER && options->mode != MODE_CHECK;
    transform(arena, request, &outcome);
    int code = settle(arena, options, &outcome);
    transform_done(&outcome);
    return code;
}

static bool read_file(const char *path, Request *request) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *bytes;
    if (fd < 0)
        return false;
    bool read = io_read_all(fd, &bytes, &request->config.n);
    int trouble = errno;
    close(fd);
    errno = trouble;
    if (!read)
        return false;
    request->config.p = bytes;
    request->config_name = str(path);
    request->has_config = true;
    return true;
}

static int print_config(Arena *arena, const Options *options, Request *request) {
    Config config;
    Diagnostics diagnostics = {.arena = arena};
    config_init(&config, arena);
    if (request->has_config)
        config_read(&config, arena, request->config_name, request->config, &diagnostics);
    for (size_t i = 0; i < options->sets.n && !diagnostics.errors; i++)
        config_set(&config, options->sets.at[i], &diagnostics);
    if (diagnostics.errors || !config_check(&config, &diagnostics)) {
        explain_diagnostics(arena, &diagnostics);
        return give_up(arena, faults_text(arena, &diagnostics));
    }
    Str text = config_print(arena, &config);
    return write_out(&text, 1) ? EXIT_DONE : give_up_with(arena, "stdout", strerror(errno));
}

static int filter(Arena *arena, const Options *options, Request *request) {
    char *bytes;
    if (isatty(STDIN_FILENO))
        return give_up(arena, S(PROGRAM ": stdin is a terminal, expected manifests: helm template ... | " PROGRAM
                                        "; see --help\n"));
    if (!io_read_all(STDIN_FILENO, &bytes, &request->stream.n))
        return give_up_with(arena, "stdin", strerror(errno));
    request->stream.p = bytes;
    int code = run(arena, options, request);
    free(bytes);
    return code;
}

static int serve(Arena *arena, int argc, char **argv) {
    Options options;
    Request request = {0};
    Str trouble;
    if (!options_parse(arena, argc, argv, &options, &trouble))
        return give_up(arena, str_format(arena, PROGRAM ": %.*s\n", F(trouble)));
    if (options.mode == MODE_TEXT)
        return write_out(&options.text, 1) ? EXIT_DONE : give_up_with(arena, "stdout", strerror(errno));
    if (options.config && !read_file(options.config, &request))
        return give_up_with(arena, options.config, strerror(errno));
    int code =
        options.mode == MODE_PRINT_CONFIG ? print_config(arena, &options, &request) : filter(arena, &options, &request);
    free((void *)(uintptr_t)request.config.p);
    return code;
}

int main(int argc, char **argv) {
    static jmp_buf no_memory;
    static Arena arena;
    (void)signal(SIGPIPE, SIG_IGN); /* a reader that went away is a write that fails */
    arena.no_memory = &no_memory;
    if (setjmp(no_memory)) {
        say(OUT_OF_MEMORY);
        return EXIT_TROUBLE;
    }
    int code = serve(&arena, argc, argv);
    arena_free(&arena);
    return code;
}
