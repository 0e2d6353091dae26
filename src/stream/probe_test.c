#include "stream/stream.h"

#include "tests/reading.h"
#include "tests/tests.h"

#define BOM "\xEF\xBB\xBF"

/* ---- what a stream is ---- */

typedef struct Format {
    const char *stream;
    bool json, crlf, separated;
} Format;

static const Format formats[] = {
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

static void detects_the_format_of_a_stream(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(formats); i++) {
        const Format *format = &formats[i];
        Reading reading;
        reading_begin(&reading, arena, str(format->stream));
        const Stream *stream = &reading.stream;
        if (!reading.read || stream->json != format->json || stream->crlf != format->crlf ||
            stream->separated != format->separated)
            fail_msg("%s", format->stream);
        reading_end(&reading);
    }
    test_arena_done(arena);
}

typedef struct Emptiness {
    const char *document;
    bool empty;
} Emptiness;

/* An empty document is not looked at any further; a line end other than '\n' must not hide something after a '#'. */
static const Emptiness emptinesses[] = {
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

static void detects_empty_documents(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(emptinesses); i++) {
        Reading reading;
        reading_begin(&reading, arena, str(emptinesses[i].document));
        if (!reading.read || stream_document(&reading.stream, 0)->empty != emptinesses[i].empty)
            fail_msg("%s", emptinesses[i].document);
        reading_end(&reading);
    }
    test_arena_done(arena);
}

/* ---- what is of no concern ---- */

/* `n` times `idle` with one `other` among them, between `head` and `tail`. */
static Str crowd(Arena *arena, const char *const *texts, size_t n) {
    Buf out = {.arena = arena};
    buf_add(&out, str(texts[0]));
    for (size_t i = 0; i < n; i++)
        buf_add(&out, str(texts[i == n / 2 ? 2 : 1]));
    buf_add(&out, str(texts[3]));
    return buf_str(&out);
}

/* A million documents of others are not remembered one by one, and nothing is lost for that. */
static void forgets_idle_documents(void **state) {
    static const char *const crowds[][4] = {
        {"", "kind: A\n---\n", "kind: Service\napiVersion: v1\n---\n", "kind: B\n"},
        {"", "{\"kind\":\"A\"}", "{\"kind\":\"Service\",\"apiVersion\":\"v1\"}", "\n"},
        {"kind: List\napiVersion: v1\nitems:\n", "- kind: A\n", "- kind: Service\n  apiVersion: v1\n", ""},
        {"{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{}", ",{\"kind\":\"A\"}",
         ",{\"kind\":\"Service\",\"apiVersion\":\"v1\"}", "]}"},
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(crowds); i++) {
        size_t limit = MOST_UNSEEN, n = 3 * limit, services = 0;
        Str text = crowd(arena, crowds[i], n);
        Reading reading;
        reading_begin(&reading, arena, text);
        Stream *stream = &reading.stream;
        assert_true(reading.read && stream->count < 2 * limit);
        const char *at = text.p;
        for (size_t d = 0; d < stream->count; d++) {
            const Document *document = stream_document(stream, d);
            assert_ptr_equal(document->text.p, at);
            at += document->text.n;
            services += document->kind == KIND_SERVICE && !document->merged;
        }
        assert_ptr_equal(at, text.p + text.n);
        assert_int_equal(services, 1);
        assert_true(!stream->last_item || !stream->last_item->merged);
        reading_end(&reading);
    }
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(detects_the_format_of_a_stream),
    cmocka_unit_test(detects_empty_documents),
    cmocka_unit_test(forgets_idle_documents),
};
SUITE(probe, tests);
