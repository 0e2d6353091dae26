#include "config/config.h"

#include "config/fields.h"
#include "tests/cases.h"
#include "tests/tests.h"

#include <glob.h>
#include <stdio.h>

#define HEAD "apiVersion: postrenderer.mailu.io/v1alpha1\nkind: Mailu\n"

/* Reads a config, `sets` over it (one on each line), and checks it. */
static Str faults_of(Arena *arena, const char *text, const char *sets, Config *config) {
    Diagnostics diagnostics = {.arena = arena};
    config_init(config, arena);
    if (text)
        config_read(config, arena, S("mailu.yaml"), str(text), &diagnostics);
    for (Str lines = str(sets); lines.n;)
        config_set(config, str_cut(&lines, '\n'), &diagnostics);
    config_check(config, &diagnostics);
    return case_said(arena, &diagnostics);
}

static void expect_faults(const char *text, const char *sets, const char *expected);

/* What is read through an alias is the config's, not --set's. */
static void aliases_have_a_place(void **state) {
    (void)state;
    expect_faults(HEAD "metadata: {name: &n \"bad host\"}\nspec:\n  domain: *n\n", NULL,
                  "mailu.yaml:5:11: domain: found \"bad host\", expected a domain name such as example.com\n");
    expect_faults(HEAD "metadata: {annotations: &s {port: no}}\nspec: {redis: *s}\n", "domain=a b",
                  "mailu.yaml:4:15: redis.port: found \"no\", expected a number from 1 to 65535\n"
                  "--set: domain: found \"a b\", expected a domain name such as example.com\n");
}

static void expect_faults(const char *text, const char *sets, const char *expected) {
    Arena *arena = test_arena();
    Config config;
    Str found = faults_of(arena, text, sets, &config);
    if (!str_is(found, expected))
        fail_msg("config:\n%s\n--set:\n%s\nfound:\n%.*s\nexpected:\n%s", text ? text : "", sets ? sets : "", F(found),
                 expected);
    test_arena_done(arena);
}

/* ---- what is refused, and how ---- */

static void documents(void **state) {
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", "mailu.yaml: found an empty config, expected apiVersion: postrenderer.mailu.io/v1alpha1, kind: Mailu\n"},
        {"# nothing\n",
         "mailu.yaml: found an empty config, expected apiVersion: postrenderer.mailu.io/v1alpha1, kind: Mailu\n"},
        {"- a\n", "mailu.yaml:1:1: found a list, expected a mapping with apiVersion, kind and spec\n"},
        {"mailu\n", "mailu.yaml:1:1: found \"mailu\", expected a mapping with apiVersion, kind and spec\n"},
        {"kind: Mailu\n", "mailu.yaml:1:1: apiVersion: found nothing, expected postrenderer.mailu.io/v1alpha1\n"},
        {"apiVersion: v1\nkind: mailu\n",
         "mailu.yaml:1:13: apiVersion: found \"v1\", expected postrenderer.mailu.io/v1alpha1\n"
         "mailu.yaml:2:7: kind: found \"mailu\", expected Mailu\n"},
        {HEAD "metadata: x\n", "mailu.yaml:3:11: metadata: found \"x\", expected a mapping\n"},
        {HEAD "spec: []\n", "mailu.yaml:3:7: spec: found an empty list, expected a mapping\n"},
        {HEAD "specs: {}\n", "mailu.yaml:3:1: specs: unknown field, did you mean spec?\n"},
        {HEAD "domain: example.com\n", "mailu.yaml:3:1: domain: unknown field, did you mean spec.domain?\n"},
        {HEAD "status: {}\n", "mailu.yaml:3:1: status: unknown field, expected apiVersion, kind, metadata or spec\n"},
        {HEAD "spec: {}\nspec: {}\n", "mailu.yaml:4:1: spec: found a second time in this mapping, expected once\n"},
        {HEAD "spec:\n\tdomain: x\n", NULL},
        {HEAD "---\n" HEAD, "mailu.yaml:3:1: found a second document, expected one config\n"},
        {HEAD "metadata: {name: x, annotations: {a: b}}\nspec:\n", ""},
        {HEAD "spec: ~\nmetadata: ~\n", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        Config config;
        Str found = faults_of(arena, rows[i].text, NULL, &config);
        if (rows[i].expected)
            assert_str_equal(found, str(rows[i].expected));
        else /* libyaml's words, but our place */
            assert_true(str_starts(found, S("mailu.yaml:4:1: ")));
        test_arena_done(arena);
    }
}

/* Each is what is below "spec:", indented by two spaces; lines count from there. */
static void fields_refused(void **state) {
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"domian: example.com", "1:3: domian: unknown field, did you mean domain?"},
        {"\"\": x", "1:3: \"\": unknown field"},
        {"redis.host: x", "1:3: redis.host: unknown field"},
        {"storage: {\"*\": {size: 1Gi}}", "1:13: storage.*: unknown field"},
        {"domain: localhost", "1:11: domain: found \"localhost\", expected a domain name such as example.com"},
        {"domain: 10.0.0.1", "1:11: domain: found \"10.0.0.1\", expected a domain name such as example.com"},
        {"domain: [a.b]", "1:11: domain: found a list, expected a domain name such as example.com"},
        {"domain: {}", "1:11: domain: found a mapping, expected a domain name such as example.com"},
        {"domain: a.b\n  domain: c.d", "2:3: domain: found a second time in this mapping, expected once"},
        {"namespace: 123",
         "1:14: namespace: found \"123\", expected a string in quotes: a namespace: at most 63 lower case letters, "
         "digits and inner '-'"},
        {"namespace: a.b",
         "1:14: namespace: found \"a.b\", expected a namespace: at most 63 lower case letters, digits and inner '-'"},
        {"hostnames: mail.example.com",
         "1:14: hostnames: found \"mail.example.com\", expected a list, each item a domain name such as "
         "example.com"},
        {"hostnames: []",
         "1:14: hostnames: found an empty list, expected a list, each item a domain name such as example.com"},
        {"hostnames: [a.b, 1.5, c_d.e]",
         "1:20: hostnames[1]: found \"1.5\", expected a domain name such as example.com\n"
         "1:25: hostnames[2]: found \"c_d.e\", expected a domain name such as example.com"},
        {"hostnames: [a.b, ~]", "1:20: hostnames[1]: found nothing, expected a domain name such as example.com"},
        {"subnet: 10.42.0.0", "1:11: subnet: found \"10.42.0.0\", expected an IPv4 network such as 10.42.0.0/16"},
        {"subnet: fd00::/8", "1:11: subnet: found \"fd00::/8\", expected an IPv4 network such as 10.42.0.0/16"},
        {"subnet6: 10.0.0.0/8", "1:12: subnet6: found \"10.0.0.0/8\", expected an IPv6 network such as fd00:42::/48"},
        {"users: 0", "1:10: users: found \"0\", expected a number from 1 to 1000000"},
        {"users: \"50\"", "1:10: users: found the string \"50\", expected a number from 1 to 1000000"},
        {"users: 050", "1:10: users: found \"050\", expected a number from 1 to 1000000"},
        {"users: 5.5", "1:10: users: found \"5.5\", expected a number from 1 to 1000000"},
        {"redis: {port: 65536}", "1:17: redis.port: found \"65536\", expected a number from 1 to 65535"},
        {"redis: {port: -1}", "1:17: redis.port: found \"-1\", expected a number from 1 to 65535"},
        {"redis: {port: {}}", "1:17: redis.port: found a mapping, expected a number from 1 to 65535"},
        {"redis: redis", "1:10: redis: found \"redis\", expected a mapping"},
        {"redis: [host]", "1:10: redis: found a list, expected a mapping"},
        {"profile: Small", "1:12: profile: found \"Small\", expected small, medium or large (did you mean small?)"},
        {"profile: 1", "1:12: profile: found \"1\", expected small, medium or large"},
        {"database: {type: mysql}", "1:20: database.type: found \"mysql\", expected postgresql or sqlite"},
        {"database: {type: postgres}",
         "1:20: database.type: found \"postgres\", expected postgresql or sqlite (did you mean postgresql?)"},
        {"submission: {relayPort: 587}", "1:27: submission.relayPort: found \"587\", expected 25 or 10025"},
        {"submission: {relayPort: \"25\"}",
         "1:27: submission.relayPort: found the string \"25\", expected 25 or 10025"},
        {"ingress: {type: nginx}", "1:19: ingress.type: found \"nginx\", expected traefik or none"},
        {"ingress: {hostname: a.b}", "1:13: ingress.hostname: unknown field, did you mean ingress.traefik.hostname?"},
        {"createNamespace: \"true\"", "1:20: createNamespace: found the string \"true\", expected true or false"},
        {"createNamespace: 1", "1:20: createNamespace: found \"1\", expected true or false"},
        {"components: {webmail: maybe}", "1:25: components.webmail: found \"maybe\", expected true or false"},
        {"storage: {dovecot: {size: 0Gi}}",
         "1:29: storage.dovecot.size: found \"0Gi\", expected a Kubernetes quantity above zero, such as 50Gi"},
        {"storage: {dovecot: {size: 50GB}}",
         "1:29: storage.dovecot.size: found \"50GB\", expected a Kubernetes quantity above zero, such as 50Gi"},
        {"storage: {dovecot: 50Gi}", "1:22: storage.dovecot: found \"50Gi\", expected a mapping"},
        {"storage: {dovecot: {sizes: 1Gi}}", "1:23: storage.dovecot.sizes: unknown field, did you mean size?"},
        {"resources: {front: {limits: {cpu: -1}}}",
         "1:37: resources.front.limits.cpu: found \"-1\", expected a Kubernetes quantity such as 500m or 2Gi"},
        {"images: {tag: true}",
         "1:17: images.tag: found \"true\", expected a string in quotes: an image tag such as 2024.06"},
        {"images: {registry: ghcr.io/mailu/}",
         "1:22: images.registry: found \"ghcr.io/mailu/\", expected a registry and path such as ghcr.io/mailu"},
        {"patch: {probe: false}", "1:11: patch.probe: unknown field, did you mean probes?"},
        {"patch: {webmail: {prot: false}}", "1:21: patch.webmail.prot: unknown field, did you mean ports?"},
        {"patch: {webmail: false}", "1:20: patch.webmail: found \"false\", expected a mapping"},
        {"ingress: {traefik: {podLabels: {}}}",
         "1:34: ingress.traefik.podLabels: found a mapping, expected a mapping of label keys to values"},
        {"ingress: {traefik: {podLabels: {a: true, \"b c\": d}}}",
         "1:38: ingress.traefik.podLabels.a: found \"true\", expected a string in quotes: a label value: at most 63 "
         "letters, digits and inner '-', '_' and '.'\n"
         "1:44: ingress.traefik.podLabels.b c: found \"b c\", expected a label key such as app.kubernetes.io/name"},
        {"mailu: {messageRatelimit: 0/day}",
         "1:29: mailu.messageRatelimit: found \"0/day\", expected a rate such as 200/day"},
        {"domain: \"a\\e[31m.b\"", "1:11: domain: found \"a\\x1b[31m.b\", expected a domain name such as example.com"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        Buf expected = {.arena = arena};
        Config config;
        Str text = str_format(arena, HEAD "spec:\n  %s\n", rows[i].text);
        for (Str lines = str(rows[i].expected); lines.n;) {
            Str line = str_cut(&lines, '\n');
            buf_format(&expected, "mailu.yaml:%c%.*s\n", line.p[0] + 3, F(str_skip(line, 1)));
        }
        assert_str_equal(faults_of(arena, text.p, NULL, &config), buf_str(&expected));
        test_arena_done(arena);
    }
}

/* ---- what is taken ---- */

static void fields_taken(void **state) {
    static const struct {
        const char *text, *path, *value;
    } rows[] = {
        {"domain: example.com", "domain", "example.com"},
        {"domain: 'example.com' # said", "domain", "example.com"},
        {"images: {tag: 2024.10}", "images.tag", "2024.10"},
        {"resources: {front: {limits: {cpu: 2}}}", "resources.front.limits.cpu", "2"},
        {"resources: {front: {requests: {cpu: 0.5}}}", "resources.front.requests.cpu", "0.5"},
        {"redis: {port: 1}", "redis.port", "1"},
        {"redis: {port: 65535}", "redis.port", "65535"},
        {"redis:", "redis.port", "6379"},
        {"redis: {port: }", "redis.port", "6379"},
        {"submission: {relayPort: 10025}", "submission.relayPort", "10025"},
        {"ingress: {traefik: {certIssuer: \"\"}}", "ingress.traefik.certIssuer", ""},
        {"storage: &all {storageClass: fast, dovecot: {size: 1Ti}}", "storage.dovecot.size", "1Ti"},
        {"storage: {dovecotSubmission: {size: 1Gi}}", "storage.dovecotSubmission.size", "1Gi"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        Config config;
        Str text = str_format(arena, HEAD "spec:\n  %s\n", rows[i].text);
        assert_str_equal(faults_of(arena, text.p, NULL, &config), S(""));
        assert_str_equal(config_get(&config, rows[i].path), str(rows[i].value));
        test_arena_done(arena);
    }
}

static void truth_has_many_words(void **state) {
    static const char *const words[] = {"true", "yes", "On", "TRUE"}, *const others[] = {"false", "no", "Off", "N"};
    Arena *arena = test_arena();
    Config config;
    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        Str text = str_format(arena, HEAD "spec: {createNamespace: %s, networkPolicies: %s}\n", words[i], others[i]);
        assert_str_equal(faults_of(arena, text.p, NULL, &config), S(""));
        assert_true(config_bool(&config, "createNamespace"));
        assert_false(config_bool(&config, "networkPolicies"));
    }
    test_arena_done(arena);
}

/* ---- --set ---- */

static void sets(void **state) {
    static const struct {
        const char *set, *path, *value;
    } rows[] = {
        {"domain=example.com", "domain", "example.com"},
        {"domain=one.example\ndomain=two.example", "domain", "two.example"},
        {"namespace=123", "namespace", "123"},
        {"images.tag=2024.10", "images.tag", "2024.10"},
        {"mailu.relayHost=[smtp.example.net]:587", "mailu.relayHost", "[smtp.example.net]:587"},
        {"ingress.traefik.certIssuer=", "ingress.traefik.certIssuer", ""},
        {"redis.port=6380", "redis.port", "6380"},
        {"submission.relayPort=10025", "submission.relayPort", "10025"},
        {"storage.dovecot.size=1Ti", "storage.dovecot.size", "1Ti"},
        {"database={type: sqlite}", "database.type", "sqlite"},
        {"database={\"type\": \"sqlite\"}", "database.type", "sqlite"},
        {"ingress.traefik.podLabels.app\\.kubernetes\\.io/name=proxy", "", ""},
        {"ingress.traefik.podLabels={app.kubernetes.io/name: proxy}", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        Config config;
        assert_str_equal(faults_of(arena, HEAD "spec: {domain: a.b, redis: {port: 1}}", rows[i].set, &config), S(""));
        if (rows[i].path[0])
            assert_str_equal(config_get(&config, rows[i].path), str(rows[i].value));
        else
            assert_str_equal(
                map_text(&config.tree, config_node(&config, "ingress.traefik.podLabels"), S("app.kubernetes.io/name")),
                S("proxy"));
        test_arena_done(arena);
    }
}

static void lists_are_set(void **state) {
    static const char *const all[] = {"hostnames=a.example.com,b.example.com", "hostnames=a.example.com, b.example.com",
                                      "hostnames=[a.example.com,b.example.com]",
                                      "hostnames=[\"a.example.com\", 'b.example.com']"};
    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        Arena *arena = test_arena();
        Config config;
        assert_str_equal(faults_of(arena, NULL, all[i], &config), S(""));
        Node *list = config_node(&config, "hostnames");
        assert_int_equal(node_count(list), 2);
        assert_str_equal(node_first(list)->text, S("a.example.com"));
        assert_str_equal(node_next(node_first(list))->text, S("b.example.com"));
        test_arena_done(arena);
    }
}

static void sets_refused(void **state) {
    static const char *const rows[][2] = {
        {"domain", "--set: found \"domain\", expected path=value, such as domain=example.com\n"},
        {"=x", "--set: found \"=x\", expected path=value, such as domain=example.com\n"},
        {"domian=x", "--set: domian: unknown field, did you mean domain?\n"},
        {"domain=x", "--set: domain: found \"x\", expected a domain name such as example.com\n"},
        {"domain.x=y", "--set: domain.x: leads through \"a.b\", expected a mapping there\n"},
        {"users=many", "--set: users: found \"many\", expected a number from 1 to 1000000\n"},
        {"hostnames=", "--set: hostnames: found an empty list, expected a list, each item a domain name such as "
                       "example.com\n"},
        {"hostnames=a.b,,c.d", "--set: hostnames[1]: found \"\", expected a domain name such as example.com\n"},
        {"database={type: mysql}", "--set: database.type: found \"mysql\", expected postgresql or sqlite\n"},
        {"storage.dovecot.sizes=1Gi", "--set: storage.dovecot.sizes: unknown field, did you mean size?\n"},
        {"a..b=1", "--set: a: unknown field\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_faults(HEAD "spec:\n  domain: a.b\n", rows[i][0], rows[i][1]);
    Arena *arena = test_arena();
    Config config;
    assert_true(str_starts(faults_of(arena, NULL, "database={type: [", &config),
                           S("--set: database: found \"{type: [\", expected YAML: ")));
    test_arena_done(arena);
}

/* ---- --print-config ---- */

/* The comments of a default, taken away: what the user gets who wants to say it. */
static Str without_comments(Arena *arena, Str text) {
    Buf out = {.arena = arena};
    while (text.n) {
        Str line = str_cut(&text, '\n');
        ptrdiff_t at = str_find(line, S("# "));
        if (at >= 0)
            buf_format(&out, "%.*s%.*s\n", F(str_head(line, (size_t)at)), F(str_skip(line, (size_t)at + 2)));
        else
            buf_format(&out, "%.*s\n", F(line));
    }
    return buf_str(&out);
}

static void expect_field(Config *a, Config *b, const char *path) {
    Node *x = config_node(a, path), *y = config_node(b, path);
    assert_true((x == NULL) == (y == NULL));
    if (x)
        assert_true(node_equal(&a->tree, x, &b->tree, y));
}

static void what_is_printed_says_the_same(void **state) {
    static const char *const texts[] = {
        HEAD,
        HEAD "spec: {}\n",
        HEAD "spec: {domain: example.com, hostnames: [mail.example.com], subnet: 10.42.0.0/16}\n",
        HEAD "spec:\n  images: {tag: 2024.06, webmail: \"a/b:1\"}\n  users: 100\n  redis: {}\n",
        HEAD "spec:\n  ingress: {traefik: {certIssuer: \"\", podLabels: {a.b/c: \"true\"}, entryPoints: {smtp: mx}}}\n",
        HEAD "spec:\n  patch: {ports: false, webmail: {probes: no}}\n  storage: {dovecot: &a {size: 1Ti}, admin: *a}\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        Arena *arena = test_arena();
        Config config, again, everything;
        faults_of(arena, texts[i], "mailu.relayHost=[x.example]:25", &config);
        Str printed = config_print(arena, &config);
        assert_str_equal(faults_of(arena, str_copy(arena, printed).p, NULL, &again), S(""));
        assert_str_equal(config_print(arena, &again), printed);
        Str full = without_comments(arena, printed);
        assert_str_equal(faults_of(arena, str_copy(arena, full).p, NULL, &everything), S(""));
        for (size_t f = 0; f < field_count; f++) {
            if (strpbrk(fields[f].path, "*@"))
                continue;
            expect_field(&config, &again, fields[f].path);
            assert_str_equal(config_get(&everything, fields[f].path), config_get(&config, fields[f].path));
            assert_true(config_has(&everything, fields[f].path) ==
                        (config_has(&config, fields[f].path) || fields[f].fallback));
        }
        expect_field(&config, &again, "patch");
        expect_field(&config, &again, "storage");
        expect_field(&config, &again, "images");
        test_arena_done(arena);
    }
}

/* Whether the path in quotes after the call `name` at the start of `text` is that of a field, or leads to fields. */
static bool asks_for_field(Arena *arena, Str text, const char *name, bool *is_call) {
    Str arguments = str_skip(text, strlen(name)), before = str_cut(&arguments, '"'), path = str_cut(&arguments, '"');
    ptrdiff_t star = str_find_char(path, '*');
    *is_call = str_starts(text, str(name)) && str_starts(before, S("(")) &&
               str_find(before, S(", ")) == (ptrdiff_t)before.n - 2; /* it is the second argument */
    if (star >= 0)
        path = str_format(arena, "%.*s%s%.*s", (int)star, path.p, "front", F(str_skip(path, (size_t)star + 1)));
    return !*is_call || field_at(path) || field_below(path);
}

/* A path with a mistake in it would look like a field that is not set. config_get asserts it; config_has is asked too
 * often for that. */
static void paths_in_the_source_are_fields(void **state) {
    static const char *const calls[] = {"has",      "has_for", "get",  "get_for", "bool",
                                        "bool_for", "int",     "node", "locate"};
    Arena *arena = test_arena();
    glob_t files;
    size_t found = 0;
    (void)state;
    assert_int_equal(glob("src/*/*.c", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        Str rest = test_file(arena, files.gl_pathv[i]);
        for (ptrdiff_t at;
             !str_ends(str(files.gl_pathv[i]), S("_test.c")) && (at = str_find(rest, S("config_"))) >= 0;) {
            rest = str_skip(rest, (size_t)at + 7);
            for (size_t c = 0; c < COUNT(calls); c++) {
                bool is_call;
                if (!asks_for_field(arena, rest, calls[c], &is_call))
                    fail_msg("%s: %.*s", files.gl_pathv[i], F(str_head(rest, 60)));
                found += is_call;
            }
        }
    }
    assert_true(found > 150);
    globfree(&files);
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(documents),
    cmocka_unit_test(aliases_have_a_place),
    cmocka_unit_test(fields_refused),
    cmocka_unit_test(fields_taken),
    cmocka_unit_test(truth_has_many_words),
    cmocka_unit_test(sets),
    cmocka_unit_test(lists_are_set),
    cmocka_unit_test(sets_refused),
    cmocka_unit_test(what_is_printed_says_the_same),
    cmocka_unit_test(paths_in_the_source_are_fields),
};
SUITE(config, tests);
