/* Which streams are manifests, and what is said of those that are something else, in whole or in part. */
#include "tests/cases.h"
#include "tests/tests.h"

#define NOTHING                                                                                                        \
    "stdin: found no manifests, expected some: did the command before the pipe fail? (--generate makes a whole Mailu " \
    "from nothing)\n"
#define OTHERS_MESSAGE                                                                                                 \
    "a message from another program, expected only manifests: did it fail, or is there a 2>&1 before the pipe?"
#define CUT_OFF "; is the stream cut off?"
#define UNIDENTIFIED "found no apiVersion and kind, expected a Kubernetes manifest\n"
#define MANIFEST "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
#define RESOURCE_LIST "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"

static Result run(Arena *arena, const char *stream) {
    const Case c = {.request = {.stream = str(stream)}};
    Result result;
    case_run(arena, &c, &result);
    return result;
}

/* Streams that are no manifests, or not all of them. */
static void what_is_no_stream_of_manifests(void **state) {
    static const char *const rows[][2] = {
        {"", NOTHING},
        {"\n\n", NOTHING},
        {"# Source: mailu/templates/front.yaml\n---\n", NOTHING},
        {"---\nnull\n", NOTHING},
        {"apiVersion: postrenderer.mailu.io/v1alpha1\nkind: Mailu\nspec: {domain: a.example}\n", NOTHING},
        {"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n", NOTHING},
        {"Pulled: ghcr.io/mailu/charts:2.7.1\nDigest: sha256:0\n---\n" MANIFEST,
         "stdin:1:1: found \"Pulled: ghcr.io/mailu/charts:2.7.1\", " OTHERS_MESSAGE "\n"},
        {"Error: INSTALLATION FAILED\n", "stdin:1:1: found \"Error: INSTALLATION FAILED\", " OTHERS_MESSAGE "\n"},
        {MANIFEST "WARNING: a: b\n",
         "stdin:4:11: found \"WARNING: a: b\", " OTHERS_MESSAGE " (mapping values are not allowed in this context)\n"},
        {"W0102 15:04:05.123456 1 warnings.go:70] old\n",
         "stdin:1:1: found \"W0102 15:04:05.123456 1 warnings.go:70] old\", " OTHERS_MESSAGE "\n"},
        {"2026/01/02 15:04:05 a\n---\n" MANIFEST, "stdin:1:1: found \"2026/01/02 15:04:05 a\", " OTHERS_MESSAGE "\n"},
        {"coalesce.go:286: warning: a\n", "stdin:1:25: found \"coalesce.go:286: warning: a\", " OTHERS_MESSAGE
                                          " (mapping values are not allowed in this context)\n"},
        {"/bin/sh: 1: helm: not found\n", "stdin:1:11: found \"/bin/sh: 1: helm: not found\", " OTHERS_MESSAGE
                                          " (mapping values are not allowed in this context)\n"},
        {"kubectl: not found\n", "stdin:1:1: found \"kubectl: not found\", " OTHERS_MESSAGE "\n"},
        {"404: Not Found", "stdin:1:1: found \"404: Not Found\", " OTHERS_MESSAGE "\n"},
        {"mailu-post-renderer: mail: 1 component found\n---\n" MANIFEST,
         "stdin:1:26: found \"mailu-post-renderer: mail: 1 component found\", " OTHERS_MESSAGE
         " (mapping values are not allowed in this context)\n"},
        {"<!DOCTYPE html>\n<html>\n", "stdin:1:1: found \"<!DOCTYPE html>\", expected manifests: is it a web page?\n"},
        {"NAME: mailu\nLAST DEPLOYED: now\nHOOKS:\n---\n" MANIFEST,
         "stdin:1:1: found \"NAME: mailu\", which helm install and helm status print, expected only manifests: helm "
         "template NAME CHART or helm get manifest NAME\n"},
        {"\x1f\x8b\x08\n",
         "stdin:1:1: found an archive, a packaged chart perhaps, expected manifests: helm template NAME "
         "CHART (control characters are not allowed)\n"},
        {"apiVersion: v1\nkind: Service\nmetadata:\n  {{- include \"a\" . | nindent 2 }}\n",
         "stdin:4:5: found a template, expected manifests: let Helm render the chart, helm template NAME CHART (while "
         "parsing a flow node, did not find expected node content)\n"},
        {"# ours\ndomain: a.example\nhostnames: [b]\n",
         "stdin:2:1: found values, without apiVersion and kind, expected manifests: helm template NAME CHART -f "
         "VALUES\n"},
        {"resources:\n- a.yaml\n",
         "stdin:1:1: found a kustomization, expected what it builds: kubectl kustomize DIRECTORY\n"},
        {"text\n", "stdin:1:1: " UNIDENTIFIED},
        {"- a\n", "stdin:1:1: " UNIDENTIFIED},
        {MANIFEST "---\nkind: A\n---\napiVersion: v1\n", "stdin:5:1: " UNIDENTIFIED "stdin:7:1: " UNIDENTIFIED},
        {"apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: A\n", "stdin:1:1: " UNIDENTIFIED}, /* kind: List is gone */
        {"{\"kind\": \"A\"}\n", "stdin:1:1: " UNIDENTIFIED},
        /* lists */
        {"apiVersion: v1\nkind: List\nitems: text\n",
         "stdin:3:8: items: found \"text\", expected a list of manifests\n"},
        {"apiVersion: v1\nkind: List\nitems: {a: b}\n",
         "stdin:3:8: items: found a mapping, expected a list of manifests\n"},
        {"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: 1\n",
         "stdin:3:8: items: found \"1\", expected a list of manifests\n"},
        {"apiVersion: v1\nkind: List\nitems:\n- a: b\n", "stdin:4:1: " UNIDENTIFIED},
        {"apiVersion: v1\nkind: List\nitems: [{a: b}]\n", "stdin:3:9: items[0]: " UNIDENTIFIED},
        {"{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"a\":1}]}", "stdin:1:43: " UNIDENTIFIED},
        {"apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: List, items: [{a: b}]}]\n",
         "stdin:3:46: items[0].items[0]: " UNIDENTIFIED},
        /* what breaks off */
        {MANIFEST "data:\n  a: \"b", "stdin:5:7: while scanning a quoted scalar, found unexpected end of stream" CUT_OFF
                                     " (double-quoted scalar without closing quote)\n"},
        {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a",
         "stdin:3:19: while parsing a flow mapping, did not find expected ',' or '}'" CUT_OFF
         " (missing comma in flow mapping)\n"},
        {"{\"apiVersion\": \"v1\", \"kin", "stdin:1:23: while scanning a quoted scalar, found unexpected end of "
                                           "stream" CUT_OFF " (double-quoted scalar without closing quote)\n"},
        {MANIFEST "data:\n  a: |\n    b",
         "stdin:6:6: the stream ends inside a block scalar, expected a line break: is it cut off?\n"},
        {"---\n# Source: a\n" MANIFEST "---\n# Source: b\n" MANIFEST "data:\n  a: b",
         "stdin:12:7: the stream ends inside a line, expected a line break: is it cut off?\n"},
        {MANIFEST "---\napiVersion: v1\nkind: Service\nmetadata:\n",
         "stdin:7:10: the stream ends before the metadata.name of its last manifest, expected it: is it cut off?\n"},
        {"apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n",
         "stdin:4:6: the stream ends before the spec of its last manifest, expected it: is it cut off?\n"},
        {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      "
         "containers:\n",
         "stdin:7:18: the stream ends before the spec.template.spec.containers of its last manifest, expected it: is "
         "it cut "
         "off?\n"},
        /* more attempts */
        {"apiVersion: v1\nkind: ConfigMap\nmetadata: &m\n  name: a\n  labels: *m\n",
         "stdin:5:11: alias *m inside its own anchor\n"},
        {"apiVersion: v1\nkind: ConfigMap\nmetadata: &m\n  name: a\n  <<: *m\n",
         "stdin:5:7: alias *m inside its own anchor\n"},
        {MANIFEST "data: {a: *b}\n", "stdin:4:11: alias *b without an anchor before it\n"},
        {MANIFEST "data:\n\ta: b\n",
         "stdin:5:1: while scanning for the next token, found character that cannot start any token (tab character may not be used as indentation)\n"},
        {MANIFEST "data:\n-\ta\n",
         "stdin:5:2: while scanning for the next token, found character that cannot start any token\n"},
        {MANIFEST
         "data: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
         "stdin:4:206: found more than 200 levels of nesting, expected fewer\n"},
        {MANIFEST "data: \"\\ud800\"\n",
         "stdin:4:8: while parsing a quoted scalar, found invalid Unicode character escape code (double-quoted scalar has invalid UTF8 escape)\n"},
        {MANIFEST "data: \xed\xa0\x80\n", "stdin:4:7: invalid Unicode character\n"},
        {MANIFEST "data: \xc0\xaf\n", "stdin:4:7: invalid length of a UTF-8 sequence\n"},
        {MANIFEST "# \xc3", "stdin:4:3: incomplete UTF-8 octet sequence\n"},
        {MANIFEST "da", "stdin:4:1: while scanning a simple key, could not find expected ':'" CUT_OFF
                        " (invalid value after mapping)\n"},
        {MANIFEST "data:\n  a:", "stdin:5:5: the stream ends inside a line, expected a line break: is it cut off?\n"},
        {MANIFEST "--", "stdin:4:1: while scanning a simple key, could not find expected ':'" CUT_OFF
                        " (invalid value after mapping)\n"},
        {MANIFEST "...\ntext\n", "stdin:5:1: " UNIDENTIFIED},
        {"%YAML 3.0\n---\n" MANIFEST, "stdin:1:1: found incompatible YAML document\n"},
        {MANIFEST " ---\n" MANIFEST,
         "stdin:4:2: while parsing a block mapping, did not find expected key (invalid value after mapping)\n"},
        {"--- {apiVersion: v1, kind: A} --- {a: b}\n",
         "stdin:1:31: did not find expected <document start> (missing document start)\n"},
        {MANIFEST "Error: plugin \"x\" exited with error\n",
         "stdin:4:1: found \"Error: plugin \"x\" exited with error\", " OTHERS_MESSAGE "\n"},
        {"WARNING: Kubernetes configuration file is group-readable\n" MANIFEST,
         "stdin:1:1: found \"WARNING: Kubernetes configuration file is group-readable\", " OTHERS_MESSAGE "\n"},
        {"apiVersion: [v1]\nkind: ConfigMap\n", "stdin:1:1: " UNIDENTIFIED},
        {"[{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\"}]\n", "stdin:1:1: " UNIDENTIFIED},
        {"{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\"},\n",
         "stdin:1:42: did not find expected <document start> (missing document start)\n"},
        {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\nitems: []\n",
         "stdin:6:1: items: found a second time in its mapping, expected once\n"},
        {RESOURCE_LIST "items: []\nitems:\n- apiVersion: v1\n  kind: A\n",
         "stdin:4:1: items: found a second time in its mapping, expected once\n"},
        {RESOURCE_LIST "items: [text, null, {}]\n",
         "stdin:3:9: items[0]: " UNIDENTIFIED "stdin:3:21: items[2]: " UNIDENTIFIED},
        {RESOURCE_LIST "functionConfig: text\nitems: []\n",
         "functionConfig: found \"text\", expected a mapping with apiVersion, kind and spec\n"},
        {RESOURCE_LIST "functionConfig: {apiVersion: v1, kind: ConfigMap}\nitems: []\n",
         "functionConfig: found kind ConfigMap, expected a config of kind Mailu: manifests are read with -f FILE, or on stdin\n"},
        {RESOURCE_LIST "functionConfig: {apiVersion: postrenderer.mailu.io/v9, kind: Mailu}\nitems: []\n",
         "functionConfig: apiVersion: found \"postrenderer.mailu.io/v9\", expected postrenderer.mailu.io/v1alpha1\n"},
        {"---\nnull\n--- ~\n",
         "stdin: found no manifests, expected some: did the command before the pipe fail? (--generate makes a whole Mailu from nothing)\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        Result result = run(arena, rows[i][0]);
        if (!str_is(result.said, rows[i][1]) || result.ok || result.out.n)
            fail_msg("row %zu:\nfound:\n%.*sexpected:\n%s", i, F(result.said), rows[i][1]);
        case_done(&result);
        test_arena_done(arena);
    }
}

/* Whole streams that look a little like those. */
static void what_is_one(void **state) {
    static const char *const rows[] = {
        MANIFEST,
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: b", /* by hand, with no line end */
        MANIFEST "data:\n  a: |\n    b\n",
        MANIFEST "data:\n  a: |\n    Error: b\n    Pulled: c\n",
        MANIFEST "data: {a: \"{{ b }}\"}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n",
        "apiVersion: v1\nkind: List\nitems: []\n",
        "apiVersion: v1\nkind: List\n",
        "apiVersion: v1\nkind: List\nitems:\n-\n",
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"}}",
        MANIFEST "---\n---\n# the end\n",
        "\xEF\xBB\xBF" MANIFEST "---\n\xEF\xBB\xBF" MANIFEST "\xEF\xBB\xBF---\n" MANIFEST,
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        Result result = run(arena, rows[i]);
        if (!result.ok || !str_is(result.out, rows[i]))
            fail_msg("row %zu: %.*s", i, F(result.said));
        case_done(&result);
        test_arena_done(arena);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_no_stream_of_manifests),
    cmocka_unit_test(what_is_one),
};
SUITE(mistaken, tests);
