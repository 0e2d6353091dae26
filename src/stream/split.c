/* A byte stream cut into documents, and all of them probed. */
#include "stream/stream.h"

#include "stream/lists.h"
#include "stream/probe.h"
#include "yaml/json.h"
#include "yaml/source.h"

/* The offset after the JSON value at the start of `text`, which begins with '{'; the end when it does not close. */
static size_t json_end(Str text) {
    Json json = json_at(text, 0);
    while (json_next(&json))
        ;
    return json.depth > 0 ? text.n : json.at;
}

/* The length of the byte order mark at `at`; 0 when there is none. */
static size_t bom_at(Str text, size_t at) {
    return text.p[at] == '\xEF' && str_starts(str_skip(text, at), S("\xEF\xBB\xBF")) ? 3 : 0;
}

/* JSON documents may follow each other without anything between them, as jq writes them. */
static void add_documents(Arena *arena, Stream *stream, Str text) {
    for (;;) {
        Str json = str_trim(without_bom(text)), after = {0};
        if (str_starts(json, S("{")))
            after = str_trim(str_skip(json, json_end(json)));
        if (!str_starts(after, S("{")))
            break;
        stream_add_document(arena, stream, str_head(text, (size_t)(after.p - text.p)));
        text = str_skip(text, (size_t)(after.p - text.p));
    }
    if (text.n)
        stream_add_document(arena, stream, text);
}

static bool has_lone_return(Str text) {
    for (size_t at = 0; at < text.n;) {
        const char *cr = memchr(text.p + at, '\r', text.n - at);
        if (!cr)
            return false;
        at = (size_t)(cr - text.p) + 1;
        if (at == text.n || text.p[at] != '\n')
            return true;
    }
    return false;
}

/* The document that is being cut. */
typedef struct Cut {
    size_t start;
    bool content; /* something of it was there, if only its marker */
    bool bare;    /* nothing but markers and comments */
} Cut;

static void end_document(Arena *arena, Stream *stream, Cut *cut, size_t end) {
    add_documents(arena, stream, (Str){stream->text.p + cut->start, end - cut->start});
    *cut = (Cut){.start = end, .bare = true};
}

/* What a line says of the document it is in. Most lines come after the first that says something, and are not looked
 * at.
 */
static void note_line(Cut *cut, Str line, bool marker) {
    if (!cut->bare && cut->content)
        return;
    Str said = str_trim(marker ? str_skip(line, 3) : line);
    bool says = said.n && said.p[0] != '#';
    cut->bare &= !says;
    cut->content |= marker || (says && line.p[0] != '%');
}

/* "---" at the start of a line begins a document wherever it is, in block scalars and quotes too, and "..." ends one:
 * so the cuts are exact without reading what is between them. Comments and directives belong to the document that
 * follows. Where files were joined, each may begin with a byte order mark, before its "---" or after the one that
 * joins: libyaml accepts the mark only at the start of a text, so a document starts with it. */
static void cut(Arena *arena, Stream *stream) {
    Str text = stream->text;
    stream->lone_returns = has_lone_return(text);
    Cut cut = {.bare = true};
    for (size_t at = 0, next; at < text.n; at = next) {
        size_t bom = bom_at(text, at);
        next = stream->lone_returns ? line_after(text, at) : next_line(text, at);
        Str line = without_breaks((Str){text.p + at + bom, next - at - bom});
        char c = line.n ? line.p[0] : '#';
        bool marker = c == '-' && is_marker(line, "---");
        if (at > cut.start && ((marker && cut.content) || (bom && (marker || cut.bare))))
            end_document(arena, stream, &cut, at);
        note_line(&cut, line, marker);
        if (marker)
            stream->separated = true;
        else if (c == '.' && is_marker(line, "..."))
            end_document(arena, stream, &cut, next);
    }
    if (cut.start < text.n)
        add_documents(arena, stream, str_skip(text, cut.start));
}

bool stream_read(Arena *arena, Workers *workers, Str text, Stream *stream, Diagnostics *diagnostics) {
    *stream = (Stream){.text = text, .arena = arena, .workers = workers};
    if (str_starts(text, S("\xFF\xFE")) || str_starts(text, S("\xFE\xFF"))) {
        diag_place(diag_add(diagnostics, ERROR, "found UTF-16, expected UTF-8"), S("stdin"), text, 0);
        return false;
    }
    ptrdiff_t newline = str_find_char(text, '\n');
    stream->crlf = newline > 0 && text.p[newline - 1] == '\r';
    cut(arena, stream);
    if (stream->cut > MAX_DOCUMENTS) {
        diag_add(diagnostics, ERROR, "found %zu documents, expected at most %d", stream->cut, MAX_DOCUMENTS)->source =
            S("stdin");
        return false;
    }
    probe_new(arena, stream);
    open_lists(arena, stream);
    if (has_syntax_errors(stream))
        report_syntax_errors(arena, stream, diagnostics);
    return !has_syntax_errors(stream);
}
