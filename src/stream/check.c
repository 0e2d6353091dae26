/* Whether the input is Kubernetes manifests, and complete. A stream that is cut off is often valid YAML: only what
 * can't be the end of a complete stream is reported. */
#include "stream/fragment.h"
#include "yaml/source.h"

/* ---- input that is not manifests ---- */

/* How lines begin that programs print for users. */
static const char *const messages[] = {
    "Pulled: ",  "Digest: ",     "Error: ",         "error: ",      "ERROR: ",       "Warning: ",     "warning: ",
    "WARNING: ", "level=",       "time=",           "Hang tight",   "Getting upda",  "Update Comp",   "...Successfully",
    "Saving ",   "Downloading ", "Deleting outda",  "Templating ",  "Building dep",  "Adding repo",   "No resources",
    "sh: ",      "bash: ",       "zsh: ",           "/bin/sh: ",    "panic: ",       "Traceback (",   "Usage:",
    "usage: ",   "Unable to ",   "The connection ", "Comparing re", "404: Not Foun", "mailu-post-re",
};

/* What helm install and helm status print around the manifests, with --dry-run too. */
static const char *const release_lines[] = {
    "NAME: ", "LAST DEPLOYED: ", "NAMESPACE: ", "STATUS: ",   "REVISION: ",       "RESOURCES:",
    "HOOKS:", "MANIFEST:",       "NOTES:",      "Release \"", "COMPUTED VALUES:", "USER-SUPPLIED VALUES:"};

/* Keys at the root of a chart's values, or of a config's spec, and of a kustomization. */
static const char *const value_keys[] = {
    "hostnames:", "domain:",      "subnet:",  "image:",        "imageRegistry:", "mailuVersion:",
    "secretKey:", "persistence:", "ingress:", "replicaCount:", "global:",        "initialAccount:"};
static const char *const kustomization_keys[] = {"resources:", "transformers:", "generators:", "bases:", "namePrefix:"};

static bool starts_as_one_of(Str line, const char *const *starts, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (str_starts(line, str(starts[i])))
            return true;
    return false;
}

/* "E0102 15:04:05.6 ...", "2026/01/02 15:04:05 ...", "coalesce.go:286: ...": how programs in Go log. */
static bool is_log_line(Str line) {
    static const char *const shapes[] = {"?0000 00:00:00", "0000/00/00 00:00:00"};
    ptrdiff_t go = str_find(line, S(".go:"));
    if (go > 0 && (size_t)go + 4 < line.n && is_digit(line.p[go + 4]) &&
        str_find_char(str_head(line, (size_t)go), ' ') < 0)
        return true;
    for (size_t s = 0; s < COUNT(shapes); s++) {
        size_t n = strlen(shapes[s]), i = 0;
        while (i < n && i < line.n &&
               (shapes[s][i] == '0'   ? is_digit(line.p[i])
                : shapes[s][i] == '?' ? line.p[i] != 0 && strchr("IWEF", line.p[i])
                                      : line.p[i] == shapes[s][i]))
            i++;
        if (i == n)
            return true;
    }
    return false;
}

static bool is_command_not_found(Str line) {
    return str_ends(line, S(": not found")) || str_ends(line, S(": command not found"));
}

static Str line_at(Str text, size_t offset) {
    size_t start = line_start(text, offset < text.n ? offset : text.n);
    return str_head(str_skip(text, start), line_end(text, start) - start); /* text.p may be NULL */
}

/* Whether a key of the root is one of those. */
static bool has_root_key(Str text, const char *const *keys, size_t count) {
    for (size_t at = 0; at < text.n; at = next_line(text, at))
        if (starts_as_one_of(str_skip(text, at), keys, count))
            return true;
    return false;
}

enum { LONGEST_QUOTE = 80, LARGEST_MISTAKE = 64 * 1024 };

Str stream_mistaken_for(Arena *arena, Str document, size_t offset) {
    Str text = str_head(document, LARGEST_MISTAKE), lines[] = {first_content(text), line_at(text, offset)};
    if (str_starts(document, S("\x1f\x8b")))
        return S("found an archive, a packaged chart perhaps, expected manifests: helm template NAME CHART");
    for (size_t i = 0; i < COUNT(lines); i++) {
        Str line = lines[i], quoted = str_head(line, LONGEST_QUOTE);
        if (starts_as_one_of(line, release_lines, COUNT(release_lines)))
            return str_format(arena,
                              "found \"%.*s\", which helm install and helm status print, expected only manifests: helm "
                              "template NAME CHART or helm get manifest NAME",
                              F(quoted));
        if (starts_as_one_of(line, messages, COUNT(messages)) || is_log_line(line) || is_command_not_found(line))
            return str_format(
                arena,
                "found \"%.*s\", a message from another program, expected only manifests: did it fail, or is "
                "there a 2>&1 before the pipe?",
                F(quoted));
        if (str_starts(line, S("<")))
            return str_format(arena, "found \"%.*s\", expected manifests: is it a web page?", F(quoted));
        if (str_has(line, "{{"))
            return S("found a template, expected manifests: let Helm render the chart, helm template NAME CHART");
    }
    if (has_root_key(text, kustomization_keys, COUNT(kustomization_keys)))
        return S("found a kustomization, expected what it builds: kubectl kustomize DIRECTORY");
    if (has_root_key(text, value_keys, COUNT(value_keys)))
        return S("found values, without apiVersion and kind, expected manifests: helm template NAME CHART -f VALUES");
    return (Str){0};
}

static void check_identities(Arena *arena, const Stream *stream, Diagnostics *diagnostics) {
    size_t reported = 0,
           left_out = stream->unidentified > MAX_SYNTAX_ERRORS ? stream->unidentified - MAX_SYNTAX_ERRORS : 0;
    for (size_t i = 0; i < stream->count; i++) {
        const Document *document = stream_document(stream, i);
        if (!document->unidentified || is_list_frame(document))
            continue;
        if (reported++ >= MAX_SYNTAX_ERRORS) {
            left_out++;
            continue;
        }
        Str mistake = document->list_role == LIST_ITEM ? S("") : stream_mistaken_for(arena, document->text, 0);
        if (!mistake.n)
            mistake = S("found no apiVersion and kind, expected a Kubernetes manifest");
        Str text = str_skip(document->text, document->json),
            line = first_content(text); /* an item in JSON has its '[' or ',' */
        diag_place(diag_add(diagnostics, ERROR, "%.*s", F(mistake)), S("stdin"), stream->text,
                   (size_t)((line.n ? line.p : text.p) - stream->text.p));
    }
    if (left_out)
        diag_add(diagnostics, ERROR, "and %zu more documents without apiVersion and kind, expected manifests", left_out)
            ->source = S("stdin");
}

/* ---- whether it is cut off ---- */

/* The last document with content, except a config, which is removed from the stream; NULL when there is none. */
static const Document *last_document(const Stream *stream) {
    for (size_t i = stream->count; i-- > 0;) {
        const Document *document = stream_document(stream, i);
        if (!document->empty && document->kind != KIND_CONFIG)
            return document;
    }
    return NULL;
}

/* The scalar that ends last; NULL when what ends last is not a scalar. */
static const Node *last_scalar(const Node *node) {
    while (is_mapping(node) || is_sequence(node))
        node = node->last;
    return is_scalar(node) ? node : NULL;
}

/* Helm ends its last line, and this program the lines it adds. Manifests written by hand may lack the last line end. */
static bool is_printed_by_helm(Str text) {
    return str_has(text, "\n# Source: ") || str_has(text, "postrenderer.helm.sh/postrender-filename");
}

/* The fields that Kubernetes requires, in the usual order. */
static const struct {
    Kind kind;
    const char *path;
} needed[] = {
    {KIND_WORKLOAD, "spec.template.spec.containers"},
    {KIND_SERVICE, "spec"},
    {KIND_INGRESS, "spec"},
    {KIND_CLAIM, "spec"},
    {KIND_POLICY, "spec"},
    {KIND_ROUTE_TCP, "spec"},
};

/* The required field that the last manifest lacks; NULL when it has all, or its kind is not known. */
static const char *missing_in(Tree *tree, Node *root, Kind kind) {
    Node *metadata = map_get(tree, root, S("metadata"));
    bool ours = kind != KIND_OTHER && kind != KIND_CONFIG && kind != KIND_LIST && kind != KIND_RESOURCE_LIST;
    if (ours && !map_get(tree, metadata, S("name")) && !map_get(tree, metadata, S("generateName")))
        return "metadata.name";
    for (size_t i = 0; i < COUNT(needed); i++)
        if (needed[i].kind == kind && node_is_null(map_path(tree, root, needed[i].path)))
            return needed[i].path;
    return NULL;
}

static void check_end(Arena *arena, const Stream *stream, Diagnostics *diagnostics) {
    const Document *last = last_document(stream);
    if (!last || is_list_frame(last) || last->merged || last->unidentified)
        return;
    ArenaMark mark = arena_mark(arena);
    Tree tree;
    TreeError error;
    bool open = !ends_line(stream->text);
    const char *missing = NULL, *what = NULL;
    if (tree_parse(arena, content_text(arena, last), &tree, &error)) {
        const Node *scalar = last_scalar(tree.root);
        missing = missing_in(&tree, tree.root, last->kind);
        if (open && scalar && (scalar->style == LITERAL || scalar->style == FOLDED))
            what = "inside a block scalar";
        else if (open && (is_printed_by_helm(stream->text) || (scalar && scalar->style == PLAIN && !scalar->text.n)))
            what = "inside a line";
    }
    arena_rewind(arena, mark);
    if (!what && !missing)
        return;
    Diagnostic *f =
        what ? diag_add(diagnostics, ERROR, "the stream ends %s, expected a line break: is it cut off?", what)
             : diag_add(diagnostics, ERROR,
                        "the stream ends before the %s of its last manifest, expected it: is it cut off?", missing);
    diag_place(f, S("stdin"), stream->text, stream->text.n);
}

/* Such as "Error: ...", which is valid YAML before and after a manifest. No key of Kubernetes has a capital letter. */
static bool is_glued_message(Str line) {
    return line.n && line.p[0] >= 'A' && line.p[0] <= 'Z' && starts_as_one_of(line, messages, COUNT(messages));
}

/* A message of another program at the root of the first or of the last manifest, where one gets without a "---". */
static void check_glued(Arena *arena, const Stream *stream, Diagnostics *diagnostics) {
    Str first = str_head(stream->text, LARGEST_MISTAKE), last = without_breaks(stream->text);
    Str lines[] = {first_content(first), line_at(last, last.n)};
    for (size_t i = 0; i < COUNT(lines); i++)
        if (is_glued_message(lines[i])) {
            Str mistake = stream_mistaken_for(arena, lines[i], 0);
            diag_place(diag_add(diagnostics, ERROR, "%.*s", F(mistake)), S("stdin"), stream->text,
                       (size_t)(lines[i].p - stream->text.p));
            return;
        }
}

void stream_check(Arena *arena, const Stream *stream, Diagnostics *diagnostics) {
    size_t errors = diagnostics->errors;
    check_identities(arena, stream, diagnostics);
    if (diagnostics->errors == errors)
        check_glued(arena, stream, diagnostics);
    if (diagnostics->errors == errors)
        check_end(arena, stream, diagnostics);
}
