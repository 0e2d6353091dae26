/* Addresses follow what kustomize renamed; one that leads nowhere gets a warning. */
#include "tests/cases.h"
#include "tests/tests.h"

#define WAS "internal.config.kubernetes.io/previous"
#define ADMIN(data, env)                                                                                               \
    "apiVersion: v1\nkind: ConfigMap\n"                                                                                \
    "metadata: {name: env, namespace: post, annotations: {" WAS "Namespaces: 'default,post'}}\n"                       \
    "data: {DOMAIN: example.com, HOSTNAMES: mail.example.com, SUBNET: 10.42.0.0/16, SECRET_KEY: k, " data "}\n"        \
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: mailu-admin, namespace: post, annotations: {" WAS    \
    "Names: admin}}\nspec:\n"                                                                                          \
    "  selector: {matchLabels: {app: admin}}\n  template:\n    metadata: {labels: {app: admin}}\n    spec:\n"          \
    "      containers:\n      - name: admin\n        image: ghcr.io/mailu/admin:2024.06\n"                             \
    "        envFrom: [{configMapRef: {name: env}}]\n        env: [{name: A, value: b}" env "]\n"
#define SERVICE(name, was)                                                                                             \
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: " name ", namespace: post" was "}\n"                         \
    "spec: {selector: {app: other}, ports: [{port: 6379}]}\n"
#define RENAMED(name, was) SERVICE(name, ", annotations: {" WAS "Names: " was "}")

static const struct {
    const char *stream, *has, *said /* NULL: nothing of unknown Services */;
} rows[] = {
    /* short, with a port, with a password, as a URL, in a container, in full */
    {ADMIN("REDIS_ADDRESS: redis", "") RENAMED("my-redis", "redis"), "REDIS_ADDRESS: my-redis,", NULL},
    {ADMIN("REDIS_ADDRESS: 'redis:6380'", "") RENAMED("my-redis", "redis"), "my-redis:6380\"", NULL},
    {ADMIN("REDIS_ADDRESS: ':pw@redis:6380'", "") RENAMED("my-redis", "redis"), "\":pw@my-redis:6380\"", NULL},
    {ADMIN("REDIS_ADDRESS: redis.post", "") RENAMED("my-redis", "redis"), "REDIS_ADDRESS: my-redis.post,", NULL},
    {ADMIN("RATELIMIT_STORAGE_URL: 'redis://:pw@redis.default.svc.cluster.local:6379/2'", "")
         RENAMED("my-redis", "redis"),
     "redis://:pw@my-redis.post.svc.cluster.local:6379/2", NULL},
    {ADMIN("A: b", ", {name: QUOTA_STORAGE_URL, value: 'redis://redis/1'}") RENAMED("my-redis", "redis"),
     "redis://my-redis/1", NULL},
    {ADMIN("OLETOOLS_ADDRESS: ole.default.svc", "") RENAMED("my-ole", "ole"), "OLETOOLS_ADDRESS: my-ole.post.svc,",
     NULL},
    {ADMIN("FTS_ATTACHMENTS_ADDRESS: tika", "") RENAMED("tika-2", "'old,tika'"), "FTS_ATTACHMENTS_ADDRESS: tika-2,",
     NULL},
    {ADMIN("DB_FLAVOR: postgresql, DB_HOST: 'db:5433'", "") RENAMED("my-db", "db"), "my-db:5433\"", NULL},
    /* moved, but not renamed */
    {ADMIN("REDIS_ADDRESS: redis.default.svc", "") SERVICE("redis", ""), "REDIS_ADDRESS: redis.post.svc,", NULL},
    /* not of this namespace, not a Service of the stream, not an address */
    {ADMIN("REDIS_ADDRESS: redis.shared.svc", "") RENAMED("my-redis", "redis"), "REDIS_ADDRESS: redis.shared.svc,",
     NULL},
    {ADMIN("REDIS_ADDRESS: cache.example.net", "") RENAMED("my-redis", "redis"), "REDIS_ADDRESS: cache.example.net,",
     NULL},
    {ADMIN("SITENAME: redis", "") RENAMED("my-redis", "redis"), "SITENAME: redis,", NULL},
    /* what has lost its way */
    {ADMIN("REDIS_ADDRESS: mailu-redis.post.svc", ""), "REDIS_ADDRESS: mailu-redis.post.svc,",
     "REDIS_ADDRESS: names the Service mailu-redis, which the stream does not have [unknownService]"},
    {ADMIN("REDIS_ADDRESS: redis, SECOND_HOST: db", "") SERVICE("my-redis", ", labels: {app: mailu}"),
     "REDIS_ADDRESS: redis,", "names the Service redis,"},
    {ADMIN("REDIS_ADDRESS: redis", "") SERVICE("my-credis", ", labels: {app: mailu}"), "REDIS_ADDRESS: redis,", NULL},
};

static void addresses_follow(void **state) {
    static const char *const sets[] = {"components.front=false",   "components.postfix=false",
                                       "components.dovecot=false", "components.rspamd=false",
                                       "components.webmail=false", "components.dovecotSubmission=false",
                                       "ingress.enabled=false"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        Str all[COUNT(sets)], said;
        for (size_t j = 0; j < COUNT(sets); j++)
            all[j] = str(sets[j]);
        Str out = case_run_twice(arena, str(rows[i].stream), all, COUNT(sets), &said);
        if (!str_has(out, rows[i].has))
            fail_msg("row %zu: no %s in\n%.*s", i, rows[i].has, F(out));
        if (!str_has(said, rows[i].said ? rows[i].said : "") || (!rows[i].said && str_has(said, "unknownService")))
            fail_msg("row %zu: said\n%.*s", i, F(said));
        test_arena_done(arena);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(addresses_follow),
};
SUITE(names, tests);
