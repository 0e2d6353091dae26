/* Checks each manifest that was touched: it has a name and is in the stream once, and so is each key in its mapping. */
#include "ensure/ensure.h"

static void check_duplicates(Model *model, const Manifest *m) {
    const Stream *stream = model->stream;
    for (const Manifest *duplicate = m; (duplicate = stream_duplicate(stream, duplicate));) {
        if (duplicate->added)
            model_error(model, m, NULL,
                        "has the name of a manifest that would be added to Mailu, expected another name");
        else if (m->edited || duplicate->edited)
            model_error_twice(model, m, duplicate);
    }
}

/* Reports each entry that has the key of an earlier one. */
static void check_unique_keys(Model *model, const Manifest *m, const Node *map) {
    size_t slots = 16;
    while (slots < 2 * node_count(map))
        slots *= 2;
    ArenaMark mark = arena_mark(model->arena);
    Node **seen = NEW_ARRAY(model->arena, Node *, slots);
    for (Node *entry = node_first(map); entry; entry = node_next(entry)) {
        size_t at = str_hash(entry->key->text) & (slots - 1);
        while (seen[at] && !node_same(seen[at]->key, entry->key))
            at = (at + 1) & (slots - 1);
        if (seen[at] && !str_is(entry->key->text, "<<"))
            model_error(model, m, entry, "found a second time in its mapping, expected once");
        seen[at] = entry;
    }
    arena_rewind(model->arena, mark);
}

static void check_keys(Model *model, const Manifest *m, const Node *node) {
    if (node->kind == MAPPING)
        check_unique_keys(model, m, node);
    if (node->kind != MAPPING && node->kind != SEQUENCE)
        return;
    for (const Node *child = node_first(node); child; child = node_next(child))
        check_keys(model, m, child);
}

void verify_touched(Model *model) {
    static const char too_many[] = "found aliases that expand to more than %d nodes, expected fewer";
    for (size_t i = 0; i < model->stream->manifests.n; i++) {
        const Manifest *m = model->stream->manifests.at[i];
        check_duplicates(model, m);
        if (m->edited && !m->added)
            check_keys(model, m, m->root);
        if (m->edited && !m->name.n)
            model_error(model, m, m->root, "has no name, expected metadata.name");
        if (m->tree->alias_nodes >= MAX_ALIAS_NODES)
            model_error(model, m, NULL, too_many, MAX_ALIAS_NODES);
    }
    if (model->config->tree.alias_nodes >= MAX_ALIAS_NODES)
        model_error(model, NULL, NULL, too_many, MAX_ALIAS_NODES)->source = model->config->source;
}
