#include "tests/world.h"

#include "tests/tests.h"
#include "yaml/query.h"

static const char *const end_names[ENDS - PEERS] = {"bystander", "helper", "foreigner", "tenant",
                                                    "scraper",   "node",   "metadata",  "other"};

const char *end_name(int end) {
    return end < COMPONENTS ? components[end].name : end < PEERS ? peer_names[end] : end_names[end - PEERS];
}

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
    party->name = str_format(world->arena, "%s-%zu", end_name(end), number);
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

/* Which Mailu's component a workload is; NO_MAILU when it is not one. */
static int component_of(const World *world, const Object *object, ComponentId *id) {
    for (size_t i = 0; i < world->mailus.n; i++) {
        const Mailu *mailu = &world->mailus.at[i];
        *id = 0; /* the plan has all of them, in that order */
        EACH_ITEM(component, world->plan, mailu->components) {
            Node *workload = map_get(world->plan, component, S("workload"));
            if (str_eq(map_text(world->plan, workload, S("name")), object->name) &&
                str_eq(map_text(world->plan, workload, S("kind")), object->kind) &&
                same_namespace(mailu->namespace, object->namespace))
                return (int)i;
            ++*id;
        }
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

int world_mailu_at(const World *world, Str namespace, Str release) {
    for (size_t i = 0; i < world->mailus.n; i++)
        if (str_eq(world->mailus.at[i].namespace, namespace) &&
            (!release.n || str_eq(world->mailus.at[i].release, release)))
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
        at.namespace = world->mailus.at[mailu].namespace;
        add_party(world, (int)id, mailu, at);
        return;
    }
    int end = end_of_image(world->arena, map_text(tree, node_value(tree, node_first(containers)), S("image")));
    Str release = map_text(tree, at.labels, S("app.kubernetes.io/instance"));
    add_party(world, end, end == OTHER ? NO_MAILU : world_mailu_at(world, at.namespace, release), at);
}

/* ---- what a Mailu's environment says ---- */

const Party *world_party(const World *world, int mailu, int end) {
    for (size_t i = 0; i < world->parties.n; i++)
        if (world->parties.at[i].mailu == mailu && world->parties.at[i].end == end)
            return &world->parties.at[i];
    return NULL;
}

Str party_variable(const World *world, const Party *party, const char *name) {
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
static ExternalServer server_at(const World *world, Str home, Str address, int port) {
    ExternalServer where = {true, true, home, port, NULL};
    Str rest = str_starts(address, S("[")) ? str_skip(address, 1) : address;
    for (size_t i = rest.n; i-- > 0;)
        if (rest.p[i] == '@')
            return server_at(world, home, str_skip(rest, i + 1), port);
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
            return server_at(world, home, external, where.port);
    }
    return where;
}

static ExternalServer database_of(const World *world, const Party *from) {
    bool webmail = from->end == WEBMAIL;
    Str flavor = party_variable(world, from, webmail ? "ROUNDCUBE_DB_FLAVOR" : "DB_FLAVOR");
    Str host = party_variable(world, from, webmail ? "ROUNDCUBE_DB_HOST" : "DB_HOST");
    if (!flavor.n && webmail) {
        flavor = party_variable(world, from, "DB_FLAVOR");
        host = party_variable(world, from, "DB_HOST");
    }
    if (!flavor.n || str_is(flavor, "sqlite") ||
        (webmail && str_is(party_variable(world, from, "WEBMAIL"), "snappymail")))
        return (ExternalServer){0};
    return server_at(world, from->at.namespace, host, str_is(flavor, "mysql") ? 3306 : 5432);
}

static ExternalServer server_of(const World *world, const Party *from, const char *name, const char *on, int port) {
    Str host = party_variable(world, from, name), switched = party_variable(world, from, on);
    if (!host.n || str_is(host, "localhost") || str_is(host, "127.0.0.1") || str_is(switched, "none") ||
        str_is(switched, "false"))
        return (ExternalServer){0};
    return server_at(world, from->at.namespace, host, port);
}

/* Where `from` finds a server; not used when it has none of that kind. */
ExternalServer server_for(const World *world, const Party *from, int end) {
    Str address;
    switch (end) {
    case PEER_REDIS:
        address = party_variable(world, from, "REDIS_ADDRESS");
        return server_at(world, from->at.namespace, address.n ? address : S("redis"), 6379);
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
        return (ExternalServer){0};
    }
}

/* By the file that dovecot-submission reads. */
int submission_relay_port(const World *world, const Party *submission) {
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
bool world_has_route(const World *world, const Party *front, const char *kind, const char *ending) {
    for (size_t i = 0; i < world->objects.n; i++) {
        const Object *o = &world->objects.at[i];
        if (str_is(o->kind, kind) && str_eq(namespace_of(o), front->at.namespace) && str_ends(o->name, str(ending)))
            return true;
    }
    return false;
}

/* ---- and who else there is ---- */

static void add_traefik(World *world, int mailu) {
    Config *config = world->mailus.at[mailu].config;
    Str place = config_get(config, "ingress.traefik.namespace");
    Node *labels = config_node(config, "ingress.traefik.podLabels");
    if (!place.n)
        place = S("kube-system");
    if (labels)
        add_party(world, PEER_TRAEFIK, mailu, (Endpoint){.namespace = place, .tree = &config->tree, .labels = labels});
    else
        add_pod(world, PEER_TRAEFIK, place, S("{app.kubernetes.io/name: traefik, pod-template-hash: abc}"));
    world->parties.at[world->parties.n - 1].mailu = mailu;
}

static void add_outsiders(World *world, int mailu) {
    Str home = world->mailus.at[mailu].namespace;
    add_traefik(world, mailu);
    add_pod(world, BYSTANDER, home, S("{app: blog}"));
    add_pod(world, HELPER, home,
            str_format(world->arena,
                       "{app.kubernetes.io/name: mailu, app.kubernetes.io/instance: %.*s, "
                       "app.kubernetes.io/component: backup}",
                       F(world->mailus.at[mailu].release)));
}

/* Where Redis or a database may be, by what is known of their names. */
static void add_tenants(World *world) {
    static const int ends[] = {PEER_REDIS, PEER_DATABASE, CLAMAV, PEER_OLETOOLS, PEER_TIKA, PEER_RELAY_HOST};
    Str done[32];
    size_t n = 0, components_there = world->parties.n;
    for (size_t i = 0; i < components_there; i++)
        for (size_t j = 0; j < COUNT(ends) && world->parties.at[i].end < COMPONENTS; j++) {
            ExternalServer where = server_for(world, &world->parties.at[i], ends[j]);
            bool known = !where.used || where.anywhere || world_mailu_at(world, where.namespace, S("")) != NO_MAILU;
            for (size_t k = 0; k < n; k++)
                known |= str_eq(done[k], where.namespace);
            if (known || n == COUNT(done))
                continue;
            done[n++] = where.namespace;
            add_pod(world, TENANT, where.namespace, S("{app: server}"));
        }
}

/* The value of a setting in the plan; empty when it has none. */
static Str planned_setting(const World *world, Node *mailu, const char *name) {
    Node *settings = map_get(world->plan, mailu, S("settings"));
    Node *setting = item_with(world->plan, settings, "name", str(name));
    bool none = node_is_null(map_get(world->plan, setting, S("value")));
    return none ? S("") : map_text(world->plan, setting, S("value"));
}

static void find_networks(World *world, Node *first) {
    Str subnet = planned_setting(world, first, "pod network");
    Str subnet6 = planned_setting(world, first, "pod network (IPv6)");
    world->networks[0] = subnet.n ? subnet : S("10.42.0.0/16");
    world->networks[1] = subnet6.n ? subnet6 : S("fd00:42::/48");
}

/* The release that the labels of its pods name; else what its names start with. */
static Str release_of(const World *world, Node *planned, Str namespace) {
    EACH_ITEM(component, world->plan, map_get(world->plan, planned, S("components"))) {
        Node *workload = map_get(world->plan, component, S("workload"));
        const Object *o = object_of(&world->objects, map_text(world->plan, workload, S("kind")), namespace,
                                    map_text(world->plan, workload, S("name")));
        Node *labels = o ? map_path(o->tree, o->root, "spec.template.metadata.labels") : NULL;
        Str release = o ? map_text(o->tree, labels, S("app.kubernetes.io/instance")) : S("");
        if (release.n)
            return release;
    }
    return map_text(world->plan, planned, S("name"));
}

static void find_mailus(World *world, Config *config) {
    Node *mailus = map_get(world->plan, world->plan->root, S("mailus"));
    Str of_config = config_get(config, "namespace");
    find_networks(world, first_item(world->plan, mailus));
    EACH_ITEM(planned, world->plan, mailus) {
        Mailu *mailu = PUSH(world->arena, &world->mailus);
        mailu->namespace = map_text(world->plan, planned, S("namespace"));
        mailu->release = release_of(world, planned, mailu->namespace);
        mailu->components = map_get(world->plan, planned, S("components"));
        mailu->config = config;
        if (of_config.n && !str_eq(of_config, mailu->namespace)) {
            mailu->config = NEW(world->arena, Config);
            config_init(mailu->config, world->arena);
        }
    }
}

World world_make(Arena *arena, const Case *c, Result *result) {
    World world = {.arena = arena, .name = c->name, .stream = result->out, .objects = objects_of(arena, result->out)};
    world.result = result;
    world.plan = case_plan(arena, result);
    find_mailus(&world, &result->outcome.config);
    for (size_t i = 0; i < world.objects.n; i++)
        if (is_workload(&world.objects.at[i]))
            add_workload(&world, &world.objects.at[i]);
    for (size_t i = 0; i < world.mailus.n; i++)
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

bool world_reaches(const World *world, const Party *from, const Party *to, const char *protocol, int port, int family) {
    const Host a = {from->name, from->at, {from->addresses[0], from->addresses[1]}};
    const Host b = {to->name, to->at, {to->addresses[0], to->addresses[1]}};
    return host_reaches(&world->objects, &a, &b, &(PortProbe){protocol, port}, family);
}
