/* Why a document is not YAML, in words that help the user. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "base/diag.h"

/* What libfyaml says of a document that libyaml refused with `message`: it names the mistake where libyaml names the
 * token it stumbled over. Returns `message` alone when libfyaml has nothing to add. `*lines` is the source with a caret
 * under the mistake, as libfyaml prints it; empty when there is none. */
Str explain(Arena *arena, Str document, Str message, Str *lines);

/* The same for every diagnostic of a malformed document. */
void explain_diagnostics(Arena *arena, Diagnostics *diagnostics);

#endif
