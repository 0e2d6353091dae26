/* The mail protocols: Traefik terminates TLS, and passes on the client's address. */
#include "ensure/backends.h"
#include "ensure/certificates.h"

/* ---- finding routes ---- */

/* What a route of an IngressRouteTCP leads to. */
typedef struct Backend {
    Node *route, *service;
} Backend;

typedef LIST(Backend) Backends;

static Backends backends_of(Ensure *e, const Manifest *m) {
    Backends all = {0};
    EACH_ITEM(route, m->tree, manifest_at(m, "spec.routes")) {
        EACH_ITEM(service, m->tree, map_get(m->tree, route, S("services")))
            *PUSH(e->arena, &all) = (Backend){route, service};
    }
    return all;
}

static Str entry_point_of(Ensure *e, const Route *row, Strength *strength) {
    Str field = str_format(e->arena, "ingress.traefik.entryPoints.%s", row->entry_point);
    *strength = strength_of(e->config, field.p);
    return config_get(e->config, field.p);
}

/* The port of a Service that a route names by its number or by its name; -1 when it has none such. */
static int service_port(const Part *part, Tree *tree, Node *service) {
    Str name = map_text(tree, service, S("name")), port = map_text(tree, service, S("port"));
    int number = int_at(tree, service, "port");
    for (size_t i = 0; number < 0 && i < part->services.n; i++) {
        Manifest *m = part->services.at[i];
        if (has_name(m, name))
            number = int_at(m->tree, item_with(m->tree, manifest_at(m, "spec.ports"), "name", port), "port");
    }
    return number;
}

/* Which row a route of the stream to `service` is for: the one of its entry point, else the one of the port it leads
 * to. NULL when it leads to none of this Mailu's components, which are `*part` then, or to one in some other way. */
static const Route *route_row(Ensure *e, const Manifest *m, Node *service, Part **part) {
    Strength strength;
    Node *entry_points = manifest_at(m, "spec.entryPoints");
    *part = part_served_by(e->instance, map_text(m->tree, service, S("name")));
    for (size_t i = 0; *part && i < ROUTES; i++)
        if (wants_route(e->instance, &routes[i]) &&
            holds_text(m->tree, entry_points, entry_point_of(e, &routes[i], &strength)))
            return &routes[i];
    int port = *part ? service_port(*part, m->tree, service) : -1;
    for (size_t i = 0; *part && i < ROUTES; i++)
        if (wants_route(e->instance, &routes[i]) && routes[i].port == port &&
            ((*part)->id == FRONT || (*part)->id == routes[i].component))
            return &routes[i];
    return NULL;
}

static bool leads_here(Ensure *e, const Manifest *m) {
    Backends all = backends_of(e, m);
    Part *part;
    for (size_t i = 0; i < all.n; i++)
        if (route_row(e, m, all.at[i].service, &part))
            return true;
    return false;
}

/* ---- mail protocols ---- */

/* Public port 25 goes to a separate listener of postfix, which relays for nobody. The Service *-postfix stays for
 * internal use. */
static Manifest *mx_service(Ensure *e) {
    Part *part = part_of(e->instance, POSTFIX);
    Manifest *m = found_mx_service(e);
    if (m)
        return m;
    Str name = prefixed(e, "postfix-mx");
    m = find_manifest(e, KIND_SERVICE, name);
    if (!m) {
        m = add_service(e, part, name);
        *PUSH(e->arena, &part->services) = m;
    }
    Node *spec = mapping_at(e, m, m->root, "spec");
    set_value(e, REQUIRE, m, spec, "ports",
              build(e->arena, "[{name:smtp,port:25,protocol:TCP,targetPort:%d}]", MX_PORT));
    return m;
}

static void ensure_middleware(Ensure *e, Manifest *m, Node *route, Str name) {
    if (!item_with(m->tree, map_get(m->tree, route, S("middlewares")), "name", name))
        append_item(e, REQUIRE, m, sequence_at(e, m, route, "middlewares"), build(e->arena, "{name:%S}", name));
}

/* The limit that a route has: a MiddlewareTCP for connections at once; NULL when it has none. */
static Manifest *limit_of_route(Ensure *e, const Manifest *m, Node *route) {
    EACH_ITEM(reference, m->tree, map_get(m->tree, route, S("middlewares"))) {
        Str name = map_text(m->tree, reference, S("name"));
        Manifest *limit = find_manifest(e, KIND_MIDDLEWARE_TCP, name);
        if (limit && manifest_at(limit, "spec.inFlightConn"))
            return limit;
    }
    return NULL;
}

static Manifest *usual_limit(Ensure *e) {
    return find_manifest(e, KIND_MIDDLEWARE_TCP, prefixed(e, "smtp-connection-limit"));
}

/* The limit of the route for port 25, when the stream has one. */
static Manifest *limit_of_stream(Ensure *e) {
    for (const Manifest *m = NULL; (m = next_manifest(e, KIND_ROUTE_TCP, m));) {
        Backends all = backends_of(e, m);
        for (size_t j = 0; j < all.n; j++) {
            Part *part;
            const Route *row = route_row(e, m, all.at[j].service, &part);
            Manifest *limit = row && row->component == POSTFIX ? limit_of_route(e, m, all.at[j].route) : NULL;
            if (limit)
                return limit;
        }
    }
    return usual_limit(e);
}

int smtp_connection_limit(Ensure *e) {
    const Manifest *limit = limit_of_stream(e);
    int amount = limit ? int_at(limit->tree, manifest_at(limit, "spec.inFlightConn"), "amount") : -1;
    return amount > 0 && !config_has(e->config, "ingress.traefik.smtpConnectionLimit")
               ? amount
               : config_int(e->config, "ingress.traefik.smtpConnectionLimit");
}

/* Removes our limit from a route: without client addresses all clients count as one. */
static void remove_connection_limit(Ensure *e, Manifest *m, Node *route) {
    Node *list = map_get(m->tree, route, S("middlewares"));
    remove_item(e, REQUIRE, m, list, item_with(m->tree, list, "name", prefixed(e, "smtp-connection-limit")));
}

static void ensure_connection_limit(Ensure *e, Manifest *m, Node *route) {
    Manifest *limit = limit_of_route(e, m, route);
    if (!config_bool(e->config, "ingress.traefik.proxyProtocol")) {
        remove_connection_limit(e, m, route);
        return;
    }
    if (!limit)
        limit = manifest_named(e, KIND_MIDDLEWARE_TCP, prefixed(e, "smtp-connection-limit"), NULL, NULL);
    Node *spec = mapping_at(e, limit, limit->root, "spec");
    set_int(e, strength_of(e->config, "ingress.traefik.smtpConnectionLimit"), limit,
            mapping_at(e, limit, spec, "inFlightConn"), "amount",
            config_int(e->config, "ingress.traefik.smtpConnectionLimit"));
    ensure_middleware(e, m, route, limit->name);
}

Str source_ranges_name(Ensure *e, const Route *row) {
    return str_format(e->arena, "%.*s-%s-source-ranges", F(e->instance->prefix), row->name);
}

/* The TLSOption of an existing route to this Mailu, when the stream has it; else that of the program's own name. */
static Str usual_tls_option(Ensure *e) {
    for (const Manifest *m = NULL; (m = next_manifest(e, KIND_ROUTE_TCP, m));) {
        if (!leads_here(e, m))
            continue;
        Str name = manifest_text(m, "spec.tls.options.name");
        if (name.n && find_manifest(e, KIND_TLS_OPTION, name))
            return name;
    }
    return prefixed(e, "mail-tls");
}

/* Traefik refuses a client that offers protocols of which the option names none, and some mail clients offer these. An
 * option of the user's may be for web pages too, and keeps what Traefik has without a list. */
static Node *protocols(Ensure *e, const Manifest *option) {
    return build(e->arena, has_name(option, prefixed(e, "mail-tls"))
                               ? "[imap,pop3,smtp,managesieve]"
                               : "[imap,pop3,smtp,managesieve,h2,http/1.1,acme-tls/1]");
}

/* Mailu's own choice: TLS 1.2 on, and its six ECDHE suites with AEAD. */
static Str ensure_tls_option(Ensure *e, Str there) {
    Str name = there.n ? there : usual_tls_option(e);
    Manifest *m =
        there.n ? find_manifest(e, KIND_TLS_OPTION, name) : manifest_named(e, KIND_TLS_OPTION, name, NULL, NULL);
    if (!m)
        return there; /* of another origin */
    Node *spec = mapping_at(e, m, m->root, "spec");
    set_text(e, DEFAULT, m, spec, "minVersion", S("VersionTLS12"));
    set_value(e, DEFAULT, m, spec, "cipherSuites",
              build(e->arena, "[TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,"
                              "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,"
                              "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305]"));
    set_value(e, DEFAULT, m, spec, "alpnProtocols", protocols(e, m));
    return name;
}

static void ensure_route_tls(Ensure *e, Manifest *m, Node *spec, bool terminates, Str secret) {
    Node *tls = map_get(m->tree, spec, S("tls"));
    if (!terminates) {
        remove_node(e, REQUIRE, m, tls);
        return;
    }
    tls = mapping_at(e, m, spec, "tls");
    remove_node(e, REQUIRE, m, map_get(m->tree, tls, S("passthrough")));
    Strength strength = strength_of(e->config, "ingress.traefik.tlsSecret");
    Str resolver = e->instance->settings.cert_resolver;
    Node *named = map_get(m->tree, tls, S("secretName"));
    if (config_has(e->config, "ingress.traefik.certResolver")) {
        set_text(e, SET, m, tls, "certResolver", resolver);
        remove_node(e, SET, m, named);
    } else if (strength == SET || (!resolver.n && !map_get(m->tree, tls, S("certResolver")))) {
        set_text(e, strength, m, tls, "secretName", secret);
    } else if (!named) {
        set_text(e, DEFAULT, m, tls, "certResolver", resolver);
    }
    Node *options = mapping_at(e, m, tls, "options");
    set_text(e, DEFAULT, m, options, "name", ensure_tls_option(e, map_text(m->tree, options, S("name"))));
}

static bool is_for_every_host(const Manifest *m, Node *route) {
    return str_is(map_text(m->tree, route, S("match")), "HostSNI(`*`)");
}

/* Traefik has a resolver obtain certificates for the hosts of the rule: without domains it would ask for one for "*",
 * again and again, which no ACME server gives. */
static void ensure_domains(Ensure *e, Manifest *m, Node *spec, Node *route) {
    Node *tls = map_get(m->tree, spec, S("tls")), *domains = new_collection(e->arena, SEQUENCE);
    if (!map_get(m->tree, tls, S("certResolver")) || !is_for_every_host(m, route))
        return;
    for (Str rest = e->instance->settings.hostnames, host; str_next_item(&rest, &host);)
        if (host.n && is_mail_host(host))
            node_append(domains, NULL, build(e->arena, "{main:%S}", host));
    if (node_first(domains))
        set_value(e, DEFAULT, m, tls, "domains", domains);
}

/* Traefik sends the client's address at the start of each connection: else one attacker's failures would lock everybody
 * out. */
static void ensure_backend(Ensure *e, Manifest *m, Backend backend, Str to, int port) {
    Node *service = backend.service;
    if (!is_mapping(service))
        service =
            append_item(e, REQUIRE, m, sequence_at(e, m, backend.route, "services"), new_collection(e->arena, MAPPING));
    set_text(e, REQUIRE, m, service, "name", to);
    set_int(e, REQUIRE, m, service, "port", port);
    if (config_bool(e->config, "ingress.traefik.proxyProtocol"))
        set_int(e, REQUIRE, m, mapping_at(e, m, service, "proxyProtocol"), "version", 2);
    else
        remove_node(e, REQUIRE, m, map_get(m->tree, service, S("proxyProtocol")));
}

/* The entry points of an existing route stay, unless it `leads_nowhere` yet. */
static void ensure_entry_point(Ensure *e, const Route *row, Manifest *m, bool leads_nowhere) {
    Strength strength;
    Str entry_point = entry_point_of(e, row, &strength);
    Node *spec = mapping_at(e, m, m->root, "spec");
    if (!holds_text(m->tree, map_get(m->tree, spec, S("entryPoints")), entry_point))
        set_value(e, leads_nowhere ? REQUIRE : strength, m, spec, "entryPoints", build(e->arena, "[%S]", entry_point));
}

/* Two routes for every host on one entry point: Traefik gives all of it to one of them. */
static void take_entry_point(Ensure *e, Manifest *m, const Node *place, Str name) {
    Model *model = e->model;
    const Instance *instance = e->instance;
    Arena *keep = model->diagnostics->arena; /* the first may be of a batch that is done */
    for (size_t i = 0; i < model->entry_points.n; i++) {
        const TakenEntryPoint *taken = &model->entry_points.at[i];
        if (!str_eq(taken->name, name))
            continue;
        if (!str_eq(taken->prefix, instance->prefix) || !str_eq(taken->namespace, instance->target_namespace))
            warn(e, WARN_ENTRY_POINT, m, place,
                 "Mailu %.*s in namespace %.*s also takes all of the entry point %.*s, and Traefik gives it to only "
                 "one of them; set ingress.traefik.entryPoints for the other",
                 F(taken->prefix), F(taken->namespace), F(name));
        return;
    }
    *PUSH(keep, &model->entry_points) = (TakenEntryPoint){str_copy(keep, name), str_copy(keep, instance->prefix),
                                                          str_copy(keep, instance->target_namespace)};
}

static void take_entry_points(Ensure *e, Manifest *m, Node *spec, Node *route) {
    if (!is_for_every_host(m, route))
        return;
    EACH_ITEM(name, m->tree, map_get(m->tree, spec, S("entryPoints")))
        if (is_scalar(name))
            take_entry_point(e, m, name, name->text);
}

/* Adds the route or service that is missing. */
static void ensure_route(Ensure *e, const Route *row, Manifest *m, Backend backend, Str secret) {
    bool plain = row->port == 587 && config_bool(e->config, "ingress.traefik.plaintextSubmission");
    Node *spec = mapping_at(e, m, m->root, "spec");
    if (!is_mapping(backend.route))
        backend.route = append_item(e, REQUIRE, m, sequence_at(e, m, spec, "routes"),
                                    build(e->arena, "{match:%s}", "HostSNI(`*`)"));
    Str ranges = source_ranges_name(e, row);
    if (find_manifest(e, KIND_MIDDLEWARE_TCP, ranges))
        ensure_middleware(e, m, backend.route, ranges);
    if (row->component == POSTFIX) {
        ensure_connection_limit(e, m, backend.route);
        ensure_backend(e, m, backend, mx_service(e)->name, row->port);
    } else {
        ensure_backend(e, m, backend, service_name(e, row->component), row->port);
    }
    ensure_route_tls(e, m, spec, row->tls && !plain, secret);
    ensure_domains(e, m, spec, backend.route);
    take_entry_points(e, m, spec, backend.route);
    if (plain)
        warn(e, WARN_PLAINTEXT_SUBMISSION, m, spec,
             "plaintextSubmission: passwords on port 587 cross the internet unencrypted");
}

static bool is_ours(Ensure *e, const Route *row) {
    Part *part = part_of(e->instance, row->component);
    return wants_route(e->instance, row) && part && part->service && is_on_for(e, part);
}

/* Every route of the stream to this Mailu is one of the table's, whatever it is called: one of another name, left as it
 * was, would still lead the internet to postfix's open port. */
static void ensure_found_route(Ensure *e, Manifest *m, Str secret, bool *found) {
    Backends all = backends_of(e, m);
    for (size_t i = 0; i < all.n; i++) {
        Part *part;
        const Route *row = route_row(e, m, all.at[i].service, &part);
        if (row && is_ours(e, row)) {
            ensure_entry_point(e, row, m, false);
            ensure_route(e, row, m, all.at[i], secret);
            found[row - routes] = true;
        } else if (part && !row) {
            warn(e, WARN_ROUTE, m, NULL,
                 part->id == FRONT ? "leads to %s where nothing listens; remove this route"
                                   : "leads to %s past front, which checks passwords; "
                                     "remove this route",
                 part->component->name);
        }
    }
}

static void ensure_missing_route(Ensure *e, const Route *row, Str secret) {
    Strength strength;
    Manifest *m = manifest_named(e, KIND_ROUTE_TCP, prefixed(e, row->name), components[row->component].name,
                                 build(e->arena, "{entryPoints:[%S],routes:[]}", entry_point_of(e, row, &strength)));
    Node *route = first_item(m->tree, manifest_at(m, "spec.routes"));
    Backend backend = {route, first_item(m->tree, map_get(m->tree, route, S("services")))};
    ensure_entry_point(e, row, m, true);
    ensure_route(e, row, m, backend, secret);
}

void ensure_routing(Ensure *e) {
    bool found[ROUTES] = {false};
    if (!routes_traefik(e->config) || !config_bool(e->config, "ingress.traefik.enableTcp"))
        return;
    Str secret = tls_secret(e);
    for (size_t i = 0; i < ROUTES; i++)
        if (routes[i].component == POSTFIX && is_ours(e, &routes[i]))
            ensure_gateway_mx(e, mx_service(e)->name); /* first: a route may lead there before it does */
    for (Manifest *m = NULL; (m = next_manifest(e, KIND_ROUTE_TCP, m));)
        if (!m->added)
            ensure_found_route(e, m, secret, found);
    for (size_t i = 0; i < ROUTES; i++)
        if (!found[i] && is_ours(e, &routes[i]))
            ensure_missing_route(e, &routes[i], secret);
}
