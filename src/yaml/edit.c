#include "yaml/edit.h"

#include <assert.h>

/* ---- marking ---- */

static void touch(Tree *tree, Node *node);

/* Gives each other alias of `node`'s anchor a copy of the current value. */
static void unshare(Tree *tree, Node *node) {
    if (!node->anchor || node->flags & NODE_UNSHARED)
        return;
    node->flags |= NODE_UNSHARED;
    for (size_t i = 0; i < tree->aliases.n; i++) {
        Node *alias = tree->aliases.at[i];
        if (alias->kind == ALIAS && alias->target == node && node_value(tree, alias)) {
            alias->flags |= NODE_REPLACED;
            touch(tree, alias->parent);
        }
    }
}

/* Marks `node` and everything above it: something below has changed. */
static void touch(Tree *tree, Node *node) {
    for (; node; node = node->parent) {
        unshare(tree, node);
        node->flags |= NODE_TOUCHED;
    }
}

/* The same for a node that is removed: the anchors in it, at any depth. */
static void unshare_below(Tree *tree, Node *node) {
    if (node->kind == ALIAS || tree->aliases.n == 0)
        return;
    unshare(tree, node);
    for (Node *child = node_first(node); child; child = node_next(child)) {
        if (child->key)
            unshare_below(tree, child->key);
        unshare_below(tree, child);
    }
}

void mark_replaced(Node *node) {
    if (node->flags & (NODE_NEW | NODE_REPLACED))
        return;
    node->source_style = node->style;
    node->flags |= NODE_REPLACED;
}

/* Puts the contents of `value` in the place of `node`. */
static void become(Node *node, const Node *value) {
    mark_replaced(node);
    node->kind = value->kind;
    node->style = value->style;
    node->text = value->text;
    node->tag = value->tag;
    node->anchor = NULL;
    node->target = NULL;
    node->first = value->first;
    node->last = value->last;
    for (Node *child = node->first; child; child = child->next) {
        child->parent = node;
        if (child->key)
            child->key->parent = node;
    }
}

Node *edit_set(Tree *tree, Node *map, Str key, Node *value) {
    assert(is_mapping(map));
    Node *entry = own_entry(map, key);
    touch(tree, entry ? entry : map);
    if (!entry) {
        node_append(map, new_string(tree->arena, key), value);
        return value;
    }
    unshare_below(tree, entry);
    become(entry, value);
    return entry;
}

void edit_append(Tree *tree, Node *sequence, Node *item) {
    assert(is_sequence(sequence));
    touch(tree, sequence);
    node_add(sequence, item);
}

void edit_remove(Tree *tree, Node *child) {
    assert(child->parent);               /* a root stays */
    while (child->parent->kind == ALIAS) /* the target of an alias is removed with the alias */
        child = child->parent;
    Node *parent = child->parent;
    touch(tree, child);
    unshare_below(tree, child);
    if (child->key)
        unshare_below(tree, child->key);
    child->flags |= NODE_REMOVED;
    if (!(child->flags & NODE_NEW))
        return;
    Node **link = &parent->first, *last = NULL;
    for (; *link != child; link = &(*link)->next)
        last = *link;
    *link = child->next;
    if (parent->last == child)
        parent->last = last;
}

bool edit_touched(const Tree *tree) {
    return tree->root && (tree->root->flags & (NODE_NEW | NODE_REPLACED | NODE_TOUCHED));
}
