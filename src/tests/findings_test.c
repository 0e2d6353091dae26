/* What the fuzzers found once: testdata/findings/TARGET-NAME, as src/fuzz/fuzz.c takes it. All of testdata is held
 * against the same properties, as streams and as documents. */
#include "tests/properties.h"
#include "tests/tests.h"

#include <glob.h>

static void hold(const char *pattern, const char *(*broken_by)(Str text)) {
    glob_t found = {0};
    Arena *arena = test_arena();
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
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

static void mailus_that_were_found(void **state) {
    (void)state;
    hold("testdata/findings/mailus-*", broken_by_mailus);
}

/* All of testdata as two Mailus, in each form. */
static void several_mailus(void **state) {
    glob_t found = {0};
    (void)state;
    assert_int_equal(glob("testdata/*/input.yaml", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        Arena *arena = test_arena();
        Str stream = test_file(arena, found.gl_pathv[i]);
        for (int form = 0; form < 4; form++) {
            const char *broken = broken_by_mailus(str_format(arena, "%d%.*s", form, F(stream)));
            if (broken)
                fail_msg("%s, form %d: this is broken: %s", found.gl_pathv[i], form, broken);
        }
        test_arena_done(arena);
    }
    globfree(&found);
}

static void documents(void **state) {
    (void)state;
    hold("testdata/*/*.yaml", broken_by_document);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(streams_that_were_found),
    cmocka_unit_test(mailus_that_were_found),
    cmocka_unit_test(several_mailus),
    cmocka_unit_test(documents),
};
SUITE(findings, tests);
