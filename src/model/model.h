/* The Mailus of the stream: every Mailu in it, with its components, found or added.
 *
 * discover.c fills it, by references and not by names; the passes in ensure/ read it and edit the manifests in it.
 * model.c has the queries that all of them share.
 */
#ifndef MODEL_H
#define MODEL_H

#include "config/config.h"
#include "spec/catalog.h"
#include "spec/images.h"
#include "spec/warnings.h"
#include "stream/stream.h"
#include "yaml/query.h"

typedef enum Strength {
    REQUIRE, /* the architecture is broken or unsafe without it */
    DEFAULT, /* fill in only what is absent */
    SET      /* the config says so */
} Strength;

typedef struct Instance Instance;
typedef struct Findings Findings; /* of the reports: report/findings.h */
typedef LIST(Manifest *) Manifests;

/* A component of one Mailu, and its manifests. */
typedef struct Part {
    Instance *instance;
    const Component *component;
    ComponentId id;
    Manifest *workload; /* NULL: this Mailu has no such component */
    Node *pod;          /* spec.template.spec of the workload */
    Node *container;    /* the component's own among the pod's */
    Node *labels;       /* of the pods, as the workload's selector names them */
    Node *pod_labels;   /* as the template has them */
    Manifests services; /* that select these pods and no others of Mailu */
    Manifest *service;  /* the one its address names */
    bool added;
} Part;

/* A server that is not in the specification but came with the stream: Redis, a database, oletools, tika. */
typedef struct ExternalPeer {
    Peer peer;
    Manifest *manifest; /* whose tree the labels are of: the workload, or the Service that selects the pods */
    Node *labels;       /* of the pods that are asked */
    Node *family;       /* of these pods and those that belong to them, such as replicas; in `manifest` or on its own */
    Manifests workloads; /* that have such pods; may be empty */
} ExternalPeer;

/* The settings of one Mailu: from the config, the stream or the defaults. Each has passed its check, so it can be
 * written into a file, a rule or a URL. */
typedef struct Settings {
    Str domain, hostnames /* with commas */, subnet, subnet6, postmaster;
    Str cluster_domain;
    Str message_size_limit; /* bytes */
    Str web_admin, web_webmail, web_api;
    Str webmail;                   /* roundcube, snappymail */
    Str tls_secret, cert_resolver; /* the resolver, if there is one, is the one in use */
    bool ingress_has_secret, has_certificate;
    Str redis_host, database_host;
    int redis_port, database_port;
    bool sqlite, api;
    Str roundcube_host; /* its database, which may be another */
    int roundcube_port;
    bool roundcube_sqlite;
} Settings;

typedef enum Action { ADDED, CHANGED, REMOVED } Action;

/* One change, for the reports. */
typedef struct Change {
    Manifest *manifest;
    const Part *part; /* NULL: of the instance as a whole */
    Str path;
    Action action;
    Strength strength;
    Aspect aspect;
    Str from, to;            /* texts of scalars; empty for collections */
    const Node *old, *value; /* the complete old and new value, where a history is kept; NULL for nothing */
} Change;

typedef LIST(Change) ChangeList;

typedef enum Origin { ORIGIN_DEFAULT, ORIGIN_STREAM, ORIGIN_CONFIG } Origin;

/* A setting that reports show, and where it comes from. */
typedef struct ShownSetting {
    const char *name;
    Str value;
    Origin origin;
    const Manifest *found_in; /* ORIGIN_STREAM: where, if that is one place */
} ShownSetting;

struct Instance {
    const Stream *stream;
    Config *config;        /* the config of the run, or an empty one when that is for another Mailu */
    Str namespace;         /* as the manifests write it; may be empty */
    Str target_namespace;  /* the namespace it goes to, as far as that is known */
    Str name;              /* the value of app.kubernetes.io/instance; else the prefix */
    Str prefix;            /* of the names of what is added */
    Part *parts;           /* one for each component */
    Manifest *environment; /* the ConfigMap that all components read */
    LIST(ExternalPeer) external_peers;
    Settings settings;
    LIST(ShownSetting) shown_settings; /* where a history is kept, as what follows */
    Findings *findings;
    Strs dns_records;   /* that the config asks for, for the plan */
    Strs suggestions;   /* "replicas.front: 2": what the config might say, for the plan */
    ChangeList changes; /* what was done for it, in the order it was done */
};

typedef LIST(Instance *) InstanceList;

/* An entry point of Traefik's, and the first Mailu that takes all of it. */
typedef struct TakenEntryPoint {
    Str name, prefix, namespace;
} TakenEntryPoint;

typedef struct Model {
    Arena *arena; /* lives as long as the documents that are worked on together */
    Stream *stream;
    const uint32_t *candidates; /* documents that are read when something refers to them */
    size_t candidate_count;
    Config *config;       /* of the run */
    Config *empty_config; /* says nothing */
    Diagnostics *diagnostics;
    InstanceList instances;
    bool generates;                     /* a missing Mailu is created, as the config says */
    LIST(TakenEntryPoint) entry_points; /* of every batch; it lives as long as the diagnostics */
    bool keep_history;                  /* the report needs every change */
    InstanceList all_instances;         /* of every batch, when they are reported on */
} Model;

/* The labels by which Mailu's manifests are known. */
#define LABEL_NAME S("app.kubernetes.io/name")
#define LABEL_INSTANCE S("app.kubernetes.io/instance")
#define LABEL_COMPONENT S("app.kubernetes.io/component")
/* Only on what was added, never in a selector or a pod template: kubectl get -l finds it. */
#define LABEL_ADDED "postrenderer.mailu.io/added"
#define LABEL_PART_OF S("app.kubernetes.io/part-of")

/* Adds an error about `node` of `m`, about `m` as a whole, or, when both are NULL, about neither. */
Diagnostic *model_error(Model *model, const Manifest *m, const Node *node, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* An error that `second` repeats an earlier manifest, with the line of that: often the whole stream is there twice. */
void model_error_twice(Model *model, const Manifest *first, const Manifest *second);

/* Says that the Mailu uses the manifest. A manifest without a namespace is in one, but nobody can tell in which: an
 * error when Mailus in two use it. */
void claim_manifest(Model *model, const Instance *instance, Manifest *m);

/* The part of component `id`, or NULL when this Mailu has none. */
Part *part_of(const Instance *instance, ComponentId id);
/* The next part that this Mailu has after `part`, which is NULL at first; NULL when there is none left. */
Part *next_part(const Instance *instance, const Part *part);
/* The Service's name that leads to a part, and that with namespace and cluster domain. */
Str address_of(Model *model, const Instance *instance, ComponentId id);
/* The address of a Service of this Mailu by its name. */
Str service_address(Model *model, const Instance *instance, Str service);
/* The part whose Service has that name, or NULL. */
Part *part_served_by(const Instance *instance, Str service);
/* The port of the part's container that `key` of `map` means, by its number or by its name; -1 when it means none. */
int container_port_at(const Part *part, Tree *tree, Node *map, const char *key);
/* Whether a manifest belongs to some Mailu: another chart's `component: front` does not. */
bool labels_say_mailu(Tree *tree, Node *labels);
/* The component that the labels of a workload's pods, or else its own, name; empty when they name none. */
Str labelled_component(Tree *tree, Node *labels, Node *pod_labels);
/* Whether the labels of a part's workload tell which component of Mailu it is, whatever its image is. */
bool labels_name_part(const Part *part);

/* The strength of a value from the config: SET when the config sets the field, DEFAULT when it is the default. */
Strength strength_of(Config *config, const char *field);

/* ---- the environment (variables.c) ---- */

/* The value of an environment variable as the shared ConfigMap or, for one part, its container has it: only what is
 * written out. Empty when it is not set. */
Str environment_of(const Instance *instance, const char *name);
/* Whether the container reads the ConfigMap whole. */
bool reads_map(const Part *part, const Manifest *map);
/* The item of the container's `env` with that name; NULL when it has none. */
Node *container_variable(Tree *tree, Node *container, Str name);
/* Whether a ConfigMap is immutable. */
bool is_immutable(const Manifest *map);

/* ---- settings (settings.c) ---- */

/* Fills in the settings: what the config says, else what the stream says, else the default. An error for a value in the
 * stream that does not pass the check of the config's field. */
void find_settings(Model *model, Instance *instance);

#endif
