/* Changes to a document, and the text they come to.
 *
 * A change marks nodes of the tree. Out of the marks come splices of the source: the smallest that say the same, so
 * that a diff of input and output is the patch. What has no source is printed. Nothing here knows of Mailu or
 * Kubernetes.
 */
#ifndef EDIT_H
#define EDIT_H

#include "yaml/tree.h"

/* Makes `value` (a new node) the value of `key` in `map`: in the place of the one that is there, or at the end. Returns
 * the node that now stands there. */
Node *edit_set(Tree *tree, Node *map, Str key, Node *value);
/* Puts `item` (a new node) at the end of a sequence. */
void edit_append(Tree *tree, Node *sequence, Node *item);
/* Takes a mapping's entry (named by its value) or a sequence's item out, with the comments that describe it. */
void edit_remove(Tree *tree, Node *child);
/* Whether anything was changed, or all of it was made. */
bool edit_touched(const Tree *tree);

/* The place of `node` in the source gets what it will hold: for render.c too. */
void mark_replaced(Node *node);

/* ---- the text (render.c) ---- */

typedef struct Splice {
    size_t at, remove;
    Str text;
    size_t order; /* in which it was made */
} Splice;

typedef struct Splices {
    Splice *at;
    size_t n, capacity;
} Splices;

/* What has to be done to the tree's text so that it says what the tree says: in order, without overlaps. */
Splices edit_splices(Arena *arena, const Tree *tree);
/* The tree's text with that done; for a tree without text, the printed document, ending in a line break. */
Str edit_render(Arena *arena, const Tree *tree);

#endif
