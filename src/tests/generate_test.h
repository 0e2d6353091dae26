/* Random YAML documents in every style there is, for the tests that hold a rule over all of them. */
#ifndef GENERATE_TEST_H
#define GENERATE_TEST_H

#include "base/base.h"

typedef struct Random {
    uint64_t state;
} Random;

/* The generator for a round of a test: the same numbers for the same seed, on every machine. */
Random random_of(uint64_t seed, uint64_t round);
/* A number from 0 to below `limit`. */
size_t random_below(Random *random, size_t limit);
/* True `percent` times out of a hundred. */
bool random_chance(Random *random, unsigned percent);

/* SEED and ROUNDS of the environment, or what is given. */
uint64_t test_seed(uint64_t otherwise);
size_t test_rounds(size_t otherwise);

/* A document of about `size` nodes. Every comment in it is "#c" and a number of its own; no key stands twice in its
 * mapping. */
Str generate_document(Arena *arena, Random *random, size_t size);

#endif
