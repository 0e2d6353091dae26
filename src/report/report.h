/* What was found, added and changed, for people and for programs. */
#ifndef REPORT_H
#define REPORT_H

#include "model/model.h"

/* One line for each Mailu. */
void report_summary(const Model *model, Buf *out);
/* "163 edits, 34 manifests added" */
void report_counts(const Instance *instance, Buf *out);
/* --plan: settings, components, what restarts, what has to exist, what the internet reaches, which holes are closed;
 * and the changes with their reasons, unless `with_changes` is false. */
void report_plan(const Model *model, bool with_changes, bool colour, Buf *out);
/* --plan=json: the same for programs. */
void report_plan_json(const Model *model, Buf *out);
/* The JSON schema of that. */
Str report_plan_schema(void);
/* --graph: which component connects to which, on which port; for mermaid or for dot. */
void report_graph(Model *model, bool in_dot, Buf *out);
/* --diff: a unified diff of the stream and what it becomes. */
void report_diff(Arena *arena, const Stream *stream, const Chunks *chunks, bool colour, Buf *out);
/* Adds the results of a KRM function to the ResourceList: warnings, and what was done to which manifest. */
void report_results(Model *model);
/* The answer of a KRM function that fails: a ResourceList without items, with a result for each diagnostic. */
void report_failure(Arena *arena, const Diagnostics *diagnostics, Buf *out);

#endif
