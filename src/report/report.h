/* What was found, added and changed, for people and for programs. */
#ifndef REPORT_H
#define REPORT_H

#include "model/model.h"

/* One line for each Mailu. */
void report_summary(const Model *model, Buf *out);
/* --plan: each component, by which manifest it is played, and what was done at which strength. */
void report_plan(const Model *model, Buf *out);
/* --plan=json: the same for programs. */
void report_plan_json(const Model *model, Buf *out);
/* --graph: who talks to whom on which port. */
void report_mermaid(Model *model, Buf *out);
void report_dot(Model *model, Buf *out);
/* --diff: a unified diff of the stream and what it becomes. */
void report_diff(Arena *arena, const Stream *stream, const Chunks *chunks, bool colour, Buf *out);
/* Adds the results of a KRM function to the ResourceList: warnings, and what was done to which manifest. */
void report_results(Model *model);

#endif
