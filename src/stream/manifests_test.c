#include "stream/stream.h"

#include "tests/reading.h"
#include "tests/tests.h"

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
        reading_begin(&reading, arena, str(founds[i].stream));
        stream_load(arena, &reading.stream, numbers, reading.stream.count);
        for (size_t m = 0; m < reading.stream.manifests.n; m++)
            buf_format(&names, "%s%.*s", m ? " " : "", F(manifest_label(arena, reading.stream.manifests.at[m])));
        if (!str_is(buf_str(&names), founds[i].manifests) || reading.stream.form != founds[i].form)
            fail_msg("%s: found %.*s", founds[i].stream, F(buf_str(&names)));
        reading_end(&reading);
    }
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(finds_manifests),
};
SUITE(manifests, tests);
