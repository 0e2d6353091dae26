#include "stream/lists.h"

#include "stream/probe.h"
#include "yaml/source.h"

#include <string.h>

/* ---- block style ---- */

/* Where the line after "items:" starts; 0 when the root has no such line. */
static size_t items_start(Str text) {
    for (size_t at = 0, next; at < text.n; at = next) {
        next = next_line(text, at);
        Str line = {text.p + at, next - at};
        if (str_starts(line, S("items:")))
            return str_trim(line).n == S("items:").n ? next : 0;
    }
    return 0;
}

static bool cut_block(Arena *arena, Stream *stream, Str text) {
    size_t at = items_start(text), start = 0, column = 0, next;
    if (!at)
        return false;
    for (; at < text.n; at = next) {
        next = next_line(text, at);
        Str line = {text.p + at, next - at};
        size_t n = leading_spaces(line);
        Str content = str_trim(str_skip(line, n));
        bool item = str_is(content, "-") || str_starts(content, S("- "));
        if (!content.n || content.p[0] == '#' || (start && n > column))
            continue;
        if (!start)
            column = n;
        if (item ? n != column : !start || n > 0)
            return false;
        stream_add_document(arena, stream, (Str){text.p + start, at - start})->list_role =
            start ? LIST_ITEM : LIST_HEAD;
        start = at;
        if (!item)
            break;
    }
    if (start)
        stream_add_document(arena, stream, str_skip(text, start))->list_role = at < text.n ? LIST_TAIL : LIST_ITEM;
    return start > 0;
}

/* ---- JSON ---- */

/* Finds the tokens of well-formed YAML, if it is JSON: between them is nothing that could give a quote, a brace or a
 * comma another meaning, such as other quotes, comments, anchors or tags. */
typedef struct JsonScan {
    Str text;
    size_t at; /* after the token */
    char last; /* the token: a '"' for a string, a 'w' for another word, or the character itself */
    Str string;
    int depth; /* of collections, after the token */
    bool strange;
} JsonScan;

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '+' ||
           c == '.';
}

static size_t string_end(Str text, size_t at) {
    for (at++; at < text.n && text.p[at] != '"'; at++)
        if (text.p[at] == '\\')
            at++;
    return at < text.n ? at + 1 : text.n;
}

static bool may_follow(char c, char last) {
    switch (c) {
    case ':':
        return last == '"';
    case '"':
    case '{':
    case '[':
        return strchr("{[,:", last) != NULL;
    default:
        return true;
    }
}

/* Takes one token; false at the end of the root, and where the text is not JSON, which sets `strange`. */
static bool next_token(JsonScan *scan) {
    Str text = scan->text;
    while (scan->at < text.n && is_space(text.p[scan->at]))
        scan->at++;
    if (scan->at == text.n || (scan->last == '}' && scan->depth == 0))
        return false;
    size_t start = scan->at;
    char c = text.p[start];
    scan->strange |= !may_follow(c, scan->last);
    if (c == '"') {
        scan->at = string_end(text, start);
        scan->string = (Str){text.p + start, scan->at - start};
    } else if (is_word(c)) {
        while (scan->at < text.n && is_word(text.p[scan->at]))
            scan->at++;
        c = 'w';
    } else {
        scan->at++;
        scan->strange |= c == '\0' || !strchr("{}[],:", c);
    }
    scan->depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    scan->last = c;
    return !scan->strange;
}

bool is_json(Str text) {
    JsonScan scan = {.text = text, .last = ':'};
    while (next_token(&scan))
        if (scan.last == '}' && scan.depth == 0) /* another may follow */
            scan = (JsonScan){.text = text, .at = scan.at, .last = ':'};
    return !scan.strange && scan.last == ':' && scan.depth == 0;
}

/* Moves to after the '[' of the root's "items"; false when there is none, or it is not certain. */
static bool find_items(JsonScan *scan) {
    Str key = {0};
    while (next_token(scan)) {
        if (scan->depth == 1 && scan->last == '"') {
            scan->strange |= str_find_char(scan->string, '\\') >= 0; /* which could spell it */
            key = scan->string;
        }
        if (scan->depth == 1 && scan->last == ',')
            key = (Str){0};
        if (scan->depth == 2 && scan->last == '[' && str_is(key, "\"items\""))
            return true;
    }
    return false;
}

static void add_json_part(Arena *arena, Stream *stream, Str text, ListRole part) {
    Document *document = stream_add_document(arena, stream, text);
    document->list_role = (uint8_t)part;
    document->json = true;
}

static bool cut_json(Arena *arena, Stream *stream, Str text, size_t root) {
    JsonScan scan = {.text = text, .at = root, .last = ':'};
    if (!find_items(&scan))
        return false;
    size_t start = scan.at - 1;
    add_json_part(arena, stream, str_head(text, start), LIST_HEAD);
    while (scan.depth > 1 && next_token(&scan)) {
        if (scan.depth > 1 && !(scan.depth == 2 && scan.last == ','))
            continue;
        Str item = {text.p + start, scan.at - 1 - start};
        if (str_trim(str_skip(item, 1)).n == 0)
            return false;
        add_json_part(arena, stream, item, LIST_ITEM);
        start = scan.at - 1;
    }
    add_json_part(arena, stream, str_skip(text, start), LIST_TAIL);
    return !find_items(&scan) && !scan.strange;
}

/* Adds the parts of the list `text` to the stream. `root` is where its root mapping starts when it is in JSON, -1 when
 * it is not. Returns false, perhaps with some of them added, when the list has to be read as a whole. In JSON the parts
 * are right when the list is well-formed; in block style when each of them is, too, since nothing is open at the end of
 * one then, and none but an item starts with "- " where the first does. A lone carriage return must not be in it. */
static bool list_cut(Arena *arena, Stream *stream, Str text, ptrdiff_t root) {
    return root < 0 ? cut_block(arena, stream, text) : cut_json(arena, stream, text, (size_t)root);
}

/* ---- the lists of a stream ---- */

/* Whether the items of the list are those that were cut: of its first "items", with which the head ends. */
static bool frames_items(Arena *arena, const Document *part) {
    Tree tree;
    TreeError error;
    if (str_has(part->text, "%TAG") || !tree_parse(arena, part->text, &tree, &error) || !is_mapping(tree.root))
        return false;
    const Node *items = map_get(&tree, tree.root, S("items"));
    return items == (part->list_role == LIST_HEAD ? tree.root->last : NULL);
}

/* Adds the list to the stream in parts, each probed. Returns false when it has to be read as a whole: when an item
 * depends on something outside it, or is a config. */
static bool open_list(Arena *arena, Stream *stream, const Document *list) {
    size_t first = stream->count;
    Document *last = NULL;
    stream->malformed = NULL;
    if (stream->lone_returns || !list_cut(arena, stream, list->text, json_start(list->text)))
        return false;
    probe_new(arena, stream);
    if (has_syntax_errors(stream))
        return false;
    for (size_t i = first; i < stream->count; i++) {
        Document *document = stream_document(stream, i);
        if (document->kind == KIND_CONFIG)
            return false;
        if (list->kind == KIND_RESOURCE_LIST && document->list_role == LIST_HEAD && str_has(document->text, "results"))
            return false; /* more results go there */
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

void open_lists(Arena *arena, Stream *stream) {
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

/* ---- a part by itself ---- */

/* The place of the comma after the ']' that a tail in JSON starts with; 0 when there is none. */
static size_t comma_of(Str tail) {
    size_t at = 1;
    while (at < tail.n && is_space(tail.p[at]))
        at++;
    return at < tail.n && tail.p[at] == ',' ? at : 0;
}

/* A copy with `room` for more at its end. */
static char *copy_of(Arena *arena, Str text, size_t room) {
    char *copy = NEW_ARRAY(arena, char, text.n + room);
    memcpy(copy, text.p, text.n);
    return copy;
}

Str part_text(Arena *arena, const Document *document) {
    static const char end[] = "null}";
    Str text = document->text;
    if (!document->json)
        return text;
    char *p = copy_of(arena, text, sizeof end);
    size_t comma = comma_of(text);
    switch (document->list_role) {
    case LIST_HEAD:
        memcpy(p + text.n, end, sizeof end);
        return (Str){p, text.n + sizeof end - 1};
    case LIST_ITEM:
        p[0] = '[';
        p[text.n] = ']';
        return (Str){p, text.n + 1};
    default:
        p[0] = '{';
        if (comma)
            p[comma] = ' ';
        return (Str){p, text.n};
    }
}

Str content_text(Arena *arena, const Document *document) {
    Str text = document->text;
    if (document->list_role != LIST_ITEM)
        return part_text(arena, document);
    char *p = copy_of(arena, text, 1);
    p[document->json ? 0 : str_find_char(text, '-')] = ' ';
    return (Str){p, text.n};
}

/* The results when nothing followed the items, the last of which may lack its line end. */
static Str new_tail(Arena *arena, const Document *part, Str text) {
    Str newline = str_starts(str_skip(text, line_end(text, 0)), S("\r")) ? S("\r\n") : S("\n");
    Buf out = {.arena = arena};
    if (part->text.p[-1] != '\n')
        buf_add(&out, newline);
    buf_add(&out, text);
    return buf_str(&out);
}

Str part_written(Arena *arena, const Document *part, Str text) {
    if (!part->text.n)
        return new_tail(arena, part, text);
    char *p = copy_of(arena, text, 1);
    if (!part->json)
        return (Str){p, text.n};
    size_t comma = comma_of(part->text);
    p[0] = part->text.p[0];
    if (part->list_role == LIST_ITEM)
        return (Str){p, text.n - 1};
    if (comma) {
        p[comma] = ',';
        return (Str){p, text.n};
    }
    memcpy(p + 1, text.p, text.n);
    p[1] = ',';
    return (Str){p, text.n + 1};
}
