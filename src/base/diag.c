#include "base/diag.h"

#include <string.h>

Diagnostic *diag_vadd(Diagnostics *diagnostics, Severity severity, const char *format, va_list args) {
    size_t *count = severity == ERROR     ? &diagnostics->errors
                    : severity == WARNING ? &diagnostics->warnings
                                          : &diagnostics->notes;
    if (++*count > MAX_DIAGNOSTICS) {
        diagnostics->suppressed_count++;
        diagnostics->suppressed = (Diagnostic){.severity = severity, .suppressed = true};
        return &diagnostics->suppressed;
    }
    Diagnostic *f = PUSH(diagnostics->arena, &diagnostics->list);
    *f = (Diagnostic){.severity = severity, .message = str_vformat(diagnostics->arena, format, args)};
    return f;
}

Diagnostic *diag_add(Diagnostics *diagnostics, Severity severity, const char *format, ...) {
    va_list args;
    va_start(args, format);
    Diagnostic *f = diag_vadd(diagnostics, severity, format, args);
    va_end(args);
    return f;
}

static bool same_fault(const Diagnostic *a, const Diagnostic *b) {
    return a->severity == b->severity && a->line == b->line && a->column == b->column && str_eq(a->source, b->source) &&
           str_eq(a->resource, b->resource) && str_eq(a->path, b->path) && str_eq(a->message, b->message) &&
           str_eq(a->namespace, b->namespace);
}

enum { REPEATS_WITHIN = 16 }; /* a repetition comes soon or never; there may be many diagnostics */

void diag_tidy(Diagnostics *diagnostics) {
    size_t kept = 0;
    for (size_t i = 0; i < diagnostics->list.n; i++) {
        const Diagnostic *f = &diagnostics->list.at[i];
        size_t same = kept > REPEATS_WITHIN ? kept - REPEATS_WITHIN : 0;
        while (same < kept && !same_fault(&diagnostics->list.at[same], f))
            same++;
        if (same == kept)
            diagnostics->list.at[kept++] = *f;
    }
    diagnostics->list.n = kept;
}

void diag_place(Diagnostic *f, Str source, Str text, size_t offset) {
    size_t start = 0;
    if (f->suppressed) /* counting the lines of a large stream takes a while */
        return;
    f->line = 1;
    for (size_t i = 0; i < offset && i < text.n; i++) {
        if (text.p[i] == '\n' || (text.p[i] == '\r' && (i + 1 == text.n || text.p[i + 1] != '\n'))) {
            f->line++;
            start = i + 1;
        }
    }
    size_t end = start;
    while (end < text.n && text.p[end] != '\n' && text.p[end] != '\r')
        end++;
    /* A column counts characters, as every editor does: continuation bytes do not count. */
    f->column = 1;
    for (size_t i = start; i < offset && i < end; i++)
        f->column += ((unsigned char)text.p[i] & 0xC0) != 0x80;
    f->source = source;
    f->excerpt = (Str){text.p + start, end - start};
}

void diag_tell(const Diagnostic *f, const char *program, Buf *out) {
    static const char *const severities[] = {[NOTE] = "note", [WARNING] = "warning", [ERROR] = "error"};
    Buf line = {.arena = out->arena};
    buf_format(&line, "%s: %s: ", program, severities[f->severity]);
    if (f->source.n)
        buf_format(&line, "%.*s:", F(f->source));
    if (f->line)
        buf_format(&line, "%zu:%zu:", f->line, f->column);
    if (f->source.n || f->line)
        buf_char(&line, ' ');
    if (f->resource.n)
        buf_format(&line, "%.*s: ", F(f->resource));
    if (f->path.n)
        buf_format(&line, "%.*s: ", F(f->path));
    buf_add(&line, f->message);
    if (f->name)
        buf_format(&line, " [%s]", f->name);
    buf_add_safely(out, buf_str(&line));
    buf_char(out, '\n');
}

enum { LONGEST_EXCERPT = 200 };

/* Lines that a library printed from a user's document: control characters in them must not reach the terminal. */
static void add_lines(Str lines, bool colour, Buf *out) {
    while (lines.n) {
        Str line = str_head(str_cut(&lines, '\n'), LONGEST_EXCERPT);
        bool mark = colour && str_has_only(line, "^~ \t");
        buf_add(out, mark ? S("    \033[1;31m") : S("    "));
        buf_add_safely(out, line);
        buf_add(out, mark ? S("\033[0m\n") : S("\n"));
    }
}

void diag_point(const Diagnostic *f, bool colour, Buf *out) {
    if (f->lines.n) {
        add_lines(f->lines, colour, out);
        return;
    }
    if (!f->line || !f->excerpt.n || f->excerpt.n > LONGEST_EXCERPT)
        return;
    buf_add(out, S("    "));
    Buf mark = {.arena = out->arena};
    for (size_t at = 0, column = 1; at < f->excerpt.n; column++) {
        size_t n = char_length(f->excerpt, at);
        Str c = {f->excerpt.p + at, n ? n : 1};
        bool tab = c.p[0] == '\t';
        /* One column for each character, so that the caret is under what it points at. */
        buf_add(out, n || tab ? c : S("?"));
        if (column < f->column)
            buf_char(&mark, tab ? '\t' : ' ');
        at += c.n;
    }
    buf_format(out, "\n    %.*s%s^%s\n", F(buf_str(&mark)), colour ? "\033[1;31m" : "", colour ? "\033[0m" : "");
}
