/* The specification once more, as component-specifications.txt has it, held against what is added to an empty stream: a
 * number that is changed in the catalogue fails here, under the name of what it is. */
#include "tests/cases.h"
#include "tests/tests.h"
#include "yaml/query.h"

#include <stdio.h>

/* What is rendered of an empty stream, with every component, and what else the config says. */
typedef struct Rendering {
    Arena *arena;
    Result result;
    Objects objects;
} Rendering;

#define CONFIG_HEAD                                                                                                    \
    "apiVersion: postrenderer.mailu.io/v1alpha1\nkind: Mailu\n"                                                        \
    "spec:\n  domain: example.com\n  hostnames: [mail.example.com]\n  subnet: 10.42.0.0/16\n"
#define EVERYTHING "  components: {clamav: true, fetchmail: true, webdav: true}\n"

static Rendering render(const char *config) {
    Rendering r = {.arena = test_arena()};
    Case c = {
        .request = {.has_config = true, .config_name = S("config.yaml"), .config = str(config), .generate = GENERATE}};
    case_run(r.arena, &c, &r.result);
    assert_true(r.result.ok);
    r.objects = objects_of(r.arena, r.result.out);
    return r;
}

static void render_done(Rendering *r) {
    case_done(&r->result);
    test_arena_done(r->arena);
}

static const Object *object(Rendering *r, const char *kind, const char *component) {
    Str name = str(component);
    return object_of(&r->objects, str(kind), S("mailu"), str_format(r->arena, "mailu-%.*s", F(name)));
}

static const Object *deployment(Rendering *r, const char *component) {
    const Object *o = object(r, "Deployment", component);
    if (!o)
        fail_msg("no Deployment of %s", component);
    return o;
}

static Node *container(const Object *o) {
    Node *containers = map_path(o->tree, o->root, "spec.template.spec.containers");
    assert_int_equal(node_count(containers), 1);
    return node_first(containers);
}

/* The values of `key` of every item of a list, with spaces between them. */
static Str values(Arena *arena, Tree *tree, Node *list, const char *key) {
    Buf out = {.arena = arena};
    for (Node *item = is_sequence(list) ? node_first(list) : NULL; item; item = node_next(item))
        buf_format(&out, "%s%.*s", out.n ? " " : "", F(map_text(tree, item, str(key))));
    return buf_str(&out);
}

static void expect(const char *component, const char *what, Str found, const char *expected) {
    if (!str_is(found, expected))
        fail_msg("%s: %s: found \"%.*s\", the specification says \"%s\"", component, what, F(found), expected);
}

/* ---- the port reference table, and the decisions on it ---- */

static const struct {
    const char *component, *exposed, *with_option, *inside, *names /* of those inside */;
} port_rows[] = {
    {"admin", "8080", "8080", "8080", "http"},
    {"clamav", "3310", "3310", "3310", "clamav"},
    {"dovecot", "110 143 993 995 2525", "110 143 993 995 2525 4190", "110 143 993 995 2525 4190",
     "pop3 imap imaps pop3s lmtp sieve"},
    {"dovecot-submission", "10025", "10025", "10025", "submission"},
    /* and 10143, for webmail */
    {"front", "465 587 993 995 10143", "465 587 993 995 10143 25 80 143 110 443", "465 587 993 995 10143",
     "smtps submission imaps pop3s imap-webmail"}, /* and 4190, when the config asks */
    {"postfix", "25 10025", "25 10025", "25 10025 10024", "smtp submission smtp-mx"},
    {"rspamd", "11332 11333 11334", "11332 11333 11334", "11332 11333 11334", "milter fuzzy http"},
    {"webdav", "5232", "5232", "5232", "http"},
    {"webmail", "80", "80", "80", "http"},
};

static void ports_are_as_specified(void **state) {
    (void)state;
    Rendering plain = render(CONFIG_HEAD EVERYTHING);
    Rendering option = render(CONFIG_HEAD EVERYTHING "  front: {unusedPorts: true}\n  dovecot: {exposeSieve: true}\n");
    for (size_t i = 0; i < COUNT(port_rows); i++) {
        const char *name = port_rows[i].component;
        const Object *service = object(&plain, "Service", name), *shown = object(&option, "Service", name);
        const Object *pods = deployment(&plain, name);
        assert_true(service && shown);
        Node *list = map_path(service->tree, service->root, "spec.ports");
        expect(name, "Service", values(plain.arena, service->tree, list, "port"), port_rows[i].exposed);
        expect(name, "targetPort", values(plain.arena, service->tree, list, "targetPort"), port_rows[i].exposed);
        Node *inside = map_get(pods->tree, container(pods), S("ports"));
        expect(name, "container", values(plain.arena, pods->tree, inside, "containerPort"), port_rows[i].inside);
        expect(name, "names", values(plain.arena, pods->tree, inside, "name"), port_rows[i].names);
        expect(name, "Service with options",
               values(option.arena, shown->tree, map_path(shown->tree, shown->root, "spec.ports"), "port"),
               port_rows[i].with_option);
    }
    assert_null(object(&plain, "Service", "fetchmail")); /* outbound only */
    const Object *mx = object(&plain, "Service", "postfix-mx");
    Node *list = map_path(mx->tree, mx->root, "spec.ports");
    expect("postfix-mx", "Service", values(plain.arena, mx->tree, list, "port"), "25");
    expect("postfix-mx", "targetPort", values(plain.arena, mx->tree, list, "targetPort"), "10024");
    const Object *sieve = object(&plain, "Service", "dovecot-sieve"); /* for webmail alone */
    list = map_path(sieve->tree, sieve->root, "spec.ports");
    expect("dovecot-sieve", "Service", values(plain.arena, sieve->tree, list, "port"), "4190");
    render_done(&plain);
    render_done(&option);
}

/* ---- images, resources, architecture, defaults ---- */

static const struct {
    const char *component, *image, *cpu, *memory, *cpu_limit, *memory_limit, *arch;
} rows[] = {
    {"front", "ghcr.io/mailu/nginx:2024.06", "100m", "256Mi", "500m", "512Mi", ""},
    {"admin", "ghcr.io/mailu/admin:2024.06", "100m", "256Mi", "500m", "512Mi", ""},
    {"postfix", "ghcr.io/mailu/postfix:2024.06", "100m", "512Mi", "500m", "1Gi", ""},
    {"dovecot", "ghcr.io/mailu/dovecot:2024.06", "200m", "1Gi", "1000m", "2Gi", ""},
    {"dovecot-submission", "dovecot/dovecot:2.3-latest", "100m", "256Mi", "300m", "512Mi", "amd64"},
    {"rspamd", "ghcr.io/mailu/rspamd:2024.06", "100m", "512Mi", "500m", "1Gi", ""},
    {"webmail", "ghcr.io/mailu/webmail:2024.06", "100m", "256Mi", "500m", "512Mi", ""},
    {"clamav", "docker.io/clamav/clamav-debian:1.4", /* the specification's was never built */
     "500m", "1Gi", "2000m", "2Gi", ""},
    {"fetchmail", "ghcr.io/mailu/fetchmail:2024.06", "50m", "128Mi", "200m", "256Mi", ""},
    {"webdav", "ghcr.io/mailu/radicale:2024.06", "50m", "128Mi", "200m", "256Mi", ""},
};

static void images_are_as_specified(void **state) {
    (void)state;
    Rendering r = render(CONFIG_HEAD EVERYTHING);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const Object *o = deployment(&r, rows[i].component);
        expect(rows[i].component, "image", map_text(o->tree, container(o), S("image")), rows[i].image);
    }
    render_done(&r);
}

static void resources_are_as_specified(void **state) {
    (void)state;
    Rendering r = render(CONFIG_HEAD EVERYTHING);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const Object *o = deployment(&r, rows[i].component);
        Node *resources = map_get(o->tree, container(o), S("resources"));
        Node *requests = map_get(o->tree, resources, S("requests")), *limits = map_get(o->tree, resources, S("limits"));
        expect(rows[i].component, "CPU request", map_text(o->tree, requests, S("cpu")), rows[i].cpu);
        expect(rows[i].component, "memory request", map_text(o->tree, requests, S("memory")), rows[i].memory);
        expect(rows[i].component, "CPU limit", map_text(o->tree, limits, S("cpu")), rows[i].cpu_limit);
        expect(rows[i].component, "memory limit", map_text(o->tree, limits, S("memory")), rows[i].memory_limit);
    }
    render_done(&r);
}

static void only_submission_is_bound_to_amd64(void **state) {
    (void)state;
    Rendering r = render(CONFIG_HEAD EVERYTHING);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const Object *o = deployment(&r, rows[i].component);
        Node *pod = map_path(o->tree, o->root, "spec.template.spec");
        Node *tolerations = map_get(o->tree, pod, S("tolerations"));
        expect(rows[i].component, "node",
               map_text(o->tree, map_get(o->tree, pod, S("nodeSelector")), S("kubernetes.io/arch")), rows[i].arch);
        expect(rows[i].component, "toleration", values(r.arena, o->tree, tolerations, "value"), rows[i].arch);
        expect(rows[i].component, "toleration", values(r.arena, o->tree, tolerations, "key"),
               *rows[i].arch ? "kubernetes.io/arch" : "");
    }
    render_done(&r);
}

/* Those that come from Mailu's own code; the images of the others know nothing of it. */
static void mailus_own_read_the_environment(void **state) {
    static const char *const own[] = {"front", "admin", "postfix", "dovecot", "rspamd", "webmail", "fetchmail"};
    (void)state;
    Rendering r = render(CONFIG_HEAD EVERYTHING);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const Object *o = deployment(&r, rows[i].component);
        Node *env = map_get(o->tree, container(o), S("env")), *sources = map_get(o->tree, container(o), S("envFrom"));
        bool reads = false;
        for (size_t j = 0; j < COUNT(own); j++)
            reads |= str_is(str(own[j]), rows[i].component);
        Node *map = map_get(o->tree, sources ? node_first(sources) : NULL, S("configMapRef"));
        expect(rows[i].component, "ConfigMap", map_text(o->tree, map, S("name")), reads ? "mailu-environment" : "");
        bool derives = str_is(str(rows[i].component), "admin") || str_is(str(rows[i].component), "webmail");
        expect(rows[i].component, "SECRET_KEY", item_with(o->tree, env, "name", S("SECRET_KEY")) ? S("yes") : S("no"),
               derives ? "yes" : "no");
    }
    render_done(&r);
}

static void only_submission_has_a_user(void **state) {
    (void)state;
    Rendering r = render(CONFIG_HEAD EVERYTHING);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const Object *o = deployment(&r, rows[i].component);
        Node *context = map_get(o->tree, container(o), S("securityContext"));
        expect(rows[i].component, "user", map_text(o->tree, context, S("runAsUser")), *rows[i].arch ? "8" : "");
    }
    render_done(&r);
}

static void optional_components_are_off(void **state) {
    static const char *const off[] = {"clamav", "fetchmail", "webdav"};
    (void)state;
    Rendering r = render(CONFIG_HEAD);
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool expected = true;
        for (size_t j = 0; j < COUNT(off); j++)
            expected &= !str_is(str(off[j]), rows[i].component);
        if (expected != (object(&r, "Deployment", rows[i].component) != NULL))
            fail_msg("%s is %s by default", rows[i].component, expected ? "missing" : "added");
    }
    render_done(&r);
}

/* ---- storage ---- */

static const struct {
    const char *component, *size, *paths, *class;
} storage_rows[] = {
    {"front", "", "", ""},
    {"admin", "5Gi", "/data /dkim", "standard"}, /* Mailu keeps its DKIM keys in /dkim */
    {"postfix", "5Gi", "/queue", "standard"},
    {"dovecot", "50Gi", "/mail", "performance"},
    {"dovecot-submission", "", "", ""},
    {"rspamd", "5Gi", "/var/lib/rspamd", "standard"},
    {"webmail", "", "", ""},
    {"clamav", "5Gi", "/var/lib/clamav", "standard"}, /* that image's place; another has "/data" */
    {"fetchmail", "", "", ""},
    {"webdav", "5Gi", "/data", "standard"},
};

static Str data_paths(Rendering *r, const Object *o) {
    Buf out = {.arena = r->arena};
    Node *mounts = map_get(o->tree, container(o), S("volumeMounts"));
    for (Node *item = is_sequence(mounts) ? node_first(mounts) : NULL; item; item = node_next(item))
        if (str_is(map_text(o->tree, item, S("name")), "data"))
            buf_format(&out, "%s%.*s", out.n ? " " : "", F(map_text(o->tree, item, S("mountPath"))));
    return buf_str(&out);
}

static void storage_is_as_specified(void **state) {
    (void)state;
    Rendering r = render(CONFIG_HEAD EVERYTHING "  storage: {tiers: {performance: performance, standard: standard}}\n");
    for (size_t i = 0; i < COUNT(storage_rows); i++) {
        const char *name = storage_rows[i].component;
        const Object *claim = object(&r, "PersistentVolumeClaim", name), *pods = deployment(&r, name);
        expect(name, "paths", data_paths(&r, pods), storage_rows[i].paths);
        Node *rolling = map_path(pods->tree, pods->root, "spec.strategy.rollingUpdate");
        expect(name, "maxSurge", map_text(pods->tree, rolling, S("maxSurge")), *storage_rows[i].size ? "0" : "");
        if (!claim) {
            expect(name, "claim", S(""), storage_rows[i].size);
            continue;
        }
        Node *spec = map_get(claim->tree, claim->root, S("spec"));
        expect(name, "size", map_text(claim->tree, map_path(claim->tree, spec, "resources.requests"), S("storage")),
               storage_rows[i].size);
        expect(name, "class", map_text(claim->tree, spec, S("storageClassName")), storage_rows[i].class);
        expect(name, "access mode", node_first(map_get(claim->tree, spec, S("accessModes")))->text, "ReadWriteOnce");
    }
    render_done(&r);
}

/* ---- health checks ---- */

static const struct {
    const char *component, *handler, *port, *path_or_command, *liveness_delay, *readiness_delay, *startup;
} probe_rows[] = {
    {"front", "tcpSocket", "587", "", "30", "10", ""},
    {"admin", "httpGet", "8080", "/ping", "30", "10", "60"},
    {"postfix", "tcpSocket", "25", "", "30", "10", ""},
    {"dovecot", "tcpSocket", "143", "", "30", "10", ""},
    {"dovecot-submission", "tcpSocket", "10025", "", "30", "30", ""}, /* "30-second initial delay" */
    {"rspamd", "httpGet", "11334", "/ping", "30", "10", "90"},
    {"webmail", "httpGet", "80", "/ping", "30", "10", "90"},
    {"clamav", "exec", "", /* "5-minute initial delay", of liveness: readiness only keeps others away */
     "clamdscan --ping 3 >/dev/null 2>&1 || echo PING | nc -w 3 127.0.0.1 3310 | grep -q PONG", "300", "30", "90"},
    {"fetchmail", "exec", "", "ps ax | grep -q '[/]fetchmail.py'", "30", "10", ""},
    {"webdav", "tcpSocket", "5232", "", "30", "10", ""},
};

static void expect_probe(const Object *o, size_t row, const char *key, const char *delay, const char *period,
                         const char *timeout) {
    const char *name = probe_rows[row].component;
    Node *probe = map_get(o->tree, container(o), str(key));
    Node *handler = map_get(o->tree, probe, str(probe_rows[row].handler));
    expect(name, key, handler ? str(probe_rows[row].handler) : S(""), probe_rows[row].handler);
    expect(name, "port", map_text(o->tree, handler, S("port")), probe_rows[row].port);
    Node *command = map_get(o->tree, handler, S("command")); /* of sh, -c and the rest */
    expect(name, "path or command", command ? command->last->text : map_text(o->tree, handler, S("path")),
           probe_rows[row].path_or_command);
    expect(name, "initial delay", map_text(o->tree, probe, S("initialDelaySeconds")), delay);
    expect(name, "period", map_text(o->tree, probe, S("periodSeconds")), period);
    expect(name, "timeout", map_text(o->tree, probe, S("timeoutSeconds")), timeout);
    expect(name, "failure threshold", map_text(o->tree, probe, S("failureThreshold")), "3");
}

static void probes_are_as_specified(void **state) {
    (void)state;
    Rendering r = render(CONFIG_HEAD EVERYTHING);
    for (size_t i = 0; i < COUNT(probe_rows); i++) {
        const Object *o = deployment(&r, probe_rows[i].component);
        expect_probe(o, i, "livenessProbe", probe_rows[i].liveness_delay, "10", "5");
        expect_probe(o, i, "readinessProbe", probe_rows[i].readiness_delay, "5", "3");
        Node *startup = map_get(o->tree, container(o), S("startupProbe")); /* of ten seconds each */
        expect(probe_rows[i].component, "startup", map_text(o->tree, startup, S("failureThreshold")),
               probe_rows[i].startup);
        expect(probe_rows[i].component, "startup period", map_text(o->tree, startup, S("periodSeconds")),
               startup ? "10" : "");
    }
    render_done(&r);
}

/* ---- scaling guidelines ---- */

static const struct {
    const char *config, *dovecot_memory, *rspamd_memory, *mailboxes;
} scaling_rows[] = {
    {CONFIG_HEAD "  profile: small\n", "1Gi", "512Mi", "50Gi"},
    {CONFIG_HEAD "  profile: medium\n", "2Gi", "1Gi", "200Gi"},
    {CONFIG_HEAD "  profile: large\n", "2Gi", "1Gi", "2500Gi"}, /* 500 users with 5 GB each */
    {CONFIG_HEAD "  users: 49\n", "1Gi", "512Mi", "50Gi"},
    {CONFIG_HEAD "  users: 50\n", "2Gi", "1Gi", "200Gi"}, /* "50-500 users", "~4GB per user" */
    {CONFIG_HEAD "  users: 500\n", "2Gi", "1Gi", "2000Gi"},
    {CONFIG_HEAD "  users: 501\n", "2Gi", "1Gi", "2505Gi"}, /* "2-10GB per user" */
};

static void profiles_scale_as_specified(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(scaling_rows); i++) {
        Rendering r = render(scaling_rows[i].config);
        const Object *dovecot = deployment(&r, "dovecot"), *rspamd = deployment(&r, "rspamd");
        const Object *claim = object(&r, "PersistentVolumeClaim", "dovecot");
        const char *row = strrchr(scaling_rows[i].config, ':') + 1;
        expect(row, "dovecot's memory",
               map_text(dovecot->tree, map_path(dovecot->tree, container(dovecot), "resources.requests"), S("memory")),
               scaling_rows[i].dovecot_memory);
        expect(row, "rspamd's memory",
               map_text(rspamd->tree, map_path(rspamd->tree, container(rspamd), "resources.requests"), S("memory")),
               scaling_rows[i].rspamd_memory);
        expect(row, "mailboxes",
               map_text(claim->tree, map_path(claim->tree, claim->root, "spec.resources.requests"), S("storage")),
               scaling_rows[i].mailboxes);
        render_done(&r);
    }
}

/* ---- routes ---- */

static const struct {
    const char *route, *entry_point, *service, *port;
    bool tls;
} route_rows[] = {
    {"smtp", "smtp", "mailu-postfix-mx", "25", false},
    {"smtps", "smtps", "mailu-front", "465", true},
    {"submission", "smtp-submission", "mailu-front", "587", true},
    {"imaps", "imaps", "mailu-front", "993", true},
    {"pop3s", "pop3s", "mailu-front", "995", true},
    {"sieve", "managesieve", "mailu-front", "4190", false}, /* when the config asks */
};

static void routes_are_as_decided(void **state) {
    (void)state;
    Rendering plain = render(CONFIG_HEAD), r = render(CONFIG_HEAD "  ingress: {traefik: {sieve: true}}\n");
    assert_null(object(&plain, "IngressRouteTCP", "sieve"));
    render_done(&plain);
    for (size_t i = 0; i < COUNT(route_rows); i++) {
        const Object *o = object(&r, "IngressRouteTCP", route_rows[i].route);
        assert_non_null(o);
        Node *route = node_first(map_path(o->tree, o->root, "spec.routes"));
        Node *service = node_first(map_get(o->tree, route, S("services")));
        expect(route_rows[i].route, "entry point", node_first(map_path(o->tree, o->root, "spec.entryPoints"))->text,
               route_rows[i].entry_point);
        expect(route_rows[i].route, "service", map_text(o->tree, service, S("name")), route_rows[i].service);
        expect(route_rows[i].route, "port", map_text(o->tree, service, S("port")), route_rows[i].port);
        expect(route_rows[i].route, "PROXY protocol",
               map_text(o->tree, map_get(o->tree, service, S("proxyProtocol")), S("version")), "2");
        assert_int_equal(map_path(o->tree, o->root, "spec.tls") != NULL, route_rows[i].tls);
    }
    render_done(&r);
}

static void finds_mailu(void **state) {
    (void)state;
    assert_true(mentions_mailu(S("image: ghcr.io/mailu/nginx")));
    assert_true(mentions_mailu(S("kind: Mailu")));
    assert_true(mentions_mailu(S("ailu")));
    assert_false(mentions_mailu(S("ail")));
    assert_false(mentions_mailu(S("kilu")));
    assert_false(mentions_mailu(S("kind: Service, unusual")));
    assert_false(mentions_mailu(S("")));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(ports_are_as_specified),          cmocka_unit_test(images_are_as_specified),
    cmocka_unit_test(resources_are_as_specified),      cmocka_unit_test(only_submission_is_bound_to_amd64),
    cmocka_unit_test(mailus_own_read_the_environment), cmocka_unit_test(only_submission_has_a_user),
    cmocka_unit_test(optional_components_are_off),     cmocka_unit_test(storage_is_as_specified),
    cmocka_unit_test(probes_are_as_specified),         cmocka_unit_test(profiles_scale_as_specified),
    cmocka_unit_test(routes_are_as_decided),           cmocka_unit_test(finds_mailu),
};
SUITE(catalog, tests);
