/* The NetworkPolicies of what comes out, evaluated as Kubernetes does: who reaches whom, on which port, for every pair
 * of pods and every port that matters, is what the table below says, and nothing else. All golden cases and real
 * streams are compared, and some made for it.
 *
 * The table is written from the specification ("Network Policies"), from domain.md ("Trust") and from what the images
 * of Mailu 2024.06 do; it does not come from the catalogue. With it the fourth hole is closed: dovecot takes any
 * password from the pod network, dovecot-submission takes anybody. Seen to fail: without ensure_policies in the list of
 * passes (a stranger in the namespace reaches dovecot:143), without narrow_others (the chart's own policy lets every
 * pod of the release in), with a row of the catalogue's table taken out (postfix does not reach dovecot:2525).
 *
 * With WORLDS=FOLDER in the environment each stream is written there, with its pods and who reaches whom:
 * scripts/test.d/enforced holds a real policy engine against it.
 *
 * The kubelet is not in it: what comes from a pod's own node is let in by every network plugin, so probes need no rule.
 */
#include "report/report.h"
#include "tests/policy_table.h"
#include "tests/tests.h"

#include <stdlib.h>

/* ---- for the real engine ---- */

static void write_world(const World *world, size_t number) {
    Hosts hosts = {0};
    for (size_t i = 0; i < world->parties.n; i++) {
        const Party *p = &world->parties.at[i];
        *PUSH(world->arena, &hosts) = (Host){p->name, p->at, {p->addresses[0], p->addresses[1]}};
    }
    network_write(world->arena, number,
                  &(Network){world->name,
                             world->stream,
                             &world->objects,
                             {world->networks[0], world->networks[1]},
                             hosts,
                             port_probes,
                             port_probe_count});
}

/* ---- the cases ---- */

static bool has_policies(const World *world) {
    for (size_t i = 0; i < world->objects.n; i++)
        if (str_is(world->objects.at[i].kind, "NetworkPolicy"))
            return true;
    return false;
}

/* Whether nobody has switched policies off for some of it, or said to keep one of theirs. */
static bool is_by_table(const Case *c) {
    for (size_t i = 0; i < c->request.set_count; i++)
        if (str_has(c->request.sets[i], "olicies"))
            return false;
    return !str_has(c->request.config, "olicies: false") && !str_has(c->request.stream, "olicies: false") &&
           !str_has(c->request.stream, "postrenderer.mailu.io/policy: keep");
}

static size_t streams_written;

static bool keeps_to_the_table(Arena *arena, const Case *c, Result *result) {
    if (!result->outcome.summary.n) /* no Mailu */
        return true;
    World world = world_make(arena, c, result);
    if (!has_policies(&world))
        return true;
    if (getenv("WORLDS"))
        write_world(&world, streams_written++);
    return !is_by_table(c) || table_differences(&world) == 0;
}

static void every_stream(void **state) {
    (void)state;
    cases_all_keep(keeps_to_the_table);
}

/* Runs a case that has every component, and compares it with the table, and the drawing too. */
static void check_case(Arena *arena, Case *c) {
    Result result;
    Buf drawing = {.arena = arena};
    c->request.keep_history = true;
    c->request.generate = GENERATE;
    case_run(arena, c, &result);
    if (!result.ok)
        fail_msg("%.*s", F(result.said));
    World world = world_make(arena, c, &result);
    for (int end = 0; end < COMPONENTS; end++)
        if (!world_party(&world, 0, end))
            fail_msg("%s is not there", end_name(end));
    assert_int_equal(table_differences(&world), 0);
    report_graph(&result.outcome.model, false, &drawing);
    drawing_check(&world, buf_str(&drawing));
    case_done(&result);
}

#define EVERYTHING                                                                                                     \
    S("domain=example.com"), S("hostnames=mail.example.com"), S("subnet=10.42.0.0/16"), S("components.clamav=true"),   \
        S("components.fetchmail=true"), S("components.webdav=true")

static void check_injected(const Str *sets, size_t set_count) {
    Arena *arena = test_arena();
    Case c = {.name = S("injected"), .request = {.sets = sets, .set_count = set_count}};
    check_case(arena, &c);
    test_arena_done(arena);
}

static void injected(void **state) {
    (void)state;
    const Str sets[] = {EVERYTHING};
    check_injected(sets, COUNT(sets));
}

static void injected_with_options(void **state) {
    (void)state;
    const Str sets[] = {
        EVERYTHING,
        S("database.postgresql.host=postgres-rw.databases"),
        S("database.postgresql.secretName=postgres"),
        S("redis.host=redis.databases.svc.cluster.local"),
        S("dovecot.exposeSieve=true"),
        S("ingress.traefik.sieve=true"),
        S("submission.relayPort=25"),
        S("mailu.relayHost=[smtp.example.net]:2525"),
        S("ingress.traefik.namespace=kube-system"),
        S("subnet6=fd00:42::/48"),
    };
    check_injected(sets, COUNT(sets));
}

/* The chart has policies of its own: a default deny, all pods of the release to each other, front to the world. */
static void official_chart(void **state) {
    (void)state;
    Arena *arena = test_arena();
    Case c = case_read(arena, S("testdata/official"));
    check_case(arena, &c);
    test_arena_done(arena);
}

/* Runs what comes out of nothing once more with `added` to it, and says who reaches whom in what comes out then. */
static World run_again(Arena *arena, const char *config_map_line, const char *added) {
    const Str sets[] = {EVERYTHING};
    Case c = {.name = S("again"),
              .request = {.sets = sets, .set_count = COUNT(sets), .keep_history = true, .generate = GENERATE}};
    Result result;
    case_run(arena, &c, &result);
    Str out = result.out, mark = S("\n  TLS_FLAVOR: notls\n");
    ptrdiff_t at = str_find(out, mark);
    assert_true(at > 0);
    c.request.stream = str_format(arena, "%.*s\n%s%.*s%s", F(str_head(out, (size_t)at)), config_map_line,
                                  F(str_skip(out, (size_t)at + 1)), added);
    case_done(&result);
    Result *second = NEW(arena, Result);
    case_run(arena, &c, second);
    if (!second->ok)
        fail_msg("%.*s", F(second->said));
    return world_make(arena, &c, second);
}

static void world_done(World *world) {
    case_done(world->result);
}

/* By TCP and IPv4, between the first of those ends. */
static bool lets(const World *world, int from, int to, int port) {
    const Party *ends[2] = {world->parties.at, world->parties.at};
    for (size_t i = world->parties.n; i-- > 0;) {
        if (world->parties.at[i].end == from)
            ends[0] = &world->parties.at[i];
        if (world->parties.at[i].end == to)
            ends[1] = &world->parties.at[i];
    }
    assert_true(ends[0]->end == from && ends[1]->end == to);
    return world_reaches(world, ends[0], ends[1], "TCP", port, 0);
}

/* admin with SQLite, Roundcube with a database of its own. */
static void roundcube_with_mysql(void **state) {
    (void)state;
    Arena *arena = test_arena();
    World world = run_again(arena, "  ROUNDCUBE_DB_FLAVOR: mysql\n  ROUNDCUBE_DB_HOST: mysql.databases\n", "");
    assert_true(lets(&world, WEBMAIL, TENANT, 3306));
    assert_int_equal(table_differences(&world), 0);
    world_done(&world);
    test_arena_done(arena);
}

#define POLICY(name, annotations, ingress)                                                                             \
    "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: " name                               \
    ", namespace: mailu" annotations "}\nspec:\n  podSelector: {}\n  ingress: [" ingress "]\n"
#define FROM_BLOG "{from: [{podSelector: {matchLabels: {app: blog}}}], ports: [{port: 8080}, {port: 143}]}"
#define DENY POLICY("deny", "", "")

/* A policy that lets a pod in which the table does not: the pods that listen there are taken out of it, but where
 * somebody says to keep it. */
static void policies_of_others(void **state) {
    (void)state;
    Arena *arena = test_arena();
    World world = run_again(arena, "", DENY POLICY("blog", "", FROM_BLOG));
    assert_false(lets(&world, BYSTANDER, ADMIN, 8080));
    assert_false(lets(&world, BYSTANDER, DOVECOT, 143));
    assert_true(lets(&world, BYSTANDER, HELPER, 8080));
    world_done(&world);
    world = run_again(arena, "", DENY POLICY("blog", ", annotations: {postrenderer.mailu.io/policy: keep}", FROM_BLOG));
    assert_true(lets(&world, BYSTANDER, ADMIN, 8080));
    assert_true(lets(&world, BYSTANDER, DOVECOT, 143));
    assert_false(lets(&world, BYSTANDER, DOVECOT, 2525));
    assert_false(lets(&world, FOREIGNER, ADMIN, 8080));
    world_done(&world);
    test_arena_done(arena);
}

static World world_of(Arena *arena, const char *directory) {
    Case *c = NEW(arena, Case);
    Result *result = NEW(arena, Result);
    *c = case_read(arena, str(directory));
    c->request.keep_history = true;
    case_run(arena, c, result);
    if (!result->ok)
        fail_msg("%.*s", F(result->said));
    return world_make(arena, c, result);
}

/* Whom a policy of the stream names keeps the port of the metrics and nothing more; where none names anybody the port
 * is for all, but not one that serves more. */
static void metrics_keep_their_scraper(void **state) {
    (void)state;
    Arena *arena = test_arena();
    World world = world_of(arena, "testdata/servers-in-release");
    assert_true(lets(&world, SCRAPER, PEER_REDIS, 9121));
    assert_false(lets(&world, SCRAPER, PEER_REDIS, 6379));
    assert_false(lets(&world, FOREIGNER, PEER_REDIS, 9121));
    assert_true(lets(&world, SCRAPER, PEER_DATABASE, 9187));
    assert_false(lets(&world, SCRAPER, PEER_DATABASE, 5432));
    world_done(&world);
    world = world_of(arena, "testdata/metrics-on-a-used-port");
    assert_true(lets(&world, SCRAPER, RSPAMD, 11334));
    assert_false(lets(&world, SCRAPER, RSPAMD, 11332));
    assert_false(lets(&world, HELPER, RSPAMD, 11334));
    assert_false(lets(&world, SCRAPER, ADMIN, 8080));
    world_done(&world);
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(metrics_keep_their_scraper),
    {"every stream", every_stream, NULL, NULL, NULL},
    cmocka_unit_test(injected),
    cmocka_unit_test(injected_with_options),
    cmocka_unit_test(official_chart),
    cmocka_unit_test(roundcube_with_mysql),
    cmocka_unit_test(policies_of_others),
};
SUITE(policies, tests);
