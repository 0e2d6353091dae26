/* `patch` switches, and the three strengths: what is off is not touched, a default changes nothing that is there, and
 * the config takes precedence. */
#include "tests/cases.h"
#include "tests/tests.h"

#include <stdio.h>

/* Runs a case with one more "path=value". */
static void run_with(Arena *arena, const Case *c, Str set, Result *result) {
    Case more = *c;
    Str *sets = NEW_ARRAY(arena, Str, c->request.set_count + 1);
    for (size_t i = 0; i < c->request.set_count; i++)
        sets[i] = c->request.sets[i];
    sets[c->request.set_count] = set;
    more.request.sets = sets;
    more.request.set_count++;
    more.request.keep_history = true;
    case_run(arena, &more, result);
}

/* How many changes --plan=json has of that aspect and, unless `id` is COMPONENTS, of that component. */
static size_t count_changes(Arena *arena, const Result *result, ComponentId id, Aspect aspect) {
    PlannedChanges changes = case_planned(arena, result);
    size_t n = 0;
    for (size_t i = 0; i < changes.n; i++)
        n += str_is(changes.at[i].aspect, aspects[aspect]) &&
             (id == COMPONENTS || str_is(changes.at[i].component, components[id].name));
    return n;
}

/* ---- switches ---- */

static void expect_switched_off(const Case *c, Aspect aspect, size_t *runs) {
    Arena *arena = test_arena();
    Result result;
    run_with(arena, c, str_format(arena, "patch.%s=false", aspects[aspect]), &result);
    if (result.ok && count_changes(arena, &result, COMPONENTS, aspect))
        fail_msg("%.*s: patch.%s is off, but something was done", F(c->name), aspects[aspect]);
    *runs += result.ok;
    case_done(&result);
    test_arena_done(arena);
}

static void aspects_are_switched_off(void **state) {
    Arena *arena = test_arena();
    Cases all = cases_all(arena);
    size_t runs = 0, usual[ASPECTS] = {0};
    (void)state;
    for (size_t i = 0; i < all.n; i++) {
        Result result;
        run_with(arena, &all.at[i], S("patch.ports=true"), &result);
        for (Aspect aspect = 0; aspect < ASPECTS && result.ok; aspect++)
            usual[aspect] += count_changes(arena, &result, COMPONENTS, aspect);
        case_done(&result);
        for (Aspect aspect = 0; aspect < ASPECTS; aspect++)
            expect_switched_off(&all.at[i], aspect, &runs);
    }
    for (Aspect aspect = 0; aspect < ASPECTS; aspect++)
        assert_true(usual[aspect] > 0); /* or there would be nothing to switch off */
    assert_true(runs > all.n * ASPECTS / 2);
    test_arena_done(arena);
}

static const char *const all_of_mailu[] = {"testdata/official", "testdata/component-front", "testdata/component-webdav",
                                           "testdata/component-fetchmail"};

static void aspects_of_a_component_are_switched_off(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(all_of_mailu); i++)
        for (ComponentId id = 0; id < COMPONENTS; id++)
            for (Aspect aspect = 0; aspect < ASPECTS; aspect++) {
                Arena *arena = test_arena();
                Case c = case_read(arena, str(all_of_mailu[i]));
                Str name = str(component_key(&components[id]));
                Result result;
                run_with(arena, &c, str_format(arena, "patch.%.*s.%s=false", F(name), aspects[aspect]), &result);
                if (result.ok && count_changes(arena, &result, id, aspect))
                    fail_msg("%s: patch.%.*s.%s is off, but something was done", all_of_mailu[i], F(name),
                             aspects[aspect]);
                case_done(&result);
                test_arena_done(arena);
            }
}

/* What belongs to a component without being its part. */
static void routes_and_policies_of_a_component_are_switched_off(void **state) {
    static const struct {
        const char *set, *gone, *stays;
    } rows[] = {
        {"patch.front.routing=false", "name: mailu-imaps\n", "name: mailu-smtp\n"},
        {"patch.front.routing=false", "name: mailu-submission\n", "name: mailu-postfix-mx\n"},
        {"patch.postfix.routing=false", "name: mailu-smtp\n", "name: mailu-imaps\n"},
        {"patch.postfix.routing=false", "name: mailu-postfix-mx\n", "name: mailu-pop3s\n"},
        {"patch.webmail.routing=false", "name: mailu-webmail-auth\n", "name: mailu-autoconfig-mozilla\n"},
        {"patch.admin.routing=false", "name: mailu-autoconfig-mozilla\n", "name: mailu-webmail-auth\n"},
        {"patch.rspamd.policies=false", "values: [mailu-rspamd]", "name: mailu-smtp\n"},
        {"patch.dovecotSubmission.presence=false", "name: mailu-dovecot-submission\n", "name: mailu-smtp\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        Case c = case_read(arena, S("testdata/official"));
        Result result;
        run_with(arena, &c, str(rows[i].set), &result);
        if (!result.ok)
            fail_msg("%s: %.*s", rows[i].set, F(result.said));
        if (str_has(result.out, rows[i].gone) || !str_has(result.out, rows[i].stays))
            fail_msg("%s: found %sand %s%s", rows[i].set, str_has(result.out, rows[i].gone) ? "" : "no ", rows[i].gone,
                     rows[i].stays);
        case_done(&result);
        test_arena_done(arena);
    }
}

static void twice_is_once_whatever_is_off(void **state) {
    (void)state;
    for (Aspect aspect = 0; aspect < ASPECTS; aspect++) {
        Arena *arena = test_arena();
        Case c = case_read(arena, S("testdata/official"));
        Str set = str_format(arena, "patch.%s=false", aspects[aspect]);
        Result once, twice;
        run_with(arena, &c, set, &once);
        c.request.stream = once.out;
        run_with(arena, &c, set, &twice);
        if (!once.ok || !twice.ok || !str_eq(once.out, twice.out))
            fail_msg("%.*s: twice is not once: %.*s%.*s", F(set), F(once.said), F(twice.said));
        case_done(&once);
        case_done(&twice);
        test_arena_done(arena);
    }
}

/* ---- strengths ---- */

static void defaults_change_nothing_that_is_there(void **state) {
    Arena *arena = test_arena();
    Cases all = cases_all(arena);
    size_t seen = 0;
    (void)state;
    for (size_t i = 0; i < all.n; i++) {
        Result result;
        run_with(arena, &all.at[i], S("patch.ports=true"), &result);
        PlannedChanges changes = result.ok ? case_planned(arena, &result) : (PlannedChanges){0};
        for (size_t j = 0; j < changes.n; j++) {
            const PlannedChange *change = &changes.at[j];
            if (str_is(change->strength, "default") && !str_is(change->action, "added"))
                fail_msg("%.*s: %.*s of %.*s was there, and a default changed it", F(all.at[i].name), F(change->aspect),
                         F(change->component));
            seen += str_is(change->strength, "default");
        }
        case_done(&result);
    }
    assert_true(seen > 0);
    test_arena_done(arena);
}

/* A Mailu that already has everything the config could say, with other values than the defaults. */
static const char there[] =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: env, namespace: mail}\ndata:\n"
    "  DOMAIN: there.example\n  HOSTNAMES: mail.there.example\n  SUBNET: 10.9.0.0/16\n  SUBNET6: fd09::/48\n"
    "  TZ: Europe/Vienna\n  LOG_LEVEL: DEBUG\n  MESSAGE_SIZE_LIMIT: \"1048576\"\n  MESSAGE_RATELIMIT: 9/hour\n"
    "  POSTMASTER: there\n  RELAYHOST: there.example\n  RELAYNETS: 10.9.9.0/24\n  COMPRESSION: bz2\n"
    "  COMPRESSION_LEVEL: \"2\"\n  DB_FLAVOR: postgresql\n  DB_HOST: there-db\n  DB_NAME: theredb\n"
    "  ROUNDCUBE_DB_FLAVOR: postgresql\n  ROUNDCUBE_DB_HOST: there-db\n  ROUNDCUBE_DB_NAME: thererc\n"
    "  REDIS_ADDRESS: there-redis\n  API: \"false\"\n  WEBMAIL: snappymail\n"
    "  INITIAL_ADMIN_ACCOUNT: there\n  INITIAL_ADMIN_DOMAIN: domain.there.example\n"
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: mailu-admin, namespace: mail}\nspec:\n"
    "  selector: {matchLabels: {app: admin}}\n  template:\n    metadata: {labels: {app: admin}}\n    spec:\n"
    "      containers:\n      - name: admin\n        image: there.example/mailu/admin:2024.06.1\n"
    "        imagePullPolicy: Never\n        envFrom: [{configMapRef: {name: env}}]\n        env:\n"
    "        - {name: SECRET_KEY, valueFrom: {secretKeyRef: {name: there-secret, key: there-key}}}\n"
    "        - {name: DB_USER, valueFrom: {secretKeyRef: {name: there-db-secret, key: there-user}}}\n"
    "        - {name: DB_PW, valueFrom: {secretKeyRef: {name: there-db-secret, key: there-password}}}\n"
    "        - {name: INITIAL_ADMIN_PW, valueFrom: {secretKeyRef: {name: there-admin, key: there-pw}}}\n"
    "        resources: {requests: {cpu: 11m, memory: 11Mi}, limits: {cpu: 999m, memory: 999Mi}}\n"
    "        volumeMounts: [{name: data, mountPath: /data}]\n"
    "      volumes: [{name: data, persistentVolumeClaim: {claimName: admin}}]\n"
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: mailu-webmail, namespace: mail}\nspec:\n"
    "  selector: {matchLabels: {app: webmail}}\n  template:\n    metadata: {labels: {app: webmail}}\n    spec:\n"
    "      containers:\n      - name: webmail\n        image: there.example/mailu/webmail:2024.06.1\n"
    "        imagePullPolicy: Never\n        envFrom: [{configMapRef: {name: env}}]\n"
    "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: admin, namespace: mail}\n"
    "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 7Gi}}}\n"
    "---\napiVersion: traefik.io/v1alpha1\nkind: MiddlewareTCP\nmetadata: {name: mailu-smtp-connection-limit, namespace: mail}\n"
    "spec: {inFlightConn: {amount: 99}}\n"
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: mailu-postfix, namespace: mail}\nspec:\n"
    "  selector: {matchLabels: {app: postfix}}\n  template:\n    metadata: {labels: {app: postfix}}\n    spec:\n"
    "      containers:\n      - name: postfix\n        image: there.example/mailu/postfix:2024.06.1\n"
    "        envFrom: [{configMapRef: {name: env}}]\n"
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: mailu-postfix, namespace: mail}\n"
    "spec: {selector: {app: postfix}, ports: [{name: smtp, port: 25}]}\n"
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: mailu-admin, namespace: mail}\n"
    "spec: {selector: {app: admin}, ports: [{name: http, port: 8080}]}\n"
    "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: mailu\n  namespace: mail\n  annotations:\n"
    "    traefik.ingress.kubernetes.io/router.entrypoints: there-web\n"
    "    cert-manager.io/cluster-issuer: there-issuer\nspec:\n  ingressClassName: traefik\n"
    "  tls: [{hosts: [mail.there.example], secretName: there-tls}]\n  rules:\n  - host: mail.there.example\n"
    "    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: mailu-admin, port: {number: 8080}}}}]}\n";

static void run_there(Arena *arena, const char *set, Result *result) {
    Case c = {.request = {.stream = str(there),
                          .sets = (Str[]){S("patch.presence=false"), S("images.registry=there.example/mailu")},
                          .set_count = 2}};
    run_with(arena, &c, str(set), result);
    if (!result->ok)
        fail_msg("%s: %.*s", set, F(result->said));
}

/* Whether `result` has the text where `there` has it too, if that has it. */
static bool has(const Result *result, const char *text) {
    return str_has(result->out, text);
}

static void what_the_config_says_goes_over_what_is_there(void **state) {
    static const struct {
        const char *set, *before, *after;
    } rows[] = {
        {"domain=said.example", "DOMAIN: there.example\n", "DOMAIN: said.example\n"},
        {"hostnames=mx.said.example", "HOSTNAMES: mail.there.example\n", "HOSTNAMES: mx.said.example\n"},
        {"subnet=10.8.0.0/16", "SUBNET: 10.9.0.0/16\n", "SUBNET: 10.8.0.0/16\n"},
        {"subnet6=fd08::/48", "SUBNET6: fd09::/48\n", "SUBNET6: fd08::/48\n"},
        {"timezone=UTC", "TZ: Europe/Vienna\n", "TZ: UTC\n"},
        {"mailu.logLevel=WARNING", "LOG_LEVEL: DEBUG\n", "LOG_LEVEL: WARNING\n"},
        {"mailu.messageSizeLimit=50", "MESSAGE_SIZE_LIMIT: \"1048576\"\n", "MESSAGE_SIZE_LIMIT: \"52428800\"\n"},
        {"mailu.messageRatelimit=200/day", "MESSAGE_RATELIMIT: 9/hour\n", "MESSAGE_RATELIMIT: 200/day\n"},
        {"mailu.postmaster=postmaster", "POSTMASTER: there\n", "POSTMASTER: postmaster\n"},
        {"mailu.relayHost=[said.example]:25", "RELAYHOST: there.example\n", "RELAYHOST: \"[said.example]:25\"\n"},
        {"mailu.relayNets=10.8.8.0/24", "RELAYNETS: 10.9.9.0/24\n", "RELAYNETS: 10.8.8.0/24\n"},
        {"mailu.compression=zstd", "COMPRESSION: bz2\n", "COMPRESSION: zstd\n"},
        {"mailu.compressionLevel=9", "COMPRESSION_LEVEL: \"2\"\n", "COMPRESSION_LEVEL: \"9\"\n"},
        {"mailu.initialAccount={enabled: true, username: said}", "INITIAL_ADMIN_ACCOUNT: there\n",
         "INITIAL_ADMIN_ACCOUNT: said\n"},
        {"mailu.initialAccount={enabled: true, domain: said.example}", "INITIAL_ADMIN_DOMAIN: domain.there.example\n",
         "INITIAL_ADMIN_DOMAIN: said.example\n"},
        {"mailu.apiEnabled=true", "API: \"false\"\n", "API: \"true\"\n"},
        {"mailu.webmailType=roundcube", "WEBMAIL: snappymail\n", "WEBMAIL: roundcube\n"},
        {"database.type=sqlite", "\n  DB_FLAVOR: postgresql\n", "\n  DB_FLAVOR: sqlite\n"},
        {"database.postgresql.host=said-db", "\n  DB_HOST: there-db\n", "\n  DB_HOST: said-db\n"},
        {"database.postgresql.port=5433", "\n  DB_HOST: there-db\n", "\n  DB_HOST: there-db:5433\n"},
        {"database.postgresql.database=mailu", "DB_NAME: theredb\n", "DB_NAME: mailu\n"},
        {"database.postgresql.secretName=said", "there-user",
         "DB_USER, valueFrom: {secretKeyRef: {name: said, key: username}}"},
        {"redis.host=said-redis", "REDIS_ADDRESS: there-redis\n", "REDIS_ADDRESS: said-redis\n"},
        {"redis.port=6380", "REDIS_ADDRESS: there-redis\n", "REDIS_ADDRESS: there-redis:6380\n"},
        {"secrets.mailuSecretKey=said", "name: there-secret, key: there-key", "name: said, key: secret-key"},
        {"secrets.initialAdminPassword=said", "name: there-admin, key: there-pw",
         "name: said, key: initial-admin-password"},
        {"images.tag=2024.06.9", "there.example/mailu/admin:2024.06.1", "there.example/mailu/admin:2024.06.9"},
        {"images.admin=said.example/admin:1", "there.example/mailu/admin:2024.06.1", "image: said.example/admin:1\n"},
        {"images.pullPolicy=Always",
         "imagePullPolicy: Never\n        envFrom: [{configMapRef: {name: env}}]\n        env:",
         "imagePullPolicy: Always\n"},
        {"resources.admin.requests.cpu=12m", "cpu: 11m", "cpu: 12m"},
        {"resources.admin.requests.memory=12Mi", "memory: 11Mi", "memory: 12Mi"},
        {"resources.admin.limits.cpu=888m", "cpu: 999m", "cpu: 888m"},
        {"resources.admin.limits.memory=888Mi", "memory: 999Mi", "memory: 888Mi"},
        {"storage.admin.size=8Gi", "storage: 7Gi", "storage: 8Gi"},
        {"ingress.traefik.smtpConnectionLimit=15", "amount: 99", "amount: 15"},
        {"ingress.traefik.entryPoints.websecure=said", "router.entrypoints: there-web\n", "router.entrypoints: said\n"},
        {"ingress.traefik.certIssuer=said", "cluster-issuer: there-issuer\n", "cluster-issuer: said\n"},
        {"ingress.traefik.tlsSecret=said", "secretName: there-tls}]", "secretName: said}]"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        Result silent, said;
        run_there(arena, "patch.ports=true", &silent);
        run_there(arena, rows[i].set, &said);
        if (!has(&silent, rows[i].before) || has(&silent, rows[i].after))
            fail_msg("%s: a default went over \"%s\"", rows[i].set, rows[i].before);
        if (has(&said, rows[i].before) || !has(&said, rows[i].after))
            fail_msg("%s: \"%s\" did not become \"%s\"", rows[i].set, rows[i].before, rows[i].after);
        size_t sets = 0;
        PlannedChanges changes = case_planned(arena, &said);
        for (size_t j = 0; j < changes.n; j++)
            sets += str_is(changes.at[j].strength, "set");
        if (!sets)
            fail_msg("%s: the plan does not say that the config said so", rows[i].set);
        case_done(&silent);
        case_done(&said);
        test_arena_done(arena);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(aspects_are_switched_off),
    cmocka_unit_test(aspects_of_a_component_are_switched_off),
    cmocka_unit_test(routes_and_policies_of_a_component_are_switched_off),
    cmocka_unit_test(twice_is_once_whatever_is_off),
    cmocka_unit_test(defaults_change_nothing_that_is_there),
    cmocka_unit_test(what_the_config_says_goes_over_what_is_there),
};
SUITE(switches, tests);
