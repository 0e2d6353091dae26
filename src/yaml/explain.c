#include "yaml/explain.h"

#include "yaml/source.h"

#include <libfyaml.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGEST_EXPLAINED = 1 << 20, LONGEST_EXPLANATION = 4096 };

static void send(struct fy_diag *diag, void *fd, const char *text, size_t n) {
    ssize_t ignored = write(*(int *)fd, text, n);
    (void)diag;
    (void)ignored;
}

/* Sends what libfyaml prints about the first error that it finds: "NAME:LINE:COLUMN: error: MESSAGE", and more. */
static void read_with_libfyaml(Str document, int fd) {
    struct fy_diag_cfg settings;
    fy_diag_cfg_default(&settings);
    settings.fp = NULL;
    settings.output_fn = send;
    settings.user = &fd;
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
        read_with_libfyaml(document, ends[1]);
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

/* The offset of a line and a column, from 1, as libfyaml counts them: in characters, without a byte order mark. */
static size_t offset_of_place(Str document, int line, int column) {
    size_t at = line_start(document, 0);
    for (; line > 1 && at < document.n; line--)
        at = line_after(document, at);
    for (size_t end = line_end(document, at); column > 1 && at < end; column--)
        utf8_next(document, &at);
    return at;
}

/* Adds what libfyaml says, and goes where it does. It names the mistake where libyaml names the token it stumbled over.
 * It refuses some things that libyaml takes: what is not in the part that libyaml was reading is another mistake. */
static void explain(Arena *arena, Diagnostic *f) {
    int line, column;
    Str document = f->malformed, rest = report_of(arena, document), why = str_cut(&rest, '\n');
    (void)str_cut(&why, ':');
    if (!str_to_int(str_cut(&why, ':'), &line) || !str_to_int(str_cut(&why, ':'), &column) ||
        !str_starts(why, S(" error: ")))
        return;
    size_t offset = offset_of_place(document, line, column), start = (size_t)(document.p - f->text.p);
    Diagnostic there = *f;
    size_t line_at = line_start(document, offset);
    bool after_key = str_find_char(str_skip(str_head(document, offset), line_at), ':') >= 0;
    if (!(after_key && str_has(f->message, "mapping values"))) /* else it is the next line, which is indented too far */
        diag_place(&there, f->source, f->text, start + offset);
    if (offset < line_start(document, f->since) || there.line > f->line)
        return;
    why = str_skip(why, strlen(" error: "));
    if (str_find(f->message, why) < 0)
        there.message = str_format(arena, "%.*s (%.*s)", F(f->message), F(why));
    *f = there;
}

void explain_diagnostics(Arena *arena, Diagnostics *diagnostics) {
    for (size_t i = 0; i < diagnostics->list.n; i++) {
        Diagnostic *f = &diagnostics->list.at[i];
        if (f->malformed.n && f->since != SIZE_MAX)
            explain(arena, f);
    }
}
