#include "yaml/tree.h"

#include <assert.h>
#include <string.h>

void learn_indentation(Tree *tree, NodeKind kind, size_t outer, size_t inner) {
    if (kind == SEQUENCE && !tree->sequence_seen) {
        tree->sequence_seen = true;
        tree->sequences_indented = inner > outer;
    } else if (kind == MAPPING && !tree->step_seen && inner > outer && inner - outer <= 8) {
        tree->step_seen = true;
        tree->step = (uint8_t)(inner - outer);
    }
}

/* A copy for an alias. An alias in it stays one, unless its anchor has been defined again. */
static Node *copy_for_alias(Tree *tree, const Node *node, Node *parent, int depth) {
    if (node->kind == ALIAS && tree->names_reused && tree->alias_nodes < MAX_ALIAS_NODES)
        return copy_for_alias(tree, node->target, parent, depth + 1);
    if (depth > MAX_DEPTH) /* aliases of aliases of aliases */
        tree->alias_nodes = MAX_ALIAS_NODES;
    tree->alias_nodes++;
    Node *copy = NEW(tree->arena, Node);
    *copy = *node;
    copy->parent = parent;
    copy->next = copy->first = copy->last = NULL;
    copy->anchor = NULL; /* the anchor stays where it was defined */
    copy->flags = NODE_NEW;
    if (node->kind == ALIAS) {
        *PUSH(tree->arena, &tree->aliases) = copy;
        return copy;
    }
    for (const Node *child = node_first(node); child; child = node_next(child)) {
        Node *key = child->key ? copy_for_alias(tree, child->key, copy, depth + 1) : NULL;
        node_append(copy, key, copy_for_alias(tree, child, copy, depth + 1));
    }
    return copy;
}

/* What replaces an alias that is no longer followed. */
static Node *empty_view(Tree *tree, Node *alias) {
    Node *view = new_plain(tree->arena, S("null"));
    view->parent = alias;
    return view;
}

Node *alias_value(Tree *tree, Node *node) {
    while (node->kind == ALIAS) {
        if (!node->first && tree->alias_nodes >= MAX_ALIAS_NODES) /* its readers need not check: the run fails */
            node->first = empty_view(tree, node);
        if (!node->first)
            node->first = copy_for_alias(tree, node->target, node, 0);
        node = node->first;
    }
    return node;
}

size_t node_count(const Node *node) {
    size_t n = 0;
    for (const Node *child = node_first(node); child; child = node_next(child))
        n++;
    return n;
}

static bool is_merge(const Node *entry) {
    return entry->key->style == PLAIN && str_eq(entry->key->text, S("<<"));
}

static bool has_key_text(const Node *entry, Str key) {
    const Node *name = entry->key->kind == ALIAS ? entry->key->target : entry->key;
    return str_eq(entry->key->text, key) && name->kind == SCALAR;
}

Node *own_entry(const Node *map, Str key) {
    Node *entry = node_first(map);
    while (entry && !has_key_text(entry, key))
        entry = node_next(entry);
    return entry;
}

static Node *get(Tree *tree, Node *map, Str key, int depth) {
    map = node_value(tree, map);
    if (!is_mapping(map) || depth > MAX_DEPTH)
        return NULL;
    Node *entry = own_entry(map, key);
    if (entry)
        return entry;
    for (Node *merge = node_first(map); merge; merge = node_next(merge)) {
        if (!is_merge(merge))
            continue;
        Node *source = node_value(tree, merge);
        if (is_mapping(source))
            return get(tree, source, key, depth + 1);
        for (Node *each = items_of(source); each && !entry; each = node_next(each))
            entry = get(tree, each, key, depth + 1);
    }
    return entry;
}

Node *map_get(Tree *tree, Node *map, Str key) {
    return node_value(tree, get(tree, map, key, 0));
}

Node *map_path(Tree *tree, Node *map, const char *path) {
    Str rest = str(path);
    while (rest.n && map)
        map = map_get(tree, map, str_cut(&rest, '.'));
    return map;
}

Str map_text(Tree *tree, Node *map, Str key) {
    return text_of(map_get(tree, map, key));
}

/* ---- comparing ---- */

const Node *node_written(const Node *node) {
    while (node->kind == ALIAS && (node->flags & (NODE_REPLACED | NODE_TOUCHED)) && node->first)
        node = node->first;
    return node;
}

bool node_same(const Node *a, const Node *b) {
    if (!a || !b)
        return a == b;
    a = node_written(a);
    b = node_written(b);
    if (a->kind != b->kind || (a->tag != b->tag && !str_eq(str(a->tag), str(b->tag))))
        return false;
    if (a->kind == ALIAS)
        return str_eq(str(a->target->anchor), str(b->target->anchor));
    if (a->kind == SCALAR) /* of the same text, two plain ones are of the same type, and so are two quoted ones */
        return str_eq(a->text, b->text) &&
               ((a->style == PLAIN) == (b->style == PLAIN) || scalar_type(a) == scalar_type(b));
    const Node *x = node_first(a), *y = node_first(b);
    for (; x && y; x = node_next(x), y = node_next(y))
        if ((x->key && !node_same(x->key, y->key)) || !node_same(x, y))
            return false;
    return x == y;
}

static bool equal(Tree *ta, Node *a, Tree *tb, Node *b, int depth) {
    a = node_value(ta, a);
    b = node_value(tb, b);
    if (!a || !b || a->kind != b->kind || depth > MAX_DEPTH)
        return a == b;
    if (a->kind == SCALAR)
        return scalar_type(a) == scalar_type(b) && (str_eq(a->text, b->text) || scalar_type(a) == TYPE_NULL);
    if (node_count(a) != node_count(b))
        return false;
    Node *y = node_first(b);
    for (Node *x = node_first(a); x; x = node_next(x)) {
        Node *other = a->kind == MAPPING ? own_entry(b, x->key->text) : y;
        if (!other || !equal(ta, x, tb, other, depth + 1))
            return false;
        y = y ? node_next(y) : NULL;
    }
    return true;
}

bool node_equal(Tree *ta, Node *a, Tree *tb, Node *b) {
    return equal(ta, a, tb, b, 0);
}

/* ---- new nodes ---- */

static Node *new_node(Arena *arena, int kind, int style, Str text) {
    Node *node = NEW(arena, Node);
    node->kind = (uint8_t)kind;
    node->style = (uint8_t)style;
    node->text = text;
    node->flags = NODE_NEW;
    return node;
}

Node *new_string(Arena *arena, Str text) {
    return new_node(arena, SCALAR, DOUBLE_QUOTED, text);
}

Node *new_plain(Arena *arena, Str text) {
    return new_node(arena, SCALAR, PLAIN, text);
}

Node *new_collection(Arena *arena, NodeKind kind) {
    return new_node(arena, (int)kind, BLOCK, (Str){0});
}

Node *node_copy(Tree *tree, Arena *arena, Node *node) {
    node = node_value(tree, node);
    if (!node)
        return new_plain(arena, S(""));
    Node *copy = new_node(arena, node->kind, node->style == FLOW ? BLOCK : node->style, node->text);
    copy->tag = node->tag;
    for (Node *child = node_first(node); child; child = node_next(child)) {
        Node *key = child->key ? node_copy(tree, arena, child->key) : NULL;
        node_append(copy, key, node_copy(tree, arena, child));
    }
    return copy;
}

void node_append(Node *parent, Node *key, Node *child) {
    assert(key ? is_mapping(parent) : is_sequence(parent));
    child->parent = parent;
    child->key = key;
    child->next = NULL;
    if (key)
        key->parent = parent;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

static void write_path(Buf *path, const Node *root, const Node *node) {
    const Node *parent = node->parent;
    if (node == root || !parent)
        return;
    write_path(path, root, parent);
    if (parent->kind == MAPPING) {
        if (path->n)
            buf_char(path, '.');
        if (node->key)
            buf_add(path, node->key->text);
    } else if (parent->kind == SEQUENCE) {
        size_t index = 0;
        for (const Node *each = node_first(parent); each && each != node; each = node_next(each))
            index++;
        buf_format(path, "[%zu]", index);
    }
}

Str node_path(Arena *arena, const Node *root, const Node *node) {
    Buf path = {.arena = arena};
    write_path(&path, root, node);
    return buf_str(&path);
}
