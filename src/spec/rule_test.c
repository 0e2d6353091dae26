#include "spec/rule.h"

#include "tests/tests.h"

static void tells_what_may_reach_internal(void **state) {
    static const struct {
        const char *rule;
        bool may;
    } rows[] = {
        {"Host(`m.example.com`)", true},
        {"Host(`m.example.com`) && PathPrefix(`/admin`)", false},
        {"PathPrefix(`/admin`) && Host(`m.example.com`)", false},
        {"Host(`m`)&&(PathPrefix(`/admin`)||Path(`/sso`))", false},
        {"Host(`m`) && PathPrefix(`/admin`, `/sso`)", false},
        {"Host(`m`) && PathPrefix(`/admin`, `/`)", true},
        {"Host(`m`) && PathPrefix(\"/static\")", false},
        {"Host(`m`) && Path(`/`)", false},
        {"Host(`m`) && PathPrefix(`/`)", true},
        {"Host(`m`) && PathPrefix(`/in`)", true},
        {"Host(`m`) && PathPrefix(`/internal/auth`)", true},
        {"Host(`m`) || PathPrefix(`/admin`)", true},
        {"(Host(`m`) || Host(`n`)) && PathPrefix(`/admin`)", false},
        {"Host(`m`) && !PathPrefix(`/internal`)", true}, /* true, but nobody can be sure in every version */
        {"Host(`m`) && !(PathPrefix(`/x`))", true},
        {"Host(`m`) && PathRegexp(`^/admin`)", true},
        {"(Host(`m`)) && PathRegexp(`(?i)^/((\\.well-known/autoconfig/)?mail/config-v1\\.1\\.xml|"
         "autodiscover/autodiscover\\.(xml|json)|(apple\\.)?mobileconfig)$`)",
         false},
        {"Host(`m`) && PathRegexp(`(?i)^/((apple\\.)?mobileconfig)$`, `^/`)", true},
        {"Host(`m`) && PathPrefix(`/admin`) trailing", true},
        {"Host(`m`) && PathPrefix(`/admin`", true},
        {"Host(`m`) && PathPrefix()", true},
        {"Host(`m`) && PathPrefix(`/{any:.*}`)", true}, /* Traefik 2 */
        {"Host(`m`) && Path(`/{any:.*}`)", true},
        {"Host(`m`) && Path(`/admin/{any:.*}`)", false},
        {"Host(`m`) && Header(`a`, \"\\\"\") && PathPrefix(`/admin`)", false},
        {"Host(`m`) && PathPrefix(\"/\\x69nternal\")", true},
        {"&& PathPrefix(`/admin`)", true},
        {"", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rule_may_match_internal(str(rows[i].rule)) != rows[i].may)
            fail_msg("%s", rows[i].rule);
}

static void nesting_has_an_end(void **state) {
    Arena *arena = test_arena();
    Buf rule = {.arena = arena};
    (void)state;
    buf_fill(&rule, '(', 1000000);
    assert_true(rule_may_match_internal(buf_str(&rule)));
    rule.n = 0;
    buf_fill(&rule, '!', 1000000);
    assert_true(rule_may_match_internal(buf_str(&rule)));
    test_arena_done(arena);
}

static void names_its_hosts(void **state) {
    Str rest = S(
        "(Host(`a.example.com`) || Host(`b.example.com`, \"c.example.com\")) && HostRegexp(`x`) && Host(y) && Host(\"d`) || Path(`/\")");
    (void)state;
    assert_str_equal(rule_next_host(&rest), S("a.example.com"));
    assert_str_equal(rule_next_host(&rest), S("b.example.com"));
    assert_str_equal(rule_next_host(&rest), S("c.example.com"));
    assert_int_equal(rule_next_host(&rest).n, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(tells_what_may_reach_internal),
    cmocka_unit_test(nesting_has_an_end),
    cmocka_unit_test(names_its_hosts),
};
SUITE(rule, tests);
