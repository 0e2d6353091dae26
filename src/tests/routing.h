/* What the tests of Traefik's part share: what an object of the output has at a path, and where an Ingress leads. */
#ifndef ROUTING_H
#define ROUTING_H

#include "tests/cases.h"

/* What an object has at `path`, as YAML; NULL: nothing. The keys of annotations and selectors have dots: after a '|'
 * comes one such key. */
typedef struct Row {
    const char *kind, *name, *path, *value;
} Row;

Node *object_at(Arena *arena, const Object *object, const char *path);
/* Fail the test where an object has something else. */
void check_row(Arena *arena, const Objects *objects, const Row *row);
void check_rows(Arena *arena, const Objects *objects, const Row *rows, size_t count);
size_t objects_of_kind(const Objects *objects, const char *kind);

/* Runs `stream` with `sets`, and then what comes out once more, which must change nothing. `*said`: the warnings. */
Objects routing_run(Arena *arena, Str stream, const Str *sets, size_t set_count, Str *said);
/* Runs a folder of testdata. */
Objects routing_case(Arena *arena, const char *directory, Str *said);

/* Where an Ingress leads, a line for each rule: path, "*" after a prefix, and Service with port. */
Str ingress_paths(Arena *arena, const Objects *objects, const char *name);

#define MAILU S("domain=example.com"), S("hostnames=mail.example.com,mx.example.com"), S("subnet=10.42.0.0/16")

#define ADMIN_RULE(host, service)                                                                                      \
    host ": /admin*=" service " /sso*=" service " /static*=" service                                                   \
         " /.well-known/autoconfig/mail/config-v1.1.xml=" service " /mail/config-v1.1.xml=" service                    \
         " /autodiscover/autodiscover.xml=" service " /Autodiscover/Autodiscover.xml=" service                         \
         " /mobileconfig=" service " /apple.mobileconfig=" service " /autodiscover/autodiscover.json=" service         \
         " /Autodiscover/Autodiscover.json=" service "\n"
#define WEBMAIL_RULE(host, service) host ": /webmail*=" service " /=" service "\n"

#define REFERENCE(name) "mailu-mailu-" name "@kubernetescrd"
#define ROUTER "traefik.ingress.kubernetes.io/router.middlewares"
#define MIDDLEWARES "metadata.annotations|" ROUTER
#define ENTRY_POINTS "metadata.annotations|traefik.ingress.kubernetes.io/router.entrypoints"
#define ROUTER_TLS "metadata.annotations|traefik.ingress.kubernetes.io/router.tls"
#define ISSUER "metadata.annotations|cert-manager.io/cluster-issuer"

#endif
