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

/* Traefik does not share what its certResolvers obtain, and postfix and front need a certificate too. */
static void warn_of_resolver(Ensure *e) {
    static const char message[] =
        "Traefik keeps the certificate of its certResolver %.*s to itself, so port %d has none for STARTTLS: %s; "
        "expected ingress.traefik.tlsSecret to name a Secret with one";
    const Settings *s = &e->instance->settings;
    const Part *postfix = part_of(e->instance, POSTFIX);
    if (!s->cert_resolver.n || !str_is(s->tls_secret, DEFAULT_TLS_SECRET) ||
        config_has(e->config, "ingress.traefik.tlsSecret"))
        return;
    if (postfix && enforces_tls(e))
        diagnose(e, ERROR, postfix->workload, NULL, message, F(s->cert_resolver), 25,
                 "with INBOUND_TLS_ENFORCE no mail would come in");
    else if (postfix)
        warn(e, WARN_CERT_RESOLVER, postfix->workload, NULL, message, F(s->cert_resolver), 25,
             "mail arrives unencrypted");
    if (routes_sieve(e->instance))
        warn(e, WARN_CERT_RESOLVER, part_of(e->instance, FRONT)->workload, NULL, message, F(s->cert_resolver),
             SIEVE_PORT, "nobody can log in there");
}

static void warn_of_sieve(Ensure *e) {
    const char *missing;
    if (asks_for_sieve(e->instance, &missing) && missing)
        warn_field_not_applied(e, "ingress.traefik.sieve", str_format(e->arena, "there is no %s", missing).p);
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
    warn_of_sieve(e);
}
