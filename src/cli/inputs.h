/* The files of -f as one stream, and which file and line each line of it comes from. */
#ifndef INPUTS_H
#define INPUTS_H

#include "base/diag.h"

typedef struct Input {
    Str name;
    size_t first_line; /* in the stream */
} Input;

typedef struct Inputs {
    LIST(Input) list;
    char *bytes; /* of malloc's; the stream */
    size_t n;
} Inputs;

/* Reads a file as io_read_all does. */
bool file_read(const char *path, char **bytes, size_t *n);
/* Reads the files, "-" being stdin, and joins them with "---" where the next does not begin with one. False with errno
 * and the name of the file that can't be read. inputs_free frees the bytes, after failure too. */
bool inputs_read(Arena *arena, const char *const *names, size_t count, Inputs *inputs, const char **failed);
void inputs_free(Inputs *inputs);

/* Sets the places of the diagnostics that are in the stream to those in the files. */
void inputs_place(const Inputs *inputs, Diagnostics *diagnostics);

#endif
