/* The core: bytes and a config in, bytes or faults out. No I/O; main.c, the tests, the fuzzers and the benchmark call
 * it. */
#ifndef TRANSFORM_H
#define TRANSFORM_H

#include "model/model.h"

typedef struct Request {
    Str stream;
    bool has_config;
    Str config_name, config; /* of the file, when there is one */
    const Str *sets;         /* "path=value" */
    size_t set_count;
    bool strict;       /* warnings are errors */
    bool keep_history; /* the model is asked for afterwards, so all of it has to be kept */
} Request;

typedef struct Outcome {
    bool ok;            /* what came out may be used */
    bool out_of_memory; /* memory gave out: nothing else is to be believed */
    bool changed;       /* the pieces are not the input's bytes */
    Chunks chunks;      /* the stream as it is to be */
    Str summary;        /* a line for each Mailu */
    Diagnostics diagnostics;
    Model model; /* of everything when the request says so, else of nothing in particular */
    Stream stream;
    Config config, empty_config;
    Workers workers; /* hold what is read, and what is written */
} Outcome;

/* Does the work in `arena`, which has to live as long as the outcome. Returns outcome->ok. transform_done gives back
 * the memory that the outcome holds itself, after success and failure alike. */
bool transform(Arena *arena, const Request *request, Outcome *outcome);
void transform_done(Outcome *outcome);

#endif
