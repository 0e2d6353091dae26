/* New YAML from a template in C source, so that a pass shows the shape of what it adds:
 *
 *     build(arena, "{tcpSocket:{port:%d},periodSeconds:%d}", 587, 10)
 *
 * {key:value,...} and [value,...] nest. A bare word of digits is a number, true and false are booleans, anything else
 * is a string. Arguments: %s a C string, %S a Str (both always strings, whatever they look like), %d an int, %n a Node
 * as it is, with NULL for an entry or item that is left out. */
#ifndef BUILD_H
#define BUILD_H

#include "yaml/tree.h"

Node *build(Arena *arena, const char *template, ...);

#endif
