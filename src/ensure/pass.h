/* What a pass works with. It handles one concern; it sees the whole model and edits manifests through the functions
 * below, which log each change and its strength. */
#ifndef PASS_H
#define PASS_H

#include "model/traffic.h"
#include "yaml/build.h"

/* The current pass, and what it works on. */
typedef struct Ensure {
    Model *model;
    Instance *instance;
    Part *part; /* NULL in a pass over the instance as a whole */
    Aspect aspect;
    Arena *arena;   /* the model's */
    Stream *stream; /* the model's */
    Config *config; /* the instance's */
} Ensure;

/* ---- edits with a log ---- */

/* Makes `key` of `map` equal to `value` (a new node). At DEFAULT an existing value stays; an explicit null counts as
 * absent. Returns the value that is there afterwards. */
Node *set_value(Ensure *e, Strength strength, Manifest *m, Node *map, const char *key, Node *value);
Node *set_text(Ensure *e, Strength strength, Manifest *m, Node *map, const char *key, Str text);
Node *set_int(Ensure *e, Strength strength, Manifest *m, Node *map, const char *key, int number);
Node *set_false(Ensure *e, Strength strength, Manifest *m, Node *map, const char *key);
/* Adds `item` at the end of `sequence`. */
Node *append_item(Ensure *e, Strength strength, Manifest *m, Node *sequence, Node *item);
/* Removes an entry or item, if there is one. The list as well when it has no other item. */
void remove_node(Ensure *e, Strength strength, Manifest *m, Node *child);
void remove_item(Ensure *e, Strength strength, Manifest *m, Node *list, Node *item);
/* The mapping (sequence) at a path below `map`, made when it is absent. A value of another kind there is an error. */
Node *mapping_at(Ensure *e, Manifest *m, Node *map, const char *path);
Node *sequence_at(Ensure *e, Manifest *m, Node *map, const char *path);

/* The part's own `env`; and there a variable with `key` (value or valueFrom), which replaces the other of the two; and
 * one with a value. */
Node *env_of(Ensure *e);
void own_variable(Ensure *e, Strength strength, const char *name, const char *key, Node *value);
void own_text(Ensure *e, Strength strength, const char *name, Str value);

/* The volume that a mount of the part's container shows; NULL when the pod has none of that name. */
Node *volume_of(const Part *part, Node *mount);

/* A new manifest of the instance: namespace and labels are filled in; `spec` may be NULL. */
Manifest *add_manifest(Ensure *e, Kind kind, Str name, const char *component, Node *spec);
/* The manifest of that name in the Mailu's namespace; NULL when there is none. Else the same, added if there is none;
 * and with exactly that spec. */
Manifest *find_manifest(const Ensure *e, Kind kind, Str name);
Manifest *manifest_named(Ensure *e, Kind kind, Str name, const char *component, Node *spec);
Manifest *ensure_spec(Ensure *e, Kind kind, Str name, const char *component, Node *spec);
/* prefix-ending */
Str prefixed(Ensure *e, const char *ending);
/* The labels of an added component, by which its pods are selected. */
Node *labels_of(Ensure *e, const char *component, bool selector_only);

/* The name of the Service by which others reach a part, which has to have one. */
Str service_name(const Ensure *e, ComponentId id);
/* A Service for the pods of a part, without ports yet. */
Manifest *add_service(Ensure *e, Part *part, Str name);

/* Whether `patch` leaves the aspect on, for the part if there is one; for `part`, in a pass over the instance. */
bool is_on(const Ensure *e);
bool is_on_for(const Ensure *e, Part *part);
/* Moves on to the next part that `patch` leaves the aspect on for; false when there is none left:
 *
 *     for (Ensure each = *e; to_next_part(&each);) */
bool to_next_part(Ensure *e);
/* The next manifest of that kind in the Mailu's namespace after `m`, which is NULL at first. */
Manifest *next_manifest(const Ensure *e, Kind kind, const Manifest *m);
/* Adds an error; a warning of that name. `m` and `node` say where, either may be NULL. */
Diagnostic *diagnose(Ensure *e, Severity severity, const Manifest *m, const Node *node, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
Diagnostic *warn(Ensure *e, WarningId id, const Manifest *m, const Node *node, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Warns that a field of the config has no effect. */
void warn_field_not_applied(Ensure *e, const char *field, const char *why);

#endif
