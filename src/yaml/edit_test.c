#include "yaml/edit.h"

#include "tests/data_test.h"
#include "tests/generate_test.h"
#include "tests/tests.h"
#include "yaml/build.h"
#include "yaml/source.h"

#include <glob.h>
#include <stdio.h>

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
static void edit_as_told(Tree *tree, const char *edit) {
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
    {"a value beside its key, with the comment behind it",
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
    {"right behind the last one, before comments at the same column",
     "a:\n" "  b: 1\n" "  # d: 2\n" "# about c\n" "c: 3\n",
     {"set /a/e 4"},
     "a:\n" "  b: 1\n" "  e: 4\n" "  # d: 2\n" "# about c\n" "c: 3\n"},
    {"behind nested blocks, before blank lines",
     "a:\n" "  b:\n" "    c: 1\n" "\n" "d: 2\n",
     {"set /a/e 3", "set /a/b/f 4"},
     "a:\n" "  b:\n" "    c: 1\n" "    f: 4\n" "  e: 3\n" "\n" "d: 2\n"},
    {"in the step of the document",
     "a:\n" "    b: 1\n",
     {"set /a/c {d:{e:2}}"},
     "a:\n" "    b: 1\n" "    c:\n" "        d:\n" "            e: 2\n"},
    {"in the manner of its lists: indented",
     "a:\n" "  - b\n",
     {"append /a c", "set /d [e,{f:1,g:2}]"},
     "a:\n" "  - b\n" "  - c\n" "d:\n" "  - e\n" "  - f: 1\n" "    g: 2\n"},
    {"in the manner of its lists: not indented",
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
    {"an entry goes with the comment above it and those inside it",
     "a: 1\n" "# about b\n" "b:\n" "  c: 2\n" "  # inside b\n" "# about d\n" "d: 3\n",
     {"remove /b"},
     "a: 1\n" "# about d\n" "d: 3\n"},
    {"a comment that stands apart stays",
     "a: 1\n" "\n" "# a section\n" "\n" "# about b\n" "b: 2\n" "c: 3\n",
     {"remove /b"},
     "a: 1\n" "\n" "# a section\n" "\n" "c: 3\n"},
    {"an item goes",
     "a:\n" "  - b: 1\n" "    c: 2\n" "  # the second\n" "  - b: 3 # three\n" "  - b: 4\n",
     {"remove /a/1"},
     "a:\n" "  - b: 1\n" "    c: 2\n" "  - b: 4\n"},
    {"the first entry of an item goes: the next moves up",
     "a:\n" "  - b: 1 # one\n" "    c: 2\n" "    d: 3\n",
     {"remove /a/0/b"},
     "a:\n" "  - c: 2\n" "    d: 3\n"},
    {"the first two go",
     "a:\n" "  - b: 1\n" "    c: 2\n" "    d: 3\n",
     {"remove /a/0/b", "remove /a/0/c"},
     "a:\n" "  - d: 3\n"},
    {"the last entry goes: what is left is empty, and says so",
     "a:\n" "  b: 1\n" "c: 2\n",
     {"remove /a/b"},
     "a: {}\n" "c: 2\n"},
    {"all items go",
     "a:\n" "- b\n" "- c\n" "d: 1\n",
     {"remove /a/0", "remove /a/0"},
     "a: []\n" "d: 1\n"},
    {"one goes, one comes",
     "a:\n" "- b\n" "- c\n" "d: 1\n",
     {"remove /a/1", "append /a e"},
     "a:\n" "- b\n" "- e\n" "d: 1\n"},
    {"nothing behind the colon",
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
    {"an entry of a flow mapping goes",
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
    {"JSON with an entry a line: in the place of another",
     "{\n" "    \"a\": {\n" "        \"b\": 1\n" "    }\n" "}\n",
     {"set /a/b {c:[2]}"},
     "{\n" "    \"a\": {\n" "        \"b\": {\n" "            \"c\": [\n" "                2\n" "            ]\n" "        }\n" "    }\n" "}\n"},
    {"JSON: an entry goes",
     "{\n" "  \"a\": 1,\n" "  \"b\": 2,\n" "  \"c\": 3\n" "}\n",
     {"remove /b", "remove /c"},
     "{\n" "  \"a\": 1\n" "}\n"},
    {"JSON in one line, with blanks",
     "{\"a\": {\"b\": 1}, \"c\": []}\n",
     {"set /a/d yes", "append /c {e:1,f:2}"},
     "{\"a\": {\"b\": 1, \"d\": \"yes\"}, \"c\": [{\"e\": 1, \"f\": 2}]}\n"},
    {"JSON: all goes",
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
    {"behind a block scalar that keeps its blank lines",
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
    {"an explicit key goes",
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
    {"an anchor goes, its aliases keep what it was",
     "a: &x one\n" "b: *x\n" "c: [*x]\n",
     {"remove /a"},
     "b: one\n" "c: [one]\n"},
    {"an anchor inside what goes",
     "a:\n" "  b: &x {c: 1}\n" "d: *x\n",
     {"set /a 2"},
     "a: 2\n" "d:\n" "  c: 1\n"},
    {"an anchor whose name is used again",
     "a: &x 1\n" "b: &y [*x]\n" "c: &x 2\n" "d: *y\n",
     {"append /b 3"},
     "a: &x 1\n" "b: &y [*x, 3]\n" "c: &x 2\n" "d:\n" "  - 1\n"},
    {"merged entries are set over",
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
    {"keys that are no plain words",
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
    {"an alias that is a key has to stand for itself",
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
    {"behind a flow collection that closes on a line of its own",
     "a:\n" "  b: {\n" "    c: 1\n" "  }\n",
     {"set /d 2"},
     "a:\n" "  b: {\n" "    c: 1\n" "  }\n" "d: 2\n"},
    {"an item goes and one comes, at two depths",
     "a:\n" "  b:\n" "  - 1\n" "  - 2\n" "  # inside\n" "c: 3\n",
     {"remove /a/b/1", "append /a/b 4", "set /a/d 5"},
     "a:\n" "  b:\n" "  - 1\n" "  - 4\n" "  d: 5\n" "  # inside\n" "c: 3\n"},
    {"a string in flow style that older parsers would cut",
     "a: [b]\n",
     {"append /a nginx:1.27", "append /a ?x"},
     "a: [b, \"nginx:1.27\", \"?x\"]\n"},
    {"an alias with a comment behind it, in a list",
     "a: &x\n" "  b: 1\n" "c:\n" "  - *x # why\n",
     {"set /a/b 2"},
     "a: &x\n" "  b: 2\n" "c:\n" "  - b: 1 # why\n"},
};
/* clang-format on */

static void looks_as_told(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(edits); i++) {
        Tree tree;
        TreeError error;
        assert_true(tree_parse(arena, str(edits[i].source), &tree, &error));
        for (size_t e = 0; e < COUNT(edits[i].edits) && edits[i].edits[e]; e++)
            edit_as_told(&tree, edits[i].edits[e]);
        Str output = edit_render(arena, &tree);
        if (!str_is(output, edits[i].expected))
            fail_msg("%s: found\n%.*s\nexpected\n%s", edits[i].says, F(output), edits[i].expected);
    }
    test_arena_done(arena);
}

/* ---- an oracle: what an edit has to come to, by a model that knows nothing of splices ----
 *
 * A trial reads a document as a tree and as data, makes the same random edits to both, and holds what edit_render gives
 * against the data, read by libyaml and by libfyaml. Of every edit the trial notes the lines that belong to it; all
 * others have to come out as they are, in order, and every comment that describes nothing that went, exactly once.
 */

typedef struct Trial {
    Arena *arena;
    Random *random;
    Str source;
    LIST(Str) lines;    /* of the source, with their breaks */
    bool *free_line;    /* belongs to an edit */
    bool *lost;         /* its comment may go */
    bool *gone;         /* of an entry that was removed */
    bool *text;         /* of a block scalar: what looks like a comment is none */
    bool block_scalars; /* there are some */
    Datum *data;        /* what the document has to say */
    Tree tree;
    LIST(Datum *) aliases;
    Buf log;
    const char *trouble;
    Str detail;
} Trial;

static void fails(Trial *trial, const char *trouble, Str detail) {
    if (!trial->trouble) {
        trial->trouble = trouble;
        trial->detail = detail;
    }
}

static Str cut_line(Str *rest) {
    size_t n = line_end(*rest, 0);
    if (n < rest->n && rest->p[n] == '\r')
        n++;
    if (n < rest->n && rest->p[n] == '\n')
        n++;
    Str line = str_head(*rest, n);
    *rest = str_skip(*rest, n);
    return line;
}

static Str comment_of_line(Str line) {
    Str trimmed = str_trim(line);
    return str_starts(trimmed, S("#")) ? trimmed : (Str){0};
}

static size_t indent_of_line(Str line) {
    size_t n = 0;
    while (n < line.n && line.p[n] == ' ')
        n++;
    return n;
}

static void free_lines(Trial *trial, size_t from, size_t to) {
    for (size_t i = from; i <= to && i < trial->lines.n; i++)
        trial->free_line[i] = true;
}

static void lose_comments(Trial *trial, size_t from, size_t to) {
    free_lines(trial, from, to);
    for (size_t i = from; i <= to && i < trial->lines.n; i++)
        trial->lost[i] = true;
}

static bool is_collection(const Datum *datum) {
    return datum->kind != DATUM_SCALAR;
}

/* The place of the alias that `datum` belongs to; itself when it belongs to none. */
static Datum *standing(Datum *datum) {
    for (Datum *up = datum; up; up = up->parent)
        if (up->anchored && !up->fresh)
            datum = up;
    return datum;
}

static void note_touched(Trial *trial, Datum *datum);
static void note_replaced(Trial *trial, Datum *datum);

static Datum *take_alias_of(Trial *trial, const Datum *datum) {
    for (size_t i = 0; datum->anchor.n && i < trial->aliases.n; i++)
        if (trial->aliases.at[i]->anchored == datum) {
            Datum *alias = trial->aliases.at[i];
            trial->aliases.at[i] = trial->aliases.at[--trial->aliases.n];
            return alias;
        }
    return NULL;
}

static void note_anchor_gone(Trial *trial, const Datum *datum) {
    for (Datum *alias; (alias = take_alias_of(trial, datum));) {
        note_replaced(trial, alias);
        note_touched(trial, alias->parent);
    }
}

/* Other users of the anchors on the way get copies. */
static void note_touched(Trial *trial, Datum *datum) {
    for (; datum; datum = datum->parent)
        note_anchor_gone(trial, datum);
}

static void note_anchors_below(Trial *trial, const Datum *datum) {
    note_anchor_gone(trial, datum);
    for (size_t i = 0; !datum->anchored && i < datum->children.n; i++) {
        if (datum->children.at[i]->key)
            note_anchors_below(trial, datum->children.at[i]->key);
        note_anchors_below(trial, datum->children.at[i]);
    }
}

/* In a flow collection the commas beside an entry are its own, too. */
static void note_neighbours(Trial *trial, const Datum *parent) {
    if (parent && parent->flow)
        lose_comments(trial, parent->value_line, parent->last_line);
}

/* The value of an entry is written anew. */
static void note_replaced(Trial *trial, Datum *datum) {
    datum = standing(datum);
    if (datum->fresh)
        return;
    note_neighbours(trial, datum->parent);
    free_lines(trial, datum->first_line, datum->last_line);
    if (datum->flow && datum->last_line > datum->value_line)
        lose_comments(trial, datum->value_line, datum->last_line - 1);
    else if (!datum->flow && is_collection(datum) && datum->children.n)
        lose_comments(trial,
                      datum->children.at[0]->first_line > datum->first_line ? datum->first_line + 1 : datum->first_line,
                      datum->last_line);
}

static size_t source_children(const Datum *datum) {
    size_t n = 0;
    for (size_t i = 0; i < datum->children.n; i++)
        n += !datum->children.at[i]->fresh;
    return n;
}

static const Datum *deepest_last(const Datum *datum) {
    while (!datum->flow && !datum->anchored && !datum->fresh && datum->children.n)
        datum = datum->children.at[datum->children.n - 1];
    return datum;
}

static void note_removed(Trial *trial, Datum *datum) {
    Datum *parent = datum->parent;
    if (datum->fresh || standing(datum) != datum || parent->flow) {
        note_replaced(trial, datum);
        note_neighbours(trial, parent);
        return;
    }
    size_t from = datum->first_line, to = datum->last_line;
    for (size_t i = from; i <= to && i < trial->lines.n; i++)
        trial->gone[i] = true;
    size_t indent = indent_of_line(trial->lines.at[from]);
    while (from > 0 && comment_of_line(trial->lines.at[from - 1]).n &&
           indent_of_line(trial->lines.at[from - 1]) == indent)
        from--;
    for (size_t i = to + 1; i < trial->lines.n; i++) {
        Str comment = comment_of_line(trial->lines.at[i]);
        if (comment.n && indent_of_line(trial->lines.at[i]) > indent)
            to = i;
        else if (str_trim(trial->lines.at[i]).n)
            break;
    }
    lose_comments(trial, from, to);
    if (to + 1 < trial->lines.n && !str_trim(trial->lines.at[to + 1]).n) /* one of two blank lines */
        free_lines(trial, to + 1, to + 1);
    for (size_t i = to + 1; trial->block_scalars && i < trial->lines.n && !str_trim(trial->lines.at[i]).n; i++)
        free_lines(trial, i, i);                        /* blank lines would become a part of "|+" */
    for (size_t i = 0; i + 1 < parent->children.n; i++) /* it may move up to where this one stood */
        if (parent->children.at[i] == datum && !parent->children.at[i + 1]->fresh)
            free_lines(trial, to, parent->children.at[i + 1]->first_line);
}

static void note_inserted(Trial *trial, Datum *parent) {
    parent = standing(parent);
    if (parent->fresh)
        return;
    if (!source_children(parent) || parent->anchored) {
        note_replaced(trial, parent);
        return;
    }
    note_neighbours(trial, parent);
    const Datum *last = deepest_last(parent);
    if (last->block_scalar && last->last_line + 1 >= trial->lines.n) /* at the end of the text, without a break */
        free_lines(trial, last->first_line, last->last_line);
}

/* ---- random edits, to both ---- */

typedef struct Value {
    Node *node;
    Datum *datum;
} Value;

static Value new_scalar(Trial *trial, Str text, bool bare) {
    Datum *datum = NEW(trial->arena, Datum);
    *datum = (Datum){.kind = DATUM_SCALAR, .text = text, .bare = bare, .fresh = true};
    return (Value){bare ? new_plain(trial->arena, text) : new_string(trial->arena, text), datum};
}

static Str some_text(Trial *trial) {
    static const char *const texts[] = {
        "a",
        "word",
        "two words",
        "nginx:1.27",
        "http://x/y#z",
        "it's",
        "a \"b\"",
        "-dash",
        "?mark",
        "x: y",
        "yes",
        "null",
        "0755",
        "1e3",
        "~",
        "12",
        "-1",
        "0x1F",
        "1:30",
        "true",
        "a # b",
        "",
        "{{ x }}",
        "2024-06-01",
        "[x",
        "%d",
        "@at",
        "&and",
        "*star",
        "!bang",
        "|pipe",
        ">more",
        "a,b",
        "#hash",
        "a:",
        "---",
        "...",
        "- item",
        ": colon",
        "=",
        "<<",
        "caf\xC3\xA9",
        " x",
        "x ",
        "\t",
        "a\tb",
        "a\nb\n",
        "a\nb",
        "a\n\n\n",
        "\n",
        " a\nb\n",
        "a\n  b\n",
        "\ta\nb\n",
        "a\r\nb\n",
        "a\n\nb ",
        "# x\ny\n",
        "\x01",
        "\\",
        "-",
        "\xF0\x9F\x93\xA7",
        "---\nx\n",
        ("a\xE2\x80\xA8"
         "b"),
        "\xEF\xBB\xBFx",
    };
    return str(texts[random_below(trial->random, COUNT(texts))]);
}

static void append_datum(Trial *trial, Datum *parent, Datum *key, Datum *child) {
    child->parent = parent;
    child->key = key;
    *PUSH(trial->arena, &parent->children) = child;
}

static Value some_value(Trial *trial, int depth) {
    static const char *const bare[] = {"12", "true", "null", "-1", "1.5"};
    size_t kind = random_below(trial->random, depth < 3 ? 10 : 6);
    if (kind < 4)
        return new_scalar(trial, some_text(trial), false);
    if (kind < 6)
        return new_scalar(trial, str(bare[random_below(trial->random, COUNT(bare))]), true);
    bool is_map = kind < 8;
    Value value = {new_collection(trial->arena, is_map ? MAPPING : SEQUENCE), NEW(trial->arena, Datum)};
    value.datum->kind = is_map ? DATUM_MAP : DATUM_LIST;
    value.datum->fresh = true;
    for (size_t n = random_below(trial->random, 4); n; n--) {
        Value key = new_scalar(trial, str_format(trial->arena, n == 2 ? "%zu" : "n%zu", n), false);
        Value child = some_value(trial, depth + 1);
        node_append(value.node, is_map ? key.node : NULL, child.node);
        append_datum(trial, value.datum, is_map ? key.datum : NULL, child.datum);
    }
    return value;
}

/* A node and the datum that says the same. */
typedef struct Place {
    Node *node; /* as the collection above holds it: perhaps an alias */
    Datum *datum;
} Place;

static Place child_at(Trial *trial, Place parent, size_t index) {
    Node *node = node_first(node_value(&trial->tree, parent.node));
    for (size_t i = 0; i < index; i++)
        node = node_next(node);
    return (Place){node, parent.datum->children.at[index]};
}

static Place some_collection(Trial *trial) {
    Place place = {trial->tree.root, trial->data};
    for (;;) {
        size_t candidates = 0, index = 0;
        for (size_t i = 0; i < place.datum->children.n; i++)
            if (is_collection(place.datum->children.at[i]) && random_below(trial->random, ++candidates) == 0)
                index = i;
        if (!candidates || random_chance(trial->random, 25))
            return place;
        place = child_at(trial, place, index);
    }
}

static void log_edit(Trial *trial, const char *what, const Datum *parent, Str which, const Datum *value) {
    Buf path = {.arena = trial->arena};
    for (const Datum *up = parent; up && up->parent; up = up->parent) {
        Str rest = str_copy(trial->arena, buf_str(&path));
        path.n = 0;
        size_t index = 0;
        while (up->parent->children.at[index] != up)
            index++;
        if (up->key)
            buf_format(&path, "/%.*s%.*s", F(up->key->text), F(rest));
        else
            buf_format(&path, "/%zu%.*s", index, F(rest));
    }
    buf_format(&trial->log, "%s %.*s %.*s", what, F(buf_str(&path)), F(which));
    if (value) {
        buf_add(&trial->log, S(" = "));
        data_print(&trial->log, value, 4);
    } else {
        buf_char(&trial->log, '\n');
    }
}

static void set_entry(Trial *trial, Place map, Str key) {
    Value value = some_value(trial, 0);
    Datum *entry = NULL;
    size_t index = 0;
    for (size_t i = 0; i < map.datum->children.n && !entry; i++)
        if (map.datum->children.at[i]->key->kind == DATUM_SCALAR && str_eq(map.datum->children.at[i]->key->text, key)) {
            entry = map.datum->children.at[i];
            index = i;
        }
    log_edit(trial, "set", map.datum, key, value.datum);
    if (entry) {
        note_replaced(trial, entry);
        note_anchors_below(trial, entry);
        note_touched(trial, entry->parent);
        value.datum->parent = map.datum;
        value.datum->key = entry->key;
        value.datum->fresh = entry->fresh;
        value.datum->first_line = entry->first_line;
        value.datum->value_line = entry->first_line;
        value.datum->last_line = entry->last_line;
        value.datum->flow = entry->flow;
        map.datum->children.at[index] = value.datum;
    } else {
        note_inserted(trial, map.datum);
        note_touched(trial, map.datum);
        append_datum(trial, map.datum, new_scalar(trial, key, false).datum, value.datum);
    }
    edit_set(&trial->tree, node_value(&trial->tree, map.node), key, value.node);
}

static void append_item(Trial *trial, Place list) {
    Value value = some_value(trial, 0);
    log_edit(trial, "append", list.datum, S(""), value.datum);
    note_inserted(trial, list.datum);
    note_touched(trial, list.datum);
    append_datum(trial, list.datum, NULL, value.datum);
    edit_append(&trial->tree, node_value(&trial->tree, list.node), value.node);
}

static void remove_child(Trial *trial, Place parent, size_t index) {
    Place child = child_at(trial, parent, index);
    log_edit(trial, "remove", parent.datum,
             child.datum->key ? child.datum->key->text : str_format(trial->arena, "[%zu]", index), NULL);
    note_removed(trial, child.datum);
    if (source_children(parent.datum) == !child.datum->fresh) /* the last one */
        note_replaced(trial, parent.datum);
    note_anchors_below(trial, child.datum);
    if (child.datum->key && !child.datum->fresh && standing(child.datum) == child.datum)
        note_anchors_below(trial, child.datum->key);
    note_touched(trial, parent.datum);
    edit_remove(&trial->tree, random_chance(trial->random, 50) ? child.node : node_value(&trial->tree, child.node));
    for (size_t i = index; i + 1 < parent.datum->children.n; i++)
        parent.datum->children.at[i] = parent.datum->children.at[i + 1];
    parent.datum->children.n--;
}

static void edit_somewhere(Trial *trial) {
    static const char *const nasty_keys[] = {"yes", "1", "a: b", "#x", "caf\xC3\xA9", "", "- x", "null"};
    Place place = some_collection(trial);
    size_t n = place.datum->children.n, kind = random_below(trial->random, 10);
    const Datum *key;
    if (n && kind < 3) {
        remove_child(trial, place, random_below(trial->random, n));
    } else if (place.datum->kind == DATUM_LIST) {
        append_item(trial, place);
    } else if (n && kind < 7 && (key = place.datum->children.at[random_below(trial->random, n)]->key)->text.n) {
        set_entry(trial, place, key->text);
    } else {
        Str name = str_format(trial->arena, "new%zu", random_below(trial->random, 5));
        if (random_chance(trial->random, 10))
            name = str(nasty_keys[random_below(trial->random, COUNT(nasty_keys))]);
        set_entry(trial, place, name);
    }
}

/* ---- the verdict ---- */

static void check_data(Trial *trial, Str output, bool by_libfyaml) {
    Str trouble = {0};
    const Datum *data = by_libfyaml ? data_by_libfyaml(trial->arena, output, &trouble)
                                    : data_by_libyaml(trial->arena, output, &trouble);
    if (trouble.n) {
        fails(trial, "the output can't be read", trouble);
    } else if (!data_same(data, trial->data)) {
        Buf said = {.arena = trial->arena};
        data_print(&said, data, 0);
        buf_add(&said, S("but it is meant to say:\n"));
        data_print(&said, trial->data, 0);
        fails(trial, by_libfyaml ? "to libfyaml the output says:" : "to libyaml the output says:", buf_str(&said));
    }
}

/* Every line that belongs to no edit is there, in order. */
static void check_lines(Trial *trial, Str output) {
    Str rest = without_bom(output);
    if ((rest.n == output.n) != (without_bom(trial->source).n == trial->source.n))
        fails(trial, "the byte order mark is gone", S(""));
    for (size_t i = 0; i < trial->lines.n; i++) {
        Str line = trial->lines.at[i];
        bool ends = line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r';
        if (trial->free_line[i])
            continue;
        for (;;) {
            if (!rest.n) {
                fails(trial, "a line outside the edits is gone:", line);
                return;
            }
            Str found = cut_line(&rest);
            if (str_eq(found, line) || (!ends && str_eq(str_head(found, line_end(found, 0)), line)))
                break;
        }
    }
}

static size_t occurrences(Str text, Str needle) {
    size_t n = 0;
    for (ptrdiff_t at; (at = str_find(text, needle)) >= 0; n++)
        text = str_skip(text, (size_t)at + needle.n);
    return n;
}

static bool is_filling(const Trial *trial, size_t line) {
    return !str_trim(trial->lines.at[line]).n || comment_of_line(trial->lines.at[line]).n;
}

/* Whether a comment stands on a line of its own between two entries that went. */
static bool is_between_gone(const Trial *trial, size_t line) {
    size_t above = line, below = line;
    while (above > 0 && !trial->gone[above] && is_filling(trial, above))
        above--;
    while (below + 1 < trial->lines.n && !trial->gone[below] && is_filling(trial, below))
        below++;
    return trial->gone[above] && trial->gone[below];
}

static void check_comments(Trial *trial, Str output) {
    for (size_t i = 0; i < trial->lines.n; i++) {
        Str rest = trial->lines.at[i];
        ptrdiff_t at = str_find(rest, S("#c"));
        size_t n = 2;
        if (at < 0 || trial->text[i])
            continue;
        Str name = str_skip(rest, (size_t)at);
        while (n < name.n && name.p[n] >= '0' && name.p[n] <= '9')
            n++;
        name = str_format(trial->arena, "%.*s ", F(str_head(name, n)));
        size_t there = n > 2 ? occurrences(output, name) : 1;
        if (there > 1 || (there == 0 && !trial->lost[i] && !is_between_gone(trial, i)))
            fails(trial, there ? "a comment stands twice:" : "a comment is gone:", name);
    }
}

static void check_splices(Trial *trial) {
    Splices splices = edit_splices(trial->arena, &trial->tree);
    size_t at = 0;
    for (size_t i = 0; i < splices.n; i++) {
        const Splice *splice = &splices.at[i];
        if (splice->at < at || splice->at + splice->remove > trial->source.n)
            fails(trial, "splices overlap", splice->text);
        at = splice->at + splice->remove;
    }
}

static void judge(Trial *trial, bool by_libfyaml) {
    check_splices(trial);
    if (trial->trouble)
        return;
    Str output = edit_render(trial->arena, &trial->tree);
    check_data(trial, output, false);
    if (by_libfyaml)
        check_data(trial, output, true);
    check_lines(trial, output);
    check_comments(trial, output);
    if (trial->trouble)
        trial->detail = str_format(trial->arena, "%.*s\n--- output ---\n%.*s", F(trial->detail), F(output));
}

static void survey(Trial *trial, Datum *datum);

static void survey_entry(Trial *trial, Datum *datum) {
    if (datum->key)
        survey(trial, datum->key);
    survey(trial, datum);
}

/* Notes the aliases and the block scalars of the source. */
static void survey(Trial *trial, Datum *datum) {
    trial->block_scalars |= datum->block_scalar;
    for (size_t i = datum->value_line + 1; datum->block_scalar && i <= datum->last_line; i++)
        trial->text[i] = true;
    if (datum->anchored) {
        *PUSH(trial->arena, &trial->aliases) = datum;
        return;
    }
    for (size_t i = 0; i < datum->children.n; i++)
        survey_entry(trial, datum->children.at[i]);
}

/* libfyaml 0.7.12 takes the line behind an empty block scalar in a sequence for its text, and crashes over some
 * collections that are keys. */
static bool misleads_libfyaml(const Datum *datum) {
    if (datum->block_scalar && str_trim(datum->text).n == 0)
        return true;
    for (size_t i = 0; i < datum->children.n; i++) {
        const Datum *child = datum->children.at[i];
        if ((child->key && child->key->kind != DATUM_SCALAR) || misleads_libfyaml(child))
            return true;
    }
    return false;
}

/* Whether libfyaml reads the source as libyaml does, and so has a say in the output. */
static bool asks_libfyaml(const Trial *trial) {
    Str trouble;
    if (misleads_libfyaml(trial->data))
        return false;
    const Datum *data = data_by_libfyaml(trial->arena, trial->source, &trouble);
    return !trouble.n && data_same(trial->data, data);
}

typedef struct Tally {
    size_t tried, skipped, unsure;
} Tally;

static void try_edits(Trial *trial, size_t count, Tally *tally) {
    Str trouble;
    TreeError error = {0};
    trial->log = (Buf){.arena = trial->arena};
    trial->data = data_by_libyaml(trial->arena, trial->source, &trouble);
    bool read = tree_parse(trial->arena, trial->source, &trial->tree, &error);
    if (read == (trouble.n > 0))
        fails(trial, "tree_parse and libyaml do not agree", error.message);
    if (!read || !trial->data || !is_collection(trial->data)) {
        tally->skipped++;
        return;
    }
    bool by_libfyaml = asks_libfyaml(trial);
    tally->unsure += !by_libfyaml;
    tally->tried++;
    for (Str rest = without_bom(trial->source); rest.n;)
        *PUSH(trial->arena, &trial->lines) = cut_line(&rest);
    trial->free_line = NEW_ARRAY(trial->arena, bool, trial->lines.n + 1);
    trial->lost = NEW_ARRAY(trial->arena, bool, trial->lines.n + 1);
    trial->gone = NEW_ARRAY(trial->arena, bool, trial->lines.n + 1);
    trial->text = NEW_ARRAY(trial->arena, bool, trial->lines.n + 1);
    survey(trial, trial->data);
    for (size_t i = 0; i < count; i++)
        edit_somewhere(trial);
    judge(trial, by_libfyaml);
}

static void show(const char *title, Str text) {
    fprintf(stderr, "--- %s\n", title);
    fwrite(text.p, 1, text.n, stderr);
    fputc('\n', stderr);
}

static void report(const Trial *trial, uint64_t seed, size_t round) {
    show("found", trial->detail);
    show("source", trial->source);
    show("edits", buf_str(&trial->log));
    fail_msg("SEED=%llu, round %zu: %s", (unsigned long long)seed, round, trial->trouble);
}

static void edits_generated_documents(void **state) {
    uint64_t seed = test_seed(20240601);
    size_t rounds = test_rounds(20000);
    Tally tally = {0};
    Arena *arena = test_arena();
    (void)state;
    for (size_t round = 0; round < rounds; round++) {
        ArenaMark mark = arena_mark(arena);
        Random random = random_of(seed, round);
        Trial trial = {.arena = arena, .random = &random};
        trial.source = generate_document(arena, &random, 1 + random_below(&random, 1 + round % 40));
        try_edits(&trial, 1 + random_below(&random, 1 + round % 5), &tally);
        if (trial.trouble)
            report(&trial, seed, round);
        arena_rewind(arena, mark);
    }
    if (tally.skipped > 10 + rounds / 10 || tally.unsure > 10 + rounds / 10)
        fail_msg("of %zu documents %zu were none, and libfyaml did not read %zu as libyaml did", rounds, tally.skipped,
                 tally.unsure);
    test_arena_done(arena);
}

/* Takes the first document off `*stream`. */
static Str cut_document(Str *stream) {
    ptrdiff_t marker = str_find(*stream, S("\n---"));
    size_t n = marker < 0 ? stream->n : (size_t)marker + 1;
    Str document = str_head(*stream, n);
    *stream = str_skip(*stream, n);
    return document;
}

static void edit_file(Arena *arena, const char *path, uint64_t seed, size_t rounds) {
    ArenaMark whole = arena_mark(arena);
    Str stream = test_file(arena, path);
    Tally tally = {0};
    for (size_t round = 0; stream.n;) {
        Str document = cut_document(&stream);
        TreeError error;
        for (size_t i = 0; i < rounds; i++) {
            ArenaMark mark = arena_mark(arena);
            Random random = random_of(seed, ++round);
            Trial trial = {.arena = arena, .random = &random, .source = document};
            if (tree_parse(arena, document, &trial.tree, &error))
                try_edits(&trial, 1 + random_below(&random, 5), &tally);
            if (trial.trouble)
                report(&trial, seed, round);
            arena_rewind(arena, mark);
        }
    }
    arena_rewind(arena, whole);
}

static void edits_files(const char *pattern, size_t rounds) {
    glob_t files;
    Arena *arena = test_arena();
    if (glob(pattern, 0, NULL, &files) == GLOB_NOMATCH) {
        print_message("%s is not there\n", pattern);
        test_arena_done(arena);
        skip();
    }
    for (size_t i = 0; i < files.gl_pathc; i++)
        edit_file(arena, files.gl_pathv[i], test_seed(1) + i, test_rounds(rounds));
    globfree(&files);
    test_arena_done(arena);
}

static void edits_golden_cases(void **state) {
    (void)state;
    edits_files("testdata/*/input.yaml", 2);
}

static void edits_real_streams(void **state) {
    (void)state;
    edits_files("../shared/real/*.yaml", 10);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(looks_as_told),
    cmocka_unit_test(edits_generated_documents),
    cmocka_unit_test(edits_golden_cases),
    cmocka_unit_test(edits_real_streams),
};
SUITE(edit, tests);
