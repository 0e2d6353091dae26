/* Which libraries read YAML here. */
#ifndef LIBRARIES_H
#define LIBRARIES_H

#include "base/base.h"

/* What runs, be it linked in or found on the system: "libyaml 0.2.5, libfyaml 0.7.12". */
Str yaml_libraries(Arena *arena);

#endif
