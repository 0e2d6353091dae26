/* Reading and writing whole, through short reads, signals and full disks. */
#ifndef IO_H
#define IO_H

#include "base/base.h"

/* Reads `fd` to its end into memory of malloc's, which belongs to the caller and is one buffer as large as the input.
 * On failure returns false and sets errno (ENOMEM, EFBIG or what read said). */
bool io_read_all(int fd, char **bytes, size_t *n);
/* Writes the chunks one after the other; false when not every byte went out, with errno. */
bool io_write_all(int fd, const Str *chunks, size_t count);
/* Writes the chunks to the file `path`, whole or not at all: to a temporary file beside it, which then replaces it.
 * What is not a regular file, such as a device, is written to directly. On failure returns false and sets errno. */
bool io_write_file(Arena *arena, const char *path, const Str *chunks, size_t count);
/* close, for a descriptor that was written to: a full disk may only show here. */
bool io_close(int fd);

#endif
