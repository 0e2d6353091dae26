/* What the passes use. A pass handles one concern; it sees the whole model and edits manifests through the functions
 * below, which log each change and its strength. */
#ifndef ENSURE_H
#define ENSURE_H

#include "model/traffic.h"
#include "yaml/build.h"

/* The current pass, and what it works on. */
typedef struct Ensure {
    Model *model;
    Instance *instance;
    Part *part; /* NULL in a pass over the instance as a whole */
    Aspect aspect;
    Arena *arena;   /* the model's */
    Stream *stream; /* the model's */
    Config *config; /* the instance's */
} Ensure;

/* Runs every pass over every Mailu, after adding the missing components. */
void ensure_all(Model *model);
/* Errors for what must not be written: duplicates, and aliases that expand without end. */
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

/* ---- edits with a log ---- */

/* Makes `key` of `map` equal to `value` (a new node). At DEFAULT an existing value stays; an explicit null counts as
 * absent. Returns the value that is there afterwards. */
Node *set_value(Ensure *e, Strength strength, Manifest *m, Node *map, const char *key, Node *value);
Node *set_text(Ensure *e, Strength strength, Manifest *m, Node *map, const char *key, Str text);
Node *set_int(Ensure *e, Strength strength, Manifest *m, Node *map, const char *key, int number);
Node *set_false(Ensure *e, Strength strength, Manifest *m, Node *map, const char *key);
/* Adds `item` at the end of `sequence`. */
Node *append_item(Ensure *e, Strength strength, Manifest *m, Node *sequence, Node *item);
/* Removes an entry or item. */
void remove_node(Ensure *e, Strength strength, Manifest *m, Node *child);
/* The mapping (sequence) at a path below `map`, made when it is absent. An existing value of another kind is an error.
 */
Node *mapping_at(Ensure *e, Manifest *m, Node *map, const char *path);
Node *sequence_at(Ensure *e, Manifest *m, Node *map, const char *path);

/* The part's own `env`; and there a variable with that value, which replaces a reference to something else. */
Node *env_of(Ensure *e);
void own_text(Ensure *e, Strength strength, const char *name, Str value);
/* Whether to set Roundcube's database: it may keep its address books in a file on its claim, and is then not moved to
 * another database unless the config or its own environment names one. */
bool roundcube_is_ours(Ensure *e);

/* Gives the pods of an added part what the pods of all found ones have under `key`, a list or a mapping. */
void adopt_shared(Ensure *e, const char *key);

/* A new manifest of the instance: namespace and labels are filled in; `spec` may be NULL. */
Manifest *add_manifest(Ensure *e, Kind kind, Str name, const char *component, Node *spec);
/* The manifest of that name in the Mailu's namespace; NULL when there is none. Else the same, added if there is none;
 * and with exactly that spec. */
Manifest *find_manifest(const Ensure *e, Kind kind, Str name);
Manifest *manifest_named(Ensure *e, Kind kind, Str name, const char *component, Node *spec);
Manifest *ensure_spec(Ensure *e, Kind kind, Str name, const char *component, Node *spec);
/* prefix-ending */
Str prefixed(Ensure *e, const char *ending);
/* The labels of an added component, by which its pods are selected. */
Node *labels_of(Ensure *e, const char *component, bool selector_only);

/* The MiddlewareTCP that allows on a route only the addresses that a Service allowed before. */
Str source_ranges_name(Ensure *e, const Route *row);
/* Whether INBOUND_TLS_ENFORCE says that mail has to come by TLS. */
bool enforces_tls(Ensure *e);
/* How many SMTP connections one address may have at once: the config's, else what a route of the stream has. */
int smtp_connection_limit(Ensure *e);
/* The Service by which webmail and front reach ManageSieve; NULL when there is none. */
Manifest *sieve_service(Ensure *e);
/* A claim of the part's pod that one node at a time can mount, by its name; empty when it has none. One that the stream
 * does not have counts as such when `unknown` is set. */
Str claim_mounted_once(Ensure *e, bool unknown);
/* Warns that a field of the config has no effect. */
void warn_field_not_applied(Ensure *e, const char *field, const char *why);
/* Warns where the config asks for a route to front's web server, and there can be none. */
void check_front_http(Ensure *e);
/* The MTA-STS policy as other servers read it; empty when the config asks for none. */
Str mta_sts_policy(Ensure *e);
/* Whether one of the mail server's names is for mail, as in MX records, and not there for something else. */
bool is_mail_host(Str host);
/* How many pods of a component the config asks for; 0 when it does not say. */
int replicas_asked(Ensure *e, ComponentId id);
/* The name of the Service by which others reach a part, which has to have one. */
Str service_name(const Ensure *e, ComponentId id);
/* A Service for the pods of a part, without ports yet. */
Manifest *add_service(Ensure *e, Part *part, Str name);

/* Whether `patch` leaves the aspect on, for the part if there is one; for `part`, in a pass over the instance. */
bool is_on(const Ensure *e);
bool is_on_for(const Ensure *e, Part *part);
/* Moves on to the next part that `patch` leaves the aspect on for; false when there is none left:
 *
 *     for (Ensure each = *e; to_next_part(&each);) */
bool to_next_part(Ensure *e);
/* The next manifest of that kind in the Mailu's namespace after `m`, which is NULL at first. */
Manifest *next_manifest(const Ensure *e, Kind kind, const Manifest *m);
/* Adds an error; a warning of that name. `m` and `node` say where, either may be NULL. */
Diagnostic *diagnose(Ensure *e, Severity severity, const Manifest *m, const Node *node, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
Diagnostic *warn(Ensure *e, WarningId id, const Manifest *m, const Node *node, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
