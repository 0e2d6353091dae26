#include "tests/properties.h"

#include "spec/catalog.h"

#include "report/report.h"
#include "transform.h"
#include "yaml/scan.h"

#include <libfyaml.h>
#include <stdlib.h>
#include <yaml.h>

static jmp_buf no_memory;

/* ---- documents ---- */

static bool scalars_mention(const Node *node) {
    if (node->kind == SCALAR)
        return mentions_mailu(node->text);
    for (const Node *child = node->kind == ALIAS ? NULL : node->first; child; child = child->next)
        if (scalars_mention(child) || (child->key && scalars_mention(child->key)))
            return true;
    return false;
}

static bool metas_agree(Arena *arena, Str text) {
    ResourceMeta meta;
    Tree tree;
    TreeError error;
    if (!scan_meta(text, &meta))
        return true;
    if (!tree_parse(arena, text, &tree, &error) || !is_mapping(tree.root))
        return false;
    if (scalars_mention(tree.root) && !meta.hides && !mentions_mailu(text))
        return false;
    Node *metadata = map_get(&tree, tree.root, S("metadata"));
    return str_eq(meta.api_version, map_text(&tree, tree.root, S("apiVersion"))) &&
           str_eq(meta.kind, map_text(&tree, tree.root, S("kind"))) &&
           str_eq(meta.name, map_text(&tree, metadata, S("name"))) &&
           str_eq(meta.namespace, map_text(&tree, metadata, S("namespace")));
}

static bool same_node(const Node *a, const Node *b) {
    if (!a || !b)
        return a == b;
    if (a->kind != b->kind || a->style != b->style || a->start != b->start || a->end != b->end ||
        !str_eq(a->text, b->text) || a->flags != b->flags || (a->anchor != NULL) != (b->anchor != NULL) ||
        !same_node(a->key, b->key))
        return false;
    const Node *x = a->first, *y = b->first;
    for (; x && y; x = x->next, y = y->next)
        if (x->parent != a || y->parent != b || !same_node(x, y))
            return false;
    return x == y;
}

/* The tree of scan_tree is libyaml's, to the last byte offset. */
static bool trees_agree(Arena *arena, Str text) {
    Tree quick, tree;
    TreeError error;
    if (!scan_tree(arena, text, &quick))
        return true;
    return tree_parse(arena, text, &tree, &error) && same_node(quick.root, tree.root) && quick.step == tree.step &&
           quick.sequences_indented == tree.sequences_indented && quick.json == tree.json && quick.crlf == tree.crlf;
}

const char *broken_by_document(Str text) {
    Arena arena = {.no_memory = &no_memory};
    if (setjmp(no_memory))
        abort();
    bool meta = metas_agree(&arena, text), trees = trees_agree(&arena, text);
    arena_free(&arena);
    if (!meta)
        return "the scanner and libyaml agree on the metadata";
    return trees ? NULL : "scan and libyaml agree on the tree";
}

/* ---- data, as each library reads them ---- */

static void note_event(Buf *out, char type, bool quoted, const char *text, size_t n) {
    buf_format(out, "%c%c%zu:", type, quoted ? '"' : ' ', n);
    buf_add(out, (Str){text, n});
    buf_char(out, '\n');
}

static void note_yaml_event(Buf *out, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        buf_char(out, 'D');
        break;
    case YAML_MAPPING_START_EVENT:
        buf_char(out, '{');
        break;
    case YAML_SEQUENCE_START_EVENT:
        buf_char(out, '[');
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        buf_char(out, ')');
        break;
    case YAML_SCALAR_EVENT:
        note_event(out, '=', event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE,
                   (const char *)event->data.scalar.value, event->data.scalar.length);
        break;
    case YAML_ALIAS_EVENT:
        note_event(out, '*', false, (const char *)event->data.alias.anchor,
                   strlen((const char *)event->data.alias.anchor));
        break;
    default:
        break;
    }
}

/* The events of `text`; empty when libyaml refuses it. */
static Str libyaml_reads(Arena *arena, Str text) {
    Buf out = {.arena = arena};
    yaml_parser_t parser;
    yaml_event_t event = {0};
    bool done = false, read = true;
    if (!yaml_parser_initialize(&parser))
        abort();
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
    while (!done && (read = yaml_parser_parse(&parser, &event))) {
        note_yaml_event(&out, &event);
        done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    buf_char(&out, '.');
    return read ? buf_str(&out) : (Str){0};
}

static void note_token(Buf *out, char type, bool quoted, struct fy_token *token) {
    size_t n = 0;
    const char *text = token ? fy_token_get_text(token, &n) : "";
    note_event(out, type, quoted, text ? text : "", text ? n : 0);
}

static void note_fy_event(Buf *out, const struct fy_event *event) {
    switch (event->type) {
    case FYET_DOCUMENT_START:
        buf_char(out, 'D');
        break;
    case FYET_MAPPING_START:
        buf_char(out, '{');
        break;
    case FYET_SEQUENCE_START:
        buf_char(out, '[');
        break;
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        buf_char(out, ')');
        break;
    case FYET_SCALAR: {
        struct fy_token *value = event->scalar.value;
        note_token(out, '=', value && fy_token_scalar_style(value) != FYSS_PLAIN, value);
        break;
    }
    case FYET_ALIAS:
        note_token(out, '*', false, event->alias.anchor);
        break;
    default:
        break;
    }
}

static void be_quiet(struct fy_diag *diag, void *user, const char *text, size_t n) {
    (void)diag, (void)user, (void)text, (void)n;
}

/* The same of libfyaml. */
static Str libfyaml_reads(Arena *arena, Str text) {
    Buf out = {.arena = arena};
    struct fy_diag_cfg settings;
    fy_diag_cfg_default(&settings);
    settings.fp = NULL;
    settings.output_fn = be_quiet;
    struct fy_diag *diag = fy_diag_create(&settings);
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_1, .diag = diag};
    struct fy_parser *parser = fy_parser_create(&config);
    bool read = parser && fy_parser_set_string(parser, text.p, text.n) == 0;
    for (struct fy_event *event; read && (event = fy_parser_parse(parser));) {
        note_fy_event(&out, event);
        fy_parser_event_free(parser, event);
    }
    read = read && !fy_parser_get_stream_error(parser);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    buf_char(&out, '.');
    return read ? buf_str(&out) : (Str){0};
}

/* ---- streams ---- */

static Str joined(Arena *arena, const Chunks *chunks) {
    Buf out = {.arena = arena};
    for (size_t i = 0; i < chunks->n; i++)
        buf_add(&out, chunks->at[i]);
    return out.n ? buf_str(&out) : S(""); /* neither library takes NULL */
}

static bool is_line(Str text) {
    for (size_t i = 0; i + 1 < text.n; i++)
        if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7F)
            return false;
    return text.n > 1 && text.p[text.n - 1] == '\n';
}

static const char *broken_by_diagnostics(Arena *arena, const Outcome *o) {
    if (o->ok ? o->diagnostics.errors != 0 : !o->out_of_memory && o->diagnostics.errors == 0)
        return "it fails when there is an error, and only then";
    if (!o->ok && o->chunks.n)
        return "an error means that nothing comes out";
    for (size_t i = 0; i < o->diagnostics.list.n; i++) {
        Buf line = {.arena = arena};
        diag_tell(&o->diagnostics.list.at[i], "program", &line);
        if (!o->diagnostics.list.at[i].message.n || !is_line(buf_str(&line)))
            return "a diagnostic is one line";
    }
    return NULL;
}

/* Every byte belongs to a document, and what is of no kind that concerns Mailu is not written again. */
static const char *broken_by_documents(const Outcome *o, Str input, Str output) {
    const char *at = input.p;
    for (size_t i = 0; i < o->stream.count; i++) {
        const Document *document = stream_document(&o->stream, i);
        if (document->text.p != at)
            return "every byte belongs to a document";
        at += document->text.n;
        bool gets_items = document == o->stream.last_item; /* after its own */
        if ((document->kind == KIND_OTHER || document->empty) && !gets_items &&
            (document->dropped || document->written.n))
            return "what is not Mailu's keeps its bytes";
    }
    if (at != input.p + input.n)
        return "every byte belongs to a document";
    if (!o->changed && !str_eq(input, output))
        return "where nothing was changed, nothing changes";
    return NULL;
}

/* libfyaml 0.7.12 takes the entry after a block scalar without text for its text. */
static bool has_empty_block_scalar(Str text) {
    while (text.n) {
        Str line = str_cut(&text, '\n'), header = str_trim(line);
        while (header.n && strchr("+-0123456789", header.p[header.n - 1]))
            header.n--;
        if ((str_ends(header, S("|")) || str_ends(header, S(">"))) && leading_spaces(text) <= leading_spaces(line))
            return true;
    }
    return false;
}

/* What is accepted can be read by libyaml, but for JSON documents that just follow each other. Where both libraries
 * read the same in the input, they do so in the output. */
static const char *broken_by_readers(Arena *arena, const Stream *stream, Str output) {
    Str input = stream->text;
    if (stream->json && !stream->separated && stream->chunks_added)
        return NULL;
    Str before = libyaml_reads(arena, input), after = libyaml_reads(arena, output);
    if (before.n && !after.n)
        return "libyaml reads the output as it read the input";
    if (before.n && !has_empty_block_scalar(output) && str_eq(before, libfyaml_reads(arena, input)) &&
        !str_eq(after, libfyaml_reads(arena, output)))
        return "libyaml and libfyaml read the same data in the output";
    return NULL;
}

static const char *broken_by_reports(Arena *arena, Outcome *o) {
    Buf text = {.arena = arena}, json = {.arena = arena};
    Tree tree;
    TreeError error;
    report_plan(&o->model, true, false, &text);
    report_graph(&o->model, false, &text);
    report_graph(&o->model, true, &text);
    report_diff(arena, &o->stream, &o->chunks, false, &text);
    report_plan_json(&o->model, &json);
    return tree_parse(arena, buf_str(&json), &tree, &error) ? NULL : "the plan is JSON";
}

/* The config a second run needs: the first one's document is no longer in the stream. */
static Request again(const Outcome *o, const Request *first, Str output) {
    Request request = *first;
    request.stream = output;
    for (size_t i = 0; i < o->stream.count; i++) {
        const Document *document = stream_document(&o->stream, i);
        if (document->dropped && document->kind == KIND_CONFIG) {
            request.has_config = true;
            request.config_name = S("stdin");
            request.config = document->text;
        }
    }
    return request;
}

/* One that was taken out of a list can't be handed over again, unless it is the functionConfig, too. */
static bool config_was_an_item(const Outcome *o) {
    if (!o->config.given || !str_is(o->config.source, "stdin"))
        return false;
    for (size_t i = 0; i < o->stream.count; i++)
        if (stream_document(&o->stream, i)->kind == KIND_CONFIG)
            return false;
    Str text = o->stream.text;
    bool has_function_config = str_has(text, "\nfunctionConfig:") || str_has(text, "\"functionConfig\"");
    return o->stream.form != FORM_RESOURCE_LIST || !has_function_config;
}

static const char *broken_twice(Arena *arena, const Outcome *o, const Request *first, Str output) {
    const char *broken = NULL;
    Request request = again(o, first, output);
    Outcome second;
    if (config_was_an_item(o))
        return NULL;
    request.keep_history = !first->keep_history; /* both have to come to the same */
    if (!transform(arena, &request, &second))
        broken = "what came out is taken in again";
    else if (!str_eq(joined(arena, &second.chunks), output))
        broken = "twice is once";
    transform_done(&second);
    return broken;
}

const char *broken_by_outcome(Arena *arena, Outcome *o, const Request *request) {
    const char *broken = broken_by_diagnostics(arena, o);
    if (broken || !o->ok)
        return broken;
    Str output = joined(arena, &o->chunks);
    broken = broken_by_documents(o, request->stream, output);
    if (!broken)
        broken = broken_by_readers(arena, &o->stream, output);
    if (!broken && request->keep_history)
        broken = broken_by_reports(arena, o);
    return broken ? broken : broken_twice(arena, o, request, output);
}

typedef LIST(Str) Texts;

const char *broken_by_stream(Str text) {
    Arena arena = {.no_memory = &no_memory};
    Request request = {.config_name = S("config")};
    Texts sets = {0};
    Outcome outcome;
    if (setjmp(no_memory))
        abort();
    request.stream = str_cut(&text, '\xFF');
    request.config = str_cut(&text, '\xFF');
    request.has_config = request.config.n > 0;
    while (text.n)
        *PUSH(&arena, &sets) = str_cut(&text, '\n');
    request.sets = sets.at;
    request.set_count = sets.n;
    request.keep_history = request.stream.n % 2;
    request.generate = request.has_config || request.set_count ? GENERATE : GENERATE_NEVER;
    transform(&arena, &request, &outcome);
    const char *broken = broken_by_outcome(&arena, &outcome, &request);
    transform_done(&outcome);
    arena_free(&arena);
    return broken;
}

/* ---- several Mailus ---- */

static const char config_of_one[] =
    "apiVersion: postrenderer.mailu.io/v1alpha1\nkind: Mailu\nmetadata: {name: mailu}\nspec:\n  namespace: mailu\n"
    "  domain: example.com\n  hostnames: [mail.example.com]\n  subnet: 10.42.0.0/16\n  users: 300\n"
    "  storage: {postfix: {size: 20Gi}}\n  components: {clamav: true}\n  ingress: {className: traefik}\n";

/* Another Mailu, which knows what it needs. */
static const char another[] =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: mailu-admin, namespace: other}\nspec:\n"
    "  selector: {matchLabels: {app: admin}}\n  template:\n    metadata: {labels: {app: admin}}\n    spec:\n"
    "      containers:\n      - name: admin\n        image: ghcr.io/mailu/admin:2024.06\n        env:\n"
    "        - {name: DOMAIN, value: other.example}\n        - {name: HOSTNAMES, value: mail.other.example}\n"
    "        - {name: SUBNET, value: 10.43.0.0/16}\n---\napiVersion: v1\nkind: Service\n"
    "metadata: {name: mailu-admin, namespace: other}\nspec: {selector: {app: admin}, ports: [{port: 80}]}\n";

/* The text with `prefix` before each line but the first; all in one namespace if `moves`. */
static void add_lines(Buf *out, Str text, const char *first, const char *prefix, bool moves) {
    const Str key = S("namespace: "), value = S("mailu");
    for (size_t n = 0; text.n; n++) {
        Str line = str_head(text, next_line(text, 0));
        ptrdiff_t at = moves ? str_find(line, key) : -1;
        text = str_skip(text, line.n);
        buf_add(out, str(n ? prefix : first));
        if (at >= 0) {
            buf_add(out, str_head(line, (size_t)at + key.n));
            buf_add(out, value);
            line = str_skip(line, (size_t)at + key.n);
            while (line.n && ((line.p[0] >= 'a' && line.p[0] <= 'z') || line.p[0] == '"' || line.p[0] == '-'))
                line = str_skip(line, 1);
        }
        buf_add(out, line);
    }
}

/* Each document of the text as an item. */
static void add_items(Buf *out, Str text, bool moves) {
    while (text.n) {
        ptrdiff_t cut = str_find(text, S("\n---\n"));
        Str document = cut < 0 ? text : str_head(text, (size_t)cut + 1);
        text = str_skip(text, cut < 0 ? text.n : (size_t)cut + 5);
        add_lines(out, document, "- ", "  ", moves);
        if (document.n && document.p[document.n - 1] != '\n')
            buf_char(out, '\n');
    }
}

enum { DOCUMENTS, LIST_OF_ITEMS, FUNCTION, CONFIG_IN_STREAM, FORMS };

/* The stream of two Mailus in that form. */
static Str mailus_of(Arena *arena, Str text, int form) {
    static const char *const heads[FORMS] = {"", "apiVersion: v1\nkind: List\nitems:\n",
                                             "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n",
                                             config_of_one};
    Buf stream = {.arena = arena};
    buf_add(&stream, str(heads[form]));
    if (form == LIST_OF_ITEMS || form == FUNCTION) {
        add_items(&stream, text, true);
        add_items(&stream, str(another), false);
    } else {
        buf_add(&stream, form == CONFIG_IN_STREAM ? S("---\n") : S(""));
        add_lines(&stream, text, "", "", true);
        buf_add(&stream, S("\n---\n"));
        buf_add(&stream, str(another));
    }
    if (form == FUNCTION)
        add_lines(&stream, str(config_of_one), "functionConfig:\n  ", "  ", false);
    return buf_str(&stream);
}

const char *broken_by_mailus(Str text) {
    Arena arena = {.no_memory = &no_memory};
    Request request = {.config_name = S("config"), .config = str(config_of_one)};
    Outcome outcome;
    if (setjmp(no_memory))
        abort();
    int form = text.n ? (unsigned char)text.p[0] % FORMS : 0;
    text = str_skip(text, 1);
    request.stream = mailus_of(&arena, text, form);
    request.has_config = form == DOCUMENTS || form == LIST_OF_ITEMS;
    request.keep_history = text.n % 2;
    request.generate = GENERATE;
    transform(&arena, &request, &outcome);
    const char *broken = broken_by_diagnostics(&arena, &outcome);
    if (!broken && outcome.ok) {
        Str output = joined(&arena, &outcome.chunks);
        broken = broken_by_documents(&outcome, request.stream, output);
        if (!broken)
            broken = broken_twice(&arena, &outcome, &request, output);
    }
    transform_done(&outcome);
    arena_free(&arena);
    return broken;
}
