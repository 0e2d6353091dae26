/* Which component a workload is, and which Services and ConfigMaps belong to it. */
#include "tests/cases.h"
#include "tests/tests.h"

static void images(void **state) {
    static const struct {
        const char *image, *registry;
        ComponentId id;
    } rows[] = {
        {"ghcr.io/mailu/nginx:2024.06", "ghcr.io/mailu", FRONT},
        {"ghcr.io/mailu/nginx@sha256:0123", "ghcr.io/mailu", FRONT},
        {"localhost:5000/mailu/radicale", "ghcr.io/mailu", WEBDAV},
        {"mailu/roundcube:1.9", "ghcr.io/mailu", WEBMAIL},
        {"mailu/rainloop:1.9", "ghcr.io/mailu", WEBMAIL},
        {"mailu/snappymail:1.9", "ghcr.io/mailu", WEBMAIL},
        {"mailu/traefik:1", "ghcr.io/mailu", COMPONENTS},
        {"nginx:1", "ghcr.io/mailu", COMPONENTS},
        {"mailu", "ghcr.io/mailu", COMPONENTS},
        {"localhost:5000/mail/nginx", "localhost:5000/mail", FRONT},
        {"localhost:5000/post/nginx", "localhost:5000/mail", COMPONENTS},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (component_of_image(str(rows[i].image), str(rows[i].registry)) != rows[i].id)
            fail_msg("%s is another component's", rows[i].image);
}

/* ---- workloads ---- */

#define OWN_LABELS(more) "{app: it" more "}"
#define SELECTOR "{matchLabels: {app: it}}"
#define OF_MAILU OWN_LABELS(", app.kubernetes.io/part-of: mailu, app.kubernetes.io/component: admin")

typedef struct Workload {
    const char *labels, *pod_labels, *containers;
    ComponentId id;        /* that it plays; COMPONENTS for none */
    const char *container; /* by its name */
} Workload;

static Str stream_of(Arena *arena, const Workload *w) {
    return str_format(arena,
                      "apiVersion: apps/v1\nkind: Deployment\n"
                      "metadata: {name: it, namespace: mail, labels: %s}\n"
                      "spec: {selector: " SELECTOR ", template: {metadata: {labels: %s}, spec: {containers: [%s]}}}\n",
                      w->labels, w->pod_labels, w->containers);
}

/* Runs the stream with nothing to be done but to find. */
static void find(Arena *arena, Str stream, Result *result) {
    static const char *const off[] = {"presence",    "storage", "probes",  "resources", "scheduling", "security",
                                      "environment", "images",  "routing", "policies",  "ports"};
    LIST(Str) sets = {0};
    for (size_t i = 0; i < COUNT(off); i++)
        *PUSH(arena, &sets) = str_format(arena, "patch.%s=false", off[i]);
    Case c = {.request = {
                  .stream = stream, .sets = sets.at, .set_count = sets.n, .keep_history = true, .generate = GENERATE}};
    case_run(arena, &c, result);
}

/* The component that a workload is; NULL when it is not one. */
static const Part *part_in(const Result *result) {
    for (size_t i = 0; i < result->outcome.model.instances.n; i++)
        for (ComponentId id = 0; id < COMPONENTS; id++)
            if (part_of(result->outcome.model.instances.at[i], id))
                return &result->outcome.model.instances.at[i]->parts[id];
    return NULL;
}

static void workloads(void **state) {
    static const Workload rows[] = {
        /* whose labels say so, on the pods or on the workload */
        {"{}", OWN_LABELS(", app.kubernetes.io/name: mailu, app.kubernetes.io/component: admin"), "{name: x}", ADMIN,
         "x"},
        {"{}", OWN_LABELS(", app.kubernetes.io/name: mailu-admin, app.kubernetes.io/component: admin"), "{name: x}",
         ADMIN, "x"},
        {"{}", OWN_LABELS(", helm.sh/chart: mailu-2.7.1, app.kubernetes.io/component: admin"), "{name: x}", ADMIN, "x"},
        {"{}", OF_MAILU, "{name: x}", ADMIN, "x"},
        {"{app.kubernetes.io/part-of: mailu, app.kubernetes.io/component: admin}", OWN_LABELS(""), "{name: x}", ADMIN,
         "x"},
        {"{app.kubernetes.io/part-of: mailu, app.kubernetes.io/component: admin}",
         OWN_LABELS(", app.kubernetes.io/component: rspamd"), "{name: x}", RSPAMD, "x"},
        {"{}", OWN_LABELS(", app.kubernetes.io/part-of: mailu"), "{name: x}", COMPONENTS, NULL},
        {"{}", OWN_LABELS(", app.kubernetes.io/name: shop, app.kubernetes.io/component: admin"), "{name: x}",
         COMPONENTS, NULL},
        {"{}", OWN_LABELS(", app.kubernetes.io/part-of: mailu, app.kubernetes.io/component: other"), "{name: x}",
         COMPONENTS, NULL},
        /* whose image does, whatever the labels say */
        {"{}", OF_MAILU, "{name: x, image: ghcr.io/mailu/postfix}", POSTFIX, "x"},
        {"{}", OF_MAILU, "{name: x, image: docker.io/dovecot/dovecot:2.3}", DOVECOT_SUBMISSION, "x"},
        {"{}", OF_MAILU, "{name: x, image: docker.io/other/dovecot:2.3}", ADMIN, "x"},
        {"{}", OF_MAILU, "{name: x, image: docker.io/dovecot/pigeonhole:2.3}", ADMIN, "x"},
        {"{}", OWN_LABELS(""), "{name: x, image: docker.io/dovecot/dovecot:2.3}", COMPONENTS, NULL},
        /* which of the containers it is: by the image, by the name, the first */
        {"{}", OF_MAILU, "{name: x}, {name: admin}, {name: y, image: mailu/admin}", ADMIN, "y"},
        {"{}", OF_MAILU, "{name: x}, {name: admin}, {name: y}", ADMIN, "admin"},
        {"{}", OF_MAILU, "7, {name: x}, {name: y}", ADMIN, "x"},
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Result result;
        find(arena, stream_of(arena, &rows[i]), &result);
        const Part *part = part_in(&result);
        if ((part ? part->id : COMPONENTS) != rows[i].id)
            fail_msg("row %zu: found %s", i, part ? part->component->name : "none");
        if (part)
            assert_str_equal(map_text(part->workload->tree, part->container, S("name")), str(rows[i].container));
        case_done(&result);
    }
    test_arena_done(arena);
}

/* ---- what Kubernetes would not take ---- */

static void flaws(void **state) {
    static const struct {
        const char *metadata, *selector, *labels, *containers, *flaw; /* NULL: none */
    } rows[] = {
#define NAMED "{name: it, namespace: mail}"
#define IMAGE "{name: it, image: mailu/admin}"
        {NAMED, "{matchLabels: {app: it}}", "{app: it, tier: mail}", IMAGE, NULL},
        {NAMED, "{matchLabels: {}, matchExpressions: [{key: app, operator: Exists}]}", "{app: it}", IMAGE, NULL},
        {NAMED, "{matchExpressions: [{key: app, operator: Exists}]}", "{app: it}", IMAGE, NULL},
        {"{name: it}", "{matchLabels: {app: it}}", "{app: it}", IMAGE, NULL},
        {NAMED, "{matchLabels: {app: it}}", "{app: other}", IMAGE,
         "its selector does not select its own pods, expected their labels"},
        {NAMED, "{matchLabels: {app: it}}", "{}", IMAGE,
         "its selector does not select its own pods, expected their labels"},
        {NAMED, "{matchLabels: {}}", "{}", IMAGE, "its selector does not select its own pods, expected their labels"},
        {NAMED, "{matchLabels: {app: [it]}}", "{app: [it]}", IMAGE,
         "its selector does not select its own pods, expected their labels"},
        {NAMED, "it", "{app: it}", IMAGE, "has no selector, expected spec.selector.matchLabels"},
        {"{name: it, labels: {app.kubernetes.io/part-of: mailu, app.kubernetes.io/component: admin}}",
         "{matchLabels: {app: it}}", "{app: it}", "it",
         "has no container, expected a mapping in spec.template.spec.containers"},
        {"{name: It, namespace: mail}", "{matchLabels: {app: it}}", "{app: it}", IMAGE,
         "its name or namespace is not valid in Kubernetes; expected lower-case letters, digits, '-' and '.'"},
        {"{name: it, namespace: a.b}", "{matchLabels: {app: it}}", "{app: it}", IMAGE,
         "its name or namespace is not valid in Kubernetes; expected lower-case letters, digits, '-' and '.'"},
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Result result;
        find(arena,
             str_format(arena,
                        "apiVersion: apps/v1\nkind: Deployment\nmetadata: %s\n"
                        "spec: {selector: %s, template: {metadata: {labels: %s}, spec: {containers: [%s]}}}\n",
                        rows[i].metadata, rows[i].selector, rows[i].labels, rows[i].containers),
             &result);
        const char *flaw = rows[i].flaw ? str_format(arena, ": %s\n", rows[i].flaw).p : "";
        if (!part_in(&result) != !!rows[i].flaw || !str_ends(result.said, str(flaw)))
            fail_msg("row %zu: found %.*s", i, F(result.said));
        case_done(&result);
    }
    test_arena_done(arena);
}

/* ---- which Mailu it belongs to ---- */

typedef struct Found {
    const char *image, *namespace, *release;
} Found;

static Str workload_of(Arena *arena, const Found *w, size_t number) {
    return str_format(
        arena,
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: it-%zu, namespace: %s}\n"
        "spec: {selector: {matchLabels: {app: it-%zu}}, template: {metadata: {labels: {app: it-%zu, "
        "app.kubernetes.io/instance: '%s', app.kubernetes.io/name: mailu, app.kubernetes.io/component: %s}}, "
        "spec: {containers: [{name: it, image: mailu/%s}]}}}\n",
        number, w->namespace, number, number, w->release, w->image, w->image);
}

/* "namespace/release: admin front +it-2" of each Mailu, with semicolons between them; after a '+' what is not a
 * component. */
static Str mailus_of(Arena *arena, const Result *result) {
    Buf out = {.arena = arena};
    for (size_t i = 0; i < result->outcome.model.instances.n; i++) {
        Instance *instance = result->outcome.model.instances.at[i];
        buf_format(&out, "%s%.*s/%.*s:", i ? "; " : "", F(instance->namespace), F(instance->name));
        for (ComponentId id = 0; id < COMPONENTS; id++)
            if (part_of(instance, id))
                buf_format(&out, " %s", components[id].name);
        for (size_t j = 0; j < instance->external_peers.n; j++)
            buf_format(&out, " +%.*s", F(instance->external_peers.at[j].manifest->name));
    }
    return buf_str(&out);
}

static void releases(void **state) {
    enum { MOST = 3 };
    static const struct {
        Found workloads[MOST];
        const char *mailus;
    } rows[] = {
        {{{"admin", "mail", "a"}, {"nginx", "mail", "a"}, {"postfix", "post", "a"}},
         "mail/a: front admin; post/a: postfix"},
        {{{"admin", "mail", "a"}, {"nginx", "mail", "b"}, {"postfix", "mail", "a"}},
         "mail/a: admin postfix; mail/b: front"},
        /* without a label: of the only one there, whatever comes first */
        {{{"admin", "mail", ""}, {"nginx", "mail", "a"}}, "mail/a: front admin"},
        {{{"admin", "mail", "a"}, {"nginx", "post", "b"}, {"postfix", "post", ""}},
         "mail/a: admin; post/b: front postfix"},
        {{{"admin", "mail", "a"}, {"nginx", "mail", "b"}, {"postfix", "mail", ""}},
         "mail/a: admin; mail/b: front; mail/mailu: postfix"},
        {{{"oletools", "mail", "a"}, {"admin", "mail", "a"}, {"tika", "mail", "a"}}, "mail/a: admin +it-0 +it-2"},
        {{{"oletools", "mail", "b"}, {"admin", "mail", "a"}, {"tika", "post", "a"}}, "mail/a: admin"},
        {{{"oletools", "mail", "a"}}, "mailu/mailu:"}, /* the config's, which is elsewhere */
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Buf stream = {.arena = arena};
        Result result;
        for (size_t j = 0; j < MOST && rows[i].workloads[j].image; j++)
            buf_add(&stream, workload_of(arena, &rows[i].workloads[j], j));
        find(arena, buf_str(&stream), &result);
        assert_str_equal(mailus_of(arena, &result), str(rows[i].mailus));
        case_done(&result);
    }
    test_arena_done(arena);
}

/* ---- what belongs to it ---- */

/* A front, and what does not mention Mailu. */
static Str front_and(Arena *arena, const char *namespace, const char *more) {
    return str_format(
        arena,
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: it, namespace: '%s'}\n"
        "spec: {selector: {matchLabels: {app: it}}, template: {metadata: {labels: {app: it}}, "
        "spec: {containers: [{name: it, image: mailu/nginx, env: [{name: TZ, value: UTC}], envFrom: [{configMapRef: "
        "{name: first}}, "
        "{configMapRef: {name: second}}]}]}}}\n---\n%s",
        namespace, more);
}

static void services(void **state) {
    static const struct {
        const char *namespace, *metadata, *selector;
        bool found;
    } rows[] = {
        {"mail", "{name: s, namespace: mail}", "{app: it}", true},
        {"mail", "{name: s}", "{app: it}", true},
        {"", "{name: s, namespace: mail}", "{app: it}", true},
        {"mail", "{name: s, namespace: post}", "{app: it}", false},
        {"mail", "{name: s, namespace: mail}", "{app: it, tier: mail}", false},
        {"mail", "{name: s, namespace: mail}", "{app: other}", false},
        {"mail", "{name: s, namespace: mail}", "{app: [it]}", false},
        {"mail", "{name: s, namespace: mail}", "{}", false}, /* Kubernetes looks for no pods then */
        {"mail", "{name: s, namespace: mail}", "it", false},
        {"mail", "{name: S, namespace: mail}", "{app: it}", false},
        {"mail", "{name: s, namespace: mail, annotations: {helm.sh/hook: pre-install}}", "{app: it}", false},
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Result result;
        Str service = str_format(arena, "apiVersion: v1\nkind: Service\nmetadata: %s\nspec: {selector: %s}\n",
                                 rows[i].metadata, rows[i].selector);
        find(arena, front_and(arena, rows[i].namespace, service.p), &result);
        const Part *part = part_in(&result);
        assert_non_null(part);
        if (part->services.n != rows[i].found)
            fail_msg("row %zu: found %zu Services", i, part->services.n);
        case_done(&result);
    }
    test_arena_done(arena);
}

/* The ConfigMap that a container reads is Mailu's environment when it says something that only Mailu would ask for. */
static void environments(void **state) {
    static const struct {
        const char *first, *second, *chosen;
    } rows[] = {
        {"{A: b}", "{TLS_FLAVOR: cert}", "second"},
        {"{A: b}", "{HOSTNAMES: mail.example.com}", "second"},
        {"{A: b}", "{SUBNET: 10.0.0.0/8}", "second"},
        {"{A: b}", "{DOMAIN: example.com}", "second"},
        {"{DOMAIN: example.com}", "{A: b}", "first"},
        {"{DOMAIN: example.com}\nimmutable: true", "{DOMAIN: a}", "second"},
        {"{A: b}", "{A: b}", NULL},
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Result result;
        Str maps =
            str_format(arena,
                       "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: first, namespace: mail}\ndata: %s\n---\n"
                       "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: second, namespace: mail}\ndata: %s\n",
                       rows[i].first, rows[i].second);
        find(arena, front_and(arena, "mail", maps.p), &result);
        const Manifest *m = result.outcome.model.instances.at[0]->environment;
        if (!!m != !!rows[i].chosen || (m && !str_is(m->name, rows[i].chosen)))
            fail_msg("row %zu: found %s", i, m ? "the other" : "none");
        assert_str_equal(environment_of(result.outcome.model.instances.at[0], "TZ"), S("UTC")); /* a container's own */
        case_done(&result);
    }
    test_arena_done(arena);
}

/* A selector that takes in another component's pods. */
static void coarse_selectors(void **state) {
    static const struct {
        const char *image, *other, *said;
    } rows[] = {
        {"nginx", "admin",
         "stdin:1:33: Deployment/coarse: spec.selector.matchLabels: also selects the pods of admin; "},
        {"admin", "nginx",
         "stdin:1:33: Deployment/coarse: spec.selector.matchLabels: also selects the pods of front; "},
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Result result;
        Str stream =
            str_format(arena,
                       "{spec: {selector: {matchLabels: {app: it}}, template: {metadata: {labels: {app: it}}, "
                       "spec: {containers: [{name: it, image: mailu/%s}]}}},\n"
                       " apiVersion: apps/v1, kind: Deployment, metadata: {name: coarse, namespace: mail}}\n---\n"
                       "{spec: {selector: {matchLabels: {app: it, tier: x}}, template: {metadata: {labels: "
                       "{app: it, tier: x}}, spec: {containers: [{name: it, image: mailu/%s}]}}},\n"
                       " apiVersion: apps/v1, kind: Deployment, metadata: {name: fine, namespace: mail}}\n",
                       rows[i].image, rows[i].other);
        find(arena, stream, &result);
        if (!str_starts(result.said, str(rows[i].said)))
            fail_msg("row %zu: found %.*s", i, F(result.said));
        case_done(&result);
    }
    test_arena_done(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(images),           cmocka_unit_test(workloads), cmocka_unit_test(flaws),
    cmocka_unit_test(releases),         cmocka_unit_test(services),  cmocka_unit_test(environments),
    cmocka_unit_test(coarse_selectors),
};
SUITE(discover, tests);
