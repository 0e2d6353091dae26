/* The same work on many things, on as many cores as there are. */
#ifndef PARALLEL_H
#define PARALLEL_H

#include "base/base.h"

enum { MOST_WORKERS = 4 };

/* One arena for each worker; what a worker makes lives in its own. */
typedef struct Workers {
    Arena arenas[MOST_WORKERS];
    size_t count;
} Workers;

/* Arenas for up to `most` workers, or as many as there are cores. They jump where `no_memory` says. */
void workers_init(Workers *workers, size_t most, jmp_buf *no_memory);
/* Frees the arenas, and what was made in them. */
void workers_free(Workers *workers);

/* Calls work(context, i, arena) for every i below `count`, each once, in no particular order. Jumps, when all workers
 * have stopped, if one of them got no memory. */
void parallel(Workers *workers, size_t count, void (*work)(void *context, size_t i, Arena *arena), void *context);

#endif
