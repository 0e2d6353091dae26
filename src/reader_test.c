#include "stream.h"

#include "tests.h"
#include "transform.h"

#include <stdio.h>

static jmp_buf no_memory;

#define BOM "\xEF\xBB\xBF"
/* A text with its length, for it may hold a NUL. */
#define TEXT(literal)                                                                                                  \
    { literal, sizeof literal - 1 }

typedef struct Reading {
    bool read;
    Workers workers;
    Stream stream;
    Faults faults;
} Reading;

static void begin(Reading *reading, Arena *arena, Str text) {
    reading->faults = (Faults){.arena = arena};
    workers_init(&reading->workers, 1, &no_memory);
    reading->read = stream_read(arena, &reading->workers, text, &reading->stream, &reading->faults);
}

static void end(Reading *reading) {
    workers_free(&reading->workers);
}

/* ---- cutting ---- */

typedef struct Cut {
    const char *stream, *documents[6];
} Cut;

static const Cut cuts[] = {
    {"", {NULL}},
    {"\n", {"\n"}},
    {"a: 1", {"a: 1"}},
    {"a: 1\n---\nb: 2\n", {"a: 1\n", "---\nb: 2\n"}},
    {"---\na: 1\n---\n---\nb: 2\n---\n", {"---\na: 1\n", "---\n", "---\nb: 2\n", "---\n"}},
    {"--- # text behind\na: 1\n---\t\nb: 2\n", {"--- # text behind\na: 1\n", "---\t\nb: 2\n"}},
    {"--- a\n--- {b: c}\n--- |\n text\n", {"--- a\n", "--- {b: c}\n", "--- |\n text\n"}},
    {"---a: 1\n----\n", {"---a: 1\n----\n"}},
    {" ---\n- ---\n", {" ---\n- ---\n"}},
    {"a: |\n  ---\n  ...\nb: '\n  ---'\n", {"a: |\n  ---\n  ...\nb: '\n  ---'\n"}},
    /* comments and directives belong to what follows them */
    {"# one\n---\na: 1\n# two\n---\nb: 2\n", {"# one\n---\na: 1\n# two\n", "---\nb: 2\n"}},
    {"%YAML 1.1\n---\na: 1\n...\n%YAML 1.1\n---\nb: 2\n", {"%YAML 1.1\n---\na: 1\n...\n", "%YAML 1.1\n---\nb: 2\n"}},
    {"a: 1\n... # end\n# between\n---\nb: 2\n", {"a: 1\n... # end\n", "# between\n---\nb: 2\n"}},
    {"a: 1\n...\nb: 2\n", {"a: 1\n...\n", "b: 2\n"}},
    /* line ends */
    {"a: 1\r\n---\r\nb: 2\r\n", {"a: 1\r\n", "---\r\nb: 2\r\n"}},
    {"a: 1\r---\rb: 2\r", {"a: 1\r", "---\rb: 2\r"}},
    {"a: 1\n---\r\nb: 2\r---\nc: 3", {"a: 1\n", "---\r\nb: 2\r", "---\nc: 3"}},
    {BOM "---\na: 1\n---\nb: 2\n", {BOM "---\na: 1\n", "---\nb: 2\n"}},
    /* JSON */
    {"{\"a\":1}{\"b\":2}\n{\"c\":3}", {"{\"a\":1}", "{\"b\":2}\n", "{\"c\":3}"}},
    {"{\"a\":\"}{\"}\n\n {\"b\":[{}]}\n", {"{\"a\":\"}{\"}\n\n ", "{\"b\":[{}]}\n"}},
    {"{\"a\":\"\\\"}\"}\n---\n{\"b\":2}\n", {"{\"a\":\"\\\"}\"}\n", "---\n{\"b\":2}\n"}},
    {BOM "{\"a\":1}\r\n{\"b\":2}\r\n", {BOM "{\"a\":1}\r\n", "{\"b\":2}\r\n"}},
    {"{\"a\":1}\nb: 2\n", {"{\"a\":1}\nb: 2\n"}},
};

/* Every byte is in exactly one document, in order; whether the documents can be read is another question. */
static void cuts_streams(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(cuts); i++) {
        const Cut *cut = &cuts[i];
        Reading reading;
        begin(&reading, arena, str(cut->stream));
        const Stream *stream = &reading.stream;
        for (size_t d = 0; d < stream->count; d++)
            if (d >= COUNT(cut->documents) || !cut->documents[d] ||
                !str_is(stream_document(stream, d)->text, cut->documents[d]))
                fail_msg("document %zu of\n%s\nis\n%.*s", d, cut->stream, F(stream_document(stream, d)->text));
        if (stream->count < COUNT(cut->documents) && cut->documents[stream->count])
            fail_msg("not found in\n%s\n: %s", cut->stream, cut->documents[stream->count]);
        end(&reading);
    }
    test_arena_done(arena);
}

/* ---- what a stream is ---- */

typedef struct Manner {
    const char *stream;
    bool json, crlf, separated;
} Manner;

static const Manner manners[] = {
    {"a: 1\n", false, false, false},
    {"a: 1\n---\nb: 2\n", false, false, true},
    {"a: 1\r\n---\r\nb: 2\r\n", false, true, true},
    {"# {\n--- # {\na: {}\n", false, false, true},
    {"{a: 1}\n", false, false, false},
    {"{\"a\": 1}\n", true, false, false},
    {"\n # comment\n{\n  \"a\": 1\n}\n", true, false, false},
    {"# comment\r--- {\"a\": 1}\r", true, false, true},
    {BOM "{\"a\":1}\r\n{\"b\":1}\r\n", true, true, false},
    {"---\n# nothing\n---\n{\"a\": 1}\n", true, false, true},
};

static void knows_the_manner_of_a_stream(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(manners); i++) {
        const Manner *manner = &manners[i];
        Reading reading;
        begin(&reading, arena, str(manner->stream));
        const Stream *stream = &reading.stream;
        if (!reading.read || stream->json != manner->json || stream->crlf != manner->crlf ||
            stream->separated != manner->separated)
            fail_msg("%s", manner->stream);
        end(&reading);
    }
    test_arena_done(arena);
}

typedef struct Blank {
    const char *document;
    bool blank;
} Blank;

/* What holds nothing is not looked at any further; a line end that is not '\n' must not hide something behind a '#'. */
static const Blank blanks[] = {
    {"\n", true},
    {"# a\n", true},
    {"---\n# a\n...\n", true},
    {"--- # a\r\n", true},
    {BOM "# a\n", true},
    {"# caf\xC3\xA9\n", true},
    {"%YAML 1.1\n---\n", true},
    {"a\n", false},
    {"--- a\n", false},
    {"# a\rb: 1\n", false},
    {"# a\xC2\x85"
     "b: 1\n",
     false},
    {"# a\xE2\x80\xA8"
     "b: 1\n",
     false},
    {"---\rb: 1\n", false},
};

static void knows_what_is_blank(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(blanks); i++) {
        Reading reading;
        begin(&reading, arena, str(blanks[i].document));
        if (!reading.read || stream_document(&reading.stream, 0)->blank != blanks[i].blank)
            fail_msg("%s", blanks[i].document);
        end(&reading);
    }
    test_arena_done(arena);
}

/* ---- what is refused, and where ---- */

typedef struct Refusal {
    Str stream;
    size_t line, column;
} Refusal;

static const Refusal refusals[] = {
    {TEXT("a: 1\n---\nb: \x01\n"), 3, 4},
    {TEXT("a: 1\nb: \0\n"), 2, 4},
    {TEXT("# a\0\n"), 1, 4},
    {TEXT("a: \xFF\n"), 1, 4},
    {TEXT("# \xC3(\n"), 1, 4},
    {TEXT("\xFF\xFE"
          "a\0"),
     1, 1},
    {TEXT("a: 1\n" BOM "---\nb: 2\n"), 2, 2},
    {TEXT("a: b: c\n"), 1, 5},
    {TEXT("a: 1\n\tb: 2\n"), 2, 1},
    {TEXT("a: [1\n---\nb: 2\n"), 2, 1},
    {TEXT("a: 'x\n---\nb: 2\n"), 2, 1},
    {TEXT("a: *x\n"), 1, 4},
    {TEXT("a: &x [*x]\n"), 1, 8},
    {TEXT("a: 1\n...\nb: @c\n"), 3, 4},
    {TEXT("{\"a\":1}{\"b\":}}\n"), 1, 14},
    {TEXT("{\"a\":1}\nb: 2\n"), 2, 1},
    {TEXT("%YAML 3.0\n---\na\n"), 1, 1},
    {TEXT("%YAML 1.1\na: 1\n"), 2, 1},
    {TEXT("a: !x!y z\n"), 1, 4},
};

static void refuses_with_a_place(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        const Refusal *r = &refusals[i];
        Reading reading;
        begin(&reading, arena, r->stream);
        const Fault *f = reading.faults.list.at;
        if (reading.read || reading.faults.errors != 1 || f->line != r->line || f->column != r->column)
            fail_msg("%.*s: found %zu:%zu: %.*s", F(r->stream), f ? f->line : 0, f ? f->column : 0,
                     F(f ? f->message : S("nothing")));
        end(&reading);
    }
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(cuts_streams),
    cmocka_unit_test(knows_the_manner_of_a_stream),
    cmocka_unit_test(knows_what_is_blank),
    cmocka_unit_test(refuses_with_a_place),
};
SUITE(reader, tests);
