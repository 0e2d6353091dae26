#include "stream/stream.h"

#include "spec/catalog.h"
#include "stream/lists.h"
#include "yaml/scan.h"
#include "yaml/source.h"

#include <stdlib.h>
#include <string.h>

/* ---- cutting ---- */

Document *stream_document(const Stream *stream, size_t i) {
    return &stream->blocks.at[i / DOCUMENTS_A_BLOCK]->at[i % DOCUMENTS_A_BLOCK];
}

static void look_at_new(Arena *arena, Stream *stream);
static void merge(Stream *stream, size_t first);

/* What is of no concern need not be remembered one by one: a million documents may come in a few bytes each. */
Document *stream_add_document(Arena *arena, Stream *stream, Str text) {
    size_t first = stream->seen;
    if (stream->count - first == MOST_UNSEEN) {
        look_at_new(arena, stream);
        merge(stream, first);
    }
    if (stream->count == stream->blocks.n * DOCUMENTS_A_BLOCK)
        *PUSH(arena, &stream->blocks) = NEW(arena, DocumentBlock);
    Document *document = stream_document(stream, stream->count++);
    *document = (Document){.text = text};
    stream->cut++;
    return document;
}

/* Behind the JSON value at the start of `text`, which begins with '{'; the end when it does not close. */
static size_t json_end(Str text) {
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return i + 1;
        }
    }
    return text.n;
}

/* The length of the byte order mark at `at`; 0 when there is none. */
static size_t bom_at(Str text, size_t at) {
    return text.p[at] == '\xEF' && str_starts(str_skip(text, at), S("\xEF\xBB\xBF")) ? 3 : 0;
}

static Str without_bom(Str text) {
    return str_starts(text, S("\xEF\xBB\xBF")) ? str_skip(text, 3) : text;
}

/* JSON documents may follow each other without anything between them, as jq writes them. */
static void add_documents(Arena *arena, Stream *stream, Str text) {
    for (;;) {
        Str rest = str_trim(without_bom(text));
        size_t before = (size_t)(rest.p - text.p);
        size_t end = str_starts(rest, S("{")) ? before + json_end(rest) : text.n;
        Str behind = str_trim(str_skip(text, end));
        if (!str_starts(behind, S("{")))
            break;
        stream_add_document(arena, stream, str_head(text, (size_t)(behind.p - text.p)));
        text = str_skip(text, (size_t)(behind.p - text.p));
    }
    if (text.n)
        stream_add_document(arena, stream, text);
}

static bool is_marker(Str line, const char *marker) {
    return line.n >= 3 && memcmp(line.p, marker, 3) == 0 &&
           (line.n == 3 || line.p[3] == ' ' || line.p[3] == '\t' || line.p[3] == '\r');
}

static bool has_lone_return(Str text) {
    for (size_t at = 0; at < text.n;) {
        const char *cr = memchr(text.p + at, '\r', text.n - at);
        if (!cr)
            return false;
        at = (size_t)(cr - text.p) + 1;
        if (at == text.n || text.p[at] != '\n')
            return true;
    }
    return false;
}

/* "---" at the start of a line begins a document wherever it is, in block scalars and quotes too, and "..." ends one:
 * so the cuts are exact without reading what is between them. Comments and directives belong to the document that
 * follows. Where files were joined, each may begin with a byte order mark, before its "---" or after the one that
 * joins: libyaml takes the mark at the start of a text alone, so a document starts with it. */
static void cut(Arena *arena, Stream *stream) {
    Str text = stream->text;
    stream->lone_returns = has_lone_return(text);
    size_t start = 0, at = 0;
    bool content = false, bare = true; /* bare: nothing but markers and comments since `start` */
    while (at < text.n) {
        size_t next = stream->lone_returns ? line_after(text, at) : next_line(text, at), bom = bom_at(text, at);
        Str line = {text.p + at + bom, next - at - bom};
        while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
            line.n--;
        char c = line.n ? line.p[0] : '#';
        bool marker = c == '-' && is_marker(line, "---");
        if (at > start && ((marker && content) || (bom && (marker || bare)))) {
            add_documents(arena, stream, (Str){text.p + start, at - start});
            start = at;
            content = false;
            bare = true;
        }
        Str said = {0};
        if (bare || !content)
            said = str_trim(marker ? str_skip(line, 3) : line);
        bare &= !said.n || said.p[0] == '#';
        if (marker) {
            stream->separated = content = true;
        } else if (c == '.' && is_marker(line, "...")) {
            add_documents(arena, stream, (Str){text.p + start, next - start});
            start = next;
            content = false;
            bare = true;
        } else if (!content && c != '#' && c != '%') {
            content = said.n && said.p[0] != '#';
        }
        at = next;
    }
    if (start < text.n)
        add_documents(arena, stream, str_skip(text, start));
}

/* ---- what a document is ---- */

uint32_t hash_of_namespace(Str namespace) {
    uint64_t hash = str_hash(namespace);
    return namespace.n ? (uint32_t)(hash ^ hash >> 32) | 1 : 0;
}

/* A line, its break left out. Behind one that ends in "\r\n" comes an empty one, which says nothing to those who ask.
 */
static Str cut_line(Str *rest) {
    Str line = str_head(*rest, line_end(*rest, 0));
    *rest = str_skip(*rest, line.n + 1);
    return line;
}

/* Whether nothing but blanks, comments and markers is in it. */
static bool is_empty_document(Str text) {
    text = without_bom(text);
    while (text.n) {
        Str line = cut_line(&text);
        if (is_marker(line, "---") || is_marker(line, "..."))
            line = str_skip(line, 3);
        line = str_trim(line);
        if (line.n && line.p[0] != '#')
            return false;
    }
    return true;
}

/* Printable ASCII, tabs and line ends: what may stand in a comment, and ends no line but where cut_line sees it. */
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
    size_t offset;
    Str message;
} SyntaxError;

typedef LIST(SyntaxError) MalformedList;

/* What the workers found malformed, each by itself. */
struct SyntaxErrors {
    MalformedList lists[MOST_WORKERS];
    size_t suppressed[MOST_WORKERS]; /* beyond those that are told of */
};

static ResourceMeta meta_of(Tree *tree) {
    Node *root = tree->root, *metadata = map_get(tree, root, S("metadata"));
    return (ResourceMeta){.api_version = map_text(tree, root, S("apiVersion")),
                          .kind = map_text(tree, root, S("kind")),
                          .name = map_text(tree, metadata, S("name")),
                          .namespace = map_text(tree, metadata, S("namespace"))};
}

/* What skim can't tell, libyaml does: whether the document is well-formed, and its meta. */
static bool read_meta(Arena *arena, Document *document, Str text, ResourceMeta *meta, TreeError *error) {
    Tree tree;
    bool mentions; /* of the scalars, since an escape or a folded line can hide a word from a search of the text */
    if (!tree_parse_head(arena, text, mentions_mailu, &tree, error, &mentions))
        return false;
    *meta = meta_of(&tree);
    document->mentions = mentions;
    document->empty = node_is_null(tree.root);
    return true;
}

static void note_syntax_error(Worker *worker, const Stream *stream, const Document *document, const TreeError *error) {
    MalformedList *list = &stream->malformed->lists[worker->index];
    if (list->n < MAX_SYNTAX_ERRORS)
        *PUSH(&worker->scratch, list) = (SyntaxError){document->text, error->offset, error->message};
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

static bool probe_document(Arena *arena, const Stream *stream, Document *document, Str text, TreeError *error) {
    ResourceMeta meta;
    bool returns = !stream->lone_returns && str_find_char(text, '\r') >= 0;
    if (scan_meta(returns ? without_returns(arena, text) : text, &meta)) {
        note_meta(document, &meta);
        document->mentions = meta.hides || mentions_mailu(text);
        return true;
    }
    document->empty = is_empty_document(text);
    if (document->empty && is_ascii_text(text))
        return true;
    if (!read_meta(arena, document, text, &meta, error))
        return false;
    note_meta(document, &meta);
    return true;
}

/* In a small stream, what mentions Mailu and is of a kind that matters keeps the tree it will be asked for: to look at
 * it first would be to read it twice. False when it is to be looked at. */
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

/* Where the brace stands, when it and a quoted key are what comes first, markers and comments aside; else -1. */
static ptrdiff_t json_start(Str text) {
    Str rest = without_bom(text);
    while (rest.n) {
        Str line = cut_line(&rest);
        if (is_marker(line, "---"))
            line = str_skip(line, 3);
        line = str_trim(line);
        if (!line.n || line.p[0] == '#')
            continue;
        ptrdiff_t at = line.p - text.p;
        return line.p[0] == '{' && str_starts(str_trim(str_skip(text, (size_t)at + 1)), S("\"")) ? at : -1;
    }
    return -1;
}

static bool any_malformed(const Stream *stream) {
    size_t n = 0;
    for (size_t w = 0; w < MOST_WORKERS; w++)
        n += stream->malformed->lists[w].n;
    return n > 0;
}

/* Where the document is the last that says something, and what is wrong is that it ends. */
static bool is_cut_off(const Stream *stream, const SyntaxError *m) {
    size_t end = (size_t)(m->document.p - stream->text.p) + m->document.n;
    return str_trim(str_skip(m->document, m->offset)).n == 0 && str_trim(str_skip(stream->text, end)).n == 0;
}

static void tell_syntax_error(Arena *arena, const Stream *stream, const SyntaxError *m, Diagnostics *diagnostics) {
    Str mistake = stream_mistaken_for(arena, m->document, m->offset);
    Diagnostic *f = mistake.n ? diag_add(diagnostics, ERROR, "%.*s (%.*s)", F(mistake), F(m->message))
                              : diag_add(diagnostics, ERROR, "%.*s%s", F(m->message),
                                         is_cut_off(stream, m) ? "; the stream ends here: is it cut off?" : "");
    diag_place(f, S("stdin"), stream->text, (size_t)(m->document.p - stream->text.p) + m->offset);
    if (!mistake.n)
        f->malformed = m->document;
}

static void tell_malformed(Arena *arena, const Stream *stream, Diagnostics *diagnostics) {
    MalformedList all = {0};
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

/* How the first document that says anything is written, in JSON or not, is how the stream is. */
static void detect_format(Stream *stream) {
    size_t i = stream->seen;
    if (stream->learned)
        return;
    while (i < stream->count && stream_document(stream, i)->empty)
        i++;
    if (i == stream->count)
        return;
    stream->learned = true;
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

static void look_at_new(Arena *arena, Stream *stream) {
    if (!stream->malformed)
        stream->malformed = NEW(arena, struct SyntaxErrors);
    parallel(stream->workers, stream->count - stream->seen, probe, stream);
    detect_format(stream);
    stream->seen = stream->count;
}

/* The first of the documents that are not manifests are kept apart, to be reported. */
static bool is_told_of(Stream *stream, const Document *document) {
    return document->unidentified && stream->unidentified++ < MAX_SYNTAX_ERRORS;
}

static bool is_idle(const Document *document) {
    return document->kind == KIND_OTHER && (document->list_role == NOT_IN_LIST || document->list_role == LIST_ITEM);
}

/* Makes one document of those from `first` on that follow each other and are of no concern. The newest stays as it is:
 * it may be the last of a list, behind which others will stand. */
static void merge(Stream *stream, size_t first) {
    size_t kept = first, last = stream->count - 1;
    for (size_t i = first; i <= last; i++) {
        Document *document = stream_document(stream, i);
        Document *run = kept ? stream_document(stream, kept - 1) : NULL;
        document->unidentified = is_told_of(stream, document);
        if (run && i < last && !document->unidentified && !run->unidentified && is_idle(run) && is_idle(document) &&
            run->list_role == document->list_role) {
            run->text.n += document->text.n;
            run->empty &= document->empty;
            run->merged = true;
        } else {
            *stream_document(stream, kept++) = *document;
        }
    }
    stream->count = stream->seen = kept;
}

/* ---- lists ---- */

static bool is_list(Kind kind) {
    return kind == KIND_LIST || kind == KIND_RESOURCE_LIST;
}

/* Whether the items of the list are those that were cut: of its first "items", with which the head ends. */
static bool frames_items(Arena *arena, const Document *part) {
    Tree tree;
    TreeError error;
    if (str_has(part->text, "%TAG") || !tree_parse(arena, part->text, &tree, &error) || !is_mapping(tree.root))
        return false;
    const Node *items = map_get(&tree, tree.root, S("items"));
    return items == (part->list_role == LIST_HEAD ? tree.root->last : NULL);
}

/* Adds the list to the stream in parts, each looked at. Returns false where it has to be read as a whole: where an item
 * leans on something outside it, or is a config. */
static bool open_list(Arena *arena, Stream *stream, const Document *list) {
    size_t first = stream->count;
    Document *last = NULL;
    stream->malformed = NULL;
    if (stream->lone_returns || !list_cut(arena, stream, list->text, json_start(list->text)))
        return false;
    look_at_new(arena, stream);
    if (any_malformed(stream))
        return false;
    for (size_t i = first; i < stream->count; i++) {
        Document *document = stream_document(stream, i);
        if (document->kind == KIND_CONFIG)
            return false;
        if (document->list_role == LIST_ITEM) {
            last = document;
            continue;
        }
        if (!document->json && !frames_items(arena, document))
            return false;
        document->kind = list->kind;
        document->namespace_hash = 0;
    }
    if (list->kind == KIND_RESOURCE_LIST && stream_document(stream, stream->count - 1) == last) {
        Document *tail = stream_add_document(arena, stream, str_skip(list->text, list->text.n));
        tail->list_role = LIST_TAIL; /* for the results of a function */
        tail->kind = list->kind;
    }
    stream->last_item = last;
    return true;
}

/* Most items of a list are nobody's concern of ours: they become documents of their own, so that only the others are
 * read as trees. */
static void open_lists(Arena *arena, Stream *stream) {
    Stream opened = *stream;
    size_t i = 0;
    while (i < stream->count && !is_list(stream_document(stream, i)->kind))
        i++;
    if (i == stream->count)
        return;
    memset(&opened.blocks, 0, sizeof opened.blocks);
    opened.count = opened.seen = 0;
    for (i = 0; i < stream->count; i++) {
        const Document *document = stream_document(stream, i);
        size_t count = opened.count;
        if (is_list(document->kind) && open_list(arena, &opened, document))
            continue;
        opened.count = opened.seen = count;
        *stream_add_document(arena, &opened, document->text) = *document;
        opened.seen = opened.count;
    }
    *stream = opened;
}

bool stream_read(Arena *arena, Workers *workers, Str text, Stream *stream, Diagnostics *diagnostics) {
    *stream = (Stream){.text = text, .arena = arena, .workers = workers};
    if (str_starts(text, S("\xFF\xFE")) || str_starts(text, S("\xFE\xFF"))) {
        diag_place(diag_add(diagnostics, ERROR, "found UTF-16, expected UTF-8"), S("stdin"), text, 0);
        return false;
    }
    ptrdiff_t newline = str_find_char(text, '\n');
    stream->crlf = newline > 0 && text.p[newline - 1] == '\r';
    cut(arena, stream);
    if (stream->cut > MAX_DOCUMENTS) {
        diag_add(diagnostics, ERROR, "found %zu documents, expected at most %d", stream->cut, MAX_DOCUMENTS)->source =
            S("stdin");
        return false;
    }
    look_at_new(arena, stream);
    if (any_malformed(stream)) {
        tell_malformed(arena, stream, diagnostics);
        return false;
    }
    open_lists(arena, stream);
    return true;
}

/* ---- manifests ---- */

/* The first of those that may be the one; NULL when there is no index yet, and nothing to find. */
static Manifest **bucket_of(const Stream *stream, Kind kind, Str name) {
    return stream->index ? &stream->index[(str_hash(name) * 31 + kind) & (stream->index_size - 1)] : NULL;
}

/* Makes the index anew. In a bucket they stand in the order of the stream. */
static void index_manifests(Arena *arena, Stream *stream) {
    size_t size = 64;
    while (size < stream->manifests.n)
        size *= 2;
    stream->index = NEW_ARRAY(arena, Manifest *, size);
    stream->index_size = size;
    for (size_t i = stream->manifests.n; i-- > 0;) {
        Manifest *m = stream->manifests.at[i], **bucket = bucket_of(stream, m->kind, m->name);
        m->same_name = *bucket;
        *bucket = m;
    }
}

static void add_manifest(Arena *arena, Stream *stream, Manifest *manifest) {
    *PUSH(arena, &stream->manifests) = manifest;
    stream->renamed |= manifest->previous_names.n > 0;
}

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
    TreeError error;
    if (document->tree)
        return document->tree;
    Tree *tree = document->tree = NEW(arena, Tree);
    Str text = part_text(arena, document);
    if (!scan_tree(arena, text, tree)) /* well-formed, that is known, but not plain */
        tree_parse(arena, text, tree, &error);
    if (document->list_role == NOT_IN_LIST)
        return tree;
    /* In the manner of the whole list, not of the part. */
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
    for (Node *item = items_of(items); item; item = node_next(item)) {
        Node *root = node_value(list->tree, item);
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
    if (document->list_role == LIST_HEAD || document->list_role == LIST_TAIL)
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

static int by_place(const void *a, const void *b) {
    const Manifest *x = *(Manifest *const *)a, *y = *(Manifest *const *)b;
    if (x->document != y->document)
        return x->document->text.p < y->document->text.p ? -1 : 1;
    return (x->root->start > y->root->start) - (x->root->start < y->root->start);
}

void stream_load(Arena *arena, Stream *stream, const uint32_t *numbers, size_t count) {
    Loading loading = {stream, numbers};
    bool more = stream->manifests.n > 0;
    parallel(stream->workers, count, load, &loading);
    for (size_t i = 0; i < count; i++)
        take_document(arena, stream, stream_document(stream, numbers[i]));
    if (more && count)
        qsort(stream->manifests.at, stream->manifests.n, sizeof *stream->manifests.at, by_place);
    index_manifests(arena, stream);
}

void stream_unload(Stream *stream, bool trees) {
    for (size_t i = 0; i < stream->manifests.n; i++)
        if (trees && stream->manifests.at[i]->document)
            stream->manifests.at[i]->document->tree = NULL;
    stream->manifests.at = NULL;
    stream->manifests.n = stream->manifests.capacity = 0;
    stream->index = NULL;
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

Manifest *stream_find(const Stream *stream, Kind kind, Str namespace, Str name) {
    Manifest **bucket = bucket_of(stream, kind, name), *m = bucket ? *bucket : NULL;
    while (m && !(m->kind == kind && str_eq(m->name, name) && same_namespace(m->namespace, namespace)))
        m = m->same_name;
    for (size_t i = 0; !m && stream->renamed && i < stream->manifests.n; i++) {
        Manifest *other = stream->manifests.at[i];
        if (other->kind == kind && has_name(other, name) && same_namespace(other->namespace, namespace))
            m = other;
    }
    return m;
}

Manifest *stream_duplicate(const Manifest *manifest) {
    Manifest *m = manifest->same_name;
    while (m && !(m->kind == manifest->kind && str_eq(m->name, manifest->name) &&
                  same_namespace(m->namespace, manifest->namespace) && str_eq(m->kind_name, manifest->kind_name) &&
                  str_eq(group_of(m->api_version), group_of(manifest->api_version))))
        m = m->same_name;
    return m;
}

/* A tree to write in, in the manner of the documents that are there. */
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
    Manifest **link = bucket_of(stream, manifest->kind, manifest->name);
    if (!link || stream->manifests.n > stream->index_size) {
        index_manifests(arena, stream);
        return manifest;
    }
    while (*link)
        link = &(*link)->same_name;
    *link = manifest;
    return manifest;
}

void stream_locate(const Stream *stream, const Manifest *manifest, const Node *node, Diagnostic *f) {
    f->resource = manifest_label(stream->arena, manifest);
    f->namespace = str_copy(stream->arena, manifest->namespace);
    f->api_version = str_copy(stream->arena, manifest->api_version);
    if (node)
        f->path = node_path(stream->arena, manifest->root, node);
    while (node && (node->flags & NODE_NEW))
        node = node->parent;
    if (!manifest->document)
        return;
    size_t base = (size_t)(manifest->document->text.p - stream->text.p);
    diag_place(f, S("stdin"), stream->text, base + (node ? node->start : manifest->root->start));
}

Str manifest_label(Arena *arena, const Manifest *manifest) {
    return str_format(arena, "%.*s/%.*s", F(manifest->kind_name), F(manifest->name));
}
