/* A look at a document that proves, without parsing it, that it is well-formed and what it is.
 *
 * Most documents of a large stream belong to somebody else. They are block mappings of plain lines, or JSON, and
 * telling that a document is one takes a tenth of the time of reading it. What is not clear at a glance (anchors, tags,
 * tabs, scalars of several lines, flow collections in a block one) is left to libyaml.
 */
#ifndef SCAN_H
#define SCAN_H

#include "yaml/tree.h"

typedef struct ResourceMeta {
    Str api_version, kind, name, namespace; /* empty when the document does not have them */
    bool hides;                             /* an escape stands for a letter: what it says is not all in its text */
} ResourceMeta;

/* Returns true only for a document that libyaml accepts, whose root is a mapping, and of which `*meta` are what
 * map_text of its tree gives; false means nothing. */
bool scan_meta(Str text, ResourceMeta *meta);

/* The same for its tree: true only when `*tree` is what tree_parse would make of the text, node by node and span by
 * span. */
bool scan_tree(Arena *arena, Str text, Tree *tree);

#endif
