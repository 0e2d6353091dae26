/* Which of several Services is a component's, and what addresses tell. */
#include "tests/cases.h"
#include "tests/tests.h"

static const struct {
    ComponentId id;
    const char *image, *variable;
} rows[] = {
    {ADMIN, "ghcr.io/mailu/admin", "ADMIN_ADDRESS"},
    {POSTFIX, "ghcr.io/mailu/postfix", "SMTP_ADDRESS"},
    {DOVECOT, "ghcr.io/mailu/dovecot", "IMAP_ADDRESS"},
    {RSPAMD, "ghcr.io/mailu/rspamd", "ANTISPAM_ADDRESS"},
    {WEBMAIL, "ghcr.io/mailu/webmail", "WEBMAIL_ADDRESS"},
    {WEBDAV, "ghcr.io/mailu/radicale", "WEBDAV_ADDRESS"},
    {CLAMAV, "ghcr.io/mailu/clamav", "ANTIVIRUS_ADDRESS"},
    {DOVECOT_SUBMISSION, "dovecot/dovecot", "SUBMISSION_ADDRESS"},
};

static Str workload(Arena *arena, ComponentId id, const char *image) {
    const char *name = components[id].name;
    return str_format(arena,
                      "---\napiVersion: apps/v1\nkind: Deployment\n"
                      "metadata: {name: mailu-%s, namespace: mail, labels: {app.kubernetes.io/name: mailu}}\n"
                      "spec:\n  selector: {matchLabels: {app: %s}}\n  template:\n    metadata: {labels: {app: %s}}\n"
                      "    spec: {containers: [{name: %s, image: %s}]}\n",
                      name, name, name, name, image);
}

static Str service(Arena *arena, const char *name, ComponentId id, const char *spec) {
    return str_format(arena,
                      "---\napiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: mail}\n"
                      "spec: {selector: {app: %s}, ports: [{port: 9999}]%s}\n",
                      name, components[id].name, spec);
}

/* Runs a stream with nothing but `id` and postfix; every other component is off. */
static void run(Arena *arena, Str stream, ComponentId id, Result *result) {
    LIST(Str) sets = {0};
    Case c = {.request = {.stream = stream, .keep_history = true}};
    for (ComponentId each = 0; each < COMPONENTS; each++)
        if (each != id && each != POSTFIX)
            *PUSH(arena, &sets) = str_format(arena, "components.%s=false", component_key(&components[each]));
    *PUSH(arena, &sets) = S("domain=example.com");
    *PUSH(arena, &sets) = S("hostnames=mail.example.com");
    *PUSH(arena, &sets) = S("subnet=10.42.0.0/16");
    c.request.sets = sets.at;
    c.request.set_count = sets.n;
    case_run(arena, &c, result);
    if (!result->ok)
        fail_msg("%.*s", F(result->said));
}

/* The name of the Service that is `id`'s. */
static Str chosen(Arena *arena, Str stream, ComponentId id) {
    Result result;
    run(arena, stream, id, &result);
    Tree *plan = case_plan(arena, &result);
    Node *mailus = map_get(plan, plan->root, S("mailus"));
    assert_int_equal(node_count(mailus), 1);
    Node *parts = map_get(plan, first_item(plan, mailus), S("components"));
    Node *part = item_with(plan, parts, "component", str(components[id].name));
    case_done(&result);
    return map_text(plan, map_get(plan, part, S("service")), S("name"));
}

static void one_that_the_environment_names(void **state) {
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        ComponentId id = rows[i].id;
        Buf stream = {.arena = arena};
        buf_format(&stream,
                   "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mailu-environment, namespace: mail}\n"
                   "data: {DOMAIN: example.com, %s: chosen.mail.svc.cluster.local}\n",
                   rows[i].variable);
        if (id != POSTFIX)
            buf_add(&stream, workload(arena, POSTFIX, "ghcr.io/mailu/postfix"));
        buf_add(&stream, workload(arena, id, rows[i].image));
        buf_add(&stream, service(arena, str_format(arena, "mailu-%s", components[id].name).p, id, ""));
        buf_add(&stream, service(arena, "chosen", id, ", clusterIP: None"));
        assert_str_equal(chosen(arena, buf_str(&stream), id), S("chosen"));
    }
    test_arena_done(arena);
}

static void else_the_namesake_and_the_first_that_has_an_address(void **state) {
    Arena *arena = test_arena();
    Buf stream = {.arena = arena};
    (void)state;
    buf_add(&stream, workload(arena, ADMIN, "ghcr.io/mailu/admin"));
    buf_add(&stream, service(arena, "headless", ADMIN, ", clusterIP: None"));
    buf_add(&stream, service(arena, "first", ADMIN, ""));
    buf_add(&stream, service(arena, "second", ADMIN, ""));
    assert_str_equal(chosen(arena, buf_str(&stream), ADMIN), S("first"));
    buf_add(&stream, service(arena, "mailu-admin", ADMIN, ", clusterIP: None"));
    assert_str_equal(chosen(arena, buf_str(&stream), ADMIN), S("mailu-admin"));
    test_arena_done(arena);
}

static void any_address_tells_the_cluster_domain(void **state) {
    static const char *const variables[] = {"ADMIN_ADDRESS", "SMTP_ADDRESS", "IMAP_ADDRESS", "ANTISPAM_ADDRESS"};
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(variables); i++) {
        Buf stream = {.arena = arena};
        Result result;
        buf_format(&stream,
                   "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mailu-environment, namespace: mail}\n"
                   "data: {%s: x.mail.svc.k8s.lan}\n",
                   variables[i]);
        buf_add(&stream, workload(arena, ADMIN, "ghcr.io/mailu/admin"));
        run(arena, buf_str(&stream), ADMIN, &result);
        assert_true(str_has(result.out, "mailu-admin.mail.svc.k8s.lan"));
        case_done(&result);
    }
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_that_the_environment_names),
    cmocka_unit_test(else_the_namesake_and_the_first_that_has_an_address),
    cmocka_unit_test(any_address_tells_the_cluster_domain),
};
SUITE(services, tests);
