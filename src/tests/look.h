/* A look at what comes out of a case, for the tests of what has to hold of every manifest. */
#ifndef LOOK_H
#define LOOK_H

#include "tests/cases.h"

typedef struct Look {
    Arena *arena;
    const Case *c;
    Result *result;
    Objects before, after;
    size_t wrong;
} Look;

/* Says what is wrong with an object. */
void wrong(Look *look, const Object *o, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* spec.template.spec of a workload; NULL of anything else. */
Node *pod_of(const Object *o);
/* What is at a key of one of its mappings. */
Node *list_of(const Object *o, Node *map, const char *key);
/* Whether the Service's selector fits the workload's pods, wherever they are. */
bool service_selects(const Object *service, const Object *workload);
/* Calls `check` with every container of every workload; with every object of a kind, or of any (NULL). */
void each_container(Look *look, void (*check)(Look *, const Object *, Node *));
void each_object(Look *look, const char *kind, void (*check)(Look *, const Object *));

/* Fails the test unless `check` finds nothing wrong in any case. */
void look_at_cases(void (*check)(Look *));

/* A test that does so. */
#define INVARIANT(name, check)                                                                                         \
    static void name(void **state) {                                                                                   \
        (void)state;                                                                                                   \
        look_at_cases(check);                                                                                          \
    }

#endif
