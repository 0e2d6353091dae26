#include "stream/lists.h"

#include "stream/probe.h"
#include "yaml/json.h"
#include "yaml/source.h"

#include <string.h>

/* ---- block style ---- */

/* Where the line after "items:" starts; 0 when the root has no such line. */
static size_t items_start(Str text) {
    for (Str rest = text; rest.n;) {
        Str line = str_cut(&rest, '\n');
        if (str_starts(line, S("items:")))
            return str_trim(line).n == S("items:").n ? (size_t)(rest.p - text.p) : 0;
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

/* Moves to after the '[' of the root's "items"; false when there is none, or it is not certain. */
static bool find_items(Json *json) {
    Str key = {0};
    while (!json->not_json && json_next(json)) {
        if (json->depth == 1 && json->last == '"') {
            json->not_json |= str_find_char(json->token, '\\') >= 0; /* which could spell it */
            key = json->token;
        }
        if (json->depth == 1 && json->last == ',')
            key = (Str){0};
        if (json->depth == 2 && json->last == '[' && str_is(key, "\"items\""))
            return !json->not_json;
    }
    return false;
}

static void add_json_part(Arena *arena, Stream *stream, Str text, ListRole part) {
    Document *document = stream_add_document(arena, stream, text);
    document->list_role = (uint8_t)part;
    document->json = true;
}

static bool cut_json(Arena *arena, Stream *stream, Str text, size_t root) {
    Json json = json_at(text, root);
    if (!find_items(&json))
        return false;
    size_t start = json.at - 1;
    add_json_part(arena, stream, str_head(text, start), LIST_HEAD);
    while (json.depth > 1 && !json.not_json && json_next(&json)) {
        if (json.depth > 1 && !(json.depth == 2 && json.last == ','))
            continue;
        Str item = {text.p + start, json.at - 1 - start};
        if (str_trim(str_skip(item, 1)).n == 0)
            return false;
        add_json_part(arena, stream, item, LIST_ITEM);
        start = json.at - 1;
    }
    add_json_part(arena, stream, str_skip(text, start), LIST_TAIL);
    return !find_items(&json) && !json.not_json;
}

/* Adds the parts of the list `text` to the stream. Returns false, perhaps with some of them added, when the list has to
 * be read as a whole. In JSON the parts are right when the list is well-formed; in block style when each of them is,
 * too, since nothing is open at the end of one then, and none but an item starts with "- " where the first does. A lone
 * carriage return must not be in it. */
static bool cut_list(Arena *arena, Stream *stream, Str text) {
    ptrdiff_t root = json_start(text);
    return root < 0 ? cut_block(arena, stream, text) : cut_json(arena, stream, text, (size_t)root);
}

/* ---- the lists of a stream ---- */

/* Reads the list without its items, as far as it is in block style; false when "items" is not once in it, without a
 * value. */
static bool read_frame(Arena *arena, const Document *head, const Document *last, Kind *kind) {
    Tree tree;
    TreeError error;
    Buf frame = {.arena = arena};
    buf_add(&frame, head->text);
    if (last->list_role == LIST_TAIL)
        buf_add(&frame, last->text);
    Str text = buf_str(&frame);
    if (str_has(text, "%TAG") || str_has(text, "<<") || !tree_parse(arena, text, &tree, &error) ||
        !is_mapping(tree.root))
        return false;
    size_t found = 0;
    for (const Node *entry = node_first(tree.root); entry; entry = node_next(entry)) {
        bool bare = is_scalar(entry) && entry->start == entry->end && !entry->tag && !entry->anchor;
        found += str_is(entry->key->text, "items") ? (bare ? 1 : 2) : 0;
    }
    *kind = kind_of(map_text(&tree, tree.root, S("apiVersion")), map_text(&tree, tree.root, S("kind")));
    return found == 1 && is_list(*kind);
}

/* Adds the list to the stream in parts, each probed. Returns false when it has to be read as a whole: when an item
 * depends on something outside it, or is a config. */
static bool open_list(Arena *arena, Stream *stream, const Document *list) {
    size_t first = stream->count;
    Kind kind = list->kind;
    Document *item = NULL;
    stream->malformed = NULL;
    if (stream->lone_returns || !cut_list(arena, stream, list->text))
        return false;
    const Document *head = stream_document(stream, first), *last = stream_document(stream, stream->count - 1);
    if (!head->json && !read_frame(arena, head, last, &kind))
        return false;
    if (kind == KIND_RESOURCE_LIST && str_has(head->text, "results"))
        return false; /* more results go there */
    probe_new(arena, stream);
    if (has_syntax_errors(stream))
        return false;
    for (size_t i = first; i < stream->count; i++) {
        Document *document = stream_document(stream, i);
        if (document->kind == KIND_CONFIG)
            return false;
        if (document->list_role == LIST_ITEM) {
            item = document;
            continue;
        }
        document->kind = (uint8_t)kind;
        document->namespace_hash = 0;
    }
    if (kind == KIND_RESOURCE_LIST && last == item) {
        Document *tail = stream_add_document(arena, stream, str_skip(list->text, list->text.n));
        tail->list_role = LIST_TAIL; /* for the results of a function */
        tail->kind = (uint8_t)kind;
    }
    stream->last_item = item;
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
        opened.malformed = stream->malformed;
        *stream_add_document(arena, &opened, document->text) = *document;
        if (document->postponed)
            probe_new(arena, &opened);
        opened.seen = opened.count;
    }
    opened.malformed = stream->malformed;
    *stream = opened;
}
