/* What becomes of routes, Ingresses and Services that the stream has. */
#include "tests/routing.h"
#include "tests/tests.h"

#include <unistd.h>

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
    Objects objects = routing_case(arena, "testdata/one-ingress-for-all", &said);
    check_rows(arena, &objects, rows, COUNT(rows));
    assert_str_equal(
        ingress_paths(arena, &objects, "web"),
        S("a.example.com: /admin*=admin:80 /sso*=admin:8080 /static*=admin:8080 "
          "/.well-known/autoconfig/mail/config-v1.1.xml=admin:8080 /mail/config-v1.1.xml=admin:8080 "
          "/autodiscover/autodiscover.xml=admin:8080 /Autodiscover/Autodiscover.xml=admin:8080 "
          "/mobileconfig=admin:8080 /apple.mobileconfig=admin:8080 "
          "/autodiscover/autodiscover.json=admin:8080 /Autodiscover/Autodiscover.json=admin:8080\n" ADMIN_RULE(
              "b.example.com", "admin:8080") ADMIN_RULE("c.example.com", "admin:8080")));
    assert_str_equal(ingress_paths(arena, &objects, "mailu-webmail"),
                     S(WEBMAIL_RULE("a.example.com", "webmail:80") WEBMAIL_RULE("b.example.com", "webmail:80")
                           WEBMAIL_RULE("c.example.com", "webmail:80")));
    assert_str_equal(ingress_paths(arena, &objects, "shared"), S("c.example.com: /*=blog:80\n"));
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
    assert_str_equal(ingress_paths(arena, &after, "web"), ingress_paths(arena, &before, "web"));
    assert_str_equal(ingress_paths(arena, &after, "shared"), ingress_paths(arena, &before, "shared"));
    assert_int_equal(objects_of_kind(&after, "Ingress"), 2);
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
    Objects objects = routing_case(arena, "testdata/routes-of-others", &said);
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
    Objects objects = routing_case(arena, "testdata/official", &said);
    check_rows(arena, &objects, rows, COUNT(rows));
    assert_str_equal(ingress_paths(arena, &objects, "mailu"), S(ADMIN_RULE("mail.example.com", "mailu-admin:8080")));
    assert_str_equal(ingress_paths(arena, &objects, "mailu-webmail"),
                     S(WEBMAIL_RULE("mail.example.com", "mailu-webmail:80")));
    assert_int_equal(objects_of_kind(&objects, "Ingress"), 2);
    assert_int_equal(objects_of_kind(&objects, "IngressRouteTCP"), ROUTES - 1); /* all but ManageSieve */
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
    Objects objects = routing_run(arena, test_file(arena, path), NULL, 0, &said);
    assert_int_equal(objects_of_kind(&objects, "IngressRouteTCP"), ROUTES - 1); /* all but ManageSieve */
    assert_int_equal(objects_of_kind(&objects, "MiddlewareTCP"), 1);
    assert_int_equal(objects_of_kind(&objects, "TLSOption"), 1);
    assert_int_equal(objects_of_kind(&objects, "Ingress"), 2);
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
    Objects objects = routing_run(arena, stream, sets, COUNT(sets), &said);
    static const Row row = {"Ingress", "dav", MIDDLEWARES, REFERENCE("headers") ",mailu-login@kubernetescrd"};
    check_row(arena, &objects, &row);
    assert_true(str_has(
        said, "Ingress/dav: leads to a part of Mailu that has no login of its own; remove this route [route]\n"));
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
    Objects after = routing_run(arena, stream, left, COUNT(left), &said);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const Object *was = object_of(&before, str(rows[i][0]), S(""), str(rows[i][1]));
        const Object *is = object_of(&after, str(rows[i][0]), S(""), str(rows[i][1]));
        assert_true(node_equal(was->tree, was->root, is->tree, is->root));
        assert_true(
            str_has(said, str_format(arena, "%s/%s: was added for %s, which is no longer set; delete it [route]",
                                     rows[i][0], rows[i][1], rows[i][2])
                              .p));
    }
    /* One that leads elsewhere is a route like any other. */
    Str changed = str_format(arena,
                             "%.*s\n---\napiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata:\n"
                             "  name: mailu-webdav\n  namespace: mailu\n"
                             "  labels: {postrenderer.mailu.io/added: 'true'}\nspec:\n  routes:\n"
                             "    - match: PathPrefix(`/`)\n      services: [{name: mailu-admin, port: 8080}]\n",
                             F(case_run_twice(arena, S(""), left, COUNT(left), &said)));
    after = routing_run(arena, changed, left, COUNT(left), &said);
    const Object *route = object_of(&after, S("IngressRoute"), S(""), S("mailu-webdav"));
    Node *item = items_of(object_at(arena, route, "spec.routes"));
    assert_true(str_has(map_text(route->tree, node_value(route->tree, item), S("match")), "PathPrefix(`/admin`)"));
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_ingress_for_all), cmocka_unit_test(routing_off_for_two), cmocka_unit_test(routes_of_others),
    cmocka_unit_test(official_chart),      cmocka_unit_test(real_cdk8s),          cmocka_unit_test(ingress_to_webdav),
    cmocka_unit_test(routes_left_over),
};
SUITE(routing_found, tests);
