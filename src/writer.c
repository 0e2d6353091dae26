#include "stream.h"

#include "edit.h"

#include <stdlib.h>
#include <string.h>

/* The order `kubectl apply` wants: what others refer to comes first. What is not named comes last. */
static const char *const apply_order[] = {"Namespace", "NetworkPolicy", "ConfigMap",      "PersistentVolumeClaim",
                                          "Service",   "Deployment",    "MiddlewareTCP",  "Middleware",
                                          "TLSOption", "Ingress",       "IngressRouteTCP"};

static size_t rank(const Manifest *m) {
    size_t i = 0;
    while (i < COUNT(apply_order) && !str_is(m->kind_name, apply_order[i]))
        i++;
    return i;
}

static int by_apply_order(const void *a, const void *b) {
    const Manifest *x = *(Manifest *const *)a, *y = *(Manifest *const *)b;
    if (rank(x) != rank(y))
        return rank(x) < rank(y) ? -1 : 1;
    int order = str_cmp(x->namespace, y->namespace);
    return order ? order : str_cmp(x->name, y->name);
}

/* Reads `text` again and compares it with what it was meant to say: nothing that was written unread leaves this
 * program. */
static bool read_back(Arena *arena, Str text, const Node *meant, Str what, Faults *faults) {
    ArenaMark mark = arena_mark(arena);
    Tree tree;
    TreeError error = {0};
    bool same = tree_parse(arena, text, &tree, &error) && node_same(tree.root, meant);
    Str message = error.message;
    if (same) {
        arena_rewind(arena, mark);
        return true;
    }
    if (!message.n)
        message = S("it says something else");
    fault(faults, FAULT, "%.*s: read back before writing: %.*s; this is a fault of the program, nothing was written",
          F(what), F(message));
    return false;
}

static bool add_text(Arena *arena, Pieces *out, Str text) {
    if (text.n)
        *PUSH(arena, out) = text;
    return true;
}

static bool ends_line(const Pieces *out) {
    if (out->n == 0)
        return true;
    Str last = out->at[out->n - 1];
    return last.p[last.n - 1] == '\n' || last.p[last.n - 1] == '\r';
}

static bool write_document(Arena *arena, Document *document, Pieces *out, Faults *faults) {
    if (document->dropped)
        return true;
    if (!document->tree || !edit_touched(document->tree))
        return add_text(arena, out, document->text);
    Str text = edit_render(arena, document->tree);
    return read_back(arena, text, document->tree->root, S("a changed document"), faults) && add_text(arena, out, text);
}

static bool write_added(Arena *arena, Stream *stream, Manifest *manifest, Pieces *out, Faults *faults) {
    Str text = edit_render(arena, manifest->tree);
    if (!read_back(arena, text, manifest->root, manifest_label(arena, manifest), faults))
        return false;
    Str newline = stream->crlf ? S("\r\n") : S("\n");
    if (!ends_line(out))
        add_text(arena, out, newline);
    if (out->n && (stream->separated || !stream->json)) {
        add_text(arena, out, S("---"));
        add_text(arena, out, newline);
    }
    return add_text(arena, out, text);
}

/* Added manifests of a list become items of it. */
static void append_items(Stream *stream, Manifest *const *added, size_t n) {
    Tree *tree = stream->list->tree;
    Node *items = map_get(tree, stream->list->root, S("items"));
    if (!is_sequence(items))
        items = edit_set(tree, stream->list->root, S("items"), new_collection(tree->arena, SEQUENCE));
    for (size_t i = 0; i < n; i++)
        edit_append(tree, items, added[i]->root);
}

bool stream_write(Arena *arena, Stream *stream, Pieces *out, Faults *faults) {
    size_t first = stream->manifests.n;
    while (first > 0 && stream->manifests.at[first - 1]->added)
        first--;
    Manifest **added = stream->manifests.at + first;
    size_t n = stream->manifests.n - first;
    if (n)
        qsort(added, n, sizeof *added, by_apply_order);
    if (n && stream->list)
        append_items(stream, added, n);
    for (Document *document = stream->first; document; document = document->next)
        if (!write_document(arena, document, out, faults))
            return false;
    size_t before = out->n;
    for (size_t i = 0; i < n && !stream->list; i++)
        if (!write_added(arena, stream, added[i], out, faults))
            return false;
    stream->pieces_added = out->n - before;
    return true;
}
