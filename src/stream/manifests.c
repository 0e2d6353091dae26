/* The manifests in the documents: read as trees, found by kind and name, added. */
#include "stream/fragment.h"
#include "yaml/scan.h"

#include <assert.h>
#include <stdlib.h>

/* ---- the index ---- */

/* A chain, by what its manifests have in common besides their kind. */
enum { SAME_NAMESPACE = 1, SAME_NAME = 2 };

typedef struct Key {
    int chain;
    Kind kind;
    Str namespace, name;
} Key;

static bool matches_key(const Manifest *m, const Key *key) {
    return m->kind == key->kind && (!(key->chain & SAME_NAMESPACE) || str_eq(m->namespace, key->namespace)) &&
           (!(key->chain & SAME_NAME) || str_eq(m->name, key->name));
}

/* Others with the same hash are in it, too. */
static Chain *chain_of(const Stream *stream, const Key *key) {
    uint64_t hash = (uint64_t)key->kind;
    if (key->chain & SAME_NAMESPACE)
        hash = hash * 31 + str_hash(key->namespace);
    if (key->chain & SAME_NAME)
        hash = hash * 31 + str_hash(key->name);
    return &stream->index[key->chain][hash & (stream->index_size - 1)];
}

static void add_to_index(Stream *stream, Manifest *m) {
    for (int i = 0; i < CHAINS; i++) {
        Chain *chain = chain_of(stream, &(Key){i, m->kind, m->namespace, m->name});
        m->next[i] = NULL;
        *(chain->last ? &chain->last->next[i] : &chain->first) = m;
        chain->last = m;
    }
}

static void index_manifests(Arena *arena, Stream *stream) {
    size_t size = 64;
    while (size < stream->manifests.n)
        size *= 2;
    for (int i = 0; i < CHAINS; i++)
        stream->index[i] = NEW_ARRAY(arena, Chain, size);
    stream->index_size = size;
    for (size_t i = 0; i < stream->manifests.n; i++) {
        stream->manifests.at[i]->number = i;
        add_to_index(stream, stream->manifests.at[i]);
    }
}

/* The first with that key after `m`, which may be NULL. */
static Manifest *next_with(const Stream *stream, Key key, const Manifest *m) {
    if (!stream->index_size)
        return NULL;
    Manifest *next = m && matches_key(m, &key) ? m->next[key.chain] : chain_of(stream, &key)->first;
    while (next && (!matches_key(next, &key) || (m && next->number <= m->number)))
        next = next->next[key.chain];
    return next;
}

Manifest *stream_earlier(Manifest *a, Manifest *b) {
    return !b || (a && a->number < b->number) ? a : b;
}

/* The same, whose namespace is or may be that of the key. */
static Manifest *next_beside(const Stream *stream, Key key, const Manifest *m) {
    if (!key.namespace.n)
        return next_with(stream, key, m);
    key.chain |= SAME_NAMESPACE;
    Manifest *there = next_with(stream, key, m);
    key.namespace.n = 0;
    return stream_earlier(there, next_with(stream, key, m));
}

static void add_manifest(Arena *arena, Stream *stream, Manifest *manifest) {
    manifest->number = stream->manifests.n;
    *PUSH(arena, &stream->manifests) = manifest;
    stream->renamed |= manifest->previous_names.n > 0;
}

/* ---- reading ---- */

static Manifest *manifest_of(Arena *arena, Document *document, Tree *tree, Node *root) {
    Manifest *manifest = NEW(arena, Manifest);
    Node *metadata = map_get(tree, root, S("metadata")), *annotations = map_get(tree, metadata, S("annotations"));
    *manifest = (Manifest){
        .document = document,
        .tree = tree,
        .root = root,
        .api_version = map_text(tree, root, S("apiVersion")),
        .kind_name = map_text(tree, root, S("kind")),
        .name = map_text(tree, metadata, S("name")),
        .namespace = map_text(tree, metadata, S("namespace")),
        .previous_names = map_text(tree, annotations, S("internal.config.kubernetes.io/previousNames")),
        .hook = map_get(tree, annotations, S("helm.sh/hook")) != NULL,
    };
    manifest->kind = kind_of(manifest->api_version, manifest->kind_name);
    return manifest;
}

typedef struct Loading {
    Stream *stream;
    const uint32_t *numbers;
} Loading;

Tree *stream_tree(Arena *arena, const Stream *stream, Document *document) {
    if (document->tree)
        return document->tree;
    Tree *tree = document->tree = NEW(arena, Tree);
    Str text = fragment_text(arena, document);
    if (!scan_tree(arena, text, tree)) /* it is not plain, but well-formed, that is known */
        tree_parse_valid(arena, text, tree);
    if (document->list_role == NOT_IN_LIST)
        return tree;
    /* In the style of the whole list, not of the part. */
    tree->sequences_indented = leading_spaces(stream->last_item->text) > 0;
    tree->crlf = stream->crlf;
    if (document->json) {
        tree->one_line = stream->one_line;
        tree->compact = stream->compact;
        tree->step = stream->step;
    }
    return tree;
}

static void load(void *context, size_t i, Worker *worker) {
    const Loading *loading = context;
    stream_tree(&worker->scratch, loading->stream, stream_document(loading->stream, loading->numbers[i]));
}

/* The items of a list, and those of the lists among them. */
static void add_items(Arena *arena, Stream *stream, const Manifest *list) {
    Node *items = map_get(list->tree, list->root, S("items"));
    EACH_ITEM(root, list->tree, items) {
        if (!is_mapping(root))
            continue;
        Manifest *manifest = manifest_of(arena, list->document, list->tree, root);
        if (is_list(manifest->kind))
            add_items(arena, stream, manifest);
        else
            add_manifest(arena, stream, manifest);
    }
}

/* Of a stream with a list in it: whether that is all there is. */
static bool is_one_list(const Stream *stream) {
    size_t begun = 0;
    for (size_t i = 0; i < stream->count && begun < 2; i++) {
        const Document *document = stream_document(stream, i);
        begun += !document->empty && (document->list_role == NOT_IN_LIST || document->list_role == LIST_HEAD);
    }
    return begun == 1;
}

static void take_document(Arena *arena, Stream *stream, Document *document) {
    Tree *tree = document->tree;
    Node *root = node_value(tree, document->list_role == LIST_ITEM ? node_first(tree->root) : tree->root);
    if (!is_mapping(root) && document->list_role != LIST_TAIL)
        return;
    Manifest *manifest = manifest_of(arena, document, tree, root);
    if (is_list_frame(document))
        manifest->kind = document->kind;
    if (!is_list(manifest->kind)) {
        add_manifest(arena, stream, manifest);
        return;
    }
    add_items(arena, stream, manifest);
    if (document->list_role == LIST_ITEM || !is_one_list(stream))
        return;
    stream->form = manifest->kind == KIND_LIST ? FORM_LIST : FORM_RESOURCE_LIST;
    stream->list = manifest;
}

/* In order of the documents; the added ones at the end. */
static int by_position(const void *a, const void *b) {
    const Manifest *x = *(Manifest *const *)a, *y = *(Manifest *const *)b;
    if (x->added || y->added)
        return x->added && y->added ? (x->number > y->number) - (x->number < y->number) : x->added - y->added;
    if (x->document != y->document)
        return x->document->text.p < y->document->text.p ? -1 : 1;
    return (x->root->start > y->root->start) - (x->root->start < y->root->start);
}

size_t stream_count_read(const Stream *stream) {
    size_t n = stream->manifests.n;
    while (n > 0 && stream->manifests.at[n - 1]->added)
        n--;
    return n;
}

void stream_load(Arena *arena, Stream *stream, const uint32_t *numbers, size_t count) {
    Loading loading = {stream, numbers};
    size_t n = stream->manifests.n;
    parallel(stream->workers, count, load, &loading);
    for (size_t i = 0; i < count; i++)
        take_document(arena, stream, stream_document(stream, numbers[i]));
    if (stream->manifests.n == n)
        return;
    if (n > 0)
        qsort(stream->manifests.at, stream->manifests.n, sizeof *stream->manifests.at, by_position);
    index_manifests(arena, stream);
}

void stream_unload(Stream *stream, bool trees) {
    for (size_t i = 0; i < stream->manifests.n; i++)
        if (trees && stream->manifests.at[i]->document)
            stream->manifests.at[i]->document->tree = NULL;
    stream->manifests.at = NULL;
    stream->manifests.n = stream->manifests.capacity = 0;
    stream->index_size = 0;
}

/* ---- asking ---- */

bool same_namespace(Str a, Str b) {
    return a.n == 0 || b.n == 0 || str_eq(a, b);
}

bool has_name(const Manifest *manifest, Str name) {
    if (str_eq(manifest->name, name))
        return true;
    for (Str rest = manifest->previous_names; rest.n;)
        if (str_eq(str_cut(&rest, ','), name))
            return true;
    return false;
}

Node *manifest_at(const Manifest *manifest, const char *path) {
    return map_path(manifest->tree, manifest->root, path);
}

Str manifest_text(const Manifest *manifest, const char *path) {
    return text_of(manifest_at(manifest, path));
}

Str annotation_of(const Manifest *manifest, const char *key) {
    return map_text(manifest->tree, manifest_at(manifest, "metadata.annotations"), str(key));
}

Manifest *stream_find(const Stream *stream, Kind kind, Str namespace, Str name) {
    Key key = {SAME_NAME | SAME_NAMESPACE, kind, namespace, name};
    Manifest *m = next_with(stream, key, NULL); /* rather than one that may be in another namespace */
    if (!m)
        m = next_beside(stream, (Key){SAME_NAME, kind, namespace, name}, NULL);
    if (!m && stream->renamed)
        while ((m = stream_next(stream, kind, namespace, m)) && !has_name(m, name))
            ;
    return m;
}

Manifest *stream_next(const Stream *stream, Kind kind, Str namespace, const Manifest *manifest) {
    return next_beside(stream, (Key){0, kind, namespace, S("")}, manifest);
}

Manifest *stream_duplicate(const Stream *stream, const Manifest *manifest) {
    Key key = {SAME_NAME, manifest->kind, manifest->namespace, manifest->name};
    Manifest *m = next_beside(stream, key, manifest);
    while (m && !(str_eq(m->kind_name, manifest->kind_name) &&
                  str_eq(group_of(m->api_version), group_of(manifest->api_version))))
        m = next_beside(stream, key, m);
    return m;
}

/* A new tree, in the style of the stream's documents. */
static Tree *tree_like_others(Arena *arena, const Stream *stream, Node *root) {
    Tree *tree = NEW(arena, Tree);
    *tree = (Tree){.arena = arena, .root = root, .step = 2, .sequences_indented = true};
    for (size_t i = 0; i < stream->manifests.n; i++) {
        const Manifest *m = stream->manifests.at[i];
        if (m->added)
            continue;
        tree->step = m->tree->step;
        tree->sequences_indented = m->tree->sequences_indented;
        break;
    }
    tree->json = stream->json;
    tree->one_line = stream->one_line;
    tree->compact = stream->compact;
    tree->crlf = stream->crlf;
    return tree;
}

Manifest *stream_add(Arena *arena, Stream *stream, Node *root) {
    Manifest *manifest = manifest_of(arena, NULL, tree_like_others(arena, stream, root), root);
    manifest->added = manifest->edited = true;
    add_manifest(arena, stream, manifest);
    if (stream->manifests.n > stream->index_size)
        index_manifests(arena, stream);
    else
        add_to_index(stream, manifest);
    return manifest;
}

Str file_of(Tree *tree, Node *root) {
    Node *annotations = map_path(tree, root, "metadata.annotations");
    Str file = map_text(tree, annotations, S("internal.config.kubernetes.io/path"));
    return file.n ? file : map_text(tree, annotations, S("config.kubernetes.io/path"));
}

void stream_locate(const Stream *stream, const Manifest *manifest, const Node *node, Diagnostic *f) {
    f->resource = manifest_label(stream->arena, manifest);
    f->namespace = str_copy(stream->arena, manifest->namespace);
    f->api_version = str_copy(stream->arena, manifest->api_version);
    f->file = str_copy(stream->arena, file_of(manifest->tree, manifest->root));
    if (node)
        f->path = node_path(stream->arena, manifest->root, node);
    while (node && (node->flags & NODE_NEW))
        node = node->parent;
    if (!manifest->document)
        return;
    assert(manifest->root || node);
    size_t base = (size_t)(manifest->document->text.p - stream->text.p);
    diag_place(f, S("stdin"), stream->text, base + (node ? node->start : manifest->root->start));
}

Str manifest_label(Arena *arena, const Manifest *manifest) {
    return str_format(arena, "%.*s/%.*s", F(manifest->kind_name), F(manifest->name));
}
