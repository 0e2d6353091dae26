#include "yaml/source.h"

size_t line_end(Str text, size_t offset) {
    while (offset < text.n && text.p[offset] != '\n' && text.p[offset] != '\r')
        offset++;
    return offset;
}

size_t line_start(Str text, size_t offset) {
    while (offset > 0 && text.p[offset - 1] != '\n' && text.p[offset - 1] != '\r')
        offset--;
    if (offset == 0 && str_starts(text, S("\xEF\xBB\xBF")))
        return 3;
    return offset;
}

size_t indicator(Str text, size_t from, size_t to, char wanted) {
    for (size_t at = from; at < to; at++) {
        if (text.p[at] == wanted)
            return at;
        if (text.p[at] == '#')
            at = line_end(text, at);
    }
    return to;
}

bool keeps_breaks(Str text, size_t start) {
    size_t at = start;
    while (at < text.n && text.p[at] != '|' && text.p[at] != '>') { /* an anchor or a tag may come first */
        while (at < text.n && text.p[at] != ' ' && text.p[at] != '\t')
            at++;
        while (at < text.n && (text.p[at] == ' ' || text.p[at] == '\t'))
            at++;
    }
    for (at++; at < text.n && at <= start + 256; at++) {
        if (text.p[at] == '+')
            return true;
        if (text.p[at] != '-' && (text.p[at] < '0' || text.p[at] > '9'))
            return false;
    }
    return false;
}

uint8_t json_step(Str text, size_t root, size_t key) {
    size_t line = line_start(text, key), step = key - line;
    return line > root && step > 0 && step <= 8 ? (uint8_t)step : 2;
}

uint32_t column_of(Str text, size_t offset) {
    return (uint32_t)(offset - line_start(text, offset));
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

bool is_all_blank(Str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!is_blank(s.p[i]))
            return false;
    return true;
}

size_t line_after(Str text, size_t offset) {
    size_t at = line_end(text, offset);
    if (at < text.n && text.p[at] == '\r')
        at++;
    if (at < text.n && text.p[at] == '\n')
        at++;
    return at;
}

size_t line_break_before(Str text, size_t offset) {
    if (offset >= 2 && text.p[offset - 2] == '\r' && text.p[offset - 1] == '\n')
        return 2;
    return offset >= 1 && (text.p[offset - 1] == '\n' || text.p[offset - 1] == '\r');
}

Str without_bom(Str text) {
    return str_starts(text, S("\xEF\xBB\xBF")) ? str_skip(text, 3) : text;
}

Str first_content(Str text) {
    Str line = {0};
    text = without_bom(text);
    while (text.n && (!line.n || line.p[0] == '#')) {
        line = str_head(text, line_end(text, 0));
        text = str_skip(text, line.n + 1); /* "\r\n" gives an empty line more */
        if (is_marker(line, "---") || is_marker(line, "..."))
            line = str_skip(line, 3);
        line = str_trim(line);
    }
    return str_starts(line, S("#")) ? S("") : line;
}

bool is_marker(Str line, const char *marker) {
    return line.n >= 3 && memcmp(line.p, marker, 3) == 0 &&
           (line.n == 3 || line.p[3] == ' ' || line.p[3] == '\t' || line.p[3] == '\r');
}
