#include "config/fields.h"

#include "config/config.h"
#include "tests/tests.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- the checks and the expressions of the schema say the same ---- */

static uint64_t random_state;

static size_t random_below(size_t n) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return n ? (size_t)(random_state % n) : 0;
}

/* What is near to right for one format or another. */
static const char *const samples[] = {
    "mail.example.com",
    "example.com",
    "a",
    "10.42.0.0/16",
    "255.255.255.255/32",
    "fd00:42::/48",
    "::/0",
    "1:2:3:4:5:6:7:8/128",
    "1::8/64",
    "Europe/Vienna",
    "Etc/GMT+5",
    "500m",
    "1.5Gi",
    "0.0Ki",
    "1e3",
    ".5E",
    "..data",
    "secret-key",
    "200/day",
    "postmaster",
    "first.last+tag",
    "[smtp.example.net]:587",
    "smtp.example.net:65535",
    "ghcr.io/mailu",
    "localhost:5000/a__b/c--d.e",
    "ghcr.io/mailu/admin:2024.06@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "2024.06",
    "smtp-submission",
    "",
    "app.kubernetes.io/name",
    "UPPER.Case",
};

static Str mutant(Arena *arena) {
    static const char letters[] = "aZ059f.-_/:@[]+=e,KimEn ";
    Buf out = {.arena = arena};
    Str sample = str(samples[random_below(COUNT(samples))]);
    size_t edits = random_below(4), repeat = random_below(12) ? 0 : random_below(300);
    buf_add(&out, sample);
    for (size_t i = 0; i < repeat; i++)
        buf_char(&out, letters[random_below(6)]);
    for (size_t i = 0; i < edits; i++) {
        size_t at = random_below(out.n + 1);
        Str before = str_copy(arena, str_head(buf_str(&out), at));
        Str after = str_copy(arena, str_skip(buf_str(&out), at + random_below(3)));
        out = (Buf){.arena = arena};
        buf_add(&out, before);
        for (size_t more = random_below(3); more > 0; more--)
            buf_char(&out, letters[random_below(sizeof letters - 1)]);
        buf_add(&out, after);
    }
    return buf_str(&out);
}

static bool finds(const char *expression, Str text) {
    regex_t compiled;
    char copy[2048];
    assert_true(text.n < sizeof copy && regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB) == 0);
    memcpy(copy, text.p ? text.p : "", text.n);
    copy[text.n] = 0;
    bool found = regexec(&compiled, copy, 0, NULL, 0) == 0;
    regfree(&compiled);
    return found;
}

/* What a JSON schema makes of it. */
static bool schema_takes(Arena *arena, const Format *format, Str text) {
    Str all = str_format(arena, "^(%s)$", format->pattern);
    return text.n <= (size_t)format->longest && finds(all.p, text) && !(format->never && finds(format->never, text));
}

static void compare(Arena *arena, const Format *format, const char *seed) {
    for (int i = 0; i < 120; i++) {
        Str text = i < (int)COUNT(samples) ? str(samples[i]) : mutant(arena);
        bool schema = schema_takes(arena, format, text);
        if (format->check(text) != schema)
            fail_msg("SEED=%s: \"%.*s\" is %s of the schema, but not of the check: %s", seed, F(text),
                     schema ? "good by the rule" : "bad by the rule", format->expected);
    }
}

static void checks_and_expressions_agree(void **state) {
    const char *seed = getenv("SEED") ? getenv("SEED") : "20240601";
    random_state = strtoull(seed, NULL, 10) | 1;
    (void)state;
    for (size_t i = 0; i < field_count; i++) {
        Arena *arena = test_arena();
        if (fields[i].format)
            compare(arena, fields[i].format, seed);
        test_arena_done(arena);
    }
    Arena *arena = test_arena();
    compare(arena, &format_label_key, seed);
    compare(arena, &format_label_value, seed);
    test_arena_done(arena);
}

/* ---- the table ---- */

static void defaults_pass_their_checks(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < field_count; i++) {
        Config config;
        Diagnostics diagnostics = {.arena = arena};
        if (!fields[i].fallback || strchr(fields[i].path, '*') || strchr(fields[i].path, '@'))
            continue;
        config_init(&config, arena);
        config_set(&config, str_format(arena, "%s=%s", fields[i].path, fields[i].fallback), &diagnostics);
        assert_true(config_check(&config, &diagnostics));
        assert_str_equal(config_get(&config, fields[i].path), str(fields[i].fallback));
    }
    test_arena_done(arena);
}

static void every_field_is_found_and_explained(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < field_count; i++) {
        Str path = str(fields[i].path);
        if (strchr(fields[i].path, '*'))
            path = str_format(arena, "%.*s%s%s", (int)strcspn(fields[i].path, "*"), fields[i].path, "dovecotSubmission",
                              strchr(fields[i].path, '*') + 1);
        if (str_ends(path, S("@")))
            path = str_format(arena, "%.*sprobes", F(str_head(path, path.n - 1)));
        assert_ptr_equal(field_at(path), &fields[i]);
        assert_true(strlen(fields[i].help) > 0);
        while (str_find_char(path, '.') >= 0) { /* and what leads to it does */
            while (path.p[path.n - 1] != '.')
                path.n--;
            path.n--;
            assert_true(field_below(path));
        }
    }
    assert_null(field_at(S("storage.*.size")));
    assert_null(field_at(S("storage.size")));
    assert_null(field_at(S("")));
    assert_false(field_below(S("domain")));
    test_arena_done(arena);
}

static void suggestions(void **state) {
    static const struct {
        const char *parent, *wrong, *meant;
    } rows[] = {
        {"", "domian", "domain"},
        {"", "hostname", "hostnames"},
        {"", "Domain", "domain"},
        {"", "time_zone", "timezone"},
        {"", "networkPolicy", "networkPolicies"},
        {"", "initialAccount", "mailu.initialAccount"},
        {"", "logLevel", "mailu.logLevel"},
        {"", "tls", ""},
        {"", "somethingElse", ""},
        {"database", "tpye", "type"},
        {"database", "postgres", "postgresql"},
        {"database.postgresql", "secret", "secretName"},
        {"database.postgresql", "user", ""},
        {"database.postgresql.secretKeys", "user", "username"},
        {"storage", "dovecott", "dovecot"},
        {"storage", "dovecot-submission", "dovecotSubmission"},
        {"storage.dovecot", "storageClassName", "storageClass"},
        {"storage", "performance", "storage.tiers.performance"},
        {"resources.dovecot", "request", "requests"},
        {"resources.dovecot.requests", "mem", "memory"},
        {"resources.dovecot.requests", "memroy", "memory"},
        {"ingress", "hostname", "ingress.traefik.hostname"},
        {"ingress.traefik", "certissuer", "certIssuer"},
        {"ingress.traefik.entryPoints", "smtp-submission", "submission"},
        {"patch", "probe", "probes"},
        {"patch", "webmial", "webmail"},
        {"patch.webmail", "port", "ports"},
        {"patch.webmail", "policy", "policies"},
        {"images", "dovecot_submission", "dovecotSubmission"},
        {"components", "roundcube", ""},
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Str meant = field_suggestion(arena, str(rows[i].parent), str(rows[i].wrong));
        if (!str_is(meant, rows[i].meant))
            fail_msg("%s.%s: found \"%.*s\", expected \"%s\"", rows[i].parent, rows[i].wrong, F(meant), rows[i].meant);
    }
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(checks_and_expressions_agree),
    cmocka_unit_test(defaults_pass_their_checks),
    cmocka_unit_test(every_field_is_found_and_explained),
    cmocka_unit_test(suggestions),
};
SUITE(fields, tests);
