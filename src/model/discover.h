/* Finds the Mailus of a stream: which workload is which component, and what belongs to it. */
#ifndef DISCOVER_H
#define DISCOVER_H

#include "model/model.h"

/* Reads those of the documents `numbers` that could be part of a Mailu by themselves; the others become candidates. */
void discover_load(Model *model, const uint32_t *numbers, size_t count);
/* Finds every Mailu among the manifests, and reads the candidates they refer to. Adds errors for contradictions. */
void discover(Model *model);
/* Gives each Service to the part whose pods it selects. Call it when every part has its workload, added ones too:
 * existing Services may select them. */
void discover_services(Model *model);

/* Finds the servers that came with a Mailu by the addresses in its environment: a Service of the same release, and the
 * workloads whose pods it selects. Call it when the settings are known. */
void discover_servers(Model *model, Instance *instance);

/* ---- reading (load.c) ---- */

/* Reads the candidates that a Mailu refers to. Manifests with a name that may be given to an added one are read, too:
 * of two, Kubernetes would keep the last. */
void discover_load_referred(Model *model);
/* Calls `visit` for every claim, ConfigMap and Secret that the items of `list` refer to, of a pod or a container; and
 * that a part's pod and its container do. An empty name is of none. */
typedef void VisitReference(void *context, const Manifest *m, Kind kind, Node *reference, Str name);
void each_reference_of(const Manifest *m, Node *owner, const char *list, VisitReference *visit, void *context);
void each_reference(const Part *part, VisitReference *visit, void *context);
/* Reads the Services and workloads in a Mailu's namespace that hold all of these words. */
void discover_load_holding(Model *model, const Instance *instance, const Str *words, size_t count);

#endif
