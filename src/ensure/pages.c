#include "ensure/pages.h"

#include "spec/formats.h"

#include <string.h>

/* ---- middlewares ---- */

Str middleware_named(Ensure *e, Str name, Node *spec) {
    ensure_spec(e, KIND_MIDDLEWARE, name, NULL, spec);
    return name;
}

static Str middleware(Ensure *e, const char *ending, Node *spec) {
    return middleware_named(e, prefixed(e, ending), spec);
}

Str middleware_reference(Ensure *e, Str namespace, Str name) {
    return str_format(e->arena, "%.*s-%.*s@kubernetescrd", F(namespace), F(name));
}

Names names_around(Ensure *e, const Names *own, size_t ahead, const Names *theirs) {
    Names all = {0};
    for (size_t i = 0; i < ahead; i++)
        strs_add(e->arena, &all, own->at[i]);
    for (size_t i = 0; i < theirs->n; i++)
        strs_add(e->arena, &all, theirs->at[i]);
    for (size_t i = ahead; i < own->n; i++)
        strs_add(e->arena, &all, own->at[i]);
    return all;
}

static bool is_header_name(Str s) {
    return s.n && check_entry_point(s);
}

/* An address in PROXY_AUTH_WHITELIST: that of the first network; empty when it has none. */
static Str whitelisted_address(Ensure *e) {
    Str networks = environment_of(e->instance, "PROXY_AUTH_WHITELIST");
    Str network = str_trim(str_cut(&networks, ',')), address = str_cut(&network, '/');
    for (size_t i = 0; i < address.n; i++)
        if (!strchr("0123456789abcdefABCDEF.:", address.p[i]))
            return (Str){0};
    return address;
}

/* Headers that tell Mailu who is logged in must not come from outside: PROXY_AUTH_HEADER of admin, which looks at
 * X-Forwarded-By too, and the user names of webmail and webdav. Where header sign-on is in use, a middleware of the
 * user's sets the former after this one, and admin wants an address of its whitelist in the latter, as front would have
 * said (core/admin/mailu/sso/views/base.py, _proxy). What front's nginx said to browsers is said here. */
Str headers_middleware(Ensure *e) {
    Node *removed = build(e->arena, "{X-Auth-Email:%s,X-Forwarded-By:%S,X-Remote-User:%s,X-Remote-User-Token:%s}", "",
                          whitelisted_address(e), "", "");
    Str own = environment_of(e->instance, "PROXY_AUTH_HEADER");
    if (is_header_name(own) && !str_is(own, "X-Auth-Email"))
        node_append(removed, new_string(e->arena, own), new_string(e->arena, S("")));
    return middleware(e, "headers",
                      build(e->arena,
                            "{headers:{customRequestHeaders:%n,customFrameOptionsValue:SAMEORIGIN,"
                            "contentTypeNosniff:true,referrerPolicy:same-origin,stsSeconds:31536000}}",
                            removed));
}

static const struct {
    const char *ending, *regex, *replacement;
} autoconfig[] = {
    {"autoconfig-mozilla", "^/(?i:(\\.well-known/autoconfig/)?mail/config-v1\\.1\\.xml)$",
     "/internal/autoconfig/mozilla"},
    {"autoconfig-microsoft", "^/(?i:autodiscover/autodiscover\\.xml)$", "/internal/autoconfig/microsoft"},
    {"autoconfig-apple", "^/(?i:(apple\\.)?mobileconfig)$", "/internal/autoconfig/apple"},
    {"autoconfig-microsoft-json", "^/(?i:autodiscover/autodiscover\\.json)$", "/internal/autoconfig/microsoft.json"},
};

static const char *const autoconfig_paths[] = {
    "/.well-known/autoconfig/mail/config-v1.1.xml",
    "/mail/config-v1.1.xml",
    "/autodiscover/autodiscover.xml",
    "/Autodiscover/Autodiscover.xml",
    "/mobileconfig",
    "/apple.mobileconfig",
    "/autodiscover/autodiscover.json",
    "/Autodiscover/Autodiscover.json",
};

/* Where Traefik, in a namespace of its own, reaches a part. */
static Str host_for_traefik(Ensure *e, ComponentId id) {
    Str name = service_name(e, id);
    return str_format(e->arena, "%.*s.%.*s.svc.%.*s", F(name), F(e->instance->target_namespace),
                      F(e->instance->settings.cluster_domain));
}

/* ---- pages ---- */

static void add_path(Ensure *e, UrlPaths *paths, Str path, bool exact) {
    *PUSH(e->arena, paths) = (UrlPath){path, exact};
}

/* `/internal`, which gives anyone keys and passwords, is never among them. */
static UrlPaths paths_of_admin(Ensure *e) {
    const Settings *s = &e->instance->settings;
    UrlPaths paths = {0};
    add_path(e, &paths, s->web_admin, false);
    add_path(e, &paths, S("/sso"), false);
    add_path(e, &paths, S("/static"), false);
    if (s->api)
        add_path(e, &paths, s->web_api, false);
    for (size_t i = 0; i < COUNT(autoconfig_paths); i++)
        add_path(e, &paths, str(autoconfig_paths[i]), true);
    return paths;
}

static UrlPaths paths_of_webmail(Ensure *e) {
    Str path = e->instance->settings.web_webmail;
    UrlPaths paths = {0};
    add_path(e, &paths, path, false);
    if (!str_is(path, "/"))
        add_path(e, &paths, S("/"), true);
    return paths;
}

UrlPaths paths_of_page(Ensure *e, ComponentId id) {
    return id == ADMIN ? paths_of_admin(e) : paths_of_webmail(e);
}

bool covers(UrlPath outer, UrlPath inner) {
    if (outer.exact)
        return inner.exact && str_eq(outer.path, inner.path);
    size_t n = outer.path.n - str_ends(outer.path, S("/"));
    return str_starts(inner.path, str_head(outer.path, n)) && (inner.path.n == n || inner.path.p[n] == '/');
}

Str rule_for_hosts(Arena *arena, const Names *hosts) {
    Buf out = {.arena = arena};
    for (size_t i = 0; i < hosts->n; i++)
        buf_format(&out, "%sHost(`%.*s`)", i ? " || " : "", F(hosts->at[i]));
    return buf_str(&out);
}

Str rule_for_paths(Arena *arena, const UrlPaths *paths) {
    Buf out = {.arena = arena};
    for (int exact = 0; exact < 2; exact++)
        for (size_t i = 0; i < paths->n; i++)
            if (paths->at[i].exact == exact)
                buf_format(&out, "%s%s(`%.*s`)", out.n ? " || " : "", exact ? "Path" : "PathPrefix",
                           F(paths->at[i].path));
    return buf_str(&out);
}

static Page page_named(Ensure *e, ComponentId id, int port) {
    return (Page){.id = id, .paths = paths_of_page(e, id), .service = service_name(e, id), .port = port};
}

static void add_middleware(Ensure *e, Page *page, Str name) {
    *PUSH(e->arena, &page->middlewares) = name;
}

bool is_path_middleware(Ensure *e, Str name) {
    bool is = str_eq(name, prefixed(e, "webmail-prefix"));
    for (size_t i = 0; i < COUNT(autoconfig); i++)
        is |= str_eq(name, prefixed(e, autoconfig[i].ending));
    return is;
}

/* What front's nginx let through (client_max_body_size): the API's clients send what they like, and admin has no limit
 * of its own, as webmail has. Its limit for failed logins holds behind Traefik, too. */
static Node *request_limit(Ensure *e) {
    int bytes;
    if (!str_to_int(e->instance->settings.message_size_limit, &bytes))
        return NULL;
    return build(e->arena, "{buffering:{maxRequestBodyBytes:%n}}",
                 new_plain(e->arena, str_format(e->arena, "%lld", (long long)bytes + (8 << 20))));
}

Page admin_page(Ensure *e) {
    Page page = page_named(e, ADMIN, ADMIN_PORT);
    page.ahead = 1;
    add_middleware(e, &page, headers_middleware(e));
    for (size_t i = 0; i < COUNT(autoconfig); i++)
        add_middleware(e, &page,
                       middleware(e, autoconfig[i].ending,
                                  build(e->arena, "{replacePathRegex:{regex:%s,replacement:%s}}", autoconfig[i].regex,
                                        autoconfig[i].replacement)));
    Node *limit = e->instance->settings.api ? request_limit(e) : NULL;
    if (limit)
        add_middleware(e, &page, middleware(e, "request-size", limit));
    return page;
}

/* A path as a regular expression: of its characters (check_url_path) the dot alone is special. */
static Str as_regex(Ensure *e, Str path) {
    Buf out = {.arena = e->arena};
    for (size_t i = 0; i < path.n; i++)
        buf_format(&out, path.p[i] == '.' ? "\\%c" : "%c", path.p[i]);
    return buf_str(&out);
}

/* "/" and webmail's path without a slash at its end, from which its relative links would go astray, lead to webmail. It
 * comes before a middleware of the user's that strips the path: what that leaves, "/", would lead to webmail for ever.
 */
static Str root_middleware(Ensure *e) {
    Str path = e->instance->settings.web_webmail, pattern = as_regex(e, path);
    return middleware(e, "webmail-root",
                      build(e->arena, "{redirectRegex:{regex:%S,replacement:%S}}",
                            str_format(e->arena, "^(https?://[^/]+)(/|%.*s)?$", F(pattern)),
                            str_format(e->arena, "${1}%.*s/", F(path))));
}

/* The order matters: each wraps those after it. A visitor without a session gets 403 from ForwardAuth, which the login
 * middleware answers with webmail's page that leads to admin's login; the prefix goes last. */
Page webmail_page(Ensure *e) {
    const Settings *s = &e->instance->settings;
    Page page = page_named(e, WEBMAIL, WEBMAIL_PORT);
    bool at_root = str_is(s->web_webmail, "/");
    add_middleware(e, &page, headers_middleware(e));
    if (!at_root)
        add_middleware(e, &page, root_middleware(e));
    page.ahead = page.middlewares.n;
    add_middleware(e, &page,
                   middleware(e, "webmail-login",
                              build(e->arena, "{errors:{status:[%s],query:/sso/login,service:{name:%S,port:80}}}",
                                    "403", service_name(e, WEBMAIL))));
    Str admin = host_for_traefik(e, ADMIN);
    add_middleware(
        e, &page,
        middleware(
            e, "webmail-auth",
            build(e->arena,
                  "{forwardAuth:{address:%S,trustForwardHeader:false,authResponseHeaders:[X-User,X-User-Token]}}",
                  str_format(e->arena, "http://%.*s:%d/internal/auth/user", F(admin), ADMIN_PORT))));
    if (!at_root)
        add_middleware(
            e, &page,
            middleware(e, "webmail-prefix", build(e->arena, "{stripPrefix:{prefixes:[%S]}}", s->web_webmail)));
    return page;
}
