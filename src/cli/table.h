/* The options as a table: parsing, the help, the man page and the completions are made from it. */
#ifndef TABLE_H
#define TABLE_H

#include "base/base.h"

/* An option's id is its letter; from NO_LETTER on it has none. */
enum {
    OPT_CONFIG = 'c',
    OPT_INPUT = 'f',
    OPT_OUTPUT = 'o',
    OPT_QUIET = 'q',
    OPT_HELP = 'h',
    OPT_VERSION = 'V',
    NO_LETTER = 256,
    OPT_SET = NO_LETTER,
    OPT_CHECK,
    OPT_DIFF,
    OPT_PLAN,
    OPT_GRAPH,
    OPT_STRICT,
    OPT_GENERATE,
    OPT_PRINT_CONFIG,
    OPT_PRINT_SCHEMA,
    OPT_COMPLETION,
    OPT_EXPLAIN,
    OPT_MAN
};

typedef struct Option {
    int id;
    const char *name, *argument; /* no argument: NULL; in small letters: one of these words; in capitals: free text */
    bool optional;               /* whether the argument may be left out */
    const char *help;
} Option;

/* In the order of the help; the last has no name. */
extern const Option option_table[];

/* Whether the argument is one of a few words. */
bool takes_choice(const Option *o);

/* --help and --man (manual.c). */
Str help_text(Arena *arena);
Str manual_text(Arena *arena);
/* --completion for bash, zsh or fish (completions.c). */
Str completion_script(Arena *arena, Str shell);

#endif
