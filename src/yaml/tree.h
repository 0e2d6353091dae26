/* One YAML document as a tree that remembers where every node is in its source.
 *
 * libyaml reads; go-yaml, by which Helm and kubectl read, is a port of it. The tree keeps the style and
 * the byte span of every node, so that edit.c can change a node and leave the bytes around it alone.
 */
#ifndef TREE_H
#define TREE_H

#include "base/base.h"

typedef enum NodeKind { SCALAR, MAPPING, SEQUENCE, ALIAS } NodeKind;

typedef enum NodeStyle { PLAIN, SINGLE_QUOTED, DOUBLE_QUOTED, LITERAL, FOLDED, BLOCK, FLOW } NodeStyle;

typedef enum ScalarType { TYPE_STRING, TYPE_INT, TYPE_BOOL, TYPE_NULL, TYPE_OTHER } ScalarType;

enum {
    NODE_NEW = 1,      /* has no place in the source */
    NODE_REMOVED = 2,  /* is in the source, but will be removed */
    NODE_REPLACED = 4, /* its place in the source gets what it holds now */
    NODE_TOUCHED = 8,  /* something below it was changed */
    NODE_UNSHARED = 16 /* the aliases of its anchor hold copies of their own */
};

enum {
    MAX_DEPTH = 200,          /* of nesting; a Kubernetes manifest stays under 30 */
    MAX_ANCHORS = 100000,     /* in a document; every one is kept while it is read */
    MAX_ALIAS_NODES = 100000, /* that following aliases may make: the end of a billion laughs */
};

typedef struct Node Node;

struct Node {
    Node *parent, *next;
    Node *key;                /* when the parent is a mapping: this node is the value of that key, mostly a scalar */
    Node *first, *last;       /* the children; of an alias, `first` is its view (see node_value) */
    Node *target;             /* of an alias: the node with the anchor */
    Str text;                 /* a scalar's value; of an alias, that of its target */
    const char *anchor, *tag; /* NULL: none, as most have it */
    uint32_t start, end;      /* the span in the source, without key, indicator and comment */
    uint8_t kind, style, flags;
    uint8_t source_style; /* what had its place in the source, when it was replaced */
};

typedef struct Tree {
    Arena *arena;
    Str text;
    Node *root;              /* NULL when the document is empty */
    LIST(Node *) aliases;    /* every alias, in the order of the source */
    uint8_t step;            /* columns by which a nested mapping is indented */
    bool sequences_indented; /* whether "- " is indented more than the key of its sequence */
    bool json;               /* flow style throughout, as JSON has it */
    bool one_line, compact;  /* JSON without line breaks; without spaces after ':' and ',' */
    bool crlf;
    bool step_seen, sequence_seen; /* while it is read: what learn_indentation has learned */
    bool names_reused;             /* two anchors have the same name */
    size_t alias_nodes;            /* made so far; at MAX_ALIAS_NODES aliases become null, and the run must fail */
} Tree;

typedef struct TreeError {
    size_t offset;
    Str message;
    size_t since; /* libyaml failed in what starts here; SIZE_MAX when `offset` is the very mistake */
    bool second;  /* it is in a second document, or is that there is one */
} TreeError;

/* ---- reading (parse.c) ---- */

/* Reads `text`, which holds at most one document, into `*tree`, everything from the arena. Returns false and
 * fills `*error` when libyaml refuses it, when it is nested too deeply, or when it holds more than one. */
bool tree_parse(Arena *arena, Str text, Tree *tree, TreeError *error) __attribute__((warn_unused_result));
/* The same for a text that is known to be well-formed. */
void tree_parse_valid(Arena *arena, Str text, Tree *tree);

/* Reads all of it as tree_parse does, but keeps only what a manifest goes by: its apiVersion, kind and metadata, what
 * is merged into it, and what has an anchor. A tree costs many times its text. `*found` says whether `is_sought` did so
 * of any scalar. The tree is not to be edited. */
bool tree_parse_head(Arena *arena, Str text, bool (*is_sought)(Str), Tree *tree, TreeError *error, bool *found)
    __attribute__((warn_unused_result));

/* How a document in JSON is laid out. */
void learn_json(Tree *tree);
/* What reading a block collection at column `inner`, the value of a key at `outer`, tells of how the document is
 * indented. The first of each kind counts. */
void learn_indentation(Tree *tree, NodeKind kind, size_t outer, size_t inner);

/* ---- asking ---- */

Node *alias_value(Tree *tree, Node *node) __attribute__((returns_nonnull));
/* The node itself, or the value of an alias: a copy that belongs only to the alias, made when it is first asked for, so
 * that a change to it changes no other user of the anchor. NULL stays NULL. */
static inline Node *node_value(Tree *tree, Node *node) {
    return node && node->kind == ALIAS ? alias_value(tree, node) : node;
}

/* The children that are there (not removed), in order. */
static inline Node *node_next(const Node *node) {
    Node *next = node->next;
    while (next && (next->flags & NODE_REMOVED))
        next = next->next;
    return next;
}

static inline Node *node_first(const Node *node) {
    Node *first = node ? node->first : NULL;
    return first && (first->flags & NODE_REMOVED) ? node_next(first) : first;
}

size_t node_count(const Node *node);

static inline bool is_mapping(const Node *node) {
    return node && node->kind == MAPPING;
}

static inline bool is_sequence(const Node *node) {
    return node && node->kind == SEQUENCE;
}

static inline bool is_scalar(const Node *node) {
    return node && node->kind == SCALAR;
}

/* The text of a scalar; empty for anything else. */
static inline Str text_of(const Node *node) {
    return is_scalar(node) ? node->text : (Str){0};
}

/* The first item of a sequence, the first entry of a mapping; NULL of anything else, and of NULL. */
static inline Node *items_of(const Node *sequence) {
    return is_sequence(sequence) ? node_first(sequence) : NULL;
}

static inline Node *entries_of(const Node *mapping) {
    return is_mapping(mapping) ? node_first(mapping) : NULL;
}

/* For EACH_ITEM: the value of the item `*at`, which moves on; NULL at the end. */
static inline Node *next_item(Tree *tree, Node **at) {
    Node *item = *at;
    if (item)
        *at = node_next(item);
    return node_value(tree, item);
}

/* Does what follows for the value of each item, aliases followed; for nothing when it is no sequence. The value may be
 * removed meanwhile. NOLINTBEGIN(bugprone-macro-parentheses): value is a name */
#define EACH_ITEM(value, tree, sequence)                                                                               \
    for (Node *value##_at = items_of(sequence), *value; (value = next_item(tree, &value##_at));)
/* NOLINTEND(bugprone-macro-parentheses) */

/* What is at `key` in a mapping, aliases not followed; NULL when there is nothing. */
Node *own_entry(const Node *map, Str key);
/* The value of `key` in a mapping, its own or one merged in by "<<"; NULL when there is none, or no mapping. */
Node *map_get(Tree *tree, Node *map, Str key);
/* The same along a path such as "spec.template.spec"; no key of Kubernetes that is asked for here has a dot. */
Node *map_path(Tree *tree, Node *map, const char *path);
/* The text of a scalar value; empty when there is none. */
Str map_text(Tree *tree, Node *map, Str key);

/* ---- scalars (scalar.c) ---- */

/* What a scalar is to go-yaml: a quoted one is a string, a plain one what YAML 1.1 makes of it. */
ScalarType scalar_type(const Node *node);
/* Whether a plain scalar with this text would be read as a string by YAML 1.1 and 1.2 alike. */
bool reads_as_string(Str text);
bool node_is_null(const Node *node);

/* ---- comparing ---- */

/* What is written for a node: itself, or for an alias that was unshared its value. */
const Node *node_written(const Node *node);
/* Whether two trees mean the same: kinds, order, texts and scalar types. Removed nodes do not count; an alias
 * equals an alias of the same name, or whatever equals its view when it was replaced. */
bool node_same(const Node *a, const Node *b);
/* Whether the data are the same, in whatever style, with aliases followed and mappings in any order. */
bool node_equal(Tree *ta, Node *a, Tree *tb, Node *b);

/* ---- making ---- */

/* New nodes, for edit.c to put somewhere. */
Node *new_string(Arena *arena, Str text);
Node *new_plain(Arena *arena, Str text); /* an int, a bool, null */
Node *new_collection(Arena *arena, NodeKind kind);
/* A copy of `node` with everything below it, aliases followed, as new nodes of another tree. */
Node *node_copy(Tree *tree, Arena *arena, Node *node);
/* Puts `child` at the end of `parent`, under `key` when that is a mapping (NULL otherwise). */
void node_append(Node *parent, Node *key, Node *child);
static inline void node_add(Node *sequence, Node *item) {
    node_append(sequence, NULL, item);
}

/* What the node is, for messages: "a mapping", "nothing", or a scalar's text in quotes. */
Str node_shown(Arena *arena, const Node *node);

/* "spec.template.spec.containers[0].ports": the way from `root` down to `node`. */
Str node_path(Arena *arena, const Node *root, const Node *node);

#endif
