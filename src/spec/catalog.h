/* The specification as data: component-specifications.txt row by row, and the decisions where it leaves something open.
 *
 * Nothing here is computed. A reader of the specification should recognise it line by line.
 */
#ifndef CATALOG_H
#define CATALOG_H

#include "base/base.h"

typedef enum ComponentId {
    FRONT,
    ADMIN,
    POSTFIX,
    DOVECOT,
    DOVECOT_SUBMISSION,
    RSPAMD,
    WEBMAIL,
    CLAMAV,
    FETCHMAIL,
    WEBDAV,
    COMPONENTS
} ComponentId;

typedef enum ProbeType { PROBE_TCP, PROBE_HTTP, PROBE_EXEC } ProbeType;

typedef struct Probe {
    ProbeType type;
    uint16_t port;       /* of PROBE_TCP and PROBE_HTTP */
    const char *path;    /* of PROBE_HTTP */
    const char *command; /* of PROBE_EXEC: for sh -c */
    int liveness_delay, readiness_delay;
    int startup; /* seconds an added one may take to start before liveness counts; 0: no startup probe */
} Probe;

typedef struct Quantities {
    const char *cpu, *memory;
} Quantities;

typedef struct Component {
    const char *name;       /* the value of app.kubernetes.io/component, and the container's name */
    const char *key;        /* in the config; NULL: the name */
    const char *repository; /* of the image: the last part of its path */
    const char *image;      /* the whole image, when the one that is added is not one of Mailu's own */
    bool by_default;        /* whether it is added when it is missing */
    bool reads_environment; /* whether it needs the shared environment */
    bool reads_secret_key;  /* whether it is given SECRET_KEY */
    bool amd64_only;
    int run_as; /* the user it runs as: root for most, since they bind ports below 1024 */
    Quantities requests, limits;
    Probe probe;
} Component;

extern const Component components[COMPONENTS];

/* How the config calls it. */
const char *component_key(const Component *component);

/* The rest of every probe: "Typical Settings". */
enum { LIVENESS_PERIOD = 10, LIVENESS_TIMEOUT = 5, READINESS_PERIOD = 5, READINESS_TIMEOUT = 3, PROBE_FAILURES = 3 };
/* Of a startup probe, which the specification does not have. */
enum { STARTUP_PERIOD = 10, STARTUP_TIMEOUT = 5 };

typedef enum PortUse {
    PORT_EXPOSED,     /* on the container and on its Service */
    PORT_CONTAINER,   /* on the container alone */
    PORT_SIEVE,       /* on the container; on the Service with dovecot.exposeSieve, else on one for webmail */
    PORT_HTTP,        /* front's web server; shown when something is routed to it, or with front.unusedPorts */
    PORT_SIEVE_LOGIN, /* front's ManageSieve; shown when it is routed */
    PORT_UNUSED       /* nothing listens; shown with front.unusedPorts */
} PortUse;

typedef struct Port {
    ComponentId component;
    uint16_t port;
    const char *name; /* at most 15 characters */
    PortUse use;
} Port;

extern const Port ports[];
extern const size_t port_count;

enum { ADMIN_PORT = 8080, WEBMAIL_PORT = 80 };
/* Traefik's own way into postfix: a listener that takes the PROXY protocol and relays for nobody. */
enum { MX_PORT = 10024 };
/* Webmail's way to its users' mail: a listener of front's that asks admin about each login. dovecot would take any
 * password from the pod network. */
enum { WEBMAIL_IMAP_PORT = 10143 };
/* front's web server. Traefik's routes go to it for WebDAV, rspamd's page and MTA-STS alone, when the config asks for
 * them. */
enum { FRONT_HTTP_PORT = 80 };
enum { WEBDAV_PORT = 5232 };
/* ManageSieve: dovecot's, and front's, which has admin check the password first. */
enum { SIEVE_PORT = 4190 };

/* The variables by which components find each other. */
typedef struct AddressVariable {
    const char *name;
    ComponentId id;
} AddressVariable;

extern const AddressVariable address_variables[];
extern const size_t address_variable_count;

typedef enum Tier { TIER_STANDARD, TIER_PERFORMANCE } Tier;

typedef struct Storage {
    ComponentId component;
    const char *path;     /* where it is mounted */
    const char *sub_path; /* part of the claim that is mounted there, or NULL for all of it */
    const char *size;
    Tier tier;
} Storage;

extern const Storage storages[];
extern const size_t storage_count;

/* "Resource Scaling Guidelines". */
typedef struct Profile {
    const char *name;
    int users_up_to; /* the profile is for at most so many */
    /* Where it asks for more than the default; NULL and 0 where it does not. */
    const char *dovecot_memory, *rspamd_memory; /* requests */
    int dovecot_storage;                        /* Gi */
    int storage_per_user;                       /* Gi, when the config names the users */
    int front_connections;                      /* of each worker of front's nginx: a session takes two */
    int replicas;                               /* that the plan suggests for what keeps no state; 0: none */
} Profile;

extern const Profile profiles[];
extern const size_t profile_count;

/* The connections inside, and their ports: the NetworkPolicies and the drawing come from this table. */
typedef enum Peer {
    /* below COMPONENTS: a component */
    PEER_TRAEFIK = COMPONENTS,
    PEER_DNS,
    PEER_REDIS,
    PEER_DATABASE,
    PEER_OLETOOLS,
    PEER_TIKA,
    PEER_RELAY_HOST,     /* by which postfix sends */
    PEER_RELAY_NETWORKS, /* that may send by postfix */
    PEER_INTERNET,
    PEERS
} Peer;

typedef enum Protocol { TCP, UDP } Protocol;

typedef struct Edge {
    int from, to;  /* ComponentId or Peer */
    uint16_t port; /* 0: the one the stream or the config names */
    Protocol protocol;
    const char *purpose;
} Edge;

extern const Edge edges[];
extern const size_t edge_count;
extern const char *const peer_names[PEERS];

/* The TCP routes: from an entry point of Traefik to a Service. */
typedef struct Route {
    const char *entry_point; /* its field under ingress.traefik.entryPoints */
    const char *name;        /* of the IngressRouteTCP, after the prefix */
    ComponentId component;
    uint16_t port; /* of the Service */
    bool tls;      /* whether Traefik terminates TLS */
} Route;

enum { ROUTES = 6 };
extern const Route routes[ROUTES];

/* The aspects that `patch` can switch off. */
typedef enum Aspect {
    ASPECT_PRESENCE,
    ASPECT_PORTS,
    ASPECT_STORAGE,
    ASPECT_PROBES,
    ASPECT_RESOURCES,
    ASPECT_SCHEDULING,
    ASPECT_SECURITY,
    ASPECT_ENVIRONMENT,
    ASPECT_IMAGES,
    ASPECT_ROUTING,
    ASPECT_POLICIES,
    ASPECTS
} Aspect;

extern const char *const aspects[ASPECTS];

/* The default version of every image; and the oldest with the entry points, ports and templates that the passes rely
 * on. */
#define MAILU_TAG "2024.06"
enum { MAILU_YEAR = 2024, MAILU_MONTH = 6 };

/* Where the images of ClamAV's own project keep the signatures: the specification's path is for Mailu's image, which
 * exists for no version that is supported. */
#define CLAMAV_DATA "/var/lib/clamav"

/* Whether "mailu" or "Mailu" is anywhere in the text. Without it, and without an escape that could hide it, a document
 * names no Mailu image, label or config. */
bool mentions_mailu(Str text);

#endif
