#include "yaml/explain.h"

#include <libfyaml.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGEST_EXPLAINED = 1 << 20, LONGEST_EXPLANATION = 4096, MOST_LINES = 8 };

typedef struct Report {
    char text[LONGEST_EXPLANATION];
    size_t n;
} Report;

static void collect(struct fy_diag *diag, void *user, const char *text, size_t n) {
    Report *report = user;
    (void)diag;
    if (n > sizeof report->text - report->n)
        n = sizeof report->text - report->n;
    memcpy(report->text + report->n, text, n);
    report->n += n;
}

/* What libfyaml prints about the first error that it finds: "<place>: error: message", the line, and a caret. */
static void read_with_libfyaml(Str document, Report *report) {
    struct fy_diag_cfg settings;
    fy_diag_cfg_default(&settings);
    settings.fp = NULL;
    settings.output_fn = collect;
    settings.user = report;
    settings.level = FYET_ERROR;
    settings.colorize = false;
    struct fy_diag *diag = fy_diag_create(&settings);
    struct fy_parse_cfg config = {.diag = diag};
    struct fy_parser *parser = diag ? fy_parser_create(&config) : NULL;
    if (!parser || fy_parser_set_string(parser, document.p, document.n) != 0)
        return;
    for (struct fy_event *event; (event = fy_parser_parse(parser));)
        fy_parser_event_free(parser, event);
}

/* libfyaml 0.7.12 crashes when malloc fails in fy_parser_set_string, and its input here is malformed by definition. So
 * it runs in a child process: if that fails, libyaml's error is reported. */
static Str report_of(Arena *arena, Str document) {
    int ends[2];
    if (document.n > LARGEST_EXPLAINED || pipe(ends) != 0)
        return (Str){0};
    pid_t child = fork();
    if (child == 0) {
        static Report report;
        read_with_libfyaml(document, &report);
        ssize_t ignored = write(ends[1], report.text, report.n);
        (void)ignored;
        _exit(0);
    }
    close(ends[1]);
    char *text = NEW_ARRAY(arena, char, LONGEST_EXPLANATION);
    size_t n = 0;
    for (ssize_t more = 1; child > 0 && more > 0 && n<LONGEST_EXPLANATION; n += more> 0 ? (size_t)more : 0)
        more = read(ends[0], text + n, LONGEST_EXPLANATION - n);
    close(ends[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    return (Str){text, n};
}

/* The source and the caret, when both are there. */
static Str lines_of(Str report) {
    Str rest = report, lines = {report.p, 0};
    for (int i = 0; i < MOST_LINES && rest.n; i++) {
        Str line = str_cut(&rest, '\n');
        if (!str_trim(line).n || str_has(line, ": error: "))
            break;
        lines.n = (size_t)(line.p + line.n - report.p);
    }
    return str_find_char(lines, '\n') >= 0 ? lines : (Str){0};
}

Str explain(Arena *arena, Str document, Str message, Str *lines) {
    Str report = report_of(arena, document), first = str_cut(&report, '\n'), error = S(": error: ");
    ptrdiff_t at = str_find(first, error);
    *lines = (Str){0};
    if (at < 0)
        return message;
    *lines = lines_of(report);
    return str_format(arena, "%.*s (%.*s)", F(message), F(str_skip(first, (size_t)at + error.n)));
}

void explain_diagnostics(Arena *arena, Diagnostics *diagnostics) {
    for (size_t i = 0; i < diagnostics->list.n; i++) {
        Diagnostic *f = &diagnostics->list.at[i];
        if (f->malformed.n)
            f->message = explain(arena, f->malformed, f->message, &f->lines);
    }
}
