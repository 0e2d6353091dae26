/* How a changed tree becomes splices of its text: what render.c, removal.c and places.c share. */
#ifndef RENDER_H
#define RENDER_H

#include "yaml/edit.h"
#include "yaml/print.h"

typedef struct Render {
    Arena *arena;
    const Tree *tree;
    Str text; /* the source */
    Splices splices;
    Printer printer;
    Buf out;
    uint32_t inside; /* the least column of the lines of the flow collection at hand, see moved_in; 0: any */
} Render;

/* ---- places.c ---- */

/* The text between `from` and `to` of the source becomes `text`. */
void splice_source(Render *r, size_t from, size_t to, Str text);
/* That of the source; empty when `to` is not after `from`. */
Str between(const Render *r, size_t from, size_t to);
/* Whether the node has a place in the source; and stays there. */
static inline bool in_source(const Node *node) {
    return !(node->flags & NODE_NEW);
}

static inline bool kept(const Node *node) {
    return in_source(node) && !(node->flags & NODE_REMOVED);
}

static inline bool is_block_scalar(const Node *node) {
    return node->kind == SCALAR && (node->style == LITERAL || node->style == FOLDED);
}

/* The last node in `node`, at any depth, that is in the source and stays there. */
Node *last_kept_in(Node *node);
/* The offset after "&anchor !tag" at `at`, and the spaces that follow. */
size_t after_props(const Render *r, size_t at);
/* Where an entry or item starts, with its "- " or "? ". `previous` is the source sibling before it, removed or not. */
size_t entry_start(const Render *r, const Node *parent, const Node *previous, const Node *child);
/* The offset after the comments that follow `end` and are indented more than the entry: they are inside it. */
size_t with_comments_below(const Render *r, size_t end, uint32_t indent);

/* ---- removal.c ---- */

/* Splices for the entries and items of `parent` that are removed. */
void remove_all_block(Render *r, Node *parent);
void remove_all_flow(Render *r, Node *parent);

#endif
