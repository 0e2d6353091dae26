/* The streams that tests run on: the golden cases of testdata, and real ones where there are some. */
#ifndef CASES_H
#define CASES_H

#include "cli/options.h"
#include "transform.h"

/* A stream with the config and the command line it is for. */
typedef struct Case {
    Str name; /* testdata/CASE, or the file */
    Request request;
    Options options;
    bool succeeds; /* whatever the others do */
} Case;

typedef LIST(Case) Cases;

/* Reads `directory`: input.yaml, and, where they are there, config.yaml and args, which has an argument on each line.
 */
Case case_read(Arena *arena, Str directory);
/* What its file `args` has, after the name of the program. */
typedef LIST(char *) Arguments;
Arguments case_arguments(Arena *arena, Str directory);
/* All of testdata, and the streams of ../shared/real: none, with a word about it, when that is not there. With
 * STREAMS=PATTERN in the environment those files instead. */
Cases cases_all(Arena *arena);

/* A file of a case; false when it has none. */
bool case_file(Arena *arena, Str directory, const char *name, Str *text);

/* The messages as they are printed, without the name of the program, which is the same in all, and "error: ". */
Str case_said(Arena *arena, const Diagnostics *diagnostics);

/* Runs the case. The output as one text (empty on failure), and what case_said gives. */
typedef struct Result {
    bool ok;
    Str out, said;
    Outcome outcome;
} Result;

void case_run(Arena *arena, const Case *c, Result *result);
void case_done(Result *result);
/* --plan=json of the run; the request has to keep its history. */
Tree *case_plan(Arena *arena, const Result *result);
/* A change in it: the values of its fields. */
typedef struct PlannedChange {
    Str action, aspect, strength;
    Str component; /* empty when it belongs to none */
} PlannedChange;

typedef LIST(PlannedChange) PlannedChanges;
/* Those of all the Mailus of the stream. */
PlannedChanges case_planned(Arena *arena, const Result *result);
/* What comes out of `stream` with these --set's, once more run through, which must change nothing. `*said` is what was
 * warned of. Fails the test where it is refused. */
Str case_run_twice(Arena *arena, Str stream, const Str *sets, size_t set_count, Str *said);

/* Runs every case, and `check` on those that succeed; it returns whether what it is about holds, and says what breaks
 * it. Fails the test when it does not hold everywhere. */
void cases_all_keep(bool (*check)(Arena *arena, const Case *c, Result *result));

/* What a stream is made of, cut by rules of the tests' own: its documents, or the items of the list that it is. Of a
 * list the last piece is what follows the items. */
typedef LIST(Str) Texts;
Texts texts_of(Arena *arena, Str stream);
/* Whether the stream is a list, by the same rules. */
bool is_cut_into_items(Str stream);

/* A manifest of a stream, an item of a list too, read without the program's own reader. */
typedef struct Object {
    Tree *tree;
    Node *root;
    Str kind, namespace, name;
} Object;

typedef LIST(Object) Objects;
Objects objects_of(Arena *arena, Str stream);
/* The one that a reference of that kind and name leads to, in a namespace that may be the same; NULL when there is
 * none. */
const Object *object_of(const Objects *objects, Str kind, Str namespace, Str name);
/* "Deployment/mailu-front" */
Str object_label(Arena *arena, const Object *object);

#endif
