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

/* The text of a document by itself: that of a part in JSON is one but for its first and last characters. What is in
 * both has the same offset in both. */
Str fragment_text(Arena *arena, const Document *document);
/* The same, but of an item only its value: a space replaces what is before it. */
Str content_text(Arena *arena, const Document *document);
/* The new text of the part when its fragment_text becomes `text`: a copy. */
Str fragment_written(Arena *arena, const Document *part, Str text);

#endif
