/* The core: bytes and a config in, bytes or faults out. No I/O; main.c, the tests, the fuzzers and the benchmark call
 * it. */
#ifndef TRANSFORM_H
#define TRANSFORM_H

#include "model.h"

typedef struct Request {
    Str stream;
    bool has_config;
    Str config_name, config; /* of the file, when there is one */
    const Str *sets;         /* "path=value" */
    size_t set_count;
    bool strict; /* warnings are errors */
} Request;

typedef struct Outcome {
    bool ok;       /* what came out may be used */
    bool unread;   /* memory gave out: nothing else is to be believed */
    bool changed;  /* the pieces are not the input's bytes */
    Pieces pieces; /* the stream as it is to be */
    Faults faults;
    Model model;
    Stream stream;
    Config config, silence;
} Outcome;

/* Does the work in `arena`, which has to live as long as the outcome. Returns outcome->ok. */
bool transform(Arena *arena, const Request *request, Outcome *outcome);

#endif
