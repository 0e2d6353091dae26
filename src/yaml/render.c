/* The marks that edits leave in a tree, as splices of its text: what is added and replaced. */
#include "yaml/render.h"
#include "yaml/source.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* "[a: b]": a mapping without braces, which holds one entry and no more. */
static bool is_bare_pair(const Render *r, const Node *node) {
    if (node->kind != MAPPING || node->style != FLOW)
        return false;
    size_t inside = node->first->key->start;
    return indicator(r->text, after_props(r, node->start), inside, '{') == inside;
}

/* ---- adding ---- */

/* Starts the text of a splice that ends at `end`, of an entry at `indent`. */
static void begin(Render *r, size_t end, uint32_t indent) {
    size_t after = line_after(r->text, end);
    r->out = (Buf){.arena = r->arena};
    r->printer = printer_for(r->tree, &r->out);
    r->printer.no_block_scalars = with_comments_below(r, after, indent) > after;
    r->printer.no_last_break = end == r->text.n && line_break_before(r->text, end) == 0;
}

/* Something is added after `node`. A block scalar that ends the text without a line break would get one, and change its
 * meaning, so it is printed again. */
static void close_last_line(Render *r, Node *node) {
    if (!is_block_scalar(node) || node->end != r->text.n)
        return;
    mark_replaced(node);
    for (Node *up = node->parent; up; up = up->parent)
        up->flags |= NODE_TOUCHED;
}

/* Where an entry at `indent` after `last_kept` goes: at the end of a line, after the comments inside `last_kept`, and
 * after what the splices from `first_splice` on add to it. */
static size_t place_after(const Render *r, Node *last_kept, uint32_t indent, size_t first_splice) {
    size_t end = last_kept_in(last_kept)->end, at = line_end(r->text, end);
    if (end == last_kept->end) {
        size_t line = line_after(r->text, end), after = with_comments_below(r, line, indent);
        if (after > line)
            at = after - line_break_before(r->text, after);
    }
    for (size_t i = first_splice; i < r->splices.n; i++)
        if (r->splices.at[i].text.n && r->splices.at[i].at > at)
            at = r->splices.at[i].at;
    return at;
}

static void insert_block(Render *r, Node *parent, Node *last_kept, Node *fresh, size_t first_splice) {
    uint32_t indent = column_of(r->text, entry_start(r, parent, NULL, parent->first));
    size_t at = place_after(r, last_kept, indent, first_splice);
    begin(r, at, indent);
    for (; fresh; fresh = node_next(fresh)) {
        print_line(&r->printer, indent);
        print_entry(&r->printer, fresh, indent);
    }
    splice_source(r, at, at, buf_str(&r->out));
}

/* Whether a comment follows on the line of `end`, perhaps after a comma. */
static bool has_comment_after(const Render *r, size_t end) {
    while (end < r->text.n && (r->text.p[end] == ',' || is_blank(r->text.p[end])))
        end++;
    return end < r->text.n && r->text.p[end] == '#';
}

static void print_fresh_flow(Render *r, const Node *fresh, uint32_t indent, bool lines) {
    r->printer.lines = lines && r->tree->json;
    print_flow_entries(&r->printer, fresh, indent, lines);
}

/* One entry on each line, and the last one has a comment: the comma goes before the comment, if there is none, and the
 * rest after it. */
static void insert_flow_lines(Render *r, const Node *last, const Node *fresh, uint32_t indent) {
    size_t end = line_end(r->text, last->end);
    bool comma = indicator(r->text, last->end, end, ',') < end;
    if (!comma)
        splice_source(r, last->end, last->end, S(","));
    begin(r, end, indent);
    print_line(&r->printer, indent);
    print_fresh_flow(r, fresh, indent, true);
    if (comma)
        buf_char(&r->out, ',');
    splice_source(r, end, end, buf_str(&r->out));
}

/* The column of a line of a flow collection. libyaml reads lines that start at the column of the block around it or
 * before it; YAML forbids them, and libfyaml refuses them from 0.9 on. So these move in when the collection is changed.
 */
static uint32_t moved_in(const Render *r, uint32_t column) {
    return column < r->inside ? r->inside - 1 + r->tree->step : column;
}

/* Indents the lines that need it, except those that are removed. */
static void move_in(Render *r, const Node *node, size_t first_splice) {
    size_t last_splice = r->splices.n;
    for (size_t at = line_after(r->text, node->start); at < node->end; at = line_after(r->text, at)) {
        Str line = between(r, at, line_end(r->text, at));
        uint32_t column = (uint32_t)leading_spaces(line), spaces = moved_in(r, column) - column;
        bool goes = is_all_blank(line);
        for (size_t i = first_splice; i < last_splice && spaces; i++) {
            const Splice *s = &r->splices.at[i];
            goes |= s->remove && s->at <= at && at < s->at + s->remove;
        }
        if (spaces && !goes)
            splice_source(r, at, at, str_format(r->arena, "%*s", (int)spaces, ""));
    }
}

static void insert_flow(Render *r, Node *parent, Node *last_kept, Node *fresh) {
    assert(last_kept); /* else all of it is replaced */
    size_t start = entry_start(r, parent, NULL, parent->first);
    bool lines = is_all_blank(between(r, line_start(r->text, start), start));
    bool last = !last_kept->next || !in_source(last_kept->next);
    uint32_t indent = lines ? moved_in(r, column_of(r->text, start)) : column_of(r->text, start);
    if (lines && last && has_comment_after(r, last_kept->end)) {
        insert_flow_lines(r, last_kept, fresh, indent);
        return;
    }
    begin(r, last_kept->end, indent);
    print_comma(&r->printer, indent, lines);
    print_fresh_flow(r, fresh, indent, lines);
    splice_source(r, last_kept->end, last_kept->end, buf_str(&r->out));
}

/* ---- replacing ---- */

/* The comment after `offset` on its line, with the spaces before it. */
static Str comment_after(const Render *r, size_t offset) {
    size_t end = line_end(r->text, offset);
    for (size_t at = offset; at + 1 < end; at++) {
        size_t spaces_at = at;
        while (at < end && is_blank(r->text.p[at]))
            at++;
        if (at > spaces_at && at < end && r->text.p[at] == '#')
            return between(r, spaces_at, end);
    }
    return (Str){0};
}

/* The comment that describes all of an entry: beside its key, or beside its value when that is on the same line. */
static Str comment_beside(const Render *r, const Node *node, size_t colon) {
    uint8_t style = node->flags & NODE_REPLACED ? node->source_style : node->style;
    if (node->start > line_end(r->text, colon))
        return comment_after(r, colon);
    if (style == BLOCK && r->text.p[after_props(r, node->start)] != '#')
        return (Str){0}; /* it starts on this line, and so what is beside describes its first entry */
    return comment_after(r, style == BLOCK || style == LITERAL || style == FOLDED ? node->start : node->end);
}

/* Replaces what is between `from` and the end of the line of `to` by `text`, with `comment` on its first line. */
static void splice_lines(Render *r, size_t from, size_t to, Str text, Str comment) {
    Str head = str_head(text, line_end(text, 0)), tail = str_skip(text, head.n);
    if (head.n == 0 && str_find_char(comment, '\t') >= 0) /* libyaml allows no tab after a ':' without a value */
        comment = str_format(r->arena, " %.*s", F(str_skip(comment, (size_t)str_find_char(comment, '#'))));
    Buf out = {.arena = r->arena};
    buf_add(&out, head);
    buf_add(&out, comment);
    buf_add(&out, tail);
    splice_source(r, from, line_end(r->text, to), buf_str(&out));
}

/* "? key" without a value gets a line for it. */
static void add_value(Render *r, const Node *node) {
    size_t question = node->key->start, at = line_end(r->text, node->key->end);
    while (r->text.p[question] != '?')
        question--;
    uint32_t indent = column_of(r->text, question);
    begin(r, at, indent);
    print_line(&r->printer, indent);
    buf_char(&r->out, ':');
    print_entry_value(&r->printer, node, indent);
    splice_source(r, at, at, buf_str(&r->out));
}

static void replace_entry(Render *r, const Node *node) {
    if (node->start == node->key->end) {
        add_value(r, node);
        return;
    }
    size_t colon = indicator(r->text, node->key->end, r->text.n, ':');
    bool own_line =
        is_all_blank(between(r, line_start(r->text, colon), colon)); /* that of "? key", on the line above */
    uint32_t indent = column_of(r->text, own_line ? colon : node->key->start);
    begin(r, line_end(r->text, node->end), indent);
    print_entry_value(&r->printer, node, indent);
    splice_lines(r, colon + 1, node->end, buf_str(&r->out), comment_beside(r, node, colon));
}

static void replace_item(Render *r, const Node *node) {
    uint32_t indent = column_of(r->text, node->start);
    begin(r, line_end(r->text, node->end), indent ? indent - 1 : 0); /* its "-" is before that column */
    print_value_at(&r->printer, node, indent);
    splice_lines(r, node->start, node->end, buf_str(&r->out), comment_beside(r, node, node->start));
}

static void replace_in_flow(Render *r, const Node *node) {
    size_t start = node->start;
    uint32_t indent = (uint32_t)leading_spaces(str_skip(r->text, line_start(r->text, start)));
    begin(r, node->end, indent);
    if (node->key && indicator(r->text, node->key->end, start, ':') == start) /* "{a}" */
        buf_add(&r->out, S(": "));
    else if (node->key && start == node->end && r->text.p[start - 1] == ':')
        buf_char(&r->out, ' ');
    print_flow(&r->printer, node, indent);
    splice_source(r, start, node->end, buf_str(&r->out));
}

static void render(Render *r, Node *node);

static void replace_node(Render *r, const Node *node) {
    const Node *around = node->parent ? node->parent : node;
    if (around->style == FLOW)
        replace_in_flow(r, node);
    else if (node->key)
        replace_entry(r, node);
    else
        replace_item(r, node);
}

/* In a key only aliases change, which may have to be written out. */
static void render_key(Render *r, Node *key) {
    if (key->kind != ALIAS) {
        render(r, key);
        return;
    }
    if (!(key->flags & NODE_REPLACED))
        return;
    begin(r, key->end, 0);
    r->printer.lines = false;
    print_flow(&r->printer, key, 0);
    splice_source(r, key->start, key->end, buf_str(&r->out));
}

static void render_children(Render *r, Node *node) {
    for (Node *child = node->first; child && in_source(child); child = child->next) {
        if (!kept(child))
            continue;
        if (child->key)
            render_key(r, child->key);
        render(r, child);
    }
}

/* A collection in flow style. Its lines have to stay inside the block around the outermost one. */
static void render_flow(Render *r, Node *node, Node *last_kept, Node *fresh) {
    size_t first_splice = r->splices.n;
    bool outermost = node->parent && node->parent->style == BLOCK;
    if (outermost)
        r->inside = column_of(r->text, entry_start(r, node->parent, NULL, node->parent->first)) + 1;
    render_children(r, node);
    remove_all_flow(r, node);
    if (fresh)
        insert_flow(r, node, last_kept, fresh);
    if (outermost) {
        move_in(r, node, first_splice);
        r->inside = 0;
    }
}

static void render_block(Render *r, Node *node, Node *last_kept, Node *fresh) {
    size_t first_splice = r->splices.n;
    if (fresh)
        close_last_line(r, last_kept_in(last_kept));
    render_children(r, node);
    remove_all_block(r, node);
    if (fresh)
        insert_block(r, node, last_kept, fresh, first_splice);
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
    if ((changed && !last_kept) || (fresh && is_bare_pair(r, node))) {
        replace_node(r, node);
        return;
    }
    if (node->style == FLOW)
        render_flow(r, node, last_kept, fresh);
    else
        render_block(r, node, last_kept, fresh);
}

static void render(Render *r, Node *node) {
    if (node->kind == ALIAS ? node->flags & (NODE_REPLACED | NODE_TOUCHED) : node->flags & NODE_REPLACED)
        replace_node(r, node);
    else if (node->flags & NODE_TOUCHED)
        render_collection(r, node);
}

static int by_offset(const void *a, const void *b) {
    const Splice *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    /* Of two at one place, additions come before removals, and the inner before the outer. */
    if ((x->remove > 0) != (y->remove > 0))
        return x->remove > 0 ? 1 : -1;
    return x->order < y->order ? -1 : 1;
}

Splices edit_splices(Arena *arena, const Tree *tree) {
    Render r = {.arena = arena, .tree = tree, .text = tree->text};
    if (tree->root && edit_touched(tree))
        render(&r, tree->root);
    if (r.splices.n)
        qsort(r.splices.at, r.splices.n, sizeof *r.splices.at, by_offset);
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
    out.capacity = tree->text.n;
    for (size_t i = 0; i < splices.n; i++)
        out.capacity += splices.at[i].text.n;
    out.p = NEW_ARRAY(arena, char, out.capacity);
    for (size_t i = 0; i < splices.n; i++) {
        const Splice *s = &splices.at[i];
        buf_add(&out, (Str){tree->text.p + at, s->at - at});
        buf_add(&out, s->text);
        at = s->at + s->remove;
    }
    buf_add(&out, str_skip(tree->text, at));
    return buf_str(&out);
}
