/* Probes each document: whether it is well-formed, what it is, and whether it can concern Mailu. */
#ifndef PROBE_H
#define PROBE_H

#include "stream/stream.h"

/* Probes the documents that were added since the last time, on all cores. What is not well-formed is noted. */
void probe_new(Arena *arena, Stream *stream);
/* Whether any document is not well-formed; and an error for each, up to a limit. */
bool has_syntax_errors(const Stream *stream);
void report_syntax_errors(Arena *arena, const Stream *stream, Diagnostics *diagnostics);
/* The offset of the brace, if the document starts with it and a quoted key, after markers and comments; else -1. */
ptrdiff_t json_start(Str text);

#endif
