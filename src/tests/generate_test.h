/* Random YAML documents in every style there is, for the tests that hold a rule over all of them. */
#ifndef GENERATE_TEST_H
#define GENERATE_TEST_H

#include "tests/random.h"

/* A document of about `size` nodes. Every comment in it is "#c" and a number of its own; no key is twice in its
 * mapping. */
Str generate_document(Arena *arena, Random *random, size_t size);

#endif
