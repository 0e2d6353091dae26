#include "spec/warnings.h"

#include "spec/catalog.h"

_Static_assert(WARNINGS <= 64, "AcceptedWarnings has a bit for each");

const Warning warnings[WARNINGS] = {
    [WARN_CERT_RESOLVER] =
        {"certResolver",
         "Mail on port 25 arrives unencrypted, since Traefik's certResolver creates no Secret for postfix. Set "
         "`ingress.traefik.tlsSecret` to a Secret with a certificate."},
    [WARN_CLAIM] = {"claim",
                    "An existing claim can't be changed as the config asks. Change it by hand, or remove the field."},
    [WARN_COMPONENT] =
        {"component",
         "The config disables a component that the stream has, and it was left unchanged. Remove it from its source, "
         "or remove the field."},
    [WARN_EMPTY_DIR] = {"emptyDir", "A component's data is lost with its pod. Give it a claim."},
    [WARN_ENTRY_POINT] =
        {"entryPoint",
         "Two Mailus in the stream take all of one entry point, and Traefik gives it to only one of them. Set "
         "`ingress.traefik.entryPoints` for the other."},
    [WARN_EXPOSED] = {"exposed", "A Service or host port led past Traefik, and was closed. Remove it from its source."},
    [WARN_FOREIGN_RESTRICTION] =
        {"foreignRestriction",
         "An annotation for another Ingress controller kept visitors out, and Traefik does not support it. Use a "
         "middleware instead."},
    [WARN_FRONT_OVERRIDES] =
        {"frontOverrides",
         "nginx overrides for front have no effect on web pages, since Traefik's routes bypass front. Set "
         "`ingress.traefik.overrides` for their locations, or use Traefik's middlewares and routes."},
    [WARN_GATEWAY_ROUTE] = {"gatewayRoute", "A route of the Gateway API leads past Mailu's login or Traefik's PROXY "
                                            "protocol. Set `ingress.traefik.gateways`, or remove it from its source."},
    [WARN_HEADER_SIGN_ON] =
        {"headerSignOn",
         "Anyone who reaches admin from an address in PROXY_AUTH_WHITELIST can sign in as any user with a header. "
         "Have a Traefik middleware set that header on every request, and let only Traefik reach admin."},
    [WARN_HOST_NETWORK] = {"hostNetwork", "No NetworkPolicy applies to a pod that uses its node's network. Set "
                                          "`hostNetwork: false` in its source."},
    [WARN_IMAGE_TAG] = {"imageTag", "Mailu's images have different versions. Set `images.tag`."},
    [WARN_IMAGE_VERSION] = {"imageVersion", "An image does not state its version, and versions before " MAILU_TAG
                                            " are not supported. Set `images.tag`."},
    [WARN_METRICS] =
        {"metrics",
         "The policies block a metrics scraper, since its port also serves other requests. Write a NetworkPolicy "
         "that names the scraper's pods and the port."},
    [WARN_MISSING_COMPONENT] =
        {"missingComponent",
         "The stream has only part of a Mailu, and what it lacks was added. Make sure that the stream is complete; "
         "then set `components.NAME`."},
    [WARN_NAMESPACE] = {"namespace", "Routes contain the namespace, which is a guess. Set `namespace`."},
    [WARN_NETWORK_POLICIES] =
        {"networkPolicies",
         "Without NetworkPolicies any pod in the cluster can read and send anyone's mail. Set `networkPolicies: "
         "true`, or write policies of "
         "your own."},
    [WARN_NO_MAILU] = {"noMailu", "Nothing was done. Check the input; for mirrored images set `images.registry`."},
    [WARN_NOT_APPLIED] = {"notApplied",
                          "A field of the config has no effect. Do as the message says, or remove the field."},
    [WARN_NOT_CONVERTED] = {"notConverted",
                            "An annotation of ingress-nginx has no counterpart in Traefik. Remove it, or do "
                            "without."},
    [WARN_OVERRIDES] =
        {"overrides",
         "Overrides that are mounted from elsewhere can't be changed here. Add what the message says to them."},
    [WARN_PLAINTEXT_SUBMISSION] = {"plaintextSubmission", "Passwords on port 587 cross the internet unencrypted. Set "
                                                          "`ingress.traefik.plaintextSubmission: false`."},
    [WARN_PROXY_PROTOCOL] = {"proxyProtocol",
                             "Every client has Traefik's address: one attacker's failed logins lock "
                             "everybody out, and mail with forged senders from your own domains is delivered. "
                             "Set `ingress.traefik.proxyProtocol: true`."},
    [WARN_RELAY_NETWORKS] =
        {"relayNetworks",
         "Hosts in RELAYNETS can't reach port 25 of postfix, except where pod addresses are routed to them. Have "
         "them log in on 465 or 587."},
    [WARN_RELAY_PORT] = {"relayPort", "Webmail users can send as anyone. Set `submission.relayPort: 10025`."},
    [WARN_REPLICAS] = {"replicas", "Several pods share a claim that one node at a time can mount: they wait for each "
                                   "other, or spoil its data. Set the replicas to 1 in their source."},
    [WARN_ROUTE] =
        {"route",
         "A route leads to a port or path of Mailu that the public must not reach, or that does not exist. Remove it "
         "from its source."},
    [WARN_SECRET] =
        {"secret",
         "A component needs a Secret that nothing in the stream names, and the usual name was used. Create it, or "
         "name another in the config."},
    [WARN_SHARED_SERVICE] =
        {"sharedService",
         "A Service selects the pods of two components, and was left unchanged. Give each component its own."},
    [WARN_UNKNOWN_SERVICE] = {"unknownService",
                              "An address names a Service of this Mailu that the stream does not have. "
                              "Correct the address, or render the Service with the rest."},
};

WarningId warning_called(Str name) {
    WarningId id = 0;
    while (id < WARNINGS && !str_is(name, warnings[id].name))
        id++;
    return id;
}

Str warning_names(Arena *arena) {
    Buf out = {.arena = arena};
    for (WarningId id = 0; id < WARNINGS; id++)
        buf_format(&out, "%s%s", id ? "|" : "", warnings[id].name);
    return buf_str(&out);
}

Diagnostic *diag_vwarn(Diagnostics *diagnostics, WarningId id, const char *format, va_list args) {
    Diagnostic *f = diag_vadd(diagnostics, diagnostics->accepted & ACCEPTED(id) ? NOTE : WARNING, format, args);
    f->name = warnings[id].name;
    return f;
}

Diagnostic *diag_warn(Diagnostics *diagnostics, WarningId id, const char *format, ...) {
    va_list args;
    va_start(args, format);
    Diagnostic *f = diag_vwarn(diagnostics, id, format, args);
    va_end(args);
    return f;
}
