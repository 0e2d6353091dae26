/* Which certificate Traefik speaks TLS with, and that front starts without one. */
#include "tests/cases.h"
#include "tests/tests.h"

#define MAP(flavor)                                                                                                    \
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: env, namespace: mail}\n"                                        \
    "data: {DOMAIN: example.com, HOSTNAMES: mail.example.com, SUBNET: 10.42.0.0/16, SECRET_KEY: k" flavor "}\n"
#define WORKLOAD(name, image, container, pod)                                                                          \
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: mailu-" name ", namespace: mail}\nspec:\n"           \
    "  selector: {matchLabels: {app: " name "}}\n  template:\n    metadata: {labels: {app: " name                      \
    "}}\n    spec:\n" pod "      containers:\n      - name: " name "\n        image: ghcr.io/mailu/" image             \
    ":2024.06\n"                                                                                                       \
    "        envFrom: [{configMapRef: {name: env}}]\n" container
#define FRONT(secret)                                                                                                  \
    WORKLOAD("front", "nginx", "        volumeMounts: [{name: certs, mountPath: /certs}]\n",                           \
             "      volumes:\n      - name: certs\n        secret: {" secret "}\n")
#define ADMIN                                                                                                          \
    WORKLOAD("admin", "admin", "", "")                                                                                 \
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: mailu-admin, namespace: mail}\n"                             \
    "spec: {selector: {app: admin}, ports: [{port: 8080}]}\n"
#define INGRESS(annotations, spec)                                                                                     \
    "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\n"                                                           \
    "metadata: {name: pages, namespace: mail, annotations: {" annotations "}}\nspec:\n" spec                           \
    "  rules: [{host: mail.example.com, http: {paths: [{path: /admin, pathType: Prefix, "                              \
    "backend: {service: {name: mailu-admin, port: {number: 8080}}}}]}}]\n"
#define ROUTE(tls)                                                                                                     \
    "---\napiVersion: traefik.io/v1alpha1\nkind: IngressRouteTCP\nmetadata: {name: imaps, namespace: mail}\n"          \
    "spec: {entryPoints: [imaps], routes: [{match: 'HostSNI(`*`)', services: [{name: mailu-front, port: 993}]}], "     \
    "tls: {" tls "}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: mailu-front, namespace: mail}\n"            \
    "spec: {selector: {app: front}, ports: [{port: 993}]}\n"
#define CERTIFICATE(name)                                                                                              \
    "---\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: c, namespace: mail}\n"                   \
    "spec: {secretName: made, dnsNames: [" name "]}\n"
#define SECRET(key)                                                                                                    \
    "---\napiVersion: v1\nkind: Secret\nmetadata: {name: served, namespace: mail}\nstringData: {" key ": x}\n"
#define LE "traefik.ingress.kubernetes.io/router.tls.certresolver: le"

enum { MOST_SETS = 12, MOST_TEXTS = 4 };

static const char *const usual_sets[] = {"components.front=true",    "components.postfix=false",
                                         "components.dovecot=false", "components.dovecotSubmission=false",
                                         "components.rspamd=false",  "components.webmail=true",
                                         "networkPolicies=false"};

static const struct {
    const char *stream, *set /* or NULL */;
    const char *has[MOST_TEXTS], *lacks[MOST_TEXTS];
} rows[] = {
    /* What front served is what Traefik gets, and cert-manager is not to overwrite it. */
    {MAP(", TLS_FLAVOR: mail")
         FRONT("secretName: served, items: [{key: tls.crt, path: cert.pem}, {key: tls.key, path: key.pem}]") ADMIN,
     NULL,
     {"optional: true", "secretName: served\n"},
     {"mailu-tls", "cert-manager.io", "certResolver"}},
    {MAP("") FRONT("secretName: served") ADMIN,
     NULL,
     {"optional: true", "secretName: served\n"},
     {"mailu-tls", "cert-manager.io"}},
    {MAP(", TLS_FLAVOR: mail")
         WORKLOAD("front", "nginx", "        volumeMounts: [{name: certs, mountPath: /certs}]\n",
                  "      volumes:\n      - name: certs\n        projected: {sources: [{configMap: {name: dh}}, "
                  "{secret: {name: other, items: [{key: dh, path: dh.pem}]}}, {secret: {name: served}}]}\n") ADMIN,
     NULL,
     {"optional: true", "secretName: served\n"},
     {"mailu-tls", "cert-manager.io"}},
    /* With notls it never did: somebody has to make it. */
    {MAP(", TLS_FLAVOR: notls") FRONT("secretName: served") ADMIN,
     NULL,
     {"optional: true", "secretName: served\n", "cert-manager.io/cluster-issuer: letsencrypt-cluster-issuer"},
     {"mailu-tls"}},
    /* One that Traefik can't read, and one that the stream has. */
    {MAP("") FRONT("secretName: served, items: [{key: chain, path: cert.pem}]") ADMIN,
     NULL,
     {"optional: true", "secretName: mailu-tls\n"},
     {NULL}},
    {MAP("") FRONT("secretName: served") ADMIN SECRET("cert.pem"),
     NULL,
     {"secretName: mailu-tls\n"},
     {"optional: true"}},
    {MAP("") FRONT("secretName: served") ADMIN SECRET("tls.crt"),
     NULL,
     {"secretName: served\n"},
     {"optional: true", "mailu-tls"}},
    /* An Ingress' comes first, a Certificate or a route of Traefik's after front's. */
    {MAP("") FRONT("secretName: served") ADMIN INGRESS("", "  tls: [{secretName: pages}]\n"),
     NULL,
     {"secretName: pages\n"},
     {"secretName: served\n", "mailu-tls"}},
    {MAP("") FRONT("secretName: served") ADMIN CERTIFICATE("mail.example.com"),
     NULL,
     {"secretName: served\n"},
     {"secretName: made\n"}},
    {MAP("") ADMIN CERTIFICATE("mail.example.com"),
     NULL,
     {"secretName: made\n"},
     {"mailu-tls", "cert-manager.io/cluster-issuer"}},
    {MAP("") ADMIN CERTIFICATE("'*.example.com'"), NULL, {"secretName: made\n"}, {"mailu-tls"}},
    {MAP("") ADMIN CERTIFICATE("www.example.com"), NULL, {"secretName: mailu-tls\n"}, {"secretName: made\n"}},
    {MAP("") WORKLOAD("front", "nginx", "", "") ADMIN ROUTE("secretName: routed"),
     NULL,
     {"secretName: routed\n"},
     {"mailu-tls"}},
    /* A resolver, of an Ingress or a route, is for all that is added; no Secret is named. */
    {MAP("") ADMIN INGRESS(LE, ""),
     NULL,
     {"certResolver: le\n", "    " LE "\n"},
     {"secretName: mailu", "cert-manager.io"}},
    {MAP("") WORKLOAD("front", "nginx", "", "") ADMIN ROUTE("certResolver: le"),
     NULL,
     {"certResolver: le\n", "    " LE "\n"},
     {"secretName: mailu", "cert-manager.io"}},
    {MAP("") WORKLOAD("front", "nginx", "", "") ADMIN ROUTE("certResolver: le")
         INGRESS("", "  tls: [{secretName: pages}]\n"),
     NULL,
     {"certResolver: le\n", "secretName: pages\n"},
     {LE, "mailu-tls"}},
    /* The config outweighs what is found. */
    {MAP("") WORKLOAD("front", "nginx", "", "") ADMIN ROUTE("secretName: routed"),
     "ingress.traefik.certResolver=said",
     {"certResolver: said\n", "certresolver: said\n"},
     {"secretName"}},
    {MAP("") ADMIN INGRESS(LE, ""),
     "ingress.traefik.certResolver=said",
     {"certResolver: said\n", "certresolver: said"},
     {"secretName", LE}},
    {MAP("") ADMIN INGRESS(LE, ""),
     "ingress.traefik.tlsSecret=said",
     {"secretName: said\n"},
     {"certResolver", "mailu-tls"}},
};

static void what_is_there_holds_for_what_is_added(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        Str sets[MOST_SETS], said;
        size_t count = 0;
        for (; count < COUNT(usual_sets); count++)
            sets[count] = str(usual_sets[count]);
        if (rows[i].set)
            sets[count++] = str(rows[i].set);
        Str out = case_run_twice(arena, str(rows[i].stream), sets, count, &said);
        for (size_t j = 0; j < MOST_TEXTS; j++) {
            if (rows[i].has[j] && !str_has(out, rows[i].has[j]))
                fail_msg("row %zu: no %s in\n%.*s", i, rows[i].has[j], F(out));
            if (rows[i].lacks[j] && str_has(out, rows[i].lacks[j]))
                fail_msg("row %zu: %s in\n%.*s", i, rows[i].lacks[j], F(out));
        }
        test_arena_done(arena);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_there_holds_for_what_is_added),
};
SUITE(certificates, tests);
