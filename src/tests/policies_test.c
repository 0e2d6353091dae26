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
#include "tests/network.h"
#include "tests/tests.h"
#include "yaml/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Beside the components and the peers of the catalogue. */
enum {
    BYSTANDER = PEERS, /* a pod of something else in the same namespace */
    HELPER,            /* one of the same release that plays no part: a backup job, say */
    FOREIGNER,         /* a pod in another namespace that calls itself mailu's front */
    TENANT,            /* a pod in a namespace where a database or Redis may be */
    SCRAPER,           /* Prometheus, in a namespace of its own */
    NODE,              /* another node: an address of the private network that is no pod's */
    METADATA,          /* a cloud's own service, which hands out credentials */
    OTHER,             /* a workload of the stream that plays no part */
    ENDS
};

static const char *const end_names[ENDS - PEERS] = {"bystander", "helper", "foreigner", "tenant",
                                                    "scraper",   "node",   "metadata",  "other"};

static const char *name_of(int end) {
    return end < COMPONENTS ? components[end].name : end < PEERS ? peer_names[end] : end_names[end - PEERS];
}

/* ---- who may reach whom ---- */

/* In the place of a port: the one that the stream names. */
enum {
    REDIS_PORT = -1,
    DATABASE_PORT = -2,
    SUBMISSION_RELAY = -3,
    RELAY_HOST_PORT = -4,
    FRONT_HTTP = -5,
    CALENDARS = -6,
    SPAM_PAGE = -7
};

static const struct {
    int from, to, port;
    const char *protocol; /* NULL: TCP */
} table[] = {
    /* Traefik has terminated TLS; it asks admin about webmail's visitors, too (8080). Never 25 of postfix. */
    {PEER_TRAEFIK, FRONT, 465, NULL},
    {PEER_TRAEFIK, FRONT, 587, NULL},
    {PEER_TRAEFIK, FRONT, 993, NULL},
    {PEER_TRAEFIK, FRONT, 995, NULL},
    {PEER_TRAEFIK, FRONT, FRONT_HTTP, NULL}, /* where a route leads to it */
    {PEER_TRAEFIK, ADMIN, 8080, NULL},
    {PEER_TRAEFIK, WEBMAIL, 80, NULL},
    {PEER_TRAEFIK, POSTFIX, 10024, NULL},
    /* nginx asks admin who a user is and where to go: internal/nginx.py, get_server */
    {FRONT, ADMIN, 8080, NULL},
    {FRONT, POSTFIX, 10025, NULL},
    {FRONT, DOVECOT, 143, NULL},
    {FRONT, DOVECOT, 110, NULL},
    {FRONT, RSPAMD, SPAM_PAGE, NULL}, /* location /admin/antispam */
    {FRONT, WEBDAV, CALENDARS, NULL}, /* nginx.conf, location /webdav */
    {WEBMAIL, FRONT, 10143, NULL},    /* not dovecot itself, which takes any password */
    {WEBMAIL, DOVECOT, 4190, NULL},
    {WEBMAIL, DOVECOT_SUBMISSION, 10025, NULL},
    {WEBMAIL, PEER_DATABASE, DATABASE_PORT, NULL},
    {DOVECOT_SUBMISSION, POSTFIX, SUBMISSION_RELAY, NULL},
    /* main.cf: virtual_transport, smtpd_milters; podop asks admin */
    {POSTFIX, DOVECOT, 2525, NULL},
    {POSTFIX, ADMIN, 8080, NULL},
    {POSTFIX, RSPAMD, 11332, NULL},
    {POSTFIX, PEER_INTERNET, 25, NULL},
    {POSTFIX, PEER_INTERNET, 587, NULL},
    {POSTFIX, PEER_INTERNET, 443, NULL}, /* its MTA-STS daemon fetches policies by HTTPS */
    {POSTFIX, PEER_RELAY_HOST, RELAY_HOST_PORT, NULL},
    {PEER_RELAY_NETWORKS, POSTFIX, 25, NULL},
    /* dovecot.conf: podop asks admin; submission_host; ham.script and spam.script; fts_tika */
    {DOVECOT, ADMIN, 8080, NULL},
    {DOVECOT, POSTFIX, 25, NULL},
    {DOVECOT, RSPAMD, 11334, NULL},
    {DOVECOT, PEER_TIKA, 9998, NULL},
    {ADMIN, DOVECOT, 2525, NULL}, /* models.py, sendmail */
    {ADMIN, PEER_REDIS, REDIS_PORT, NULL},
    {ADMIN, PEER_DATABASE, DATABASE_PORT, NULL},
    {RSPAMD, ADMIN, 8080, NULL}, /* DKIM keys, local domains */
    {RSPAMD, PEER_REDIS, REDIS_PORT, NULL},
    {RSPAMD, CLAMAV, 3310, NULL},
    {RSPAMD, PEER_OLETOOLS, 11343, NULL},
    {RSPAMD, PEER_INTERNET, 443, NULL},
    {RSPAMD, PEER_INTERNET, 11335, "UDP"}, /* fuzzy hashes of rspamd.com */
    {FETCHMAIL, ADMIN, 8080, NULL},
    {FETCHMAIL, DOVECOT, 2525, NULL},
    {FETCHMAIL, POSTFIX, 25, NULL}, /* what is to be scanned */
    {FETCHMAIL, PEER_INTERNET, 110, NULL},
    {FETCHMAIL, PEER_INTERNET, 143, NULL},
    {FETCHMAIL, PEER_INTERNET, 993, NULL},
    {FETCHMAIL, PEER_INTERNET, 995, NULL},
    {CLAMAV, PEER_INTERNET, 80, NULL},
    {CLAMAV, PEER_INTERNET, 443, NULL},
};

static const PortProbe probes[] = {
    {"TCP", 22},    {"TCP", 25},    {"TCP", 53},    {"TCP", 80},    {"TCP", 110},   {"TCP", 143},   {"TCP", 443},
    {"TCP", 465},   {"TCP", 587},   {"TCP", 993},   {"TCP", 995},   {"TCP", 2525},  {"TCP", 3306},  {"TCP", 3310},
    {"TCP", 4190},  {"TCP", 5232},  {"TCP", 5353},  {"TCP", 5432},  {"TCP", 5433},  {"TCP", 6379},  {"TCP", 6380},
    {"TCP", 8080},  {"TCP", 9121},  {"TCP", 9187},  {"TCP", 9998},  {"TCP", 10024}, {"TCP", 10025}, {"TCP", 10143},
    {"TCP", 11332}, {"TCP", 11333}, {"TCP", 11334}, {"TCP", 11335}, {"TCP", 11343}, {"TCP", 14190}, {"TCP", 14465},
    {"TCP", 26379}, {"TCP", 32000}, {"TCP", 65535}, {"UDP", 53},    {"UDP", 5353},  {"UDP", 11335}, {"UDP", 32000},
};

/* ---- the world a stream makes ---- */

enum { NO_MAILU = -1 };

typedef struct Party {
    Str name; /* of its own */
    int end;
    int mailu; /* the Mailu that it is part of: a component, or a Redis that came with it; or NO_MAILU */
    Endpoint at;
    Str addresses[FAMILIES]; /* IPv4 and IPv6 */
} Party;

/* Where a component finds a server that is not in the stream. */
typedef struct Elsewhere {
    bool used, anywhere; /* anywhere: its name says nothing of a namespace */
    Str namespace;
    int port;
    const Object *service; /* of that name; NULL when the stream has none */
} Elsewhere;

typedef struct World {
    Arena *arena;
    Str name, stream;
    Objects objects;
    Result *result; /* for world_done */
    Model *model;
    LIST(Party) parties;
    Str networks[FAMILIES]; /* of the pods */
} World;

static bool is_workload(const Object *object) {
    return str_is(object->kind, "Deployment") || str_is(object->kind, "StatefulSet") ||
           str_is(object->kind, "DaemonSet");
}

static Party *add_party(World *world, int end, int mailu, Endpoint at) {
    size_t number = world->parties.n + 10;
    Str network = world->networks[0], network6 = str_cut(&(Str){world->networks[1].p, world->networks[1].n}, '/');
    Str base = str_cut(&network, '/');
    while (base.n && base.p[base.n - 1] != '.')
        base.n--;
    Party *party = PUSH(world->arena, &world->parties);
    *party = (Party){.end = end, .mailu = mailu, .at = at};
    party->name = str_format(world->arena, "%s-%zu", name_of(end), number);
    party->addresses[0] = str_format(world->arena, "%.*s%zu", F(base), number);
    party->addresses[1] = str_format(world->arena, "%.*s%zx", F(network6), number);
    return party;
}

static void add_address(World *world, int end, const char *address, const char *address6) {
    Party *party = add_party(world, end, NO_MAILU, (Endpoint){0});
    party->addresses[0] = str(address);
    party->addresses[1] = str(address6);
}

static void add_pod(World *world, int end, Str namespace, Str labels) {
    Tree *tree = NEW(world->arena, Tree);
    TreeError error;
    assert_true(tree_parse(world->arena, labels, tree, &error));
    add_party(world, end, NO_MAILU, (Endpoint){.namespace = namespace, .tree = tree, .labels = tree->root});
}

/* Which Mailu's component a workload is; NO_MAILU when it is none. */
static int component_of(const World *world, const Object *object, ComponentId *id) {
    const InstanceList *instances = &world->model->instances;
    for (size_t i = 0; i < instances->n; i++)
        for (*id = 0; *id < COMPONENTS; ++*id) {
            const Manifest *m = instances->at[i]->parts[*id].workload;
            if (m && str_eq(m->name, object->name) && str_eq(m->kind_name, object->kind) &&
                same_namespace(m->namespace, object->namespace))
                return (int)i;
        }
    return NO_MAILU;
}

/* What else a workload is, by its image. */
static int end_of_image(Arena *arena, Str image) {
    static const struct {
        const char *part;
        int end;
    } images[] = {
        {"/redis:", PEER_REDIS},       {"/valkey:", PEER_REDIS},     {"/postgresql:", PEER_DATABASE},
        {"/postgres:", PEER_DATABASE}, {"/mariadb:", PEER_DATABASE}, {"/oletools:", PEER_OLETOOLS},
        {"/tika:", PEER_TIKA},
    };
    for (size_t i = 0; i < COUNT(images); i++)
        if (str_has(str_format(arena, "/%.*s", F(image)), images[i].part))
            return images[i].end;
    return OTHER;
}

static int mailu_at(const World *world, Str namespace, Str release) {
    const InstanceList *instances = &world->model->instances;
    for (size_t i = 0; i < instances->n; i++)
        if (str_eq(instances->at[i]->target_namespace, namespace) &&
            (!release.n || str_eq(instances->at[i]->name, release)))
            return (int)i;
    return NO_MAILU;
}

static void add_workload(World *world, const Object *object) {
    Tree *tree = object->tree;
    Node *template = map_path(tree, object->root, "spec.template");
    Node *containers = map_path(tree, template, "spec.containers");
    Endpoint at = {namespace_of(object), tree, map_path(tree, template, "metadata.labels"), containers, {0}};
    ComponentId id;
    int mailu = component_of(world, object, &id);
    if (str_is(map_text(tree, map_get(tree, template, S("spec")), S("hostNetwork")), "true"))
        return; /* policies are not about it */
    if (mailu != NO_MAILU) {
        at.namespace = world->model->instances.at[mailu]->target_namespace;
        add_party(world, (int)id, mailu, at);
        return;
    }
    int end = end_of_image(world->arena, map_text(tree, node_value(tree, node_first(containers)), S("image")));
    Str release = map_text(tree, at.labels, S("app.kubernetes.io/instance"));
    add_party(world, end, end == OTHER ? NO_MAILU : mailu_at(world, at.namespace, release), at);
}

/* ---- what a Mailu's environment says ---- */

static const Party *party_of(const World *world, int mailu, int end) {
    for (size_t i = 0; i < world->parties.n; i++)
        if (world->parties.at[i].mailu == mailu && world->parties.at[i].end == end)
            return &world->parties.at[i];
    return NULL;
}

static Str variable(const World *world, const Party *party, const char *name) {
    Tree *tree = party ? party->at.tree : NULL;
    for (Node *item = party ? node_first(party->at.containers) : NULL; item; item = node_next(item)) {
        Node *container = node_value(tree, item), *env = map_get(tree, container, S("env"));
        Node *sources = map_get(tree, container, S("envFrom"));
        for (Node *entry = is_sequence(env) ? node_first(env) : NULL; entry; entry = node_next(entry))
            if (str_is(map_text(tree, node_value(tree, entry), S("name")), name))
                return map_text(tree, node_value(tree, entry), S("value"));
        for (Node *entry = is_sequence(sources) ? node_first(sources) : NULL; entry; entry = node_next(entry)) {
            Str map = map_text(tree, map_get(tree, node_value(tree, entry), S("configMapRef")), S("name"));
            const Object *o = object_of(&world->objects, S("ConfigMap"), party->at.namespace, map);
            Str value = o ? map_text(o->tree, map_get(o->tree, o->root, S("data")), str(name)) : (Str){0};
            if (value.n)
                return value;
        }
    }
    return (Str){0};
}

/* "redis.databases:6379", "[smtp.example.net]:2525" */
static Elsewhere at_host(const World *world, Str home, Str address, int port) {
    Elsewhere where = {true, true, home, port, NULL};
    Str rest = str_starts(address, S("[")) ? str_skip(address, 1) : address;
    for (size_t i = rest.n; i-- > 0;)
        if (rest.p[i] == '@')
            return at_host(world, home, str_skip(rest, i + 1), port);
    Str host = str_cut(&rest, ':'), tail;
    if (rest.n) /* after it there may be a password, for rspamd */
        assert_true(str_to_int(str_head(rest, strspn(rest.p, "0123456789")), &where.port));
    if (host.n && host.p[host.n - 1] == ']')
        host.n--;
    tail = host;
    str_cut(&tail, '.');
    Str namespace = str_cut(&tail, '.');
    if (namespace.n)
        where.namespace = namespace;
    where.anywhere = tail.n && !str_is(tail, "svc") && !str_starts(tail, S("svc."));
    if (!where.anywhere)
        where.service = object_of(&world->objects, S("Service"), where.namespace, str_cut(&host, '.'));
    if (where.service) {
        Node *spec = map_get(where.service->tree, where.service->root, S("spec"));
        Str external = map_text(where.service->tree, spec, S("externalName"));
        if (external.n)
            return at_host(world, home, external, where.port);
    }
    return where;
}

static Elsewhere database_of(const World *world, const Party *from) {
    bool webmail = from->end == WEBMAIL;
    Str flavor = variable(world, from, webmail ? "ROUNDCUBE_DB_FLAVOR" : "DB_FLAVOR");
    Str host = variable(world, from, webmail ? "ROUNDCUBE_DB_HOST" : "DB_HOST");
    if (!flavor.n && webmail) {
        flavor = variable(world, from, "DB_FLAVOR");
        host = variable(world, from, "DB_HOST");
    }
    if (!flavor.n || str_is(flavor, "sqlite") || (webmail && str_is(variable(world, from, "WEBMAIL"), "snappymail")))
        return (Elsewhere){0};
    return at_host(world, from->at.namespace, host, str_is(flavor, "mysql") ? 3306 : 5432);
}

static Elsewhere server_of(const World *world, const Party *from, const char *name, const char *on, int port) {
    Str host = variable(world, from, name), switched = variable(world, from, on);
    if (!host.n || str_is(host, "localhost") || str_is(host, "127.0.0.1") || str_is(switched, "none") ||
        str_is(switched, "false"))
        return (Elsewhere){0};
    return at_host(world, from->at.namespace, host, port);
}

/* Where `from` finds a server; not used when it has none of that kind. */
static Elsewhere elsewhere(const World *world, const Party *from, int end) {
    Str address;
    switch (end) {
    case PEER_REDIS:
        address = variable(world, from, "REDIS_ADDRESS");
        return at_host(world, from->at.namespace, address.n ? address : S("redis"), 6379);
    case PEER_DATABASE:
        return database_of(world, from);
    case CLAMAV:
        return server_of(world, from, "ANTIVIRUS_ADDRESS", "ANTIVIRUS", 3310);
    case PEER_OLETOOLS:
        return server_of(world, from, "OLETOOLS_ADDRESS", "SCAN_MACROS", 11343);
    case PEER_TIKA:
        return server_of(world, from, "FTS_ATTACHMENTS_ADDRESS", "FULL_TEXT_SEARCH_ATTACHMENTS", 9998);
    case PEER_RELAY_HOST:
        return server_of(world, from, "RELAYHOST", "RELAYHOST", 25);
    default:
        return (Elsewhere){0};
    }
}

/* By the file that dovecot-submission reads. */
static int submission_relay(const World *world, const Party *submission) {
    int port = 0;
    for (size_t i = 0; i < world->objects.n; i++) {
        const Object *o = &world->objects.at[i];
        Node *data = map_get(o->tree, o->root, S("data"));
        if (!str_is(o->kind, "ConfigMap") || !str_eq(namespace_of(o), submission->at.namespace))
            continue;
        Str text = map_text(o->tree, data, S("dovecot.conf"));
        ptrdiff_t at = str_find(text, S("submission_relay_port = "));
        Str rest = at < 0 ? S("") : str_skip(text, (size_t)at + strlen("submission_relay_port = "));
        if (rest.n && str_to_int(str_cut(&rest, '\n'), &port))
            break;
    }
    return port;
}

/* Whether what came out routes something to front's web server: WebDAV or the MTA-STS policy, by the names. */
static bool has_route(const World *world, const Party *front, const char *kind, const char *ending) {
    for (size_t i = 0; i < world->objects.n; i++) {
        const Object *o = &world->objects.at[i];
        if (str_is(o->kind, kind) && str_eq(namespace_of(o), front->at.namespace) && str_ends(o->name, str(ending)))
            return true;
    }
    return false;
}

/* ---- and who else there is ---- */

static void add_traefik(World *world, int mailu) {
    Instance *instance = world->model->instances.at[mailu];
    Str place = config_get(instance->config, "ingress.traefik.namespace");
    Node *labels = config_node(instance->config, "ingress.traefik.podLabels");
    if (!place.n)
        place = S("kube-system");
    if (labels)
        add_party(world, PEER_TRAEFIK, mailu,
                  (Endpoint){.namespace = place, .tree = &instance->config->tree, .labels = labels});
    else
        add_pod(world, PEER_TRAEFIK, place, S("{app.kubernetes.io/name: traefik, pod-template-hash: abc}"));
    world->parties.at[world->parties.n - 1].mailu = mailu;
}

static void add_outsiders(World *world, int mailu) {
    const Instance *instance = world->model->instances.at[mailu];
    Str home = instance->target_namespace;
    add_traefik(world, mailu);
    add_pod(world, BYSTANDER, home, S("{app: blog}"));
    add_pod(world, HELPER, home,
            str_format(world->arena,
                       "{app.kubernetes.io/name: mailu, app.kubernetes.io/instance: %.*s, "
                       "app.kubernetes.io/component: backup}",
                       F(instance->name)));
}

/* Where Redis or a database may be, by what is known of their names. */
static void add_tenants(World *world) {
    static const int ends[] = {PEER_REDIS, PEER_DATABASE, CLAMAV, PEER_OLETOOLS, PEER_TIKA, PEER_RELAY_HOST};
    Str done[32];
    size_t n = 0, components_there = world->parties.n;
    for (size_t i = 0; i < components_there; i++)
        for (size_t j = 0; j < COUNT(ends) && world->parties.at[i].end < COMPONENTS; j++) {
            Elsewhere where = elsewhere(world, &world->parties.at[i], ends[j]);
            bool known = !where.used || where.anywhere || mailu_at(world, where.namespace, S("")) != NO_MAILU;
            for (size_t k = 0; k < n; k++)
                known |= str_eq(done[k], where.namespace);
            if (known || n == COUNT(done))
                continue;
            done[n++] = where.namespace;
            add_pod(world, TENANT, where.namespace, S("{app: server}"));
        }
}

static void find_networks(World *world) {
    const Instance *first = world->model->instances.at[0];
    Str subnet = first->settings.subnet, subnet6 = first->settings.subnet6;
    world->networks[0] = subnet.n ? subnet : S("10.42.0.0/16");
    world->networks[1] = subnet6.n ? subnet6 : S("fd00:42::/48");
}

static World make_world(Arena *arena, const Case *c, Result *result) {
    World world = {.arena = arena, .name = c->name, .stream = result->out, .objects = objects_of(arena, result->out)};
    world.result = result;
    world.model = &result->outcome.model;
    find_networks(&world);
    for (size_t i = 0; i < world.objects.n; i++)
        if (is_workload(&world.objects.at[i]))
            add_workload(&world, &world.objects.at[i]);
    for (size_t i = 0; i < world.model->instances.n; i++)
        add_outsiders(&world, (int)i);
    add_tenants(&world);
    add_pod(&world, SCRAPER, S("monitoring"), S("{app.kubernetes.io/name: prometheus}"));
    add_pod(&world, FOREIGNER, S("elsewhere"),
            S("{app.kubernetes.io/name: mailu, app.kubernetes.io/instance: mailu, app.kubernetes.io/component: front, "
              "app.kubernetes.io/part-of: mailu}"));
    add_address(&world, PEER_INTERNET, "203.0.113.10", "2001:db8::10");
    add_address(&world, NODE, "172.30.0.2", "2001:db8:30::2");
    add_address(&world, METADATA, "169.254.169.254", "fd00:ec2::254");
    return world;
}

/* ---- against the table ---- */

static bool reaches(const World *world, const Party *from, const Party *to, const char *protocol, int port,
                    int family) {
    const Host a = {from->name, from->at, {from->addresses[0], from->addresses[1]}};
    const Host b = {to->name, to->at, {to->addresses[0], to->addresses[1]}};
    return host_reaches(&world->objects, &a, &b, &(PortProbe){protocol, port}, family);
}

static bool is_component(const Party *party) {
    return party->end < COMPONENTS;
}

/* What came with a Mailu and is looked after like its components. */
static bool is_companion(const Party *party) {
    return party->mailu != NO_MAILU && (party->end == PEER_REDIS || party->end == PEER_DATABASE ||
                                        party->end == PEER_OLETOOLS || party->end == PEER_TIKA);
}

static bool is_pod(const Party *party) {
    return party->at.namespace.n;
}

/* The port of a row for that component; 0 when the row does not hold for it. */
static int port_of_row(const World *world, size_t row, const Party *component) {
    switch (table[row].port) {
    case REDIS_PORT:
        return elsewhere(world, component, PEER_REDIS).port;
    case DATABASE_PORT:
        return elsewhere(world, component, PEER_DATABASE).port;
    case RELAY_HOST_PORT:
        return elsewhere(world, component, PEER_RELAY_HOST).port;
    case FRONT_HTTP:
        return has_route(world, component, "IngressRoute", "-webdav") ||
                       has_route(world, component, "IngressRoute", "-antispam") ||
                       has_route(world, component, "Ingress", "-mta-sts")
                   ? 80
                   : 0;
    case SPAM_PAGE:
        return has_route(world, component, "IngressRoute", "-antispam") ? 11334 : 0;
    case CALENDARS:
        return has_route(world, component, "IngressRoute", "-webdav") ? 5232 : 0;
    case SUBMISSION_RELAY:
        return submission_relay(world, component);
    default:
        return table[row].port;
    }
}

static bool is_of_row(const World *world, size_t row, const Party *component, const char *protocol, int port) {
    return strcmp(table[row].protocol ? table[row].protocol : "TCP", protocol) == 0 &&
           port_of_row(world, row, component) == port;
}

/* Whether some of the addresses that RELAYNETS names are this party's. */
static bool may_relay(const World *world, const Party *party, const Party *postfix, int family) {
    Str list = variable(world, postfix, "RELAYNETS");
    while (list.n) {
        Str network = str_trim(str_cut(&list, ','));
        if (str_find_char(network, '/') >= 0 && str_find_char(network, '[') < 0 &&
            network_holds(network, party->addresses[family]))
            return true;
    }
    return false;
}

static bool speaks_proxy(const World *world, const Party *party, int mailu, int family) {
    Config *config = world->model->instances.at[mailu]->config;
    Node *list = config_node(config, "ingress.traefik.networks");
    for (Node *item = is_sequence(list) ? node_first(list) : NULL; item; item = node_next(item))
        if (network_holds(node_value(&config->tree, item)->text, party->addresses[family]))
            return true;
    return false;
}

static bool is_traefik_of(const World *world, const Party *party, int mailu) {
    Config *mine = world->model->instances.at[mailu]->config;
    bool plain = !config_has(mine, "ingress.traefik.namespace") && !config_has(mine, "ingress.traefik.podLabels");
    return party->end == PEER_TRAEFIK &&
           (party->mailu == mailu ||
            (plain && str_is(map_text(party->at.tree, party->at.labels, S("app.kubernetes.io/name")), "traefik")));
}

/* Whether `from` plays that end for the component `to`. */
static bool plays_source(const World *world, int end, const Party *from, const Party *to, int family) {
    if (end == PEER_RELAY_NETWORKS)
        return may_relay(world, from, to, family);
    if (end == PEER_TRAEFIK)
        return is_traefik_of(world, from, to->mailu) || speaks_proxy(world, from, to->mailu, family);
    return from->end == end && from->mailu == to->mailu;
}

static bool is_outside(const Party *party) {
    return party->end == PEER_INTERNET || party->end == NODE;
}

/* Whether `to` plays that end for the component `from`. */
static bool plays_target(const World *world, int end, const Party *from, const Party *to) {
    if (end == PEER_INTERNET)
        return is_outside(to);
    Elsewhere where = elsewhere(world, from, end);
    Node *selector = where.service ? map_path(where.service->tree, where.service->root, "spec.selector") : NULL;
    if (is_mapping(selector))
        return is_pod(to) && str_eq(to->at.namespace, where.namespace) &&
               selector_matches(where.service->tree, selector, to->at.tree, to->at.labels);
    if (party_of(world, from->mailu, end))
        return to->end == end && to->mailu == from->mailu;
    if (where.used && where.anywhere)
        return end == PEER_RELAY_HOST ? is_outside(to) : true;
    return where.used && is_pod(to) && str_eq(to->at.namespace, where.namespace);
}

/* A Redis or a database and its replicas. */
static bool belong_together(const Party *from, const Party *to) {
    Str name = map_text(from->at.tree, from->at.labels, S("app.kubernetes.io/name"));
    return is_companion(from) && is_companion(to) && from->end == to->end && from->mailu == to->mailu && name.n &&
           str_eq(name, map_text(to->at.tree, to->at.labels, S("app.kubernetes.io/name")));
}

static bool is_expected(const World *world, const Party *from, const Party *to, const char *protocol, int port,
                        int family) {
    bool guarded = is_component(to) || is_companion(to);
    if (is_component(from) && !guarded && (port == 53 || port == 5353))
        return true;
    if (belong_together(from, to))
        return true;
    for (size_t i = 0; i < COUNT(table); i++) {
        int source = table[i].from, target = table[i].to;
        bool leaves = is_component(from) && source == from->end, enters = is_component(to) && target == to->end;
        if (leaves && guarded)
            leaves = target == to->end && to->mailu == from->mailu;
        if (leaves && is_of_row(world, i, from, protocol, port) && plays_target(world, target, from, to))
            return true;
        if (enters && !is_component(from) && is_of_row(world, i, to, protocol, port) &&
            plays_source(world, source, from, to, family))
            return true;
    }
    return false;
}

/* Whether a stream says who scrapes it: then there is more than the table, and metrics_keep_their_scraper looks at it.
 */
static bool is_about_metrics(const World *world, const Party *from, int port) {
    return str_has(world->stream, "monitoring.coreos.com") && (from->end == SCRAPER || port == 9121 || port == 9187);
}

/* What the table is about: whatever a component sends, and whatever reaches one; of what came with it, whatever reaches
 * it, and what leaves the two that read attachments. A chart's own pods may go where they like otherwise. */
static bool concerns_mailu(const Party *from, const Party *to) {
    bool silent = is_companion(from) && (from->end == PEER_OLETOOLS || from->end == PEER_TIKA);
    return from != to && (is_component(from) || is_component(to) || is_companion(to) || silent);
}

static size_t compare(const World *world) {
    size_t differences = 0;
    for (size_t i = 0; i < world->parties.n; i++)
        for (size_t j = 0; j < world->parties.n; j++)
            for (size_t k = 0; k < COUNT(probes) * FAMILIES; k++) {
                const Party *from = &world->parties.at[i], *to = &world->parties.at[j];
                const char *protocol = probes[k / FAMILIES].protocol;
                int port = probes[k / FAMILIES].port, family = (int)(k % FAMILIES);
                if (!concerns_mailu(from, to) || (!is_pod(from) && !is_pod(to)) || is_about_metrics(world, from, port))
                    continue;
                bool found = reaches(world, from, to, protocol, port, family);
                if (found == is_expected(world, from, to, protocol, port, family))
                    continue;
                print_error("%.*s %s %.*s: %d/%s by IPv%d\n", F(from->name), found ? "reaches" : "does not reach",
                            F(to->name), port, protocol, family ? 6 : 4);
                differences++;
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

/* Whether the table has a row of those ends and that port for a Mailu that has them. */
static bool has_row(const World *world, int from, int to, const char *protocol, int port) {
    for (size_t i = 0; i < COUNT(table); i++) {
        const Party *component = party_of(world, 0, table[i].from < COMPONENTS ? table[i].from : table[i].to);
        if (table[i].from == from && table[i].to == to && component && is_of_row(world, i, component, protocol, port))
            return true;
    }
    return false;
}

/* A line `m0_front -->|"8080 auth_http"| m0_admin`, which has to be a row of the table. */
static bool is_edge(const World *world, Str line, size_t *edges_drawn) {
    Str label, ending = {0};
    int port, from, to;
    if (!take(&line, "  m0_"))
        return false;
    from = take_end(&line);
    if (!take(&line, " -->|") || !take_quoted(&line, &label) || !take(&line, "| m0_"))
        return false;
    to = take_end(&line);
    if (from == PEER_INTERNET && to == PEER_TRAEFIK) /* the entry points, which no policy is about */
        return line.n == 0;
    while (label.n) {
        Str group = str_trim(str_cut(&label, ';')); /* "80, 443 signatures" */
        for (bool more = true; more; ++*edges_drawn) {
            Str word = str_cut(&group, ' ');
            more = str_ends(word, S(","));
            ending = more ? str_head(word, word.n - 1) : word;
            Str number = str_cut(&ending, '/');
            if (!str_to_int(number, &port) || !has_row(world, from, to, ending.n ? "UDP" : "TCP", port))
                return false;
        }
    }
    return line.n == 0;
}

static bool is_node(Str line) {
    Str name;
    int end = take(&line, "    m0_") ? take_end(&line) : ENDS;
    return end < ENDS && take(&line, "[") && take_quoted(&line, &name) && str_is(name, name_of(end)) &&
           str_is(line, "]");
}

static bool is_frame(Str line) {
    Str title;
    return str_is(line, "  end") || (take(&line, "  subgraph m0[") && take_quoted(&line, &title) && str_is(line, "]"));
}

/* Whether the end of a row is there, for a component that is. */
static bool has_end(const World *world, const Party *component, int end) {
    Str networks = variable(world, component, "RELAYNETS");
    if (end == PEER_TRAEFIK || end == PEER_INTERNET || party_of(world, 0, end))
        return true;
    return end == PEER_RELAY_NETWORKS ? networks.n : elsewhere(world, component, end).used;
}

/* Each line of the Mermaid drawing is one of its grammar that the program uses, and together its arrows are the table.
 */
static void check_drawing(const World *world, Str drawing) {
    size_t drawn = 0, rows = 0;
    assert_str_equal(str_cut(&drawing, '\n'), S("flowchart LR"));
    while (drawing.n) {
        Str line = str_cut(&drawing, '\n');
        if (!str_starts(line, S("  %% ")) && !is_frame(line) && !is_node(line) && !is_edge(world, line, &drawn))
            fail_msg("not a line of this flowchart: %.*s", F(line));
    }
    for (size_t i = 0; i < COUNT(table); i++) {
        const Party *component = party_of(world, 0, table[i].from < COMPONENTS ? table[i].from : table[i].to);
        rows += component && has_end(world, component, table[i].from) && has_end(world, component, table[i].to) &&
                port_of_row(world, i, component);
    }
    assert_int_equal(drawn, rows);
}

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
                             probes,
                             COUNT(probes)});
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
    if (!result->outcome.model.instances.n)
        return true;
    World world = make_world(arena, c, result);
    if (!has_policies(&world))
        return true;
    if (getenv("WORLDS"))
        write_world(&world, streams_written++);
    return !is_by_table(c) || compare(&world) == 0;
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
    World world = make_world(arena, c, &result);
    for (int end = 0; end < COMPONENTS; end++)
        if (!party_of(&world, 0, end))
            fail_msg("%s is not there", name_of(end));
    assert_int_equal(compare(&world), 0);
    report_mermaid(&result.outcome.model, &drawing);
    check_drawing(&world, buf_str(&drawing));
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
    return make_world(arena, &c, second);
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
    return reaches(world, ends[0], ends[1], "TCP", port, 0);
}

/* admin with SQLite, Roundcube with a database of its own. */
static void roundcube_with_mysql(void **state) {
    (void)state;
    Arena *arena = test_arena();
    World world = run_again(arena, "  ROUNDCUBE_DB_FLAVOR: mysql\n  ROUNDCUBE_DB_HOST: mysql.databases\n", "");
    assert_true(lets(&world, WEBMAIL, TENANT, 3306));
    assert_int_equal(compare(&world), 0);
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
    return make_world(arena, c, result);
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
