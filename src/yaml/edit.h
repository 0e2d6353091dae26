/* Changes to a document, and the resulting text.
 *
 * A change marks nodes of the tree. The marks give splices of the source, the smallest with the same meaning, so that a
 * diff of input and output is the patch. What has no source is printed. Nothing here knows of Mailu or Kubernetes.
 */
#ifndef EDIT_H
#define EDIT_H

#include "yaml/tree.h"

/* Makes `value` (a new node) the value of `key` in `map`: instead of the present one, or at the end. Returns the node
 * that is there now. */
Node *edit_set(Tree *tree, Node *map, Str key, Node *value);
/* Puts `item` (a new node) at the end of a sequence. */
void edit_append(Tree *tree, Node *sequence, Node *item);
/* Removes a mapping's entry (given by its value) or a sequence's item, with the comments that describe it. */
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

/* The changes to the tree's text that make it mean what the tree means: in order, without overlaps. */
Splices edit_splices(Arena *arena, const Tree *tree);
/* The tree's text with that done; for a tree without text, the printed document, ending in a line break. */
Str edit_render(Arena *arena, const Tree *tree);

#endif
