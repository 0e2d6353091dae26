/* The same work on many things, on as many cores as there are. */
#ifndef PARALLEL_H
#define PARALLEL_H

#include "base/base.h"

enum { MOST_WORKERS = 4 };

/* A worker thread. What it makes lives in arenas of its own: nothing else allocates from them, and while it works they
 * jump only within its own thread. */
typedef struct Worker {
    size_t index;
    Arena scratch; /* for what the caller frees before the end of the run */
    Arena output;  /* for what has to last */
} Worker;

typedef struct Workers {
    Worker at[MOST_WORKERS];
    size_t count;
} Workers;

/* Up to `most` workers, or as many as there are cores. Their arenas jump where `no_memory` says. */
void workers_init(Workers *workers, size_t most, jmp_buf *no_memory);
/* Sets where the arenas of all of them jump. */
void workers_jump(Workers *workers, jmp_buf *no_memory);
/* Frees the arenas, and what was made in them. */
void workers_free(Workers *workers);

/* Calls work(context, i, worker) for every i below `count`, each once, in no particular order. Jumps, when all workers
 * have stopped, if one of them got no memory. */
void parallel(Workers *workers, size_t count, void (*work)(void *context, size_t i, Worker *worker), void *context);

#endif
