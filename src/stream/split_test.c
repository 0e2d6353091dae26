#include "stream/stream.h"

#include "stream/lists.h"
#include "tests/generate_test.h"
#include "tests/tests.h"
#include "transform.h"

#include <stdio.h>

static jmp_buf no_memory;

#define BOM "\xEF\xBB\xBF"
/* A text with its length, for it may hold a NUL. */
#define TEXT(literal)                                                                                                  \
    { (literal), sizeof(literal) - 1 }

typedef struct Reading {
    bool read;
    Workers workers;
    Stream stream;
    Diagnostics diagnostics;
} Reading;

static void begin(Reading *reading, Arena *arena, Str text) {
    reading->diagnostics = (Diagnostics){.arena = arena};
    workers_init(&reading->workers, 1, &no_memory);
    reading->read = stream_read(arena, &reading->workers, text, &reading->stream, &reading->diagnostics);
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
    bool empty;
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
        if (!reading.read || stream_document(&reading.stream, 0)->empty != blanks[i].empty)
            fail_msg("%s", blanks[i].document);
        end(&reading);
    }
    test_arena_done(arena);
}

/* ---- manifests ---- */

typedef struct Found {
    const char *stream, *manifests;
    StreamForm form;
} Found;

static const Found founds[] = {
    {"kind: A\nmetadata: {name: x}\n---\n---\nkind: B\n", "A/x B/", FORM_DOCUMENTS},
    {"- a\n---\ntext\n---\nkind: {}\n", "/", FORM_DOCUMENTS},
    {"{\"kind\":\"A\"}{\"kind\":\"B\"}", "A/ B/", FORM_DOCUMENTS},
    {"kind: List\napiVersion: v1\nitems:\n- kind: A\n- text\n-\n- kind: B\n", "A/ B/", FORM_LIST},
    {"# one\n---\nkind: List\napiVersion: v1\nitems: []\n---\n# two\n", "", FORM_LIST},
    {"kind: List\napiVersion: v1\nitems: text\n", "", FORM_LIST},
    {"kind: List\napiVersion: v1\nitems:\n- kind: List\n  apiVersion: v1\n  items:\n  - kind: A\n  - kind: List\n"
     "    apiVersion: v1\n    items: []\n- kind: B\n",
     "A/ B/", FORM_LIST},
    {"{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":"
     "[{\"kind\":\"A\"}]}]}",
     "A/", FORM_LIST},
    {"kind: List\napiVersion: v1\nitems:\n- &a\n  kind: A\n- *a\n", "A/ A/", FORM_LIST},
    {"kind: List\napiVersion: v1\nitems:\n- kind: A\n---\nkind: B\n", "A/ B/", FORM_DOCUMENTS},
    {"kind: List\napiVersion: example.com/v1\nitems:\n- kind: A\n", "List/", FORM_DOCUMENTS},
    {"kind: ResourceList\napiVersion: config.kubernetes.io/v1\nitems:\n- kind: A\n", "A/", FORM_RESOURCE_LIST},
};

static void finds_manifests(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(founds); i++) {
        Reading reading;
        Buf names = {.arena = arena};
        uint32_t numbers[] = {0, 1, 2, 3, 4, 5, 6, 7};
        begin(&reading, arena, str(founds[i].stream));
        stream_load(arena, &reading.stream, numbers, reading.stream.count);
        for (size_t m = 0; m < reading.stream.manifests.n; m++)
            buf_format(&names, "%s%.*s", m ? " " : "", F(manifest_label(arena, reading.stream.manifests.at[m])));
        if (!str_is(buf_str(&names), founds[i].manifests) || reading.stream.form != founds[i].form)
            fail_msg("%s: found %.*s", founds[i].stream, F(buf_str(&names)));
        end(&reading);
    }
    test_arena_done(arena);
}

/* ---- lists ---- */

static const char plain_list[] = "apiVersion: v1\n"
                                 "items:\n"
                                 "# the first\n"
                                 "- kind: A\n"
                                 "  metadata:\n"
                                 "    name: a\n"
                                 "  items:\n"
                                 "  - b\n"
                                 "  - |\n"
                                 "    - c\n"
                                 "- kind: B # the second\n"
                                 "\n"
                                 "- kind: C\n"
                                 "  text: \"some\n"
                                 "    more\"\n"
                                 "kind: List\n"
                                 "metadata:\n"
                                 "  resourceVersion: \"\"\n";

static const char json_list[] = "{\n"
                                "    \"apiVersion\": \"v1\",\n"
                                "    \"items\": [\n"
                                "        {\n"
                                "            \"kind\": \"A\",\n"
                                "            \"items\": [\"b\", \"]}, {[\"]\n"
                                "        },\n"
                                "        {\"kind\": \"B\", \"text\": \"\\\", \\\\\"}, { },\n"
                                "        {\"kind\": \"C\", \"replicas\": -1.5e+3, \"on\": true}\n"
                                "    ],\n"
                                "    \"kind\": \"List\",\n"
                                "    \"metadata\": {\"resourceVersion\": \"\"}\n"
                                "}\n";

typedef struct Opened {
    const char *list;
    size_t parts; /* 0: it is not opened */
} Opened;

static const Opened openeds[] = {
    {plain_list, 5},
    {"kind: List\napiVersion: v1\nitems:\n  - kind: A\n  - kind: B\n", 3},
    {"# one\n---\nkind: List\napiVersion: v1\nitems:\n-\n- {kind: A}\n- \u00e4\n", 4},
    {"kind: List\napiVersion: v1\nitems: # three\n- kind: A\n", 0},
    {"kind: List\napiVersion: v1\nitems:\n", 0},
    {"kind: List\napiVersion: v1\nitems: [{kind: A}]\n", 0},
    {"kind: List\napiVersion: v1\nitems:\n  kind: A\n", 0},
    {"kind: List\napiVersion: v1\nitems:\n- kind: A\nother: &a {b: c}\nd: *a\n", 3},
    {"other: &a b\nkind: List\napiVersion: v1\nitems:\n- kind: A\nd: *a\n", 0},
    {"%TAG ! x,\n---\nkind: List\napiVersion: v1\nitems:\n- !y {}\n", 0},
    {"kind: List\napiVersion: v1\nitems:\n- kind: A\n? - b\n", 3},
    {"kind: List\napiVersion: v1\nitems:\n- kind: A\n\"other\": b\n  more\n", 3},
    {"kind: List\napiVersion: v1\ntext: \"\nitems:\n- kind: A\n\"\n", 0},
    {"kind: List\napiVersion: v1\nitems:\n- kind: A\n<<: {items: [{kind: B}]}\n", 0},
    {"kind: List\napiVersion: v1\nitems:\n- kind: A\nitems:\n- kind: B\n", 0},
    {"\"items\": text\nkind: List\napiVersion: v1\nitems:\n- kind: A\n", 0},
    {"kind: List\napiVersion: v1\nitems:\n- &a\n  kind: A\n- *a\n", 0},
    {"kind: List\napiVersion: v1\nitems:\n- \"a\n- b\"\n", 0},
    {"kind: List\r\napiVersion: v1\r\nitems:\r\n- kind: A\r\n- kind: B\r\n", 3},
    {"kind: List\r\napiVersion: v1\r\nitems:\r\n- kind: A\r- kind: B\r\n", 0},
    {"kind: List\napiVersion: v1\nitems:\n- kind: Mailu\n  apiVersion: postrenderer.mailu.io/v1alpha1\n", 0},
    {"kind: ResourceList\napiVersion: config.kubernetes.io/v1\nitems:\n- kind: A\n", 3},
    {"kind: ResourceList\napiVersion: config.kubernetes.io/v1\nitems:\n- kind: A\nfunctionConfig:\n  a: b\n", 3},
    {json_list, 6},
    {"{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{\"kind\":\"A\"},{\"kind\":\"B\"}]}", 4},
    {"# {\n---\n{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{}]} # }\n", 3},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": []}", 0},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{}, ]}", 0},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{}], \"items\": [{}]}", 0},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{}], \"it\\u0065ms\": 1}", 0},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{\"a\": 'b, c'}]}", 0},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{\"a\": b\"}, {\"c\": d\"}]}", 0},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{\"a\": b:\"}, {\"c\": d:\"}]}", 0},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{\"a\": &b {}}, {\"c\": *b}]}", 0},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [# {\n{}]}", 0},
    {"{kind: List, apiVersion: v1, items: [{}]}", 0},
};

static void opens_lists(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(openeds); i++) {
        Reading reading;
        begin(&reading, arena, str(openeds[i].list));
        if (!reading.read || reading.stream.count != (openeds[i].parts ? openeds[i].parts : 1) ||
            !reading.stream.last_item != !openeds[i].parts)
            fail_msg("%s: came in %zu parts", openeds[i].list, reading.stream.count);
        end(&reading);
    }
    test_arena_done(arena);
}

/* Whether the parts of the list say what it says as a whole. */
static bool parts_are_the_whole(Arena *arena, const Stream *stream) {
    Tree whole, part;
    TreeError error;
    if (!tree_parse(arena, stream->text, &whole, &error))
        return false;
    Node *item = node_first(own_entry(whole.root, S("items")));
    size_t entries = 0;
    for (size_t i = 0; i < stream->count; i++) {
        const Document *document = stream_document(stream, i);
        if (!tree_parse(arena, part_text(arena, document), &part, &error))
            return false;
        if (document->list_role != LIST_ITEM) {
            entries += node_count(part.root);
            continue;
        }
        if (node_count(part.root) != 1 || !node_same(part.root->first, item))
            return false;
        item = node_next(item);
    }
    return !item && entries == node_count(whole.root);
}

static Str with_something_odd(Arena *arena, Random *random, Str text) {
    static const char *const odd[] = {"- ",         "- - a\n", "\n-\n",       "\n  - ",  "\"",     "'",          "|\n",
                                      ">\n ",       "&a ",     "*a ",         "!t ",     "# b\n",  "\n",         "{",
                                      "}",          "[",       "]",           ", ",      " ",      "   ",        ": ",
                                      "? ",         "\t",      "\\",          "a\"",     ":\"",    "'a\"",       "\"\"",
                                      "{}, ",       "[{}], ",  "\"items\": ", "\u00e4",  "%",      "\r",         "\r\n",
                                      "\nitems:\n", "|+\n",    "\n...\n",     "\n---\n", "- |2\n", "\nkind: D\n"};
    Buf out = {.arena = arena};
    size_t at = random_below(random, text.n + 1), gone = random_chance(random, 30) ? random_below(random, 4) : 0;
    buf_add(&out, str_head(text, at));
    buf_add(&out, str(odd[random_below(random, COUNT(odd))]));
    buf_add(&out, str_skip(text, at + gone < text.n ? at + gone : text.n));
    return buf_str(&out);
}

static void opens_lists_as_libyaml_reads_them(void **state) {
    Arena *arena = test_arena();
    uint64_t seed = test_seed(1);
    size_t rounds = test_rounds(30000), opened = 0;
    (void)state;
    for (size_t round = 0; round < rounds; round++) {
        ArenaMark mark = arena_mark(arena);
        Random random = random_of(seed, round);
        Str text = str(round % 2 ? json_list : plain_list);
        for (size_t i = 0; i <= round % 3; i++)
            text = with_something_odd(arena, &random, text);
        if (random_chance(&random, 20))
            text = test_with_returns(arena, text);
        Reading reading;
        begin(&reading, arena, text);
        bool is_one = reading.read && reading.stream.last_item && !reading.stream.separated;
        for (size_t i = 0; i < reading.stream.count; i++)
            is_one &= stream_document(&reading.stream, i)->list_role != NOT_IN_LIST;
        opened += is_one;
        if (is_one && !parts_are_the_whole(arena, &reading.stream))
            fail_msg("SEED=%llu, round %zu: not opened as it is read:\n%.*s", (unsigned long long)seed, round, F(text));
        end(&reading);
        arena_rewind(arena, mark);
    }
    assert_true(opened > rounds / 10); /* or nothing was compared */
    test_arena_done(arena);
}

static void tells_json_from_what_looks_like_it(void **state) {
    static const struct {
        const char *text;
        bool json;
    } rows[] = {
        {"{}", true},
        {" {\"a\": [1, {\"b\": \"}\"}]}\n", true},
        {"{}{\"a\":1}\n{}", true},
        {"", true},
        {"{\"a\": [1}", false},
        {"{\"a\": b\"}", false},
        {"{a: 'b'}", false},
        {"{} # a", false},
        {"{}\n---\n{}", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (is_json(str(rows[i].text)) != rows[i].json)
            fail_msg("%s", rows[i].text);
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
        begin(&reading, arena, text);
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
    {TEXT("a: 1\n" BOM "b: 2\n"), 2, 2},
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
    /* what YAML allows, and libyaml, and with it go-yaml, does not */
    {TEXT(": a\n"), 1, 1},
    {TEXT("a: &\xF0\x9F\x93\xA7 b\n"), 1, 5},
    {TEXT("--- |\n%!PS\n"), 2, 2},
    {TEXT("a: |\n \tx\n  # text\n # text\n# comment\n"), 2, 2},
    {TEXT("a: 1\n%YAML 1.1\n---\nb: 2\n"), 3, 1},
};

static void refuses_with_a_place(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        const Refusal *r = &refusals[i];
        Reading reading;
        begin(&reading, arena, r->stream);
        const Diagnostic *f = reading.diagnostics.list.at;
        if (reading.read || reading.diagnostics.errors != 1 || f->line != r->line || f->column != r->column)
            fail_msg("%.*s: found %zu:%zu: %.*s", F(r->stream), f ? f->line : 0, f ? f->column : 0,
                     F(f ? f->message : S("nothing")));
        end(&reading);
    }
    test_arena_done(arena);
}

/* ---- what is somebody else's, in every style ---- */

static const char *const foreign[] = {
    /* keys that are no strings */
    "apiVersion: v1\nkind: A\n? [a, b]\n: c\n? {d: e}\n: - f\n",
    "apiVersion: v1\nkind: A\n? - a\n  - b\n: - c\n",
    "apiVersion: v1\nkind: A\na: &x b\n*x : c\n",
    "apiVersion: v1\nkind: A\nx:\n {[a]: b, {c: d}: e, ? [f] : g}\n",
    "apiVersion: v1\nkind: A\n? a\n? b\n:\n? !!null\n",
    "apiVersion: v1\nkind: A\n? |\n  a\n: |\n  b\n",
    "apiVersion: v1\nkind: A\n!!str 1: !!int \"2\"\n",
    "apiVersion: v1\nkind: A\n? a\n# between\n: b\n",
    /* tags and anchors */
    "%TAG ! tag:example.com,2000:\n---\n!a {apiVersion: v1, kind: A, b: !<tag:x> c, d: !!set {e}}\n",
    "%TAG !e! tag:example.com,2000:\n--- !e!a\napiVersion: v1\nkind: A\nb: !e!c d\n",
    "---\napiVersion: v1\nkind: A\nx: !!binary |\n  R0lGODlh\n",
    "apiVersion: v1\nkind: A\nx:\n ! a\n",
    "apiVersion: v1\nkind: A\nx:\n - &a\n - &b:c *a\n - !!str\n - &d !t\n - !t &e f\n",
    "apiVersion: v1\nkind: A\na: &x 1\nb: *x\nc: &x 2\nd: *x\n",
    "apiVersion: v1\nkind: A\nbase: &b {a: 1}\nc:\n  <<: *b\n  <<: [*b, *b]\n",
    /* scalars */
    "apiVersion: v1\nkind: A\na: one\n  two\n\n\n  three # comment\n",
    "apiVersion: v1\nkind: A\na: \"one\n  \\\n  two\\\n\n  three\"\n",
    "apiVersion: v1\nkind: A\na: 'it''s\n\n  so'\n",
    "---\napiVersion: v1\nkind: A\nx: |\n x\n --- a\n#y\n",
    "apiVersion: v1\nkind: A\na: |\n  x\n  \ty\n   # text\n  # text\n # comment\n",
    "---\napiVersion: v1\nkind: A\nx: >-\n\n\n one\n\n  two\n three\n\n",
    "apiVersion: v1\nkind: A\na: |2-\n    x\nb: >+3 # c\n      y\n\n\nc: |+\n\nd: |\n",
    "apiVersion: v1\nkind: A\na: \"\\0\\a\\b\\t\\n\\v\\f\\r\\e\\N\\_\\L\\P\\x41\\u263A\\U0001F4E7\\/\"\n",
    "apiVersion: v1\nkind: A\nx:\n - http://a:1/b#c\n - a,b[c]{d}\n - -1\n - ?a\n - :b\n - 'a: b'\n - a!b&c*d\n",
    "apiVersion: v1\nkind: A\na:\tb\t# c\nd: \te\n",
    "apiVersion: v1\nkind: A\na: x\xC2\x85  y\xE2\x80\xA8  z\n",
    "apiVersion: v1\nkind: A\na: \xEF\xBF\xBD\xF4\x8F\xBF\xBF\n",
    /* flow */
    "apiVersion: v1\nkind: A\nx:\n {a, b: , c: d, ? e, ? f : g, \"h\":i, 'j':[k]}\n",
    "apiVersion: v1\nkind: A\nx:\n [a: b, ? c : d, \"e\":f, g,]\n",
    "apiVersion: v1\nkind: A\na: {\n  b: [ # c\n  1,\n\n  2 ]\n  }\n",
    "apiVersion: v1\nkind: A\nx:\n [[[[]]], {}, [{}, [a, {b: [c]}]]]\n",
    "apiVersion: v1\nkind: A\na: [\n]\nb: {\n}\n",
    /* blocks */
    "apiVersion: v1\nkind: A\na:\n- b\n-\n  - c\n- - d\n  -\n    e: f\n    g:\n    - h\n",
    "apiVersion: v1\nkind: A\nx:\n -\n  -\n   -\n    a: b\n",
    "     apiVersion: v1\n     kind: A\n     a: b\n     c:\n         d: e\n",
    "apiVersion: v1\nkind: A\na:\n\n  b:\n\n\n    c\n\n#\n  #\nd:\n",
    "apiVersion: v1\r\nkind: A\r\na: b\r\nc:\r\n  - |\r\n    d\r\n\r\n",
    "apiVersion: v1\rkind: A\ra: b\rc: d\r",
    "# only a comment\n",
    "\n\n",
    "apiVersion: v1\nkind: A\nx:\n plain\n  text\n",
    "apiVersion: v1\nkind: A\nx:\n 'quoted'\n",
    "apiVersion: v1\nkind: A\na: b\na: c\n",
};

static Str run(Arena *arena, Str stream, Str config) {
    Request request = {
        .stream = stream, .has_config = true, .config_name = S("config"), .config = config, .generate = GENERATE};
    Outcome outcome;
    Buf out = {.arena = arena};
    if (!transform(arena, &request, &outcome))
        buf_format(&out, "%.*s", F(outcome.diagnostics.list.at[0].message));
    else
        for (size_t i = 0; i < outcome.chunks.n; i++)
            buf_add(&out, outcome.chunks.at[i]);
    transform_done(&outcome);
    return buf_str(&out);
}

static Str between(Arena *arena, Str before, const char *document, Str after) {
    return str_format(arena, "%.*s%s%.*s", F(before), document, F(after));
}

/* Wherever it stands, it comes out as it came in, and what is ours around it is still found. */
static void returns_what_is_not_ours(void **state) {
    Arena *arena = test_arena();
    Str config = test_file(arena, "testdata/json-stream/config.yaml");
    Str before = S("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: admin, namespace: mailu}\n"
                   "spec:\n  selector: {matchLabels: {app: admin}}\n"
                   "  template:\n    metadata: {labels: {app: admin}}\n"
                   "    spec:\n      containers:\n      - {name: admin, image: ghcr.io/mailu/admin:2024.06}\n...\n");
    Str after = S("...\n---\napiVersion: v1\nkind: Service\nmetadata: {name: admin, namespace: mailu}\n"
                  "spec: {selector: {app: admin}, ports: [{port: 80}]}\n");
    Str done = run(arena, between(arena, before, "", after), config);
    size_t cut = (size_t)str_find(done, S("...\n")) + 4;
    (void)state;
    assert_true(str_has(done, "containerPort: 8080") && str_has(done, "port: 8080"));
    for (size_t i = 0; i < COUNT(foreign); i++) {
        Str out = run(arena, between(arena, before, foreign[i], after), config);
        if (!str_eq(out, between(arena, str_head(done, cut), foreign[i], str_skip(done, cut))))
            fail_msg("%s came out as\n%.*s", foreign[i], F(out));
    }
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(cuts_streams),
    cmocka_unit_test(knows_the_manner_of_a_stream),
    cmocka_unit_test(knows_what_is_blank),
    cmocka_unit_test(finds_manifests),
    cmocka_unit_test(tells_json_from_what_looks_like_it),
    cmocka_unit_test(forgets_idle_documents),
    cmocka_unit_test(opens_lists),
    cmocka_unit_test(opens_lists_as_libyaml_reads_them),
    cmocka_unit_test(refuses_with_a_place),
    cmocka_unit_test(returns_what_is_not_ours),
};
SUITE(reader, tests);
