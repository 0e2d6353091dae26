/* A stream that was read, for the tests of how that is done. */
#ifndef READING_H
#define READING_H

#include "stream/stream.h"

typedef struct Reading {
    bool read;
    Workers workers;
    Stream stream;
    Diagnostics diagnostics;
} Reading;

/* Reads the text; `reading->read` is false when it was refused. Free it with reading_end. */
void reading_begin(Reading *reading, Arena *arena, Str text);
void reading_end(Reading *reading);

#endif
