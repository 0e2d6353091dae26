/* The config that comes in the stream: as a document, an item of a list, or a ResourceList's functionConfig. */
#ifndef FIND_H
#define FIND_H

#include "config/config.h"
#include "stream/stream.h"

/* Takes the config of the stream, if there is one, and removes its document from the stream; errors for a second one,
 * and for what is not a config. `sets`: whether --set will change it, which must not show in a functionConfig of the
 * output. Its tree lives in `arena`, as long as the config. Returns whether a ResourceList has a functionConfig. */
bool config_find(Arena *arena, Stream *stream, bool sets, Config *config, Diagnostics *diagnostics);

#endif
