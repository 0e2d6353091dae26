/* Which NetworkPolicies of others no longer select Mailu's pods: those that permit them more than its own do; and which
 * host names are pods of the cluster. */
#include "ensure/ensure.h"
#include "tests/cases.h"
#include "tests/tests.h"

/* A Mailu of front and rspamd; `labels` are those of its pods beside "app". */
static Str mailu(Arena *arena, const char *labels) {
    static const char *const parts[][2] = {{"front", "nginx"}, {"rspamd", "rspamd"}};
    Buf out = {.arena = arena};
    for (size_t i = 0; i < COUNT(parts); i++)
        buf_format(&out,
                   "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: mailu-%s, namespace: mailu}\n"
                   "spec:\n  selector: {matchLabels: {app: %s}}\n  template:\n    metadata: {labels: {app: %s%s}}\n"
                   "    spec: {containers: [{name: main, image: ghcr.io/mailu/%s:2024.06}]}\n",
                   parts[i][0], parts[i][0], parts[i][0], labels, parts[i][1]);
    return buf_str(&out);
}

/* What comes out of the stream, when nothing is added to it but policies, and once more out of that. */
static Str run(Arena *arena, Str stream, const char *admin) {
    const Str sets[] = {
        str(admin),
        S("domain=example.com"),
        S("hostnames=mail.example.com"),
        S("subnet=10.42.0.0/16"),
        S("components.postfix=false"),
        S("components.dovecot=false"),
        S("components.dovecotSubmission=false"),
        S("components.webmail=false"),
        S("patch.routing=false"),
    };
    Str said;
    return case_run_twice(arena, stream, sets, COUNT(sets), &said);
}

/* What becomes of a policy with that spec. */
static const Object *with_policy(Arena *arena, const char *labels, const char *spec) {
    Str stream = str_format(arena,
                            "%.*s---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
                            "metadata: {name: theirs, namespace: mailu}\nspec: {%s}\n",
                            F(mailu(arena, labels)), spec);
    Objects *objects = NEW(arena, Objects);
    *objects = objects_of(arena, run(arena, stream, "components.admin=false"));
    return object_of(objects, S("NetworkPolicy"), S("mailu"), S("theirs"));
}

/* What it leaves out: the keys of its NotIn with their values. */
static Str left_out(Arena *arena, const char *labels, const char *spec) {
    const Object *policy = with_policy(arena, labels, spec);
    Node *list = map_path(policy->tree, policy->root, "spec.podSelector.matchExpressions");
    Buf out = {.arena = arena};
    for (Node *item = items_of(list); item; item = node_next(item)) {
        Node *expression = node_value(policy->tree, item);
        Str key = map_text(policy->tree, expression, S("key"));
        if (!str_is(map_text(policy->tree, expression, S("operator")), "NotIn") || str_is(key, "theirs"))
            continue;
        buf_format(&out, "%s%.*s", out.n ? "; " : "", F(key));
        Node *values = map_get(policy->tree, expression, S("values"));
        for (Node *value = node_first(values); value; value = node_next(value))
            buf_format(&out, " %.*s", F(node_value(policy->tree, value)->text));
    }
    return buf_str(&out);
}

/* A part of a policy's spec, and what left_out has to say of it. */
typedef struct Narrowing {
    const char *part, *left_out;
} Narrowing;

/* Every row, each part between `before` and `after`, on pods that have these labels as well. */
static void check_left_out(const Narrowing *rows, size_t n, const char *labels, const char *before, const char *after) {
    Arena *arena = test_arena();
    for (size_t i = 0; i < n; i++) {
        Str spec = str_format(arena, "%s%s%s", before, rows[i].part, after);
        Str found = left_out(arena, labels, spec.p);
        if (!str_is(found, rows[i].left_out))
            fail_msg("%s: found \"%.*s\"", rows[i].part, F(found));
    }
    test_arena_done(arena);
}

#define OWN "postrenderer.mailu.io/component"

/* front listens on 465, 587, 993 and 995, and on 143 no more; rspamd on 11332 to 11334. */
static void by_what_they_let_in(void **state) {
    (void)state;
    static const Narrowing rows[] = {
        {"ingress: []", ""},
        {"ingress: [{}]", OWN " front rspamd"},
        {"ingress: [{from: [{podSelector: {}}]}]", OWN " front rspamd"},
        {"ingress: [{ports: []}]", OWN " front rspamd"},
        {"ingress: [{ports: [{protocol: TCP}]}]", OWN " front rspamd"},
        {"ingress: [{ports: [{port: metrics}]}]", OWN " front rspamd"},            /* a name of whatever port */
        {"ingress: [{ports: [{port: 900, endPort: 1000}]}]", OWN " front rspamd"}, /* whatever is in it */
        {"ingress: [{ports: [{port: 9999}]}]", ""},
        {"ingress: [{ports: [{port: 143}]}]", ""}, /* nothing listens there; dovecot is not in the stream */
        {"ingress: [{ports: [{port: 993}]}]", OWN " front"},
        {"ingress: [{ports: [{port: 11334}]}]", OWN " rspamd"},
        {"ingress: [{ports: [{port: 9999}, {port: 11332}]}]", OWN " rspamd"},
        {"ingress: [{ports: [{port: 9999}]}, {ports: [{port: 11332}]}]", OWN " rspamd"},
        {"ingress: [{ports: [{port: 11332}]}, {ports: [{port: 465}]}]", OWN " front rspamd"},
        {"egress: []", ""},
        {"egress: [{}]", OWN " front rspamd"},
        {"egress: [{ports: [{port: 9999}]}]", OWN " front rspamd"}, /* whatever leaves is not in the table */
    };
    check_left_out(rows, COUNT(rows), "", "podSelector: {}, ", "");
}

/* The key "theirs" is on no pod of the stream. */
static void by_what_they_select(void **state) {
    (void)state;
    static const Narrowing rows[] = {
        {"{}", OWN " front rspamd"},
        {"{matchLabels: {app: rspamd}}", OWN " rspamd"},
        {"{matchLabels: {app: rspamd, tier: mail}}", OWN " rspamd"},
        {"{matchLabels: {app: rspamd, tier: web}}", ""},
        {"{matchLabels: {theirs: x}}", ""},
        {"{matchExpressions: [{key: app, operator: In, values: [blog, rspamd]}]}", OWN " rspamd"},
        {"{matchExpressions: [{key: app, operator: In, values: [blog]}]}", ""},
        {"{matchExpressions: [{key: theirs, operator: In, values: [x]}]}", ""},
        {"{matchExpressions: [{key: theirs, operator: NotIn, values: [x]}]}", OWN " front rspamd"},
        {"{matchExpressions: [{key: app, operator: Exists}]}", OWN " front rspamd"},
        {"{matchExpressions: [{key: theirs, operator: Exists}]}", ""},
        {"{matchExpressions: [{key: theirs, operator: DoesNotExist}]}", OWN " front rspamd"},
        {"{matchExpressions: [{key: app, operator: DoesNotExist}]}", ""},
        {"{matchExpressions: [{key: app, operator: Exists}, {key: theirs, operator: Exists}]}", ""},
        {"{matchLabels: {tier: mail}, matchExpressions: [{key: theirs, operator: Exists}]}", ""},
    };
    check_left_out(rows, COUNT(rows), ", tier: mail", "podSelector: ", ", ingress: [{}]");
}

/* A policy of the release excludes the pods by a label that they have, if it distinguishes them from the others. */
static void by_labels_that_tell(void **state) {
    (void)state;
#define RELEASE "{matchLabels: {app.kubernetes.io/instance: mailu"
    static const Narrowing rows[] = {
        {RELEASE "}}, ingress: [{}]", "app front rspamd"},
        {RELEASE "}}, ingress: [{ports: [{port: 993}]}]", "app front"},
        {RELEASE "}}, ingress: [{ports: [{port: 11334}]}]", "app rspamd"},
        {RELEASE "}, matchExpressions: [{key: app, operator: NotIn, values: [blog]}]}, ingress: [{}]",
         "app blog front rspamd"},
        {RELEASE "}, matchExpressions: [{key: tier, operator: NotIn, values: [web]}]}, ingress: [{}]",
         "tier web; app front rspamd"},
        {"{matchLabels: {app.kubernetes.io/name: mailu}}, ingress: [{}]", OWN " front rspamd"},
    };
    check_left_out(rows, COUNT(rows), ", tier: mail, app.kubernetes.io/name: mailu, app.kubernetes.io/instance: mailu",
                   "podSelector: ", "");
}

/* What becomes of a stream with an admin, too, that has the environment. */
static Objects with_admin(Arena *arena, const char *environment, const char *added) {
    Str stream = str_format(arena,
                            "%.*s---\napiVersion: apps/v1\nkind: Deployment\n"
                            "metadata: {name: mailu-admin, namespace: mailu}\n"
                            "spec:\n  selector: {matchLabels: {app: admin}}\n  template:\n"
                            "    metadata: {labels: {app: admin}}\n    spec: {containers: [{name: admin, "
                            "image: ghcr.io/mailu/admin:2024.06, env: [%s]}]}\n%s",
                            F(mailu(arena, "")), environment, added);
    return objects_of(arena, run(arena, stream, "components.admin=true"));
}

/* Where admin may go by that port: "nowhere", "anywhere", "here" (its own namespace), or a namespace. */
static Str ways_by(const Objects *objects, int port) {
    const Object *policy = object_of(objects, S("NetworkPolicy"), S("mailu"), S("mailu-admin"));
    Tree *tree = policy->tree;
    for (Node *item = items_of(map_path(tree, policy->root, "spec.egress")); item; item = node_next(item)) {
        Node *rule = node_value(tree, item), *to = node_value(tree, items_of(map_get(tree, rule, S("to"))));
        if (!item_with_int(tree, map_get(tree, rule, S("ports")), "port", port))
            continue;
        if (!to)
            return S("anywhere");
        Node *namespaces = map_get(tree, to, S("namespaceSelector"));
        Str name = map_text(tree, map_get(tree, namespaces, S("matchLabels")), S("kubernetes.io/metadata.name"));
        return name.n ? name : namespaces ? S("any namespace") : S("here");
    }
    return S("nowhere");
}

/* A Redis in the cluster is let through to in its namespace alone; elsewhere it may be anywhere. */
static void by_where_redis_is(void **state) {
    (void)state;
    static const struct {
        const char *address;
        int port;
        const char *where;
    } rows[] = {
        {"redis", 6379, "here"},
        {"redis.databases", 6379, "databases"},
        {"redis.databases.svc", 6379, "databases"},
        {"redis.databases.svc.example.org", 6379, "databases"}, /* whatever the cluster's domain is */
        {"redis-0.redis.databases.svc.cluster.local", 6379, "databases"},
        {"a.redis.databases.cluster.local", 6379, "any namespace"},
        {"redis:6380", 6380, "here"},
        {"':secret@redis:6380'", 6380, "here"},
        {"'@redis'", 6379, "here"},
        {"redis.example.org", 6379, "anywhere"},
        {"redis.databases.svcs", 6379, "anywhere"},
        {"':secret@redis.example.org:6380'", 6380, "anywhere"},
        {"192.0.2.1", 6379, "anywhere"},
    };
    Arena *arena = test_arena();
    for (size_t i = 0; i < COUNT(rows); i++) {
        Str variable = str_format(arena, "{name: REDIS_ADDRESS, value: %s}", rows[i].address);
        Objects objects = with_admin(arena, variable.p, "");
        Str where = ways_by(&objects, rows[i].port);
        if (!str_is(where, rows[i].where))
            fail_msg("%s: found %.*s, expected %s", rows[i].address, F(where), rows[i].where);
    }
    test_arena_done(arena);
}

/* A Redis gets a policy of Mailu's when it is of its release, and none when others may use it. */
static void by_whose_redis_it_is(void **state) {
    (void)state;
#define REDIS(namespace, release, spec)                                                                                                   \
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: cache, namespace: " namespace ", labels: {app.kubernetes.io/instance: " release \
                                                                                        "}}\nspec: {ports: [{port: 6379}]" spec           \
                                                                                        "}\n"
    static const struct {
        const char *address, *service;
        bool closed;
    } rows[] = {
        {"cache", REDIS("mailu", "mailu", ", selector: {app: cache}"), true},
        {"cache.mailu.svc.cluster.local", REDIS("mailu", "mailu", ", selector: {app: cache}"), true},
        {"cache", REDIS("mailu", "''", ", selector: {app: cache}"), true}, /* of no release: it came with this one */
        {"cache-0.cache.mailu.svc", REDIS("mailu", "mailu", ", selector: {app: cache}"), true},
        {"cache", REDIS("mailu", "blog", ", selector: {app: cache}"), false},
        {"cache", REDIS("mailu", "mailu", ", selector: {}"), false}, /* which would be for all pods */
        {"cache", REDIS("mailu", "mailu", ""), false},
        {"cache.shared", REDIS("shared", "mailu", ", selector: {app: cache}"), false},
        {"other", REDIS("mailu", "mailu", ", selector: {app: cache}"), false},
    };
    Arena *arena = test_arena();
    for (size_t i = 0; i < COUNT(rows); i++) {
        Str variable = str_format(arena, "{name: REDIS_ADDRESS, value: %s}", rows[i].address);
        Objects objects = with_admin(arena, variable.p, rows[i].service);
        if (!!object_of(&objects, S("NetworkPolicy"), S("mailu"), S("mailu-redis-clients")) != rows[i].closed)
            fail_msg("row %zu: found %s policy for Redis", i, rows[i].closed ? "no" : "a");
    }
    test_arena_done(arena);
}

static void by_which_database_it_is(void **state) {
    (void)state;
    static const struct {
        const char *flavor, *host;
        int port;
    } rows[] = {
        {"postgresql", "db", 5432},
        {"postgresql", "db:5433", 5433},
        {"mysql", "db", 3306},
        {"mysql", "db:3307", 3307},
    };
    Arena *arena = test_arena();
    for (size_t i = 0; i < COUNT(rows); i++) {
        Str environment = str_format(arena, "{name: DB_FLAVOR, value: %s}, {name: DB_HOST, value: '%s'}",
                                     rows[i].flavor, rows[i].host);
        Objects objects = with_admin(arena, environment.p, "");
        static const int all[] = {5432, 5433, 3306, 3307};
        for (size_t j = 0; j < COUNT(all); j++)
            if (!str_is(ways_by(&objects, all[j]), all[j] == rows[i].port ? "here" : "nowhere"))
                fail_msg("%s at %s: port %d is wrong", rows[i].flavor, rows[i].host, all[j]);
    }
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(by_what_they_let_in),  cmocka_unit_test(by_what_they_select),
    cmocka_unit_test(by_labels_that_tell),  cmocka_unit_test(by_where_redis_is),
    cmocka_unit_test(by_whose_redis_it_is), cmocka_unit_test(by_which_database_it_is),
};
SUITE(narrowing, tests);
