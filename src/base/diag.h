/* Diagnostics: what is wrong and where, collected for the end of the run. */
#ifndef DIAG_H
#define DIAG_H

#include "base/base.h"

typedef enum Severity { NOTE, WARNING, ERROR } Severity;

/* One thing the user should know: where, what was found, what was expected. */
typedef struct Diagnostic {
    Severity severity;
    const char *name; /* of a warning or note, see spec/warnings.h */
    Str source;       /* "stdin" or the config's name; empty when it is about no text */
    size_t line;      /* from 1; 0 when the place is unknown */
    size_t column;
    Str resource; /* "Deployment/mailu-front", or empty */
    Str path;     /* "spec.template.spec", or empty */
    Str message;
    Str text, excerpt;          /* what the place is in, and its line; or empty */
    Str malformed;              /* the document that is not YAML, if that is the error */
    size_t since;               /* for that error: see TreeError */
    Str namespace, api_version; /* of the resource, for KRM results */
    Str file;                   /* that the manifest comes from, as a KRM orchestrator says; or empty */
    bool suppressed;            /* beyond the limit: it is not printed */
} Diagnostic;

enum { MAX_DIAGNOSTICS = 200 /* of each severity; more are counted, not printed */ };

typedef struct Diagnostics {
    Arena *arena;
    LIST(Diagnostic) list;
    size_t errors, warnings, notes;
    uint64_t accepted;     /* the warnings that are notes, see spec/warnings.h */
    Diagnostic suppressed; /* the last one that is not printed, for its caller to fill in */
    size_t suppressed_count;
} Diagnostics;

/* Adds a diagnostic with the message and returns it, for the caller to add the place. Warnings: diag_warn of
 * spec/warnings.h. */
Diagnostic *diag_add(Diagnostics *diagnostics, Severity severity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
Diagnostic *diag_vadd(Diagnostics *diagnostics, Severity severity, const char *format, va_list args);
/* Drops every diagnostic that repeats an earlier one at the same place. */
void diag_tidy(Diagnostics *diagnostics);
/* The line of `offset` in `text`, from 1. */
size_t diag_line(Str text, size_t offset);
/* Sets source, line, column, text and excerpt of `f`: the place `offset` in `text`. In an empty line that is the end of
 * the last line before it that is not. */
void diag_place(Diagnostic *f, Str source, Str text, size_t offset);
/* "program: error: stdin:3:7: Deployment/mailu-front: spec.replicas: found x, expected y" and a line end; warnings and
 * notes end with their name: "[exposed]". */
void diag_tell(const Diagnostic *f, const char *program, Buf *out);
/* The source line with a caret under the place, in colour if asked for; nothing when there is no such line. */
void diag_point(const Diagnostic *f, bool colour, Buf *out);

#endif
