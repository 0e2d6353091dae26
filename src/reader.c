#include "stream.h"

#include "config.h"

#include <string.h>

/* ---- cutting ---- */

static void add_document(Arena *arena, Stream *stream, Str text) {
    if (text.n == 0)
        return;
    Document *document = NEW(arena, Document);
    document->text = text;
    if (stream->last)
        stream->last->next = document;
    else
        stream->first = document;
    stream->last = document;
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

/* JSON documents may follow each other without anything between them, as jq writes them. */
static void add_documents(Arena *arena, Stream *stream, Str text) {
    for (;;) {
        Str rest = str_trim(text);
        size_t before = (size_t)(rest.p - text.p);
        size_t end = str_starts(rest, S("{")) ? before + json_end(rest) : text.n;
        Str behind = str_trim(str_skip(text, end));
        if (!str_starts(behind, S("{")))
            break;
        add_document(arena, stream, str_head(text, (size_t)(behind.p - text.p)));
        text = str_skip(text, (size_t)(behind.p - text.p));
    }
    add_document(arena, stream, text);
}

static bool is_marker(Str line, const char *marker) {
    return line.n >= 3 && memcmp(line.p, marker, 3) == 0 &&
           (line.n == 3 || line.p[3] == ' ' || line.p[3] == '\t' || line.p[3] == '\r');
}

/* The end of the line that starts at `at`, its break included. A carriage return alone is a line break too. */
static size_t line_behind(Str text, size_t at, bool lone_returns) {
    const char *hit = memchr(text.p + at, '\n', text.n - at);
    size_t end = hit ? (size_t)(hit - text.p) + 1 : text.n;
    if (lone_returns) {
        const char *cr = memchr(text.p + at, '\r', end - at);
        if (cr && !(cr + 1 < text.p + text.n && cr[1] == '\n'))
            end = (size_t)(cr - text.p) + 1;
    }
    return end;
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

/* "---" at the start of a line begins a document wherever it stands, in block scalars and quotes too, and "..." ends
 * one: so the cuts are exact without reading what is between them. Comments and directives belong to the document that
 * follows. */
static void cut(Arena *arena, Stream *stream) {
    Str text = stream->text;
    bool lone_returns = has_lone_return(text);
    size_t start = 0, at = 0;
    bool content = false;
    if (str_starts(text, S("\xEF\xBB\xBF")))
        at = 3;
    while (at < text.n) {
        size_t next = line_behind(text, at, lone_returns);
        Str line = {text.p + at, next - at};
        while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
            line.n--;
        char c = line.n ? line.p[0] : '#';
        if (c == '-' && is_marker(line, "---")) {
            stream->separated = true;
            if (content) {
                add_documents(arena, stream, (Str){text.p + start, at - start});
                start = at;
            }
            content = true;
        } else if (c == '.' && is_marker(line, "...")) {
            add_documents(arena, stream, (Str){text.p + start, next - start});
            start = next;
            content = false;
        } else if (!content && c != '#' && c != '%') {
            Str trimmed = str_trim(line);
            content = trimmed.n && trimmed.p[0] != '#';
        }
        at = next;
    }
    add_documents(arena, stream, (Str){text.p + start, text.n - start});
}

/* ---- what a document is ---- */

static const struct {
    const char *group, *kind;
    Kind value;
} kinds[] = {
    {"apps", "Deployment", KIND_WORKLOAD},
    {"apps", "StatefulSet", KIND_WORKLOAD},
    {"apps", "DaemonSet", KIND_WORKLOAD},
    {"", "Service", KIND_SERVICE},
    {"", "PersistentVolumeClaim", KIND_CLAIM},
    {"", "ConfigMap", KIND_CONFIG_MAP},
    {"", "Namespace", KIND_NAMESPACE},
    {"", "List", KIND_LIST},
    {"networking.k8s.io", "Ingress", KIND_INGRESS},
    {"networking.k8s.io", "NetworkPolicy", KIND_POLICY},
    {"traefik.io", "IngressRouteTCP", KIND_ROUTE_TCP},
    {"traefik.io", "Middleware", KIND_MIDDLEWARE},
    {"traefik.io", "MiddlewareTCP", KIND_MIDDLEWARE_TCP},
    {"traefik.io", "TLSOption", KIND_TLS_OPTION},
    {"config.kubernetes.io", "ResourceList", KIND_RESOURCE_LIST},
    {"postrenderer.mailu.io", CONFIG_KIND, KIND_CONFIG},
};

static Kind kind_of(Str api_version, Str kind) {
    ptrdiff_t slash = str_find_char(api_version, '/');
    Str group = slash < 0 ? S("") : str_head(api_version, (size_t)slash);
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_is(group, kinds[i].group) && str_is(kind, kinds[i].kind))
            return kinds[i].value;
    return KIND_OTHER;
}

static Manifest *manifest_of(Arena *arena, Document *document, Tree *tree, Node *root) {
    Manifest *manifest = NEW(arena, Manifest);
    Node *metadata = map_get(tree, root, S("metadata"));
    *manifest = (Manifest){
        .document = document,
        .tree = tree,
        .root = root,
        .api_version = map_text(tree, root, S("apiVersion")),
        .kind_name = map_text(tree, root, S("kind")),
        .name = map_text(tree, metadata, S("name")),
        .namespace = map_text(tree, metadata, S("namespace")),
        .hook = map_get(tree, map_get(tree, metadata, S("annotations")), S("helm.sh/hook")) != NULL,
    };
    manifest->kind = kind_of(manifest->api_version, manifest->kind_name);
    return manifest;
}

static void add_items(Arena *arena, Stream *stream, const Manifest *list) {
    Node *items = map_get(list->tree, list->root, S("items"));
    for (Node *item = is_sequence(items) ? node_first(items) : NULL; item; item = node_next(item)) {
        Node *root = node_value(list->tree, item);
        if (is_mapping(root))
            *PUSH(arena, &stream->manifests) = manifest_of(arena, list->document, list->tree, root);
    }
}

static void take_document(Arena *arena, Stream *stream, Document *document) {
    Node *root = node_value(document->tree, document->tree->root);
    if (!is_mapping(root))
        return;
    Manifest *manifest = manifest_of(arena, document, document->tree, root);
    bool only = stream->documents == 1;
    if (manifest->kind == KIND_LIST || manifest->kind == KIND_RESOURCE_LIST) {
        add_items(arena, stream, manifest);
        if (only) {
            stream->form = manifest->kind == KIND_LIST ? FORM_LIST : FORM_RESOURCE_LIST;
            stream->list = manifest;
        }
        return;
    }
    *PUSH(arena, &stream->manifests) = manifest;
}

/* Whether nothing but blanks, comments and markers is in it. */
static bool is_blank(Str text) {
    if (str_starts(text, S("\xEF\xBB\xBF")))
        text = str_skip(text, 3);
    while (text.n) {
        Str line = str_cut(&text, '\n');
        if (is_marker(line, "---") || is_marker(line, "..."))
            line = str_skip(line, 3);
        line = str_trim(line);
        if (line.n && line.p[0] != '#')
            return false;
    }
    return true;
}

static bool read_document(Arena *arena, Stream *stream, Document *document, Faults *faults) {
    TreeError error;
    document->tree = NEW(arena, Tree);
    if (tree_parse(arena, document->text, document->tree, &error))
        return true;
    Fault *f = fault(faults, FAULT, "%.*s", F(error.message));
    fault_place(f, S("stdin"), stream->text, (size_t)(document->text.p - stream->text.p) + error.offset);
    f->malformed = document->text;
    document->tree = NULL;
    return false;
}

bool stream_read(Arena *arena, Str text, Stream *stream, Faults *faults) {
    *stream = (Stream){.text = text};
    if (str_starts(text, S("\xFF\xFE")) || str_starts(text, S("\xFE\xFF"))) {
        fault_place(fault(faults, FAULT, "found UTF-16, expected UTF-8"), S("stdin"), text, 0);
        return false;
    }
    ptrdiff_t newline = str_find_char(text, '\n');
    stream->crlf = newline > 0 && text.p[newline - 1] == '\r';
    cut(arena, stream);
    size_t errors = faults->errors;
    const Document *first = NULL;
    for (Document *document = stream->first; document; document = document->next) {
        if (is_blank(document->text))
            continue;
        if (++stream->documents > MAX_DOCUMENTS) {
            fault(faults, FAULT, "more than %d documents", MAX_DOCUMENTS)->source = S("stdin");
            return false;
        }
        if (read_document(arena, stream, document, faults) && !first)
            first = document;
    }
    stream->json = first && first->tree->json;
    for (Document *document = stream->first; document; document = document->next)
        if (document->tree && document->tree->root)
            take_document(arena, stream, document);
    return faults->errors == errors;
}

/* ---- asking ---- */

bool same_namespace(Str a, Str b) {
    return a.n == 0 || b.n == 0 || str_eq(a, b);
}

Manifest *stream_find(const Stream *stream, Kind kind, Str namespace, Str name) {
    for (size_t i = 0; i < stream->manifests.n; i++) {
        Manifest *m = stream->manifests.at[i];
        if (m->kind == kind && str_eq(m->name, name) && same_namespace(m->namespace, namespace))
            return m;
    }
    return NULL;
}

Manifest *stream_add(Arena *arena, Stream *stream, Node *root) {
    Tree *tree = NEW(arena, Tree);
    *tree = (Tree){.arena = arena, .root = root, .step = 2, .sequences_indented = true, .json = stream->json};
    tree->crlf = stream->crlf;
    for (const Document *d = stream->first; d; d = d->next) { /* in the manner of what is there */
        if (d->tree && d->tree->root) {
            tree->step = d->tree->step;
            tree->sequences_indented = d->tree->sequences_indented;
            break;
        }
    }
    Manifest *manifest = manifest_of(arena, NULL, tree, root);
    manifest->added = true;
    *PUSH(arena, &stream->manifests) = manifest;
    return manifest;
}

void stream_place(const Stream *stream, const Manifest *manifest, const Node *node, Fault *f) {
    Arena *arena = manifest->tree->arena;
    f->resource = manifest_label(arena, manifest);
    f->namespace = manifest->namespace;
    f->api_version = manifest->api_version;
    if (node)
        f->path = node_path(arena, node);
    while (node && (node->flags & NODE_NEW))
        node = node->parent;
    if (!manifest->document)
        return;
    size_t base = (size_t)(manifest->document->text.p - stream->text.p);
    fault_place(f, S("stdin"), stream->text, base + (node ? node->start : manifest->root->start));
}

Str manifest_label(Arena *arena, const Manifest *manifest) {
    return str_format(arena, "%.*s/%.*s", F(manifest->kind_name), F(manifest->name));
}
