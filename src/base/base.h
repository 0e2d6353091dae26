/* What every other folder uses: strings with a length, an arena, lists.
 *
 * A string is a pointer and a length and is never searched for a NUL. Everything that lives as long
 * as the run (or as one document) comes from an arena, so no function frees anything and no error
 * path leaks. An arena that can get no memory jumps to the place its owner named.
 */
#ifndef BASE_H
#define BASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct Str {
    const char *p;
    size_t n;
} Str;

#define S(literal) ((Str){"" literal, sizeof(literal) - 1})

/* A Str as the two arguments of printf's "%.*s". It names `s` more than once: give it no call that does something. */
#define F(s) (int)((s).n > INT32_MAX ? INT32_MAX : (s).n), (s).n ? (s).p : ""

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The C string `c` as a Str; NULL is the empty one. Inline, with what follows: of a literal the compiler knows the
 * length. */
static inline Str str(const char *c) {
    return c ? (Str){c, strlen(c)} : (Str){"", 0};
}

/* Whether they are the same bytes; and the same of a C string. */
static inline bool str_eq(Str a, Str b) {
    /* most strings that differ do so in their first byte, which saves the call */
    return a.n == b.n && (a.n == 0 || (a.p[0] == b.p[0] && memcmp(a.p, b.p, a.n) == 0));
}

static inline bool str_is(Str a, const char *b) {
    return str_eq(a, str(b));
}

/* As strcmp: the order of the bytes, a prefix first. */
int str_cmp(Str a, Str b);

/* Whether `s` starts with `prefix`, ends with `suffix`, holds `needle`. */
static inline bool str_starts(Str s, Str prefix) {
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool str_ends(Str s, Str suffix);
bool str_has(Str s, const char *needle);
/* The offset of the first `needle` in `s`, or -1. */
ptrdiff_t str_find(Str s, Str needle);
ptrdiff_t str_find_char(Str s, char c);
/* The offset of the last `c`, or -1. */
static inline ptrdiff_t str_find_last(Str s, char c) {
    ptrdiff_t at = (ptrdiff_t)s.n - 1;
    while (at >= 0 && s.p[at] != c)
        at--;
    return at;
}

/* `s` without its first `n` bytes. */
static inline Str str_skip(Str s, size_t n) {
    if (s.n == 0) /* `p` may be NULL, and adding even 0 to NULL is undefined */
        return s;
    return n >= s.n ? (Str){s.p + s.n, 0} : (Str){s.p + n, s.n - n};
}

/* The first `n` bytes of `s`. */
static inline Str str_head(Str s, size_t n) {
    return (Str){s.p, n < s.n ? n : s.n};
}

/* How many spaces `s` starts with. */
static inline size_t leading_spaces(Str s) {
    size_t n = 0;
    while (n < s.n && s.p[n] == ' ')
        n++;
    return n;
}

static inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static inline bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool is_alnum(char c) {
    return is_letter(c) || is_digit(c);
}

/* White space: spaces, tabs and line breaks. */
static inline bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Whether `s` is one of the words, C strings in an array. */
#define IS_ONE_OF(s, words) str_is_one_of(s, words, COUNT(words))
bool str_is_one_of(Str s, const char *const *words, size_t n);
#define DIGITS "0123456789"
#define HEX_DIGITS DIGITS "abcdefABCDEF"
/* Whether each byte of `s` is one of `chars`. */
static inline bool str_has_only(Str s, const char *chars) {
    size_t n = 0;
    while (n < s.n && s.p[n] && strchr(chars, s.p[n]))
        n++;
    return n == s.n;
}

/* `s` without white space at both ends. */
Str str_trim(Str s);
/* Takes the part of `*rest` before the first `separator` off it, and the separator; all of it when there is none. */
Str str_cut(Str *rest, char separator);
/* The next item of a list with commas, without white space around it; false at the end of `*rest`. */
bool str_next_item(Str *rest, Str *item);
/* The offset after the next line feed from `at` on; the end of `s` when there is none. */
size_t next_line(Str s, size_t at);
/* A decimal number of at most 9 digits into `*value`; false for anything else. */
bool str_to_int(Str s, int *value);
/* FNV-1a, 64 bits: a fingerprint of contents, not a cryptographic hash. */
uint64_t str_hash(Str s);

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena {
    ArenaBlock *head;
    char *at, *end;
    ArenaBlock *spares; /* freed blocks, to be used again */
    size_t spare_size;
    jmp_buf *no_memory; /* where to jump when malloc fails; must be set before the first use */
} Arena;

typedef struct ArenaMark {
    ArenaBlock *head;
    char *at, *end;
} ArenaMark;

/* `count` objects of `size` bytes, zeroed and aligned for anything; jumps when there is no memory. */
void *arena_alloc(Arena *arena, size_t count, size_t size);
/* The same for one object, of a size that the compiler knows. */
static inline void *arena_new(Arena *arena, size_t size) {
    const size_t align = _Alignof(max_align_t);
    size_t need = (size + align - 1) & ~(align - 1);
    if (need > (size_t)(arena->end - arena->at))
        return arena_alloc(arena, 1, size);
    void *result = arena->at;
    arena->at += need;
    return memset(result, 0, need);
}
#define NEW(arena, Type) ((Type *)arena_new(arena, sizeof(Type)))
#define NEW_ARRAY(arena, Type, count) ((Type *)arena_alloc(arena, count, sizeof(Type)))
ArenaMark arena_mark(const Arena *arena);
/* Gives back what was allocated since the mark. */
void arena_rewind(Arena *arena, ArenaMark mark);
/* Gives back everything, to the system; the arena can be used again. */
void arena_free(Arena *arena);
/* The same text with bytes of its own, and a NUL after them: `.p` is a C string. */
Str str_copy(Arena *arena, Str s);
/* As sprintf, into the arena; a NUL follows here, too. */
Str str_format(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
Str str_vformat(Arena *arena, const char *format, va_list args);

/* A growing text; reads as the Str {p, n} at any time. */
typedef struct Buf {
    Arena *arena;
    char *p;
    size_t n, capacity;
} Buf;

/* Each adds at the end: a text, a character, `count` of them, what sprintf makes. */
void buf_add(Buf *buf, Str s);
void buf_char(Buf *buf, char c);
void buf_fill(Buf *buf, char c, size_t count);
void buf_format(Buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
Str buf_str(const Buf *buf);
/* The code point at `*at`, which moves to the next character; NO_CHARACTER, and one byte on, where it is not UTF-8. */
enum { NO_CHARACTER = 0x110000 };
uint32_t utf8_next(Str s, size_t *at);
/* The length of the character at `at` when it is one to show: UTF-8, and not a control character. Else 0. */
size_t char_length(Str s, size_t at);
/* Adds what came from outside so that it can neither start a new line nor talk to a terminal: control characters, and
 * bytes that are no UTF-8, as \xNN. */
void buf_add_safely(Buf *buf, Str s);

/* An array that grows in an arena: `list.at[i]` for i < list.n. */
#define LIST(Type)                                                                                                     \
    struct {                                                                                                           \
        Type *at;                                                                                                      \
        size_t n, capacity;                                                                                            \
    }
/* The address of a fresh, zeroed element at the end of the list. */
#define PUSH(arena, list)                                                                                              \
    ((list)->at = list_room(arena, (list)->at, (list)->n, &(list)->capacity, sizeof *(list)->at),                      \
     &(list)->at[(list)->n++])
/* Texts; as a set: whether `s` is among them, and adding it unless it is. */
typedef LIST(Str) Strs;
bool strs_hold(const Strs *set, Str s);
void strs_add(Arena *arena, Strs *set, Str s);
/* For PUSH alone: the array, moved to where there is room for one element more. */
void *list_room(Arena *arena, void *at, size_t n, size_t *capacity, size_t size);

#endif
