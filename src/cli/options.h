/* The command line. One table gives parsing, the help, the man page and the completions. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "base/base.h"
#include "version.h"

#define PROGRAM "mailu-post-renderer"

enum { EXIT_DONE = 0, EXIT_DIFFERENT = 1, EXIT_TROUBLE = 2 };

typedef enum Mode {
    MODE_FILTER,
    MODE_CHECK,
    MODE_DIFF,
    MODE_PLAN,
    MODE_PLAN_SHORT,
    MODE_PLAN_JSON,
    MODE_MERMAID,
    MODE_DOT,
    MODE_PRINT_CONFIG,
    MODE_TEXT /* `text` is all there is to print */
} Mode;

typedef struct Options {
    Mode mode;
    const char *config;        /* a file, or NULL */
    LIST(const char *) inputs; /* files; none: stdin */
    const char *output;        /* a file, or NULL: stdout */
    LIST(Str) sets;
    bool strict, quiet;
    bool generate, from_nothing; /* --generate, --generate=from-nothing */
    Str text;
} Options;

/* Reads the command line; on failure returns false and says why in `trouble`, one line. */
bool options_parse(Arena *arena, int argc, char **argv, Options *options, Str *trouble);

#endif
