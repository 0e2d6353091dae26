/* A List or ResourceList in parts: what stands before its items, each item, and what stands behind them.
 *
 * Most items of a list are nobody's concern of ours: as documents of their own, few of them are read as trees. An item
 * is a sequence of one, the others are a mapping each.
 */
#ifndef LISTS_H
#define LISTS_H

#include "stream/stream.h"

/* Whether the text is JSON mappings, one after the other: then another may follow without anything between them. */
bool is_json(Str text);

/* Adds the parts of the list `text` to the stream. `root` is where its root mapping starts when it is in JSON, -1 when
 * it is not. Returns false, perhaps with some of them added, where the list has to be read as a whole. In JSON the
 * parts are right when the list is well-formed; in block style when each of them is, too, since nothing is open at the
 * end of one then, and none but an item starts with "- " where the first does. A lone carriage return must not be in
 * it. */
bool list_cut(Arena *arena, Stream *stream, Str text, ptrdiff_t root);

/* The text of a document by itself: that of a part in JSON is one but for its first and last characters. What stands in
 * both stands in the same place. */
Str part_text(Arena *arena, const Document *document);
/* The same, but of an item only its value: a blank stands for what is before it. */
Str content_text(Arena *arena, const Document *document);
/* What becomes of the part when its part_text becomes `text`: a copy. */
Str part_written(Arena *arena, const Document *part, Str text);

#endif
