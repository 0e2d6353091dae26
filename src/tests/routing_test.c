/* Traefik's part: what is added to nothing, what the options change, what becomes of routes that are there, and what
 * may not be in any stream that comes out.
 *
 * What it does in a real Traefik is seen in scripts/test.d/traefik, where scripts/judges has built one; that the fields
 * exist is tested by scripts/test.d/schemas; scripts/test.d/pages plays Traefik's part for the web pages. What the
 * fields do was read in the sources of Traefik 3.7:
 *   - The middlewares of an annotation wrap each other in its order (pkg/server/middleware: alice.New appends).
 * `errors` before `forwardAuth` therefore sees its 403, asks webmail for /sso/login, and answers 403 with that page.
 *   - forwardAuth deletes the headers of authResponseHeaders from the request before it puts in what the answer has;
 *     with trustForwardHeader false it writes X-Forwarded-* itself. Any other answer than 2xx goes to the client.
 *   - An Ingress' spec.tls gives certificates and no more: a router speaks TLS when its entry point does by default or
 *     when router.tls says so (pkg/provider/kubernetes/ingress: loadRouter takes TLS from the annotations alone).
 *   - pathType Prefix becomes PathPrefix, which compares text: "/in" takes in "/internal".
 *   - A lone HostSNI(`*`) without TLS is routed before the client says a word, as SMTP needs it.
 *   - services[].proxyProtocol is marked as deprecated in favour of a ServersTransportTCP, and works in all of v2 and
 * v3; the other exists from 3.6 on only, so the old one stays.
 *
 * The holes of domain.md, "Trust", and the tests here that were seen to fail without their fix: 1 with 25 in the place
 * of mx_service (injected, found_routes); 2 without ensure_backend's proxyProtocol (injected); 3 with ensure_tls given
 * false (injected); 5 without the webmail-auth middleware, without reason_to_close (injected, one_ingress_for_all); 6
 * with webdav left in its Ingress (one_ingress_for_all, ingress_to_webdav). The fourth is policies_test.c's. */
#include "ensure/ensure.h"
#include "tests/cases.h"
#include "tests/tests.h"

#include <unistd.h>

/* ---- asking ---- */

/* What has to stand at `path` of an object, as YAML; NULL: nothing. */
typedef struct Row {
    const char *kind, *name, *path, *value;
} Row;

static Object parse(Arena *arena, const char *text) {
    Tree *tree = NEW(arena, Tree);
    TreeError error;
    assert_true(tree_parse(arena, str(text), tree, &error));
    return (Object){.tree = tree, .root = tree->root};
}

/* The keys of annotations and selectors have dots: behind a '|' stands one such key. */
static Node *at_path(Arena *arena, const Object *object, const char *path) {
    Str rest = str(path), way = str_cut(&rest, '|');
    Node *node = map_path(object->tree, object->root, str_format(arena, "%.*s%c", F(way), '\0').p);
    return rest.n ? map_get(object->tree, node, rest) : node;
}

static void check_row(Arena *arena, const Objects *objects, const Row *row) {
    const Object *object = object_of(objects, str(row->kind), S(""), str(row->name));
    Node *found = object ? at_path(arena, object, row->path) : NULL;
    if (!row->value) {
        if (found)
            fail_msg("%s/%s: %s is there", row->kind, row->name, row->path);
        return;
    }
    Object wanted = parse(arena, row->value);
    if (!found || !node_equal(object->tree, found, wanted.tree, wanted.root))
        fail_msg("%s/%s: %s is not %s", row->kind, row->name, row->path, row->value);
}

static void check_rows(Arena *arena, const Objects *objects, const Row *rows, size_t count) {
    for (size_t i = 0; i < count; i++)
        check_row(arena, objects, &rows[i]);
}

static size_t count_of(const Objects *objects, const char *kind) {
    size_t count = 0;
    for (size_t i = 0; i < objects->n; i++)
        count += str_is(objects->at[i].kind, kind);
    return count;
}

/* Runs `stream` with `sets`, and then what comes out once more, which must change nothing. `*said` is what was warned
 * of. */
static Objects run(Arena *arena, Str stream, const Str *sets, size_t set_count, Str *said) {
    return objects_of(arena, case_run_twice(arena, stream, sets, set_count, said));
}

#define MAILU S("domain=example.com"), S("hostnames=mail.example.com,mx.example.com"), S("subnet=10.42.0.0/16")

/* Where an Ingress leads, a line for each rule: path, "*" behind a prefix, and Service with port. */
static Str paths_of(Arena *arena, const Objects *objects, const char *name) {
    const Object *o = object_of(objects, S("Ingress"), S(""), str(name));
    Buf out = {.arena = arena};
    Node *rules = o ? map_path(o->tree, o->root, "spec.rules") : NULL;
    for (Node *rule = is_sequence(rules) ? node_first(rules) : NULL; rule; rule = node_next(rule)) {
        Node *paths = map_path(o->tree, node_value(o->tree, rule), "http.paths");
        buf_format(&out, "%.*s:", F(map_text(o->tree, node_value(o->tree, rule), S("host"))));
        for (Node *item = node_first(paths); item; item = node_next(item)) {
            Node *path = node_value(o->tree, item), *service = map_path(o->tree, path, "backend.service");
            bool prefix = !str_is(map_text(o->tree, path, S("pathType")), "Exact");
            buf_format(&out, " %.*s%s=%.*s:%.*s", F(map_text(o->tree, path, S("path"))), prefix ? "*" : "",
                       F(map_text(o->tree, service, S("name"))),
                       F(map_text(o->tree, map_get(o->tree, service, S("port")), S("number"))));
        }
        buf_char(&out, '\n');
    }
    return buf_str(&out);
}

#define ADMIN_RULE(host, service)                                                                                      \
    host ": /admin*=" service " /sso*=" service " /static*=" service                                                   \
         " /.well-known/autoconfig/mail/config-v1.1.xml=" service " /mail/config-v1.1.xml=" service                    \
         " /autodiscover/autodiscover.xml=" service " /Autodiscover/Autodiscover.xml=" service                         \
         " /mobileconfig=" service " /apple.mobileconfig=" service " /autodiscover/autodiscover.json=" service         \
         " /Autodiscover/Autodiscover.json=" service "\n"
#define WEBMAIL_RULE(host, service) host ": /webmail*=" service " /=" service "\n"

/* ---- added ---- */

#define ROUTE(entry_point, port)                                                                                       \
    "{entryPoints: [" entry_point "], routes: [{match: 'HostSNI(`*`)', services: [{name: mailu-front, port: " port     \
    ", proxyProtocol: {version: 2}}]}], tls: {secretName: mailu-tls, options: {name: mailu-mail-tls}}}"

#define TLS "[{secretName: mailu-tls, hosts: [mail.example.com, mx.example.com]}]"
#define REFERENCE(name) "mailu-mailu-" name "@kubernetescrd"
#define ADMIN_MIDDLEWARES                                                                                              \
    REFERENCE("headers")                                                                                               \
    "," REFERENCE("autoconfig-mozilla") "," REFERENCE("autoconfig-microsoft") "," REFERENCE(                           \
        "autoconfig-apple") "," REFERENCE("autoconfig-microsoft-json")
#define WEBMAIL_MIDDLEWARES                                                                                            \
    REFERENCE("headers")                                                                                               \
    "," REFERENCE("webmail-root") "," REFERENCE("webmail-login") "," REFERENCE("webmail-auth") "," REFERENCE(          \
        "webmail-prefix")

#define ROUTER "traefik.ingress.kubernetes.io/router.middlewares"
#define MIDDLEWARES "metadata.annotations|" ROUTER
#define ENTRY_POINTS "metadata.annotations|traefik.ingress.kubernetes.io/router.entrypoints"
#define ROUTER_TLS "metadata.annotations|traefik.ingress.kubernetes.io/router.tls"
#define ISSUER "metadata.annotations|cert-manager.io/cluster-issuer"

static void injected(void **state) {
    (void)state;
    Arena *arena = test_arena();
    const Str sets[] = {MAILU};
    static const Row rows[] = {
        /* from the world to postfix, which hears who is calling and relays for nobody */
        {"IngressRouteTCP", "mailu-smtp", "spec",
         "{entryPoints: [smtp], routes: [{match: 'HostSNI(`*`)', middlewares: [{name: mailu-smtp-connection-limit}], "
         "services: [{name: mailu-postfix-mx, port: 25, proxyProtocol: {version: 2}}]}]}"},
        {"Service", "mailu-postfix-mx", "spec",
         "{type: ClusterIP, selector: {app.kubernetes.io/name: mailu, app.kubernetes.io/instance: mailu, "
         "app.kubernetes.io/component: postfix}, ports: [{name: smtp, port: 25, protocol: TCP, targetPort: 10024}]}"},
        {"MiddlewareTCP", "mailu-smtp-connection-limit", "spec", "{inFlightConn: {amount: 15}}"},
        /* to front, which hears it too */
        {"IngressRouteTCP", "mailu-smtps", "spec", ROUTE("smtps", "465")},
        {"IngressRouteTCP", "mailu-submission", "spec", ROUTE("smtp-submission", "587")},
        {"IngressRouteTCP", "mailu-imaps", "spec", ROUTE("imaps", "993")},
        {"IngressRouteTCP", "mailu-pop3s", "spec", ROUTE("pop3s", "995")},
        /* core/nginx/conf/tls.conf of Mailu, "ssl_ciphers" of TLS 1.2 */
        {"TLSOption", "mailu-mail-tls", "spec",
         "{minVersion: VersionTLS12, cipherSuites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "
         "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "
         "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305, "
         "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305], alpnProtocols: [imap, pop3, smtp, managesieve]}"},
        /* web pages */
        {"Ingress", "mailu-admin", "spec.ingressClassName", "traefik"},
        {"Ingress", "mailu-admin", "spec.tls", TLS},
        {"Ingress", "mailu-admin", MIDDLEWARES, ADMIN_MIDDLEWARES},
        {"Ingress", "mailu-admin", ENTRY_POINTS, "websecure"},
        {"Ingress", "mailu-admin", ROUTER_TLS, "'true'"},
        {"Ingress", "mailu-admin", ISSUER, "letsencrypt-cluster-issuer"},
        {"Ingress", "mailu-webmail", "spec.ingressClassName", "traefik"},
        {"Ingress", "mailu-webmail", "spec.tls", TLS},
        {"Ingress", "mailu-webmail", MIDDLEWARES, WEBMAIL_MIDDLEWARES},
        {"Ingress", "mailu-webmail", ENTRY_POINTS, "websecure"},
        {"Ingress", "mailu-webmail", ROUTER_TLS, "'true'"},
        {"Ingress", "mailu-webmail", ISSUER, NULL}, /* cert-manager makes one certificate of a Secret */
        {"Middleware", "mailu-headers", "spec",
         "{headers: {customRequestHeaders: {X-Auth-Email: '', X-Forwarded-By: '', X-Remote-User: '', "
         "X-Remote-User-Token: ''}, customFrameOptionsValue: SAMEORIGIN, contentTypeNosniff: true, "
         "referrerPolicy: same-origin, stsSeconds: 31536000}}"},
        {"Middleware", "mailu-webmail-root", "spec",
         "{redirectRegex: {regex: '^(https?://[^/]+)(/|/webmail)?$', replacement: '${1}/webmail/'}}"},
        {"Middleware", "mailu-webmail-login", "spec",
         "{errors: {status: ['403'], query: /sso/login, service: {name: mailu-webmail, port: 80}}}"},
        {"Middleware", "mailu-webmail-auth", "spec",
         "{forwardAuth: {address: 'http://mailu-admin.mailu.svc.cluster.local:8080/internal/auth/user', "
         "trustForwardHeader: false, authResponseHeaders: [X-User, X-User-Token]}}"},
        {"Middleware", "mailu-webmail-prefix", "spec", "{stripPrefix: {prefixes: [/webmail]}}"},
        {"Middleware", "mailu-autoconfig-mozilla", "spec",
         "{replacePathRegex: {regex: '^/(?i:(\\.well-known/autoconfig/)?mail/config-v1\\.1\\.xml)$', "
         "replacement: /internal/autoconfig/mozilla}}"},
        {"Middleware", "mailu-autoconfig-microsoft", "spec",
         "{replacePathRegex: {regex: '^/(?i:autodiscover/autodiscover\\.xml)$', "
         "replacement: /internal/autoconfig/microsoft}}"},
        {"Middleware", "mailu-autoconfig-microsoft-json", "spec",
         "{replacePathRegex: {regex: '^/(?i:autodiscover/autodiscover\\.json)$', "
         "replacement: /internal/autoconfig/microsoft.json}}"},
        {"IngressRoute", "mailu-client-setup", "spec",
         "{entryPoints: [websecure], routes: [{match: '(Host(`mail.example.com`) || Host(`mx.example.com`)) && "
         "PathRegexp(`(?i)^/("
         "(\\.well-known/autoconfig/)?mail/config-v1\\.1\\.xml|autodiscover/autodiscover\\.(xml|json)|"
         "(apple\\.)?mobileconfig)$`)', kind: Rule, middlewares: [{name: mailu-headers}, "
         "{name: mailu-autoconfig-mozilla}, {name: mailu-autoconfig-microsoft}, {name: mailu-autoconfig-apple}, "
         "{name: mailu-autoconfig-microsoft-json}], services: [{name: mailu-admin, port: 8080}]}], tls: {}}"},
        {"Middleware", "mailu-autoconfig-apple", "spec",
         "{replacePathRegex: {regex: '^/(?i:(apple\\.)?mobileconfig)$', replacement: /internal/autoconfig/apple}}"},
    };
    Str said;
    Objects objects = run(arena, S(""), sets, COUNT(sets), &said);
    check_rows(arena, &objects, rows, COUNT(rows));
    assert_str_equal(paths_of(arena, &objects, "mailu-admin"), S(ADMIN_RULE("mail.example.com", "mailu-admin:8080")
                                                                     ADMIN_RULE("mx.example.com", "mailu-admin:8080")));
    assert_str_equal(
        paths_of(arena, &objects, "mailu-webmail"),
        S(WEBMAIL_RULE("mail.example.com", "mailu-webmail:80") WEBMAIL_RULE("mx.example.com", "mailu-webmail:80")));
    assert_int_equal(count_of(&objects, "IngressRouteTCP"), 5);
    assert_int_equal(count_of(&objects, "Ingress"), 2);
    assert_int_equal(said.n, 0);
    test_arena_done(arena);
}

/* ---- options ---- */

static void option(const char *set, const Row *rows, size_t count, const char *warning) {
    Arena *arena = test_arena();
    const Str sets[] = {MAILU, str(set)};
    Str said;
    Objects objects = run(arena, S(""), sets, COUNT(sets), &said);
    check_rows(arena, &objects, rows, count);
    assert_true(warning ? str_has(said, warning) : said.n == 0);
    test_arena_done(arena);
}

#define OPTION(set, warning, ...)                                                                                      \
    option(set, (const Row[]){__VA_ARGS__}, sizeof((const Row[]){__VA_ARGS__}) / sizeof(Row), warning)

static void options(void **state) {
    (void)state;
    OPTION("ingress.traefik.entryPoints.smtp=mx", NULL, {"IngressRouteTCP", "mailu-smtp", "spec.entryPoints", "[mx]"});
    OPTION("ingress.traefik.entryPoints.submission=tls587", NULL,
           {"IngressRouteTCP", "mailu-submission", "spec.entryPoints", "[tls587]"});
    OPTION("ingress.traefik.entryPoints.websecure=https", NULL, {"Ingress", "mailu-admin", ENTRY_POINTS, "https"},
           {"Ingress", "mailu-webmail", ENTRY_POINTS, "https"});
    OPTION("ingress.className=edge", NULL, {"Ingress", "mailu-admin", "spec.ingressClassName", "edge"},
           {"Ingress", "mailu-webmail", "spec.ingressClassName", "edge"});
    OPTION(
        "ingress.traefik.tlsSecret=wildcard", NULL,
        {"IngressRouteTCP", "mailu-imaps", "spec.tls.secretName", "wildcard"},
        {"Ingress", "mailu-admin", "spec.tls", "[{secretName: wildcard, hosts: [mail.example.com, mx.example.com]}]"});
    OPTION("ingress.traefik.hostname=web.example.com", NULL,
           {"Ingress", "mailu-webmail", "spec.tls", "[{secretName: mailu-tls, hosts: [web.example.com]}]"},
           {"Ingress", "mailu-admin", "spec.tls", "[{secretName: mailu-tls, hosts: [web.example.com]}]"});
    OPTION("ingress.traefik.certIssuer=", NULL, {"Ingress", "mailu-admin", ISSUER, NULL});
    OPTION("ingress.traefik.smtpConnectionLimit=40", NULL,
           {"MiddlewareTCP", "mailu-smtp-connection-limit", "spec", "{inFlightConn: {amount: 40}}"});
    OPTION("ingress.traefik.plaintextSubmission=true", "passwords on port 587 cross the internet unencrypted",
           {"IngressRouteTCP", "mailu-submission", "spec.tls", NULL},
           {"IngressRouteTCP", "mailu-smtps", "spec.tls.secretName", "mailu-tls"});
    OPTION("ingress.traefik.enableTcp=false", NULL, {"IngressRouteTCP", "mailu-smtp", "spec", NULL},
           {"Ingress", "mailu-admin", "spec.ingressClassName", "traefik"});
    OPTION("ingress.type=none", NULL, {"IngressRouteTCP", "mailu-smtp", "spec", NULL},
           {"Ingress", "mailu-admin", "spec", NULL}, {"Middleware", "mailu-headers", "spec", NULL});
    OPTION("ingress.enabled=false", NULL, {"IngressRouteTCP", "mailu-smtp", "spec", NULL},
           {"Ingress", "mailu-webmail", "spec", NULL});
    OPTION("patch.front.routing=false", NULL, {"IngressRouteTCP", "mailu-imaps", "spec", NULL},
           {"IngressRouteTCP", "mailu-smtp", "spec.entryPoints", "[smtp]"});
    OPTION("components.webmail=false", NULL, {"Ingress", "mailu-webmail", "spec", NULL},
           {"Ingress", "mailu-admin", "spec.ingressClassName", "traefik"});
    OPTION("ingress.traefik.namespace=edge", NULL,
           {"NetworkPolicy", "mailu-webmail", "spec.ingress",
            "[{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: edge}}, podSelector: "
            "{matchLabels: {app.kubernetes.io/name: traefik}}}], ports: [{protocol: TCP, port: 80}]}]"});
    OPTION("ingress.traefik.podLabels.app=ingress", NULL,
           {"NetworkPolicy", "mailu-webmail", "spec.ingress",
            "[{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: ingress}}}], "
            "ports: [{protocol: TCP, port: 80}]}]"});
}

/* Admin believes who a visitor is by a header, which may be another than usual: none comes in from outside. */
static void headers_that_admin_believes(void **state) {
    static const struct {
        const char *header, *removed;
    } rows[] = {
        {"X-Auth-Email", ""},
        {"X-Own-User", ", X-Own-User: ''"},
        {"no header", ""},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        const Str sets[] = {MAILU};
        Str said,
            stream =
                str_format(arena,
                           "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mailu-environment, namespace: mailu}\n"
                           "data: {PROXY_AUTH_HEADER: '%s'}\n",
                           rows[i].header);
        Objects objects = run(arena, stream, sets, COUNT(sets), &said);
        Str removed =
            str_format(arena, "{X-Auth-Email: '', X-Forwarded-By: '', X-Remote-User: '', X-Remote-User-Token: ''%s}%c",
                       rows[i].removed, '\0');
        Row row = {"Middleware", "mailu-headers", "spec.headers.customRequestHeaders", removed.p};
        check_row(arena, &objects, &row);
        test_arena_done(arena);
    }
}

static void without_proxy_protocol(void **state) {
    (void)state;
    Arena *arena = test_arena();
    const Str sets[] = {MAILU, S("ingress.traefik.proxyProtocol=false")};
    static const Row rows[] = {
        {"IngressRouteTCP", "mailu-smtp", "spec.routes",
         "[{match: 'HostSNI(`*`)', services: [{name: mailu-postfix-mx, port: 25}]}]"},
        {"IngressRouteTCP", "mailu-imaps", "spec.routes",
         "[{match: 'HostSNI(`*`)', services: [{name: mailu-front, port: 993}]}]"},
    };
    Str said;
    Objects objects = run(arena, S(""), sets, COUNT(sets), &said);
    check_rows(arena, &objects, rows, COUNT(rows));
    const Object *front = object_of(&objects, S("ConfigMap"), S(""), S("mailu-front-entrypoint"));
    const Object *postfix = object_of(&objects, S("ConfigMap"), S(""), S("mailu-postfix-override"));
    assert_true(str_has(at_path(arena, front, "data|mailu-entrypoint.sh")->text, "proxy_protocol='false'"));
    Str listener = at_path(arena, postfix, "data|postfix.master")->text;
    assert_true(str_starts(listener, S("10024/inet")) && !str_has(listener, "haproxy"));
    assert_false(str_has(listener, "_limit=")); /* the world is one client */
    assert_true(str_has(said, "lock everybody out") && str_has(said, "[proxyProtocol]\n"));
    test_arena_done(arena);
}

/* ---- found ---- */

static Objects run_case(Arena *arena, const char *directory, Str *said) {
    Case c = case_read(arena, str(directory));
    Result result;
    case_run(arena, &c, &result);
    assert_true(result.ok);
    Objects objects = objects_of(arena, result.out);
    *said = result.said;
    case_done(&result);
    return objects;
}

/* The whole of admin on "/", webmail and webdav beside it: each page gets an Ingress, with the same hosts. What is
 * shared with others is left to them. */
static void one_ingress_for_all(void **state) {
    (void)state;
    Arena *arena = test_arena();
#define HOSTS "hosts: [a.example.com, b.example.com, c.example.com]"
    static const Row rows[] = {
        {"Ingress", "web", "spec.defaultBackend", NULL},
        {"Ingress", "web", "metadata.annotations|kubernetes.io/ingress.class", NULL},
        {"Ingress", "web", "spec.ingressClassName", "traefik"},
        {"Ingress", "web", "spec.tls", "[{secretName: web-certificate, " HOSTS "}]"},
        {"Ingress", "web", MIDDLEWARES,
         "mail-mailu-headers@kubernetescrd,mail-mailu-autoconfig-mozilla@kubernetescrd,"
         "mail-mailu-autoconfig-microsoft@kubernetescrd,mail-mailu-autoconfig-apple@kubernetescrd,"
         "mail-mailu-autoconfig-microsoft-json@kubernetescrd"},
        {"Ingress", "web", ISSUER, NULL}, /* its certificate is there */
        {"Ingress", "mailu-webmail", "spec.tls", "[{secretName: web-certificate, " HOSTS "}]"},
        {"Ingress", "shared", "metadata", "{name: shared, namespace: mail}"},
        {"Ingress", "shared", "spec.ingressClassName", "nginx"},
        {"IngressRouteTCP", "mailu-imaps", "spec.tls.secretName", "web-certificate"},
    };
#undef HOSTS
    Str said;
    Objects objects = run_case(arena, "testdata/one-ingress-for-all", &said);
    check_rows(arena, &objects, rows, COUNT(rows));
    assert_str_equal(
        paths_of(arena, &objects, "web"),
        S("a.example.com: /admin*=admin:80 /sso*=admin:8080 /static*=admin:8080 "
          "/.well-known/autoconfig/mail/config-v1.1.xml=admin:8080 /mail/config-v1.1.xml=admin:8080 "
          "/autodiscover/autodiscover.xml=admin:8080 /Autodiscover/Autodiscover.xml=admin:8080 "
          "/mobileconfig=admin:8080 /apple.mobileconfig=admin:8080 "
          "/autodiscover/autodiscover.json=admin:8080 /Autodiscover/Autodiscover.json=admin:8080\n" ADMIN_RULE(
              "b.example.com", "admin:8080") ADMIN_RULE("c.example.com", "admin:8080")));
    assert_str_equal(paths_of(arena, &objects, "mailu-webmail"),
                     S(WEBMAIL_RULE("a.example.com", "webmail:80") WEBMAIL_RULE("b.example.com", "webmail:80")
                           WEBMAIL_RULE("c.example.com", "webmail:80")));
    assert_str_equal(paths_of(arena, &objects, "shared"), S("c.example.com: /*=blog:80\n"));
    assert_true(str_has(said, "led to admin's /internal"));
    assert_true(str_has(said, "led to webdav"));
    test_arena_done(arena);
}

/* With the routing of admin and webmail off, their Ingresses stay as they are. */
static void routing_off_for_two(void **state) {
    (void)state;
    Arena *arena = test_arena();
    const Str sets[] = {S("patch.admin.routing=false"), S("patch.webmail.routing=false")};
    Case c = case_read(arena, S("testdata/one-ingress-for-all"));
    Objects before = objects_of(arena, c.request.stream);
    c.request.sets = sets;
    c.request.set_count = COUNT(sets);
    Result result;
    case_run(arena, &c, &result);
    assert_true(result.ok && !str_has(result.said, "it is not routed now"));
    Objects after = objects_of(arena, result.out);
    assert_str_equal(paths_of(arena, &after, "web"), paths_of(arena, &before, "web"));
    assert_str_equal(paths_of(arena, &after, "shared"), paths_of(arena, &before, "shared"));
    assert_int_equal(count_of(&after, "Ingress"), 2);
    case_done(&result);
    test_arena_done(arena);
}

/* Routes by other names and entry points, and what leads past Traefik. */
static void routes_of_others(void **state) {
    (void)state;
    Arena *arena = test_arena();
    static const Row rows[] = {
        {"IngressRouteTCP", "incoming", "spec",
         "{entryPoints: [mail25], routes: [{match: 'ClientIP(`192.0.2.0/24`)', services: [{name: archive, port: 25}, "
         "{name: mailu-postfix-mx, port: 25, proxyProtocol: {version: 2}}], middlewares: [{name: "
         "mailu-smtp-connection-limit}]}, {match: 'HostSNI(`*`)', services: [{name: mailu-postfix-mx, port: 25, "
         "proxyProtocol: {version: 2}}], middlewares: [{name: mailu-smtp-connection-limit}]}]}"},
        {"IngressRouteTCP", "clients", "spec.entryPoints", "[mail587]"},
        {"IngressRouteTCP", "clients", "spec.tls.secretName", "mailu-tls"},
        {"IngressRouteTCP", "sync", "spec.routes",
         "[{match: 'HostSNI(`*`)', services: [{name: front, port: 993, proxyProtocol: {version: 2}}]}]"},
        {"IngressRouteTCP", "sync", "spec.tls", "{secretName: mailu-tls, options: {name: mailu-mail-tls}}"},
        {"IngressRouteTCP", "mailu-smtp", "spec", NULL},
        {"IngressRouteTCP", "mailu-submission", "spec", NULL},
        {"IngressRouteTCP", "mailu-imaps", "spec", NULL},
        {"Service", "front", "spec.type", "ClusterIP"},
        {"Service", "front", "spec.externalTrafficPolicy", NULL},
        {"Service", "front", "spec.loadBalancerSourceRanges", NULL},
        {"Service", "front", "spec.ports",
         "[{name: imaps, port: 993}, {name: submission, port: 587}, "
         "{name: smtps, port: 465, protocol: TCP, targetPort: 465}, "
         "{name: pop3s, port: 995, protocol: TCP, targetPort: 995}, "
         "{name: imap-webmail, port: 10143, protocol: TCP, targetPort: 10143}]"},
        {"Service", "postfix", "spec.type", "ClusterIP"},
        {"Service", "dovecot", "spec.externalIPs", NULL},
        {"Deployment", "front", "spec.template.spec.hostNetwork", "false"},
    };
    Str said;
    Objects objects = run_case(arena, "testdata/routes-of-others", &said);
    check_rows(arena, &objects, rows, COUNT(rows));
    assert_true(str_has(said, "IngressRouteTCP/old-imap: leads to dovecot past front"));
    test_arena_done(arena);
}

/* The chart's one Ingress leads to admin now, and webmail gets its own; on front the four ports
 * are left, and webmail's. */
static void official_chart(void **state) {
    (void)state;
    Arena *arena = test_arena();
    static const Row rows[] = {
        {"Ingress", "mailu", "spec.ingressClassName", "traefik"},
        {"Service", "mailu-front", "spec.ports",
         "[{name: pop3s, port: 995, protocol: TCP}, {name: imaps, port: 993, protocol: TCP}, "
         "{name: smtps, port: 465, protocol: TCP}, {name: smtpd, port: 587, protocol: TCP}, "
         "{name: imap-auth, port: 10143, protocol: TCP}]"},
    };
    Str said;
    Objects objects = run_case(arena, "testdata/official", &said);
    check_rows(arena, &objects, rows, COUNT(rows));
    assert_str_equal(paths_of(arena, &objects, "mailu"), S(ADMIN_RULE("mail.example.com", "mailu-admin:8080")));
    assert_str_equal(paths_of(arena, &objects, "mailu-webmail"),
                     S(WEBMAIL_RULE("mail.example.com", "mailu-webmail:80")));
    assert_int_equal(count_of(&objects, "Ingress"), 2);
    assert_int_equal(count_of(&objects, "IngressRouteTCP"), ROUTES);
    test_arena_done(arena);
}

/* cdk8s-mailu brings routes, a limit and TLS options of its own: they are put right, and none is added. */
static void real_cdk8s(void **state) {
    (void)state;
    static const char path[] = "../shared/real/cdk8s.yaml";
    if (access(path, R_OK) != 0) {
        print_message("%s is not there\n", path);
        skip();
    }
    Arena *arena = test_arena();
    Str said;
    Objects objects = run(arena, test_file(arena, path), NULL, 0, &said);
    assert_int_equal(count_of(&objects, "IngressRouteTCP"), ROUTES);
    assert_int_equal(count_of(&objects, "MiddlewareTCP"), 1);
    assert_int_equal(count_of(&objects, "TLSOption"), 1);
    assert_int_equal(count_of(&objects, "Ingress"), 2);
    test_arena_done(arena);
}

/* A route of its own to webdav stays, but nobody comes through with a name that webdav would believe. */
static void ingress_to_webdav(void **state) {
    (void)state;
    Arena *arena = test_arena();
    const Str sets[] = {MAILU, S("namespace=mailu"), S("components.webdav=true")};
    Str said, first = S("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: dav\n"
                        "  namespace: mailu\n  annotations: {" ROUTER ": mailu-login@kubernetescrd}\n"
                        "spec:\n  rules:\n    - http: {paths: [{path: /, pathType: Prefix, "
                        "backend: {service: {name: mailu-webdav, port: {number: 5232}}}}]}\n---\n");
    Case c = {.request = {.stream = S(""), .sets = sets, .set_count = COUNT(sets), .generate = GENERATE}};
    Result result;
    case_run(arena, &c, &result);
    Str stream = str_format(arena, "%.*s%.*s", F(first), F(result.out));
    case_done(&result);
    Objects objects = run(arena, stream, sets, COUNT(sets), &said);
    static const Row row = {"Ingress", "dav", MIDDLEWARES, REFERENCE("headers") ",mailu-login@kubernetescrd"};
    check_row(arena, &objects, &row);
    assert_true(str_has(said, "Ingress/dav: leads to a part of Mailu that has no login of its own; expected no such "
                              "route [route]\n"));
    test_arena_done(arena);
}

/* Routes to front's web server of an earlier run, whose fields are no longer set, are not taken for routes to a page.
 */
static void routes_left_over(void **state) {
    (void)state;
    Arena *arena = test_arena();
    const Str sets[] = {MAILU,
                        S("namespace=mailu"),
                        S("components.webdav=true"),
                        S("mtaSts.mode=testing"),
                        S("ingress.traefik.webdav=true"),
                        S("ingress.traefik.antispam=true")};
    const Str left[] = {MAILU, S("namespace=mailu"), S("components.webdav=true")};
    static const char *const rows[][3] = {
        {"IngressRoute", "mailu-webdav", "ingress.traefik.webdav"},
        {"IngressRoute", "mailu-antispam", "ingress.traefik.antispam"},
        {"Ingress", "mailu-mta-sts", "mtaSts.mode"},
    };
    Case c = {.request = {.stream = S(""), .sets = sets, .set_count = COUNT(sets), .generate = GENERATE}};
    Result result;
    case_run(arena, &c, &result);
    Objects before = objects_of(arena, result.out);
    Str said, stream = str_copy(arena, result.out);
    case_done(&result);
    Objects after = run(arena, stream, left, COUNT(left), &said);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const Object *was = object_of(&before, str(rows[i][0]), S(""), str(rows[i][1]));
        const Object *is = object_of(&after, str(rows[i][0]), S(""), str(rows[i][1]));
        assert_true(node_equal(was->tree, was->root, is->tree, is->root));
        assert_true(
            str_has(said, str_format(arena, "%s/%s: was added for %s, which is no longer set; delete it [route]%c",
                                     rows[i][0], rows[i][1], rows[i][2], '\0')
                              .p));
    }
    /* One that leads elsewhere is a route like any other. */
    Str changed = str_format(arena,
                             "%.*s\n---\napiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata:\n"
                             "  name: mailu-webdav\n  namespace: mailu\n"
                             "  labels: {postrenderer.mailu.io/added: 'true'}\nspec:\n  routes:\n"
                             "    - match: PathPrefix(`/`)\n      services: [{name: mailu-admin, port: 8080}]\n",
                             F(case_run_twice(arena, S(""), left, COUNT(left), &said)));
    after = run(arena, changed, left, COUNT(left), &said);
    const Object *route = object_of(&after, S("IngressRoute"), S(""), S("mailu-webdav"));
    Node *item = items_of(at_path(arena, route, "spec.routes"));
    assert_true(str_has(map_text(route->tree, node_value(route->tree, item), S("match")), "PathPrefix(`/admin`)"));
    test_arena_done(arena);
}

/* ---- whatever comes in ---- */

static const Part *part_named(const Instance *instance, Str service) {
    for (ComponentId id = 0; id < COMPONENTS; id++)
        for (size_t i = 0; instance->parts[id].workload && i < instance->parts[id].services.n; i++)
            if (str_eq(instance->parts[id].services.at[i]->name, service))
                return &instance->parts[id];
    return NULL;
}

static bool is_of(const Instance *instance, const Object *o) {
    return same_namespace(o->namespace, instance->namespace);
}

/* Whether a path is one that is meant for the public: of admin nothing that leads to /internal, and webmail only behind
 * the question who is asking. */
static bool is_public(const Object *o, Node *path, const Part *part) {
    Str text = map_text(o->tree, path, S("path")), type = map_text(o->tree, path, S("pathType"));
    Node *annotations = map_path(o->tree, o->root, "metadata.annotations");
    Str middlewares = map_text(o->tree, annotations, S(ROUTER));
    if (part->id == ADMIN)
        return !str_starts(text, S("/internal")) && (str_is(type, "Exact") || !str_starts(S("/internal"), text)) &&
               !str_has(middlewares, "-webmail-auth@");
    if (part->id == FRONT)
        return str_is(text, "/.well-known/mta-sts.txt") && str_is(type, "Exact");
    return part->id == WEBMAIL && str_has(middlewares, "-webmail-auth@kubernetescrd");
}

static void check_ingress(const Instance *instance, const Object *o) {
    Str fallback = map_text(o->tree, map_path(o->tree, o->root, "spec.defaultBackend.service"), S("name"));
    assert_null(part_named(instance, fallback));
    Node *rules = map_path(o->tree, o->root, "spec.rules");
    for (Node *rule = is_sequence(rules) ? node_first(rules) : NULL; rule; rule = node_next(rule)) {
        Node *paths = map_path(o->tree, node_value(o->tree, rule), "http.paths");
        for (Node *item = is_sequence(paths) ? node_first(paths) : NULL; item; item = node_next(item)) {
            Node *path = node_value(o->tree, item);
            const Part *part =
                part_named(instance, map_text(o->tree, map_path(o->tree, path, "backend.service"), S("name")));
            assert_true(!part || is_public(o, path, part));
        }
    }
}

/* A TCP route to postfix leads to the listener that relays for nobody. */
static void check_tcp_route(const Instance *instance, const Object *o) {
    Node *list = map_path(o->tree, o->root, "spec.routes");
    for (Node *item = is_sequence(list) ? node_first(list) : NULL; item; item = node_next(item)) {
        Node *services = map_get(o->tree, node_value(o->tree, item), S("services"));
        Node *service = node_value(o->tree, is_sequence(services) ? node_first(services) : NULL);
        Str name = map_text(o->tree, service, S("name"));
        const Part *part = part_named(instance, name);
        for (size_t i = 0; part && part->id == POSTFIX && i < part->services.n; i++) {
            Manifest *m = part->services.at[i];
            if (str_eq(m->name, name))
                assert_non_null(
                    item_with_int(m->tree, map_path(m->tree, m->root, "spec.ports"), "targetPort", MX_PORT));
        }
    }
}

static void check_closed(const Object *o, Node *spec) {
    Str type = map_text(o->tree, spec, S("type"));
    assert_true(!type.n || str_is(type, "ClusterIP"));
    Node *addresses = map_get(o->tree, spec, S("externalIPs"));
    assert_true(!is_sequence(addresses) || !node_first(addresses));
}

static void check_host_ports(const Part *part) {
    Tree *tree = part->workload->tree;
    Node *list = map_get(tree, part->container, S("ports"));
    for (Node *item = is_sequence(list) ? node_first(list) : NULL; item; item = node_next(item))
        assert_null(map_get(tree, node_value(tree, item), S("hostPort")));
}

static void check_instance(Instance *instance, const Objects *objects) {
    for (size_t i = 0; i < objects->n; i++) {
        const Object *o = &objects->at[i];
        if (is_of(instance, o) && str_is(o->kind, "Ingress"))
            check_ingress(instance, o);
        if (is_of(instance, o) && str_is(o->kind, "IngressRouteTCP"))
            check_tcp_route(instance, o);
        if (is_of(instance, o) && str_is(o->kind, "Service") && part_named(instance, o->name))
            check_closed(o, map_get(o->tree, o->root, S("spec")));
    }
    for (ComponentId id = 0; id < COMPONENTS; id++)
        if (part_of(instance, id))
            check_host_ports(&instance->parts[id]);
}

/* Of every case, and every real stream, for which nobody said to leave the routes alone. */
static void nothing_leads_past(void **state) {
    (void)state;
    Arena *arena = test_arena();
    Cases cases = cases_all(arena);
    size_t checked = 0;
    for (size_t i = 0; i < cases.n; i++) {
        Case *c = &cases.at[i];
        Result result;
        c->request.keep_history = true;
        case_run(arena, c, &result);
        Objects objects = result.ok ? objects_of(arena, result.out) : (Objects){0};
        for (size_t j = 0; result.ok && j < result.outcome.model.instances.n; j++) {
            Instance *instance = result.outcome.model.instances.at[j];
            if (!routes_traefik(instance->config) || !config_bool(instance->config, "patch.routing"))
                continue;
            check_instance(instance, &objects);
            checked++;
        }
        case_done(&result);
    }
    assert_true(checked > 10);
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(injected),
    cmocka_unit_test(options),
    cmocka_unit_test(headers_that_admin_believes),
    cmocka_unit_test(without_proxy_protocol),
    cmocka_unit_test(one_ingress_for_all),
    cmocka_unit_test(routing_off_for_two),
    cmocka_unit_test(routes_of_others),
    cmocka_unit_test(official_chart),
    cmocka_unit_test(real_cdk8s),
    cmocka_unit_test(ingress_to_webdav),
    cmocka_unit_test(routes_left_over),
    cmocka_unit_test(nothing_leads_past),
};
SUITE(routing, tests);
