/* A YAML document as plain data, read by libyaml and by libfyaml independently of tree.c: what the tests hold the
 * program's own reading, editing and writing against. Aliases are followed, so every place holds its own copy.
 */
#ifndef DATA_TEST_H
#define DATA_TEST_H

#include "base/base.h"

typedef enum DatumKind { DATUM_SCALAR, DATUM_MAP, DATUM_LIST } DatumKind;

typedef struct Datum Datum;

struct Datum {
    DatumKind kind;
    Str text; /* of a scalar */
    Str tag;
    bool bare;  /* a plain scalar that is no string to YAML 1.1 or 1.2 */
    Datum *key; /* in a map: this is the value of that key */
    Datum *parent;
    LIST(Datum *) children;

    /* where it is, by libyaml's marks; lines count from 0 */
    bool fresh; /* nowhere: it was made by an edit */
    bool flow, block_scalar, explicit_key;
    size_t first_line, last_line; /* with its key */
    size_t value_line;            /* where the value starts */
    Str anchor;
    Datum *anchored; /* of an alias: the datum with the anchor */
};

/* One document. NULL when it is empty or can't be read; then `*trouble` says why. */
Datum *data_by_libyaml(Arena *arena, Str text, Str *trouble);
Datum *data_by_libfyaml(Arena *arena, Str text, Str *trouble);
bool data_same(const Datum *a, const Datum *b);
/* Whether a plain scalar is read as something else than a string, by the grammars of YAML 1.1 and 1.2. */
bool data_is_bare(Str text);

/* Writes the data for a person to read. */
void data_print(Buf *out, const Datum *datum, uint32_t indent);

#endif
