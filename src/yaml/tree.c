#include "yaml/tree.h"

#include <string.h>
#include <yaml.h>

/* ---- positions ---- */

/* libyaml's marks count characters; a tree's spans count bytes. The marks come nearly in order, so a cursor that walks
 * from the last one keeps the cost linear; in a document of plain ASCII the two are the same. */
typedef struct Marks {
    Str text;
    size_t index, byte;
    bool ascii;
} Marks;

static bool is_continuation(char c) {
    return ((unsigned char)c & 0xC0) == 0x80;
}

static bool is_ascii(Str s) {
    size_t i = 0;
    for (; s.n - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, s.p + i, 8);
        if (word & 0x8080808080808080u)
            return false;
    }
    for (; i < s.n; i++)
        if (s.p[i] & 0x80)
            return false;
    return true;
}

static Marks marks_start(Str text) {
    bool bom = str_starts(text, S("\xEF\xBB\xBF")); /* libyaml skips it and does not count it */
    return (Marks){text, 0, bom ? 3 : 0, is_ascii(text)};
}

static uint32_t mark_byte(Marks *marks, size_t index) {
    if (marks->ascii)
        return (uint32_t)(index < marks->text.n ? index : marks->text.n);
    for (; marks->index < index && marks->byte < marks->text.n; marks->index++) {
        marks->byte++;
        while (marks->byte < marks->text.n && is_continuation(marks->text.p[marks->byte]))
            marks->byte++;
    }
    for (; marks->index > index && marks->byte > 0; marks->index--) {
        marks->byte--;
        while (marks->byte > 0 && is_continuation(marks->text.p[marks->byte]))
            marks->byte--;
    }
    return (uint32_t)marks->byte;
}

/* ---- reading ---- */

typedef struct Anchor {
    Str name;
    Node *node;
} Anchor;

/* What there was before the entry or item that is being read. */
typedef struct Level {
    ArenaMark mark;
    Node *last;
    size_t anchors_added;
} Level;

typedef struct Parse {
    Tree *tree;
    Marks marks;
    yaml_parser_t yaml;
    yaml_event_t event;
    TreeError *error;
    Anchor *anchors; /* a hash table of `anchor_slots`, a power of two; the last one of a name counts */
    size_t anchor_slots, anchor_count, anchors_added;
    Node *parent; /* the open collection, NULL at the top */
    Node *key;    /* in an open mapping: the key that waits for its value */
    int depth, documents;
    bool block_seen, step_seen, sequence_seen;
    bool failed;
    bool (*is_sought)(Str); /* when only the head is to be kept, else NULL */
    bool found;
    int anchored; /* open collections with an anchor */
    Level levels[MAX_DEPTH + 2];
} Parse;

static void refuse(Parse *parse, size_t offset, Str message) {
    if (!parse->failed)
        *parse->error = (TreeError){offset, message, parse->documents > 1};
    parse->failed = true;
}

/* A copy of what libyaml gave, or the very bytes of the source when they are the same. */
static Str keep(Parse *parse, Str text, size_t start, size_t end) {
    Str source = {parse->tree->text.p + start, end - start};
    if (source.n == text.n + 2)
        source = str_head(str_skip(source, 1), text.n);
    return str_eq(text, source) ? source : str_copy(parse->tree->arena, text);
}

static const char *keep_name(Parse *parse, const yaml_char_t *name) {
    return name ? str_copy(parse->tree->arena, str((const char *)name)).p : NULL;
}

size_t line_end(Str text, size_t offset) {
    while (offset < text.n && text.p[offset] != '\n' && text.p[offset] != '\r')
        offset++;
    return offset;
}

size_t line_start(Str text, size_t offset) {
    while (offset > 0 && text.p[offset - 1] != '\n' && text.p[offset - 1] != '\r')
        offset--;
    if (offset == 0 && str_starts(text, S("\xEF\xBB\xBF")))
        return 3;
    return offset;
}

size_t indicator(Str text, size_t from, size_t to, char wanted) {
    for (size_t at = from; at < to; at++) {
        if (text.p[at] == wanted)
            return at;
        if (text.p[at] == '#')
            at = line_end(text, at);
    }
    return to;
}

bool keeps_breaks(Str text, size_t start) {
    size_t at = start;
    while (at < text.n && text.p[at] != '|' && text.p[at] != '>') { /* an anchor or a tag may come first */
        while (at < text.n && text.p[at] != ' ' && text.p[at] != '\t')
            at++;
        while (at < text.n && (text.p[at] == ' ' || text.p[at] == '\t'))
            at++;
    }
    for (at++; at < text.n && at <= start + 256; at++) {
        if (text.p[at] == '+')
            return true;
        if (text.p[at] != '-' && (text.p[at] < '0' || text.p[at] > '9'))
            return false;
    }
    return false;
}

/* libyaml ends a block scalar behind the line breaks that follow it. Here it ends with its last line of text, or,
 * when it keeps the breaks, before the last of them. */
static uint32_t block_scalar_end(Str text, uint32_t start, uint32_t end) {
    size_t header_end = line_end(text, start);
    size_t at = end;
    if (keeps_breaks(text, start)) {
        if (at > header_end && text.p[at - 1] == '\n')
            at--;
        if (at > header_end && text.p[at - 1] == '\r')
            at--;
    } else {
        while (at > header_end && strchr(" \t\r\n", text.p[at - 1]))
            at--;
        if (at > header_end)
            at = line_end(text, at);
    }
    return (uint32_t)(at < header_end ? header_end : at);
}

static uint32_t column(Str text, size_t offset) {
    return (uint32_t)(offset - line_start(text, offset));
}

static void detect_style(Parse *parse, const Node *node) {
    Tree *tree = parse->tree;
    const Node *parent = node->parent;
    if (!parent || parent->style != BLOCK || !node->key || node->anchor || node->tag)
        return; /* behind an anchor or a tag, it does not start where its first entry does */
    uint32_t outer = column(tree->text, node->key->start);
    uint32_t inner = column(tree->text, node->start);
    if (node->kind == SEQUENCE && !parse->sequence_seen) {
        parse->sequence_seen = true;
        tree->sequences_indented = inner > outer;
    }
    if (node->kind == MAPPING && !parse->step_seen && inner > outer && inner - outer <= 8) {
        parse->step_seen = true;
        tree->step = (uint8_t)(inner - outer);
    }
}

/* The slot of that name, or the empty one where it belongs. */
static Anchor *anchor_slot(const Parse *parse, Str name) {
    size_t mask = parse->anchor_slots - 1, at = str_hash(name) & mask;
    while (parse->anchors[at].node && !str_eq(parse->anchors[at].name, name))
        at = (at + 1) & mask;
    return &parse->anchors[at];
}

static void grow_anchors(Parse *parse) {
    const Anchor *old = parse->anchors;
    size_t count = parse->anchor_slots;
    parse->anchor_slots = count ? count * 2 : 16;
    parse->anchors = NEW_ARRAY(parse->tree->arena, Anchor, parse->anchor_slots);
    for (size_t i = 0; i < count; i++)
        if (old[i].node)
            *anchor_slot(parse, old[i].name) = old[i];
}

static void add_anchor(Parse *parse, Node *node) {
    if (parse->anchor_count * 2 >= parse->anchor_slots)
        grow_anchors(parse);
    Anchor *slot = anchor_slot(parse, str(node->anchor));
    parse->tree->names_reused |= slot->node != NULL;
    parse->anchor_count += !slot->node;
    if (++parse->anchors_added > MAX_ANCHORS)
        refuse(parse, node->start,
               str_format(parse->tree->arena, "found more than %d anchors, expected fewer", MAX_ANCHORS));
    *slot = (Anchor){str(node->anchor), node};
}

static Node *find_anchor(const Parse *parse, Str name) {
    return parse->anchor_slots ? anchor_slot(parse, name)->node : NULL;
}

static void begin_entry(Parse *parse) {
    if (parse->parent && !parse->key)
        parse->levels[parse->depth] =
            (Level){arena_mark(parse->tree->arena), parse->parent->last, parse->anchors_added};
}

/* Whether the entry of the root that is being read is one a manifest goes by. */
static bool is_in_head(const Node *root) {
    static const char *const names[] = {"apiVersion", "kind", "metadata", "<<"};
    const Node *key = root->last ? root->last->key : NULL;
    for (size_t i = 0; key && i < COUNT(names); i++)
        if (str_is(key->text, names[i]))
            return true;
    return false;
}

/* Whether the entry or item that is complete is not to be kept: only the head is, and nobody may refer to this. */
static bool is_discardable(const Parse *parse) {
    return parse->is_sought && parse->parent && !parse->key && !parse->failed && !parse->anchored &&
           parse->anchors_added == parse->levels[parse->depth].anchors_added && !is_in_head(parse->tree->root);
}

static void end_entry(Parse *parse) {
    const Level *level = &parse->levels[parse->depth];
    Node *parent = parse->parent;
    if (!parent || !is_discardable(parse))
        return;
    parent->last = level->last;
    if (parent->last)
        parent->last->next = NULL;
    else
        parent->first = NULL;
    arena_rewind(parse->tree->arena, level->mark);
}

static Node *add(Parse *parse, NodeKind kind, const yaml_event_t *event, const yaml_char_t *anchor,
                 const yaml_char_t *tag) {
    Tree *tree = parse->tree;
    begin_entry(parse);
    Node *node = NEW(tree->arena, Node);
    node->kind = (uint8_t)kind;
    node->start = mark_byte(&parse->marks, event->start_mark.index);
    node->end = mark_byte(&parse->marks, event->end_mark.index);
    node->anchor = keep_name(parse, anchor);
    node->tag = keep_name(parse, tag);
    if (node->anchor)
        add_anchor(parse, node);

    Node *parent = parse->parent;
    if (!parent) {
        tree->root = node;
    } else if (parent->kind == MAPPING && !parse->key) {
        node->parent = parent;
        parse->key = node;
    } else {
        node_append(parent, parse->key, node);
        parse->key = NULL;
    }
    return node;
}

static void open_collection(Parse *parse, NodeKind kind, const yaml_event_t *event, const yaml_char_t *anchor,
                            const yaml_char_t *tag, bool flow) {
    Node *node = add(parse, kind, event, anchor, tag);
    node->style = flow ? FLOW : BLOCK;
    if (!flow) {
        parse->block_seen = true;
        detect_style(parse, node);
    }
    if (++parse->depth > MAX_DEPTH)
        refuse(parse, node->start,
               str_format(parse->tree->arena, "found more than %d levels of nesting, expected fewer", MAX_DEPTH));
    parse->anchored += node->anchor != NULL;
    parse->parent = node;
    parse->key = NULL;
}

static void close_collection(Parse *parse, const yaml_event_t *event) {
    Node *node = parse->parent;
    if (node->style == FLOW) {
        node->end = mark_byte(&parse->marks, event->end_mark.index);
        if (node->end < node->start)
            node->end = node->start;
    } else if (node->last) {
        node->end = node->last->end;
    }
    parse->parent = node->parent;
    if (is_mapping(node->parent) && !node->key) /* it was a key itself */
        parse->key = node;
    parse->anchored -= node->anchor != NULL;
    parse->depth--;
    end_entry(parse);
}

static void add_scalar(Parse *parse, const yaml_event_t *event) {
    static const uint8_t styles[] = {
        [YAML_PLAIN_SCALAR_STYLE] = PLAIN,
        [YAML_SINGLE_QUOTED_SCALAR_STYLE] = SINGLE_QUOTED,
        [YAML_DOUBLE_QUOTED_SCALAR_STYLE] = DOUBLE_QUOTED,
        [YAML_LITERAL_SCALAR_STYLE] = LITERAL,
        [YAML_FOLDED_SCALAR_STYLE] = FOLDED,
    };
    Str text = parse->tree->text;
    Node *waiting = parse->key;
    Node *node = add(parse, SCALAR, event, event->data.scalar.anchor, event->data.scalar.tag);
    node->style = styles[event->data.scalar.style];
    if (node->style == LITERAL || node->style == FOLDED)
        node->end = block_scalar_end(text, node->start, node->end);
    /* "? a" without a value: libyaml puts the empty value where the next token starts. */
    if (waiting && node->start == node->end && indicator(text, waiting->end, node->start, ':') == node->start)
        node->start = node->end = waiting->end;
    Str value = {(const char *)event->data.scalar.value, event->data.scalar.length};
    parse->found |= parse->is_sought && parse->is_sought(value);
    if (!is_discardable(parse))
        node->text = keep(parse, value, node->start, node->end);
    end_entry(parse);
}

static void add_alias(Parse *parse, const yaml_event_t *event) {
    Tree *tree = parse->tree;
    Str name = str((const char *)event->data.alias.anchor);
    Node *node = add(parse, ALIAS, event, NULL, NULL);
    node->target = find_anchor(parse, name);
    if (!node->target) {
        refuse(parse, node->start, str_format(tree->arena, "alias *%.*s without an anchor before it", F(name)));
        return;
    }
    for (const Node *up = parse->parent; up; up = up->parent)
        if (up == node->target)
            refuse(parse, node->start, str_format(tree->arena, "alias *%.*s inside its own anchor", F(name)));
    node->text = node->target->text;
    if (!parse->is_sought) /* else nothing will change, and nobody ask who shares what */
        *PUSH(tree->arena, &tree->aliases) = node;
    end_entry(parse);
}

/* Takes one event; returns false when there is nothing more to read. */
static bool take(Parse *parse, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++parse->documents > 1)
            refuse(parse, mark_byte(&parse->marks, event->start_mark.index),
                   S("a second document begins here, expected '---' at the start of a line before it"));
        break;
    case YAML_SCALAR_EVENT:
        add_scalar(parse, event);
        break;
    case YAML_ALIAS_EVENT:
        add_alias(parse, event);
        break;
    case YAML_MAPPING_START_EVENT:
        open_collection(parse, MAPPING, event, event->data.mapping_start.anchor, event->data.mapping_start.tag,
                        event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE);
        break;
    case YAML_SEQUENCE_START_EVENT:
        open_collection(parse, SEQUENCE, event, event->data.sequence_start.anchor, event->data.sequence_start.tag,
                        event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE);
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        close_collection(parse, event);
        break;
    case YAML_STREAM_END_EVENT:
        return false;
    default:
        break;
    }
    return !parse->failed;
}

static void refuse_as_libyaml(Parse *parse) {
    const yaml_parser_t *yaml = &parse->yaml;
    if (yaml->error == YAML_MEMORY_ERROR)
        longjmp(*parse->tree->arena->no_memory, 1);
    size_t offset =
        yaml->error == YAML_READER_ERROR ? yaml->problem_offset : mark_byte(&parse->marks, yaml->problem_mark.index);
    Str problem = str_copy(parse->tree->arena, str(yaml->problem ? yaml->problem : "not YAML"));
    if (yaml->context)
        problem = str_format(parse->tree->arena, "%s, %.*s", yaml->context, F(problem));
    refuse(parse, offset, problem);
}

/* Reads to the end, and frees what libyaml holds, also when the arena jumps out for want of memory. */
static void run(Parse *parse) {
    jmp_buf *outer = parse->tree->arena->no_memory;
    jmp_buf here;
    if (setjmp(here)) {
        yaml_event_delete(&parse->event);
        yaml_parser_delete(&parse->yaml);
        parse->tree->arena->no_memory = outer;
        longjmp(*outer, 1);
    }
    parse->tree->arena->no_memory = &here;
    for (bool more = true; more;) {
        if (!yaml_parser_parse(&parse->yaml, &parse->event)) {
            refuse_as_libyaml(parse);
            break;
        }
        more = take(parse, &parse->event);
        yaml_event_delete(&parse->event);
    }
    yaml_parser_delete(&parse->yaml);
    parse->tree->arena->no_memory = outer;
}

/* JSON quotes its keys: a flow mapping that does not is YAML, and stays so. */
static bool quotes_keys(const Node *node) {
    while (node->kind == SEQUENCE && node->first)
        node = node->first;
    return node->kind != MAPPING || !node->first || node->first->key->style == DOUBLE_QUOTED;
}

uint8_t json_step(Str text, size_t root, size_t key) {
    size_t line = line_start(text, key), step = key - line;
    return line > root && step > 0 && step <= 8 ? (uint8_t)step : 2;
}

static void learn_json(Tree *tree) {
    const Node *root = tree->root, *key = root->first ? root->first->key : NULL;
    Str text = tree->text;
    tree->json = true;
    tree->one_line = line_end(text, root->start) >= root->end;
    if (!key)
        return;
    size_t colon = indicator(text, key->end, root->end, ':');
    tree->compact = tree->one_line && colon + 1 < root->end && text.p[colon + 1] != ' ';
    tree->step = json_step(text, root->start, key->start);
}

static bool read_tree(Parse *parse, Arena *arena, Str text) {
    Tree *tree = parse->tree;
    *tree = (Tree){.arena = arena, .text = text, .step = 2, .sequences_indented = true};
    parse->marks = marks_start(text);
    if (text.n >= UINT32_MAX) {
        refuse(parse, 0, S("a document of 4 GiB or more"));
        return false;
    }
    if (!yaml_parser_initialize(&parse->yaml))
        longjmp(*arena->no_memory, 1);
    yaml_parser_set_input_string(&parse->yaml, (const unsigned char *)text.p, text.n);
    run(parse);
    if (parse->failed)
        return false;
    ptrdiff_t newline = str_find_char(text, '\n');
    tree->crlf = newline > 0 && text.p[newline - 1] == '\r';
    if (tree->root && tree->root->style == FLOW && !parse->block_seen && quotes_keys(tree->root))
        learn_json(tree);
    return true;
}

bool tree_parse(Arena *arena, Str text, Tree *tree, TreeError *error) {
    Parse parse = {.tree = tree, .error = error};
    return read_tree(&parse, arena, text);
}

bool tree_parse_head(Arena *arena, Str text, bool (*is_sought)(Str), Tree *tree, TreeError *error, bool *found) {
    Parse parse = {.tree = tree, .error = error, .is_sought = is_sought};
    bool read = read_tree(&parse, arena, text);
    *found = parse.found;
    return read;
}

/* ---- reading the tree ---- */

/* A copy for an alias to hold. An alias in it stays one, unless its name has come to mean something else. */
static Node *copy_of(Tree *tree, const Node *node, Node *parent, int depth) {
    if (node->kind == ALIAS && tree->names_reused && tree->alias_nodes < MAX_ALIAS_NODES)
        return copy_of(tree, node->target, parent, depth + 1);
    if (depth > MAX_DEPTH) /* aliases of aliases of aliases */
        tree->alias_nodes = MAX_ALIAS_NODES;
    tree->alias_nodes++;
    Node *copy = NEW(tree->arena, Node);
    *copy = *node;
    copy->parent = parent;
    copy->next = copy->first = copy->last = NULL;
    copy->anchor = NULL; /* the anchor stays where it was defined */
    copy->flags = NODE_NEW;
    if (node->kind == ALIAS) {
        *PUSH(tree->arena, &tree->aliases) = copy;
        return copy;
    }
    for (const Node *child = node_first(node); child; child = node_next(child)) {
        Node *key = child->key ? copy_of(tree, child->key, copy, depth + 1) : NULL;
        node_append(copy, key, copy_of(tree, child, copy, depth + 1));
    }
    return copy;
}

/* What stands for an alias that is not followed any more. */
static Node *empty_view(Tree *tree, Node *alias) {
    Node *view = new_plain(tree->arena, S("null"));
    view->parent = alias;
    return view;
}

Node *alias_value(Tree *tree, Node *node) {
    while (node->kind == ALIAS) {
        if (!node->first && tree->alias_nodes >= MAX_ALIAS_NODES) /* whoever reads it need not ask: the run fails */
            node->first = empty_view(tree, node);
        if (!node->first)
            node->first = copy_of(tree, node->target, node, 0);
        node = node->first;
    }
    return node;
}

size_t node_count(const Node *node) {
    size_t n = 0;
    for (const Node *child = node_first(node); child; child = node_next(child))
        n++;
    return n;
}

bool is_mapping(const Node *node) {
    return node && node->kind == MAPPING;
}

bool is_sequence(const Node *node) {
    return node && node->kind == SEQUENCE;
}

bool is_scalar(const Node *node) {
    return node && node->kind == SCALAR;
}

static bool is_merge(const Node *entry) {
    return entry->key->style == PLAIN && str_eq(entry->key->text, S("<<"));
}

static bool is_named(const Node *entry, Str key) {
    const Node *name = entry->key->kind == ALIAS ? entry->key->target : entry->key;
    return str_eq(entry->key->text, key) && name->kind == SCALAR;
}

Node *own_entry(const Node *map, Str key) {
    Node *entry = node_first(map);
    while (entry && !is_named(entry, key))
        entry = node_next(entry);
    return entry;
}

static Node *get(Tree *tree, Node *map, Str key, int depth) {
    map = node_value(tree, map);
    if (!is_mapping(map) || depth > MAX_DEPTH)
        return NULL;
    Node *entry = own_entry(map, key);
    if (entry)
        return entry;
    for (Node *merge = node_first(map); merge; merge = node_next(merge)) {
        if (!is_merge(merge))
            continue;
        Node *source = node_value(tree, merge);
        if (is_mapping(source))
            return get(tree, source, key, depth + 1);
        for (Node *each = items_of(source); each && !entry; each = node_next(each))
            entry = get(tree, each, key, depth + 1);
    }
    return entry;
}

Node *map_get(Tree *tree, Node *map, Str key) {
    return node_value(tree, get(tree, map, key, 0));
}

Node *map_path(Tree *tree, Node *map, const char *path) {
    Str rest = str(path);
    while (rest.n && map)
        map = map_get(tree, map, str_cut(&rest, '.'));
    return map;
}

Str map_text(Tree *tree, Node *map, Str key) {
    const Node *value = map_get(tree, map, key);
    return is_scalar(value) ? value->text : (Str){0};
}

/* ---- what a scalar is ---- */

static bool is_one_of(Str text, const Str *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (str_eq(text, words[i]))
            return true;
    return false;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Digits of the base, with YAML 1.1's underscores. */
static bool is_number_in(Str digits, const char *alphabet) {
    for (size_t i = 0; i < digits.n; i++)
        if (digits.p[i] != '_' && (!strchr(alphabet, digits.p[i]) || digits.p[i] == 0))
            return false;
    return digits.n > 0;
}

static bool is_integer(Str text) {
    if (text.n && (text.p[0] == '-' || text.p[0] == '+'))
        text = str_skip(text, 1);
    if (str_starts(text, S("0x")))
        return is_number_in(str_skip(text, 2), "0123456789abcdefABCDEF");
    if (str_starts(text, S("0o")))
        return is_number_in(str_skip(text, 2), "01234567");
    if (str_starts(text, S("0b")))
        return is_number_in(str_skip(text, 2), "01");
    return text.n && is_digit(text.p[0]) && is_number_in(text, "0123456789");
}

/* Anything that starts like a number and holds only what numbers, times and dates are written with: floats, 1e3, 1:30
 * (YAML 1.1 reads it to the base 60), 2024-06-01. More than the grammars say, never less. */
static bool is_number_like(Str text) {
    size_t digits = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (is_digit(text.p[i]))
            digits++;
        else if (!strchr("+-._:eETtZz ", text.p[i]) || text.p[i] == 0)
            return false;
    }
    return digits > 0 && (is_digit(text.p[0]) || strchr("+-.", text.p[0]));
}

#define WORD(literal)                                                                                                  \
    { (literal), sizeof(literal) - 1 }
#define IS_ONE_OF(text, words) is_one_of(text, words, COUNT(words))

static const Str nulls[] = {WORD("~"), WORD("null"), WORD("Null"), WORD("NULL"), WORD("")};
static const Str bools[] = {WORD("true"), WORD("True"), WORD("TRUE"), WORD("false"), WORD("False"), WORD("FALSE"),
                            WORD("y"),    WORD("Y"),    WORD("yes"),  WORD("Yes"),   WORD("YES"),   WORD("n"),
                            WORD("N"),    WORD("no"),   WORD("No"),   WORD("NO"),    WORD("on"),    WORD("On"),
                            WORD("ON"),   WORD("off"),  WORD("Off"),  WORD("OFF")};
static const Str other_words[] = {WORD(".inf"),  WORD(".Inf"),  WORD(".INF"),  WORD("+.inf"), WORD("+.Inf"),
                                  WORD("+.INF"), WORD("-.inf"), WORD("-.Inf"), WORD("-.INF"), WORD(".nan"),
                                  WORD(".NaN"),  WORD(".NAN"),  WORD("<<"),    WORD("=")};

/* What most scalars are: a word that starts with a letter, and is longer than any that means something or starts with
 * none of their letters. */
static bool is_plain_word(Str text) {
    if (text.n == 0 || !((text.p[0] >= 'a' && text.p[0] <= 'z') || (text.p[0] >= 'A' && text.p[0] <= 'Z')))
        return false;
    return text.n > 5 || !strchr("nNtTfFyYoO", text.p[0]);
}

bool reads_as_string(Str text) {
    if (is_plain_word(text))
        return true;
    return !IS_ONE_OF(text, nulls) && !IS_ONE_OF(text, bools) && !IS_ONE_OF(text, other_words) && !is_integer(text) &&
           !is_number_like(text);
}

ScalarType scalar_type(const Node *node) {
    if (node->tag) {
        Str tag = str(node->tag);
        if (str_ends(tag, S(":int")))
            return TYPE_INT;
        if (str_ends(tag, S(":bool")))
            return TYPE_BOOL;
        if (str_ends(tag, S(":null")))
            return TYPE_NULL;
        return str_ends(tag, S(":float")) ? TYPE_OTHER : TYPE_STRING;
    }
    if (node->style != PLAIN || is_plain_word(node->text))
        return TYPE_STRING;
    if (IS_ONE_OF(node->text, nulls))
        return TYPE_NULL;
    if (IS_ONE_OF(node->text, bools))
        return TYPE_BOOL;
    if (is_integer(node->text))
        return TYPE_INT;
    return reads_as_string(node->text) ? TYPE_STRING : TYPE_OTHER;
}

bool node_is_null(const Node *node) {
    return !node || (node->kind == SCALAR && scalar_type(node) == TYPE_NULL);
}

enum { LONGEST_SHOWN = 80 };

Str node_shown(Arena *arena, const Node *node) {
    if (is_mapping(node))
        return S("a mapping");
    if (is_sequence(node))
        return node_first(node) ? S("a list") : S("an empty list");
    if (node_is_null(node))
        return S("nothing");
    bool mistakable = scalar_type(node) == TYPE_STRING && !reads_as_string(node->text); /* quoted: "50" */
    return str_format(arena, "%s\"%.*s\"%s", mistakable && node->text.n ? "the string " : "",
                      F(str_head(node->text, LONGEST_SHOWN)), node->text.n > LONGEST_SHOWN ? "..." : "");
}

/* ---- comparing ---- */

const Node *node_written(const Node *node) {
    while (node->kind == ALIAS && (node->flags & (NODE_REPLACED | NODE_TOUCHED)) && node->first)
        node = node->first;
    return node;
}

bool node_same(const Node *a, const Node *b) {
    if (!a || !b)
        return a == b;
    a = node_written(a);
    b = node_written(b);
    if (a->kind != b->kind || (a->tag != b->tag && !str_eq(str(a->tag), str(b->tag))))
        return false;
    if (a->kind == ALIAS)
        return str_eq(str(a->target->anchor), str(b->target->anchor));
    if (a->kind == SCALAR) /* of the same text, two plain ones are of the same type, and so are two quoted ones */
        return str_eq(a->text, b->text) &&
               ((a->style == PLAIN) == (b->style == PLAIN) || scalar_type(a) == scalar_type(b));
    const Node *x = node_first(a), *y = node_first(b);
    for (; x && y; x = node_next(x), y = node_next(y))
        if ((x->key && !node_same(x->key, y->key)) || !node_same(x, y))
            return false;
    return x == y;
}

static bool equal(Tree *ta, Node *a, Tree *tb, Node *b, int depth) {
    a = node_value(ta, a);
    b = node_value(tb, b);
    if (!a || !b || a->kind != b->kind || depth > MAX_DEPTH)
        return a == b;
    if (a->kind == SCALAR)
        return scalar_type(a) == scalar_type(b) && (str_eq(a->text, b->text) || scalar_type(a) == TYPE_NULL);
    if (node_count(a) != node_count(b))
        return false;
    Node *y = node_first(b);
    for (Node *x = node_first(a); x; x = node_next(x)) {
        Node *other = a->kind == MAPPING ? own_entry(b, x->key->text) : y;
        if (!other || !equal(ta, x, tb, other, depth + 1))
            return false;
        y = y ? node_next(y) : NULL;
    }
    return true;
}

bool node_equal(Tree *ta, Node *a, Tree *tb, Node *b) {
    return equal(ta, a, tb, b, 0);
}

/* ---- new nodes ---- */

static Node *new_scalar(Arena *arena, Str text, NodeStyle style) {
    Node *node = NEW(arena, Node);
    node->kind = SCALAR;
    node->style = (uint8_t)style;
    node->text = text;
    node->flags = NODE_NEW;
    return node;
}

Node *new_string(Arena *arena, Str text) {
    return new_scalar(arena, text, DOUBLE_QUOTED);
}

Node *new_plain(Arena *arena, Str text) {
    return new_scalar(arena, text, PLAIN);
}

Node *new_collection(Arena *arena, NodeKind kind) {
    Node *node = NEW(arena, Node);
    node->kind = (uint8_t)kind;
    node->style = BLOCK;
    node->flags = NODE_NEW;
    return node;
}

Node *node_copy(Tree *tree, Arena *arena, Node *node) {
    node = node_value(tree, node);
    if (!node)
        return new_plain(arena, S(""));
    Node *copy = NEW(arena, Node);
    copy->kind = node->kind;
    copy->style = node->style == FLOW ? BLOCK : node->style;
    copy->flags = NODE_NEW;
    copy->text = node->text;
    copy->tag = node->tag;
    for (Node *child = node_first(node); child; child = node_next(child)) {
        Node *key = child->key ? node_copy(tree, arena, child->key) : NULL;
        node_append(copy, key, node_copy(tree, arena, child));
    }
    return copy;
}

void node_append(Node *parent, Node *key, Node *child) {
    child->parent = parent;
    child->key = key;
    child->next = NULL;
    if (key)
        key->parent = parent;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

static void write_path(Buf *path, const Node *root, const Node *node) {
    const Node *parent = node->parent;
    if (node == root || !parent)
        return;
    write_path(path, root, parent);
    if (parent->kind == MAPPING) {
        if (path->n)
            buf_char(path, '.');
        if (node->key)
            buf_add(path, node->key->text);
    } else if (parent->kind == SEQUENCE) {
        size_t index = 0;
        for (const Node *each = node_first(parent); each && each != node; each = node_next(each))
            index++;
        buf_format(path, "[%zu]", index);
    }
}

Str node_path(Arena *arena, const Node *root, const Node *node) {
    Buf path = {.arena = arena};
    write_path(&path, root, node);
    return buf_str(&path);
}
