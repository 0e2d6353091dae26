/* The world outside: input, output, exit codes, and which host is calling. Nothing of YAML. */
#include "base/io.h"
#include "cli/host.h"
#include "cli/inputs.h"
#include "cli/options.h"
#include "report/report.h"
#include "transform.h"
#include "yaml/explain.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- errors ---- */

#define ERROR_START PROGRAM ": error: "
#define OUT_OF_MEMORY S(ERROR_START "out of memory; nothing was written\n")

/* https://no-color.org */
static bool takes_colour(int fd) {
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fd) && !(no_color && *no_color) && term && !str_is(str(term), "dumb");
}

/* A line for each, as programs read it; notes are left out if only what is `urgent` is wanted. For malformed YAML the
 * source and a caret follow; on a terminal, for every error. */
static Str diagnostics_text(Arena *arena, const Diagnostics *diagnostics, bool urgent) {
    bool to_a_person = isatty(STDERR_FILENO);
    Buf out = {.arena = arena};
    for (size_t i = 0; i < diagnostics->list.n; i++) {
        const Diagnostic *f = &diagnostics->list.at[i];
        if (urgent && f->severity == NOTE)
            continue;
        diag_tell(f, PROGRAM, &out);
        if (f->severity == ERROR && (to_a_person || f->malformed.n))
            diag_point(f, takes_colour(STDERR_FILENO), &out);
    }
    if (diagnostics->suppressed_count)
        buf_format(&out, PROGRAM ": and %zu more\n", diagnostics->suppressed_count);
    return buf_str(&out);
}

static int give_up(Arena *arena, Str text) {
    host_say(arena, text, true);
    return EXIT_TROUBLE;
}

static int give_up_with(Arena *arena, const char *what, const char *why) {
    Buf text = {.arena = arena};
    buf_add(&text, S(ERROR_START));
    buf_add_safely(&text, str(what));
    buf_format(&text, ": %s\n", why);
    return give_up(arena, buf_str(&text));
}

/* ---- answering ---- */

/* Writes it where the user wants it. A reader that closes the pipe early, such as head, gets no message. */
static int write_out(Arena *arena, const Options *options, const Str *chunks, size_t count) {
    const char *to = options->output && !str_is(str(options->output), "-") ? options->output : NULL;
    bool written = to ? io_write_file(arena, to, chunks, count)
                      : io_write_all(STDOUT_FILENO, chunks, count) && io_close(STDOUT_FILENO);
    if (written)
        return EXIT_DONE;
    return !to && errno == EPIPE ? EXIT_TROUBLE : give_up_with(arena, to ? to : "stdout", strerror(errno));
}

/* In one line, what --check found. */
static Str check_summary(Arena *arena, Str summary) {
    Buf out = {.arena = arena};
    const Str name = S(PROGRAM ": ");
    buf_add(&out, S(PROGRAM ": --check: the stream needs changes: "));
    for (bool first = true; summary.n; first = false) {
        Str line = str_cut(&summary, '\n');
        buf_add(&out, first ? S("") : S("; "));
        buf_add(&out, str_starts(line, name) ? str_skip(line, name.n) : line);
    }
    buf_add(&out, S(" (--diff shows them; did the post-renderer or the plugin run?)\n"));
    return buf_str(&out);
}

static int answer(Arena *arena, const Options *options, Outcome *o) {
    Mode mode = options->mode;
    Buf out = {.arena = arena};
    int code = EXIT_DONE;
    switch (mode) {
    case MODE_CHECK:
        if (o->changed && !options->quiet)
            host_say(arena, check_summary(arena, o->summary), false);
        return o->changed ? EXIT_DIFFERENT : EXIT_DONE;
    case MODE_DIFF:
        report_diff(arena, &o->stream, &o->chunks, !options->output && takes_colour(STDOUT_FILENO), &out);
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
    case MODE_DOT:
        report_graph(&o->model, mode == MODE_DOT, &out);
        break;
    default:
        break;
    }
    Str text = buf_str(&out);
    int written = mode == MODE_FILTER ? write_out(arena, options, o->chunks.at, o->chunks.n)
                                      : write_out(arena, options, &text, 1);
    return written == EXIT_DONE ? code : written;
}

/* A KRM function's answer when it fails: the orchestrator reads the results, and takes no items from a function that
 * exits with an error. */
static void answer_failure(Arena *arena, const Options *options, Outcome *o) {
    Buf out = {.arena = arena};
    if (!o->is_function || options->config || options->mode != MODE_FILTER)
        return;
    report_failure(arena, &o->diagnostics, &out);
    Str text = buf_str(&out);
    io_write_all(STDOUT_FILENO, &text, 1);
}

static int settle(Arena *arena, const Options *options, const Inputs *inputs, Outcome *o) {
    if (o->out_of_memory)
        return give_up(arena, OUT_OF_MEMORY);
    if (!o->ok)
        explain_diagnostics(arena, &o->diagnostics);
    inputs_place(inputs, &o->diagnostics);
    if (!o->ok) {
        answer_failure(arena, options, o);
        return give_up(arena, diagnostics_text(arena, &o->diagnostics, true));
    }
    host_say(arena, diagnostics_text(arena, &o->diagnostics, false), o->diagnostics.warnings > 0);
    int code = answer(arena, options, o);
    if (!options->quiet && options->mode == MODE_FILTER && code == EXIT_DONE)
        host_say(arena, o->summary, false);
    return code;
}

static int run(Arena *arena, const Options *options, const Inputs *inputs, Request *request) {
    Outcome outcome;
    request->sets = options->sets.at;
    request->set_count = options->sets.n;
    request->strict = options->strict;
    request->generate = options->generate ? GENERATE : options->from_nothing ? GENERATE_FROM_NOTHING : GENERATE_NEVER;
    request->needs_mailu = options->mode == MODE_CHECK || host_is_helm_plugin();
    request->keep_history = options->mode != MODE_FILTER && options->mode != MODE_CHECK;
    transform(arena, request, &outcome);
    int code = settle(arena, options, inputs, &outcome);
    transform_done(&outcome);
    return code;
}

static bool read_config_file(const char *path, Request *request) {
    char *bytes;
    if (!file_read(path, &bytes, &request->config.n))
        return false;
    request->config.p = bytes;
    request->config_name =
        host_is_kustomize_plugin() ? S("") : str(path); /* a temporary file, whose name the user does not know */
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
        return give_up(arena, diagnostics_text(arena, &diagnostics, true));
    }
    Str text = config_print(arena, &config);
    return write_out(arena, options, &text, 1);
}

static int filter(Arena *arena, const Options *options, Request *request) {
    static const char *const from_stdin[] = {"-"};
    Inputs inputs;
    const char *failed = NULL;
    bool named = options->inputs.n > 0;
    if (!named && isatty(STDIN_FILENO))
        return give_up(arena, S(ERROR_START "stdin is a terminal, expected manifests: helm template ... | " PROGRAM
                                            ", or -f FILE; see --help\n"));
    bool read =
        inputs_read(arena, named ? options->inputs.at : from_stdin, named ? options->inputs.n : 1, &inputs, &failed);
    request->stream = (Str){inputs.bytes, inputs.n};
    int code = read ? run(arena, options, &inputs, request)
                    : give_up_with(arena, str_is(str(failed), "-") ? "stdin" : failed, strerror(errno));
    inputs_free(&inputs);
    return code;
}

static int serve(Arena *arena, int argc, char **argv) {
    Options options;
    Request request = {0};
    Str trouble;
    host_begin(arena);
    if (!options_parse(arena, argc, argv, &options, &trouble))
        return give_up(arena, str_format(arena, ERROR_START "%.*s\n", F(trouble)));
    if (options.mode == MODE_TEXT)
        return write_out(arena, &options, &options.text, 1);
    if (options.config && !read_config_file(options.config, &request))
        return give_up_with(arena, options.config, strerror(errno));
    int code =
        options.mode == MODE_PRINT_CONFIG ? print_config(arena, &options, &request) : filter(arena, &options, &request);
    free((void *)(uintptr_t)request.config.p);
    return code;
}

int main(int argc, char **argv) {
    static jmp_buf no_memory;
    static Arena arena;
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write */
    arena.no_memory = &no_memory;
    if (setjmp(no_memory)) {
        const Str text = OUT_OF_MEMORY;
        io_write_all(STDERR_FILENO, &text, 1);
        return EXIT_TROUBLE;
    }
    int code = serve(&arena, argc, argv);
    arena_free(&arena);
    return code;
}
