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
/* Calls `visit` with the kind and name of every claim, ConfigMap and Secret that the part's pod or container refers to,
 * and with empty names. */
void each_reference(const Part *part, void (*visit)(void *context, Kind kind, Str name), void *context);
/* Reads the Services and workloads in a Mailu's namespace that hold all of these words. */
void discover_load_holding(Model *model, const Instance *instance, const Str *words, size_t count);

#endif
