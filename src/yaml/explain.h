/* Why a document is not YAML, in words that help the user. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "base/diag.h"

/* Adds to each diagnostic of a malformed document what libfyaml says of the mistake, and where it is, when it has
 * something to add. */
void explain_diagnostics(Arena *arena, Diagnostics *diagnostics);

#endif
