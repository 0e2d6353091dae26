/* The settings of one Mailu: from the config, else the stream, else the defaults. Values from the stream go into files,
 * rules and URLs as well, so they have to pass the same checks as the config. */
#include "model/model.h"

#include "model/discover.h"
#include "spec/formats.h"

/* Where the stream sets it: in the ConfigMap, else in a container. */
static Node *place_of(const Instance *instance, const char *variable, const Manifest **m) {
    *m = instance->environment;
    Node *node = *m ? map_get((*m)->tree, map_get((*m)->tree, (*m)->root, S("data")), str(variable)) : NULL;
    for (const Part *part = NULL; !node && (part = next_part(instance, part));) {
        *m = part->workload;
        node = map_get((*m)->tree, container_variable((*m)->tree, part->container, str(variable)), S("value"));
    }
    return node;
}

/* The stream's value if it passes the check; an error if it does not. */
static Str found(Model *model, const Instance *instance, const char *variable, bool (*check)(Str),
                 const char *expected) {
    Str value = environment_of(instance, variable);
    if (!value.n || check(value))
        return value;
    const Manifest *m;
    Node *node = place_of(instance, variable, &m);
    model_error(model, m, node, "%s: found \"%.*s\", expected %s", variable, F(value), expected);
    return (Str){0};
}

static Str said_or_found(Model *model, const Instance *instance, const char *field, const char *variable,
                         bool (*check)(Str), const char *expected) {
    if (config_has(instance->config, field))
        return config_get(instance->config, field);
    Str value = found(model, instance, variable, check, expected);
    return value.n ? value : config_get(instance->config, field);
}

static bool are_hostnames(Str s) {
    while (s.n)
        if (!check_hostname(str_trim(str_cut(&s, ','))))
            return false;
    return true;
}

static bool is_size(Str s) {
    return s.n && s.n <= 15 && str_has_only(s, DIGITS);
}

static Str hostnames(Model *model, const Instance *instance) {
    Str given = config_texts(model->arena, instance->config, "hostnames", ",");
    return given.n ? given : found(model, instance, "HOSTNAMES", are_hostnames, "host names separated by commas");
}

/* The cluster's domain, from the addresses in the stream: mailu-admin.mailu.svc.cluster.local */
static Str cluster_domain(const Instance *instance) {
    static const char *const variables[] = {"ADMIN_ADDRESS", "SMTP_ADDRESS", "IMAP_ADDRESS", "ANTISPAM_ADDRESS"};
    if (config_has(instance->config, "clusterDomain"))
        return config_get(instance->config, "clusterDomain");
    for (size_t i = 0; i < COUNT(variables); i++) {
        Str address = environment_of(instance, variables[i]);
        ptrdiff_t at = str_find(address, S(".svc."));
        Str domain = at < 0 ? S("") : str_skip(address, (size_t)at + 5);
        if (check_hostname(domain))
            return domain;
    }
    return S("cluster.local");
}

/* "redis-master.databases:6379" */
static void host_and_port(Str address, Str *host, int *port) {
    Str rest = address;
    *host = str_cut(&rest, ':');
    if (rest.n)
        str_to_int(rest, port);
}

/* ":password@redis:6379" is how some include a password. */
static Str after_at(Str address) {
    return str_skip(address, (size_t)(str_find_last(address, '@') + 1));
}

static bool is_redis(Str address) {
    return check_host_port(after_at(address));
}

static void find_redis(Model *model, const Instance *instance, Settings *s) {
    Config *config = instance->config;
    Str address = environment_of(instance, "REDIS_ADDRESS");
    if (config_has(config, "redis.secretName") && !config_has(config, "redis.host")) /* it is written anew */
        address = found(model, instance, "REDIS_ADDRESS", is_redis, "a host, with or without a port");
    s->redis_host = S("redis");
    s->redis_port = config_int(config, "redis.port");
    if (config_has(config, "redis.host"))
        s->redis_host = config_get(config, "redis.host");
    else if (address.n)
        host_and_port(after_at(address), &s->redis_host, &s->redis_port);
    if (config_has(config, "redis.port"))
        s->redis_port = config_int(config, "redis.port");
    if (!check_hostname(s->redis_host)) /* only the policies use it */
        s->redis_host = S("");
}

static void find_database(Model *model, const Instance *instance, Settings *s) {
    Config *config = instance->config;
    Str type = config_get(config, "database.type"), flavor = environment_of(instance, "DB_FLAVOR");
    s->database_port = config_int(config, "database.postgresql.port");
    if (type.n)
        s->sqlite = str_is(type, "sqlite");
    else if (config_has(config, "database.postgresql.host"))
        s->sqlite = false;
    else
        s->sqlite = !flavor.n || str_is(flavor, "sqlite");
    if (s->sqlite)
        return;
    if (str_is(flavor, "mysql") && !type.n)
        s->database_port = 3306;
    if (config_has(config, "database.postgresql.host"))
        s->database_host = config_get(config, "database.postgresql.host");
    else
        host_and_port(found(model, instance, "DB_HOST", check_host_port, "a host, with or without a port"),
                      &s->database_host, &s->database_port);
    if (config_has(config, "database.postgresql.port"))
        s->database_port = config_int(config, "database.postgresql.port");
    if (!s->database_host.n) {
        config_locate(config, "database.postgresql.host",
                      model_error(model, NULL, NULL, "needed for database.type: postgresql"));
    }
}

/* Roundcube's is the same, unless its own environment says otherwise. */
static void find_roundcube_database(const Instance *instance, Settings *s) {
    Str flavor = environment_of(instance, "ROUNDCUBE_DB_FLAVOR");
    Str address = environment_of(instance, "ROUNDCUBE_DB_HOST");
    bool moved = config_has(instance->config, "database.postgresql.roundcubeDatabase");
    s->roundcube_sqlite = flavor.n && !moved ? str_is(flavor, "sqlite") : s->sqlite;
    s->roundcube_host = s->database_host;
    s->roundcube_port = s->database_port;
    if (!flavor.n || !check_host_port(address))
        return;
    s->roundcube_port = str_is(flavor, "mysql") ? 3306 : 5432;
    host_and_port(address, &s->roundcube_host, &s->roundcube_port);
}

/* MESSAGE_SIZE_LIMIT is in bytes, the config's in MB. */
static Str message_size_limit(Model *model, const Instance *instance) {
    if (!config_has(instance->config, "mailu.messageSizeLimit")) {
        Str value = found(model, instance, "MESSAGE_SIZE_LIMIT", is_size, "a number of bytes");
        if (value.n)
            return value;
    }
    return str_format(model->arena, "%lld", 1048576LL * config_int(instance->config, "mailu.messageSizeLimit"));
}

static bool is_admin_path(Str s) {
    return check_url_path(s) && !holds_internal(s, S("Prefix"));
}

static Str path_or(Model *model, const Instance *instance, const char *variable, bool (*check)(Str),
                   const char *expected, const char *fallback) {
    Str path = found(model, instance, variable, check, expected);
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    return path.n ? path : str(fallback);
}

static bool is_webmail(Str s) {
    return str_is(s, "roundcube") || str_is(s, "snappymail") || str_is(s, "none");
}

static bool is_truth(Str s) {
    return str_is(s, "true") || str_is(s, "True") || str_is(s, "yes");
}

/* ---- where settings come from ---- */

static void show_setting(Model *model, Instance *instance, const char *name, Str value, const char *field,
                         const char *variable) {
    ShownSetting *s = PUSH(model->arena, &instance->shown_settings);
    *s = (ShownSetting){.name = name, .value = value};
    if (config_has(instance->config, field))
        s->origin = ORIGIN_CONFIG;
    else if (value.n && place_of(instance, variable, &s->found_in))
        s->origin = ORIGIN_STREAM;
    if (s->origin != ORIGIN_STREAM)
        s->found_in = NULL;
}

static Str address_with_port(Model *model, Str host, int port) {
    return host.n ? str_format(model->arena, "%.*s:%d", F(host), port) : host;
}

/* Call it before the passes add missing variables to the environment: later, all of them would seem to be found. */
static void show_settings(Model *model, Instance *instance) {
    const Settings *s = &instance->settings;
    Str database = s->sqlite ? S("sqlite") : address_with_port(model, s->database_host, s->database_port);
    Str roundcube = s->roundcube_sqlite ? S("sqlite") : address_with_port(model, s->roundcube_host, s->roundcube_port);
    const char *database_host = s->sqlite ? "database.type" : "database.postgresql.host";
    show_setting(model, instance, "domain", s->domain, "domain", "DOMAIN");
    show_setting(model, instance, "host names", s->hostnames, "hostnames", "HOSTNAMES");
    show_setting(model, instance, "pod network", s->subnet, "subnet", "SUBNET");
    if (s->subnet6.n)
        show_setting(model, instance, "pod network (IPv6)", s->subnet6, "subnet6", "SUBNET6");
    show_setting(model, instance, "database", database, database_host, s->sqlite ? "DB_FLAVOR" : "DB_HOST");
    if (str_is(s->webmail, "roundcube"))
        show_setting(model, instance, "Roundcube's database", roundcube, "database.postgresql.roundcubeDatabase",
                     s->roundcube_sqlite ? "ROUNDCUBE_DB_FLAVOR" : "ROUNDCUBE_DB_HOST");
    show_setting(model, instance, "Redis", address_with_port(model, s->redis_host, s->redis_port), "redis.host",
                 "REDIS_ADDRESS");
    show_setting(model, instance, "webmail", s->webmail, "mailu.webmailType", "WEBMAIL");
    show_setting(model, instance, "largest message (bytes)", s->message_size_limit, "mailu.messageSizeLimit",
                 "MESSAGE_SIZE_LIMIT");
}

void find_settings(Model *model, Instance *instance) {
    Config *config = instance->config;
    Settings *s = &instance->settings;
    s->domain = said_or_found(model, instance, "domain", "DOMAIN", check_hostname, "a domain name");
    s->hostnames = hostnames(model, instance);
    s->subnet = said_or_found(model, instance, "subnet", "SUBNET", check_cidr4, "an IPv4 network such as 10.42.0.0/16");
    s->subnet6 =
        said_or_found(model, instance, "subnet6", "SUBNET6", check_cidr6, "an IPv6 network such as fd00:42::/48");
    s->postmaster = said_or_found(model, instance, "mailu.postmaster", "POSTMASTER", check_local_part,
                                  "the part of an address before the '@'");
    s->cluster_domain = cluster_domain(instance);
    s->message_size_limit = message_size_limit(model, instance);
    s->web_admin = path_or(model, instance, "WEB_ADMIN", is_admin_path,
                           "a path without /internal below it, such as /admin", "/admin");
    s->web_webmail = path_or(model, instance, "WEB_WEBMAIL", check_url_path, "a path such as /webmail", "/webmail");
    s->web_api =
        path_or(model, instance, "WEB_API", is_admin_path, "a path without /internal below it, such as /api", "/api");
    s->webmail =
        said_or_found(model, instance, "mailu.webmailType", "WEBMAIL", is_webmail, "roundcube, snappymail or none");
    if (str_is(s->webmail, "none")) /* it says that there is no webmail, not which */
        s->webmail = config_get(config, "mailu.webmailType");
    s->api = config_has(config, "mailu.apiEnabled") ? config_bool(config, "mailu.apiEnabled")
                                                    : is_truth(environment_of(instance, "API"));
    find_redis(model, instance, s);
    find_database(model, instance, s);
    find_roundcube_database(instance, s);
    discover_servers(model, instance);
    if (model->keep_history)
        show_settings(model, instance);
}
