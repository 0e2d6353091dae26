#include "spec/rule.h"

#include "spec/formats.h"

enum { MAX_NESTING = 32 };

const char client_setup_paths[] = "(?i)^/((\\.well-known/autoconfig/)?mail/config-v1\\.1\\.xml|"
                                  "autodiscover/autodiscover\\.(xml|json)|(apple\\.)?mobileconfig)$";

typedef struct Reader {
    Str rest;
    int depth;
    bool failed;
} Reader;

static bool alternatives_may_match(Reader *r);

static bool accept(Reader *r, const char *token) {
    r->rest = str_trim(r->rest);
    if (!str_starts(r->rest, str(token)))
        return false;
    r->rest = str_skip(r->rest, strlen(token));
    return true;
}

static Str take_name(Reader *r) {
    r->rest = str_trim(r->rest);
    size_t n = 0;
    while (n < r->rest.n && is_letter(r->rest.p[n]))
        n++;
    Str name = str_head(r->rest, n);
    r->rest = str_skip(r->rest, n);
    return name;
}

/* A text in backticks, or in double quotes with its escapes as they are. */
static bool take_quoted(Str *rest, Str *text) {
    char quote = rest->n ? rest->p[0] : '\0';
    if (quote != '`' && quote != '"')
        return false;
    Str after = str_skip(*rest, 1);
    size_t end = 0;
    while (end < after.n && after.p[end] != quote)
        end += quote == '"' && after.p[end] == '\\' ? 2 : 1;
    if (end >= after.n)
        return false;
    *text = str_head(after, end);
    *rest = str_skip(after, end + 1);
    return true;
}

/* In Traefik 2 what is in braces is a regular expression. An escape may be for any character. */
static bool path_may_match(Str path, bool exact) {
    ptrdiff_t brace = str_find_char(path, '{');
    Str literal = brace < 0 ? path : str_head(path, (size_t)brace);
    return str_has(path, "\\") || holds_internal(literal, exact && brace < 0 ? S("Exact") : S("Prefix"));
}

/* Path(`/a`), PathPrefix(`/a`, `/b`), Host(`x`): only matchers of paths can exclude other paths. One regular expression
 * is known not to match /internal. */
static bool matcher_may_match(Reader *r) {
    Str name = take_name(r), text;
    bool paths = str_is(name, "Path") || str_is(name, "PathPrefix"), expression = str_is(name, "PathRegexp");
    bool may = !paths && !expression;
    if (!name.n || !accept(r, "("))
        return r->failed = true;
    do {
        r->rest = str_trim(r->rest);
        if (!take_quoted(&r->rest, &text))
            return r->failed = true;
        may |= expression && !str_is(text, client_setup_paths);
        may |= paths && path_may_match(text, str_is(name, "Path"));
    } while (accept(r, ","));
    r->failed |= !accept(r, ")");
    return may;
}

static bool term_may_match(Reader *r) {
    bool negated = accept(r, "!"), group = accept(r, "("), may;
    if (++r->depth > MAX_NESTING)
        return r->failed = true;
    if (group) {
        may = alternatives_may_match(r);
        r->failed |= !accept(r, ")");
    } else {
        may = matcher_may_match(r);
    }
    r->depth--;
    return may || negated;
}

static bool conjunction_may_match(Reader *r) {
    bool may = term_may_match(r);
    while (!r->failed && accept(r, "&&"))
        may = term_may_match(r) && may;
    return may;
}

static bool alternatives_may_match(Reader *r) {
    bool may = conjunction_may_match(r);
    while (!r->failed && accept(r, "||"))
        may = conjunction_may_match(r) || may;
    return may;
}

bool rule_may_match_internal(Str rule) {
    Reader r = {.rest = rule};
    bool may = alternatives_may_match(&r);
    return may || r.failed || str_trim(r.rest).n > 0;
}

Str rule_next_host(Str *rest) {
    static const char opening[] = "Host(";
    Str host;
    for (;;) {
        Str another = str_trim(*rest); /* Traefik 2: Host(`a`, `b`) */
        if (str_starts(another, S(","))) {
            *rest = str_trim(str_skip(another, 1));
        } else {
            ptrdiff_t at = str_find(*rest, str(opening));
            if (at < 0)
                return *rest = (Str){0};
            bool whole = at == 0 || !is_letter(rest->p[at - 1]);
            *rest = str_trim(str_skip(*rest, (size_t)at + sizeof opening - 1));
            if (!whole)
                continue;
        }
        if (take_quoted(rest, &host) && !str_has(host, "\\") && !str_has(host, "`"))
            return host;
    }
}
