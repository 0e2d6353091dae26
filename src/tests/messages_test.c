/* What is said of streams and configs that are wrong in a way no golden case shows: where it is, what was found, what
 * was expected. */
#include "tests/cases.h"
#include "tests/tests.h"

#define WORKLOAD(name, image, more)                                                                                    \
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " name ", namespace: mail}\nspec:\n"                      \
    "  selector: {matchLabels: {app: " name "}}\n  template:\n    metadata: {labels: {app: " name "}}\n    spec:\n"    \
    "      containers:\n      - name: main\n        image: ghcr.io/mailu/" image ":2024.06\n" more
#define ALONE "patch={presence: false}"
#define SETTINGS ALONE, "domain=a.example", "hostnames=mx.a.example", "subnet=10.0.0.0/8", "secrets.mailuSecretKey=keys"

enum { MOST_SETS = 8 };

static Result run(Arena *arena, const char *stream, const char *const *sets) {
    Case c = {.request = {.stream = str(stream), .keep_history = true}};
    Str *all = NEW_ARRAY(arena, Str, MOST_SETS);
    Result result;
    for (; c.request.set_count < MOST_SETS && sets[c.request.set_count]; c.request.set_count++)
        all[c.request.set_count] = str(sets[c.request.set_count]);
    c.request.sets = all;
    case_run(arena, &c, &result);
    return result;
}

static void said(void **state) {
    static const struct {
        const char *stream, *sets[MOST_SETS], *expected;
        bool ok;
    } rows[] = {
        {"\xff\xfe"
         "a\n",
         {NULL},
         "stdin:1:1: found UTF-16, expected UTF-8\n",
         false},
        {"apiVersion: v1\nkind: A\na: 1\na: 1\n",
         {NULL},
         "warning: stdin: found no Mailu, expected one: nothing to do (--generate adds a whole one) [noMailu]\n",
         true},
        {WORKLOAD("admin", "admin", "        env:\n        - {name: SUBNET, value: here}\n"),
         {ALONE},
         "stdin:13:33: Deployment/admin: spec.template.spec.containers[0].env[0].value: SUBNET: found \"here\", "
         "expected "
         "an IPv4 network such as 10.42.0.0/16\n",
         false},
        {WORKLOAD("admin", "admin",
                  "        env:\n        - {name: REDIS_ADDRESS, value: \":secret@redis:6379\"}\n"
                  "        - {name: SECRET_KEY, value: key}\n"),
         {SETTINGS, "redis.port=6380"},
         "warning: --set: redis.port: not applied: REDIS_ADDRESS contains a password; expected redis.host to be set "
         "too [notApplied]\n",
         true},
        {WORKLOAD("admin", "admin",
                  "        env:\n        - {name: REDIS_ADDRESS, value: \":secret@redis:6379\"}\n"
                  "        - {name: SECRET_KEY, value: key}\n"),
         {SETTINGS, "redis.port=6380", "accept=emptyDir,notApplied"},
         "note: --set: redis.port: not applied: REDIS_ADDRESS contains a password; expected redis.host to be set too "
         "[notApplied]\n",
         true},
        {"apiVersion: v1\nkind: A\na: 1\n",
         {"accept=emptyDir,nomailu"},
         "--set: accept[1]: found \"nomailu\", expected the name of a warning (did you mean noMailu?)\n",
         false},
        {"apiVersion: v1\nkind: A\na: 1\n",
         {"accept=[]"},
         "--set: accept: found an empty list, expected a list of the names of warnings\n",
         false},
        /* What would lead the world to /internal, as it is or as a prefix of it. */
        {WORKLOAD("admin", "admin", "        env:\n        - {name: WEB_ADMIN, value: /internal}\n"),
         {SETTINGS},
         "stdin:13:36: Deployment/admin: spec.template.spec.containers[0].env[0].value: WEB_ADMIN: found "
         "\"/internal\", "
         "expected a path without /internal below it, such as /admin\n",
         false},
        {WORKLOAD("admin", "admin", "        env:\n        - {name: WEB_ADMIN, value: /int}\n"),
         {SETTINGS},
         "stdin:13:36: Deployment/admin: spec.template.spec.containers[0].env[0].value: WEB_ADMIN: found \"/int\", "
         "expected a path without /internal below it, such as /admin\n",
         false},
        {WORKLOAD("admin", "admin", "        env:\n        - {name: MESSAGE_SIZE_LIMIT, value: '1234567890123456'}\n"),
         {SETTINGS},
         "stdin:13:45: Deployment/admin: spec.template.spec.containers[0].env[0].value: MESSAGE_SIZE_LIMIT: found "
         "\"1234567890123456\", expected a number of bytes\n",
         false},
        {WORKLOAD("admin", "admin", "        env:\n        - {name: POSTMASTER, value: 'a b'}\n"),
         {SETTINGS},
         "stdin:13:37: Deployment/admin: spec.template.spec.containers[0].env[0].value: POSTMASTER: found \"a b\", "
         "expected the part of an address before the '@'\n",
         false},
        {WORKLOAD("admin", "admin", ""),
         {SETTINGS, "database.type=postgresql"},
         "config: database.postgresql.host: needed for database.type: postgresql\n",
         false},
        {WORKLOAD("admin", "admin", "        resources: {limits: {cpu: 100m}}\n"),
         {SETTINGS, "resources.admin.requests.cpu=1"},
         "stdin:12:20: Deployment/admin: spec.template.spec.containers[0].resources: the config's requests.cpu of 1 "
         "does "
         "not go with limits.cpu of 100m\n",
         false},
        {WORKLOAD("admin", "admin", "        livenessProbe: now\n"),
         {SETTINGS},
         "stdin:12:24: Deployment/admin: spec.template.spec.containers[0].livenessProbe: found \"now\", expected a "
         "mapping\n",
         false},
        /* What is added to a Mailu that is partly there, unless the config asks for it. */
        {WORKLOAD("admin", "admin", ""),
         {"domain=a.example", "hostnames=mx.a.example", "subnet=10.0.0.0/8", "components.webmail=false",
          "components.rspamd=true", "secrets.mailuSecretKey=keys"},
         "warning: stdin: Mailu mailu in namespace mail has no front, postfix, dovecot: added. Is the stream "
         "complete? If it "
         "is, set components.dovecot: true, or false to leave it out [missingComponent]\n",
         true},
        {WORKLOAD("admin", "admin", ""), {SETTINGS}, "", true},
        /* The stream does not say where it goes, but the config does: nothing is guessed. */
        {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: admin}\nspec:\n  selector: {matchLabels: {app: a}}\n"
         "  template: {metadata: {labels: {app: a}}, spec: {containers: [{name: admin, image: "
         "ghcr.io/mailu/admin:2024.06}]}}\n---\n"
         "apiVersion: v1\nkind: Service\nmetadata: {name: admin}\nspec: {selector: {app: a}, ports: [{port: 8080}]}\n",
         {SETTINGS, "namespace=mail"},
         "",
         true},
        {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: admin}\nspec:\n  selector: {matchLabels: {app: a}}\n"
         "  template: {spec: {containers: [{name: admin, image: ghcr.io/mailu/admin:2024.06}]}}\n",
         {SETTINGS},
         "stdin:1:1: Deployment/admin: its selector does not select its own pods, expected their labels\n",
         false},
        {WORKLOAD("admin", "admin",
                  "") "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: front}\nspec:\n"
                      "  selector: {matchLabels: {app: front}}\n"
                      "  template: {metadata: {labels: {app: front}}, spec: {containers: [{name: front, "
                      "image: ghcr.io/mailu/nginx:2024.06}]}}\n",
         {SETTINGS},
         "config: namespace: found 2 Mailus in the stream, expected the config to name the namespace of the one it "
         "is for\n"
         "stdin:13:1: Deployment/front: has no namespace, but other workloads of this Mailu have \"mail\"; expected "
         "one for all\n",
         false},
        {WORKLOAD("admin", "admin", "        envFrom: [{configMapRef: {name: mailu-environment}}]\n"),
         {SETTINGS},
         "stdin:10:9: Deployment/admin: spec.template.spec.containers[0]: reads ConfigMap mailu-environment, which is "
         "not in the stream, and a new one would overwrite it; expected the whole of this Mailu, or "
         "patch.environment: false\n",
         false},
        {"apiVersion: postrenderer.mailu.io/v1\nkind: Mailu\n",
         {NULL},
         "stdin:1:13: apiVersion: found \"postrenderer.mailu.io/v1\", expected postrenderer.mailu.io/v1alpha1\n",
         false},
        {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: postrenderer.mailu.io/v1alpha1\n  kind: Mailu\n"
         "  spec: {domian: x}\n",
         {NULL},
         "stdin:6:10: domian: unknown field, did you mean domain?\n",
         false},
        {"{\"apiVersion\": \"postrenderer.mailu.io/v1alpha1\", \"kind\": \"Mailu\",\n \"spec\": {\"users\": "
         "\"many\"}}\n",
         {NULL},
         "stdin:2:20: users: found \"many\", expected a number from 1 to 1000000\n",
         false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        Result result = run(arena, rows[i].stream, rows[i].sets);
        if (!str_is(result.said, rows[i].expected) || result.ok != rows[i].ok)
            fail_msg("row %zu:\nfound:\n%.*sexpected:\n%s", i, F(result.said), rows[i].expected);
        assert_true(result.ok || !result.out.n);
        case_done(&result);
        test_arena_done(arena);
    }
}

/* Aliases of more nodes than are followed: an error, whatever would be read through them. */
static void too_many_aliases(void **state) {
    Arena *arena = test_arena();
    Buf stream = {.arena = arena};
    const char *const sets[] = {"domain=a.example", "hostnames=mx.a.example", "subnet=10.0.0.0/8",
                                "components.webmail=true", NULL};
    (void)state;
    buf_add(
        &stream,
        S("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: front, namespace: mail}\nspec:\n"
          "  selector: {matchLabels: {app: front}}\n  template:\n    metadata:\n      labels: {app: front}\n"
          "    spec:\n      initContainers:\n      - name: init\n        command: [x, &s /x.sh]\n        env: &big\n"));
    for (int i = 0; i < MAX_ALIAS_NODES / 4 + 500; i++)
        buf_format(&stream, "        - {name: V%d, value: x}\n", i);
    buf_add(&stream,
            S("      containers:\n      - name: front\n        image: ghcr.io/mailu/nginx:2024.06\n        env: *big\n"
              "        command: [/bin/sh, *s]\n"));
    buf_char(&stream, '\0');
    Result result = run(arena, stream.p, sets);
    assert_false(result.ok);
    assert_true(
        str_has(result.said, "stdin:1:1: Deployment/front: found aliases that expand to more than 100000 nodes"));
    case_done(&result);
    test_arena_done(arena);
}

static Str admin_in(Arena *arena, const char *name, const char *metadata) {
    return str_format(
        arena,
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s-admin%s}\nspec:\n"
        "  selector: {matchLabels: {app: admin}}\n  template:\n    metadata: {labels: {app: admin}}\n    spec:\n"
        "      volumes:\n      - {name: data, persistentVolumeClaim: {claimName: data}}\n"
        "      - {name: own, configMap: {name: own}}\n      containers:\n      - name: admin\n"
        "        image: ghcr.io/mailu/admin:2024.06\n        env:\n"
        "        - {name: TZ, valueFrom: {configMapKeyRef: {name: values, key: zone}}}\n"
        "        - {name: DOMAIN, value: a.example}\n        - {name: HOSTNAMES, value: mail.a.example}\n"
        "        - {name: SUBNET, value: 10.0.0.0/16}\n---\n",
        name, metadata);
}

/* Two Mailus that could use the same object, whose namespace is not said. */
static void used_by_two(void **state) {
#define OBJECT(kind, name, more) "apiVersion: v1\nkind: " kind "\nmetadata: {name: " name "}\n" more "\n---\n"
#define SERVICE(name) OBJECT("Service", name, "spec: {selector: {app: admin}, ports: [{port: 8080}]}")
#define SERVICES SERVICE("mailu-admin, namespace: one") SERVICE("mailu-admin, namespace: two")
#define ROUTE(api, kind, spec) "apiVersion: " api "\nkind: " kind "\nmetadata: {name: mailu-admin}\nspec: " spec "\n"
    static const char expected[] = "names no namespace, but the Mailus in \"one\" and \"two\" use it; expected one for "
                                   "each\n";
    static const struct {
        bool one_is_open; /* the first Mailu says no namespace either, so what says none is its own */
        bool fails;
        const char *more;
    } rows[] = {
        {false, false, ""},
        {false, true, SERVICE("mailu-admin")},
        {false, false, SERVICE("mailu-admin, namespace: two")},
        {true, false, SERVICE("mailu-admin")},
        {true, false, SERVICE("mailu-admin") SERVICE("post-admin, namespace: two")},
        {false, true,
         OBJECT("PersistentVolumeClaim", "data", "spec: {accessModes: [ReadWriteOnce], storageClassName: fast}")},
        {false, true, OBJECT("ConfigMap", "values", "data: {zone: UTC}")},
        {false, true, OBJECT("ConfigMap", "own", "data: {a: b}")},
        {false, true, OBJECT("ConfigMap", "mailu-environment", "data: {a: b}")},
        {false, false, OBJECT("ConfigMap", "other", "data: {app: admin}")},
        {false, false, OBJECT("Secret", "mailu-secrets", "data: {a: Yg==}")},
        {false, true, ROUTE("networking.k8s.io/v1", "NetworkPolicy", "{podSelector: {}, ingress: [{}]}")},
        {false, true,
         SERVICES ROUTE("networking.k8s.io/v1", "Ingress",
                        "{rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: mailu-admin, "
                        "port: {number: 8080}}}}]}}]}")},
        {false, true,
         SERVICES ROUTE("traefik.io/v1alpha1", "IngressRoute",
                        "{routes: [{kind: Rule, match: Host(`a`), services: [{name: mailu-admin, port: 8080}]}]}")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        const char *const none[] = {NULL};
        bool open = rows[i].one_is_open;
        Str one = admin_in(arena, "mailu", open ? "" : ", namespace: one");
        Str two = open ? admin_in(arena, "post", ", namespace: two, labels: {app.kubernetes.io/instance: post}")
                       : admin_in(arena, "mailu", ", namespace: two");
        Str stream = str_format(arena, "%.*s%.*s%s", F(one), F(two), rows[i].more);
        Result result = run(arena, stream.p, none);
        Str from = result.said;
        size_t times = 0;
        for (ptrdiff_t at; (at = str_find(from, str(expected))) >= 0; times++)
            from = str_skip(from, (size_t)at + 1);
        if (result.ok == rows[i].fails || times != rows[i].fails)
            fail_msg("row %zu: %.*s", i, F(result.said));
        case_done(&result);
        test_arena_done(arena);
    }
}

/* Every diagnostic of every case says where it is, and what was expected or what to do. */
static void diagnostics_have_all_parts(void **state) {
    static const char *const ways_out[] = {"expected", "did you mean", "needed",          "could not find",
                                           "while ",   "--set",        "does not go with"};
    Arena *all_arena = test_arena();
    Cases all = cases_all(all_arena);
    (void)state;
    for (size_t i = 0; i < all.n; i++) {
        Arena *arena = test_arena();
        Result result;
        case_run(arena, &all.at[i], &result);
        for (size_t j = 0; j < result.outcome.diagnostics.list.n; j++) {
            const Diagnostic *f = &result.outcome.diagnostics.list.at[j];
            bool has_way_out = f->severity != ERROR;
            for (size_t w = 0; w < COUNT(ways_out); w++)
                has_way_out |= str_has(f->message, ways_out[w]) || str_has(f->message, "strict");
            if (f->severity == WARNING && !f->name)
                fail_msg("%.*s: has no name: %.*s", F(all.at[i].name), F(f->message));
            if (!has_way_out || !(f->source.n || f->resource.n || str_has(f->message, "--")))
                fail_msg("%.*s: %.*s", F(all.at[i].name), F(f->message));
        }
        case_done(&result);
        test_arena_done(arena);
    }
    test_arena_done(all_arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(said),
    cmocka_unit_test(too_many_aliases),
    cmocka_unit_test(used_by_two),
    cmocka_unit_test(diagnostics_have_all_parts),
};
SUITE(messages, tests);
