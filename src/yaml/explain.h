/* Why a document is no YAML, in words a person can use. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "base/diag.h"

/* What libfyaml says of a document that libyaml refused with `message`: it names the mistake where libyaml names the
 * token it stumbled over. Returns `message` alone when libfyaml has nothing to add. */
Str explain(Arena *arena, Str document, Str message);

/* The same for all that were found: each says what libfyaml does. */
void explain_diagnostics(Arena *arena, Diagnostics *diagnostics);

#endif
