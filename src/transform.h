/* The core: bytes and a config in, bytes or errors out. No I/O; main.c, the tests, the fuzzers and the benchmark call
 * it. */
#ifndef TRANSFORM_H
#define TRANSFORM_H

#include "model/model.h"

/* Whether a whole Mailu is created when the stream has none. The input is also empty when a pipe's first command
 * failed, so this has to be asked for. */
typedef enum Generate {
    GENERATE_NEVER,
    GENERATE_FROM_NOTHING, /* of a stream without manifests: kustomize's generator plugin */
    GENERATE               /* in addition to what the stream has */
} Generate;

typedef struct Request {
    Str stream;
    bool has_config;
    Str config_name, config; /* of the file, when there is one */
    const Str *sets;         /* "path=value" */
    size_t set_count;
    bool strict; /* warnings are errors */
    Generate generate;
    bool needs_mailu;  /* a stream without Mailu is an error, unless it has only hooks of Helm */
    bool keep_history; /* keep all of the model, for reports */
} Request;

typedef struct Outcome {
    bool ok;            /* the output is valid */
    bool out_of_memory; /* out of memory: nothing else is valid */
    bool is_function;   /* the stream is a ResourceList with a functionConfig */
    bool changed;       /* the output differs from the input */
    Chunks chunks;      /* the output */
    Str summary;        /* a line for each Mailu */
    Diagnostics diagnostics;
    Model model; /* complete if the request asks for it, else without history */
    Stream stream;
    Config config, empty_config;
    Workers workers; /* hold what is read, and what is written */
} Outcome;

/* Does the work in `arena`, which has to live as long as the outcome. Returns outcome->ok. transform_done gives back
 * the memory that the outcome holds itself, after success and failure alike. */
bool transform(Arena *arena, const Request *request, Outcome *outcome);
void transform_done(Outcome *outcome);

#endif
