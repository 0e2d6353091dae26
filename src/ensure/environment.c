/* The environment: one ConfigMap that all read, with the full service discovery; and what a single container needs
 * besides. */
#include "ensure/ensure.h"

#include "model/discover.h"

/* ---- the shared ConfigMap ---- */

/* The ConfigMap to write to. When the containers read another one that can't be changed, ours comes after it and has
 * only what is required. */
typedef struct Shared {
    Manifest *m;
    Node *data;
    bool sparse;
} Shared;

static bool reads_another(const Instance *instance, const Manifest *ours) {
    for (const Part *part = NULL; (part = next_part(instance, part));) {
        if (part->added || !part->component->reads_environment)
            continue;
        Tree *tree = part->workload->tree;
        Node *sources = map_get(tree, part->container, S("envFrom"));
        EACH_ITEM(source, tree, sources)
            if (!has_name(ours, map_text(tree, map_get(tree, source, S("configMapRef")), S("name"))))
                return true;
    }
    return false;
}

typedef struct MapSearch {
    Str name;
    bool found;
} MapSearch;

static void find_map(void *context, const Manifest *m, Kind kind, Node *reference, Str name) {
    MapSearch *search = context;
    (void)m, (void)reference;
    search->found |= kind == KIND_CONFIG_MAP && str_eq(name, search->name);
}

/* A ConfigMap that is read but not in the stream is in the cluster, and one of ours by its name would overwrite it. */
static void refuse_to_overwrite(Ensure *e, Str name) {
    for (const Part *part = NULL; (part = next_part(e->instance, part));) {
        MapSearch search = {.name = name};
        if (!part->added)
            each_reference(part, find_map, &search);
        if (!search.found)
            continue;
        diagnose(e, ERROR, part->workload, part->container,
                 "reads ConfigMap %.*s, which is not in the stream, and a new one would overwrite it; expected the "
                 "whole of this Mailu, or patch.environment: false",
                 F(name));
        return;
    }
}

static Shared shared_of(Ensure *e) {
    Instance *instance = e->instance;
    Str name = prefixed(e, "environment");
    if (!instance->environment) {
        refuse_to_overwrite(e, name);
        instance->environment = add_manifest(e, KIND_CONFIG_MAP, name, NULL, NULL);
    }
    Manifest *m = instance->environment;
    return (Shared){m, mapping_at(e, m, m->root, "data"), str_eq(m->name, name) && reads_another(instance, m)};
}

static void variable(Ensure *e, const Shared *shared, Strength strength, const char *name, Str value) {
    if (value.n && !(shared->sparse && strength == DEFAULT))
        set_text(e, strength, shared->m, shared->data, name, value);
}

/* A variable that a field of the config sets; values in single containers count as found. */
static void from_config(Ensure *e, const Shared *shared, const char *name, const char *field) {
    Str value = config_get(e->config, field);
    if (!config_has(e->config, field) && environment_of(e->instance, name).n)
        value = environment_of(e->instance, name);
    variable(e, shared, strength_of(e->config, field), name, value);
}

/* Whether an address leads to a Service of the part: by its name, in the same namespace if it says one. */
static bool leads_to(Ensure *e, Str address, const Part *part) {
    Str host = str_cut(&address, '.'), namespace = str_cut(&address, '.');
    if (namespace.n && e->instance->namespace.n && !str_eq(namespace, e->instance->namespace))
        return false;
    for (size_t i = 0; i < part->services.n; i++)
        if (str_eq(part->services.at[i]->name, host))
            return true;
    return false;
}

static void put_addresses(Ensure *e, const Shared *shared) {
    for (size_t i = 0; i < address_variable_count; i++) {
        const Part *part = part_of(e->instance, address_variables[i].id);
        if (part && !leads_to(e, map_text(shared->m->tree, shared->data, str(address_variables[i].name)), part))
            variable(e, shared, REQUIRE, address_variables[i].name,
                     address_of(e->model, e->instance, address_variables[i].id));
    }
}

/* The variable that enables an optional component; "none" when it does not exist. */
static void put_choice(Ensure *e, const Shared *shared, Strength strength, const char *name, ComponentId id,
                       Str choice) {
    const Part *part = part_of(e->instance, id);
    if (part)
        variable(e, shared, part->added ? REQUIRE : strength, name, choice);
    else
        variable(e, shared, DEFAULT, name, S("none"));
}

/* Whether admin shows the page on which users configure fetching. */
static void put_fetchmail(Ensure *e, const Shared *shared) {
    const Part *part = part_of(e->instance, FETCHMAIL);
    if (part && part->added)
        variable(e, shared, REQUIRE, "FETCHMAIL_ENABLED", S("true"));
    else if (!environment_of(e->instance, "FETCHMAIL_ENABLED").n)
        variable(e, shared, DEFAULT, "FETCHMAIL_ENABLED", part ? S("true") : S("false"));
}

static Str with_port(Ensure *e, Str host, int port, int usual) {
    return port == usual ? host : str_format(e->arena, "%.*s:%d", F(host), port);
}

static void put_database(Ensure *e, const Shared *shared) {
    const Settings *s = &e->instance->settings;
    bool said = config_has(e->config, "database.type") || config_has(e->config, "database.postgresql.host");
    Strength strength = said ? SET : DEFAULT;
    variable(e, shared, strength, "DB_FLAVOR", s->sqlite ? S("sqlite") : S("postgresql"));
    if (roundcube_is_ours(e))
        variable(e, shared, strength_of(e->config, "database.postgresql.roundcubeDatabase"), "ROUNDCUBE_DB_FLAVOR",
                 s->sqlite ? S("sqlite") : S("postgresql"));
    if (s->sqlite)
        return;
    Str host = with_port(e, s->database_host, s->database_port, 5432);
    variable(e, shared, config_has(e->config, "database.postgresql.port") ? SET : strength, "DB_HOST", host);
    from_config(e, shared, "DB_NAME", "database.postgresql.database");
    if (!roundcube_is_ours(e))
        return;
    variable(e, shared, DEFAULT, "ROUNDCUBE_DB_HOST", host);
    from_config(e, shared, "ROUNDCUBE_DB_NAME", "database.postgresql.roundcubeDatabase");
}

static void put_redis(Ensure *e, const Shared *shared) {
    const Settings *s = &e->instance->settings;
    Str there = environment_of(e->instance, "REDIS_ADDRESS");
    bool host = config_has(e->config, "redis.host"), port = config_has(e->config, "redis.port");
    if (port && !host && str_find_char(there, '@') >= 0)
        warn_field_not_applied(e, "redis.port", "REDIS_ADDRESS contains a password; expected redis.host to be set too");
    else if (host || port || !there.n)
        variable(e, shared, host || port ? SET : DEFAULT, "REDIS_ADDRESS",
                 with_port(e, s->redis_host, s->redis_port, 6379));
}

static void put_initial_account(Ensure *e, const Shared *shared) {
    if (!config_bool(e->config, "mailu.initialAccount.enabled"))
        return;
    Str domain = config_get(e->config, "mailu.initialAccount.domain");
    variable(e, shared, SET, "INITIAL_ADMIN_ACCOUNT", config_get(e->config, "mailu.initialAccount.username"));
    variable(e, shared, SET, "INITIAL_ADMIN_DOMAIN", domain.n ? domain : e->instance->settings.domain);
    variable(e, shared, SET, "INITIAL_ADMIN_MODE", config_get(e->config, "mailu.initialAccount.mode"));
}

/* The networks where Traefik may be. */
static Str traefik_networks(Ensure *e) {
    Str subnet = e->instance->settings.subnet;
    Str networks = config_texts(e->arena, e->config, "ingress.traefik.networks", ",");
    return str_format(e->arena, "%.*s%s%.*s", F(subnet), subnet.n && networks.n ? "," : "", F(networks));
}

void ensure_shared_environment(Ensure *e) {
    const Settings *s = &e->instance->settings;
    Shared shared = shared_of(e);
    variable(e, &shared, strength_of(e->config, "domain"), "DOMAIN", s->domain);
    variable(e, &shared, strength_of(e->config, "hostnames"), "HOSTNAMES", s->hostnames);
    variable(e, &shared, strength_of(e->config, "subnet"), "SUBNET", s->subnet);
    variable(e, &shared, strength_of(e->config, "subnet6"), "SUBNET6", s->subnet6);
    variable(e, &shared, REQUIRE, "TLS_FLAVOR", S("notls"));
    put_addresses(e, &shared);
    put_redis(e, &shared);
    put_database(e, &shared);
    put_initial_account(e, &shared);
    put_choice(e, &shared, strength_of(e->config, "mailu.webmailType"), "WEBMAIL", WEBMAIL, s->webmail);
    put_choice(e, &shared, strength_of(e->config, "ingress.traefik.webdav"), "WEBDAV", WEBDAV, S("radicale"));
    put_choice(e, &shared, DEFAULT, "ANTIVIRUS", CLAMAV, S("clamav"));
    put_fetchmail(e, &shared);
    /* Every container would apply it to its own listeners, and dovecot would send its redirects to the public name. */
    if (environment_of(e->instance, "PROXY_PROTOCOL").n)
        set_text(e, REQUIRE, shared.m, shared.data, "PROXY_PROTOCOL", S(""));
    if (!environment_of(e->instance, "RECIPIENT_DELIMITER").n)
        variable(e, &shared, DEFAULT, "RECIPIENT_DELIMITER", S("+"));
    variable(e, &shared, DEFAULT, "ADMIN", S("true"));
    variable(e, &shared, DEFAULT, "WEB_ADMIN", s->web_admin);
    variable(e, &shared, DEFAULT, "WEB_WEBMAIL", s->web_webmail);
    variable(e, &shared, strength_of(e->config, "mailu.apiEnabled"), "API", s->api ? S("true") : S("false"));
    if (s->api)
        variable(e, &shared, DEFAULT, "WEB_API", s->web_api);
    variable(e, &shared, strength_of(e->config, "mailu.messageSizeLimit"), "MESSAGE_SIZE_LIMIT", s->message_size_limit);
    from_config(e, &shared, "MESSAGE_RATELIMIT", "mailu.messageRatelimit");
    from_config(e, &shared, "POSTMASTER", "mailu.postmaster");
    from_config(e, &shared, "LOG_LEVEL", "mailu.logLevel");
    from_config(e, &shared, "RELAYHOST", "mailu.relayHost");
    variable(e, &shared, SET, "RELAYNETS", config_texts(e->arena, e->config, "mailu.relayNets", ","));
    from_config(e, &shared, "COMPRESSION", "mailu.compression");
    from_config(e, &shared, "COMPRESSION_LEVEL", "mailu.compressionLevel");
    from_config(e, &shared, "TZ", "timezone");
    /* Traefik connects to the pods; what it says about the client is trusted only from there. */
    variable(e, &shared, DEFAULT, "REAL_IP_HEADER", S("X-Forwarded-For"));
    variable(e, &shared, DEFAULT, "REAL_IP_FROM", traefik_networks(e));
    /* with notls Mailu would drop it, but the browser uses TLS to Traefik. */
    variable(e, &shared, DEFAULT, "SESSION_COOKIE_SECURE", S("true"));
    variable(e, &shared, DEFAULT, "MAILU_HELM_CHART", S("true")); /* without, admin refuses to run outside Docker */
}

/* ---- a container's own ---- */

/* A container's own environment overrides the ConfigMap, so it must not have values that break Mailu. */
static void correct_own(Ensure *e) {
    Manifest *m = e->part->workload;
    Node *flavor = container_variable(m->tree, e->part->container, S("TLS_FLAVOR"));
    if (flavor && e->part->id != ADMIN)
        own_text(e, REQUIRE, "TLS_FLAVOR", S("notls"));
    if (container_variable(m->tree, e->part->container, S("PROXY_PROTOCOL")))
        own_text(e, REQUIRE, "PROXY_PROTOCOL", S(""));
    for (size_t i = 0; i < address_variable_count; i++) {
        const Part *target = part_of(e->instance, address_variables[i].id);
        Node *own = container_variable(m->tree, e->part->container, str(address_variables[i].name));
        bool by_design = str_is(str(address_variables[i].name), "FRONT_ADDRESS") &&
                         (e->part->id == DOVECOT || e->part->id == WEBMAIL);
        if (own && target && !by_design && !leads_to(e, map_text(m->tree, own, S("value")), target))
            own_text(e, REQUIRE, address_variables[i].name, address_of(e->model, e->instance, address_variables[i].id));
    }
}

static void read_shared(Ensure *e) {
    Manifest *m = e->part->workload;
    Shared shared = shared_of(e);
    Node *sources = sequence_at(e, m, e->part->container, "envFrom");
    if (!reads_map(e->part, shared.m))
        append_item(e, REQUIRE, m, sources, build(e->arena, "{configMapRef:{name:%S}}", shared.m->name));
}

/* admin tells users and DNS which ports there are: with notls 143 and 25, and "no such service" for those with TLS. It
 * has no other use for the two (core/admin/mailu/models.py and ui/templates/client.html). 587 is not among the ports:
 * there Mailu means STARTTLS. */
static void tell_admin_of_tls(Ensure *e) {
    own_text(e, REQUIRE, "TLS_FLAVOR", S("mail"));
    own_text(e, DEFAULT, "PORTS", S("25,80,443,465,993,995"));
}

void ensure_environment(Ensure *e) {
    Part *part = e->part;
    Str postfix = address_of(e->model, e->instance, POSTFIX);
    /* Kubernetes' NAME_PORT=tcp://... variables would collide with Mailu's own. */
    set_false(e, REQUIRE, part->workload, part->pod, "enableServiceLinks");
    ensure_secrets(e);
    if (part->component->reads_environment) {
        correct_own(e);
        read_shared(e);
    }
    /* dovecot's submission_host: redirects and vacation mails, by port 25. FRONT_ADDRESS is dovecot itself for all
     * others. */
    if (part->id == DOVECOT && postfix.n)
        own_text(e, REQUIRE, "FRONT_ADDRESS", postfix);
    if (part->id == ADMIN)
        tell_admin_of_tls(e);
    /* fetchmail delivers mail to be scanned to port 25 of FRONT_ADDRESS, where dovecot does not listen, or, when front
     * speaks the PROXY protocol, to the first of HOSTNAMES: so that is postfix here. */
    if (part->id == FETCHMAIL && postfix.n) {
        own_text(e, REQUIRE, "HOSTNAMES", postfix);
        own_text(e, REQUIRE, "PROXY_PROTOCOL_25", S("True"));
    }
}
