/* Random numbers for tests, which are the same for the same seed on every machine. */
#ifndef RANDOM_H
#define RANDOM_H

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

#endif
