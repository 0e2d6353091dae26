#include "stream/fragment.h"

#include "yaml/source.h"

#include <string.h>

/* The place of the comma after the ']' that a tail in JSON starts with; 0 when there is none. */
static size_t comma_of(Str tail) {
    Str rest = str_trim(str_skip(tail, 1));
    return str_starts(rest, S(",")) ? (size_t)(rest.p - tail.p) : 0;
}

/* A copy with `room` for more at its end. */
static char *copy_with_room(Arena *arena, Str text, size_t room) {
    char *copy = NEW_ARRAY(arena, char, text.n + room);
    memcpy(copy, text.p, text.n);
    return copy;
}

Str fragment_text(Arena *arena, const Document *document) {
    static const char end[] = "null}";
    Str text = document->text;
    if (!document->json)
        return text;
    char *p = copy_with_room(arena, text, sizeof end);
    size_t comma = comma_of(text);
    switch (document->list_role) {
    case LIST_HEAD:
        memcpy(p + text.n, end, sizeof end);
        return (Str){p, text.n + sizeof end - 1};
    case LIST_ITEM:
        p[0] = '[';
        p[text.n] = ']';
        return (Str){p, text.n + 1};
    default:
        p[0] = '{';
        if (comma)
            p[comma] = ' ';
        return (Str){p, text.n};
    }
}

Str content_text(Arena *arena, const Document *document) {
    Str text = document->text;
    if (document->list_role != LIST_ITEM)
        return fragment_text(arena, document);
    char *p = copy_with_room(arena, text, 1);
    p[document->json ? 0 : str_find_char(text, '-')] = ' ';
    return (Str){p, text.n};
}

/* The results when nothing followed the items, the last of which may lack its line end. */
static Str new_tail(Arena *arena, const Document *part, Str text) {
    Str newline = str_starts(str_skip(text, line_end(text, 0)), S("\r")) ? S("\r\n") : S("\n");
    Buf out = {.arena = arena};
    if (part->text.p[-1] != '\n')
        buf_add(&out, newline);
    buf_add(&out, text);
    return buf_str(&out);
}

Str fragment_written(Arena *arena, const Document *part, Str text) {
    if (!part->text.n)
        return new_tail(arena, part, text);
    char *p = copy_with_room(arena, text, 1);
    if (!part->json)
        return (Str){p, text.n};
    size_t comma = comma_of(part->text);
    p[0] = part->text.p[0];
    if (part->list_role == LIST_ITEM)
        return (Str){p, text.n - 1};
    if (comma) {
        p[comma] = ',';
        return (Str){p, text.n};
    }
    memcpy(p + 1, text.p, text.n);
    p[1] = ',';
    return (Str){p, text.n + 1};
}
