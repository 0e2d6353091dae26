#include "stream/stream.h"

#include "tests/reading.h"
#include "tests/tests.h"

#define BOM "\xEF\xBB\xBF"

typedef struct Cut {
    const char *stream, *documents[6];
} Cut;

static const Cut cuts[] = {
    {"", {NULL}},
    {"\n", {"\n"}},
    {"a: 1", {"a: 1"}},
    {"a: 1\n---\nb: 2\n", {"a: 1\n", "---\nb: 2\n"}},
    {"---\na: 1\n---\n---\nb: 2\n---\n", {"---\na: 1\n", "---\n", "---\nb: 2\n", "---\n"}},
    {"--- # text after\na: 1\n---\t\nb: 2\n", {"--- # text after\na: 1\n", "---\t\nb: 2\n"}},
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
    /* files that begin with a byte order mark each, joined */
    {BOM "a: 1\n---\n" BOM "b: 2\n", {BOM "a: 1\n", "---\n", BOM "b: 2\n"}},
    {"a: 1\n---\n# c\n" BOM "b: 2\n", {"a: 1\n", "---\n# c\n", BOM "b: 2\n"}},
    {BOM "a: 1\n" BOM "---\nb: 2\n", {BOM "a: 1\n", BOM "---\nb: 2\n"}},
    {"a: 1\n---\n" BOM "---\nb: 2\n", {"a: 1\n", "---\n", BOM "---\nb: 2\n"}},
    {BOM "# c\n" BOM "b: 2\n", {BOM "# c\n", BOM "b: 2\n"}},
    {"{\"a\":1}\n---\n" BOM "{\"b\":2}\n", {"{\"a\":1}\n", "---\n", BOM "{\"b\":2}\n"}},
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
        reading_begin(&reading, arena, str(cut->stream));
        const Stream *stream = &reading.stream;
        for (size_t d = 0; d < stream->count; d++)
            if (d >= COUNT(cut->documents) || !cut->documents[d] ||
                !str_is(stream_document(stream, d)->text, cut->documents[d]))
                fail_msg("document %zu of\n%s\nis\n%.*s", d, cut->stream, F(stream_document(stream, d)->text));
        if (stream->count < COUNT(cut->documents) && cut->documents[stream->count])
            fail_msg("not found in\n%s\n: %s", cut->stream, cut->documents[stream->count]);
        reading_end(&reading);
    }
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(cuts_streams),
};
SUITE(split, tests);
