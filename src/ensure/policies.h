/* What the passes over NetworkPolicies share: whose pods they look after. */
#ifndef POLICIES_H
#define POLICIES_H

#include "ensure/ensure.h"

/* Pods whose traffic is as the table of flows has it: a component's, or those of a server in the stream. */
typedef struct Guarded {
    const char *name; /* of the component or the server */
    Part *part;
    const ExternalPeer *server; /* one of the two is NULL */
    Manifest *workload;         /* NULL: the stream has a Service of these pods alone */
    Tree *tree;
    Node *pod_labels;  /* as far as they are known */
    LIST(int) scraped; /* their ports that are scraped, and the manifest that says so */
    const Manifest *monitor;
    /* What they keep of policies that they are taken out of: who scrapes their metrics, where a server may go. */
    Node *kept_ingress, *kept_egress;
} Guarded;

typedef LIST(Guarded) GuardedList;

/* ---- guarded.c ---- */

/* Whether a podSelector selects these pods; an empty one selects all. */
bool pod_selector_matches(Tree *tree, Node *selector, Tree *other, Node *labels);
bool policy_selects(const Manifest *m, const Guarded *g);
/* The number of the container port with that name; -1 when the pods have none. What `key` of `map` means at these pods,
 * a number or a name. */
int port_named(const Guarded *g, Str name);
int port_at(const Guarded *g, Tree *tree, Node *map, const char *key);
/* The number of a rule's port, by number or by name; -1 for a range, or a name that the pods do not have. */
int rule_port(const Guarded *g, Tree *tree, Node *entry);
/* Whether the table lets anybody reach that port of these pods, or it is one of the component's own. */
bool is_table_port(const Flows *flows, const Guarded *g, int port);
/* Whether a container port of that number is called metrics, or the like. */
bool is_called_metrics(const Guarded *g, int port);
/* Servers that read attachments need no egress; Redis and databases have replicas, and may need others. */
bool is_silent(const ExternalPeer *server);
/* What a server is called in the names of policies. */
const char *server_name(const Instance *instance, const ExternalPeer *server);
/* The name of our policy for what a component or server keeps, and for who asks a server. Charts have policies called
 * RELEASE-redis: these have other names. */
#define KEPT "kept"
#define CLIENTS "clients"
Str policy_name(Ensure *e, const char *name, const char *ending);
/* Whether a NetworkPolicy of that name is ours. */
bool is_own_policy(Ensure *e, Str name);

/* ---- narrowing.c ---- */

/* Excludes the pods from other policies that allow them more than the table does. */
void narrow_policies(Ensure *e, const Flows *flows, GuardedList *guarded);

/* ---- metrics.c ---- */

/* Finds the ports that are scraped. */
void find_scraped(Ensure *e, GuardedList *guarded);
/* Keeps the access of metrics scrapers, on ports that serve nothing else, with a policy for what is kept. */
void ensure_kept_policies(Ensure *e, const Flows *flows, GuardedList *guarded);
/* What a rule lets in for metrics alone; NULL when it has nothing to do with them. */
Node *metrics_rule(Ensure *e, const Flows *flows, const Guarded *g, Tree *tree, Node *rule);
/* Whether `port` of these pods serves metrics and nothing that the table is about. */
bool is_metrics_port(const Flows *flows, const Guarded *g, int port);

#endif
