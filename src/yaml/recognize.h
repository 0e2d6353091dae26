/* What can be known of a text without parsing it: its characters, and scalars on one line. Each function says what is
 * certain, and leaves the rest to libyaml. */
#ifndef RECOGNIZE_H
#define RECOGNIZE_H

#include "base/base.h"

/* Printable characters and line feeds alone: no tabs, no carriage returns. */
bool is_plain_text(Str s);
/* Nothing, or a comment with a space before it. `s` is what follows a value on its line. */
static inline bool is_end_of_line(Str s) {
    size_t n = leading_spaces(s);
    return n == s.n || (n > 0 && s.p[n] == '#');
}

enum { IN_WORD = 1 };
extern const unsigned char classes[256]; /* of characters: IN_WORD, and others that recognize.c knows */

/* A quoted string on one line. */
typedef struct Quoted {
    size_t length;   /* with the quotes; 0 when that is not certain */
    bool is_literal; /* what is between the quotes is its text */
    bool hides;      /* an escape in it means a letter */
} Quoted;

Quoted quoted(Str s);
/* Its length if there are no escapes in it; else 0. */
size_t literal_length(Str s);
/* The length of the letters, digits and "-./_" at the start of `s`. */
static inline size_t word_length(Str s) {
    size_t n = 0;
    while (n < s.n && (classes[(unsigned char)s.p[n]] & IN_WORD))
        n++;
    return n;
}

/* The length of a plain scalar at the start of `s`, which ends where a comment starts; 0 when that is not certain. */
size_t plain_length(Str s);
/* "[a, b]" of words and simple quoted strings, and "{}"; and one of these items. 0 for anything else. */
size_t flow_length(Str s);
size_t flow_item_length(Str s);

#endif
