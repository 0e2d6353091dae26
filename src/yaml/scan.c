#include "yaml/scan.h"

enum { DEEPEST = 40 }; /* collections open at once; what nests deeper is left to libyaml */

/* A block collection that is open where the look has come to. */
typedef struct Level {
    size_t column;
    bool is_sequence;
    bool waits;      /* its last key or "-" has no value yet: a collection may follow on a line of its own */
    Str key;         /* the last one, of a mapping */
    size_t value_at; /* where the value would stand if it were on the same line */
    Node *node;      /* the collection and the last key, when a tree is made */
    Node *key_node;
} Level;

typedef struct Skim {
    Str text;
    size_t at; /* the start of the next line */
    Level levels[DEEPEST];
    size_t depth;
    bool rooted; /* the root has begun */
    int metadata_seen;
    Facts *facts;
    Tree *tree; /* to be made, or NULL */
    bool step_seen, sequence_seen;
} Skim;

/* ---- bytes ---- */

/* The length of a character beyond ASCII that libyaml takes, and takes for no line break; 0 for any other. */
static size_t wide_length(const unsigned char *p, size_t rest) {
    size_t n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || n > rest)
        return 0;
    uint32_t c = p[0] & (0xFFU >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3F);
    }
    if (n == 2)
        return c >= 0xA0 ? n : 0;
    if (n == 3)
        return c >= 0x800 && (c < 0xD800 || c > 0xDFFF) && c != 0x2028 && c != 0x2029 && c != 0xFEFF && c < 0xFFFE ? n
                                                                                                                   : 0;
    return c >= 0x10000 && c <= 0x10FFFF ? n : 0;
}

enum { STRIDE = 32 };

/* ASCII alone, without a branch: compilers turn it into vector code. */
static bool is_plain_stride(const unsigned char *p) {
    unsigned char odd = 0;
    for (int i = 0; i < STRIDE; i++)
        odd |= (unsigned char)((p[i] < 0x20) & (p[i] != '\n')) | (p[i] >= 0x7F);
    return !odd;
}

/* Printable characters and line feeds alone: no tabs, no carriage returns. */
static bool is_plain_text(Str s) {
    for (size_t i = 0, n; i < s.n; i += n) {
        const unsigned char *p = (const unsigned char *)s.p + i;
        if (s.n - i >= STRIDE && is_plain_stride(p))
            n = STRIDE;
        else
            n = *p >= 0x80 ? wide_length(p, s.n - i) : (*p >= 0x20 && *p != 0x7F) || *p == '\n';
        if (!n)
            return false;
    }
    return true;
}

enum { WORD = 1, FIRST = 2, STOP = 4, W = WORD | FIRST };

/* What a character may be: part of a word; the first of a plain scalar; something that could end one. */
/* clang-format off */
static const unsigned char classes[256] = {
    ['$'] = FIRST, ['('] = FIRST, ['~'] = FIRST, ['+'] = FIRST, ['='] = FIRST, ['<'] = FIRST, ['^'] = FIRST,
    ['\\'] = FIRST, [';'] = FIRST, [':'] = STOP, ['#'] = STOP, ['-'] = W, ['.'] = W, ['/'] = W, ['_'] = W,
    ['0'] = W, ['1'] = W, ['2'] = W, ['3'] = W, ['4'] = W, ['5'] = W, ['6'] = W, ['7'] = W, ['8'] = W, ['9'] = W,
    ['A'] = W, ['B'] = W, ['C'] = W, ['D'] = W, ['E'] = W, ['F'] = W, ['G'] = W, ['H'] = W, ['I'] = W,
    ['J'] = W, ['K'] = W, ['L'] = W, ['M'] = W, ['N'] = W, ['O'] = W, ['P'] = W, ['Q'] = W, ['R'] = W,
    ['S'] = W, ['T'] = W, ['U'] = W, ['V'] = W, ['W'] = W, ['X'] = W, ['Y'] = W, ['Z'] = W,
    ['a'] = W, ['b'] = W, ['c'] = W, ['d'] = W, ['e'] = W, ['f'] = W, ['g'] = W, ['h'] = W, ['i'] = W,
    ['j'] = W, ['k'] = W, ['l'] = W, ['m'] = W, ['n'] = W, ['o'] = W, ['p'] = W, ['q'] = W, ['r'] = W,
    ['s'] = W, ['t'] = W, ['u'] = W, ['v'] = W, ['w'] = W, ['x'] = W, ['y'] = W, ['z'] = W,
};
/* clang-format on */

static bool is(char c, int class) {
    return classes[(unsigned char)c] & class;
}

/* Nothing, or a comment with a blank before it. `s` is what follows a value on its line. */
static bool is_end_of_line(Str s) {
    size_t n = str_blanks(s);
    return n == s.n || (n > 0 && s.p[n] == '#');
}

static Str next_line(Skim *skim) {
    const char *start = skim->text.p + skim->at;
    size_t rest = skim->text.n - skim->at;
    const char *end = memchr(start, '\n', rest);
    size_t n = end ? (size_t)(end - start) : rest;
    skim->at += end ? n + 1 : n;
    return (Str){start, n};
}

/* ---- scalars on one line ---- */

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The length of one of JSON's escapes at the start of `s`; 0 when it is none that libyaml takes. `*hides` is set when
 * it stands for a letter. */
static size_t escape_length(Str s, bool *hides) {
    if (s.n < 2 || s.p[1] != 'u')
        return s.n >= 2 && strchr("\"\\/bfnrt", s.p[1]) && s.p[1] ? 2 : 0;
    uint32_t c = 0;
    for (size_t i = 2; i < 6; i++) {
        int digit = i < s.n ? hex_digit(s.p[i]) : -1;
        if (digit < 0)
            return 0;
        c = c << 4 | (uint32_t)digit;
    }
    *hides |= (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    return c && (c < 0xD800 || c > 0xDFFF) ? 6 : 0;
}

/* A quoted string on one line. */
typedef struct Quoted {
    size_t length;   /* with the quotes; 0 when it is none for certain */
    bool is_literal; /* what stands between the quotes is its text */
    bool hides;      /* an escape in it stands for a letter */
} Quoted;

static Quoted quoted(Str s) {
    Quoted q = {.is_literal = true};
    char quote = s.p[0];
    for (size_t i = 1, n; i < s.n && s.p[i] != '\n'; i += n) {
        n = 1;
        if (s.p[i] == '\\' && quote == '"') {
            n = escape_length(str_skip(s, i), &q.hides);
            q.is_literal = false;
            if (!n)
                return q;
        } else if (s.p[i] == quote && quote == '\'' && i + 1 < s.n && s.p[i + 1] == quote) {
            q.is_literal = false;
            n = 2;
        } else if (s.p[i] == quote) {
            q.length = i + 1;
            return q;
        }
    }
    return q;
}

/* Its length when it is what stands there; else 0. */
static size_t literal_length(Str s) {
    Quoted q = quoted(s);
    return q.is_literal ? q.length : 0;
}

/* The length of a plain scalar at the start of `s`, which ends where a comment starts; 0 when it is none for certain.
 */
static size_t plain_length(Str s) {
    char first = s.p[0];
    if (!is(first, FIRST))
        return 0;
    if (first == '-' && (s.n == 1 || s.p[1] == ' '))
        return 0;
    size_t end = s.n;
    for (size_t i = 1; i < s.n; i++) {
        if (!is(s.p[i], STOP))
            continue;
        if (s.p[i] == ':' && (i + 1 == s.n || s.p[i + 1] == ' '))
            return 0;
        if (s.p[i] == '#' && s.p[i - 1] == ' ') {
            end = i;
            break;
        }
    }
    while (s.p[end - 1] == ' ')
        end--;
    return end;
}

/* "[a, b]" of words and simple quoted strings, and "{}"; 0 for anything else. */
static size_t flow_length(Str s) {
    if (str_starts(s, S("{}")))
        return 2;
    if (s.p[0] != '[')
        return 0;
    bool item = false; /* one stands before the place, and a comma or the end has to follow */
    for (size_t i = 1; i < s.n;) {
        char c = s.p[i];
        if (c == ']')
            return i + 1;
        if (c == ' ') {
            i++;
        } else if (c == ',') {
            if (!item)
                return 0;
            item = false;
            i++;
        } else if (item) {
            return 0;
        } else if (c == '"' || c == '\'') {
            size_t n = literal_length(str_skip(s, i));
            if (n == 0)
                return 0;
            item = true;
            i += n;
        } else if (is(c, WORD) && c != '-' && c != '.') {
            while (i < s.n && is(s.p[i], WORD))
                i++;
            item = true;
        } else {
            return 0;
        }
    }
    return 0;
}

/* ---- nodes ---- */

static size_t offset_of(const Skim *skim, Str s) {
    return (size_t)(s.p - skim->text.p);
}

/* Puts a node for the `n` bytes at `at` into the innermost collection, under its last key. */
static Node *add_node(Skim *skim, NodeKind kind, NodeStyle style, size_t at, size_t n, Str text) {
    Node *node = NEW(skim->tree->arena, Node);
    node->kind = (uint8_t)kind;
    node->style = (uint8_t)style;
    node->start = (uint32_t)at;
    node->end = (uint32_t)(at + n);
    node->text = text;
    if (skim->depth) {
        const Level *level = &skim->levels[skim->depth - 1];
        node_append(level->node, level->key_node, node);
    }
    return node;
}

static void add_key(Skim *skim, Str s, size_t n, Str key) {
    Level *level = &skim->levels[skim->depth - 1];
    Node *node = NEW(skim->tree->arena, Node);
    node->style = s.p[0] == '"' ? DOUBLE_QUOTED : PLAIN;
    node->start = (uint32_t)offset_of(skim, s);
    node->end = node->start + (uint32_t)n;
    node->text = key;
    level->key_node = node;
}

/* The items of a flow sequence that flow_length knows, or the empty mapping. */
static void add_flow(Skim *skim, Str s, size_t n) {
    Node *list = add_node(skim, s.p[0] == '{' ? MAPPING : SEQUENCE, FLOW, offset_of(skim, s), n, (Str){0});
    for (size_t i = 1; i + 1 < n;) {
        char c = s.p[i];
        if (c == ' ' || c == ',') {
            i++;
            continue;
        }
        bool in_quotes = c == '"' || c == '\'';
        size_t length = in_quotes ? literal_length(str_skip(s, i)) : 0;
        while (!in_quotes && is(s.p[i + length], WORD))
            length++;
        Node *item = NEW(skim->tree->arena, Node);
        item->style = c == '"' ? DOUBLE_QUOTED : in_quotes ? SINGLE_QUOTED : PLAIN;
        item->start = (uint32_t)(offset_of(skim, s) + i);
        item->end = item->start + (uint32_t)length;
        item->text = str_head(str_skip(s, i + in_quotes), in_quotes ? length - 2 : length);
        node_append(list, NULL, item);
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
    size_t first, end; /* the start of its first line, and behind its last one, blank lines included */
    size_t text_end;   /* the end of its last line that is not blank, its break not counted */
} BlockText;

/* Passes over the lines of a block scalar inside a collection at `column`; false when it is not certain where it ends.
 */
static bool pass_block_scalar(Skim *skim, size_t column, BlockText *block) {
    *block = (BlockText){.first = skim->at, .end = skim->at};
    while (skim->at < skim->text.n) {
        size_t start = skim->at;
        Str line = next_line(skim);
        size_t n = str_blanks(line);
        if (n == line.n) {
            if (n) /* such blanks may count for the indentation, or for the text */
                return false;
            block->end = skim->at;
            continue;
        }
        if (!block->indent && n > column)
            block->indent = n;
        if (!block->indent || n < block->indent) {
            skim->at = start;
            return n <= column;
        }
        block->end = skim->at;
        block->text_end = start + line.n;
    }
    return true;
}

/* The text of a literal scalar: its lines without the indentation, and what its header says of the breaks at the end.
 */
static Str literal_text(Skim *skim, const BlockText *block, char chomping) {
    Buf out = {.arena = skim->tree->arena};
    Str rest = {skim->text.p + block->first, block->end - block->first};
    bool broken = block->end > 0 && skim->text.p[block->end - 1] == '\n';
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
static bool take_block_scalar(Skim *skim, Str s) {
    BlockText block;
    size_t header_end = offset_of(skim, s) + s.n;
    if (!is_block_header(s) || !pass_block_scalar(skim, skim->levels[skim->depth - 1].column, &block))
        return false;
    if (!skim->tree)
        return true;
    if (s.p[0] == '>')
        return false;
    char chomping = s.n > 1 ? s.p[1] : ' ';
    size_t start = offset_of(skim, s), end = block.indent ? block.text_end : header_end;
    if (chomping == '+' && block.end > block.first)
        end = block.end - (skim->text.p[block.end - 1] == '\n');
    add_node(skim, SCALAR, LITERAL, start, end - start, literal_text(skim, &block, chomping));
    return true;
}

/* ---- structure ---- */

static Level *top(Skim *skim) {
    return &skim->levels[skim->depth - 1];
}

/* The last key or "-" stays without a value: null, right behind it. */
static void fill_null(Skim *skim) {
    Level *level = top(skim);
    if (level->waits && skim->tree)
        add_node(skim, SCALAR, PLAIN, level->value_at, 0, S(""));
    level->waits = false;
}

static void close_level(Skim *skim) {
    fill_null(skim);
    Node *node = top(skim)->node;
    if (node)
        node->end = node->last->end;
    skim->depth--;
}

/* How the document is indented, as edit.c wants to know. */
static void learn_style(Skim *skim, size_t column, bool is_sequence) {
    const Level *outer = top(skim);
    if (outer->is_sequence)
        return;
    if (is_sequence && !skim->sequence_seen) {
        skim->sequence_seen = true;
        skim->tree->sequences_indented = column > outer->column;
    } else if (!is_sequence && !skim->step_seen && column - outer->column <= 8) {
        skim->step_seen = true;
        skim->tree->step = (uint8_t)(column - outer->column);
    }
}

static bool open_level(Skim *skim, size_t column, bool is_sequence, Str s) {
    Node *node = NULL;
    if (skim->depth == DEEPEST)
        return false;
    if (skim->tree) {
        if (skim->depth)
            learn_style(skim, column, is_sequence);
        node = add_node(skim, is_sequence ? SEQUENCE : MAPPING, BLOCK, offset_of(skim, s), 0, (Str){0});
        if (!skim->depth)
            skim->tree->root = node;
    }
    if (skim->depth)
        top(skim)->waits = false;
    skim->rooted = true;
    skim->levels[skim->depth++] = (Level){.column = column, .is_sequence = is_sequence, .node = node};
    return true;
}

/* Makes the collection that the entry `s` at `column` belongs to the innermost one; false where it belongs to none. */
static bool settle(Skim *skim, size_t column, bool is_sequence, Str s) {
    while (skim->depth && top(skim)->column > column)
        close_level(skim);
    if (!skim->depth)
        return !skim->rooted && (!is_sequence || skim->tree) && open_level(skim, column, is_sequence, s);
    if (top(skim)->column == column && top(skim)->is_sequence && !is_sequence) { /* "- " beside its key: that goes on */
        close_level(skim);
        if (!skim->depth || top(skim)->column != column || top(skim)->is_sequence)
            return false;
    }
    Level *level = top(skim);
    if (level->column == column && level->is_sequence == is_sequence) {
        fill_null(skim);
        return true;
    }
    return level->waits && open_level(skim, column, is_sequence, s);
}

/* Where the value of `key`, in the innermost mapping, is to be noted; NULL when nobody asks for it. */
static Str *field_of(Skim *skim, Str key) {
    Facts *facts = skim->facts;
    if (skim->depth == 1)
        return str_is(key, "kind") ? &facts->kind : str_is(key, "apiVersion") ? &facts->api_version : NULL;
    if (skim->depth == 2 && str_is(skim->levels[0].key, "metadata"))
        return str_is(key, "name") ? &facts->name : str_is(key, "namespace") ? &facts->namespace : NULL;
    return NULL;
}

/* The first of several entries counts, as for map_text. */
static void note(Skim *skim, Str key, Str value) {
    Str *field = key.n ? field_of(skim, key) : NULL;
    if (field && !field->p)
        *field = value;
}

/* What stands behind "key: " or "- ". */
static bool take_value(Skim *skim, Str key, Str s) {
    size_t n = 0;
    Str value = S("");
    if (s.p[0] == '|' || s.p[0] == '>')
        return !field_of(skim, key) && take_block_scalar(skim, s);
    if (s.p[0] == '"' || s.p[0] == '\'') {
        Quoted q = quoted(s);
        if (!q.is_literal && (skim->tree || field_of(skim, key)))
            return false;
        n = q.length;
        value = str_head(str_skip(s, 1), n ? n - 2 : 0);
        skim->facts->hides |= q.hides;
    } else if (s.p[0] == '[' || s.p[0] == '{') {
        n = flow_length(s);
    } else {
        n = plain_length(s);
        value = str_head(s, n);
    }
    if (n == 0 || !is_end_of_line(str_skip(s, n)))
        return false;
    note(skim, key, value);
    if (!skim->tree)
        return true;
    NodeStyle style = s.p[0] == '"' ? DOUBLE_QUOTED : s.p[0] == '\'' ? SINGLE_QUOTED : PLAIN;
    if (s.p[0] == '[' || s.p[0] == '{')
        add_flow(skim, s, n);
    else
        add_node(skim, SCALAR, style, offset_of(skim, s), n, value);
    return true;
}

/* The length of a key with its ':' at the start of `s`; 0 when there is none. */
static size_t key_length(Str s, Str *key) {
    size_t n = 0;
    if (s.p[0] == '"') {
        n = literal_length(s);
        *key = n > 2 ? str_head(str_skip(s, 1), n - 2) : (Str){0};
    } else if (s.p[0] != '-') {
        while (n < s.n && is(s.p[n], WORD))
            n++;
        *key = str_head(s, n);
    }
    if (n == 0 || n > 500 || !key->n || n == s.n || s.p[n] != ':' || (n + 1 < s.n && s.p[n + 1] != ' '))
        return 0;
    return n + 1;
}

static bool take_entry(Skim *skim, size_t column, Str s);

/* Behind a key or a "-": a value on the line, or none yet. */
static bool take_rest(Skim *skim, size_t column, Str key, Str s) {
    size_t n = str_blanks(s);
    top(skim)->waits = is_end_of_line(s);
    top(skim)->value_at = offset_of(skim, s);
    if (top(skim)->waits) {
        note(skim, key, S(""));
        return true;
    }
    if (key.n)
        return take_value(skim, key, str_skip(s, n));
    Str inner, content = str_skip(s, n);
    bool nested = key_length(content, &inner) || str_starts(content, S("- ")) || str_is(content, "-");
    top(skim)->waits = nested;
    return nested ? take_entry(skim, column + n, content) : take_value(skim, key, content);
}

/* "key: ..." or "- ...", at `column`. */
static bool take_entry(Skim *skim, size_t column, Str s) {
    Str key = {0};
    if (str_starts(s, S("- ")) || str_is(s, "-"))
        return settle(skim, column, true, s) && take_rest(skim, column + 1, key, str_skip(s, 1));
    size_t n = key_length(s, &key);
    if (n == 0 || !settle(skim, column, false, s))
        return false;
    if (skim->depth == 1 && str_is(key, "metadata") && skim->metadata_seen++)
        return false; /* the first of two counts, and it is not worth remembering which is which */
    top(skim)->key = key;
    if (skim->tree)
        add_key(skim, s, n - 1, key);
    return take_rest(skim, column + n, key, str_skip(s, n));
}

/* ---- JSON ---- */

/* What may come next. */
typedef enum Expected { A_VALUE, A_VALUE_OR_END, A_KEY, A_KEY_OR_END, A_COMMA_OR_END } Expected;

/* A key that is a simple one to libyaml, with its ':'; 0 when it is none for certain. */
static size_t json_key(Skim *skim, Str s) {
    Level *level = top(skim);
    size_t n = s.p[0] == '"' ? literal_length(s) : 0;
    level->key = str_head(str_skip(s, 1), n ? n - 2 : 0);
    if (n < 3 || n > 500 || (skim->depth == 1 && str_is(level->key, "metadata") && skim->metadata_seen++))
        return 0;
    n += str_blanks(str_skip(s, n));
    return n < s.n && s.p[n] == ':' ? n + 1 : 0;
}

/* A string, a number or a literal. */
static size_t json_scalar(Skim *skim, Str s) {
    Str key = top(skim)->key; /* empty in a list */
    if (s.p[0] == '"') {
        Quoted q = quoted(s);
        if (!q.is_literal && field_of(skim, key))
            return 0;
        skim->facts->hides |= q.hides;
        note(skim, key, str_head(str_skip(s, 1), q.length ? q.length - 2 : 0));
        return q.length;
    }
    size_t n = s.p[0] == '-';
    if (n == s.n || !is(s.p[n], WORD) || strchr("-./_", s.p[n]))
        return 0;
    while (n < s.n && (is(s.p[n], WORD) || s.p[n] == '+'))
        n++;
    note(skim, key, str_head(s, n));
    return n;
}

/* A '{' or a '[', which becomes the innermost collection. */
static size_t json_open(Skim *skim, char c) {
    if (skim->depth == DEEPEST)
        return 0;
    if (skim->depth)
        note(skim, top(skim)->key, S(""));
    skim->levels[skim->depth++] = (Level){.is_sequence = c == '['};
    return 1;
}

/* One token where `*expected` says what may stand there; its length, or 0 when it is not that. */
static size_t json_token(Skim *skim, Str s, Expected *expected) {
    char c = s.p[0], close = skim->depth && top(skim)->is_sequence ? ']' : '}';
    if (c == close && (*expected == A_COMMA_OR_END || *expected == A_KEY_OR_END || *expected == A_VALUE_OR_END)) {
        skim->depth--;
        *expected = A_COMMA_OR_END;
        return 1;
    }
    if (*expected == A_COMMA_OR_END) {
        *expected = close == ']' ? A_VALUE : A_KEY;
        return c == ',';
    }
    if (*expected == A_KEY || *expected == A_KEY_OR_END) {
        *expected = A_VALUE;
        return json_key(skim, s);
    }
    if (c == '{' || c == '[') {
        *expected = c == '{' ? A_KEY_OR_END : A_VALUE_OR_END;
        return json_open(skim, c);
    }
    *expected = A_COMMA_OR_END;
    return json_scalar(skim, s);
}

/* Passes over the mapping that starts at `s`, and the line that ends it. What JSON is and libyaml takes is taken. */
static bool take_json(Skim *skim, Str s) {
    Expected expected = A_VALUE;
    Str rest = {s.p, skim->text.n - offset_of(skim, s)};
    skim->rooted = true;
    do {
        size_t n = json_token(skim, rest, &expected);
        if (!n)
            return false;
        rest = str_skip(rest, n);
        while (skim->depth && rest.n && (rest.p[0] == ' ' || rest.p[0] == '\n'))
            rest = str_skip(rest, 1);
    } while (skim->depth && rest.n);
    skim->at = offset_of(skim, rest);
    return !skim->depth && is_end_of_line(next_line(skim));
}

/* ---- the whole ---- */

static bool look(Skim *skim) {
    if (!is_plain_text(skim->text))
        return false;
    bool begun = false;
    while (skim->at < skim->text.n) {
        Str line = next_line(skim);
        size_t n = str_blanks(line);
        if (n == line.n || line.p[n] == '#')
            continue;
        if (n == 0 && str_starts(line, S("---")) && !begun && is_end_of_line(str_skip(line, 3)))
            begun = true;
        else if (line.p[n] == '{' && !skim->rooted && !skim->tree) {
            if (!take_json(skim, str_skip(line, n)))
                return false;
            begun = true;
        } else if ((n == 0 && str_starts(line, S("..."))) || !take_entry(skim, n, str_skip(line, n)))
            return false;
        else
            begun = true;
    }
    while (skim->depth)
        close_level(skim);
    return skim->rooted;
}

bool skim(Str text, Facts *facts) {
    Skim skim = {.text = text, .facts = facts};
    *facts = (Facts){0};
    return look(&skim);
}

bool skim_tree(Arena *arena, Str text, Tree *tree) {
    Facts facts = {0};
    Skim skim = {.text = text, .facts = &facts, .tree = tree};
    ArenaMark mark = arena_mark(arena);
    *tree = (Tree){.arena = arena, .text = text, .step = 2, .sequences_indented = true};
    if (text.n < UINT32_MAX && look(&skim))
        return true;
    arena_rewind(arena, mark);
    return false;
}

bool mentions_mailu(Str text) {
    for (size_t at = 3; at < text.n;) {
        const char *u = memchr(text.p + at, 'u', text.n - at);
        if (!u)
            break;
        if (u[-1] == 'l' && u[-2] == 'i' && u[-3] == 'a')
            return true;
        at = (size_t)(u - text.p) + 1;
    }
    return false;
}
