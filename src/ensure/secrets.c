/* Secrets of a container: always by reference, and from where the stream's containers have them already. */
#include "ensure/ensure.h"

#include "model/variables.h"

static void own_secret(Ensure *e, Strength strength, const char *name, Str secret, Str key) {
    own_variable(e, strength, name, "valueFrom", build(e->arena, "{secretKeyRef:{name:%S,key:%S}}", secret, key));
}

/* Gives the container an item of the environment unless it has one of that name. */
static void give_variable(Ensure *e, const char *name, const VariableSource *source) {
    if (source->value_from)
        own_variable(e, DEFAULT, name, "valueFrom", source->value_from);
    else
        own_text(e, DEFAULT, name, source->value);
}

/* The part that reads Secrets and ConfigMaps which are not in the stream, and so may have anything. */
static const Part *reader_of_unknown(Ensure *e) {
    for (const Part *part = NULL; (part = next_part(e->instance, part));)
        EACH_ITEM(source, part->workload->tree, map_get(part->workload->tree, part->container, S("envFrom")))
            if (reads_unknown(e->instance, part->workload->tree, source))
                return part;
    return NULL;
}

/* Has an added container read what `other` reads of these. */
static void read_unknown_of(Ensure *e, const Part *other) {
    Manifest *m = e->part->workload;
    Tree *tree = other->workload->tree;
    EACH_ITEM(source, tree, map_get(tree, other->container, S("envFrom")))
        if (reads_unknown(e->instance, tree, source))
            append_item(e, DEFAULT, m, sequence_at(e, m, e->part->container, "envFrom"),
                        node_copy(tree, e->arena, source));
}

/* Gives the container `name` from where the others have `theirs`, unless it has it already. Returns whether it has it
 * now, or may have it from what is not in the stream. */
static bool obtain(Ensure *e, const char *name, const char *theirs) {
    VariableSource source;
    if (variable_provided(e->instance, e->part, name) != NOT_PROVIDED)
        return true;
    if (find_variable_source(e->model, e->instance, theirs, &source)) {
        give_variable(e, name, &source);
        return true;
    }
    const Part *other = e->part->added && str_is(str(name), theirs) ? reader_of_unknown(e) : NULL;
    if (other)
        read_unknown_of(e, other);
    return other;
}

/* The default Secret: whoever creates a new Mailu creates it, too. For an existing Mailu it may not exist. */
static void expect_usual_secret(Ensure *e) {
    Str usual = S("mailu-secrets");
    own_secret(e, DEFAULT, "SECRET_KEY", usual, S("secret-key"));
    for (const Part *other = NULL; (other = next_part(e->instance, other));) {
        if (other->added || find_manifest(e, KIND_SECRET, usual))
            continue;
        warn(e, WARN_SECRET, e->part->workload, e->part->container,
             "SECRET_KEY is not in the stream; the Secret %.*s must have it under the key secret-key; to use another, "
             "set secrets.mailuSecretKey",
             F(usual));
        return;
    }
}

/* The mount through which a container sees a file of a Secret; NULL when it sees none there. `*volume` is what is
 * mounted. */
static Node *mount_of_file(const Part *part, Str path, Node **volume) {
    Tree *tree = part->workload->tree;
    EACH_ITEM(mount, tree, map_get(tree, part->container, S("volumeMounts"))) {
        Str there = map_text(tree, mount, S("mountPath"));
        *volume = volume_of(part, mount);
        bool has_secret = map_get(tree, *volume, S("secret")) || map_get(tree, *volume, S("projected")) ||
                          map_get(tree, *volume, S("csi"));
        if (there.n && has_secret && str_starts(path, there) && (path.n == there.n || path.p[there.n] == '/'))
            return mount;
    }
    return NULL;
}

/* With SECRET_KEY_FILE every container opens that file: one that is added sees it where the others do. Returns whether
 * the key is read that way. */
static bool read_key_file(Ensure *e) {
    static const char name[] = "SECRET_KEY_FILE";
    Part *part = e->part;
    Manifest *m = part->workload;
    if (!part->added)
        return variable_provided(e->instance, part, name) == PROVIDED;
    for (const Part *other = NULL; (other = next_part(e->instance, other));) {
        Node *volume, *mount;
        Str path = variable_of(e->instance, other, name);
        if (!path.n || other->added || !(mount = mount_of_file(other, path, &volume)))
            continue;
        Tree *tree = other->workload->tree;
        append_item(e, DEFAULT, m, sequence_at(e, m, part->pod, "volumes"), node_copy(tree, e->arena, volume));
        append_item(e, DEFAULT, m, sequence_at(e, m, part->container, "volumeMounts"),
                    node_copy(tree, e->arena, mount));
        if (variable_provided(e->instance, part, name) != PROVIDED)
            own_text(e, DEFAULT, name, path);
        return true;
    }
    return false;
}

static void ensure_secret_key(Ensure *e) {
    bool by_file = read_key_file(e);
    if (!e->part->component->reads_secret_key)
        return;
    if (config_has(e->config, "secrets.mailuSecretKey"))
        own_secret(e, SET, "SECRET_KEY", config_get(e->config, "secrets.mailuSecretKey"), S("secret-key"));
    else if (!by_file && !obtain(e, "SECRET_KEY", "SECRET_KEY"))
        expect_usual_secret(e);
}

static void ensure_database_secret(Ensure *e) {
    static const char *const names[][2] = {{"DB_USER", "DB_PW"}, {"ROUNDCUBE_DB_USER", "ROUNDCUBE_DB_PW"}};
    const char *user = names[e->part->id == WEBMAIL][0], *password = names[e->part->id == WEBMAIL][1];
    Str secret = config_get(e->config, "database.postgresql.secretName"),
        admins = environment_of(e->instance, "DB_USER");
    bool roundcube = e->part->id == WEBMAIL && roundcube_is_ours(e);
    if (e->instance->settings.sqlite || (e->part->id != ADMIN && !roundcube))
        return;
    if (secret.n) {
        /* the config names admin's database; Roundcube's may have been given others */
        Strength strength = e->part->id == ADMIN ? SET : DEFAULT;
        own_secret(e, strength, user, secret, config_get(e->config, "database.postgresql.secretKeys.username"));
        own_secret(e, strength, password, secret, config_get(e->config, "database.postgresql.secretKeys.password"));
    } else if (obtain(e, password, password) || obtain(e, password, "DB_PW")) {
        if (obtain(e, user, user))
            return;
        if (admins.n) /* admin's password belongs to admin's user */
            own_text(e, DEFAULT, user, admins);
        else
            obtain(e, user, "DB_USER");
    } else if (e->part->added) {
        config_locate(e->config, "database.postgresql.secretName",
                      diagnose(e, ERROR, NULL, NULL, "needed to add %s with PostgreSQL", e->part->component->name));
    }
}

/* Kubernetes expands a variable in another's value only when it comes before it. */
static void put_before(Ensure *e, const char *first, const char *second) {
    Manifest *m = e->part->workload;
    bool passed = false;
    EACH_ITEM(variable, m->tree, env_of(e)) {
        Str name = map_text(m->tree, variable, S("name"));
        passed |= str_is(name, first);
        if (!str_is(name, second) || passed)
            continue;
        remove_node(e, SET, m, variable); /* it is added again at the end */
        return;
    }
}

/* Redis with a password. admin has REDIS_ADDRESS in a URL. rspamd's image writes it into `servers = "...";`, and that
 * is the one way to a second setting there: Kubernetes inserts the password, it is never in a manifest. */
static void ensure_redis_password(Ensure *e) {
    const Settings *s = &e->instance->settings;
    Str server = str_format(e->arena, "%.*s:%d", F(s->redis_host), s->redis_port);
    own_secret(e, SET, "REDIS_PASSWORD", config_get(e->config, "redis.secretName"),
               config_get(e->config, "redis.secretKey"));
    put_before(e, "REDIS_PASSWORD", "REDIS_ADDRESS");
    own_text(e, SET, "REDIS_ADDRESS",
             e->part->id == ADMIN ? str_format(e->arena, ":$(REDIS_PASSWORD)@%.*s", F(server))
                                  : str_format(e->arena, "%.*s\"; password = \"$(REDIS_PASSWORD)", F(server)));
}

static void ensure_redis(Ensure *e) {
    bool password = config_has(e->config, "redis.secretName");
    /* The official chart names Redis once more, for admin's rate limits. Without it, admin derives it from
     * REDIS_ADDRESS. */
    if (e->part->id == ADMIN && (password || config_has(e->config, "redis.host")) &&
        environment_of(e->instance, "RATELIMIT_STORAGE_URL").n)
        own_text(e, SET, "RATELIMIT_STORAGE_URL", S(""));
    if (password && (e->part->id == ADMIN || e->part->id == RSPAMD))
        ensure_redis_password(e);
}

static void ensure_admin_secrets(Ensure *e) {
    if (config_has(e->config, "secrets.initialAdminPassword")) {
        own_secret(e, SET, "INITIAL_ADMIN_PW", config_get(e->config, "secrets.initialAdminPassword"),
                   config_get(e->config, "secrets.initialAdminPasswordKey"));
    } else {
        /* cdk8s-mailu's name for it, which Mailu does not read */
        obtain(e, "INITIAL_ADMIN_PW", "INITIAL_ADMIN_PASSWORD");
    }
    if (e->instance->settings.api && config_has(e->config, "secrets.apiToken"))
        own_secret(e, SET, "API_TOKEN", config_get(e->config, "secrets.apiToken"),
                   config_get(e->config, "secrets.apiTokenKey"));
}

void ensure_secrets(Ensure *e) {
    if (e->part->component->reads_environment)
        ensure_secret_key(e);
    ensure_database_secret(e);
    ensure_redis(e);
    if (e->part->id == POSTFIX && e->part->added && environment_of(e->instance, "RELAYHOST").n) {
        obtain(e, "RELAYUSER", "RELAYUSER");
        obtain(e, "RELAYPASSWORD", "RELAYPASSWORD");
    }
    if (e->part->id == ADMIN)
        ensure_admin_secrets(e);
}

/* An existing Roundcube may keep its address books in a file on its claim: it is not moved to another database unless
 * the config or its own environment names one. */
bool roundcube_is_ours(Ensure *e) {
    const Part *webmail = part_of(e->instance, WEBMAIL);
    if (!webmail || str_is(e->instance->settings.webmail, "snappymail"))
        return false;
    Str flavor = environment_of(e->instance, "ROUNDCUBE_DB_FLAVOR");
    return webmail->added || config_has(e->config, "database.postgresql.roundcubeDatabase") ||
           (flavor.n && !str_is(flavor, "sqlite"));
}
