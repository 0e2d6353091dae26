/* A scan of a document that proves, without parsing it, that it is well-formed and what it is.
 *
 * Most documents of a large stream do not matter here. They are block mappings of plain lines, or JSON, and recognising
 * that takes a tenth of the time of parsing. What is not certain (anchors, tags, tabs, scalars of several lines, flow
 * collections in a block one) is left to libyaml.
 */
#ifndef SCAN_H
#define SCAN_H

#include "yaml/tree.h"

typedef struct ResourceMeta {
    Str api_version, kind, name, namespace; /* empty when the document does not have them */
    bool hides;                             /* an escape means a letter: a search of the text may miss a word */
} ResourceMeta;

/* Returns true only for a document that libyaml accepts, whose root is a mapping, and of which `*meta` are what
 * map_text of its tree gives; false means nothing. */
bool scan_meta(Str text, ResourceMeta *meta);

/* The same for its tree: true only when `*tree` is what tree_parse would make of the text, node by node and span by
 * span. */
bool scan_tree(Arena *arena, Str text, Tree *tree);

#endif
