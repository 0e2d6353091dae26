/* The NetworkPolicies of what comes out, evaluated as Kubernetes does: who reaches whom, on which port, for every pair
 * of pods and every port that matters, is what the table below says, and nothing else.
 *
 * The table is written from the specification ("Network Policies"), from domain.md ("Trust") and from what the images
 * of Mailu 2024.06 do; it does not come from the catalogue. With it the fourth hole is closed: dovecot takes any
 * password from the pod network, dovecot-submission takes anybody. Seen to fail: without ensure_policies in the list of
 * passes (a stranger in the namespace reaches dovecot:143), without narrow_others (the chart's own policy lets every
 * pod of the release in), with a row of the catalogue's table taken out (postfix does not reach dovecot:2525).
 *
 * The kubelet is not in it: what comes from a pod's own node is let in by every network plugin, so probes need no rule.
 */
#include "report/report.h"
#include "tests/network.h"
#include "tests/tests.h"

#include <unistd.h>

/* Beside the components and the peers of the catalogue. */
enum {
    BYSTANDER = PEERS, /* a pod of something else in the same namespace */
    HELPER,            /* one of the same release that plays no part: a backup job, say */
    FOREIGNER,         /* a pod in another namespace that calls itself mailu's front */
    ENDS
};

static const char *const end_names[ENDS - PEERS] = {"bystander", "helper", "foreigner"};

static const char *name_of(int end) {
    return end < COMPONENTS ? components[end].name : end < PEERS ? peer_names[end] : end_names[end - PEERS];
}

/* ---- who may reach whom ---- */

/* When a row of the table holds. */
typedef enum When {
    ALWAYS,
    WITH_SIEVE,
    WITH_DATABASE,
    WITH_MYSQL, /* of Roundcube alone */
    RELAYING_TO_25,
    RELAYING_TO_10025,
    WITH_RELAY_HOST,
    WHENS
} When;

static const struct {
    int from, to, port;
    When when;
} table[] = {
    /* Traefik has terminated TLS; it asks admin about webmail's visitors, too (8080). Never 25 of postfix. */
    {PEER_TRAEFIK, FRONT, 465, ALWAYS},
    {PEER_TRAEFIK, FRONT, 587, ALWAYS},
    {PEER_TRAEFIK, FRONT, 993, ALWAYS},
    {PEER_TRAEFIK, FRONT, 995, ALWAYS},
    {PEER_TRAEFIK, ADMIN, 8080, ALWAYS},
    {PEER_TRAEFIK, WEBMAIL, 80, ALWAYS},
    {PEER_TRAEFIK, POSTFIX, 10024, ALWAYS},
    /* nginx asks admin who a user is and where to go: internal/nginx.py, get_server */
    {FRONT, ADMIN, 8080, ALWAYS},
    {FRONT, POSTFIX, 10025, ALWAYS},
    {FRONT, DOVECOT, 143, ALWAYS},
    {FRONT, DOVECOT, 110, ALWAYS},
    {WEBMAIL, DOVECOT, 143, ALWAYS},
    {WEBMAIL, DOVECOT, 4190, WITH_SIEVE},
    {WEBMAIL, DOVECOT_SUBMISSION, 10025, ALWAYS},
    {WEBMAIL, PEER_DATABASE, 5432, WITH_DATABASE},
    {WEBMAIL, PEER_DATABASE, 3306, WITH_MYSQL},
    {DOVECOT_SUBMISSION, POSTFIX, 25, RELAYING_TO_25},
    {DOVECOT_SUBMISSION, POSTFIX, 10025, RELAYING_TO_10025},
    /* main.cf: virtual_transport, smtpd_milters; podop asks admin */
    {POSTFIX, DOVECOT, 2525, ALWAYS},
    {POSTFIX, ADMIN, 8080, ALWAYS},
    {POSTFIX, RSPAMD, 11332, ALWAYS},
    {POSTFIX, PEER_INTERNET, 25, ALWAYS},
    {POSTFIX, PEER_INTERNET, 587, ALWAYS},
    {POSTFIX, PEER_INTERNET, 443, ALWAYS}, /* its MTA-STS daemon fetches policies by HTTPS */
    {POSTFIX, PEER_INTERNET, 2525, WITH_RELAY_HOST},
    /* dovecot.conf: podop asks admin; submission_host; ham.script and spam.script; fts_tika */
    {DOVECOT, ADMIN, 8080, ALWAYS},
    {DOVECOT, POSTFIX, 10025, ALWAYS},
    {DOVECOT, RSPAMD, 11334, ALWAYS},
    {DOVECOT, PEER_TIKA, 9998, ALWAYS},
    {ADMIN, DOVECOT, 2525, ALWAYS}, /* models.py, sendmail */
    {ADMIN, PEER_REDIS, 6379, ALWAYS},
    {ADMIN, PEER_DATABASE, 5432, WITH_DATABASE},
    {RSPAMD, ADMIN, 8080, ALWAYS}, /* DKIM keys, local domains */
    {RSPAMD, PEER_REDIS, 6379, ALWAYS},
    {RSPAMD, CLAMAV, 3310, ALWAYS},
    {RSPAMD, PEER_OLETOOLS, 11343, ALWAYS},
    {RSPAMD, PEER_INTERNET, 443, ALWAYS},
    {FETCHMAIL, ADMIN, 8080, ALWAYS},
    {FETCHMAIL, DOVECOT, 2525, ALWAYS},
    {FETCHMAIL, POSTFIX, 25, ALWAYS}, /* what is to be scanned */
    {FETCHMAIL, PEER_INTERNET, 110, ALWAYS},
    {FETCHMAIL, PEER_INTERNET, 143, ALWAYS},
    {FETCHMAIL, PEER_INTERNET, 993, ALWAYS},
    {FETCHMAIL, PEER_INTERNET, 995, ALWAYS},
    {CLAMAV, PEER_INTERNET, 80, ALWAYS},
    {CLAMAV, PEER_INTERNET, 443, ALWAYS},
};

static const int tcp_ports[] = {22,    25,    53,    80,    110,   143,   443,   465,   587,   993,   995,
                                2525,  3306,  3310,  4190,  5232,  5432,  6379,  8080,  9998,  10024, 10025,
                                10143, 11332, 11333, 11334, 11335, 11343, 14190, 14465, 32000, 65535};

/* ---- the world a stream makes ---- */

typedef struct World {
    Arena *arena;
    Objects objects;
    Pod pods[ENDS];   /* the internet and DNS are none */
    bool given[ENDS]; /* which of them the stream has itself */
    bool when[WHENS];
} World;

/* Who a pod is, by its image. */
static int end_of_image(Str image) {
    static const struct {
        const char *part;
        int end;
    } images[] = {
        {"/nginx:", FRONT},         {"/admin:", ADMIN},
        {"/postfix:", POSTFIX},     {"dovecot/dovecot:", DOVECOT_SUBMISSION},
        {"/dovecot:", DOVECOT},     {"/rspamd:", RSPAMD},
        {"/webmail:", WEBMAIL},     {"/clamav", CLAMAV},
        {"/fetchmail:", FETCHMAIL}, {"/radicale:", WEBDAV},
        {"/redis:", PEER_REDIS},    {"/oletools:", PEER_OLETOOLS},
        {"/tika:", PEER_TIKA},
    };
    for (size_t i = 0; i < COUNT(images); i++)
        if (str_has(image, images[i].part))
            return images[i].end;
    return ENDS;
}

static void add_object(World *world, const Object *object) {
    if (!str_is(object->kind, "Deployment") && !str_is(object->kind, "StatefulSet") &&
        !str_is(object->kind, "DaemonSet"))
        return;
    Tree *tree = object->tree;
    Node *containers = map_path(tree, object->root, "spec.template.spec.containers");
    int end = end_of_image(map_text(tree, node_value(tree, node_first(containers)), S("image")));
    if (end == ENDS)
        return;
    world->pods[end] = (Pod){namespace_of(object), tree, map_path(tree, object->root, "spec.template.metadata.labels")};
    world->given[end] = true;
}

static void add_outsider(World *world, int end, Str namespace, const char *labels) {
    Tree *tree = NEW(world->arena, Tree);
    TreeError error;
    assert_true(tree_parse(world->arena, str(labels), tree, &error));
    world->pods[end] = (Pod){namespace, tree, tree->root};
}

static World make_world(Arena *arena, Str stream) {
    World world = {.arena = arena, .objects = objects_of(arena, stream)};
    for (size_t i = 0; i < world.objects.n; i++)
        add_object(&world, &world.objects.at[i]);
    Str home = world.pods[FRONT].namespace;
    add_outsider(&world, PEER_TRAEFIK, S("kube-system"), "{app.kubernetes.io/name: traefik, pod-template-hash: abc}");
    add_outsider(&world, BYSTANDER, home, "{app: blog, app.kubernetes.io/component: admin}");
    add_outsider(&world, HELPER, home,
                 "{app.kubernetes.io/name: mailu, app.kubernetes.io/instance: mailu, "
                 "app.kubernetes.io/component: backup}");
    add_outsider(&world, FOREIGNER, S("elsewhere"),
                 "{app.kubernetes.io/name: mailu, app.kubernetes.io/instance: mailu, "
                 "app.kubernetes.io/component: front, app.kubernetes.io/part-of: mailu}");
    add_outsider(&world, PEER_DATABASE, S("databases"), "{app: postgres}");
    if (!world.given[PEER_REDIS])
        add_outsider(&world, PEER_REDIS, S("databases"), "{app: redis}");
    return world;
}

/* ---- against the table ---- */

static const Pod *pod_at(const World *world, int end) {
    return end == PEER_INTERNET || end == PEER_DNS ? NULL : &world->pods[end];
}

static bool reaches(const World *world, int from, int to, const char *protocol, int port) {
    return network_lets(&world->objects, pod_at(world, from), pod_at(world, to), protocol, port);
}

static bool has_row(const World *world, int from, int to, int port) {
    for (size_t i = 0; i < COUNT(table); i++)
        if (table[i].from == from && table[i].to == to && table[i].port == port && world->when[table[i].when])
            return true;
    return false;
}

/* What is let out to anybody gets to whoever lets it in: what may go to the internet, or to a Redis or database that
 * the stream does not have, may go to any pod but Mailu's. */
static bool is_expected(const World *world, int from, int to, int port) {
    bool is_pod = pod_at(world, to);
    if (has_row(world, from, to, port))
        return true;
    if (from >= COMPONENTS || to < COMPONENTS)
        return false;
    return port == 53 || has_row(world, from, PEER_INTERNET, port) ||
           (is_pod && has_row(world, from, PEER_DATABASE, port)) ||
           (is_pod && !world->given[PEER_REDIS] && has_row(world, from, PEER_REDIS, port));
}

/* What the table is about: whatever a component sends, and whatever reaches one, Redis among them. A chart's own pods
 * may go where they like otherwise. */
static bool concerns_mailu(const World *world, int from, int to) {
    bool to_mailu = to < COMPONENTS || (to == PEER_REDIS && world->given[to] && from != HELPER);
    return from != to && (from < COMPONENTS || to_mailu);
}

static bool is_there(const World *world, int end) {
    return end == PEER_INTERNET || end == PEER_DNS || world->pods[end].labels;
}

static size_t compare(const World *world) {
    size_t differences = 0;
    for (int from = 0; from < ENDS; from++) {
        for (int to = 0; to < ENDS; to++) {
            if (!is_there(world, from) || !is_there(world, to) || !concerns_mailu(world, from, to))
                continue;
            for (size_t i = 0; i < COUNT(tcp_ports); i++) {
                bool found = reaches(world, from, to, "TCP", tcp_ports[i]);
                if (found == is_expected(world, from, to, tcp_ports[i]))
                    continue;
                print_error("%s %s %s:%d\n", name_of(from), found ? "reaches" : "does not reach", name_of(to),
                            tcp_ports[i]);
                differences++;
            }
            /* DNS, and nothing else by UDP */
            bool asks = from < COMPONENTS && to >= COMPONENTS;
            if (reaches(world, from, to, "UDP", 53) != asks || reaches(world, from, to, "UDP", 11335)) {
                print_error("%s to %s by UDP\n", name_of(from), name_of(to));
                differences++;
            }
        }
    }
    return differences;
}

/* ---- the drawing ---- */

/* Takes `text` off `*rest`; false when it does not stand there. */
static bool take(Str *rest, const char *text) {
    bool there = str_starts(*rest, str(text));
    if (there)
        *rest = str_skip(*rest, strlen(text));
    return there;
}

/* "m0_dovecot_submission": letters, digits and "_" alone, so no language takes it for something else. */
static int take_end(Str *rest) {
    Str id = {rest->p, 0};
    while (id.n < rest->n && (id.p[id.n] == '_' || (id.p[id.n] >= 'a' && id.p[id.n] <= 'z')))
        id.n++;
    *rest = str_skip(*rest, id.n);
    for (int end = 0; end < PEERS; end++) {
        char name[32] = "";
        strncpy(name, name_of(end), sizeof name - 1);
        for (char *c = name; *c; c++)
            *c = *c == '-' ? '_' : *c;
        if (str_is(id, name))
            return end;
    }
    return ENDS;
}

/* Text in quotation marks, as a name or a label is: nothing in it is special to Mermaid. */
static bool take_quoted(Str *rest, Str *text) {
    ptrdiff_t end = take(rest, "\"") ? str_find_char(*rest, '"') : -1;
    if (end < 0)
        return false;
    *text = str_head(*rest, (size_t)end);
    *rest = str_skip(*rest, (size_t)end + 1);
    for (size_t i = 0; i < text->n; i++)
        if (strchr("#<>&`\\|", text->p[i]))
            return false;
    return true;
}

/* A line `m0_front -->|"8080 auth_http"| m0_admin`, which has to be a row of the table. */
static bool is_edge(const World *world, Str line, size_t *edges_drawn) {
    Str label;
    int port, from, to;
    if (!take(&line, "  m0_"))
        return false;
    from = take_end(&line);
    if (!take(&line, " -->|") || !take_quoted(&line, &label) || !take(&line, "| m0_"))
        return false;
    to = take_end(&line);
    if (line.n || !str_to_int(str_cut(&label, ' '), &port) || !has_row(world, from, to, port))
        return false;
    ++*edges_drawn;
    return true;
}

static bool is_node(const World *world, Str line) {
    Str name;
    int end = take(&line, "    m0_") ? take_end(&line) : ENDS;
    return end < ENDS && is_there(world, end) && take(&line, "[") && take_quoted(&line, &name) &&
           str_is(name, name_of(end)) && str_is(line, "]");
}

static bool is_frame(Str line) {
    Str title;
    return str_is(line, "  end") || (take(&line, "  subgraph m0[") && take_quoted(&line, &title) && str_is(line, "]"));
}

/* Each line of the Mermaid drawing is one of its grammar that the program uses, and together its arrows are the table.
 */
static void check_drawing(const World *world, Str drawing) {
    size_t drawn = 0, rows = 0;
    assert_str_equal(str_cut(&drawing, '\n'), S("flowchart LR"));
    while (drawing.n) {
        Str line = str_cut(&drawing, '\n');
        if (!str_starts(line, S("  %% ")) && !is_frame(line) && !is_node(world, line) && !is_edge(world, line, &drawn))
            fail_msg("not a line of this flowchart: %.*s", F(line));
    }
    for (size_t i = 0; i < COUNT(table); i++)
        rows += world->when[table[i].when] && is_there(world, table[i].from) && is_there(world, table[i].to);
    assert_int_equal(drawn, rows);
}

/* Runs the case and compares it with the table. */
static void check_case(Arena *arena, Case *c, const When *when, size_t when_count) {
    Result result;
    Buf drawing = {.arena = arena};
    c->request.keep_history = true;
    c->request.generate = GENERATE;
    case_run(arena, c, &result);
    if (!result.ok)
        fail_msg("%.*s", F(result.said));
    World world = make_world(arena, result.out);
    world.when[ALWAYS] = true;
    for (size_t i = 0; i < when_count; i++)
        world.when[when[i]] = true;
    for (int end = 0; end < COMPONENTS; end++)
        if (!world.given[end])
            fail_msg("%s is not there", name_of(end));
    assert_int_equal(compare(&world), 0);
    report_mermaid(&result.outcome.model, &drawing);
    check_drawing(&world, buf_str(&drawing));
    case_done(&result);
}

/* ---- the cases ---- */

#define EVERYTHING                                                                                                     \
    S("domain=example.com"), S("hostnames=mail.example.com"), S("subnet=10.42.0.0/16"), S("components.clamav=true"),   \
        S("components.fetchmail=true"), S("components.webdav=true")

static void check_injected(const Str *sets, size_t set_count, const When *when, size_t when_count) {
    Arena *arena = test_arena();
    Case c = {.name = S("injected"), .request = {.sets = sets, .set_count = set_count}};
    check_case(arena, &c, when, when_count);
    test_arena_done(arena);
}

static void injected(void **state) {
    (void)state;
    const Str sets[] = {EVERYTHING};
    const When when[] = {RELAYING_TO_25};
    check_injected(sets, COUNT(sets), when, COUNT(when));
}

static void injected_with_options(void **state) {
    (void)state;
    const Str sets[] = {
        EVERYTHING,
        S("database.postgresql.host=postgres-rw.databases"),
        S("database.postgresql.secretName=postgres"),
        S("redis.host=redis.databases.svc.cluster.local"),
        S("dovecot.exposeSieve=true"),
        S("submission.relayPort=10025"),
        S("mailu.relayHost=[smtp.example.net]:2525"),
        S("ingress.traefik.namespace=kube-system"),
    };
    const When when[] = {WITH_DATABASE, WITH_SIEVE, RELAYING_TO_10025, WITH_RELAY_HOST};
    check_injected(sets, COUNT(sets), when, COUNT(when));
}

/* The chart has policies of its own: a default deny, all pods of the release to each other, front to the world. */
static void official_chart(void **state) {
    (void)state;
    Arena *arena = test_arena();
    Case c = case_read(arena, S("testdata/official"));
    const When when[] = {RELAYING_TO_25, WITH_SIEVE}; /* its Service of dovecot shows 4190 */
    check_case(arena, &c, when, COUNT(when));
    test_arena_done(arena);
}

static void real(void **state) {
    Arena *arena = test_arena();
    const char *path = *state;
    const When when[] = {RELAYING_TO_25, WITH_DATABASE, WITH_SIEVE};
    size_t count = COUNT(when) - str_has(str(path), "cdk8s"); /* which does not show 4190 */
    if (access(path, R_OK) != 0) {
        test_arena_done(arena);
        print_message("%s is not there\n", path);
        skip();
    }
    Case c = {.name = str(path), .request = {.stream = test_file(arena, path)}};
    check_case(arena, &c, when, count);
    test_arena_done(arena);
}

/* Runs what comes out of nothing once more with `added` to it, and says who reaches whom in what comes out then. */
static World run_again(Arena *arena, const char *config_map_line, const char *added) {
    const Str sets[] = {EVERYTHING};
    Case c = {.name = S("again"), .request = {.sets = sets, .set_count = COUNT(sets), .generate = GENERATE}};
    Result result;
    case_run(arena, &c, &result);
    Str out = result.out, mark = S("\n  TLS_FLAVOR: notls\n");
    ptrdiff_t at = str_find(out, mark);
    assert_true(at > 0);
    c.request.stream = str_format(arena, "%.*s\n%s%.*s%s", F(str_head(out, (size_t)at)), config_map_line,
                                  F(str_skip(out, (size_t)at + 1)), added);
    case_done(&result);
    case_run(arena, &c, &result);
    if (!result.ok)
        fail_msg("%.*s", F(result.said));
    World world = make_world(arena, result.out);
    world.when[ALWAYS] = world.when[RELAYING_TO_25] = true;
    case_done(&result);
    return world;
}

/* admin with SQLite, Roundcube with a database of its own. */
static void roundcube_with_mysql(void **state) {
    (void)state;
    Arena *arena = test_arena();
    World world = run_again(arena, "  ROUNDCUBE_DB_FLAVOR: mysql\n  ROUNDCUBE_DB_HOST: mysql.databases\n", "");
    world.when[WITH_MYSQL] = true;
    assert_int_equal(compare(&world), 0);
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
    assert_false(reaches(&world, BYSTANDER, ADMIN, "TCP", 8080));
    assert_false(reaches(&world, BYSTANDER, DOVECOT, "TCP", 143));
    assert_true(reaches(&world, BYSTANDER, HELPER, "TCP", 8080));
    assert_true(reaches(&world, BYSTANDER, BYSTANDER, "TCP", 8080)); /* though it has a label like admin's */
    world = run_again(arena, "", DENY POLICY("blog", ", annotations: {postrenderer.mailu.io/policy: keep}", FROM_BLOG));
    assert_true(reaches(&world, BYSTANDER, ADMIN, "TCP", 8080));
    assert_true(reaches(&world, BYSTANDER, DOVECOT, "TCP", 143));
    assert_false(reaches(&world, BYSTANDER, DOVECOT, "TCP", 2525));
    assert_false(reaches(&world, FOREIGNER, ADMIN, "TCP", 8080));
    test_arena_done(arena);
}

#define REAL(name)                                                                                                     \
    { "real " name, real, NULL, NULL, "../shared/real/" name ".yaml" }

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(injected),
    cmocka_unit_test(injected_with_options),
    cmocka_unit_test(official_chart),
    cmocka_unit_test(roundcube_with_mysql),
    cmocka_unit_test(policies_of_others),
    REAL("chart-helm3"),
    REAL("chart-helm4"),
    REAL("cdk8s"),
    REAL("kustomize-exec-plugin"),
    REAL("kustomize-resourcelist"),
};
SUITE(policies, tests);
