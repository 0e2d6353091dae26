/* The source of a document as lines and columns. A line ends with "\n", "\r\n" or a "\r" alone. */
#ifndef SOURCE_H
#define SOURCE_H

#include "base/base.h"

/* Where the line that holds `offset` starts (after a byte order mark), and where it ends, without its break. */
size_t line_start(Str text, size_t offset);
size_t line_end(Str text, size_t offset);
/* The first `wanted` from `from` on that is not in a comment; `to` when there is none. Between two nodes are only white
 * space, comments and indicators. */
size_t indicator(Str text, size_t from, size_t to, char wanted);
/* By how many columns JSON is indented whose root mapping starts at `root` and has its first key at `key`. */
uint8_t json_step(Str text, size_t root, size_t key);
/* Whether the header of the block scalar at `start` says to keep the line breaks at its end ("|+", ">2+"). */
bool keeps_breaks(Str text, size_t start);
/* How far `offset` is from the start of its line. */
uint32_t column_of(Str text, size_t offset);
/* The start of the line after that of `offset`; the end of the text when there is none. */
size_t line_after(Str text, size_t offset);
/* The length of the line break that ends at `offset`; 0 when none does. */
size_t line_break_before(Str text, size_t offset);
/* Whether it is a space or a tab; and whether the text is nothing else. */
bool is_blank(char c);
bool is_all_blank(Str s);

/* Whether nothing comes after the last line break; and `text` without the line breaks at its end. */
static inline bool ends_line(Str text) {
    return text.n == 0 || text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r';
}

static inline Str without_breaks(Str text) {
    while (text.n && ends_line(text))
        text.n--;
    return text;
}

/* `text` without the byte order mark that it may start with. */
Str without_bom(Str text);
/* The first line that says something, without marker and white space around: not empty, no comment. Empty when there is
 * none. */
Str first_content(Str text);
/* Whether a line starts with the marker "---" or "...": by itself, or with a space, tab or line break after it. */
bool is_marker(Str line, const char *marker);

#endif
