/* Which libraries read YAML here. */
#ifndef LIBRARIES_H
#define LIBRARIES_H

#include "base/base.h"

/* The versions in use, static or shared: "libyaml 0.2.5, libfyaml 0.7.12". */
Str yaml_libraries(Arena *arena);

#endif
