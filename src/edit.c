#include "edit.h"

#include "print.h"

#include <stdlib.h>
#include <string.h>

/* ---- marking ---- */

/* Says of `node` and everything above it that something below has changed. Whoever else uses an anchor on the way gets
 * a copy of what it stood for until now. */
static void touch(Tree *tree, Node *node) {
    for (; node; node = node->parent) {
        if (node->anchor.n && !(node->flags & NODE_UNSHARED)) {
            node->flags |= NODE_UNSHARED;
            for (size_t i = 0; i < tree->aliases.n; i++) {
                Node *alias = tree->aliases.at[i];
                if (alias->kind == ALIAS && alias->target == node && node_value(tree, alias)) {
                    alias->flags |= NODE_REPLACED;
                    touch(tree, alias->parent);
                }
            }
        }
        node->flags |= NODE_TOUCHED;
    }
}

/* Fills the place of `node` with what `value` holds. */
static void become(Node *node, const Node *value) {
    node->kind = value->kind;
    node->style = value->style;
    node->text = value->text;
    node->tag = value->tag;
    node->anchor = (Str){0};
    node->target = NULL;
    node->first = value->first;
    node->last = value->last;
    for (Node *child = node->first; child; child = child->next) {
        child->parent = node;
        if (child->key)
            child->key->parent = node;
    }
    if (!(node->flags & NODE_NEW))
        node->flags |= NODE_REPLACED;
}

static Node *own_entry(const Node *map, Str key) {
    Node *entry = node_first(map);
    while (entry && !str_eq(entry->key->text, key))
        entry = node_next(entry);
    return entry;
}

Node *edit_set(Tree *tree, Node *map, Str key, Node *value) {
    Node *entry = own_entry(map, key);
    touch(tree, entry ? entry : map);
    if (!entry) {
        node_append(map, new_string(tree->arena, key), value);
        return value;
    }
    become(entry, value);
    return entry;
}

void edit_append(Tree *tree, Node *sequence, Node *item) {
    touch(tree, sequence);
    node_append(sequence, NULL, item);
}

void edit_remove(Tree *tree, Node *child) {
    while (child->parent->kind == ALIAS) /* what an alias stands for goes with the alias */
        child = child->parent;
    Node *parent = child->parent;
    touch(tree, child);
    child->flags |= NODE_REMOVED;
    if (!(child->flags & NODE_NEW))
        return;
    Node **link = &parent->first, *last = NULL;
    for (; *link != child; link = &(*link)->next)
        last = *link;
    *link = child->next;
    if (parent->last == child)
        parent->last = last;
}

bool edit_touched(const Tree *tree) {
    return tree->root && (tree->root->flags & (NODE_NEW | NODE_REPLACED | NODE_TOUCHED));
}

/* ---- splicing ---- */

typedef struct Render {
    Arena *arena;
    const Tree *tree;
    Str text; /* the source */
    Splices splices;
    Printer printer;
    Buf out;
} Render;

static void splice(Render *r, size_t from, size_t to, Str text) {
    size_t order = r->splices.n;
    *PUSH(r->arena, &r->splices) = (Splice){from, to - from, text, order};
}

static uint32_t column(const Render *r, size_t offset) {
    return (uint32_t)(offset - line_start(r->text, offset));
}

static bool only_blanks(Str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\t')
            return false;
    return true;
}

static Str between(const Render *r, size_t from, size_t to) {
    return to > from ? (Str){r->text.p + from, to - from} : (Str){r->text.p + from, 0};
}

/* Behind the break that ends the line of `offset`. */
static size_t next_line(const Render *r, size_t offset) {
    size_t at = line_end(r->text, offset);
    if (at < r->text.n && r->text.p[at] == '\r')
        at++;
    if (at < r->text.n && r->text.p[at] == '\n')
        at++;
    return at;
}

/* The length of the line break that ends at `offset`. */
static size_t line_break_before(const Render *r, size_t offset) {
    if (offset >= 2 && r->text.p[offset - 2] == '\r' && r->text.p[offset - 1] == '\n')
        return 2;
    return offset >= 1 && (r->text.p[offset - 1] == '\n' || r->text.p[offset - 1] == '\r');
}

/* The first `wanted` from `from` on that stands in no comment; `to` when there is none. Between two nodes stand only
 * blanks, breaks, comments and indicators. */
static size_t indicator(const Render *r, size_t from, size_t to, char wanted) {
    for (size_t at = from; at < to; at++) {
        if (r->text.p[at] == wanted)
            return at;
        if (r->text.p[at] == '#')
            at = line_end(r->text, at);
    }
    return to;
}

static bool in_source(const Node *node) {
    return !(node->flags & NODE_NEW);
}

static bool kept(const Node *node) {
    return in_source(node) && !(node->flags & NODE_REMOVED);
}

/* The last thing in `node`, at whatever depth, that stands in the source and is to stay there. */
static Node *last_kept_in(Node *node) {
    while (!(node->flags & NODE_REPLACED) && (node->kind == MAPPING || node->kind == SEQUENCE)) {
        Node *last = NULL;
        for (Node *child = node->first; child; child = child->next)
            if (kept(child))
                last = child;
        if (!last)
            break;
        node = last;
    }
    return node;
}

/* Where an entry or item starts, with its "- " or "? ". `previous` is the source sibling before it, removed or not. */
static size_t entry_start(const Render *r, const Node *parent, const Node *previous, const Node *child) {
    size_t from = previous ? previous->end : parent->start;
    size_t start = child->key ? child->key->start : child->start;
    if (parent->style == FLOW)
        return child->key ? indicator(r, previous ? from : from + 1, start, '?') : start;
    return indicator(r, from, start, child->key ? '?' : '-');
}

/* "? key" entries and flow pairs without braces ("[a: b]") are rewritten as a whole rather than spliced. */
static bool must_reprint(const Render *r, const Node *node) {
    if (node->style == FLOW) {
        char open = node->kind == MAPPING ? '{' : '[';
        const Node *first = node->first;
        size_t inside = first && in_source(first) ? (first->key ? first->key->start : first->start) : node->end;
        if (indicator(r, node->start, inside, open) == inside)
            return true;
    }
    if (node->kind != MAPPING)
        return false;
    const Node *previous = NULL;
    for (const Node *child = node->first; child && in_source(child); child = child->next) {
        if (entry_start(r, node, previous, child) != child->key->start)
            return true;
        previous = child;
    }
    return false;
}

/* ---- removing ---- */

/* The lines of comment right above `start`, at its column, down from `limit`: they describe what starts there. */
static size_t with_comments_above(const Render *r, size_t start, size_t limit, uint32_t indent) {
    while (start > limit) {
        size_t above = line_start(r->text, start - 1);
        if (start >= 2 && r->text.p[start - 1] == '\n' && r->text.p[start - 2] == '\r')
            above = line_start(r->text, start - 2);
        Str line = between(r, above, line_end(r->text, above));
        Str comment = str_trim(line);
        if (above < limit || !str_starts(comment, S("#")) || (uint32_t)(comment.p - line.p) != indent)
            break;
        start = above;
    }
    return start;
}

/* Behind the comments that follow `end` more deeply indented than the entry: they stood inside it. */
static size_t with_comments_below(const Render *r, size_t end, uint32_t indent) {
    for (size_t at = end; at < r->text.n;) {
        Str line = between(r, at, line_end(r->text, at));
        Str comment = str_trim(line);
        if (comment.n == 0) {
            size_t next = next_line(r, at);
            if (next == at)
                break;
            at = next;
            continue;
        }
        if (comment.p[0] != '#' || (uint32_t)(comment.p - line.p) <= indent)
            break;
        at = end = next_line(r, at);
    }
    return end;
}

static void remove_block(Render *r, Node *parent, const Node *previous, Node *child) {
    size_t start = entry_start(r, parent, previous, child);
    uint32_t indent = column(r, start);
    size_t first_line = line_start(r->text, start);
    if (only_blanks(between(r, first_line, start))) {
        size_t limit = previous ? next_line(r, previous->end) : start;
        size_t from = previous ? with_comments_above(r, first_line, limit, indent) : first_line;
        size_t to = with_comments_below(r, next_line(r, child->end), indent);
        splice(r, from, to, S(""));
        return;
    }
    /* The first entry, on the line of the "- " it stands in. What follows moves up to it. */
    const Node *last = child;
    while (last->next && in_source(last->next) && !kept(last->next))
        last = last->next;
    const Node *next = last->next;
    size_t to = entry_start(r, parent, last, next);
    if (indicator(r, last->end, to, '#') != to)
        to = line_end(r->text, last->end);
    splice(r, start, to, S(""));
}

static void remove_all_block(Render *r, Node *parent) {
    const Node *previous = NULL;
    size_t done = 0;
    for (Node *child = parent->first; child; child = child->next) {
        if (!in_source(child))
            break;
        if ((child->flags & NODE_REMOVED) && child->end >= done) {
            remove_block(r, parent, previous, child);
            const Splice *s = &r->splices.at[r->splices.n - 1];
            done = s->at + s->remove;
        }
        previous = child;
    }
}

static void remove_all_flow(Render *r, Node *parent) {
    const Node *previous = NULL;
    for (Node *child = parent->first; child && in_source(child);) {
        if (kept(child)) {
            previous = child;
            child = child->next;
            continue;
        }
        const Node *before = previous;
        size_t from = entry_start(r, parent, previous, child);
        const Node *last = child;
        for (; child && in_source(child) && !kept(child); child = child->next)
            last = child;
        if (child && kept(child))
            splice(r, from, entry_start(r, parent, last, child), S(""));
        else if (before)
            splice(r, before->end, last->end, S(""));
        previous = last;
    }
}

/* ---- putting in ---- */

static void begin(Render *r) {
    r->out = (Buf){.arena = r->arena};
    r->printer = printer_for(r->tree, &r->out);
}

/* Something comes to stand behind `node`. A block scalar that ends the text without a line break would get one, and
 * mean something else; so it is printed anew. */
static void close_last_line(Render *r, Node *node) {
    if ((node->style == LITERAL || node->style == FOLDED) && node->kind == SCALAR && node->end == r->text.n)
        node->flags |= NODE_REPLACED;
}

static void insert_block(Render *r, Node *parent, Node *last_kept, Node *fresh) {
    const Node *first = parent->first;
    size_t first_start = entry_start(r, parent, NULL, first);
    uint32_t indent = column(r, first_start);
    begin(r);
    for (; fresh; fresh = node_next(fresh)) {
        print_line(&r->printer, indent);
        print_entry(&r->printer, fresh, indent);
    }
    const Node *before = last_kept_in(last_kept);
    size_t at = line_end(r->text, before->end);
    if (before->end == last_kept->end) { /* behind the comments inside what stands before */
        size_t line = next_line(r, before->end), behind = with_comments_below(r, line, indent);
        if (behind > line)
            at = behind - line_break_before(r, behind);
    }
    splice(r, at, at, buf_str(&r->out));
}

static void insert_flow(Render *r, Node *parent, Node *last_kept, Node *fresh) {
    const Node *first = parent->first;
    size_t start = entry_start(r, parent, NULL, first);
    bool lines = only_blanks(between(r, line_start(r->text, start), start));
    uint32_t indent = column(r, start);
    begin(r);
    for (; fresh; fresh = node_next(fresh)) {
        buf_char(&r->out, ',');
        if (lines)
            print_line(&r->printer, indent);
        else
            buf_char(&r->out, ' ');
        print_flow_entry(&r->printer, fresh, indent, lines && r->tree->json);
    }
    splice(r, last_kept->end, last_kept->end, buf_str(&r->out));
}

/* ---- putting in the place of something ---- */

/* What follows on the line behind `offset`: a comment with the blanks before it, or nothing. */
static Str rest_of_line(const Render *r, size_t offset) {
    Str rest = between(r, offset, line_end(r->text, offset));
    return str_starts(str_trim(rest), S("#")) ? rest : (Str){0};
}

static bool has_comment_room(const Node *shown) {
    return !(shown->kind == SCALAR && print_is_literal(shown));
}

static void replace_in_block(Render *r, const Node *node) {
    const Node *parent = node->parent;
    const Node *value = print_shown(node);
    size_t start = node->start, end = node->end;
    bool in_mapping = parent && parent->kind == MAPPING;
    /* The indicator behind which the value stands: the ':' of its key or the '-' of its item. */
    size_t colon = in_mapping ? indicator(r, node->key->end, r->text.n, ':') + 1 : start;
    uint32_t indent = in_mapping ? column(r, node->key->start) : parent ? column(r, start) : 0;
    bool is_block = (value->kind == MAPPING || value->kind == SEQUENCE) && node_first(value);
    begin(r);
    if (!in_mapping) {
        if (start == end && parent) /* "-" with nothing behind it */
            buf_char(&r->out, ' ');
        print_value_at(&r->printer, value, start == end && parent ? indent + 1 : indent);
        if (!has_comment_room(value))
            end = line_end(r->text, end);
        splice(r, start, end, buf_str(&r->out));
        return;
    }
    size_t key_line_end = line_end(r->text, colon);
    bool below = start > key_line_end; /* a block that starts on a line of its own */
    if (is_block) {
        print_entry_value(&r->printer, value, indent);
        if (below) {
            splice(r, key_line_end, line_end(r->text, end), buf_str(&r->out));
        } else {
            splice(r, colon, end, S(""));
            size_t at = line_end(r->text, end);
            splice(r, at, at, buf_str(&r->out));
        }
        return;
    }
    print_entry_value(&r->printer, value, indent);
    Str text = buf_str(&r->out);
    if (below) {
        splice(r, colon, colon, text);
        splice(r, key_line_end, line_end(r->text, end), S(""));
        return;
    }
    Str comment = rest_of_line(r, end);
    if (!has_comment_room(value) && comment.n) { /* it moves up behind the '|' */
        size_t head = line_end(text, 0);
        text = str_format(r->arena, "%.*s%.*s%.*s", F(str_head(text, head)), F(comment), F(str_skip(text, head)));
        end = line_end(r->text, end);
    }
    splice(r, colon, end, text);
}

static void replace_in_flow(Render *r, const Node *node) {
    begin(r);
    const Node *key = node->key;
    size_t start = node->start;
    if (key && indicator(r, key->end, node->start, ':') == node->start) /* "{a}" */
        buf_add(&r->out, S(": "));
    else if (key && node->start == node->end && r->text.p[node->start - 1] == ':')
        buf_char(&r->out, ' ');
    print_flow(&r->printer, print_shown(node), column(r, line_start(r->text, start)), r->tree->json);
    splice(r, start, node->end, buf_str(&r->out));
}

static void render(Render *r, Node *node);

static void replace(Render *r, const Node *node) {
    if (node->parent && node->parent->style == FLOW && node->parent->kind != ALIAS)
        replace_in_flow(r, node);
    else if (!node->parent && node->style == FLOW)
        replace_in_flow(r, node);
    else
        replace_in_block(r, node);
}

static void render_collection(Render *r, Node *node) {
    Node *last_kept = NULL, *fresh = NULL;
    bool changed = false;
    for (Node *child = node->first; child; child = child->next) {
        changed |= !kept(child) || (child->flags & NODE_REPLACED);
        if (kept(child))
            last_kept = child;
        else if (!in_source(child) && !fresh)
            fresh = child;
    }
    if (changed && (!last_kept || must_reprint(r, node))) {
        replace(r, node);
        return;
    }
    if (fresh && node->style == BLOCK)
        close_last_line(r, last_kept_in(last_kept));
    for (Node *child = node->first; child && in_source(child); child = child->next)
        if (kept(child))
            render(r, child);
    if (node->style == FLOW) {
        remove_all_flow(r, node);
        if (fresh)
            insert_flow(r, node, last_kept, fresh);
    } else {
        remove_all_block(r, node);
        if (fresh)
            insert_block(r, node, last_kept, fresh);
    }
}

static void render(Render *r, Node *node) {
    if (node->kind == ALIAS ? node->flags & (NODE_REPLACED | NODE_TOUCHED) : node->flags & NODE_REPLACED)
        replace(r, node);
    else if (node->flags & NODE_TOUCHED)
        render_collection(r, node);
}

static int by_place(const void *a, const void *b) {
    const Splice *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    /* Of two at one place, what is put in stands before what is taken out, and the inner before the outer. */
    if ((x->remove > 0) != (y->remove > 0))
        return x->remove > 0 ? 1 : -1;
    return x->order < y->order ? -1 : 1;
}

Splices edit_splices(Arena *arena, const Tree *tree) {
    Render r = {.arena = arena, .tree = tree, .text = tree->text};
    if (edit_touched(tree))
        render(&r, tree->root);
    if (r.splices.n)
        qsort(r.splices.at, r.splices.n, sizeof *r.splices.at, by_place);
    return r.splices;
}

Str edit_render(Arena *arena, const Tree *tree) {
    Buf out = {.arena = arena};
    if (tree->root && (tree->root->flags & NODE_NEW)) {
        Printer printer = printer_for(tree, &out);
        print_document(&printer, tree->root);
        return buf_str(&out);
    }
    Splices splices = edit_splices(arena, tree);
    size_t at = 0;
    for (size_t i = 0; i < splices.n; i++) {
        const Splice *s = &splices.at[i];
        buf_add(&out, (Str){tree->text.p + at, s->at - at});
        buf_add(&out, s->text);
        at = s->at + s->remove;
    }
    buf_add(&out, str_skip(tree->text, at));
    return buf_str(&out);
}
