#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>

int str_cmp(Str a, Str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool str_ends(Str s, Str suffix) {
    return s.n >= suffix.n && str_eq(str_skip(s, s.n - suffix.n), suffix);
}

ptrdiff_t str_find(Str s, Str needle) {
    if (needle.n == 0)
        return 0;
    for (size_t at = 0; s.n - at >= needle.n;) {
        const char *hit = memchr(s.p + at, needle.p[0], s.n - at - needle.n + 1);
        if (!hit)
            break;
        if (memcmp(hit, needle.p, needle.n) == 0)
            return hit - s.p;
        at = (size_t)(hit - s.p) + 1;
    }
    return -1;
}

ptrdiff_t str_find_char(Str s, char c) {
    const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
    return hit ? hit - s.p : -1;
}

bool str_has(Str s, const char *needle) {
    return str_find(s, str(needle)) >= 0;
}

Str str_trim(Str s) {
    while (s.n && is_space(s.p[0]))
        s = str_skip(s, 1);
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

Str str_cut(Str *rest, char separator) {
    ptrdiff_t at = str_find_char(*rest, separator);
    Str part = at < 0 ? *rest : str_head(*rest, (size_t)at);
    *rest = str_skip(*rest, at < 0 ? rest->n : (size_t)at + 1);
    return part;
}

bool str_is_one_of(Str s, const char *const *words, size_t n) {
    size_t i = 0;
    while (i < n && !str_is(s, words[i]))
        i++;
    return i < n;
}

bool str_next_item(Str *rest, Str *item) {
    bool any = rest->n > 0;
    *item = str_trim(str_cut(rest, ','));
    return any;
}

size_t next_line(Str s, size_t at) {
    ptrdiff_t n = str_find_char(str_skip(s, at), '\n');
    return n < 0 ? s.n : at + (size_t)n + 1;
}

bool str_to_int(Str s, int *value) {
    if (s.n == 0 || s.n > 9)
        return false;
    int sum = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (!is_digit(s.p[i]))
            return false;
        sum = sum * 10 + (s.p[i] - '0');
    }
    *value = sum;
    return true;
}

uint64_t str_hash(Str s) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < s.n; i++)
        hash = (hash ^ (unsigned char)s.p[i]) * 0x100000001b3u;
    return hash;
}

/* ---- arena ---- */

struct ArenaBlock {
    ArenaBlock *next;
    size_t size;
    _Alignas(max_align_t) char bytes[];
};

enum { FIRST_BLOCK = 32 * 1024, LARGEST_BLOCK = 1024 * 1024, MOST_SPARE = 3 * LARGEST_BLOCK };

static void no_memory(const Arena *arena) {
    longjmp(*arena->no_memory, 1);
}

/* The last block that was given back. Those that are too small are freed: larger ones may follow. */
static ArenaBlock *take_spare(Arena *arena, size_t size) {
    while (arena->spares) {
        ArenaBlock *block = arena->spares;
        arena->spares = block->next;
        arena->spare_size -= block->size;
        if (block->size >= size)
            return block;
        free(block);
    }
    return NULL;
}

static ArenaBlock *new_block(Arena *arena, size_t size) {
    ArenaBlock *block = take_spare(arena, size);
    if (block)
        return block;
    block = size > SIZE_MAX - sizeof *block ? NULL : malloc(sizeof *block + size);
    if (!block)
        no_memory(arena);
    block->size = size;
    return block;
}

/* Some blocks are kept for reuse: some allocators return each to the kernel at once, and then every page of the next
 * one is a page fault. They are reused in the order in which they were taken. */
static void free_block(Arena *arena, ArenaBlock *block) {
    if (block->size > MOST_SPARE - arena->spare_size) {
        free(block);
        return;
    }
    block->next = arena->spares;
    arena->spares = block;
    arena->spare_size += block->size;
}

void *arena_alloc(Arena *arena, size_t count, size_t size) {
    const size_t align = _Alignof(max_align_t);
    if (size && count > (SIZE_MAX - align) / size)
        no_memory(arena);
    size_t need = (count * size + align - 1) & ~(align - 1);
    if (!need) /* an empty array has an address, too: adding 0 to NULL is undefined */
        need = align;
    if (need > (size_t)(arena->end - arena->at)) {
        size_t block = arena->head ? arena->head->size * 2 : FIRST_BLOCK;
        if (block > LARGEST_BLOCK)
            block = LARGEST_BLOCK;
        if (block < need)
            block = need;
        ArenaBlock *fresh = new_block(arena, block);
        fresh->next = arena->head;
        arena->head = fresh;
        arena->at = fresh->bytes;
        arena->end = fresh->bytes + fresh->size;
    }
    void *result = arena->at;
    arena->at += need;
    return memset(result, 0, need);
}

ArenaMark arena_mark(const Arena *arena) {
    return (ArenaMark){arena->head, arena->at, arena->end};
}

void arena_rewind(Arena *arena, ArenaMark mark) {
    while (arena->head != mark.head) {
        ArenaBlock *block = arena->head;
        arena->head = block->next;
        free_block(arena, block);
    }
    arena->at = mark.at;
    arena->end = mark.end;
}

void arena_free(Arena *arena) {
    arena_rewind(arena, (ArenaMark){0});
    (void)take_spare(arena, SIZE_MAX);
}

Str str_copy(Arena *arena, Str s) {
    char *p = NEW_ARRAY(arena, char, s.n + 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    return (Str){p, s.n};
}

Str str_vformat(Arena *arena, const char *format, va_list args) {
    char small[256]; /* which holds most, so that they are formatted once */
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, format, args);
    size_t size = n < 0 ? 0 : (size_t)n;
    if (size < sizeof small) {
        va_end(again);
        return str_copy(arena, (Str){small, size});
    }
    char *p = NEW_ARRAY(arena, char, size + 1);
    (void)vsnprintf(p, size + 1, format, again); /* the length is known */
    va_end(again);
    return (Str){p, size};
}

Str str_format(Arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    Str s = str_vformat(arena, format, args);
    va_end(args);
    return s;
}

static void buf_room(Buf *buf, size_t more) {
    if (more <= buf->capacity - buf->n)
        return;
    if (more > SIZE_MAX / 2 - buf->n)
        no_memory(buf->arena);
    size_t capacity = buf->capacity ? buf->capacity * 2 : 64;
    if (capacity < buf->n + more)
        capacity = buf->n + more;
    char *p = NEW_ARRAY(buf->arena, char, capacity);
    if (buf->n)
        memcpy(p, buf->p, buf->n);
    buf->p = p;
    buf->capacity = capacity;
}

void buf_add(Buf *buf, Str s) {
    if (s.n == 0)
        return;
    buf_room(buf, s.n);
    memcpy(buf->p + buf->n, s.p, s.n);
    buf->n += s.n;
}

void buf_char(Buf *buf, char c) {
    if (buf->n == buf->capacity)
        buf_room(buf, 1);
    buf->p[buf->n++] = c;
}

void buf_fill(Buf *buf, char c, size_t count) {
    if (count == 0)
        return;
    buf_room(buf, count);
    memset(buf->p + buf->n, c, count);
    buf->n += count;
}

void buf_format(Buf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    buf_add(buf, str_vformat(buf->arena, format, args));
    va_end(args);
}

Str buf_str(const Buf *buf) {
    return (Str){buf->p, buf->n};
}

uint32_t utf8_next(Str s, size_t *at) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)s.p + *at;
    size_t rest = s.n - (*at)++, n = p[0] < 0xC0 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (p[0] < 0x80)
        return p[0];
    uint32_t c = p[0] & (0xFFU >> (n + 1));
    for (size_t i = 1; i < n && n <= rest; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return NO_CHARACTER;
        c = c << 6 | (p[i] & 0x3F);
    }
    if (n == 0 || n > rest || p[0] >= 0xF8 || c < least[n] || (c >= 0xD800 && c <= 0xDFFF) || c >= NO_CHARACTER)
        return NO_CHARACTER;
    *at += n - 1;
    return c;
}

size_t char_length(Str s, size_t at) {
    size_t end = at;
    uint32_t c = utf8_next(s, &end);
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == NO_CHARACTER ? 0 : end - at; /* controls, not UTF-8 */
}

void buf_add_safely(Buf *buf, Str s) {
    for (size_t at = 0; at < s.n;) {
        size_t n = char_length(s, at);
        if (n)
            buf_add(buf, (Str){s.p + at, n});
        else
            buf_format(buf, "\\x%02x", (unsigned char)s.p[at]);
        at += n ? n : 1;
    }
}

void *list_room(Arena *arena, void *at, size_t n, size_t *capacity, size_t size) {
    if (n < *capacity)
        return at;
    size_t more = *capacity ? *capacity * 2 : 8;
    void *fresh = arena_alloc(arena, more, size);
    if (n)
        memcpy(fresh, at, n * size);
    *capacity = more;
    return fresh;
}

bool strs_hold(const Strs *set, Str s) {
    for (size_t i = 0; i < set->n; i++)
        if (str_eq(set->at[i], s))
            return true;
    return false;
}

void strs_add(Arena *arena, Strs *set, Str s) {
    if (!strs_hold(set, s))
        *PUSH(arena, set) = s;
}
