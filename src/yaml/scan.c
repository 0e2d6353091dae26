#include "yaml/scan.h"

#include "yaml/json.h"
#include "yaml/recognize.h"

enum { DEEPEST = 40 }; /* collections open at once; what nests deeper is left to libyaml */

/* A block collection that is open at the current position. */
typedef struct ScanLevel {
    size_t column;
    bool is_sequence;
    bool waits;      /* its last key or "-" has no value yet: a collection may follow on a line of its own */
    Str key;         /* the last one, of a mapping */
    size_t value_at; /* where the value would be if it were on the same line */
    Node *node;      /* the collection and the last key, when a tree is made */
    Node *key_node;
} ScanLevel;

typedef struct Scan {
    Str text;
    size_t at; /* the start of the next line */
    ScanLevel levels[DEEPEST];
    size_t depth;
    bool rooted; /* the root has begun */
    int metadata_seen;
    ResourceMeta *meta;
    Tree *tree; /* to be made, or NULL */
} Scan;

static Str take_line(Scan *scan) {
    const char *start = scan->text.p + scan->at;
    size_t rest = scan->text.n - scan->at;
    const char *end = memchr(start, '\n', rest);
    size_t n = end ? (size_t)(end - start) : rest;
    scan->at += end ? n + 1 : n;
    return (Str){start, n};
}

/* ---- nodes ---- */

static size_t offset_of(const Scan *scan, Str s) {
    return (size_t)(s.p - scan->text.p);
}

/* Makes a node for the `n` bytes at `at`. */
static inline Node *make_node(const Scan *scan, NodeKind kind, NodeStyle style, size_t at, size_t n, Str text) {
    Node *node = NEW(scan->tree->arena, Node);
    node->kind = (uint8_t)kind;
    node->style = (uint8_t)style;
    node->start = (uint32_t)at;
    node->end = (uint32_t)(at + n);
    node->text = text;
    return node;
}

/* Adds it to the innermost collection, under its last key. */
static Node *add_node(Scan *scan, NodeKind kind, NodeStyle style, size_t at, size_t n, Str text) {
    Node *node = make_node(scan, kind, style, at, n, text);
    if (scan->depth) {
        const ScanLevel *level = &scan->levels[scan->depth - 1];
        node_append(level->node, level->key_node, node);
    } else {
        scan->tree->root = node;
    }
    return node;
}

/* Of a scalar that starts with `first` on one line. */
static NodeStyle style_of(char first) {
    return first == '"' ? DOUBLE_QUOTED : first == '\'' ? SINGLE_QUOTED : PLAIN;
}

/* The items of a flow sequence that flow_length knows, or the empty mapping. */
static void add_flow(Scan *scan, Str s, size_t n) {
    Node *list = add_node(scan, s.p[0] == '{' ? MAPPING : SEQUENCE, FLOW, offset_of(scan, s), n, (Str){0});
    for (size_t i = 1; i + 1 < n;) {
        char c = s.p[i];
        if (c == ' ' || c == ',') {
            i++;
            continue;
        }
        bool in_quotes = style_of(c) != PLAIN;
        size_t length = flow_item_length(str_skip(s, i));
        Str text = str_head(str_skip(s, i + in_quotes), in_quotes ? length - 2 : length);
        node_add(list, make_node(scan, SCALAR, style_of(c), offset_of(scan, s) + i, length, text));
        i += length;
    }
}

/* ---- block scalars ---- */

static bool is_block_header(Str s) {
    size_t n = 1;
    if (n < s.n && (s.p[n] == '-' || s.p[n] == '+'))
        n++;
    return is_end_of_line(str_skip(s, n));
}

/* The lines of a block scalar. */
typedef struct BlockText {
    size_t indent;     /* 0 when it has no text */
    size_t first, end; /* the start of its first line, and the end of its last one, empty lines included */
    size_t text_end;   /* the end of its last line that is not empty, without its break */
} BlockText;

/* Skips the lines of a block scalar inside a collection at `column`; false when its end is not certain. */
static bool skip_block_scalar(Scan *scan, size_t column, BlockText *block) {
    *block = (BlockText){.first = scan->at, .end = scan->at};
    while (scan->at < scan->text.n) {
        size_t start = scan->at;
        Str line = take_line(scan);
        size_t n = leading_spaces(line);
        if (n == line.n) {
            if (n) /* such spaces may count as indentation, or as text */
                return false;
            block->end = scan->at;
            continue;
        }
        if (!block->indent && n > column)
            block->indent = n;
        if (!block->indent || n < block->indent) {
            scan->at = start;
            return n <= column;
        }
        block->end = scan->at;
        block->text_end = start + line.n;
    }
    return true;
}

/* The text of a literal scalar: its lines without the indentation, and what its header says of the breaks at the end.
 */
static Str literal_text(Scan *scan, const BlockText *block, char chomping) {
    Buf out = {.arena = scan->tree->arena};
    Str rest = {scan->text.p + block->first, block->end - block->first};
    bool broken = block->end > 0 && scan->text.p[block->end - 1] == '\n';
    while (rest.n) {
        Str line = str_cut(&rest, '\n');
        buf_add(&out, str_skip(line, block->indent));
        if (rest.n || broken)
            buf_char(&out, '\n');
    }
    size_t breaks = 0;
    while (breaks < out.n && out.p[out.n - 1 - breaks] == '\n')
        breaks++;
    if (chomping != '+' && breaks)
        out.n -= chomping == '-' || breaks == out.n ? breaks : breaks - 1;
    return buf_str(&out);
}

/* "|" and what follows on the line. A folded scalar's text is left to libyaml. */
static bool take_block_scalar(Scan *scan, Str s) {
    BlockText block;
    size_t header_end = offset_of(scan, s) + s.n;
    if (!is_block_header(s) || !skip_block_scalar(scan, scan->levels[scan->depth - 1].column, &block))
        return false;
    if (!scan->tree)
        return true;
    if (s.p[0] == '>')
        return false;
    char chomping = s.n > 1 ? s.p[1] : ' ';
    size_t start = offset_of(scan, s), end = block.indent ? block.text_end : header_end;
    if (chomping == '+' && block.end > block.first)
        end = block.end - (scan->text.p[block.end - 1] == '\n');
    add_node(scan, SCALAR, LITERAL, start, end - start, literal_text(scan, &block, chomping));
    return true;
}

/* ---- structure ---- */

static ScanLevel *top(Scan *scan) {
    return &scan->levels[scan->depth - 1];
}

/* The last key or "-" has no value: null, right after it. */
static void fill_null(Scan *scan) {
    ScanLevel *level = top(scan);
    if (level->waits && scan->tree)
        add_node(scan, SCALAR, PLAIN, level->value_at, 0, S(""));
    level->waits = false;
}

static void close_level(Scan *scan) {
    fill_null(scan);
    Node *node = top(scan)->node;
    if (node)
        node->end = node->last->end;
    scan->depth--;
}

static bool open_level(Scan *scan, size_t column, bool is_sequence, Str s) {
    Node *node = NULL;
    if (scan->depth == DEEPEST)
        return false;
    if (scan->tree) {
        NodeKind kind = is_sequence ? SEQUENCE : MAPPING;
        if (scan->depth && !top(scan)->is_sequence)
            learn_indentation(scan->tree, kind, top(scan)->column, column);
        node = add_node(scan, kind, BLOCK, offset_of(scan, s), 0, (Str){0});
    }
    if (scan->depth)
        top(scan)->waits = false;
    scan->rooted = true;
    scan->levels[scan->depth++] = (ScanLevel){.column = column, .is_sequence = is_sequence, .node = node};
    return true;
}

/* Makes the collection of the entry `s` at `column` the innermost one; false when there is none. */
static bool enter_level(Scan *scan, size_t column, bool is_sequence, Str s) {
    while (scan->depth && top(scan)->column > column)
        close_level(scan);
    if (!scan->depth)
        return !scan->rooted && (!is_sequence || scan->tree) && open_level(scan, column, is_sequence, s);
    if (top(scan)->column == column && top(scan)->is_sequence && !is_sequence) { /* "- " beside its key: that goes on */
        close_level(scan);
        if (!scan->depth || top(scan)->column != column || top(scan)->is_sequence)
            return false;
    }
    ScanLevel *level = top(scan);
    if (level->column == column && level->is_sequence == is_sequence) {
        fill_null(scan);
        return true;
    }
    return level->waits && open_level(scan, column, is_sequence, s);
}

/* Where to note the value of `key` in the innermost mapping; NULL when it is not needed. */
static Str *field_of(Scan *scan, Str key) {
    ResourceMeta *meta = scan->meta;
    if (scan->depth == 1)
        return str_is(key, "kind") ? &meta->kind : str_is(key, "apiVersion") ? &meta->api_version : NULL;
    if (scan->depth == 2 && str_is(scan->levels[0].key, "metadata"))
        return str_is(key, "name") ? &meta->name : str_is(key, "namespace") ? &meta->namespace : NULL;
    return NULL;
}

/* The first of several entries counts, as for map_text. */
static void note(Scan *scan, Str key, Str value) {
    Str *field = key.n ? field_of(scan, key) : NULL;
    if (field && !field->p)
        *field = value;
}

/* What comes after "key: " or "- ". */
static bool take_value(Scan *scan, Str key, Str s) {
    size_t n = 0;
    Str value = S("");
    if (s.p[0] == '|' || s.p[0] == '>')
        return !field_of(scan, key) && take_block_scalar(scan, s);
    if (style_of(s.p[0]) != PLAIN) {
        Quoted q = quoted(s);
        if (!q.is_literal && (scan->tree || field_of(scan, key)))
            return false;
        n = q.length;
        value = str_head(str_skip(s, 1), n ? n - 2 : 0);
        scan->meta->hides |= q.hides;
    } else if (s.p[0] == '[' || s.p[0] == '{') {
        n = flow_length(s);
    } else {
        n = plain_length(s);
        value = str_head(s, n);
    }
    if (n == 0 || !is_end_of_line(str_skip(s, n)))
        return false;
    note(scan, key, value);
    if (!scan->tree)
        return true;
    if (s.p[0] == '[' || s.p[0] == '{')
        add_flow(scan, s, n);
    else
        add_node(scan, SCALAR, style_of(s.p[0]), offset_of(scan, s), n, value);
    return true;
}

/* The length of a key with its ':' at the start of `s`; 0 when there is none. */
static size_t key_length(Str s, Str *key) {
    size_t n = 0;
    if (s.p[0] == '"') {
        n = literal_length(s);
        *key = n > 2 ? str_head(str_skip(s, 1), n - 2) : (Str){0};
    } else if (s.p[0] != '-') {
        n = word_length(s);
        *key = str_head(s, n);
    }
    if (n == 0 || n > 500 || !key->n || n == s.n || s.p[n] != ':' || (n + 1 < s.n && s.p[n + 1] != ' '))
        return 0;
    return n + 1;
}

static bool take_entry(Scan *scan, size_t column, Str s);

/* After a key or a "-": a value on the line, or none yet. */
static bool take_rest(Scan *scan, size_t column, Str key, Str s) {
    size_t n = leading_spaces(s);
    top(scan)->waits = is_end_of_line(s);
    top(scan)->value_at = offset_of(scan, s);
    if (top(scan)->waits) {
        note(scan, key, S(""));
        return true;
    }
    if (key.n)
        return take_value(scan, key, str_skip(s, n));
    Str inner, content = str_skip(s, n);
    bool nested = key_length(content, &inner) || str_starts(content, S("- ")) || str_is(content, "-");
    top(scan)->waits = nested;
    return nested ? take_entry(scan, column + n, content) : take_value(scan, key, content);
}

/* "key: ..." or "- ...", at `column`. */
static bool take_entry(Scan *scan, size_t column, Str s) {
    Str key = {0};
    if (str_starts(s, S("- ")) || str_is(s, "-"))
        return enter_level(scan, column, true, s) && take_rest(scan, column + 1, key, str_skip(s, 1));
    size_t n = key_length(s, &key);
    if (n == 0 || !enter_level(scan, column, false, s))
        return false;
    if (scan->depth == 1 && str_is(key, "metadata") && scan->metadata_seen++)
        return false; /* the first of two counts, and it is not worth remembering which is which */
    top(scan)->key = key;
    if (scan->tree)
        top(scan)->key_node = make_node(scan, SCALAR, style_of(s.p[0]), offset_of(scan, s), n - 1, key);
    return take_rest(scan, column + n, key, str_skip(s, n));
}

/* ---- JSON ---- */

/* What may come next. */
typedef enum Expected { A_VALUE, A_VALUE_OR_END, A_KEY, A_KEY_OR_END, A_COLON, A_COMMA_OR_END } Expected;

/* As quoted, of a token: most have neither an escape nor a line break. */
static Quoted quoted_token(Str token) {
    bool plain = token.n > 1 && token.p[token.n - 1] == '"' && !memchr(token.p, '\\', token.n) &&
                 !memchr(token.p, '\n', token.n);
    return plain ? (Quoted){.length = token.n, .is_literal = true} : quoted(token);
}

/* A key that is a simple one to libyaml; false when that is not certain. */
static bool json_key(Scan *scan, Str token) {
    ScanLevel *level = top(scan);
    Quoted q = quoted_token(token);
    level->key = str_head(str_skip(token, 1), token.n > 2 ? token.n - 2 : 0);
    if (scan->tree)
        level->key_node = make_node(scan, SCALAR, DOUBLE_QUOTED, offset_of(scan, token), token.n, level->key);
    return token.p[0] == '"' && level->key.n && token.n <= 500 && q.is_literal && q.length == token.n &&
           !(scan->depth == 1 && str_is(level->key, "metadata") && scan->metadata_seen++);
}

/* Whether the ':' is on the line of its key, as libyaml wants it. */
static bool is_beside_key(const Json *json) {
    const char *colon = json->token.p;
    while (colon[-1] == ' ')
        colon--;
    return colon[-1] == '"';
}

/* A string, a number or a literal. */
static bool json_scalar(Scan *scan, const Json *json) {
    Str key = top(scan)->key, token = json->token, value = token; /* the key is empty in a list */
    bool is_known;
    if (json->last == '"') {
        Quoted q = quoted_token(token);
        scan->meta->hides |= q.hides;
        value = str_head(str_skip(token, 1), token.n > 1 ? token.n - 2 : 0);
        is_known = q.length == token.n && (q.is_literal || !(scan->tree || field_of(scan, key)));
    } else {
        size_t sign = token.p[0] == '-';
        is_known = json->last == 'w' && sign < token.n && !strchr("-+.", token.p[sign]);
    }
    note(scan, key, value);
    if (scan->tree)
        add_node(scan, SCALAR, style_of(token.p[0]), offset_of(scan, token), token.n, value);
    return is_known;
}

/* A '{' or a '[', which becomes the innermost collection. */
static bool json_open(Scan *scan, Str token) {
    ScanLevel level = {.is_sequence = token.p[0] == '['};
    if (scan->depth == DEEPEST)
        return false;
    if (scan->depth)
        note(scan, top(scan)->key, S(""));
    if (scan->tree)
        level.node = add_node(scan, level.is_sequence ? SEQUENCE : MAPPING, FLOW, offset_of(scan, token), 1, (Str){0});
    scan->levels[scan->depth++] = level;
    return true;
}

/* Takes the token, where `*expected` says what is allowed; false when it is something else. */
static bool take_token(Scan *scan, const Json *json, Expected *expected) {
    char c = json->last, close = scan->depth && top(scan)->is_sequence ? ']' : '}';
    if (c == close && (*expected == A_COMMA_OR_END || *expected == A_KEY_OR_END || *expected == A_VALUE_OR_END)) {
        scan->depth--;
        if (scan->tree)
            scan->levels[scan->depth].node->end = (uint32_t)json->at;
        *expected = A_COMMA_OR_END;
        return true;
    }
    switch (*expected) {
    case A_COMMA_OR_END:
        *expected = close == ']' ? A_VALUE : A_KEY;
        return c == ',';
    case A_KEY:
    case A_KEY_OR_END:
        *expected = A_COLON;
        return json_key(scan, json->token);
    case A_COLON:
        *expected = A_VALUE;
        return c == ':' && is_beside_key(json);
    default:
        *expected = c == '{' ? A_KEY_OR_END : c == '[' ? A_VALUE_OR_END : A_COMMA_OR_END;
        return c == '{' || c == '[' ? json_open(scan, json->token) : json_scalar(scan, json);
    }
}

/* Takes the collection that starts at `s`, and the line that ends it. Accepts JSON that libyaml accepts. */
static bool take_json(Scan *scan, Str s) {
    Expected expected = A_VALUE;
    Json json = json_at(scan->text, offset_of(scan, s));
    scan->rooted = true;
    while (json_next(&json))
        if (json.not_json || !take_token(scan, &json, &expected))
            return false;
    scan->at = json.at;
    if (scan->tree && !scan->depth)
        learn_json(scan->tree);
    return !scan->depth && is_end_of_line(take_line(scan));
}

/* ---- the whole ---- */

static bool look(Scan *scan) {
    if (!is_plain_text(scan->text))
        return false;
    bool begun = false;
    while (scan->at < scan->text.n) {
        Str line = take_line(scan);
        size_t n = leading_spaces(line);
        if (n == line.n || line.p[n] == '#')
            continue;
        if (n == 0 && str_starts(line, S("---")) && !begun && is_end_of_line(str_skip(line, 3)))
            begun = true;
        else if ((line.p[n] == '{' || (line.p[n] == '[' && scan->tree)) && !scan->rooted) {
            if (!take_json(scan, str_skip(line, n)))
                return false;
            begun = true;
        } else if ((n == 0 && str_starts(line, S("..."))) || !take_entry(scan, n, str_skip(line, n)))
            return false;
        else
            begun = true;
    }
    while (scan->depth)
        close_level(scan);
    return scan->rooted;
}

bool scan_meta(Str text, ResourceMeta *meta) {
    Scan scan = {.text = text, .meta = meta};
    *meta = (ResourceMeta){0};
    return look(&scan);
}

bool scan_tree(Arena *arena, Str text, Tree *tree) {
    ResourceMeta meta = {0};
    Scan scan = {.text = text, .meta = &meta, .tree = tree};
    ArenaMark mark = arena_mark(arena);
    *tree = (Tree){.arena = arena, .text = text, .step = 2, .sequences_indented = true};
    if (text.n < UINT32_MAX && look(&scan))
        return true;
    arena_rewind(arena, mark);
    return false;
}
