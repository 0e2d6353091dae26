/* Which documents of a stream are worked on together. */
#ifndef BATCHES_H
#define BATCHES_H

#include "config/config.h"
#include "stream/stream.h"

/* Documents that are worked on together: those of one namespace, so that the trees of a stream with many Mailus need
 * not all be in memory at once. */
typedef struct Batch {
    uint32_t namespace_hash;
    uint32_t first, last; /* document numbers plus one */
    size_t count;
} Batch;

typedef LIST(Batch) Batches;

/* The documents of the kinds that matter, by namespace. All are one batch when a config has to find its Mailu, when one
 * is made from nothing, when a list may hold any namespace, or when a document does not name its namespace. */
Batches make_batches(Arena *arena, Stream *stream, Config *config, bool generates);
/* The numbers of its documents, as many as its `count` says. */
const uint32_t *documents_of(Arena *arena, const Stream *stream, const Batch *batch);
/* Whether the stream has only hooks of Helm: Helm may pass a release's hooks in a run of their own, and what that run
 * added would be added twice. */
bool is_hooks_only(Arena *arena, Stream *stream);
/* Whether there is anything to work on: the config does not count. */
bool has_manifests(const Stream *stream);

#endif
