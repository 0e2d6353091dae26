/* The config: kind Mailu of postrenderer.mailu.io/v1alpha1. fields.c has its fields. */
#ifndef CONFIG_H
#define CONFIG_H

#include "base/diag.h"
#include "spec/catalog.h"
#include "spec/kinds.h"
#include "spec/warnings.h"
#include "yaml/tree.h"

typedef struct Config {
    Tree tree;
    Node *spec;       /* a mapping; NULL when there is no config */
    Str source, text; /* for the places in diagnostics: the name of its source, and the whole text of that */
    Str file;         /* of one that is unseen, when its orchestrator noted it */
    size_t base;      /* where the tree's text starts in it */
    size_t start;     /* where the config starts in it */
    bool unseen;      /* an orchestrator wrote the text, so places in it do not help the user */
    bool given;       /* by a file or a document; --set alone does not count */
} Config;

/* An empty config. */
void config_init(Config *config, Arena *arena);
/* Reads a config file; false when it is not a config, with errors that name `source`. */
bool config_read(Config *config, Arena *arena, Str source, Str text, Diagnostics *diagnostics);
/* Takes a document of the stream or a functionConfig: `root` of `tree`, whose text starts at `base` of `text`.
 * False, with faults, when it is no config.
 * Without a `source` the text is an orchestrator's: the config is known by its file, or by kind and name. */
bool config_take(Config *config, Tree *tree, Node *root, Str source, Str text, size_t base, Diagnostics *diagnostics);
/* One "--set path=value". The value of a text is taken as it is, that of a list is separated by commas or YAML,
 * anything else is YAML. "\." is a dot in a key. False, with an error, when it can't be set. */
bool config_set(Config *config, Str assignment, Diagnostics *diagnostics);
/* Where the config is: "mailu.yaml:1:1". */
Str config_place(Arena *arena, const Config *config);

/* Whether the config sets `path`. */
bool config_has(Config *config, const char *path);
/* The value it sets, or the default; empty (false, 0) when there is neither. */
Str config_get(Config *config, const char *path);
bool config_bool(Config *config, const char *path);
int config_int(Config *config, const char *path);
/* The same for a component: its key replaces the "*" of `pattern`. */
bool config_has_for(Config *config, const char *pattern, const Component *component);
Str config_get_for(Config *config, const char *pattern, const Component *component);
bool config_bool_for(Config *config, const char *pattern, const Component *component);
/* The node of a list or a mapping, or NULL. */
Node *config_node(Config *config, const char *path);
/* The texts of the list at that path, joined; empty when there is none. */
Str config_texts(Arena *arena, Config *config, const char *path, const char *separator);
/* The warnings that `accept` names. */
AcceptedWarnings config_accepts(Config *config);
/* Places a diagnostic at the field: with line and column where the config has it. */
void config_locate(Config *config, const char *path, Diagnostic *f);

/* Whether this program manages Traefik's routes. */
bool routes_traefik(Config *config);
/* The scaling guideline that the config asks for. */
const Profile *profile_of(Config *config);

/* ---- checking (validate.c) ---- */

/* Checks every field against the table; call it when all of the config has been read. False, with errors, when one is
 * not valid. */
bool config_check(Config *config, Diagnostics *diagnostics);

/* An error about `node`, or about what --set says when that is NULL; and one that it is not what was expected. */
void config_error(Config *config, Diagnostics *diagnostics, const Node *node, Str path, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void config_expect(Config *config, Diagnostics *diagnostics, const Node *node, Str path, Str expected);
/* An error if the key of `entry` is in the mapping before it: it is not clear which of the two counts. */
void config_refuse_repeated(Config *config, Diagnostics *diagnostics, Node *map, const Node *entry, Str path);

/* ---- showing (schema.c) ---- */

/* The JSON schema of a config, and the same as a Markdown table. */
Str config_schema(Arena *arena);
Str config_reference(Arena *arena);
/* Explains a field, or each field below a path, as kubectl explain does; false, with the reason, when there is none. */
bool config_explain(Arena *arena, Str path, Str *text);
/* A config equal to `config`, with every other default in a comment. */
Str config_print(Arena *arena, Config *config);

#endif
