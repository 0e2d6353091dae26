#include "yaml/edit.h"

#include "tests/tests.h"
#include "yaml/build.h"

/* ---- how edits look ---- */

typedef struct Edit {
    const char *says, *source, *edits[3], *expected;
} Edit;

/* The node at "/key/0/key", as the collection above holds it. */
static Node *node_at(Tree *tree, Str path) {
    Node *node = tree->root;
    for (str_cut(&path, '/'); path.n;) {
        Str step = str_cut(&path, '/');
        Node *parent = node_value(tree, node);
        int index;
        if (is_mapping(parent)) {
            for (node = node_first(parent); node && !str_eq(node->key->text, step);)
                node = node_next(node);
        } else if (str_to_int(step, &index)) {
            for (node = node_first(parent); node && index; index--)
                node = node_next(node);
        }
    }
    return node;
}

static Node *value_of(Arena *arena, Str text) {
    int number;
    if (str_starts(text, S("{")) || str_starts(text, S("[")))
        return build(arena, text.p);
    bool plain = str_to_int(text, &number) && text.p[0] != '0';
    return plain ? new_plain(arena, text) : new_string(arena, text);
}

/* "set /path/key value", "append /path value", "remove /path". */
static void edit_by(Tree *tree, const char *edit) {
    Str rest = str(edit), what = str_cut(&rest, ' '), path = rest;
    if (str_is(what, "remove")) {
        edit_remove(tree, node_at(tree, path));
        return;
    }
    path = str_cut(&rest, ' ');
    Node *value = value_of(tree->arena, rest);
    if (str_is(what, "append")) {
        edit_append(tree, node_value(tree, node_at(tree, path)), value);
        return;
    }
    size_t slash = path.n;
    while (path.p[slash - 1] != '/')
        slash--;
    edit_set(tree, node_value(tree, node_at(tree, str_head(path, slash - 1))), str_skip(path, slash), value);
}

/* clang-format off */
static const Edit edits[] = {
    {"a value beside its key, with the comment after it",
     "a: 1 # one\n" "b: 2\n",
     {"set /a 3"},
     "a: 3 # one\n" "b: 2\n"},
    {"a string that YAML 1.1 reads as something else is quoted",
     "a: x\n",
     {"set /a yes", "set /b 0755", "set /c 1:30"},
     "a: \"yes\"\n" "b: \"0755\"\n" "c: \"1:30\"\n"},
    {"quotes of others stay",
     "a: 'x'\n" "b: \"y\"\n" "c: z\n",
     {"set /b w"},
     "a: 'x'\n" "b: w\n" "c: z\n"},
    {"a scalar gets a mapping, and the comment stays beside the key",
     "a: x # why\n" "b: y\n",
     {"set /a {c:1,d:[2,3]}"},
     "a: # why\n" "  c: 1\n" "  d:\n" "    - 2\n" "    - 3\n" "b: y\n"},
    {"a mapping becomes a scalar",
     "a: # why\n" "  b: 1\n" "  # inside\n" "  c: 2\n" "d: 3\n",
     {"set /a 4"},
     "a: 4 # why\n" "d: 3\n"},
    {"a new entry goes to the end of its mapping",
     "a:\n" "  b: 1\n" "c: 2\n",
     {"set /a/d 3", "set /e 4"},
     "a:\n" "  b: 1\n" "  d: 3\n" "c: 2\n" "e: 4\n"},
    {"right after the last one, before comments at the same column",
     "a:\n" "  b: 1\n" "  # d: 2\n" "# about c\n" "c: 3\n",
     {"set /a/e 4"},
     "a:\n" "  b: 1\n" "  e: 4\n" "  # d: 2\n" "# about c\n" "c: 3\n"},
    {"after nested blocks, before blank lines",
     "a:\n" "  b:\n" "    c: 1\n" "\n" "d: 2\n",
     {"set /a/e 3", "set /a/b/f 4"},
     "a:\n" "  b:\n" "    c: 1\n" "    f: 4\n" "  e: 3\n" "\n" "d: 2\n"},
    {"indented as the document is",
     "a:\n" "    b: 1\n",
     {"set /a/c {d:{e:2}}"},
     "a:\n" "    b: 1\n" "    c:\n" "        d:\n" "            e: 2\n"},
    {"as its lists are: indented",
     "a:\n" "  - b\n",
     {"append /a c", "set /d [e,{f:1,g:2}]"},
     "a:\n" "  - b\n" "  - c\n" "d:\n" "  - e\n" "  - f: 1\n" "    g: 2\n"},
    {"as its lists are: not indented",
     "a:\n" "- b\n",
     {"append /a c", "set /d [e,{f:1,g:2}]"},
     "a:\n" "- b\n" "- c\n" "d:\n" "- e\n" "- f: 1\n" "  g: 2\n"},
    {"a list at an odd indentation",
     "a:\n" "     -  b: 1\n" "        c: 2\n",
     {"append /a {b:3}", "set /a/0/d 4"},
     "a:\n" "     -  b: 1\n" "        c: 2\n" "        d: 4\n" "     - b: 3\n"},
    {"a list in a list",
     "- - a\n" "  - b\n" "- c\n",
     {"append /0 d", "append / e", "remove /0/0"},
     "- - b\n" "  - d\n" "- c\n" "- e\n"},
    {"an entry is removed with the comment above it and those inside it",
     "a: 1\n" "# about b\n" "b:\n" "  c: 2\n" "  # inside b\n" "# about d\n" "d: 3\n",
     {"remove /b"},
     "a: 1\n" "# about d\n" "d: 3\n"},
    {"a comment that is apart stays",
     "a: 1\n" "\n" "# a section\n" "\n" "# about b\n" "b: 2\n" "c: 3\n",
     {"remove /b"},
     "a: 1\n" "\n" "# a section\n" "\n" "c: 3\n"},
    {"an item is removed",
     "a:\n" "  - b: 1\n" "    c: 2\n" "  # the second\n" "  - b: 3 # three\n" "  - b: 4\n",
     {"remove /a/1"},
     "a:\n" "  - b: 1\n" "    c: 2\n" "  - b: 4\n"},
    {"the first entry of an item is removed: the next moves up",
     "a:\n" "  - b: 1 # one\n" "    c: 2\n" "    d: 3\n",
     {"remove /a/0/b"},
     "a:\n" "  - c: 2\n" "    d: 3\n"},
    {"the first two are removed",
     "a:\n" "  - b: 1\n" "    c: 2\n" "    d: 3\n",
     {"remove /a/0/b", "remove /a/0/c"},
     "a:\n" "  - d: 3\n"},
    {"the last entry is removed: {} is left",
     "a:\n" "  b: 1\n" "c: 2\n",
     {"remove /a/b"},
     "a: {}\n" "c: 2\n"},
    {"all items are removed",
     "a:\n" "- b\n" "- c\n" "d: 1\n",
     {"remove /a/0", "remove /a/0"},
     "a: []\n" "d: 1\n"},
    {"one is removed, one is added",
     "a:\n" "- b\n" "- c\n" "d: 1\n",
     {"remove /a/1", "append /a e"},
     "a:\n" "- b\n" "- e\n" "d: 1\n"},
    {"nothing after the colon",
     "ports:\n" "b: 1\n",
     {"set /ports [1,2]"},
     "ports:\n" "  - 1\n" "  - 2\n" "b: 1\n"},
    {"nothing, but a comment",
     "ports: # none yet\n" "b: 1\n",
     {"set /ports [1,2]"},
     "ports: # none yet\n" "  - 1\n" "  - 2\n" "b: 1\n"},
    {"an empty list",
     "ports: [] # none yet\n" "b: 1\n",
     {"append /ports 1"},
     "ports: # none yet\n" "  - 1\n" "b: 1\n"},
    {"an empty mapping",
     "a:\n" "  limits: {}\n",
     {"set /a/limits/cpu 1"},
     "a:\n" "  limits:\n" "    cpu: 1\n"},
    {"null",
     "a: null\n" "b: ~\n",
     {"set /a {c:1}", "set /b [2]"},
     "a:\n" "  c: 1\n" "b:\n" "  - 2\n"},
    {"flow stays flow",
     "a: {b: 1, c: [2, 3]} # why\n",
     {"set /a/d 4", "append /a/c x, y", "set /a/b {e:5}"},
     "a: {b: {e: 5}, c: [2, 3, \"x, y\"], d: 4} # why\n"},
    {"flow on several lines",
     "a: {\n" "    b: 1, # one\n" "    c: 2  # two\n" "  }\n",
     {"set /a/d 3"},
     "a: {\n" "    b: 1, # one\n" "    c: 2,  # two\n" "    d: 3\n" "  }\n"},
    {"a flow collection at its parent's column moves in when it is changed",
     "a: [\n" "  b,\n" "  c\n" "]\n" "d: {\n" "e: 1,\n" "f: 2\n" "}\n" "g: [\n" "h\n" "]\n",
     {"append /a i", "set /d/f 3", "set /d/j 4"},
     "a: [\n" "  b,\n" "  c,\n" "  i\n" "  ]\n" "d: {\n" "  e: 1,\n" "  f: 3,\n" "  j: 4\n" "  }\n" "g: [\n" "h\n" "]\n"},
    {"an entry of a flow mapping is removed",
     "a: {b: 1, c: 2, d: 3}\n",
     {"remove /a/c"},
     "a: {b: 1, d: 3}\n"},
    {"the first, and the last",
     "a: [1, 2, 3, 4]\n",
     {"remove /a/0", "remove /a/2"},
     "a: [2, 3]\n"},
    {"a comma at the end",
     "a: [1, 2, ]\n",
     {"append /a 3"},
     "a: [1, 2, 3, ]\n"},
    {"a pair without braces gets them when it must",
     "a: [b: 1]\n",
     {"set /a/0/c 2"},
     "a: [{b: 1, c: 2}]\n"},
    {"JSON in one line",
     "{\"a\":{\"b\":1},\"c\":[]}\n",
     {"set /a/d yes", "append /c {e:1}"},
     "{\"a\":{\"b\":1,\"d\":\"yes\"},\"c\":[{\"e\":1}]}\n"},
    {"JSON with an entry a line",
     "{\n" "  \"a\": {\n" "    \"b\": 1\n" "  },\n" "  \"c\": []\n" "}\n",
     {"set /a/d yes", "append /c {e:1}", "set /f [x,y]"},
     "{\n" "  \"a\": {\n" "    \"b\": 1,\n" "    \"d\": \"yes\"\n" "  },\n" "  \"c\": [\n" "    {\n" "      \"e\": 1\n" "    }\n" "  ],\n" "  \"f\": [\n" "    \"x\",\n" "    \"y\"\n" "  ]\n" "}\n"},
    {"JSON with an entry a line: instead of another",
     "{\n" "    \"a\": {\n" "        \"b\": 1\n" "    }\n" "}\n",
     {"set /a/b {c:[2]}"},
     "{\n" "    \"a\": {\n" "        \"b\": {\n" "            \"c\": [\n" "                2\n" "            ]\n" "        }\n" "    }\n" "}\n"},
    {"JSON: an entry is removed",
     "{\n" "  \"a\": 1,\n" "  \"b\": 2,\n" "  \"c\": 3\n" "}\n",
     {"remove /b", "remove /c"},
     "{\n" "  \"a\": 1\n" "}\n"},
    {"JSON in one line, with spaces",
     "{\"a\": {\"b\": 1}, \"c\": []}\n",
     {"set /a/d yes", "append /c {e:1,f:2}"},
     "{\"a\": {\"b\": 1, \"d\": \"yes\"}, \"c\": [{\"e\": 1, \"f\": 2}]}\n"},
    {"JSON: all is removed",
     "{\n" "  \"a\": {\n" "    \"b\": 1\n" "  }\n" "}\n",
     {"remove /a/b"},
     "{\n" "  \"a\": {}\n" "}\n"},
    {"flow on several lines, with a comma at the end",
     "a: [\n" "  1, # one\n" "  2, # two\n" "]\n",
     {"append /a 3"},
     "a: [\n" "  1, # one\n" "  2, # two\n" "  3,\n" "  ]\n"},
    {"the first entry of an item goes: a comment of the next moves up with it",
     "a:\n" "  - b: 1\n" "    # about c\n" "    c: 2\n",
     {"remove /a/0/b"},
     "a:\n" "  - # about c\n" "    c: 2\n"},
    {"CRLF",
     "a:\r\n" "  - b\r\n" "c: 1\r\n",
     {"append /a d", "set /e {f:2}", "set /c 3"},
     "a:\r\n" "  - b\r\n" "  - d\r\n" "c: 3\r\n" "e:\r\n" "  f: 2\r\n"},
    {"tabs before comments",
     "a: 1\t# one\n" "b:\t2\n",
     {"set /a 3", "set /c 4"},
     "a: 3\t# one\n" "b:\t2\n" "c: 4\n"},
    {"the last line without a break",
     "a: 1\n" "b: 2",
     {"set /c 3"},
     "a: 1\n" "b: 2\n" "c: 3"},
    {"a block scalar without a break at the end",
     "a: |\n" "  text",
     {"set /b 1"},
     "a: text\n" "b: 1"},
    {"a block scalar gets another text",
     "a: |- # script\n" "  one\n" "  two\n" "b: 1\n",
     {"set /a x\n" "y"},
     "a: |- # script\n" "  x\n" "  y\n" "b: 1\n"},
    {"several lines are written as a block",
     "a: 1\n",
     {"set /b one\n" "  two\n", "set /c one\n" "two"},
     "a: 1\n" "b: |\n" "  one\n" "    two\n" "c: |-\n" "  one\n" "  two\n"},
    {"what a block can't hold is quoted",
     "a: 1\n",
     {"set /b  one\n" "two\n", "set /c one\n" "\n" "\n"},
     "a: 1\n" "b: \" one\\ntwo\\n\"\n" "c: \"one\\n\\n\\n\"\n"},
    {"after a block scalar that keeps its blank lines",
     "a: |+\n" "  text\n" "\n" "b: 1\n",
     {"set /c 2"},
     "a: |+\n" "  text\n" "\n" "b: 1\n" "c: 2\n"},
    {"an entry between blank lines that would change the block above",
     "a: |+\n" "  text\n" "b: 1\n" "\n" "c: 2\n",
     {"remove /b"},
     "a: |+\n" "  text\n" "c: 2\n"},
    {"block scalars of others, with every indicator",
     "a:\n" "  b: |2-\n" "     deep\n" "  c: >+\n" "    folded\n" "\n" "  d: >-\n" "    x\n",
     {"set /a/e 1", "remove /a/d"},
     "a:\n" "  b: |2-\n" "     deep\n" "  c: >+\n" "    folded\n" "\n" "  e: 1\n"},
    {"plain text on several lines",
     "a: one\n" "  two\n" "\n" "  three # 3\n" "b: 1\n",
     {"set /a x", "set /c 2"},
     "a: x # 3\n" "b: 1\n" "c: 2\n"},
    {"quotes over several lines",
     "a: \"one\n" "  two\" # 1\n" "b: 'it''s\n" "\n" "  x'\n",
     {"set /a 1", "set /b 2"},
     "a: 1 # 1\n" "b: 2\n"},
    {"explicit keys",
     "? a\n" ": 1 # one\n" "? b\n" "# why\n" ": - 2\n",
     {"set /a 3", "append /b 4", "set /c 5"},
     "? a\n" ": 3 # one\n" "? b\n" "# why\n" ": - 2\n" "  - 4\n" "c: 5\n"},
    {"an explicit key without a value",
     "? a # why\n" "? b\n",
     {"set /a {c:1}"},
     "? a # why\n" ":\n" "  c: 1\n" "? b\n"},
    {"an explicit key is removed",
     "? a\n" ": 1\n" "? b\n" ": 2\n",
     {"remove /a"},
     "? b\n" ": 2\n"},
    {"tags of others stay",
     "a: !!str 1\n" "b: !local {c: 1}\n",
     {"set /b/d 2", "set /e 3"},
     "a: !!str 1\n" "b: !local {c: 1, d: 2}\n" "e: 3\n"},
    {"the value of an anchor changes, not its aliases",
     "a: &x\n" "  b: 1\n" "c: *x\n" "d: *x # shared\n",
     {"set /a/b 2"},
     "a: &x\n" "  b: 2\n" "c:\n" "  b: 1\n" "d: # shared\n" "  b: 1\n"},
    {"an alias changes, not its anchor",
     "a: &x\n" "  b: 1\n" "c: *x\n",
     {"set /c/b 2"},
     "a: &x\n" "  b: 1\n" "c:\n" "  b: 2\n"},
    {"an anchor is removed, its aliases keep its value",
     "a: &x one\n" "b: *x\n" "c: [*x]\n",
     {"remove /a"},
     "b: one\n" "c: [one]\n"},
    {"an anchor inside what is removed",
     "a:\n" "  b: &x {c: 1}\n" "d: *x\n",
     {"set /a 2"},
     "a: 2\n" "d:\n" "  c: 1\n"},
    {"an anchor whose name is used again",
     "a: &x 1\n" "b: &y [*x]\n" "c: &x 2\n" "d: *y\n",
     {"append /b 3"},
     "a: &x 1\n" "b: &y [*x, 3]\n" "c: &x 2\n" "d:\n" "  - 1\n"},
    {"merged entries are overridden",
     "a: &x\n" "  b: 1\n" "  c: 2\n" "d:\n" "  <<: *x\n" "  c: 3\n",
     {"set /d/b 4"},
     "a: &x\n" "  b: 1\n" "  c: 2\n" "d:\n" "  <<: *x\n" "  c: 3\n" "  b: 4\n"},
    {"a merged mapping changes: the others keep theirs",
     "a: &x\n" "  b: 1\n" "d:\n" "  <<: *x\n" "  c: 3\n" "e:\n" "  <<: *x\n",
     {"set /a/b 2"},
     "a: &x\n" "  b: 2\n" "d:\n" "  <<:\n" "    b: 1\n" "  c: 3\n" "e:\n" "  <<:\n" "    b: 1\n"},
    {"an anchor beside the key of a block",
     "a: &x # why\n" "  b: 1\n" "c: 2\n",
     {"set /a 3"},
     "a: 3 # why\n" "c: 2\n"},
    {"blank lines between entries",
     "a: 1\n" "\n" "b: 2\n" "\n" "c: 3\n",
     {"remove /b", "set /d 4"},
     "a: 1\n" "\n" "c: 3\n" "d: 4\n"},
    {"markers around the document",
     "%YAML 1.1\n" "--- # first\n" "a: 1\n" "...\n",
     {"set /b 2"},
     "%YAML 1.1\n" "--- # first\n" "a: 1\n" "b: 2\n" "...\n"},
    {"a byte order mark",
     "\xEF\xBB\xBF" "a: 1\n" "b: 2\n",
     {"remove /a"},
     "\xEF\xBB\xBF" "b: 2\n"},
    {"keys that are not plain words",
     "a: 1\n",
     {"set /yes 1", "set /1 2", "set /x:y 3"},
     "a: 1\n" "\"yes\": 1\n" "\"1\": 2\n" "x:y: 3\n"},
    {"Unicode",
     "caf\xC3\xA9: \xE2\x98\xBA # \xF0\x9F\x93\xA7\n" "b: 1\n",
     {"set /caf\xC3\xA9 \xC3\xBC", "remove /b"},
     "caf\xC3\xA9: \xC3\xBC # \xF0\x9F\x93\xA7\n"},
    {"comments at the end stay at the end",
     "a: 1\n" "# the end\n",
     {"set /b 2"},
     "a: 1\n" "b: 2\n" "# the end\n"},
    {"a comment that a block scalar would swallow",
     "a: x\n" "  # deeper\n" "b: 1\n",
     {"set /a one\n" "two\n"},
     "a: \"one\\ntwo\\n\"\n" "  # deeper\n" "b: 1\n"},
    {"an alias that is a key becomes its text",
     "a: &x k\n" "*x : 1\n",
     {"remove /a"},
     "k : 1\n"},
    {"keys that are collections stay as they are",
     "? [a, b]\n" ": 1\n" "? c: d\n" ": - 2\n",
     {"set /e 3"},
     "? [a, b]\n" ": 1\n" "? c: d\n" ": - 2\n" "e: 3\n"},
    {"an anchor that looks like an indicator",
     "a: &b-c\n" "  - d\n",
     {"append /a e"},
     "a: &b-c\n" "  - d\n" "  - e\n"},
    {"after a flow collection that closes on a line of its own",
     "a:\n" "  b: {\n" "    c: 1\n" "  }\n",
     {"set /d 2"},
     "a:\n" "  b: {\n" "    c: 1\n" "  }\n" "d: 2\n"},
    {"an item is removed and one is added, at two depths",
     "a:\n" "  b:\n" "  - 1\n" "  - 2\n" "  # inside\n" "c: 3\n",
     {"remove /a/b/1", "append /a/b 4", "set /a/d 5"},
     "a:\n" "  b:\n" "  - 1\n" "  - 4\n" "  d: 5\n" "  # inside\n" "c: 3\n"},
    {"a string in flow style that older parsers would cut",
     "a: [b]\n",
     {"append /a nginx:1.27", "append /a ?x"},
     "a: [b, \"nginx:1.27\", \"?x\"]\n"},
    {"an alias with a comment after it, in a list",
     "a: &x\n" "  b: 1\n" "c:\n" "  - *x # why\n",
     {"set /a/b 2"},
     "a: &x\n" "  b: 2\n" "c:\n" "  - b: 1 # why\n"},
};
/* clang-format on */

static void edits_look_as_expected(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(edits); i++) {
        Tree tree;
        TreeError error;
        assert_true(tree_parse(arena, str(edits[i].source), &tree, &error));
        for (size_t e = 0; e < COUNT(edits[i].edits) && edits[i].edits[e]; e++)
            edit_by(&tree, edits[i].edits[e]);
        Str output = edit_render(arena, &tree);
        if (!str_is(output, edits[i].expected))
            fail_msg("%s: found\n%.*s\nexpected\n%s", edits[i].says, F(output), edits[i].expected);
    }
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(edits_look_as_expected),
};
SUITE(edit, tests);
