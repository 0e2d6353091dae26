#include "base/base.h"

#include "tests/tests.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static void empty_arrays_have_an_address(void **state) {
    Arena *arena = test_arena();
    (void)state;
    assert_non_null(arena_alloc(arena, 0, sizeof(int)));
    test_arena_done(arena);
}

static void strings(void **state) {
    Str rest = S("a.b..c");
    int number = 7;
    (void)state;
    assert_str_equal(str_cut(&rest, '.'), S("a"));
    assert_str_equal(str_cut(&rest, '.'), S("b"));
    assert_str_equal(str_cut(&rest, '.'), S(""));
    assert_str_equal(str_cut(&rest, '.'), S("c"));
    assert_int_equal(rest.n, 0);
    assert_str_equal(str_trim(S(" \t\r\na b\n")), S("a b"));
    assert_int_equal(str_find(S("aab"), S("ab")), 1);
    assert_int_equal(str_find(S("ab"), S("abc")), -1);
    assert_int_equal(str_find(S("ab"), S("")), 0);
    assert_true(str_cmp(S("a"), S("ab")) < 0 && str_cmp(S("b"), S("ab")) > 0 && str_cmp(S("a"), S("a")) == 0);
    assert_true(str_ends(S("abc"), S("bc")) && !str_ends(S("c"), S("bc")));
    assert_true(str_to_int(S("000000012"), &number) && number == 12);
    assert_false(str_to_int(S("1234567890"), &number) || str_to_int(S(""), &number) || str_to_int(S("-1"), &number));
}

static void buffers_grow(void **state) {
    Arena *arena = test_arena();
    Buf out = {.arena = arena};
    (void)state;
    for (int i = 0; i < 1000; i++)
        buf_format(&out, "%d,", i % 10);
    assert_int_equal(out.n, 2000);
    assert_str_equal(str_skip(buf_str(&out), 1996), S("8,9,"));
    test_arena_done(arena);
}

/* What comes from outside goes to a terminal as text and nothing else. */
static void only_text_reaches_a_terminal(void **state) {
    static const char *const rows[][2] = {
        {"plain text", "plain text"},
        {"gr\xc3\xbc\xc3\x9f dich \xe2\x82\xac \xf0\x9f\x93\xa7",
         "gr\xc3\xbc\xc3\x9f dich \xe2\x82\xac \xf0\x9f\x93\xa7"},
        {"\x1b[31mred", "\\x1b[31mred"},
        {"a\nb\tc\rd\x7f", "a\\x0ab\\x09c\\x0dd\\x7f"},
        {"\xc2\x9b"
         "31m",
         "\\xc2\\x9b"
         "31m"}, /* the same in one character */
        {"\x9b"
         "31m",
         "\\x9b"
         "31m"},
        {"\xc3", "\\xc3"},
        {"\xe2\x82", "\\xe2\\x82"},
        {"\xc0\xaf", "\\xc0\\xaf"},
        {"\xff\xfe", "\\xff\\xfe"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* half a pair of surrogates */
        {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Buf out = {.arena = arena};
        buf_add_safely(&out, str(rows[i][0]));
        assert_str_equal(buf_str(&out), str(rows[i][1]));
    }
    test_arena_done(arena);
}

static void sizes_that_overflow_are_no_memory(void **state) {
    static jmp_buf no_memory;
    Arena arena = {.no_memory = &no_memory};
    volatile int jumps = 0;
    (void)state;
    if (setjmp(no_memory) == 0)
        arena_alloc(&arena, SIZE_MAX / 8, 16);
    else
        jumps++;
    if (jumps == 1 && setjmp(no_memory) == 0)
        arena_alloc(&arena, SIZE_MAX - 8, 1);
    else
        jumps++;
    assert_int_equal(jumps, 2);
    arena_free(&arena);
}

/* What one batch of manifests gives back the next one takes: no allocator is asked, which may ask the kernel. */
static void a_block_is_used_again(void **state) {
    enum { LARGER_THAN_THE_FIRST = 100 * 1024 };
    Arena *arena = test_arena();
    (void)state;
    ArenaMark mark = arena_mark(arena);
    char *first = arena_alloc(arena, LARGER_THAN_THE_FIRST, 1);
    memset(first, 'x', LARGER_THAN_THE_FIRST);
    arena_rewind(arena, mark);
    assert_non_null(arena->spares);
    char *second = arena_alloc(arena, LARGER_THAN_THE_FIRST, 1);
    assert_ptr_equal(second, first);
    assert_int_equal(second[LARGER_THAN_THE_FIRST - 1], 0);
    assert_null(arena->spares);
    assert_int_equal(arena->spare_size, 0);
    test_arena_done(arena);
}

/* A release brings its own memchr and memcmp (scripts/release.d/bytes.c): right at every offset and length, and nothing
 * is read of the page after or before. */
static void bytes_at_the_edge_of_a_page(void **state) {
    enum { LONGEST = 40 };
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *pages = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char other[LONGEST];
    (void)state;
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages, page, PROT_NONE), 0);
    assert_int_equal(mprotect(pages + 2 * page, page, PROT_NONE), 0);
    for (volatile size_t n = 0; n <= LONGEST; n++) {
        unsigned char *starts[] = {pages + page, pages + page + 3, pages + 2 * page - n, pages + 2 * page - n - 5};
        for (size_t i = 0; i < COUNT(starts); i++) {
            unsigned char *bytes = starts[i];
            memset(pages + page, 'x', page);
            memset(bytes, 'a', n);
            assert_null(memchr(bytes, 'x', n));
            memcpy(other, bytes, n);
            assert_int_equal(memcmp(bytes, other, n), 0);
            for (size_t at = 0; at < n; at++) {
                bytes[at] = 200;
                assert_ptr_equal(memchr(bytes, 200, n), bytes + at);
                assert_ptr_equal(memchr(bytes, 200 + 256, n), bytes + at);
                assert_true(memcmp(bytes, other, n) > 0);
                assert_true(memcmp(other, bytes, n) < 0);
                assert_int_equal(memcmp(bytes, other, at), 0);
                bytes[at] = 'a';
            }
        }
    }
    assert_int_equal(munmap(pages, 3 * page), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_block_is_used_again),
    cmocka_unit_test(empty_arrays_have_an_address),
    cmocka_unit_test(sizes_that_overflow_are_no_memory),
    cmocka_unit_test(strings),
    cmocka_unit_test(buffers_grow),
    cmocka_unit_test(only_text_reaches_a_terminal),
    cmocka_unit_test(bytes_at_the_edge_of_a_page),
};
SUITE(base, tests);
