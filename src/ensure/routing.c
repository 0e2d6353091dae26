/* The way in: Traefik terminates TLS and routes; no Service opens a component past it. */
#include "ensure.h"

#include "../check.h"

#include <string.h>

#define TRAEFIK_API "traefik.io/v1alpha1"
#define ANNOTATION_MIDDLEWARES "traefik.ingress.kubernetes.io/router.middlewares"
#define ANNOTATION_ENTRY_POINTS "traefik.ingress.kubernetes.io/router.entrypoints"

bool routes_traefik(Config *config) {
    return config_bool(config, "ingress.enabled") && str_is(config_get(config, "ingress.type"), "traefik");
}

/* ---- no way past Traefik ---- */

static bool has_external_address(Manifest *m, Node *spec) {
    Str type = map_text(m->tree, spec, S("type"));
    return str_is(type, "LoadBalancer") || str_is(type, "NodePort") ||
           node_first(map_get(m->tree, spec, S("externalIPs")));
}

/* The listeners of front speak plain text, and postfix and dovecot trust whoever comes from the pod network: with an
 * address of its own in the world a Service would carry passwords in clear, or relay for strangers. */
static void close_service(Ensure *e, Manifest *m) {
    static const char *const fields[] = {"externalIPs",
                                         "externalTrafficPolicy",
                                         "loadBalancerIP",
                                         "loadBalancerClass",
                                         "healthCheckNodePort",
                                         "loadBalancerSourceRanges",
                                         "allocateLoadBalancerNodePorts"};
    Node *spec = map_get(m->tree, m->root, S("spec"));
    if (!has_external_address(m, spec))
        return;
    complain(e, WARNING, m, map_get(m->tree, spec, S("type")),
             "opened %s to the world past Traefik; it is a ClusterIP now", e->part->component->name);
    put_text(e, REQUIRE, m, spec, "type", S("ClusterIP"));
    for (size_t i = 0; i < COUNT(fields); i++) {
        Node *field = map_get(m->tree, spec, str(fields[i]));
        if (field)
            take_out(e, REQUIRE, m, field);
    }
    Node *list = map_get(m->tree, spec, S("ports"));
    for (Node *item = is_sequence(list) ? node_first(list) : NULL; item; item = node_next(item)) {
        Node *node_port = map_get(m->tree, item, S("nodePort"));
        if (node_port)
            take_out(e, REQUIRE, m, node_port);
    }
}

void ensure_exposure(Ensure *e) {
    if (!routes_traefik(e->instance->config))
        return;
    for (ComponentId id = 0; id < COMPONENTS; id++) {
        e->part = part_of(e->instance, id);
        for (size_t i = 0; e->part && i < e->part->services.n; i++)
            close_service(e, e->part->services.at[i]);
    }
    e->part = NULL;
}

/* ---- finding routes ---- */

/* The part whose Service has that name, or NULL. */
static Part *part_served_by(Instance *instance, Str service) {
    for (ComponentId id = 0; id < COMPONENTS; id++) {
        Part *part = part_of(instance, id);
        for (size_t i = 0; part && i < part->services.n; i++)
            if (goes_by(part->services.at[i], service))
                return part;
    }
    return NULL;
}

static bool holds_text(Tree *tree, Node *list, Str text) {
    for (Node *item = is_sequence(list) ? node_first(list) : NULL; item; item = node_next(item)) {
        const Node *value = node_value(tree, item);
        if (is_scalar(value) && str_eq(value->text, text))
            return true;
    }
    return false;
}

static Node *first_item(Tree *tree, Node *list) {
    return node_value(tree, is_sequence(list) ? node_first(list) : NULL);
}

/* The route that takes the entry point to some Service of this Mailu. */
static Manifest *find_route(Ensure *e, Str entry_point, Str name) {
    const Stream *stream = e->model->stream;
    for (size_t i = 0; i < stream->manifests.n; i++) {
        Manifest *m = stream->manifests.at[i];
        if (m->kind != KIND_ROUTE_TCP || !same_namespace(m->namespace, e->instance->namespace) ||
            !holds_text(m->tree, map_path(m->tree, m->root, "spec.entryPoints"), entry_point))
            continue;
        Node *route = first_item(m->tree, map_path(m->tree, m->root, "spec.routes"));
        Node *service = first_item(m->tree, map_get(m->tree, route, S("services")));
        if (part_served_by(e->instance, map_text(m->tree, service, S("name"))))
            return m;
    }
    return stream_find(stream, KIND_ROUTE_TCP, e->instance->namespace, name);
}

/* ---- mail protocols ---- */

static Str tls_secret(Ensure *e) {
    const Stream *stream = e->model->stream;
    Config *config = e->instance->config;
    if (config_has(config, "ingress.traefik.tlsSecret"))
        return config_get(config, "ingress.traefik.tlsSecret");
    for (size_t i = 0; i < stream->manifests.n; i++) {
        Manifest *m = stream->manifests.at[i];
        if (m->kind != KIND_INGRESS || !same_namespace(m->namespace, e->instance->namespace))
            continue;
        Node *rule = first_item(m->tree, map_path(m->tree, m->root, "spec.rules"));
        Node *path = first_item(m->tree, map_path(m->tree, rule, "http.paths"));
        Node *tls = first_item(m->tree, map_path(m->tree, m->root, "spec.tls"));
        Str secret = map_text(m->tree, tls, S("secretName"));
        if (secret.n &&
            part_served_by(e->instance, map_text(m->tree, map_path(m->tree, path, "backend.service"), S("name"))))
            return secret;
    }
    return S("mailu-tls");
}

/* Port 25 of the world goes to a listener of postfix's own, which relays for nobody. The Service *-postfix stays for
 * the inside. */
static Manifest *mx_service(Ensure *e) {
    Part *part = part_of(e->instance, POSTFIX);
    for (size_t i = 0; i < part->services.n; i++) {
        Manifest *m = part->services.at[i];
        Node *port = item_with_int(m->tree, map_path(m->tree, m->root, "spec.ports"), "targetPort", MX_PORT);
        if (int_at(m->tree, port, "port") == 25)
            return m;
    }
    Manifest *m = add_service(e, part, prefixed(e, "postfix-mx"));
    Node *spec = map_get(m->tree, m->root, S("spec"));
    put(e, REQUIRE, m, spec, "ports",
        build(e->model->arena, "[{name:smtp,port:25,protocol:TCP,targetPort:%d}]", MX_PORT));
    *PUSH(e->model->arena, &part->services) = m;
    return m;
}

static Str ensure_connection_limit(Ensure *e, Manifest *route_manifest, Node *route) {
    Arena *arena = e->model->arena;
    Config *config = e->instance->config;
    Tree *tree = route_manifest->tree;
    Strength strength = strength_of(config, "ingress.traefik.smtpConnectionLimit");
    Node *list = map_get(tree, route, S("middlewares"));
    Manifest *limit = NULL;
    for (Node *item = is_sequence(list) ? node_first(list) : NULL; item && !limit; item = node_next(item)) {
        Str name = map_text(tree, node_value(tree, item), S("name"));
        Manifest *m = stream_find(e->model->stream, KIND_MIDDLEWARE_TCP, e->instance->namespace, name);
        if (m && map_path(m->tree, m->root, "spec.inFlightConn"))
            limit = m;
    }
    Str name = prefixed(e, "smtp-connection-limit");
    if (!limit)
        limit = stream_find(e->model->stream, KIND_MIDDLEWARE_TCP, e->instance->namespace, name);
    if (!limit)
        limit = add_manifest(e, TRAEFIK_API, "MiddlewareTCP", name, NULL, "spec", new_collection(arena, MAPPING));
    Node *spec = mapping_at(e, limit, limit->root, "spec");
    put_int(e, strength, limit, mapping_at(e, limit, spec, "inFlightConn"), "amount",
            config_int(config, "ingress.traefik.smtpConnectionLimit"));
    return limit->name;
}

/* Mailu's own choice: TLS 1.2 on, and its six ECDHE suites with AEAD. */
static Str ensure_tls_option(Ensure *e, Str there) {
    Arena *arena = e->model->arena;
    Str name = there.n ? there : prefixed(e, "mail-tls");
    Manifest *m = stream_find(e->model->stream, KIND_TLS_OPTION, e->instance->namespace, name);
    if (there.n && !m)
        return there; /* somebody else's */
    if (!m)
        m = add_manifest(e, TRAEFIK_API, "TLSOption", name, NULL, "spec", new_collection(arena, MAPPING));
    Node *spec = mapping_at(e, m, m->root, "spec");
    put_text(e, DEFAULT, m, spec, "minVersion", S("VersionTLS12"));
    put(e, DEFAULT, m, spec, "cipherSuites",
        build(arena, "[TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,"
                     "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,"
                     "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305]"));
    return name;
}

static void ensure_tls(Ensure *e, Manifest *m, Node *spec, bool terminates, Str secret) {
    Node *tls = map_get(m->tree, spec, S("tls"));
    if (!terminates) {
        if (tls)
            take_out(e, REQUIRE, m, tls);
        return;
    }
    tls = mapping_at(e, m, spec, "tls");
    Node *passthrough = map_get(m->tree, tls, S("passthrough"));
    if (passthrough)
        take_out(e, REQUIRE, m, passthrough);
    Strength strength = strength_of(e->instance->config, "ingress.traefik.tlsSecret");
    if (!map_get(m->tree, tls, S("certResolver")) || strength == SET)
        put_text(e, strength, m, tls, "secretName", secret);
    Node *options = mapping_at(e, m, tls, "options");
    put_text(e, DEFAULT, m, options, "name", ensure_tls_option(e, map_text(m->tree, options, S("name"))));
}

/* Traefik says in front of each connection who the client is: else one attacker's failures would lock everybody out. */
static void ensure_backend(Ensure *e, Manifest *m, Node *route, Str service_name, int port) {
    Node *services = sequence_at(e, m, route, "services");
    Node *service = first_item(m->tree, services);
    if (!is_mapping(service))
        service = append(e, REQUIRE, m, services, new_collection(e->model->arena, MAPPING));
    put_text(e, REQUIRE, m, service, "name", service_name);
    put_int(e, REQUIRE, m, service, "port", port);
    Node *proxy = map_get(m->tree, service, S("proxyProtocol"));
    if (config_bool(e->instance->config, "ingress.traefik.proxyProtocol"))
        put_int(e, REQUIRE, m, mapping_at(e, m, service, "proxyProtocol"), "version", 2);
    else if (proxy)
        take_out(e, REQUIRE, m, proxy);
}

static void ensure_route(Ensure *e, const Route *row, Str secret) {
    Arena *arena = e->model->arena;
    Config *config = e->instance->config;
    Part *part = part_of(e->instance, row->component);
    if (!part)
        return;
    Str field = str_format(arena, "ingress.traefik.entryPoints.%s%c", row->entry_point, '\0');
    Str entry_point = config_get(config, field.p), name = prefixed(e, row->name);
    bool plain = row->port == 587 && config_bool(config, "ingress.traefik.plaintextSubmission");
    Manifest *m = find_route(e, entry_point, name);
    if (!m)
        m = add_manifest(e, TRAEFIK_API, "IngressRouteTCP", name, row->component == FRONT ? "front" : "postfix", "spec",
                         build(arena, "{entryPoints:[%S],routes:[{match:%s}]}", entry_point, "HostSNI(`*`)"));
    Node *spec = mapping_at(e, m, m->root, "spec");
    Node *list = sequence_at(e, m, spec, "routes");
    Node *route = first_item(m->tree, list);
    if (!is_mapping(route))
        route = append(e, REQUIRE, m, list, build(arena, "{match:%s}", "HostSNI(`*`)"));
    if (row->component == POSTFIX) {
        Str limit = ensure_connection_limit(e, m, route);
        if (!item_with(m->tree, map_get(m->tree, route, S("middlewares")), "name", limit))
            append(e, REQUIRE, m, sequence_at(e, m, route, "middlewares"), build(arena, "{name:%S}", limit));
        ensure_backend(e, m, route, mx_service(e)->name, 25);
    } else {
        ensure_backend(e, m, route, part->service->name, row->port);
    }
    ensure_tls(e, m, spec, row->tls && !plain, secret);
    if (plain)
        complain(e, WARNING, m, spec, "plaintextSubmission: passwords on port 587 cross the internet in clear");
}

/* ---- web pages ---- */

static Str middleware_reference(Ensure *e, Str name) {
    return str_format(e->model->arena, "%.*s-%.*s@kubernetescrd", F(e->instance->in_namespace), F(name));
}

/* The middleware `ending` of this Mailu with exactly that spec; returns how an Ingress refers to it. */
static Str middleware(Ensure *e, const char *ending, Node *spec) {
    Str name = prefixed(e, ending);
    Manifest *m = stream_find(e->model->stream, KIND_MIDDLEWARE, e->instance->namespace, name);
    if (m)
        put(e, REQUIRE, m, m->root, "spec", spec);
    else
        add_manifest(e, TRAEFIK_API, "Middleware", name, NULL, "spec", spec);
    return middleware_reference(e, name);
}

static bool is_header_name(Str s) {
    return s.n && check_entry_point(s);
}

/* Headers by which Mailu believes who somebody is may not come from outside: PROXY_AUTH_HEADER of admin, which looks at
 * X-Forwarded-By too, and the user names of webmail and webdav. What front's nginx said to browsers is said here. */
static Str headers_middleware(Ensure *e) {
    Arena *arena = e->model->arena;
    Node *removed =
        build(arena, "{X-Auth-Email:%s,X-Forwarded-By:%s,X-Remote-User:%s,X-Remote-User-Token:%s}", "", "", "", "");
    Str own = environment_of(e->instance, "PROXY_AUTH_HEADER");
    if (is_header_name(own) && !str_is(own, "X-Auth-Email"))
        node_append(removed, new_string(arena, own), new_string(arena, S("")));
    return middleware(e, "headers",
                      build(arena,
                            "{headers:{customRequestHeaders:%n,customFrameOptionsValue:SAMEORIGIN,"
                            "contentTypeNosniff:true,referrerPolicy:same-origin,stsSeconds:31536000}}",
                            removed));
}

static const struct {
    const char *ending, *regex, *replacement;
} autoconfig[] = {
    {"autoconfig-mozilla", "^/(\\.well-known/autoconfig/)?mail/config-v1\\.1\\.xml$", "/internal/autoconfig/mozilla"},
    {"autoconfig-microsoft", "^/(?i:autodiscover/autodiscover)\\.xml$", "/internal/autoconfig/microsoft"},
    {"autoconfig-apple", "^/(apple\\.)?mobileconfig$", "/internal/autoconfig/apple"},
};

static const char *const autoconfig_paths[] = {
    "/.well-known/autoconfig/mail/config-v1.1.xml",
    "/mail/config-v1.1.xml",
    "/autodiscover/autodiscover.xml",
    "/Autodiscover/Autodiscover.xml",
    "/mobileconfig",
    "/apple.mobileconfig",
};

/* Where Traefik, in a namespace of its own, reaches a part. */
static Str host_for_traefik(Ensure *e, ComponentId id) {
    return str_format(e->model->arena, "%.*s.%.*s.svc.%.*s", F(e->instance->parts[id].service->name),
                      F(e->instance->in_namespace), F(e->instance->settings.cluster_domain));
}

static Node *path_entry(Ensure *e, Str path, const char *type, const Part *part, int port) {
    return build(e->model->arena, "{path:%S,pathType:%s,backend:{service:{name:%S,port:{number:%d}}}}", path, type,
                 part->service->name, port);
}

typedef LIST(Node *) Paths;
typedef LIST(Str) Names;

static void add_path(Ensure *e, Paths *paths, Str path, const char *type, const Part *part, int port) {
    *PUSH(e->model->arena, paths) = path_entry(e, path, type, part, port);
}

/* `/internal` of admin, which answers anything to anybody, is never among them. */
static Paths admin_paths(Ensure *e) {
    const Settings *s = &e->instance->settings;
    const Part *admin = part_of(e->instance, ADMIN);
    Paths paths = {0};
    add_path(e, &paths, s->web_admin, "Prefix", admin, 8080);
    add_path(e, &paths, S("/sso"), "Prefix", admin, 8080);
    add_path(e, &paths, S("/static"), "Prefix", admin, 8080);
    if (s->api)
        add_path(e, &paths, s->web_api, "Prefix", admin, 8080);
    for (size_t i = 0; i < COUNT(autoconfig_paths); i++)
        add_path(e, &paths, str(autoconfig_paths[i]), "Exact", admin, 8080);
    return paths;
}

static Paths webmail_paths(Ensure *e) {
    const Settings *s = &e->instance->settings;
    const Part *webmail = part_of(e->instance, WEBMAIL);
    Paths paths = {0};
    add_path(e, &paths, s->web_webmail, "Prefix", webmail, 80);
    if (!str_is(s->web_webmail, "/"))
        add_path(e, &paths, S("/"), "Exact", webmail, 80);
    return paths;
}

static Names admin_middlewares(Ensure *e) {
    Arena *arena = e->model->arena;
    Names names = {0};
    *PUSH(arena, &names) = headers_middleware(e);
    for (size_t i = 0; i < COUNT(autoconfig); i++)
        *PUSH(arena, &names) = middleware(e, autoconfig[i].ending,
                                          build(arena, "{replacePathRegex:{regex:%s,replacement:%s}}",
                                                autoconfig[i].regex, autoconfig[i].replacement));
    return names;
}

/* The order matters: each wraps those behind it. A visitor without a session gets 403 from ForwardAuth, which the login
 * middleware answers with webmail's page that leads to admin's login; the prefix goes last. */
static Names webmail_middlewares(Ensure *e) {
    Arena *arena = e->model->arena;
    const Settings *s = &e->instance->settings;
    Names names = {0};
    bool at_root = str_is(s->web_webmail, "/");
    if (!at_root)
        *PUSH(arena, &names) =
            middleware(e, "webmail-root",
                       build(arena, "{redirectRegex:{regex:%s,replacement:%S}}", "^(https?://[^/]+)/?$",
                             str_format(arena, "${1}%.*s/", F(s->web_webmail))));
    *PUSH(arena, &names) = headers_middleware(e);
    *PUSH(arena, &names) = middleware(e, "webmail-login",
                                      build(arena, "{errors:{status:[%s],query:/sso/login,service:{name:%S,port:80}}}",
                                            "403", part_of(e->instance, WEBMAIL)->service->name));
    *PUSH(arena, &names) = middleware(
        e, "webmail-auth",
        build(arena, "{forwardAuth:{address:%S,trustForwardHeader:false,authResponseHeaders:[X-User,X-User-Token]}}",
              str_format(arena, "http://%.*s:8080/internal/auth/user", F(host_for_traefik(e, ADMIN)))));
    if (!at_root)
        *PUSH(arena, &names) =
            middleware(e, "webmail-prefix", build(arena, "{stripPrefix:{prefixes:[%S]}}", s->web_webmail));
    return names;
}

/* ---- Ingresses ---- */

static Str joined(Ensure *e, Str there, const Names *names) {
    Buf out = {.arena = e->model->arena};
    buf_add(&out, there);
    for (size_t i = 0; i < names->n; i++) {
        bool already = false;
        for (Str rest = there; rest.n;)
            already |= str_eq(str_trim(str_cut(&rest, ',')), names->at[i]);
        if (!already)
            buf_format(&out, "%s%.*s", out.n ? "," : "", F(names->at[i]));
    }
    return buf_str(&out);
}

/* cert-manager is told to make a certificate where there is none. Whoever named a Secret has one, and it would be
 * overwritten. */
static void ensure_issuer(Ensure *e, Manifest *m, Node *annotations) {
    Config *config = e->instance->config;
    Str issuer = config_get(config, "ingress.traefik.certIssuer");
    Strength strength = strength_of(config, "ingress.traefik.certIssuer");
    bool has_certificate = node_first(map_path(m->tree, m->root, "spec.tls"));
    if (issuer.n && !(has_certificate && strength == DEFAULT) &&
        !map_get(m->tree, annotations, S("cert-manager.io/issuer")))
        put_text(e, strength, m, annotations, "cert-manager.io/cluster-issuer", issuer);
}

static void ensure_annotations(Ensure *e, Manifest *m, const Names *names, bool certificate) {
    Config *config = e->instance->config;
    Node *metadata = mapping_at(e, m, m->root, "metadata");
    Node *annotations = mapping_at(e, m, metadata, "annotations");
    put_text(e, REQUIRE, m, annotations, ANNOTATION_MIDDLEWARES,
             joined(e, map_text(m->tree, annotations, S(ANNOTATION_MIDDLEWARES)), names));
    put_text(e, strength_of(config, "ingress.traefik.entryPoints.websecure"), m, annotations, ANNOTATION_ENTRY_POINTS,
             config_get(config, "ingress.traefik.entryPoints.websecure"));
    if (certificate)
        ensure_issuer(e, m, annotations);
    Node *old_class = map_get(m->tree, annotations, S("kubernetes.io/ingress.class"));
    if (old_class)
        take_out(e, REQUIRE, m, old_class);
}

static Node *hosts_node(Ensure *e, const Names *hosts) {
    Node *list = new_collection(e->model->arena, SEQUENCE);
    for (size_t i = 0; i < hosts->n; i++)
        node_append(list, NULL, new_string(e->model->arena, hosts->at[i]));
    return list;
}

static void ensure_ingress_spec(Ensure *e, Manifest *m, const Names *hosts, Str secret) {
    Arena *arena = e->model->arena;
    Node *spec = mapping_at(e, m, m->root, "spec");
    put_text(e, REQUIRE, m, spec, "ingressClassName", config_get(e->instance->config, "ingress.className"));
    Node *tls = map_get(m->tree, spec, S("tls"));
    if (!is_sequence(tls) || !node_first(tls))
        put(e, REQUIRE, m, spec, "tls", build(arena, "[{secretName:%S,hosts:%n}]", secret, hosts_node(e, hosts)));
    else if (config_has(e->instance->config, "ingress.traefik.tlsSecret"))
        put_text(e, SET, m, first_item(m->tree, tls), "secretName", secret);
}

static Str backend_of(Tree *tree, Node *path) {
    return map_text(tree, map_path(tree, path, "backend.service"), S("name"));
}

static bool has_path(Tree *tree, Node *list, Node *wanted) {
    Str path = map_text(tree, wanted, S("path"));
    return item_with(tree, list, "path", path) != NULL;
}

/* In every rule: what led to front leads to `paths`, each of them once. */
static void repoint_rule(Ensure *e, Manifest *m, Node *rule, const Paths *paths) {
    Node *http = mapping_at(e, m, rule, "http");
    Node *list = sequence_at(e, m, http, "paths");
    for (Node *item = node_first(list); item;) {
        Node *next = node_next(item);
        const Part *part = part_served_by(e->instance, backend_of(m->tree, node_value(m->tree, item)));
        if (part && part->id == FRONT)
            take_out(e, REQUIRE, m, item);
        item = next;
    }
    for (size_t i = 0; i < paths->n; i++)
        if (!has_path(m->tree, list, paths->at[i]))
            append(e, REQUIRE, m, list, node_copy(m->tree, e->model->arena, paths->at[i]));
}

/* Whether a rule leads to the part, or (for admin) to front, whose place admin takes. */
static bool rule_leads_to(Ensure *e, const Manifest *m, Node *rule, ComponentId id) {
    Node *paths = map_path(m->tree, rule, "http.paths");
    for (Node *path = is_sequence(paths) ? node_first(paths) : NULL; path; path = node_next(path)) {
        const Part *part = part_served_by(e->instance, backend_of(m->tree, node_value(m->tree, path)));
        if (part && (part->id == id || (id == ADMIN && part->id == FRONT)))
            return true;
    }
    return false;
}

static Names hosts_of(Ensure *e) {
    Arena *arena = e->model->arena;
    Config *config = e->instance->config;
    Names hosts = {0};
    if (config_has(config, "ingress.traefik.hostname")) {
        *PUSH(arena, &hosts) = config_get(config, "ingress.traefik.hostname");
        return hosts;
    }
    for (Str rest = e->instance->settings.hostnames; rest.n;)
        *PUSH(arena, &hosts) = str_trim(str_cut(&rest, ','));
    return hosts;
}

static void add_host(Ensure *e, Names *hosts, Str host) {
    bool known = !host.n;
    for (size_t i = 0; i < hosts->n; i++)
        known |= str_eq(hosts->at[i], host);
    if (!known)
        *PUSH(e->model->arena, hosts) = host;
}

static void ensure_ingress(Ensure *e, ComponentId id, const Paths *paths, const Names *names, Names *hosts,
                           Str secret) {
    Arena *arena = e->model->arena;
    const Stream *stream = e->model->stream;
    bool found = false;
    for (size_t i = 0; i < stream->manifests.n; i++) {
        Manifest *m = stream->manifests.at[i];
        if (m->kind != KIND_INGRESS || !same_namespace(m->namespace, e->instance->namespace))
            continue;
        bool leads = false;
        Node *rules = map_path(m->tree, m->root, "spec.rules");
        for (Node *item = is_sequence(rules) ? node_first(rules) : NULL; item; item = node_next(item)) {
            Node *rule = node_value(m->tree, item);
            if (!rule_leads_to(e, m, rule, id))
                continue;
            leads = true;
            add_host(e, hosts, map_text(m->tree, rule, S("host")));
            repoint_rule(e, m, rule, paths);
        }
        if (!leads)
            continue;
        found = true;
        ensure_annotations(e, m, names, id == ADMIN);
        ensure_ingress_spec(e, m, hosts, secret);
    }
    if (found || !hosts->n)
        return;
    Node *rules = new_collection(arena, SEQUENCE);
    Manifest *m = add_manifest(e, "networking.k8s.io/v1", "Ingress", prefixed(e, components[id].name),
                               components[id].name, "spec", new_collection(arena, MAPPING));
    ensure_annotations(e, m, names, id == ADMIN);
    ensure_ingress_spec(e, m, hosts, secret);
    put(e, REQUIRE, m, map_get(m->tree, m->root, S("spec")), "rules", rules);
    for (size_t i = 0; i < hosts->n; i++) {
        Node *rule = append(e, REQUIRE, m, rules, build(arena, "{host:%S,http:{paths:[]}}", hosts->at[i]));
        repoint_rule(e, m, rule, paths);
    }
}

/* ---- the whole ---- */

static void warn_of_guess(Ensure *e) {
    if (e->instance->namespace.n || config_has(e->instance->config, "namespace"))
        return;
    complain(
        e, WARNING, NULL, NULL,
        "no manifest of this Mailu names its namespace; the routes assume \"mailu\", say it with --set namespace=...");
}

void ensure_routing(Ensure *e) {
    Config *config = e->instance->config;
    if (!routes_traefik(config))
        return;
    warn_of_guess(e);
    Str secret = tls_secret(e);
    for (size_t i = 0; config_bool(config, "ingress.traefik.enableTcp") && i < route_count; i++)
        ensure_route(e, &routes[i], secret);
    Names hosts = hosts_of(e);
    if (part_of(e->instance, ADMIN)) {
        Paths paths = admin_paths(e);
        Names names = admin_middlewares(e);
        ensure_ingress(e, ADMIN, &paths, &names, &hosts, secret);
    }
    if (part_of(e->instance, WEBMAIL) && part_of(e->instance, ADMIN)) {
        Paths paths = webmail_paths(e);
        Names names = webmail_middlewares(e);
        ensure_ingress(e, WEBMAIL, &paths, &names, &hosts, secret);
    }
}
