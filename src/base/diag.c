#include "base/diag.h"

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

size_t diag_line(Str text, size_t offset) {
    size_t line = 1;
    for (size_t i = 0; i < offset && i < text.n; i++)
        line += text.p[i] == '\n' || (text.p[i] == '\r' && (i + 1 == text.n || text.p[i + 1] != '\n'));
    return line;
}

static bool is_break(char c) {
    return c == '\n' || c == '\r';
}

/* In an empty line nothing can be shown, and the last one no editor has: what ends there ends with the text before. */
static size_t place_to_show(Str text, size_t offset) {
    bool empty = (offset >= text.n || is_break(text.p[offset])) && (offset == 0 || is_break(text.p[offset - 1]));
    Str before = str_trim(str_head(text, offset));
    return empty && before.n ? (size_t)(before.p - text.p) + before.n : offset;
}

void diag_place(Diagnostic *f, Str source, Str text, size_t offset) {
    if (f->suppressed) /* counting the lines of a large stream takes a while */
        return;
    offset = place_to_show(text, offset < text.n ? offset : text.n);
    size_t start = offset, end = offset;
    while (start > 0 && !is_break(text.p[start - 1]))
        start--;
    while (end < text.n && !is_break(text.p[end]))
        end++;
    start += str_starts(str_skip(text, start), S("\xEF\xBB\xBF")) ? 3 : 0; /* of no width */
    f->line = diag_line(text, offset);
    f->source = source;
    f->text = text;
    f->excerpt = (Str){text.p + start, end - start};
    f->column = 1; /* counts characters, as every editor does */
    for (size_t at = start; at < offset; f->column++)
        utf8_next(text, &at);
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

/* How many columns of a terminal it takes, as most of them have it (Unicode's East Asian Width). */
static size_t width_of(uint32_t c) {
    static const uint32_t others[][3] = {
        /* first, last, width */
        {0x300, 0x36F, 0},   {0x200B, 0x200F, 0}, {0x20D0, 0x20FF, 0}, {0xFE00, 0xFE0F, 0},   {0xFEFF, 0xFEFF, 0},
        {0x1100, 0x115F, 2}, {0x2E80, 0x303E, 2}, {0x3041, 0xA4CF, 2}, {0xAC00, 0xD7A3, 2},   {0xF900, 0xFAFF, 2},
        {0xFE30, 0xFE6F, 2}, {0xFF00, 0xFF60, 2}, {0xFFE0, 0xFFE6, 2}, {0x1F300, 0x1FAFF, 2}, {0x20000, 0x3FFFD, 2},
    };
    for (size_t i = 0; i < COUNT(others); i++)
        if (c >= others[i][0] && c <= others[i][1])
            return others[i][2];
    return 1;
}

void diag_point(const Diagnostic *f, bool colour, Buf *out) {
    Str line = f->excerpt;
    size_t half = LONGEST_EXCERPT / 2, first = line.n > LONGEST_EXCERPT && f->column > half ? f->column - half : 1;
    Buf mark = {.arena = out->arena};
    if (!f->line || !line.n)
        return;
    buf_add(out, S("    "));
    for (size_t at = 0, column = 1; at < line.n && column < first + LONGEST_EXCERPT; column++) {
        size_t start = at;
        uint32_t c = utf8_next(line, &at);
        bool tab = c == '\t', shown = tab || char_length(line, start) > 0;
        if (column < first)
            continue;
        buf_add(out, shown ? (Str){line.p + start, at - start} : S("?"));
        if (column < f->column)
            buf_fill(&mark, tab ? '\t' : ' ', shown ? width_of(c) : 1);
    }
    buf_format(out, "\n    %.*s%s^%s\n", F(buf_str(&mark)), colour ? "\033[1;31m" : "", colour ? "\033[0m" : "");
}
