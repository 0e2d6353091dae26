/* Images that may be Mailu's under another registry. */
#ifndef MIRROR_H
#define MIRROR_H

#include "stream/stream.h"

/* What to say when the stream has no Mailu: from where it has several images with the names of Mailu's, if it has. It
 * searches the text, since few documents have been read then. */
Str why_no_mailu(Arena *arena, const Stream *stream);

#endif
