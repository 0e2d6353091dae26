#include "model/batches.h"

#include "spec/catalog.h"
#include "stream/fragment.h"

static Batch *batch_of(Batches *batches, uint32_t namespace_hash) {
    for (size_t i = 0; i < batches->n; i++)
        if (batches->at[i].namespace_hash == namespace_hash)
            return &batches->at[i];
    return NULL;
}

static void add_to_batch(Stream *stream, Batch *batch, size_t number) {
    if (batch->last)
        stream_document(stream, batch->last - 1)->next = (uint32_t)number + 1;
    else
        batch->first = (uint32_t)number + 1;
    batch->last = (uint32_t)number + 1;
    batch->count++;
}

/* A workload that could be Mailu's: its namespace has to be examined. */
static bool is_candidate(const Document *document, bool any_registry) {
    return document->kind == KIND_WORKLOAD && (document->mentions || any_registry);
}

/* What may belong to a Mailu of another namespace: a route of the Gateway API names the namespace that it leads to, and
 * its Gateway may be anywhere. */
static bool may_belong_elsewhere(const Document *document) {
    return document->kind == KIND_ROUTE_GATEWAY || document->kind == KIND_GATEWAY;
}

Batches make_batches(Arena *arena, Stream *stream, Config *config, bool generates) {
    Batches batches = {0};
    bool any_registry = !str_has(config_get(config, "images.registry"), "mailu");
    bool anywhere = config->spec || generates, together = anywhere;
    for (size_t i = 0; i < stream->count; i++) {
        const Document *document = stream_document(stream, i);
        bool open = document->kind != KIND_OTHER && document->kind != KIND_NAMESPACE &&
                    (!document->namespace_hash || may_belong_elsewhere(document));
        bool list = is_list(document->kind);
        together |= list || open;
        anywhere |=
            (list && !is_list_frame(document)) || (is_candidate(document, any_registry) && !document->namespace_hash);
        if (is_candidate(document, any_registry) && !batch_of(&batches, document->namespace_hash))
            *PUSH(arena, &batches) = (Batch){.namespace_hash = document->namespace_hash};
    }
    Batches one = {0};
    if (together)
        *PUSH(arena, &one) = (Batch){0};
    for (size_t i = 0; i < stream->count; i++) {
        const Document *document = stream_document(stream, i);
        uint32_t hash = document->namespace_hash;
        if (document->kind == KIND_OTHER || document->kind == KIND_CONFIG)
            continue;
        Batch *batch = batch_of(&batches, hash);
        if (together)
            batch = anywhere || batch || !hash || may_belong_elsewhere(document) ? one.at : NULL;
        if (batch)
            add_to_batch(stream, batch, i);
    }
    return together ? one : batches;
}

const uint32_t *documents_of(Arena *arena, const Stream *stream, const Batch *batch) {
    uint32_t *numbers = NEW_ARRAY(arena, uint32_t, batch->count);
    size_t n = 0;
    for (uint32_t i = batch->first; i; i = stream_document(stream, i - 1)->next)
        numbers[n++] = i - 1;
    return numbers;
}

/* Whether a ResourceList has items, the config not counted. */
static bool has_items(Tree *tree) {
    return items_of(map_get(tree, tree->root, S("items"))) != NULL;
}

bool has_manifests(const Stream *stream) {
    for (size_t i = 0; i < stream->count; i++) {
        const Document *document = stream_document(stream, i);
        if (document->empty || document->dropped)
            continue;
        if (document->kind != KIND_RESOURCE_LIST || document->list_role == LIST_ITEM)
            return true;
        if (document->list_role == NOT_IN_LIST && has_items(document->tree))
            return true;
    }
    return false;
}

bool is_hooks_only(Arena *arena, Stream *stream) {
    static const char annotation[] = "helm.sh/hook";
    bool any = false;
    for (size_t i = 0; i < stream->count; i++) {
        const Document *document = stream_document(stream, i);
        Tree tree;
        TreeError error;
        bool mentions;
        if (document->empty || document->kind == KIND_CONFIG || is_list_frame(document))
            continue;
        if (document->merged || !str_has(document->text, annotation))
            return false;
        ArenaMark mark = arena_mark(arena);
        bool hook = tree_parse_head(arena, content_text(arena, document), mentions_mailu, &tree, &error, &mentions) &&
                    map_get(&tree, map_path(&tree, tree.root, "metadata.annotations"), str(annotation));
        arena_rewind(arena, mark);
        if (!hook)
            return false;
        any = true;
    }
    return any;
}
