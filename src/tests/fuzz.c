/* The fuzzers' way in, for libFuzzer and for AFL++: FUZZ_TARGET in the environment says which property is tried. */
#include "tests/properties.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name;
    const char *(*broken_by)(Str text);
} targets[] = {
    {"document", broken_by_document},
    {"stream", broken_by_stream},
    {"mailus", broken_by_mailus},
};

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n) {
    const char *name = getenv("FUZZ_TARGET");
    for (size_t i = 0; i < COUNT(targets); i++) {
        if (!str_eq(str(name), str(targets[i].name)))
            continue;
        const char *broken = targets[i].broken_by((Str){(const char *)data, n});
        if (broken) {
            fprintf(stderr, "this is broken: %s\n", broken);
            abort();
        }
    }
    return 0;
}
