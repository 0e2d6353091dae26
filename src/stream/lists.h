/* A List or ResourceList in parts: what is before its items, each item, and what is after them.
 *
 * Most items of a list do not matter: as separate documents, few of them are read as trees. An item
 * is a sequence of one, the others are a mapping each.
 */
#ifndef LISTS_H
#define LISTS_H

#include "stream/stream.h"

/* Most items of a list do not matter: they become separate documents, so that only the others are read as trees. A list
 * that can't be cut for certain stays one document. */
void open_lists(Arena *arena, Stream *stream);

#endif
