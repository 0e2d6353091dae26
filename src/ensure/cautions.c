/* Warnings about what this program can't know or fix, and the administrator must. */
#include "ensure/certificates.h"

/* A field of the config that opens something: `message` says what that causes. */
static void warn_of_field(Ensure *e, WarningId id, const char *field, const char *message) {
    config_locate(e->config, field, warn(e, id, NULL, NULL, "%s", message));
}

static void warn_of_policies(Ensure *e) {
    static const char message[] = "any pod in the cluster can read and send anyone's mail";
    if (!config_bool(e->config, "networkPolicies"))
        warn_of_field(e, WARN_NETWORK_POLICIES, "networkPolicies", message);
    else if (!config_bool(e->config, "patch.policies"))
        warn_of_field(e, WARN_NETWORK_POLICIES, "patch.policies", message);
}

static void warn_of_sign_on(Ensure *e) {
    Str whitelist = environment_of(e->instance, "PROXY_AUTH_WHITELIST");
    if (whitelist.n && part_of(e->instance, ADMIN))
        warn(e, WARN_HEADER_SIGN_ON, e->instance->parts[ADMIN].workload, NULL,
             "header sign-on: anyone who reaches admin from %.*s can sign in as any user", F(whitelist));
}

/* Traefik does not share what its certResolvers obtain, and postfix needs a certificate too. */
static void warn_of_resolver(Ensure *e) {
    static const char message[] =
        "Traefik keeps the certificate of its certResolver %.*s to itself, so port 25 has none for STARTTLS: %s; "
        "expected ingress.traefik.tlsSecret to name a Secret with one";
    const Settings *s = &e->instance->settings;
    const Part *postfix = part_of(e->instance, POSTFIX);
    if (!postfix || !s->cert_resolver.n || !str_is(s->tls_secret, DEFAULT_TLS_SECRET) ||
        config_has(e->config, "ingress.traefik.tlsSecret"))
        return;
    if (enforces_tls(e))
        diagnose(e, ERROR, postfix->workload, NULL, message, F(s->cert_resolver),
                 "with INBOUND_TLS_ENFORCE no mail would come in");
    else
        warn(e, WARN_CERT_RESOLVER, postfix->workload, NULL, message, F(s->cert_resolver), "mail arrives unencrypted");
}

void ensure_cautions(Ensure *e) {
    if (routes_traefik(e->config) && config_bool(e->config, "ingress.traefik.enableTcp") &&
        !config_bool(e->config, "ingress.traefik.proxyProtocol"))
        warn_of_field(
            e, WARN_PROXY_PROTOCOL, "ingress.traefik.proxyProtocol",
            "every client has Traefik's address: one attacker's failed logins lock everybody out, and mail with "
            "forged senders from your own domains is delivered");
    if (config_int(e->config, "submission.relayPort") == 25 && part_of(e->instance, DOVECOT_SUBMISSION))
        warn_of_field(e, WARN_RELAY_PORT, "submission.relayPort", "webmail users can send as anyone");
    check_front_http(e);
    warn_of_policies(e);
    warn_of_sign_on(e);
    if (routes_traefik(e->config))
        warn_of_resolver(e);
}
