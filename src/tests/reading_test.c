#include "tests/reading.h"

#include "tests/tests.h"

static jmp_buf no_memory;

void reading_begin(Reading *reading, Arena *arena, Str text) {
    reading->diagnostics = (Diagnostics){.arena = arena};
    workers_init(&reading->workers, 1, &no_memory);
    reading->read = stream_read(arena, &reading->workers, text, &reading->stream, &reading->diagnostics);
}

void reading_end(Reading *reading) {
    workers_free(&reading->workers);
}
