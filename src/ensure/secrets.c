/* Secrets of a container: always by reference, and from where the containers of the stream have them already. */
#include "ensure/ensure.h"

static void own_secret(Ensure *e, Strength strength, const char *name, Str secret, Str key) {
    Manifest *m = e->part->workload;
    Arena *arena = e->model->arena;
    Node *there = container_variable(m->tree, e->part->container, str(name));
    if (!there) {
        append_item(e, strength, m, env_of(e),
                    build(arena, "{name:%s,valueFrom:{secretKeyRef:{name:%S,key:%S}}}", name, secret, key));
        return;
    }
    if (strength == DEFAULT)
        return;
    Node *value = map_get(m->tree, there, S("value"));
    if (value)
        remove_node(e, strength, m, value);
    set_value(e, strength, m, there, "valueFrom", build(arena, "{secretKeyRef:{name:%S,key:%S}}", secret, key));
}

/* A reference to a Secret's key that some container of this Mailu has for `name` already; false, with `*secret` and
 * `*key` as they were, when there is none. */
static bool find_secret(Ensure *e, const char *name, Str *secret, Str *key) {
    for (ComponentId id = 0; id < COMPONENTS; id++) {
        const Part *part = part_of(e->instance, id);
        if (!part)
            continue;
        Tree *tree = part->workload->tree;
        Node *variable_node = container_variable(tree, part->container, str(name));
        Node *ref = map_get(tree, map_get(tree, variable_node, S("valueFrom")), S("secretKeyRef"));
        Str ref_name = map_text(tree, ref, S("name")), ref_key = map_text(tree, ref, S("key"));
        if (!ref_name.n || !ref_key.n)
            continue;
        *secret = ref_name;
        *key = ref_key;
        return true;
    }
    return false;
}

/* Whether the container gets a Secret as a whole, which may hold anything. */
static bool takes_whole_secret(const Part *part) {
    Tree *tree = part->workload->tree;
    Node *sources = map_get(tree, part->container, S("envFrom"));
    for (Node *item = items_of(sources); item; item = node_next(item))
        if (map_get(tree, node_value(tree, item), S("secretRef")))
            return true;
    return false;
}

static void ensure_secret_key(Ensure *e) {
    Config *config = e->instance->config;
    Str secret = S("mailu-secrets"), key = S("secret-key");
    if (config_has(config, "secrets.mailuSecretKey"))
        own_secret(e, SET, "SECRET_KEY", config_get(config, "secrets.mailuSecretKey"), key);
    else if (!takes_whole_secret(e->part) &&
             !container_variable(e->part->workload->tree, e->part->container, S("SECRET_KEY_FILE"))) {
        find_secret(e, "SECRET_KEY", &secret, &key);
        own_secret(e, DEFAULT, "SECRET_KEY", secret, key);
    }
}

static void ensure_database_secret(Ensure *e) {
    static const char *const names[][2] = {{"DB_USER", "DB_PW"}, {"ROUNDCUBE_DB_USER", "ROUNDCUBE_DB_PW"}};
    Config *config = e->instance->config;
    const char *user = names[e->part->id == WEBMAIL][0], *password = names[e->part->id == WEBMAIL][1];
    Str secret = config_get(config, "database.postgresql.secretName"), key;
    bool roundcube = e->part->id == WEBMAIL && roundcube_is_ours(e);
    if (e->instance->settings.sqlite || (e->part->id != ADMIN && !roundcube))
        return;
    if (secret.n) {
        /* the config names admin's database; Roundcube's may have been given others */
        Strength strength = e->part->id == ADMIN ? SET : DEFAULT;
        own_secret(e, strength, user, secret, config_get(config, "database.postgresql.secretKeys.username"));
        own_secret(e, strength, password, secret, config_get(config, "database.postgresql.secretKeys.password"));
    } else if (find_secret(e, password, &secret, &key) || find_secret(e, "DB_PW", &secret, &key)) {
        own_secret(e, DEFAULT, password, secret, key);
        Str user_secret, user_key, admins = environment_of(e->instance, "DB_USER");
        if (find_secret(e, user, &user_secret, &user_key) || find_secret(e, "DB_USER", &user_secret, &user_key))
            own_secret(e, DEFAULT, user, user_secret, user_key);
        else if (admins.n && !environment_of(e->instance, user).n) /* with admin's password goes admin's user */
            own_text(e, DEFAULT, user, admins);
    } else if (e->part->added) {
        config_locate(config, "database.postgresql.secretName",
                      diagnose(e, ERROR, NULL, NULL, "needed to add %s with PostgreSQL", e->part->component->name));
    }
}

/* Kubernetes puts a variable into another's value only when it stands before it. */
static void put_before(Ensure *e, const char *first, const char *second) {
    Manifest *m = e->part->workload;
    bool passed = false;
    for (Node *item = node_first(env_of(e)); item; item = node_next(item)) {
        Str name = map_text(m->tree, node_value(m->tree, item), S("name"));
        passed |= str_is(name, first);
        if (!str_is(name, second) || passed)
            continue;
        remove_node(e, SET, m, item); /* it is added again, behind */
        return;
    }
}

/* Redis with a password. admin has REDIS_ADDRESS in a URL. rspamd's image writes it into `servers = "...";`, and that
 * is the one way to a second setting there: Kubernetes puts the password in, it never stands in a manifest. */
static void ensure_redis_password(Ensure *e) {
    Config *config = e->instance->config;
    const Settings *s = &e->instance->settings;
    Str server = str_format(e->model->arena, "%.*s:%d", F(s->redis_host), s->redis_port);
    own_secret(e, SET, "REDIS_PASSWORD", config_get(config, "redis.secretName"), config_get(config, "redis.secretKey"));
    put_before(e, "REDIS_PASSWORD", "REDIS_ADDRESS");
    own_text(e, SET, "REDIS_ADDRESS",
             e->part->id == ADMIN ? str_format(e->model->arena, ":$(REDIS_PASSWORD)@%.*s", F(server))
                                  : str_format(e->model->arena, "%.*s\"; password = \"$(REDIS_PASSWORD)", F(server)));
}

static void ensure_redis(Ensure *e) {
    Config *config = e->instance->config;
    bool password = config_has(config, "redis.secretName");
    /* The official chart names Redis once more, for admin's rate limits. Without, admin makes it out of REDIS_ADDRESS.
     */
    if (e->part->id == ADMIN && (password || config_has(config, "redis.host")) &&
        environment_of(e->instance, "RATELIMIT_STORAGE_URL").n)
        own_text(e, SET, "RATELIMIT_STORAGE_URL", S(""));
    if (password && (e->part->id == ADMIN || e->part->id == RSPAMD))
        ensure_redis_password(e);
}

static void ensure_admin_secrets(Ensure *e) {
    Config *config = e->instance->config;
    Manifest *m = e->part->workload;
    if (config_has(config, "secrets.initialAdminPassword")) {
        own_secret(e, SET, "INITIAL_ADMIN_PW", config_get(config, "secrets.initialAdminPassword"),
                   config_get(config, "secrets.initialAdminPasswordKey"));
    } else if (!container_variable(m->tree, e->part->container, S("INITIAL_ADMIN_PW"))) {
        /* cdk8s-mailu's name for it, which Mailu does not read */
        Str secret, key;
        if (find_secret(e, "INITIAL_ADMIN_PASSWORD", &secret, &key))
            own_secret(e, DEFAULT, "INITIAL_ADMIN_PW", secret, key);
    }
    if (e->instance->settings.api && config_has(config, "secrets.apiToken"))
        own_secret(e, SET, "API_TOKEN", config_get(config, "secrets.apiToken"),
                   config_get(config, "secrets.apiTokenKey"));
}

void ensure_secrets(Ensure *e) {
    if (e->part->component->reads_secret_key)
        ensure_secret_key(e);
    ensure_database_secret(e);
    ensure_redis(e);
    if (e->part->id == ADMIN)
        ensure_admin_secrets(e);
}
