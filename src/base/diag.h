/* Diagnostics: what is wrong and where, collected for the end of the run. */
#ifndef DIAG_H
#define DIAG_H

#include "base/base.h"

typedef enum Severity { NOTE, WARNING, ERROR } Severity;

/* One thing the user should know: where, what was found, what was expected. */
typedef struct Diagnostic {
    Severity severity;
    const char *name; /* of a warning or note, see spec/warnings.h */
    Str source;       /* "stdin" or the config's name; empty when it belongs to no text */
    size_t line;      /* from 1; 0 when there is no place */
    size_t column;
    Str resource; /* "Deployment/mailu-front", or empty */
    Str path;     /* "spec.template.spec", or empty */
    Str message;
    Str excerpt;                /* the line of the source that is meant, or empty */
    Str malformed;              /* the document that is no YAML, when that is the fault */
    Str lines;                  /* of that: the source with a caret under the mistake, or empty */
    Str namespace, api_version; /* of the resource, for KRM results */
    Str file;                   /* that the manifest comes from, as a KRM orchestrator says; or empty */
    bool suppressed;            /* one too many: nobody will read it */
} Diagnostic;

enum { MAX_DIAGNOSTICS = 200 /* of each severity; what goes beyond is counted, not told */ };

typedef struct Diagnostics {
    Arena *arena;
    LIST(Diagnostic) list;
    size_t errors, warnings, notes;
    uint64_t accepted;     /* the warnings that are notes, see spec/warnings.h */
    Diagnostic suppressed; /* the last that was not told, for its caller to fill in */
    size_t suppressed_count;
} Diagnostics;

/* Adds a fault with the message and returns it, for the caller to add the place. Warnings: diag_warn of
 * spec/warnings.h. */
Diagnostic *diag_add(Diagnostics *diagnostics, Severity severity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Drops every fault that says the same of the same place as one before it. */
void diag_tidy(Diagnostics *diagnostics);
/* Sets source, line, column and excerpt of `f`: the place `offset` in `text`. */
void diag_place(Diagnostic *f, Str source, Str text, size_t offset);
/* "stdin:3:7: Deployment/mailu-front: spec.replicas: found x, expected y" and a line end; a warning
 * and a note say so, and end in their name: "[exposed]". */
void diag_print(const Diagnostic *f, Buf *out);
/* The same as the program says it: "program: error: stdin:3:7: Deployment/mailu-front: ...". */
void diag_tell(const Diagnostic *f, const char *program, Buf *out);
/* The line that is meant with a caret under the place, in colour if that is asked for; nothing when there is no such
 * line. */
void diag_point(const Diagnostic *f, bool colour, Buf *out);

#endif
