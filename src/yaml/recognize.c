#include "yaml/recognize.h"

#include <stdlib.h>

/* ---- bytes ---- */

/* The length of a character beyond ASCII that libyaml accepts and does not treat as a line break; 0 for any other. */
static size_t wide_length(Str s, size_t at) {
    size_t end = at;
    uint32_t c = utf8_next(s, &end);
    bool fine = c >= 0xA0 && c != 0x2028 && c != 0x2029 && c != 0xFEFF && c != 0xFFFE && c != 0xFFFF;
    return fine && c != NO_CHARACTER ? end - at : 0;
}

enum { STRIDE = 32 };

/* ASCII alone, without a branch: compilers turn it into vector code. */
static bool is_plain_stride(const unsigned char *p) {
    unsigned char odd = 0;
    for (int i = 0; i < STRIDE; i++)
        odd |= (unsigned char)((p[i] < 0x20) & (p[i] != '\n')) | (p[i] >= 0x7F);
    return !odd;
}

bool is_plain_text(Str s) {
    for (size_t i = 0, n; i < s.n; i += n) {
        const unsigned char *p = (const unsigned char *)s.p + i;
        if (s.n - i >= STRIDE && is_plain_stride(p))
            n = STRIDE;
        else
            n = *p >= 0x80 ? wide_length(s, i) : (*p >= 0x20 && *p != 0x7F) || *p == '\n';
        if (!n)
            return false;
    }
    return true;
}

enum { WORD = IN_WORD, FIRST = 2, STOP = 4, W = WORD | FIRST };

/* What a character may be: part of a word; the first of a plain scalar; something that could end one. */
/* clang-format off */
const unsigned char classes[256] = {
    ['$'] = FIRST, ['('] = FIRST, ['~'] = FIRST, ['+'] = FIRST, ['='] = FIRST, ['<'] = FIRST, ['^'] = FIRST,
    ['\\'] = FIRST, [';'] = FIRST, [':'] = STOP, ['#'] = STOP, ['-'] = W, ['.'] = W, ['/'] = W, ['_'] = W,
    ['0'] = W, ['1'] = W, ['2'] = W, ['3'] = W, ['4'] = W, ['5'] = W, ['6'] = W, ['7'] = W, ['8'] = W, ['9'] = W,
    ['A'] = W, ['B'] = W, ['C'] = W, ['D'] = W, ['E'] = W, ['F'] = W, ['G'] = W, ['H'] = W, ['I'] = W,
    ['J'] = W, ['K'] = W, ['L'] = W, ['M'] = W, ['N'] = W, ['O'] = W, ['P'] = W, ['Q'] = W, ['R'] = W,
    ['S'] = W, ['T'] = W, ['U'] = W, ['V'] = W, ['W'] = W, ['X'] = W, ['Y'] = W, ['Z'] = W,
    ['a'] = W, ['b'] = W, ['c'] = W, ['d'] = W, ['e'] = W, ['f'] = W, ['g'] = W, ['h'] = W, ['i'] = W,
    ['j'] = W, ['k'] = W, ['l'] = W, ['m'] = W, ['n'] = W, ['o'] = W, ['p'] = W, ['q'] = W, ['r'] = W,
    ['s'] = W, ['t'] = W, ['u'] = W, ['v'] = W, ['w'] = W, ['x'] = W, ['y'] = W, ['z'] = W,
};
/* clang-format on */

static bool is(char c, int class) {
    return classes[(unsigned char)c] & class;
}

/* ---- scalars on one line ---- */

/* The length of one of JSON's escapes at the start of `s`; 0 when libyaml does not accept it. `*hides` is set when it
 * means a letter. */
static size_t escape_length(Str s, bool *hides) {
    if (s.n < 2 || s.p[1] != 'u')
        return s.n >= 2 && strchr("\"\\/bfnrt", s.p[1]) && s.p[1] ? 2 : 0;
    char digits[5] = "";
    if (s.n < 6 || !str_has_only((Str){s.p + 2, 4}, HEX_DIGITS))
        return 0;
    memcpy(digits, s.p + 2, 4);
    unsigned long c = strtoul(digits, NULL, 16);
    *hides |= (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    return c && (c < 0xD800 || c > 0xDFFF) ? 6 : 0;
}

Quoted quoted(Str s) {
    Quoted q = {.is_literal = true};
    char quote = s.p[0];
    for (size_t i = 1, n; i < s.n && s.p[i] != '\n'; i += n) {
        n = 1;
        if (s.p[i] == '\\' && quote == '"') {
            n = escape_length(str_skip(s, i), &q.hides);
            q.is_literal = false;
            if (!n)
                return q;
        } else if (s.p[i] == quote && quote == '\'' && i + 1 < s.n && s.p[i + 1] == quote) {
            q.is_literal = false;
            n = 2;
        } else if (s.p[i] == quote) {
            q.length = i + 1;
            return q;
        }
    }
    return q;
}

size_t literal_length(Str s) {
    Quoted q = quoted(s);
    return q.is_literal ? q.length : 0;
}

size_t plain_length(Str s) {
    char first = s.p[0];
    if (!is(first, FIRST) && !str_starts(s, S("::"))) /* as ::/0 does */
        return 0;
    if (first == '-' && (s.n == 1 || s.p[1] == ' '))
        return 0;
    size_t end = s.n;
    for (size_t i = 1; i < s.n; i++) {
        if (!is(s.p[i], STOP))
            continue;
        if (s.p[i] == ':' && (i + 1 == s.n || s.p[i + 1] == ' '))
            return 0;
        if (s.p[i] == '#' && s.p[i - 1] == ' ') {
            end = i;
            break;
        }
    }
    while (s.p[end - 1] == ' ')
        end--;
    return end;
}

size_t flow_item_length(Str s) {
    char c = s.p[0];
    if (c == '"' || c == '\'')
        return literal_length(s);
    return is(c, WORD) && c != '-' && c != '.' ? word_length(s) : 0;
}

size_t flow_length(Str s) {
    if (str_starts(s, S("{}")))
        return 2;
    if (s.p[0] != '[')
        return 0;
    bool item = false; /* an item came before, and a comma or the end has to follow */
    for (size_t i = 1, n = 1; i < s.n && n; i += n) {
        char c = s.p[i];
        if (c == ']')
            return i + 1;
        n = c == ' ' ? 1 : item ? c == ',' : flow_item_length(str_skip(s, i));
        if (c != ' ')
            item = !item;
    }
    return 0;
}
