#include "yaml/explain.h"

#include <libfyaml.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGEST_EXPLAINED = 1 << 20, LONGEST_EXPLANATION = 200 };

static void be_quiet(struct fy_diag *diag, void *user, const char *text, size_t n) {
    (void)diag, (void)user, (void)text, (void)n;
}

/* Writes the first thing libfyaml finds wrong to `fd`. */
static void diagnose(Str document, int fd) {
    struct fy_diag_cfg settings;
    fy_diag_cfg_default(&settings);
    settings.fp = NULL;
    settings.output_fn = be_quiet;
    settings.level = FYET_ERROR;
    struct fy_diag *diag = fy_diag_create(&settings);
    if (!diag)
        return;
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET, .diag = diag};
    struct fy_parser *parser = fy_parser_create(&config);
    if (!parser || fy_parser_set_string(parser, document.p, document.n) != 0)
        return;
    for (struct fy_event *event; (event = fy_parser_parse(parser));)
        fy_parser_event_free(parser, event);
    void *iterator = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &iterator);
    if (error && error->msg) {
        Str message = str_head(str(error->msg), LONGEST_EXPLANATION);
        ssize_t ignored = write(fd, message.p, message.n);
        (void)ignored;
    }
}

/* libfyaml 0.7.12 does not outlive a malloc that fails in fy_parser_set_string, and what it is given here is broken by
 * definition. So it works in a process of its own: whatever happens there, the error of libyaml stands. */
Str explain(Arena *arena, Str document, Str message) {
    int ends[2];
    char text[LONGEST_EXPLANATION];
    if (document.n > LARGEST_EXPLAINED || pipe(ends) != 0)
        return message;
    pid_t child = fork();
    if (child == 0) {
        diagnose(document, ends[1]);
        _exit(0);
    }
    close(ends[1]);
    ssize_t n = child > 0 ? read(ends[0], text, sizeof text) : 0;
    close(ends[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    return n > 0 ? str_format(arena, "%.*s (%.*s)", F(message), (int)n, text) : message;
}

void explain_diagnostics(Arena *arena, Diagnostics *diagnostics) {
    for (size_t i = 0; i < diagnostics->list.n; i++) {
        Diagnostic *f = &diagnostics->list.at[i];
        if (f->malformed.n)
            f->message = explain(arena, f->malformed, f->message);
    }
}
