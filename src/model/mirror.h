/* Images that may be Mailu's under another registry. */
#ifndef MIRROR_H
#define MIRROR_H

#include "stream/stream.h"

/* The registry and path from which the stream has several images with the names of Mailu's; empty when there is none.
 * It searches the text: where no Mailu was found, few documents have been read. */
Str mirror_of(const Stream *stream);

#endif
