#include "config/find.h"

#include "stream/fragment.h"
#include "yaml/edit.h"

typedef struct Search {
    Arena *arena;
    Stream *stream;
    bool sets;
    Config *config;
    Diagnostics *diagnostics;
} Search;

static size_t place_in_stream(const Search *search, const Document *document) {
    return (size_t)(document->text.p - search->stream->text.p);
}

/* Adds an error about what starts at `node` of the document's tree. */
__attribute__((format(printf, 5, 6))) static void find_error(Search *search, const Document *document, const Node *node,
                                                             Str path, const char *format, ...) {
    va_list args;
    va_start(args, format);
    Diagnostic *f = diag_vadd(search->diagnostics, ERROR, format, args);
    va_end(args);
    f->path = path;
    diag_place(f, S("stdin"), search->stream->text, place_in_stream(search, document) + node->start);
}

static void take_found_config(Search *search, Tree *tree, Node *root, const Document *document, Str source) {
    if (search->config->given) {
        Str first = config_place(search->diagnostics->arena, search->config);
        find_error(search, document, root, S(""), "found a second config, expected one: the first is at %.*s",
                   F(first));
        return;
    }
    config_take(search->config, tree, root, source, search->stream->text, place_in_stream(search, document),
                search->diagnostics);
}

static bool is_config(Tree *tree, Node *root) {
    Str group = S(CONFIG_GROUP "/");
    return str_is(map_text(tree, root, S("kind")), CONFIG_KIND) &&
           str_starts(map_text(tree, root, S("apiVersion")), group);
}

/* A config that is an item of a list is removed from it. kustomize 4 gives a generator its functionConfig as an item,
 * too. */
static void take_items(Search *search, Tree *tree, Node *function_config, const Document *document) {
    Node *items = map_get(tree, tree->root, S("items"));
    for (Node *item = items_of(items); item; item = node_next(item)) {
        Node *root = node_value(tree, item);
        if (!is_config(tree, root))
            continue;
        Node *spec = map_get(tree, root, S("spec"));
        if (!function_config || !node_equal(tree, spec, tree, map_get(tree, function_config, S("spec"))))
            take_found_config(search, tree, root, document, S("stdin"));
        edit_remove(tree, item);
    }
}

static Tree *read_tree(Arena *arena, const Document *document) {
    Tree *tree = NEW(arena, Tree);
    tree_parse_valid(arena, fragment_text(arena, document), tree); /* as stream_read has checked */
    return tree;
}

/* Whether each item of a list, and of the lists among them, is a manifest. Parts of a list that was opened are known to
 * be manifests. */
static void search_items(Search *search, const Document *document, Tree *tree, Node *list) {
    Node *items = map_get(tree, list, S("items"));
    if (!node_is_null(items) && !is_sequence(items)) {
        Str found = node_shown(search->diagnostics->arena, items);
        find_error(search, document, items, S("items"), "found %.*s, expected a list of manifests", F(found));
    }
    for (Node *item = items_of(items); item; item = node_next(item)) {
        Node *root = node_value(tree, item);
        Str kind = map_text(tree, root, S("kind"));
        if (node_is_null(root))
            continue;
        if (kind.n && map_text(tree, root, S("apiVersion")).n) {
            if (str_is(kind, "List") || str_is(kind, "ResourceList"))
                search_items(search, document, tree, root);
            continue;
        }
        find_error(search, document, item, node_path(search->diagnostics->arena, tree->root, item),
                   "found no apiVersion and kind, expected a Kubernetes manifest");
    }
}

/* Of two keys `items` hosts read the one or the other. What follows the items of a list that was opened has none. */
static void search_items_once(Search *search, const Document *document, const Tree *tree) {
    size_t more = document->list_role == LIST_TAIL ? 0 : 1;
    for (Node *entry = entries_of(tree->root); entry; entry = node_next(entry)) {
        if (!str_is(entry->key->text, "items") || more-- > 0)
            continue;
        find_error(search, document, entry->key, S("items"), "found a second time in its mapping, expected once");
        return;
    }
}

/* The functionConfig belongs to the orchestrator and is written unchanged: --set changes a second tree of the same
 * text. */
static bool take_from_list(Search *search, Document *document) {
    Tree *tree = stream_tree(search->arena, search->stream, document); /* stream_load will find it there */
    bool is_function = document->kind == KIND_RESOURCE_LIST;
    Node *config = is_function ? map_get(tree, tree->root, S("functionConfig")) : NULL;
    if (node_is_null(config))
        config = NULL;
    if (config) {
        Tree *own = search->sets ? read_tree(search->arena, document) : tree;
        take_found_config(search, own, map_get(own, own->root, S("functionConfig")), document, S(""));
    }
    search_items_once(search, document, tree);
    if (document->list_role == NOT_IN_LIST)
        search_items(search, document, tree, tree->root);
    take_items(search, tree, config, document);
    return config != NULL;
}

bool config_find(Arena *arena, Stream *stream, bool sets, Config *config, Diagnostics *diagnostics) {
    Search search = {arena, stream, sets, config, diagnostics};
    bool is_function = false;
    for (size_t i = 0; i < stream->count; i++) {
        Document *document = stream_document(stream, i);
        if (document->list_role != LIST_ITEM && (document->kind == KIND_LIST || document->kind == KIND_RESOURCE_LIST))
            is_function |= take_from_list(&search, document);
        document->dropped = document->kind == KIND_CONFIG;
        if (!document->dropped)
            continue;
        Tree *tree = read_tree(arena, document);
        take_found_config(&search, tree, tree->root, document, S("stdin"));
    }
    return is_function;
}
