/* What may be Mailu's images under another name. */
#ifndef MIRROR_H
#define MIRROR_H

#include "stream/stream.h"

/* The registry and path from which the stream has several images that are called as Mailu's are; empty when there is
 * none. It looks at the text alone: where no Mailu was found, few documents have been read. */
Str mirror_of(const Stream *stream);

#endif
