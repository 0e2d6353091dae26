/* What the rendered system can't know or mend, but whoever runs it has to. */
#include "ensure/pages.h"

#define ANNOTATION_RESOLVER "traefik.ingress.kubernetes.io/router.tls.certresolver"

/* A field of the config that opens something: `message` says what follows from it. */
static void warn_of_field(Ensure *e, WarningId id, const char *field, const char *message) {
    config_locate(e->instance->config, field, warn(e, id, NULL, NULL, "%s", message));
}

static void warn_of_policies(Ensure *e) {
    Config *config = e->instance->config;
    static const char message[] = "any pod of the cluster can read and send anybody's mail";
    if (!config_bool(config, "networkPolicies"))
        warn_of_field(e, WARN_NETWORK_POLICIES, "networkPolicies", message);
    else if (!config_bool(config, "patch.policies"))
        warn_of_field(e, WARN_NETWORK_POLICIES, "patch.policies", message);
}

static void warn_of_sign_on(Ensure *e) {
    Str whitelist = environment_of(e->instance, "PROXY_AUTH_WHITELIST");
    if (whitelist.n && part_of(e->instance, ADMIN))
        warn(e, WARN_HEADER_SIGN_ON, e->instance->parts[ADMIN].workload, NULL,
             "header sign-on: whoever reaches admin from %.*s can sign on as anybody", F(whitelist));
}

/* Whether a TCP route leads to this Mailu. */
static bool leads_here(Ensure *e, const Manifest *m) {
    for (Node *item = items_of(map_path(m->tree, m->root, "spec.routes")); item; item = node_next(item)) {
        Node *list = map_get(m->tree, node_value(m->tree, item), S("services"));
        for (Node *each = items_of(list); each; each = node_next(each))
            if (part_served_by(e->instance, map_text(m->tree, node_value(m->tree, each), S("name"))))
                return true;
    }
    return false;
}

/* Where a route of this Mailu has its certificate from one of Traefik's certResolvers; NULL when it does not. */
static const Node *resolver_of(Ensure *e, const Manifest *m) {
    if (!same_namespace(m->namespace, e->instance->namespace))
        return NULL;
    if (m->kind == KIND_INGRESS && (parts_of_ingress(e, m) & ~OTHERS))
        return map_get(m->tree, map_path(m->tree, m->root, "metadata.annotations"), S(ANNOTATION_RESOLVER));
    if ((m->kind == KIND_ROUTE_TCP && leads_here(e, m)) ||
        (m->kind == KIND_ROUTE_HTTP && (parts_of_http_route(e, m) & ~OTHERS)))
        return map_path(m->tree, m->root, "spec.tls.certResolver");
    return NULL;
}

/* Traefik keeps what its certResolvers obtain to itself, and postfix needs a certificate too. */
static void warn_of_resolver(Ensure *e) {
    static const char message[] =
        "Traefik keeps the certificate of a certResolver to itself, and postfix has none for STARTTLS on port 25: %s; "
        "expected ingress.traefik.tlsSecret to name a Secret with one";
    const Stream *stream = e->model->stream;
    if (!part_of(e->instance, POSTFIX) || !str_is(tls_secret(e), DEFAULT_TLS_SECRET) ||
        config_has(e->instance->config, "ingress.traefik.tlsSecret"))
        return;
    for (size_t i = 0; i < stream->manifests.n; i++) {
        const Manifest *m = stream->manifests.at[i];
        const Node *resolver = resolver_of(e, m);
        if (node_is_null(resolver))
            continue;
        if (enforces_tls(e))
            diagnose(e, ERROR, m, resolver, message, "with INBOUND_TLS_ENFORCE no mail would come in");
        else
            warn(e, WARN_CERT_RESOLVER, m, resolver, message, "mail comes in clear");
        return;
    }
}

void ensure_cautions(Ensure *e) {
    Config *config = e->instance->config;
    if (routes_traefik(config) && config_bool(config, "ingress.traefik.enableTcp") &&
        !config_bool(config, "ingress.traefik.proxyProtocol"))
        warn_of_field(e, WARN_PROXY_PROTOCOL, "ingress.traefik.proxyProtocol",
                      "every client has Traefik's address: one attacker's failed logins lock everybody out, and forged "
                      "senders of your own domains are delivered");
    if (config_int(config, "submission.relayPort") == 25 && part_of(e->instance, DOVECOT_SUBMISSION))
        warn_of_field(e, WARN_RELAY_PORT, "submission.relayPort", "users of webmail can send as anybody");
    warn_of_policies(e);
    warn_of_sign_on(e);
    if (routes_traefik(config))
        warn_of_resolver(e);
}
