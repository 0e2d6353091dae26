#include "stream/stream.h"

#include "stream/fragment.h"
#include "yaml/edit.h"
#include "yaml/json.h"
#include "yaml/scan.h"
#include "yaml/source.h"

#include <stdlib.h>

static int by_apply_order(const void *a, const void *b) {
    const Manifest *x = *(Manifest *const *)a, *y = *(Manifest *const *)b;
    int order = apply_rank(x->kind_name) - apply_rank(y->kind_name);
    if (order)
        return order;
    order = str_cmp(x->namespace, y->namespace);
    return order ? order : str_cmp(x->name, y->name);
}

/* ---- what was changed ---- */

/* A document that was changed or added: its tree, and its new text. */
typedef struct Draft {
    const Tree *tree;
    Document *document; /* NULL when it was added */
    Str text;
    Str trouble; /* why the text can't be used; empty when it can */
} Draft;

typedef LIST(Draft) Drafts;

/* Reads `text` back and compares it with what it should mean: this program outputs nothing that it has not read back.
 * scan_tree reads what it accepts as libyaml does, which its tests and the fuzzer check. */
static Str read_back(Arena *arena, Str text, const Node *meant) {
    Tree tree;
    TreeError error = {0};
    if (!scan_tree(arena, text, &tree) && !tree_parse(arena, text, &tree, &error))
        return error.message;
    if (!node_same(tree.root, meant))
        return S("it reads differently");
    return (Str){0};
}

static void write_draft(void *context, size_t i, Worker *worker) {
    const Drafts *drafts = context;
    Draft *draft = &drafts->at[i];
    ArenaMark mark = arena_mark(&worker->scratch);
    Document written = draft->document ? *draft->document : (Document){0};
    Str text = edit_render(&worker->scratch, draft->tree);
    written.text =
        draft->document ? fragment_written(&worker->output, draft->document, text) : str_copy(&worker->output, text);
    arena_rewind(&worker->scratch, mark); /* the last item of a list may be long: what all Mailus get is in it */
    Str trouble = read_back(&worker->scratch, fragment_text(&worker->scratch, &written), draft->tree->root);
    draft->trouble = trouble.n ? str_copy(&worker->output, trouble) : trouble;
    draft->text = written.text;
    arena_rewind(&worker->scratch, mark);
}

static void add_draft(Arena *arena, Drafts *drafts, const Tree *tree, Document *document) {
    *PUSH(arena, drafts) = (Draft){.tree = tree, .document = document};
}

static void collect_changed(Arena *arena, Stream *stream, Drafts *drafts) {
    const Document *last = NULL;
    for (size_t i = 0; i < stream->manifests.n; i++) {
        const Manifest *m = stream->manifests.at[i];
        if (!m->document || m->document == last || m->document->dropped || !edit_touched(m->tree))
            continue;
        last = m->document;
        add_draft(arena, drafts, m->tree, m->document);
    }
    Document *item = stream->last_item;
    if (item && item != last && item->tree && edit_touched(item->tree))
        add_draft(arena, drafts, item->tree, item);
    if (stream->list && stream->list->document != last && edit_touched(stream->list->tree))
        add_draft(arena, drafts, stream->list->tree, stream->list->document);
}

/* ---- what was added ---- */

/* The manifests that were added, which come after the others, in the order to apply them. */
static Manifest **added_manifests(Stream *stream, size_t *n) {
    size_t first = stream_count_read(stream);
    *n = stream->manifests.n - first;
    if (!*n)
        return NULL;
    qsort(stream->manifests.at + first, *n, sizeof *stream->manifests.at, by_apply_order);
    return stream->manifests.at + first;
}

/* Those of a list become items of it. */
static void append_items(Stream *stream, Manifest *const *added, size_t n) {
    Tree *tree = stream->list->tree;
    Node *items = map_get(tree, stream->list->root, S("items"));
    if (stream->last_item) { /* the list was opened */
        tree = stream_tree(tree->arena, stream, stream->last_item);
        items = tree->root;
    } else if (!is_sequence(items)) {
        items = edit_set(tree, stream->list->root, S("items"), new_collection(tree->arena, SEQUENCE));
    }
    for (size_t i = 0; i < n; i++)
        edit_append(tree, items, added[i]->root);
}

bool stream_write(Stream *stream, Diagnostics *diagnostics) {
    Arena *scratch = &stream->workers->at[0].scratch;
    Drafts drafts = {0};
    size_t n;
    Manifest **added = added_manifests(stream, &n);
    if (n && stream->list)
        append_items(stream, added, n);
    collect_changed(scratch, stream, &drafts);
    for (size_t i = 0; i < n && !stream->list; i++)
        add_draft(scratch, &drafts, added[i]->tree, NULL);
    parallel(stream->workers, drafts.n, write_draft, &drafts);
    for (size_t i = 0; i < drafts.n; i++) {
        const Draft *draft = &drafts.at[i];
        if (draft->trouble.n) {
            diag_add(
                diagnostics, ERROR,
                "the output did not read back as intended: %.*s; this is a bug in the program, nothing was written",
                F(draft->trouble));
            return false;
        }
        if (draft->document)
            draft->document->written = draft->text;
        else
            *PUSH(stream->arena, &stream->added) = draft->text;
    }
    return true;
}

/* ---- the whole ---- */

static void add_piece(Arena *arena, Chunks *out, Str text) {
    Str *last = out->n ? &out->at[out->n - 1] : NULL;
    if (last && last->p + last->n == text.p) /* documents that follow each other as they did */
        last->n += text.n;
    else if (text.n)
        *PUSH(arena, out) = text;
}

/* JSON documents may just follow each other, unless the last only looks like one. */
static bool needs_marker(const Stream *stream) {
    if (stream->separated || !stream->json)
        return true;
    for (size_t i = stream->count; i-- > 0;) {
        const Document *last = stream_document(stream, i);
        if (!last->dropped && !last->empty)
            return !is_json(last->written.n ? last->written : last->text);
    }
    return false;
}

Chunks stream_chunks(Arena *arena, Stream *stream) {
    Chunks out = {0};
    bool marked = stream->added.n && needs_marker(stream);
    /* as Helm says of each manifest which template it comes from */
    Str source = stream->crlf ? S("# Source: mailu-post-renderer\r\n") : S("# Source: mailu-post-renderer\n");
    Str newline = stream->crlf ? S("\r\n") : S("\n"), marker = stream->crlf ? S("---\r\n") : S("---\n");
    for (size_t i = 0; i < stream->count; i++) {
        const Document *document = stream_document(stream, i);
        if (!document->dropped)
            add_piece(arena, &out, document->written.n ? document->written : document->text);
    }
    size_t body = out.n;
    for (size_t i = 0; i < stream->added.n; i++) {
        if (out.n && !ends_line(out.at[out.n - 1]))
            *PUSH(arena, &out) = newline;
        if (out.n && marked)
            *PUSH(arena, &out) = marker;
        if (!stream->json)
            *PUSH(arena, &out) = source;
        *PUSH(arena, &out) = stream->added.at[i];
    }
    stream->chunks_added = out.n - body;
    return out;
}
