/* The passes, and what they ask of each other. */
#ifndef ENSURE_H
#define ENSURE_H

#include "ensure/pass.h"

/* Runs every pass over every Mailu, after adding the missing components. */
void ensure_all(Model *model);
/* Errors for what must not be written: duplicates, what has no name, and aliases that expand without end. */
void verify_touched(Model *model);

/* ---- passes over a part ---- */
void ensure_image(Ensure *e);
void ensure_ports(Ensure *e);
void ensure_service_ports(Ensure *e, Manifest *m);
void ensure_environment(Ensure *e);
void ensure_secrets(Ensure *e);
void ensure_storage(Ensure *e);
void ensure_submission(Ensure *e);         /* dovecot-submission's configuration */
void ensure_certificate_volume(Ensure *e); /* front starts without a certificate */
void ensure_files(Ensure *e);              /* the entry points and overrides that go with TLS_FLAVOR: notls */
void ensure_probes(Ensure *e);
void ensure_resources(Ensure *e);
void ensure_scheduling(Ensure *e);
void ensure_security(Ensure *e);

/* ---- passes over an instance ---- */
void ensure_names(Ensure *e);    /* addresses follow what kustomize renamed, before anything is read from them */
void follow_settings(Ensure *e); /* and so do those that the config or a default gives */
void check_names(Ensure *e);     /* and those that lead nowhere are reported */
void ensure_presence(Ensure *e); /* every component that has to be there has a workload */
void ensure_services(Ensure *e); /* and its Services */
void ensure_shared_environment(Ensure *e);
void ensure_no_key_at_front(Ensure *e);
void ensure_replicas(Ensure *e);  /* several pods of what keeps no state */
void ensure_exposure(Ensure *e);  /* no Service exposes a component to the internet past Traefik */
void ensure_routing(Ensure *e);   /* of the mail protocols */
void ensure_ingresses(Ensure *e); /* of the web pages */
void ensure_policies(Ensure *e);
void ensure_cautions(Ensure *e); /* warnings about what only the user can judge */

/* ---- what passes ask each other ---- */

/* secrets.c: Whether to set Roundcube's database: it may keep its address books in a file on its claim, and is then not
 * moved to another database unless the config or its own environment names one. */
bool roundcube_is_ours(Ensure *e);
/* scheduling.c: Gives an added part's pods what those of all found ones have under `key`, a list or a mapping. */
void adopt_shared(Ensure *e, const char *key);
/* routing.c: The MiddlewareTCP that allows on a route only the addresses that a Service allowed before. */
Str source_ranges_name(Ensure *e, const Route *row);
/* files.c: Whether INBOUND_TLS_ENFORCE says that mail has to come by TLS. */
bool enforces_tls(Ensure *e);
/* routing.c: How many SMTP connections one address may have at once: the config's, else a route's of the stream. */
int smtp_connection_limit(Ensure *e);
/* ports.c: The Service by which webmail and front reach ManageSieve; NULL when there is none. */
Manifest *sieve_service(Ensure *e);
/* storage.c: A claim of the part's pod that one node at a time can mount, by its name; empty when it has none. One that
 * the stream does not have counts as such when `unknown` is set. */
Str claim_mounted_once(Ensure *e, bool unknown);
/* front_http.c: Warns where the config asks for a route to front's web server, and there can be none. */
void check_front_http(Ensure *e);
/* front_http.c: The MTA-STS policy as other servers read it; empty when the config asks for none. */
Str mta_sts_policy(Ensure *e);
/* front_http.c: Whether one of the mail server's names is for mail, as in MX records, and for nothing else. */
bool is_mail_host(Str host);
/* replicas.c: How many pods of a component the config asks for; 0 when it does not say. */
int replicas_asked(Ensure *e, ComponentId id);

#endif
