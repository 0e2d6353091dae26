#include "stream/lists.h"

#include "stream/fragment.h"
#include "tests/random.h"
#include "tests/reading.h"
#include "tests/tests.h"
#include "yaml/json.h"

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
    bool opened;
} Opened;

static const Opened openeds[] = {
    {plain_list, true},
    {"kind: List\napiVersion: v1\nitems:\n  - kind: A\n  - kind: B\n", true},
    {"# one\n---\nkind: List\napiVersion: v1\nitems:\n-\n- {kind: A}\n- \u00e4\n", true},
    {"kind: List\napiVersion: v1\nitems: # three\n- kind: A\n", false},
    {"kind: List\napiVersion: v1\nitems:\n", false},
    {"kind: List\napiVersion: v1\nitems: [{kind: A}]\n", false},
    {"kind: List\napiVersion: v1\nitems:\n  kind: A\n", false},
    {"kind: List\napiVersion: v1\nitems:\n- kind: A\nother: &a {b: c}\nd: *a\n", true},
    {"other: &a b\nkind: List\napiVersion: v1\nitems:\n- kind: A\nd: *a\n", false},
    {"%TAG ! x,\n---\nkind: List\napiVersion: v1\nitems:\n- !y {}\n", false},
    {"kind: List\napiVersion: v1\nitems:\n- kind: A\n? - b\n", true},
    {"kind: List\napiVersion: v1\nitems:\n- kind: A\n\"other\": b\n  more\n", true},
    {"kind: List\napiVersion: v1\ntext: \"\nitems:\n- kind: A\n\"\n", false},
    {"kind: List\napiVersion: v1\nitems:\n- kind: A\n<<: {items: [{kind: B}]}\n", false},
    {"kind: List\napiVersion: v1\nitems:\n- kind: A\nitems:\n- kind: B\n", false},
    {"\"items\": text\nkind: List\napiVersion: v1\nitems:\n- kind: A\n", false},
    {"kind: List\napiVersion: v1\nitems:\n- &a\n  kind: A\n- *a\n", false},
    {"kind: List\napiVersion: v1\nitems:\n- \"a\n- b\"\n", false},
    {"kind: List\r\napiVersion: v1\r\nitems:\r\n- kind: A\r\n- kind: B\r\n", true},
    {"kind: List\r\napiVersion: v1\r\nitems:\r\n- kind: A\r- kind: B\r\n", false},
    {"kind: List\napiVersion: v1\nitems:\n- kind: Mailu\n  apiVersion: postrenderer.mailu.io/v1alpha1\n", false},
    {"kind: ResourceList\napiVersion: config.kubernetes.io/v1\nitems:\n- kind: A\n", true},
    {"kind: ResourceList\napiVersion: config.kubernetes.io/v1\nitems:\n- kind: A\nfunctionConfig:\n  a: b\n", true},
    {json_list, true},
    {"{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{\"kind\":\"A\"},{\"kind\":\"B\"}]}", true},
    {"# {\n---\n{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{}]} # }\n", true},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": []}", false},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{}, ]}", false},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{}], \"items\": [{}]}", false},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{}], \"it\\u0065ms\": 1}", false},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{\"a\": 'b, c'}]}", false},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{\"a\": b\"}, {\"c\": d\"}]}", false},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{\"a\": b:\"}, {\"c\": d:\"}]}", false},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{\"a\": &b {}}, {\"c\": *b}]}", false},
    {"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [# {\n{}]}", false},
    {"{kind: List, apiVersion: v1, items: [{}]}", false},
};

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
        if (!tree_parse(arena, fragment_text(arena, document), &part, &error))
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

/* Whether a List is read an item at a time, as a long one has to be; and if it is, that nothing is lost by it. */
static void opens_lists(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(openeds); i++) {
        Reading reading;
        reading_begin(&reading, arena, str(openeds[i].list));
        bool opened = reading.read && reading.stream.last_item;
        if (!reading.read || opened != openeds[i].opened || (opened && !parts_are_the_whole(arena, &reading.stream)))
            fail_msg("%s: %s", openeds[i].list, opened ? "opened" : "not opened");
        reading_end(&reading);
    }
    test_arena_done(arena);
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
        reading_begin(&reading, arena, text);
        bool is_one = reading.read && reading.stream.last_item && !reading.stream.separated;
        for (size_t i = 0; i < reading.stream.count; i++)
            is_one &= stream_document(&reading.stream, i)->list_role != NOT_IN_LIST;
        opened += is_one;
        if (is_one && !parts_are_the_whole(arena, &reading.stream))
            fail_msg("SEED=%llu, round %zu: not opened as it is read:\n%.*s", (unsigned long long)seed, round, F(text));
        reading_end(&reading);
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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(opens_lists),
    cmocka_unit_test(opens_lists_as_libyaml_reads_them),
    cmocka_unit_test(tells_json_from_what_looks_like_it),
};
SUITE(lists, tests);
