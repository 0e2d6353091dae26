/* Where the variables of a container come from: its `env`, and the ConfigMaps and Secrets that it reads whole. */
#ifndef VARIABLES_H
#define VARIABLES_H

#include "model/model.h"

/* What a variable of the container is, as far as it is written in the stream: in `env`, or in a ConfigMap of the
 * stream. Empty when it is not, and for a Secret's. */
Str variable_of(const Instance *instance, const Part *part, const char *name);

typedef enum Provided {
    NOT_PROVIDED,
    MAYBE_PROVIDED, /* the container reads a ConfigMap or Secret that is not in the stream */
    PROVIDED
} Provided;

/* Whether the container gets the variable, from wherever. The ConfigMap that all read counts, if the part reads it. */
Provided variable_provided(const Instance *instance, const Part *part, const char *name);

/* How another container can get the same value. */
typedef struct VariableSource {
    Node *value_from; /* new, for `valueFrom`; NULL: `value` has the text */
    Str value;
} VariableSource;

/* Where a container of this Mailu has the variable from; false when no container tells. */
bool find_variable_source(Model *model, Instance *instance, const char *name, VariableSource *source);

/* Whether an item of `envFrom` names a ConfigMap or Secret that is not in the stream. */
bool reads_unknown(const Instance *instance, Tree *tree, Node *item);

#endif
