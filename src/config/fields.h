/* The fields of the config's spec, as data: what values it takes, its default and its help. From this one table come
 * the checks, the JSON schema, the reference in the README and `--print-config`. The names are those of cdk8s-mailu's
 * MailuChartConfig, and ours where it has none. */
#ifndef FIELDS_H
#define FIELDS_H

#include "base/suggest.h"

/* Whether YAML may read the text as a number, as in "tag: 2024.06". */
typedef enum Numbers { NO_NUMBER, ANY_NUMBER, NUMBER_ABOVE_0 } Numbers;

/* The format of a text. The check and the expression accept the same; the expression is for the schema. */
typedef struct Format {
    bool (*check)(Str);
    const char *expected;
    const char *pattern; /* that all of the text must match */
    const char *never;   /* an expression that no part of the text may match; NULL for none */
    int longest;
    Numbers numbers;
} Format;

typedef enum FieldType { FIELD_TEXT, FIELD_BOOL, FIELD_INT, FIELD_LIST, FIELD_LABELS, FIELD_WARNINGS } FieldType;

typedef struct Field {
    const char *path; /* "*" is any component, "@" any aspect */
    FieldType type;
    const char *fallback; /* the default; NULL for none */
    const Format *format; /* of a text, or of each item of a list */
    const char *choices;  /* of a text or an int, separated by '|', instead of a format or a range */
    int least, most;      /* of an int */
    const char *help;
} Field;

extern const Field fields[];
extern const size_t field_count;
extern const Format format_label_key, format_label_value; /* of FIELD_LABELS */

/* The field of a path such as "storage.dovecot.size", or NULL. */
const Field *field_at(Str path);
/* The names that a step of a field's path is for: of "*" each component, of "@" each aspect, else the step itself.
 * Empty after the last. */
Str field_step(Str step, size_t i);
/* Its path as the reference has it: "storage.COMPONENT.size". */
Str field_shown(Arena *arena, const Field *field);
/* Whether `path` leads to fields: "storage.dovecot"; to that field. */
bool field_is_below(const Field *field, Str path);
bool field_below(Str path);
/* A suggestion for `wrong` below `parent`: a similar name, or the path of a field of that name elsewhere. Empty when
 * there is none. */
Str field_suggestion(Arena *arena, Str parent, Str wrong);

#endif
