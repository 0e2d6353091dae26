/* The kinds of manifests that matter here. */
#ifndef KINDS_H
#define KINDS_H

#include "base/base.h"

#define CONFIG_GROUP "postrenderer.mailu.io"
#define CONFIG_API_VERSION CONFIG_GROUP "/v1alpha1"
#define CONFIG_KIND "Mailu"

typedef enum Kind {
    KIND_OTHER,
    KIND_WORKLOAD, /* Deployment, StatefulSet, DaemonSet */
    KIND_SERVICE,
    KIND_CLAIM,
    KIND_CONFIG_MAP,
    KIND_SECRET,
    KIND_CERTIFICATE, /* of cert-manager */
    KIND_INGRESS,
    KIND_POLICY,
    KIND_SERVICE_MONITOR,
    KIND_POD_MONITOR,
    KIND_NAMESPACE,
    KIND_DISRUPTION_BUDGET,
    KIND_AUTOSCALER,
    KIND_INGRESS_CLASS,
    KIND_ROUTE_HTTP, /* IngressRoute, of either of Traefik's API groups, as those that follow */
    KIND_ROUTE_TCP,
    KIND_ROUTE_GATEWAY, /* of the Gateway API, as those that follow */
    KIND_GATEWAY,
    KIND_GATEWAY_CLASS,
    KIND_TRAEFIK_SERVICE,
    KIND_MIDDLEWARE,
    KIND_MIDDLEWARE_TCP,
    KIND_TLS_OPTION,
    KIND_CONFIG, /* our own */
    KIND_LIST,
    KIND_RESOURCE_LIST
} Kind;

/* "apps" of "apps/v1"; empty for "v1". */
Str group_of(Str api_version);
/* KIND_OTHER for all that do not matter. The version of the API does not count. */
Kind kind_of(Str api_version, Str kind);
/* How a manifest of that kind, one of those that are added, is written. */
typedef struct AddedKind {
    const char *group, *version, *kind;
} AddedKind;

AddedKind added_kind(Kind kind);
/* A List or ResourceList: its items are manifests. */
bool is_list(Kind kind);
/* The place of a kind in the order that `kubectl apply` wants; the last for those that are never added. */
int apply_rank(Str kind);

#endif
