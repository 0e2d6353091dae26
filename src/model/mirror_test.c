#include "model/mirror.h"

#include "tests/cases.h"
#include "tests/tests.h"

static void where_images_come_from(void **state) {
#define IMAGE(image) "      - image: " image "\n"
#define FROM(path) IMAGE(path "/nginx:2024.06") IMAGE(path "/admin:2024.06")
    static const struct {
        const char *text, *path;
    } rows[] = {
        {FROM("r.example/mirror") IMAGE("r.example/mirror/postfix@sha256:0123"), "r.example/mirror"},
        {FROM("localhost:5000/a/b") IMAGE("\"localhost:5000/a/b/dovecot\""), "localhost:5000/a/b"},
        {"{\"image\": \"r.example/m/nginx:1\", \"image\":\"r.example/m/admin:1\",\n\"image\" : \"r.example/m/rspamd\"}",
         ""}, /* one a line */
        {"{\"image\":\"r.example/m/nginx:1\",\n\"image\":\"r.example/m/admin:1\"},\n{\"image\": \"r.example/m/rspamd\"}",
         "r.example/m"},
        {FROM("x.example/a") FROM("r.example/b") IMAGE("x.example/a/webmail") IMAGE("r.example/b/rspamd"),
         "x.example/a"},                                        /* the first that has enough */
        {FROM("r.example/mirror"), ""},                         /* two may be a coincidence */
        {FROM("r.example/a") IMAGE("r.example/b/postfix"), ""}, /* from several places */
        {FROM("r.example/a") IMAGE("r.example/a/nginx:2") IMAGE("r.example/a/nginx:3"), ""},
        {IMAGE("nginx:1") IMAGE("admin:1") IMAGE("postfix:1"), ""}, /* of no path */
        {FROM("r.example/a") IMAGE("r.example/a/redis") IMAGE("r.example/a/mysql"), ""},
        {FROM("r.example/a") "image", ""},
        {"", ""},
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Stream stream = {.text = str(rows[i].text)};
        Str said = why_no_mailu(arena, &stream), set = str_format(arena, "images.registry=%s", rows[i].path);
        if (*rows[i].path ? !str_ends(said, set) : str_has(said, "images.registry"))
            fail_msg("row %zu: found \"%.*s\"", i, F(said));
    }
    test_arena_done(arena);
}

/* What the message says to do finds the Mailu. */
static void message_leads_to_the_mailu(void **state) {
    static const char *const components_of_one[] = {"nginx", "admin", "postfix"};
    Arena *arena = test_arena();
    Buf text = {.arena = arena};
    (void)state;
    for (size_t i = 0; i < COUNT(components_of_one); i++)
        buf_format(&text,
                   "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s, namespace: mail}\nspec:\n"
                   "  selector: {matchLabels: {app: %s}}\n  template:\n    metadata: {labels: {app: %s}}\n"
                   "    spec: {containers: [{name: main, image: \"r.example/m/%s:2024.06\"}]}\n---\n",
                   components_of_one[i], components_of_one[i], components_of_one[i], components_of_one[i]);
    Case c = {.request = {.stream = buf_str(&text)}};
    Result result;
    case_run(arena, &c, &result);
    assert_true(result.ok);
    assert_str_equal(result.said, S("warning: stdin: found no Mailu, but images with the names of Mailu's in "
                                    "r.example/m: if they are Mailu's, use --set images.registry=r.example/m "
                                    "[noMailu]\n"));
    case_done(&result);
    c.request.sets = (Str[]){S("images.registry=r.example/m"), S("patch.presence=false"), S("domain=a.example"),
                             S("hostnames=mail.a.example"), S("subnet=10.0.0.0/16")};
    c.request.set_count = 5;
    case_run(arena, &c, &result);
    assert_true(result.ok);
    assert_true(str_has(result.outcome.summary, "mailu-post-renderer: "));
    case_done(&result);
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(where_images_come_from),
    cmocka_unit_test(message_leads_to_the_mailu),
};
SUITE(mirror, tests);
