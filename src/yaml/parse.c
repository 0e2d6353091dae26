#include "yaml/source.h"
#include "yaml/tree.h"

#include <assert.h>
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

/* The node before the entry or item that is being read. */
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
    bool block_seen;
    bool failed;
    bool (*is_sought)(Str); /* when only the head is to be kept, else NULL */
    bool found;
    int anchored; /* open collections with an anchor */
    Level levels[MAX_DEPTH + 2];
} Parse;

static void parse_error(Parse *parse, size_t offset, Str message) {
    if (!parse->failed)
        *parse->error = (TreeError){offset, message, SIZE_MAX, parse->documents > 1};
    parse->failed = true;
}

/* A copy of what libyaml gave, or the very bytes of the source when they are the same. */
static Str kept_text(Parse *parse, Str text, size_t start, size_t end) {
    Str source = {parse->tree->text.p + start, end - start};
    if (source.n == text.n + 2)
        source = str_head(str_skip(source, 1), text.n);
    return str_eq(text, source) ? source : str_copy(parse->tree->arena, text);
}

static const char *keep_name(Parse *parse, const yaml_char_t *name) {
    return name ? str_copy(parse->tree->arena, str((const char *)name)).p : NULL;
}

/* libyaml ends a block scalar after the line breaks that follow it. Here it ends with its last line of text, or, when
 * it keeps the breaks, before the last of them. */
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
        parse_error(parse, node->start,
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

/* Whether the entry of the root that is being read identifies a manifest. */
static bool is_in_head(const Node *root) {
    static const char *const names[] = {"apiVersion", "kind", "metadata", "<<"};
    const Node *key = root->last ? root->last->key : NULL;
    return key && IS_ONE_OF(key->text, names);
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
        Tree *tree = parse->tree;
        parse->block_seen = true;
        if (node->parent && node->parent->style == BLOCK && node->key && !node->anchor && !node->tag)
            /* after an anchor or a tag, it would not start where its first entry does */
            learn_indentation(tree, kind, column_of(tree->text, node->key->start), column_of(tree->text, node->start));
    }
    if (++parse->depth > MAX_DEPTH)
        parse_error(parse, node->start,
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
        node->text = kept_text(parse, value, node->start, node->end);
    end_entry(parse);
}

static void add_alias(Parse *parse, const yaml_event_t *event) {
    Tree *tree = parse->tree;
    Str name = str((const char *)event->data.alias.anchor);
    Node *node = add(parse, ALIAS, event, NULL, NULL);
    node->target = find_anchor(parse, name);
    if (!node->target) {
        parse_error(parse, node->start, str_format(tree->arena, "alias *%.*s without an anchor before it", F(name)));
        return;
    }
    for (const Node *up = parse->parent; up; up = up->parent)
        if (up == node->target)
            parse_error(parse, node->start, str_format(tree->arena, "alias *%.*s inside its own anchor", F(name)));
    node->text = node->target->text;
    if (!parse->is_sought) /* otherwise nothing will change, so sharing does not matter */
        *PUSH(tree->arena, &tree->aliases) = node;
    end_entry(parse);
}

/* Takes one event; returns false when there is nothing more to read. */
static bool take_event(Parse *parse, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++parse->documents > 1)
            parse_error(parse, mark_byte(&parse->marks, event->start_mark.index),
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
    bool unreadable = yaml->error == YAML_READER_ERROR;
    size_t offset = unreadable ? yaml->problem_offset : mark_byte(&parse->marks, yaml->problem_mark.index);
    Str problem = str_copy(parse->tree->arena, str(yaml->problem ? yaml->problem : "not YAML"));
    if (yaml->context)
        problem = str_format(parse->tree->arena, "%s, %.*s", yaml->context, F(problem));
    parse_error(parse, offset, problem);
    if (!unreadable && !str_has(problem, "tab character")) /* those are the mistake themselves */
        parse->error->since = yaml->context ? mark_byte(&parse->marks, yaml->context_mark.index) : 0;
}

/* Reads to the end, and frees what libyaml holds, also when the arena jumps because it is out of memory. */
static void parse_events(Parse *parse) {
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
        more = take_event(parse, &parse->event);
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

void learn_json(Tree *tree) {
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

static bool parse_text(Parse *parse, Arena *arena, Str text) {
    Tree *tree = parse->tree;
    *tree = (Tree){.arena = arena, .text = text, .step = 2, .sequences_indented = true};
    parse->marks = marks_start(text);
    if (text.n >= UINT32_MAX) {
        parse_error(parse, 0, S("a document of 4 GiB or more"));
        return false;
    }
    if (!yaml_parser_initialize(&parse->yaml))
        longjmp(*arena->no_memory, 1);
    yaml_parser_set_input_string(&parse->yaml, (const unsigned char *)text.p, text.n);
    parse_events(parse);
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
    return parse_text(&parse, arena, text);
}

void tree_parse_valid(Arena *arena, Str text, Tree *tree) {
    TreeError error;
    bool valid = tree_parse(arena, text, tree, &error);
    assert(valid);
    (void)valid; /* with NDEBUG */
}

bool tree_parse_head(Arena *arena, Str text, bool (*is_sought)(Str), Tree *tree, TreeError *error, bool *found) {
    Parse parse = {.tree = tree, .error = error, .is_sought = is_sought};
    bool read = parse_text(&parse, arena, text);
    *found = parse.found;
    return read;
}
