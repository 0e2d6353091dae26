/* Traefik's part: what is added to nothing, and what the options change. routing_found_test.c has what becomes of
 * routes that the stream has, routing_invariants_test.c what may not be in any stream that comes out.
 *
 * scripts/test.d/traefik sees what it does in a real Traefik, where scripts/judges has built one;
 * scripts/test.d/schemas tests that the fields exist; scripts/test.d/pages plays Traefik's part for the web pages. What
 * the fields do was read in the sources of Traefik 3.7:
 *   - The middlewares of an annotation wrap each other in its order (pkg/server/middleware: alice.New appends).
 *     `errors` before `forwardAuth` therefore sees its 403, asks webmail for /sso/login, and answers 403 with it.
 *   - forwardAuth deletes the headers of authResponseHeaders from the request before it puts in what the answer has;
 *     with trustForwardHeader false it writes X-Forwarded-* itself. Any other answer than 2xx goes to the client.
 *   - An Ingress' spec.tls gives certificates and no more: a router speaks TLS when its entry point does by default or
 *     when router.tls says so (pkg/provider/kubernetes/ingress: loadRouter takes TLS from the annotations alone).
 *   - pathType Prefix becomes PathPrefix, which compares text: "/in" matches "/internal", too.
 *   - A lone HostSNI(`*`) without TLS is routed before the client says a word, as SMTP needs it.
 *   - services[].proxyProtocol is deprecated in favour of a ServersTransportTCP, and works in all of v2 and v3; the
 *     other exists only from 3.6 on, so the old one stays.
 *
 * The holes of domain.md, "Trust", and the tests that were seen to fail without their fix: 1 with 25 in the place of
 * mx_service (injected, routes_of_others); 2 without ensure_backend's proxyProtocol (injected); 3 with ensure_tls given
 * false (injected); 5 without the webmail-auth middleware, without reason_to_close (injected, one_ingress_for_all); 6
 * with webdav left in its Ingress (one_ingress_for_all, ingress_to_webdav). policies_test.c has the fourth. */
#include "tests/routing.h"
#include "tests/tests.h"

/* ---- added ---- */

#define ROUTE(entry_point, port)                                                                                       \
    "{entryPoints: [" entry_point "], routes: [{match: 'HostSNI(`*`)', services: [{name: mailu-front, port: " port     \
    ", proxyProtocol: {version: 2}}]}], tls: {secretName: mailu-tls, options: {name: mailu-mail-tls}}}"

#define TLS "[{secretName: mailu-tls, hosts: [mail.example.com, mx.example.com]}]"
#define ADMIN_MIDDLEWARES                                                                                              \
    REFERENCE("headers")                                                                                               \
    "," REFERENCE("autoconfig-mozilla") "," REFERENCE("autoconfig-microsoft") "," REFERENCE(                           \
        "autoconfig-apple") "," REFERENCE("autoconfig-microsoft-json")
#define WEBMAIL_MIDDLEWARES                                                                                            \
    REFERENCE("headers")                                                                                               \
    "," REFERENCE("webmail-root") "," REFERENCE("webmail-login") "," REFERENCE("webmail-auth") "," REFERENCE(          \
        "webmail-prefix")

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
    Objects objects = routing_run(arena, S(""), sets, COUNT(sets), &said);
    check_rows(arena, &objects, rows, COUNT(rows));
    assert_str_equal(
        ingress_paths(arena, &objects, "mailu-admin"),
        S(ADMIN_RULE("mail.example.com", "mailu-admin:8080") ADMIN_RULE("mx.example.com", "mailu-admin:8080")));
    assert_str_equal(
        ingress_paths(arena, &objects, "mailu-webmail"),
        S(WEBMAIL_RULE("mail.example.com", "mailu-webmail:80") WEBMAIL_RULE("mx.example.com", "mailu-webmail:80")));
    assert_int_equal(objects_of_kind(&objects, "IngressRouteTCP"), 5);
    assert_int_equal(objects_of_kind(&objects, "Ingress"), 2);
    assert_int_equal(said.n, 0);
    test_arena_done(arena);
}

/* ---- options ---- */

static void option(const char *set, const Row *rows, size_t count, const char *warning) {
    Arena *arena = test_arena();
    const Str sets[] = {MAILU, str(set)};
    Str said;
    Objects objects = routing_run(arena, S(""), sets, COUNT(sets), &said);
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
        Objects objects = routing_run(arena, stream, sets, COUNT(sets), &said);
        Str removed =
            str_format(arena, "{X-Auth-Email: '', X-Forwarded-By: '', X-Remote-User: '', X-Remote-User-Token: ''%s}",
                       rows[i].removed);
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
    Objects objects = routing_run(arena, S(""), sets, COUNT(sets), &said);
    check_rows(arena, &objects, rows, COUNT(rows));
    const Object *front = object_of(&objects, S("ConfigMap"), S(""), S("mailu-front-entrypoint"));
    const Object *postfix = object_of(&objects, S("ConfigMap"), S(""), S("mailu-postfix-override"));
    assert_true(str_has(object_at(arena, front, "data|mailu-entrypoint.sh")->text, "proxy_protocol='false'"));
    Str listener = object_at(arena, postfix, "data|postfix.master")->text;
    assert_true(str_starts(listener, S("10024/inet")) && !str_has(listener, "haproxy"));
    assert_false(str_has(listener, "_limit=")); /* the world is one client */
    assert_true(str_has(said, "lock everybody out") && str_has(said, "[proxyProtocol]\n"));
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(injected),
    cmocka_unit_test(options),
    cmocka_unit_test(headers_that_admin_believes),
    cmocka_unit_test(without_proxy_protocol),
};
SUITE(routing, tests);
