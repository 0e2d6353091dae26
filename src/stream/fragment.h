/* The text of a part of a list by itself, and back. */
#ifndef FRAGMENT_H
#define FRAGMENT_H

#include "stream/stream.h"

/* The text of a document by itself: that of a part in JSON is one but for its first and last characters. What is in
 * both has the same offset in both. */
Str fragment_text(Arena *arena, const Document *document);
/* The same, but of an item only its value: a space replaces what is before it. */
Str content_text(Arena *arena, const Document *document);
/* The new text of the part when its fragment_text becomes `text`: a copy. */
Str fragment_written(Arena *arena, const Document *part, Str text);

#endif
