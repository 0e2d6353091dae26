/* Queries of a tree beyond "what is at this key": items by what they hold, numbers, selectors. */
#ifndef QUERY_H
#define QUERY_H

#include "yaml/tree.h"

/* The item of `sequence` that is a mapping with `key` of that text; NULL when there is none. */
Node *item_with(Tree *tree, Node *sequence, const char *key, Str text);
Node *item_with_int(Tree *tree, Node *sequence, const char *key, int number);
/* Whether one of the items is that text; the first item, or NULL. What is not a sequence has no items. */
bool holds_text(Tree *tree, Node *sequence, Str text);
Node *first_item(Tree *tree, Node *sequence);
/* The texts of the items, with `separator` between them; empty when there are none. */
Str joined_texts(Arena *arena, Tree *tree, Node *sequence, const char *separator);
/* The number at `key`, or -1. */
int int_at(Tree *tree, Node *map, const char *key);
/* Whether every entry of `selector` is among `labels`. An empty one selects nothing here. */
bool selector_matches(Tree *tree, Node *selector, Tree *other, Node *labels);

#endif
