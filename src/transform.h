/* The core: bytes and a config in, bytes or faults out. No I/O; main.c, the tests, the fuzzers and the benchmark call
 * it. */
#ifndef TRANSFORM_H
#define TRANSFORM_H

#include "model/model.h"

/* Whether a whole Mailu is made where the stream has none. A pipe whose first command failed is empty, too: so it is
 * not, unless that is said. */
typedef enum Generate {
    GENERATE_NEVER,
    GENERATE_FROM_NOTHING, /* of a stream without manifests: kustomize's generator plugin */
    GENERATE               /* beside whatever else is in the stream */
} Generate;

typedef struct Request {
    Str stream;
    bool has_config;
    Str config_name, config; /* of the file, when there is one */
    const Str *sets;         /* "path=value" */
    size_t set_count;
    bool strict; /* warnings are errors */
    Generate generate;
    bool needs_mailu;  /* that there is none is an error, unless the stream is hooks of Helm alone */
    bool keep_history; /* the model is asked for afterwards, so all of it has to be kept */
} Request;

typedef struct Outcome {
    bool ok;            /* what came out may be used */
    bool out_of_memory; /* memory gave out: nothing else is to be believed */
    bool found;         /* a Mailu, or one was made */
    bool is_function;   /* the stream is a ResourceList with a functionConfig */
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
