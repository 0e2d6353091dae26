/* Probing a document. */
#include "stream/probe.h"

#include "spec/catalog.h"
#include "stream/fragment.h"
#include "yaml/scan.h"
#include "yaml/source.h"

#include <stdlib.h>
#include <string.h>

uint32_t hash_of_namespace(Str namespace) {
    uint64_t hash = str_hash(namespace);
    return namespace.n ? (uint32_t)(hash ^ hash >> 32) | 1 : 0;
}

/* Printable ASCII, tabs and line ends: what a comment may have, and ends no line except where line_end sees it. */
static bool is_ascii_text(Str text) {
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c >= 0x7F || (c < 0x20 && c != '\t' && c != '\n' && c != '\r'))
            return false;
    }
    return true;
}

typedef struct SyntaxError {
    Str document;
    TreeError error;
} SyntaxError;

typedef LIST(SyntaxError) SyntaxErrorList;

/* What the workers found malformed, each by itself. */
struct SyntaxErrors {
    SyntaxErrorList lists[MOST_WORKERS];
    size_t suppressed[MOST_WORKERS]; /* beyond those that are reported */
};

static ResourceMeta meta_of(Tree *tree) {
    Node *root = tree->root, *metadata = map_get(tree, root, S("metadata"));
    return (ResourceMeta){.api_version = map_text(tree, root, S("apiVersion")),
                          .kind = map_text(tree, root, S("kind")),
                          .name = map_text(tree, metadata, S("name")),
                          .namespace = map_text(tree, metadata, S("namespace"))};
}

/* When the scan is not certain, libyaml tells whether the document is well-formed, and its meta. */
static bool read_meta(Arena *arena, Document *document, Str text, ResourceMeta *meta, TreeError *error) {
    Tree tree;
    /* the scalars are searched, since an escape or a folded line can hide a word from a search of the text */
    if (!tree_parse_head(arena, text, mentions_mailu, &tree, error, &document->mentions))
        return false;
    *meta = meta_of(&tree);
    document->empty = node_is_null(tree.root);
    return true;
}

static void note_syntax_error(Worker *worker, const Stream *stream, const Document *document, const TreeError *error) {
    SyntaxErrorList *list = &stream->malformed->lists[worker->index];
    if (list->n < MAX_SYNTAX_ERRORS)
        *PUSH(&worker->scratch, list) = (SyntaxError){document->text, *error};
    else
        stream->malformed->suppressed[worker->index]++;
}

static void note_meta(Document *document, const ResourceMeta *meta) {
    document->unidentified = !document->empty && (!meta->api_version.n || !meta->kind.n);
    document->kind = (uint8_t)kind_of(meta->api_version, meta->kind);
    document->namespace_hash = hash_of_namespace(meta->namespace);
}

/* To libyaml "\r\n" is one line break, as "\n" is. */
static Str without_returns(Arena *arena, Str text) {
    char *p = NEW_ARRAY(arena, char, text.n);
    size_t n = 0;
    while (text.n) {
        Str line = str_cut(&text, '\r');
        memcpy(p + n, line.p, line.n);
        n += line.n;
    }
    return (Str){p, n};
}

/* Whether the document may be a list in block style, which need not be read as a whole. */
static bool seems_list(Str text) {
    return str_has(text, "\nitems:") && str_has(text, "List") && json_start(text) < 0;
}

static bool probe_document(Arena *arena, const Stream *stream, Document *document, Str text, TreeError *error) {
    ResourceMeta meta;
    bool returns = !stream->lone_returns && str_find_char(text, '\r') >= 0;
    if (scan_meta(returns ? without_returns(arena, text) : text, &meta)) {
        note_meta(document, &meta);
        document->mentions = meta.hides || mentions_mailu(text);
        return true;
    }
    if (!document->postponed && document->list_role == NOT_IN_LIST && seems_list(text)) {
        document->postponed = true;
        document->kind = KIND_LIST;
        return true;
    }
    document->empty = !first_content(text).n;
    if (document->empty && is_ascii_text(text))
        return true;
    if (!read_meta(arena, document, text, &meta, error))
        return false;
    note_meta(document, &meta);
    return true;
}

/* In a small stream, what mentions Mailu and is of a kind that matters is read as a tree at once, since that is needed
 * anyway. False when it has to be probed first. */
static bool keeps_tree(Arena *arena, const Stream *stream, Document *document) {
    if (stream->text.n >= SMALL_STREAM || document->list_role != NOT_IN_LIST || !mentions_mailu(document->text))
        return false;
    Tree *tree = NEW(arena, Tree);
    if (!scan_tree(arena, document->text, tree) || !is_mapping(tree->root))
        return false;
    ResourceMeta meta = meta_of(tree);
    note_meta(document, &meta);
    document->mentions = true;
    if (document->kind != KIND_OTHER)
        document->tree = tree;
    return true;
}

static void probe(void *context, size_t i, Worker *worker) {
    Arena *arena = &worker->scratch;
    Stream *stream = context;
    Document *document = stream_document(stream, stream->seen + i);
    TreeError error;
    ArenaMark mark = arena_mark(arena);
    if (keeps_tree(arena, stream, document)) {
        if (!document->tree)
            arena_rewind(arena, mark);
        return;
    }
    if (probe_document(arena, stream, document, content_text(arena, document), &error))
        arena_rewind(arena, mark);
    else
        note_syntax_error(worker, stream, document, &error);
}

static int by_document(const void *a, const void *b) {
    const SyntaxError *x = a, *y = b;
    return (x->document.p > y->document.p) - (x->document.p < y->document.p);
}

ptrdiff_t json_start(Str text) {
    Str line = first_content(text);
    ptrdiff_t at = line.n ? line.p - text.p : 0;
    return str_starts(line, S("{")) && str_starts(str_trim(str_skip(text, (size_t)at + 1)), S("\"")) ? at : -1;
}

bool has_syntax_errors(const Stream *stream) {
    size_t w = 0;
    while (w < MOST_WORKERS && !stream->malformed->lists[w].n)
        w++;
    return w < MOST_WORKERS;
}

/* Whether the document is the last with content, and the error is that it ends. */
static bool is_cut_off(const Stream *stream, const SyntaxError *m) {
    size_t end = (size_t)(m->document.p - stream->text.p) + m->document.n;
    return str_trim(str_skip(m->document, m->error.offset)).n == 0 && str_trim(str_skip(stream->text, end)).n == 0;
}

static void tell_syntax_error(Arena *arena, const Stream *stream, const SyntaxError *m, Diagnostics *diagnostics) {
    Str mistake = stream_mistaken_for(arena, m->document, m->error.offset);
    Diagnostic *f = mistake.n ? diag_add(diagnostics, ERROR, "%.*s (%.*s)", F(mistake), F(m->error.message))
                              : diag_add(diagnostics, ERROR, "%.*s%s", F(m->error.message),
                                         is_cut_off(stream, m) ? "; is the stream cut off?" : "");
    size_t start = (size_t)(m->document.p - stream->text.p);
    diag_place(f, S("stdin"), str_head(stream->text, start + m->document.n), start + m->error.offset);
    if (!mistake.n)
        f->malformed = m->document;
    f->since = m->error.since;
}

void report_syntax_errors(Arena *arena, const Stream *stream, Diagnostics *diagnostics) {
    SyntaxErrorList all = {0};
    size_t suppressed = 0;
    for (size_t w = 0; w < MOST_WORKERS; w++) {
        suppressed += stream->malformed->suppressed[w];
        for (size_t i = 0; i < stream->malformed->lists[w].n; i++)
            *PUSH(arena, &all) = stream->malformed->lists[w].at[i];
    }
    if (all.n)
        qsort(all.at, all.n, sizeof *all.at, by_document);
    for (size_t i = 0; i < all.n && i < MAX_SYNTAX_ERRORS; i++)
        tell_syntax_error(arena, stream, &all.at[i], diagnostics);
    if (all.n > MAX_SYNTAX_ERRORS)
        suppressed += all.n - MAX_SYNTAX_ERRORS;
    if (suppressed)
        diag_add(diagnostics, ERROR, "and %zu more malformed documents", suppressed)->source = S("stdin");
}

/* The first document with content decides whether the stream counts as JSON. */
static void detect_format(Stream *stream) {
    size_t i = stream->seen;
    if (stream->format_known)
        return;
    while (i < stream->count && stream_document(stream, i)->empty)
        i++;
    if (i == stream->count)
        return;
    stream->format_known = true;
    Str text = str_trim(stream_document(stream, i)->text);
    ptrdiff_t brace = json_start(text);
    if (brace < 0)
        return;
    size_t key = (size_t)brace + (size_t)str_find_char(str_skip(text, (size_t)brace), '"');
    stream->json = true;
    stream->one_line = line_end(text, 0) == text.n;
    stream->compact = stream->one_line && !str_has(text, "\": ");
    stream->step = json_step(text, (size_t)brace, key);
}

void probe_new(Arena *arena, Stream *stream) {
    if (!stream->malformed)
        stream->malformed = NEW(arena, struct SyntaxErrors);
    parallel(stream->workers, stream->count - stream->seen, probe, stream);
    detect_format(stream);
    stream->seen = stream->count;
}
