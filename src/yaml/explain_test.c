/* What users see of a document that is not YAML: the message, where it is, and the line with a caret. */
#include "yaml/explain.h"

#include "tests/cases.h"
#include "tests/random.h"
#include "tests/tests.h"

/* The first message about the stream, with the line and the caret; `*f` is where that came from. */
static Str shown(Arena *arena, Str stream, Diagnostic *f) {
    Case c = {.request = {.stream = stream}};
    Buf out = {.arena = arena};
    Result result;
    case_run(arena, &c, &result);
    *f = result.outcome.diagnostics.list.n ? result.outcome.diagnostics.list.at[0] : (Diagnostic){0};
    diag_tell(f, "x", &out);
    diag_point(f, false, &out);
    case_done(&result);
    return buf_str(&out);
}

static void malformed_documents(void **state) {
#define ROW(stream, where, message, line, caret)                                                                       \
    { {stream, sizeof(stream) - 1}, "x: error: stdin:" where ": " message "\n    " line "\n    " caret "\n" }
#define FLOW_SEQUENCE "while parsing a flow sequence, did not find expected ',' or ']'"
#define FLOW_MAPPING "while parsing a flow mapping, did not find expected ',' or '}'"
#define BLOCK_MAPPING "while parsing a block mapping, did not find expected key"
#define SIMPLE_KEY "while scanning a simple key, could not find expected ':'"
#define QUOTED "while scanning a quoted scalar, found unexpected end of stream"
#define NOT_ALLOWED "mapping values are not allowed in this context"
#define CUT "; is the stream cut off?"
#define NO_BRACKET " (flow sequence without a closing bracket)"
#define NO_QUOTE " (double-quoted scalar without closing quote)"
    static const struct {
        Str stream;
        const char *expected;
    } rows[] = {
        /* what ends too early */
        ROW("k: [1, 2\n", "1:9", FLOW_SEQUENCE CUT NO_BRACKET, "k: [1, 2", "        ^"),
        ROW("k: [1, 2\n\n \n\n", "1:9", FLOW_SEQUENCE CUT NO_BRACKET, "k: [1, 2", "        ^"),
        ROW("k: [1, 2\r\n\r\n", "1:9", FLOW_SEQUENCE CUT NO_BRACKET, "k: [1, 2", "        ^"),
        ROW("? [x", "1:5", FLOW_SEQUENCE CUT NO_BRACKET, "? [x", "    ^"),
        ROW("k: \"open", "1:5", QUOTED CUT NO_QUOTE, "k: \"open", "    ^"),
        ROW("k: \"open\nl: m\nn: o\n", "1:4", QUOTED CUT " (wrongly indented double-quoted scalar)", "k: \"open",
            "   ^"),
        ROW("a: b\nk: [1\n---\nc: d\n", "2:6", FLOW_SEQUENCE NO_BRACKET, "k: [1", "     ^"),
        ROW("{\"a\": 1}\n{\"b\": [\n", "2:8",
            "while parsing a flow node, did not find expected node content" CUT NO_BRACKET, "{\"b\": [", "       ^"),
        ROW("a: b\nco", "2:1", SIMPLE_KEY CUT " (invalid value after mapping)", "co", "^"),
        /* the line that is wrong, and not the one where libyaml notices */
        ROW("a: b\nc d\ne: f\n", "2:1", SIMPLE_KEY, "c d", "^"),
        ROW("a:\n  b: c\n   d: e\n", "3:5", NOT_ALLOWED " (invalid multiline plain key)", "   d: e", "    ^"),
        ROW("a:\n  b[ c\n  d: e\n", "2:3", NOT_ALLOWED " (invalid multiline plain key)", "  b[ c", "  ^"),
        ROW("a: 'b\nc: d\ne: 'f'\n", "1:4", BLOCK_MAPPING " (wrongly indented single-quoted scalar)", "a: 'b", "   ^"),
        ROW("a: {b: c\nd: e\n", "2:2", FLOW_MAPPING " (missing comma in flow mapping)", "d: e", " ^"),
        ROW("a: b: c\n", "1:5", NOT_ALLOWED " (invalid nested block mapping on the same line)", "a: b: c", "    ^"),
        ROW("a: 'it's'\n", "1:8", BLOCK_MAPPING " (invalid trailing content after single-quoted scalar)", "a: 'it's'",
            "       ^"),
        /* libyaml names it, or libfyaml finds another mistake: one that libyaml takes, or one after it */
        ROW("a: \"b\nc\"\nd: [1\n", "3:6", FLOW_SEQUENCE CUT, "d: [1", "     ^"),
        ROW("a: b\n\tc: d\n", "2:1", "while scanning a plain scalar, found a tab character that violates indentation",
            "\tc: d", "^"),
        ROW("x:\n  a: {b\n  c: d\n  e: f\n", "3:4", FLOW_MAPPING, "  c: d", "   ^"),
        ROW("a: *b\nc: [\n", "1:4", "alias *b without an anchor before it", "a: *b", "   ^"),
        /* characters that are none, and those of other widths */
        ROW("\"\x1b[31m\\q\"\n", "1:2", "control characters are not allowed", "\"?[31m\\q\"", " ^"),
        ROW("k: v\xff\n", "1:5", "invalid leading UTF-8 octet", "k: v?", "    ^"),
        ROW("k: v\x80 \xe6\xbc w\n", "1:5", "invalid leading UTF-8 octet", "k: v? ?? w", "    ^"),
        ROW("\xe6\xbc\xa2\xe5\xad\x97: [\xe6\xbc\xa2, *b]\n", "1:9", "alias *b without an anchor before it",
            "\xe6\xbc\xa2\xe5\xad\x97: [\xe6\xbc\xa2, *b]", "           ^"),
        ROW("e\xcc\x81\xf0\x9f\x93\xa7: *b\n", "1:6", "alias *b without an anchor before it",
            "e\xcc\x81\xf0\x9f\x93\xa7: *b", "     ^"),
        ROW("a:\t*b\n", "1:4", "alias *b without an anchor before it", "a:\t*b", "  \t^"),
        ROW("\xEF\xBB\xBF"
            "a: b: c\n",
            "1:5", NOT_ALLOWED " (invalid nested block mapping on the same line)", "a: b: c", "    ^"),
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Diagnostic f;
        Str found = shown(arena, rows[i].stream, &f);
        if (!str_is(found, rows[i].expected))
            fail_msg("row %zu: found:\n%.*sexpected:\n%s", i, F(found), rows[i].expected);
    }
    test_arena_done(arena);
}

/* It is not read a second time. */
static void large_documents(void **state) {
    Arena *arena = test_arena();
    Buf large = {.arena = arena};
    Diagnostic f;
    (void)state;
    buf_add(&large, S("k: [1, 2\n"));
    buf_fill(&large, '#', 1 << 20);
    shown(arena, buf_str(&large), &f);
    assert_str_equal(f.message,
                     S("while parsing a flow sequence, did not find expected ',' or ']'; is the stream cut off?"));
    assert_int_equal(f.line, 2);
    test_arena_done(arena);
}

/* ---- any mistake ---- */

static Str mutated(Arena *arena, Str text, Random *random) {
    static const char *const additions[] = {
        "\"", "'", "[", "{",  "]",    "}",    ":",    "\t",           "-",        "@", "&", "*", "|", "\n", " ",
        "? ", "#", ",", "!<", "\xff", "\x1b", "\r\n", "\xe6\xbc\xa2", "\xc3\xa9 "};
    Buf out = {.arena = arena};
    size_t at = random_below(random, text.n), left_out = random_chance(random, 50) ? random_below(random, 6) : 0;
    buf_add(&out, str_head(text, at));
    for (size_t i = random_below(random, 3); i > 0; i--)
        buf_add(&out, str(additions[random_below(random, COUNT(additions))]));
    if (random_chance(random, 80))
        buf_add(&out, str_skip(text, at + left_out));
    return buf_str(&out);
}

/* The columns of a terminal that the first `n` characters take; tabs are counted by themselves. What is not UTF-8 is a
 * character a byte, and only additions are not ASCII. */
static size_t columns_of(Str line, size_t n, size_t *tabs) {
    size_t columns = 0;
    *tabs = 0;
    for (size_t at = 0; n > 0 && at < line.n; n--) {
        bool wide = str_starts(str_skip(line, at), S("\xe6\xbc\xa2"));
        *tabs += line.p[at] == '\t';
        columns += wide ? 2 : line.p[at] != '\t';
        at += wide ? 3 : str_starts(str_skip(line, at), S("\xc3\xa9")) ? 2 : 1;
    }
    return columns;
}

static const char *wrong_with(Str stream, Str lines, const Diagnostic *f) {
    Str line = {0}, message = str_cut(&lines, '\n'), source = str_cut(&lines, '\n'), caret = str_cut(&lines, '\n');
    size_t tabs, caret_tabs;
    for (size_t i = 0; i < f->line && stream.n; i++)
        line = str_cut(&stream, '\n');
    line.n -= line.n && line.p[line.n - 1] == '\r';
    if (!f->line || !message.n || lines.n || !str_starts(source, S("    ")) || !str_ends(caret, S("^")))
        return "a message, a line and a caret";
    size_t shown = columns_of(str_skip(source, 4), source.n, &caret_tabs), whole = columns_of(line, line.n, &tabs);
    if (shown != whole || tabs != caret_tabs)
        return "the line of the position is shown";
    size_t column = columns_of(line, f->column - 1, &tabs);
    caret = str_head(str_skip(caret, 4), caret.n - 5);
    return columns_of(caret, caret.n, &caret_tabs) == column && tabs == caret_tabs
               ? NULL
               : "the caret is under the position's column";
}

static void mutations_of_a_chart(void **state) {
    Arena *arena = test_arena();
    Str chart = test_file(arena, "testdata/official/input.yaml");
    Texts texts = texts_of(arena, chart);
    uint64_t seed = test_seed(16);
    size_t malformed = 0, rounds = test_rounds(600);
    (void)state;
    for (size_t i = 0; i < rounds; i++) {
        ArenaMark mark = arena_mark(arena);
        Random random = random_of(seed, i);
        Str stream = mutated(arena, texts.at[random_below(&random, texts.n)], &random);
        Diagnostic f;
        Str lines = shown(arena, stream, &f);
        const char *wrong = f.malformed.n && f.excerpt.n <= 200 ? wrong_with(stream, lines, &f) : NULL;
        malformed += f.malformed.n > 0;
        if (wrong)
            fail_msg("SEED=%llu, round %zu: not so: %s\n%.*s%.*s", (unsigned long long)seed, i, wrong, F(lines),
                     F(stream));
        arena_rewind(arena, mark);
    }
    assert_true(malformed > rounds / 5);
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(malformed_documents),
    cmocka_unit_test(large_documents),
    cmocka_unit_test(mutations_of_a_chart),
};
SUITE(explain, tests);
