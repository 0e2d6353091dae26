#include "stream/stream.h"
#include "tests/tests.h"
#include "yaml/build.h"
#include "yaml/edit.h"

static jmp_buf no_memory;

#define BOM "\xEF\xBB\xBF"

typedef struct Writing {
    Workers workers;
    Stream stream;
    Diagnostics diagnostics;
} Writing;

/* Reads the stream, and all of its documents as trees. */
static void begin(Writing *w, Arena *arena, const char *text) {
    uint32_t numbers[8];
    w->diagnostics = (Diagnostics){.arena = arena};
    workers_init(&w->workers, 1, &no_memory);
    assert_true(stream_read(arena, &w->workers, str(text), &w->stream, &w->diagnostics));
    for (uint32_t i = 0; i < w->stream.count; i++)
        numbers[i] = i;
    stream_load(arena, &w->stream, numbers, w->stream.count);
}

static Str finish(Writing *w, Arena *arena) {
    Buf out = {.arena = arena};
    bool written = stream_write(&w->stream, &w->diagnostics);
    Chunks chunks = stream_chunks(arena, &w->stream);
    for (size_t i = 0; written && i < chunks.n; i++)
        buf_add(&out, chunks.at[i]);
    workers_free(&w->workers);
    return buf_str(&out);
}

static void add(Writing *w, Arena *arena, const char *kind, const char *name) {
    stream_add(arena, &w->stream, build(arena, "{apiVersion:v1,kind:%s,metadata:{name:%s}}", kind, name));
}

typedef struct Addition {
    const char *stream, *expected;
} Addition;

#define SOURCE "# Source: mailu-post-renderer"
#define ADDED SOURCE "\napiVersion: v1\nkind: Service\nmetadata:\n  name: s\n"

static const Addition additions[] = {
    {"", ADDED},
    {"\n", "\n---\n" ADDED},
    {"# nothing\n", "# nothing\n---\n" ADDED},
    {"a: 1\n", "a: 1\n---\n" ADDED},
    {"---\na: 1\n", "---\na: 1\n---\n" ADDED},
    {"a: 1", "a: 1\n---\n" ADDED},
    {"a: 1\n---\n", "a: 1\n---\n---\n" ADDED},
    {"a: 1\n...\n", "a: 1\n...\n---\n" ADDED},
    {"a: 1\n# the end", "a: 1\n# the end\n---\n" ADDED},
    {"a: |+\n  b\n\n", "a: |+\n  b\n\n---\n" ADDED},
    {BOM "a: 1\n", BOM "a: 1\n---\n" ADDED},
    {"a: 1\r\n", "a: 1\r\n---\r\n" SOURCE "\r\napiVersion: v1\r\nkind: Service\r\nmetadata:\r\n  name: s\r\n"},
    {"a: 1\r", "a: 1\r---\n" ADDED},
    {"a:\n    b: 1\n", "a:\n    b: 1\n---\n" SOURCE "\napiVersion: v1\nkind: Service\nmetadata:\n    name: s\n"},
    {"{a: 1}\n", "{a: 1}\n---\n" ADDED},
    /* JSON */
    {"{\n  \"a\": 1\n}\n", "{\n  \"a\": 1\n}\n{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Service\",\n"
                           "  \"metadata\": {\n    \"name\": \"s\"\n  }\n}\n"},
    {"{\"a\":1}\n{\"b\":2}",
     "{\"a\":1}\n{\"b\":2}\n{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"s\"}}\n"},
    {"--- {\"a\": 1}\n",
     "--- {\"a\": 1}\n---\n{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"s\"}}\n"},
    /* lists */
    {"kind: List\napiVersion: v1\nitems: []\n",
     "kind: List\napiVersion: v1\nitems:\n  - apiVersion: v1\n    kind: Service\n    metadata:\n      name: s\n"},
    {"kind: List\napiVersion: v1\nitems:\nmetadata: {}\n",
     "kind: List\napiVersion: v1\nitems:\n  - apiVersion: v1\n    kind: Service\n    metadata:\n      name: "
     "s\nmetadata: "
     "{}\n"},
    {"kind: List\napiVersion: v1\n",
     "kind: List\napiVersion: v1\nitems:\n  - apiVersion: v1\n    kind: Service\n    metadata:\n      name: s\n"},
    {"# a list\n---\nkind: List\napiVersion: v1\nitems:\n- a: 1 # one\n# the end\n",
     "# a list\n---\nkind: List\napiVersion: v1\nitems:\n- a: 1 # one\n- apiVersion: v1\n  kind: Service\n  metadata:\n"
     "    name: s\n# the end\n"},
    {"{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{\"a\":1}]}",
     "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{\"a\":1},{\"apiVersion\":\"v1\",\"kind\":\"Service\","
     "\"metadata\":{\"name\":\"s\"}}]}"},
    {"kind: ResourceList\napiVersion: config.kubernetes.io/v1\nitems:\n- a: 1\nfunctionConfig: {}\n",
     "kind: ResourceList\napiVersion: config.kubernetes.io/v1\nitems:\n- a: 1\n- apiVersion: v1\n  kind: Service\n"
     "  metadata:\n    name: s\nfunctionConfig: {}\n"},
    /* a list among others is a document as others are */
    {"kind: List\napiVersion: v1\nitems: []\n---\na: 1\n",
     "kind: List\napiVersion: v1\nitems: []\n---\na: 1\n---\n" ADDED},
};

static void adds_after_what_is_there(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(additions); i++) {
        Writing w;
        begin(&w, arena, additions[i].stream);
        add(&w, arena, "Service", "s");
        Str out = finish(&w, arena);
        if (!str_is(out, additions[i].expected))
            fail_msg("%s came to\n%.*s", additions[i].stream, F(out));
    }
    test_arena_done(arena);
}

static void adds_in_the_order_to_apply(void **state) {
    static const char *const kinds[] = {"IngressRouteTCP", "Deployment", "Service", "Widget", "ConfigMap", "Namespace"};
    Arena *arena = test_arena();
    Writing w;
    (void)state;
    begin(&w, arena, "");
    for (size_t i = 0; i < COUNT(kinds); i++)
        add(&w, arena, kinds[i], "b");
    add(&w, arena, "Service", "a");
    Str out = finish(&w, arena);
    static const char *const order[] = {
        "Namespace",       "ConfigMap", "Service\nmetadata:\n  name: a", "Service\nmetadata:\n  name: b", "Deployment",
        "IngressRouteTCP", "Widget"};
    for (size_t i = 0; i < COUNT(order); i++) {
        ptrdiff_t at = str_find(out, str(order[i]));
        assert_true(at >= 0);
        out = str_skip(out, (size_t)at);
    }
    test_arena_done(arena);
}

/* What is dropped goes with its marker, what is changed is written in its place, and all else is the input's bytes. */
static void writes_what_changed(void **state) {
    Arena *arena = test_arena();
    Writing w;
    (void)state;
    begin(&w, arena, "# one\na: 1\n---\nb: 2 # two\n---\nc: 3\n");
    stream_document(&w.stream, 0)->dropped = true;
    Manifest *second = w.stream.manifests.at[1];
    edit_set(second->tree, second->root, S("b"), new_plain(arena, S("4")));
    assert_str_equal(finish(&w, arena), S("---\nb: 4 # two\n---\nc: 3\n"));
    test_arena_done(arena);
}

/* Were the editor wrong, nothing of it would get out. */
static void writes_nothing_that_reads_back_differently(void **state) {
    Arena *arena = test_arena();
    Writing w;
    (void)state;
    begin(&w, arena, "a: 1\nb: 2\n");
    Manifest *manifest = w.stream.manifests.at[0];
    Node *value = edit_set(manifest->tree, manifest->root, S("a"), new_plain(arena, S("3")));
    value->end += 5; /* so that the splice takes "b: 2" with it */
    assert_str_equal(finish(&w, arena), S(""));
    assert_int_equal(w.diagnostics.errors, 1);
    assert_true(str_has(w.diagnostics.list.at[0].message, "a bug in the program"));
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(adds_after_what_is_there),
    cmocka_unit_test(adds_in_the_order_to_apply),
    cmocka_unit_test(writes_what_changed),
    cmocka_unit_test(writes_nothing_that_reads_back_differently),
};
SUITE(writer, tests);
