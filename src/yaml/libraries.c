#include "yaml/libraries.h"

#include <libfyaml.h>
#include <yaml.h>

Str yaml_libraries(Arena *arena) {
    return str_format(arena, "libyaml %s, libfyaml %s", yaml_get_version_string(), fy_library_version());
}
