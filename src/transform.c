#include "transform.h"

#include "ensure/ensure.h"
#include "model/discover.h"
#include "report/report.h"
#include "stream/lists.h"
#include "yaml/edit.h"
#include "yaml/scan.h"

#include <stdlib.h>

/* ---- the config ---- */

static size_t place_in_stream(const Outcome *o, const Document *document) {
    return (size_t)(document->text.p - o->stream.text.p);
}

static void take_config(Outcome *o, Tree *tree, Node *root, const Document *document) {
    if (o->config.given) {
        Str first = config_place(o->diagnostics.arena, &o->config);
        Diagnostic *f =
            diag_add(&o->diagnostics, ERROR, "found a second config, expected one: the first is at %.*s", F(first));
        diag_place(f, S("stdin"), o->stream.text, place_in_stream(o, document) + root->start);
        return;
    }
    config_take(&o->config, tree, root, S("stdin"), o->stream.text, place_in_stream(o, document), &o->diagnostics);
}

static bool is_config(Tree *tree, Node *root) {
    Str group = S(CONFIG_GROUP "/");
    return str_is(map_text(tree, root, S("kind")), CONFIG_KIND) &&
           str_starts(map_text(tree, root, S("apiVersion")), group);
}

/* A config that is an item of a list leaves it. kustomize 4 gives a generator its functionConfig as an item, too. */
static void take_items(Outcome *o, Tree *tree, Node *function_config, const Document *document) {
    Node *items = map_get(tree, tree->root, S("items"));
    for (Node *item = items_of(items); item; item = node_next(item)) {
        Node *root = node_value(tree, item);
        if (!is_config(tree, root))
            continue;
        Node *spec = map_get(tree, root, S("spec"));
        if (!function_config || !node_equal(tree, spec, tree, map_get(tree, function_config, S("spec"))))
            take_config(o, tree, root, document);
        edit_remove(tree, item);
    }
}

static Tree *read_tree(Arena *arena, const Document *document) {
    Tree *tree = NEW(arena, Tree);
    TreeError error;
    tree_parse(arena, part_text(arena, document), tree, &error); /* stream_read has seen to it that it is well-formed */
    return tree;
}

/* Whether each item of a list, and of the lists among them, is a manifest. Parts of a list that was opened are known to
 * be. */
static void check_items(Outcome *o, const Document *document, Tree *tree, Node *list) {
    Node *items = map_get(tree, list, S("items"));
    Diagnostic *f = NULL;
    if (!node_is_null(items) && !is_sequence(items)) {
        Str found = node_shown(o->diagnostics.arena, items);
        f = diag_add(&o->diagnostics, ERROR, "found %.*s, expected a list of manifests", F(found));
        f->path = S("items");
        diag_place(f, S("stdin"), o->stream.text, place_in_stream(o, document) + items->start);
    }
    for (Node *item = items_of(items); item; item = node_next(item)) {
        Node *root = node_value(tree, item);
        Str kind = map_text(tree, root, S("kind"));
        if (node_is_null(root))
            continue;
        if (kind.n && map_text(tree, root, S("apiVersion")).n) {
            if (str_is(kind, "List") || str_is(kind, "ResourceList"))
                check_items(o, document, tree, root);
            continue;
        }
        f = diag_add(&o->diagnostics, ERROR, "found no apiVersion and kind, expected a Kubernetes manifest");
        f->path = node_path(o->diagnostics.arena, tree->root, item);
        diag_place(f, S("stdin"), o->stream.text, place_in_stream(o, document) + item->start);
    }
}

/* The functionConfig is its orchestrator's and comes out as it was: when --set will have its way with it, that is
 * another tree of the same text. */
static void take_from_list(Arena *arena, Outcome *o, Document *document, bool sets) {
    Tree *tree = stream_tree(arena, &o->stream, document); /* stream_load will find it there */
    bool is_function = document->kind == KIND_RESOURCE_LIST;
    Node *config = is_function ? map_get(tree, tree->root, S("functionConfig")) : NULL;
    if (node_is_null(config))
        config = NULL;
    if (config) {
        Tree *own = sets ? read_tree(arena, document) : tree;
        take_config(o, own, map_get(own, own->root, S("functionConfig")), document);
    }
    if (document->list_role == NOT_IN_LIST)
        check_items(o, document, tree, tree->root);
    take_items(o, tree, config, document);
    o->is_function |= config != NULL;
}

/* Config documents leave the stream. Their trees live as long as the config. */
static void find_config(Arena *arena, Outcome *o, bool sets) {
    for (size_t i = 0; i < o->stream.count; i++) {
        Document *document = stream_document(&o->stream, i);
        if (document->list_role != LIST_ITEM && (document->kind == KIND_LIST || document->kind == KIND_RESOURCE_LIST))
            take_from_list(arena, o, document, sets);
        document->dropped = document->kind == KIND_CONFIG;
        if (!document->dropped)
            continue;
        Tree *tree = read_tree(arena, document);
        take_config(o, tree, tree->root, document);
    }
}

static bool read_config(Arena *arena, const Request *request, Outcome *o) {
    config_init(&o->config, arena);
    config_init(&o->empty_config, arena);
    return !request->has_config ||
           config_read(&o->config, arena, request->config_name, request->config, &o->diagnostics);
}

static bool finish_config(const Request *request, Outcome *o) {
    for (size_t i = 0; i < request->set_count; i++)
        config_set(&o->config, request->sets[i], &o->diagnostics);
    return config_check(&o->config, &o->diagnostics) && !o->diagnostics.errors;
}

/* ---- whether there is anything to work on ---- */

/* Whether a ResourceList has items, the config not counted. */
static bool has_items(Tree *tree) {
    return items_of(map_get(tree, tree->root, S("items"))) != NULL;
}

static bool has_manifests(Outcome *o) {
    for (size_t i = 0; i < o->stream.count; i++) {
        const Document *document = stream_document(&o->stream, i);
        if (document->empty || document->dropped)
            continue;
        if (document->kind != KIND_RESOURCE_LIST || document->list_role == LIST_ITEM)
            return true;
        if (document->list_role == NOT_IN_LIST && has_items(document->tree))
            return true;
    }
    return false;
}

/* A whole Mailu is made when a generator's host or --generate asks for it. Else there has to be something: what is
 * empty may be what a command that failed left. */
static void decide_whether_to_generate(const Request *request, Outcome *o) {
    bool nothing = !has_manifests(o);
    o->model.generates =
        request->generate == GENERATE || (nothing && (request->generate == GENERATE_FROM_NOTHING || o->is_function));
    if (nothing && !o->model.generates)
        diag_add(
            &o->diagnostics, ERROR,
            "found no manifests, expected some: did the command before the pipe fail? (--generate makes a whole Mailu "
            "from nothing)")
            ->source = S("stdin");
}

/* ---- batches ---- */

/* Documents that are worked on together: those of one namespace, so that the trees of a stream with many Mailus need
 * not all be there at once. */
typedef struct Batch {
    uint32_t namespace_hash;
    uint32_t first, last; /* numbers of documents and one */
    size_t count;
} Batch;

typedef LIST(Batch) Batches;

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

/* A workload that could be Mailu's: its namespace is one to look into. */
static bool is_candidate(const Document *document, bool any_registry) {
    return document->kind == KIND_WORKLOAD && (document->mentions || any_registry);
}

/* The documents of the kinds that matter, by namespace. All are one batch when a config has to find its Mailu, when a
 * list holds what it likes, or when a document leaves its namespace open. */
static Batches make_batches(Arena *arena, Outcome *o, bool any_registry) {
    Stream *stream = &o->stream;
    Batches batches = {0};
    bool anywhere = o->config.spec || o->model.generates, together = anywhere;
    for (size_t i = 0; i < stream->count; i++) {
        const Document *document = stream_document(stream, i);
        bool open = document->kind != KIND_OTHER && document->kind != KIND_NAMESPACE && !document->namespace_hash;
        bool list = document->kind == KIND_LIST || document->kind == KIND_RESOURCE_LIST;
        bool opened = document->list_role == LIST_HEAD || document->list_role == LIST_TAIL;
        together |= list || open;
        anywhere |= (list && !opened) || (is_candidate(document, any_registry) && !document->namespace_hash);
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
            batch = anywhere || batch || !hash ? one.at : NULL;
        if (batch)
            add_to_batch(stream, batch, i);
    }
    return together ? one : batches;
}

/* ---- what has to hold of every manifest that was touched ---- */

static void check_duplicates(Outcome *o, const Manifest *m) {
    const Manifest *duplicate = stream_duplicate(m);
    for (; duplicate; duplicate = stream_duplicate(duplicate)) {
        if (duplicate->added)
            stream_locate(
                &o->stream, m, NULL,
                diag_add(&o->diagnostics, ERROR, "has the name of what would be added to Mailu, expected another"));
        else if (m->edited || duplicate->edited)
            stream_locate(&o->stream, duplicate, NULL,
                          diag_add(&o->diagnostics, ERROR, "stands in the stream twice, expected once"));
    }
}

/* Tells of each entry that has the key of one before it. */
static void check_mapping(Outcome *o, const Manifest *m, const Node *map) {
    size_t slots = 16;
    while (slots < 2 * node_count(map))
        slots *= 2;
    ArenaMark mark = arena_mark(o->model.arena);
    Node **seen = NEW_ARRAY(o->model.arena, Node *, slots);
    for (Node *entry = node_first(map); entry; entry = node_next(entry)) {
        size_t at = str_hash(entry->key->text) & (slots - 1);
        while (seen[at] && !node_same(seen[at]->key, entry->key))
            at = (at + 1) & (slots - 1);
        if (seen[at] && !str_is(entry->key->text, "<<"))
            stream_locate(&o->stream, m, entry,
                          diag_add(&o->diagnostics, ERROR, "found a second time in its mapping, expected once"));
        seen[at] = entry;
    }
    arena_rewind(o->model.arena, mark);
}

static void check_keys(Outcome *o, const Manifest *m, const Node *node) {
    if (node->kind == MAPPING)
        check_mapping(o, m, node);
    if (node->kind != MAPPING && node->kind != SEQUENCE)
        return;
    for (const Node *child = node_first(node); child; child = node_next(child))
        check_keys(o, m, child);
}

static void check_touched(Outcome *o) {
    for (size_t i = 0; i < o->stream.manifests.n; i++) {
        const Manifest *m = o->stream.manifests.at[i];
        check_duplicates(o, m);
        if (m->edited && !m->added)
            check_keys(o, m, m->root);
        if (m->tree->alias_nodes >= MAX_ALIAS_NODES)
            stream_locate(&o->stream, m, NULL,
                          diag_add(&o->diagnostics, ERROR,
                                   "found aliases that stand for more than %d nodes, expected fewer", MAX_ALIAS_NODES));
    }
    if (o->config.tree.alias_nodes >= MAX_ALIAS_NODES)
        diag_add(&o->diagnostics, ERROR, "found aliases that stand for more than %d nodes, expected fewer",
                 MAX_ALIAS_NODES)
            ->source = o->config.source;
}

/* Helm may hand over a release's hooks in a run of their own: what would be added there would be there twice. */
static bool is_hooks_only(Arena *arena, Stream *stream) {
    static const char annotation[] = "helm.sh/hook";
    bool any = false;
    for (size_t i = 0; i < stream->count; i++) {
        const Document *document = stream_document(stream, i);
        Tree tree;
        TreeError error;
        bool mentions;
        if (document->empty || document->kind == KIND_CONFIG || document->list_role == LIST_HEAD ||
            document->list_role == LIST_TAIL)
            continue;
        if (document->merged || !str_has(document->text, annotation))
            return false;
        ArenaMark mark = arena_mark(arena);
        tree_parse_head(arena, content_text(arena, document), mentions_mailu, &tree, &error, &mentions);
        Node *annotations = map_path(&tree, tree.root, "metadata.annotations");
        bool hook = map_get(&tree, annotations, str(annotation)) != NULL;
        arena_rewind(arena, mark);
        if (!hook)
            return false;
        any = true;
    }
    return any;
}

/* ---- the work ---- */

static void work_on(Outcome *o, const Batch *batch) {
    Model *model = &o->model;
    uint32_t *numbers = NEW_ARRAY(model->arena, uint32_t, batch->count);
    size_t n = 0;
    for (uint32_t i = batch->first; i; i = stream_document(&o->stream, i - 1)->next)
        numbers[n++] = i - 1;
    discover_load(model, numbers, n);
    discover(model);
    if (o->diagnostics.errors)
        return;
    ensure_all(model);
    check_touched(o);
    if (o->diagnostics.errors)
        return;
    diag_tidy(&o->diagnostics);
    if (o->stream.form == FORM_RESOURCE_LIST)
        report_results(model);
    stream_write(&o->stream, &o->diagnostics);
}

/* Lets go of a batch that is done, but for what the reports ask for. */
static void finish_batch(Outcome *o, ArenaMark mark, bool keep_history) {
    Model *model = &o->model;
    for (size_t i = 0; i < model->instances.n && keep_history; i++)
        *PUSH(model->arena, &model->all_instances) = model->instances.at[i];
    memset(&model->instances, 0, sizeof model->instances);
    stream_unload(&o->stream, !keep_history);
    if (keep_history)
        return;
    for (size_t w = 1; w < o->workers.count; w++)
        arena_rewind(&o->workers.at[w].scratch, (ArenaMark){0});
    arena_rewind(&o->workers.at[0].scratch, mark);
}

static void tell_no_mailu(Outcome *o, bool is_needed) {
    static const char text[] = "found no Mailu, expected one: nothing to do (--generate adds a whole one)";
    Diagnostics *diagnostics = &o->diagnostics;
    bool is_error = is_needed && !(diagnostics->accepted & ACCEPTED(WARN_NO_MAILU));
    Diagnostic *f =
        is_error ? diag_add(diagnostics, ERROR, "%s", text) : diag_warn(diagnostics, WARN_NO_MAILU, "%s", text);
    f->source = S("stdin");
}

static void work_in_batches(Arena *arena, const Request *request, Outcome *o, Buf *summary) {
    bool any_registry = !str_has(config_get(&o->config, "images.registry"), "mailu");
    Batches batches = make_batches(arena, o, any_registry);
    size_t mailus = 0;
    if (batches.n == 0) /* nothing there, but a config may ask for it */
        *PUSH(arena, &batches) = (Batch){0};
    for (size_t i = 0; i < batches.n && !o->diagnostics.errors; i++) {
        ArenaMark mark = arena_mark(&o->workers.at[0].scratch);
        work_on(o, &batches.at[i]);
        mailus += o->model.instances.n;
        report_summary(&o->model, summary);
        finish_batch(o, mark, request->keep_history);
    }
    o->model.instances = o->model.all_instances;
    if (!mailus && !o->diagnostics.errors)
        tell_no_mailu(o, request->needs_mailu);
    o->found = mailus > 0;
}

static void work(Arena *arena, const Request *request, Outcome *o) {
    Buf summary = {.arena = arena};
    bool config = read_config(arena, request, o);
    if (!stream_read(arena, &o->workers, request->stream, &o->stream, &o->diagnostics) || !config)
        return;
    stream_check(arena, &o->stream, &o->diagnostics);
    find_config(arena, o, request->set_count > 0);
    if (!finish_config(request, o))
        return;
    o->diagnostics.accepted = config_accepts(&o->config);
    decide_whether_to_generate(request, o);
    if (o->diagnostics.errors)
        return;
    if (!is_hooks_only(arena, &o->stream))
        work_in_batches(arena, request, o, &summary);
    if (request->strict && o->diagnostics.warnings)
        diag_add(&o->diagnostics, ERROR, "--strict: the warnings count as errors");
    if (o->diagnostics.errors)
        return;
    o->summary = buf_str(&summary);
    o->chunks = stream_chunks(arena, &o->stream);
    o->changed |= o->stream.added.n > 0;
    for (size_t i = 0; i < o->stream.count; i++) {
        const Document *document = stream_document(&o->stream, i);
        o->changed |= document->dropped || document->written.n;
    }
    o->ok = true;
}

bool transform(Arena *arena, const Request *request, Outcome *outcome) {
    jmp_buf here;
    jmp_buf *outer = arena->no_memory;
    size_t workers =
        request->stream.n < SMALL_STREAM ? 1 : MOST_WORKERS; /* or they spend what they save on their start */
    *outcome = (Outcome){.diagnostics = {.arena = arena}};
    workers_init(&outcome->workers, workers, &here);
    outcome->model = (Model){.arena = &outcome->workers.at[0].scratch,
                             .stream = &outcome->stream,
                             .config = &outcome->config,
                             .empty_config = &outcome->empty_config,
                             .diagnostics = &outcome->diagnostics,
                             .keep_history = request->keep_history};
    arena->no_memory = &here;
    if (setjmp(here) == 0) {
        work(arena, request, outcome);
    } else {
        outcome->ok = false;
        outcome->out_of_memory = true;
    }
    diag_tidy(&outcome->diagnostics);
    arena->no_memory = outer;
    workers_jump(&outcome->workers, outer);
    return outcome->ok;
}

void transform_done(Outcome *outcome) {
    workers_free(&outcome->workers);
}
