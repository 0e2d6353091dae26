/* An oracle for the editor: what an edit has to come to, by a model that knows nothing of splices.
 *
 * A trial reads a document as a tree and as data, makes the same random edits to both, and compares what edit_render
 * gives with the data, read by libyaml and by libfyaml. Of every edit the trial notes the lines that belong to it; all
 * others have to come out as they are, in order, and every comment that describes nothing that was removed, exactly
 * once. */
#ifndef TRIAL_H
#define TRIAL_H

#include "tests/data_test.h"
#include "tests/generate_test.h"
#include "yaml/edit.h"

typedef struct Trial {
    Arena *arena;
    Random *random;
    Str source;
    LIST(Str) lines;    /* of the source, with their breaks */
    bool *free_line;    /* belongs to an edit */
    bool *lost;         /* its comment may go */
    bool *gone;         /* of an entry that was removed */
    bool *text;         /* of a block scalar: what looks like a comment is text */
    bool block_scalars; /* there are some */
    Datum *data;        /* what the document has to say */
    Tree tree;
    LIST(Datum *) aliases;
    Buf log;
    const char *trouble;
    Str detail;
} Trial;

/* Notes what is wrong; the first counts. */
void trial_fails(Trial *trial, const char *trouble, Str detail);

/* ---- one random edit, to the tree and to the data (trial_edits_test.c) ---- */

void trial_edit(Trial *trial);

/* ---- which lines an edit may change (trial_lines_test.c): to be called before the data changes ---- */

/* The value of `datum` is written anew. */
void trial_replaced(Trial *trial, Datum *datum);
void trial_removed(Trial *trial, Datum *datum);
/* `parent` gets one more entry. */
void trial_inserted(Trial *trial, Datum *parent);
/* Something in `datum` changes: aliases of it, and of what it is in, become copies. */
void trial_touched(Trial *trial, Datum *datum);
/* The anchors in `datum` are removed: their aliases become copies. */
void trial_anchors_below(Trial *trial, const Datum *datum);

/* Takes the first line off `*rest`, with its break. */
Str trial_cut_line(Str *rest);
/* The comment that the line is; empty when it is something else. */
Str trial_comment(Str line);

bool datum_is_collection(const Datum *datum);
/* The place of the alias that `datum` belongs to; itself when it belongs to none. */
Datum *datum_standing(Datum *datum);
/* How many children the source has. */
size_t datum_source_children(const Datum *datum);

#endif
