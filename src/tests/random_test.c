#include "tests/random.h"

#include <stdlib.h>

Random random_of(uint64_t seed, uint64_t round) {
    Random random = {(seed + round * 0x9E3779B97F4A7C15u) | 1};
    for (int i = 0; i < 8; i++)
        random_below(&random, 2);
    return random;
}

size_t random_below(Random *random, size_t limit) {
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return (size_t)((random->state * 0x2545F4914F6CDD1Du) >> 33) % limit;
}

bool random_chance(Random *random, unsigned percent) {
    return random_below(random, 100) < percent;
}

uint64_t test_seed(uint64_t otherwise) {
    const char *seed = getenv("SEED");
    return seed ? strtoull(seed, NULL, 10) : otherwise;
}

size_t test_rounds(size_t otherwise) {
    const char *rounds = getenv("ROUNDS");
    return rounds ? (size_t)strtoull(rounds, NULL, 10) : otherwise;
}
