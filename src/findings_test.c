/* What the fuzzers found once, and what has to hold of every stream of testdata: testdata/findings/TARGET-NAME. */
#include "properties.h"
#include "tests.h"

#include <glob.h>

static void hold(const char *pattern, const char *(*broken_by)(Str text)) {
    glob_t found = {0};
    Arena *arena = test_arena();
    if (glob(pattern, 0, NULL, &found) != 0)
        skip();
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *broken = broken_by(test_file(arena, found.gl_pathv[i]));
        if (broken)
            fail_msg("%s: this is broken: %s", found.gl_pathv[i], broken);
    }
    globfree(&found);
    test_arena_done(arena);
}

static void streams_that_were_found(void **state) {
    (void)state;
    hold("testdata/findings/stream-*", broken_by_stream);
}

static void documents_that_were_found(void **state) {
    (void)state;
    hold("testdata/findings/document-*", broken_by_document);
}

static void streams_of_testdata(void **state) {
    (void)state;
    hold("testdata/*/input.yaml", broken_by_stream);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(streams_that_were_found),
    cmocka_unit_test(documents_that_were_found),
    cmocka_unit_test(streams_of_testdata),
};
SUITE(findings, tests);
