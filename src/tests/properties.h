/* What has to hold whatever arrives. The fuzzers ask for it, and so do the tests with what the fuzzers found. */
#ifndef PROPERTIES_H
#define PROPERTIES_H

#include "transform.h"

/* Each takes a text and returns NULL, or the property that it breaks. */

/* What the scan says of a document, and the tree it makes of it, are what libyaml makes of it. Any of it may say
 * nothing.
 */
const char *broken_by_document(Str text);

/* A stream; after a byte 0xFF (which no YAML has) a config, if there is one; after another, a line for each --set:
 *   - an error means that nothing comes out, and every diagnostic is one line for a terminal;
 *   - without an error, what is not Mailu's keeps its bytes, and doing it twice is doing it once;
 *   - libyaml and libfyaml read the same data in what comes out;
 *   - every report can be made of it. */
const char *broken_by_stream(Str text);

/* A stream that is put into the namespace mailu, beside another Mailu, with a config for the first. The first byte says
 * whether they come as they are, as a List, as a ResourceList, or with the config in it. Only what costs little is
 * tried: the second and the third of the properties above. */
const char *broken_by_mailus(Str text);

/* The same of a stream that was run already. */
const char *broken_by_outcome(Arena *arena, Outcome *outcome, const Request *request);

#endif
