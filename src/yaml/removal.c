/* Removing entries and items from the text, with the comments that describe them. */
#include "yaml/render.h"
#include "yaml/source.h"

/* The lines of comment right above `start`, at its column, down from `limit`: they describe what starts there. */
static size_t with_comments_above(const Render *r, size_t start, size_t limit, uint32_t indent) {
    while (start > limit) {
        size_t above = line_start(r->text, start - line_break_before(r->text, start));
        Str line = between(r, above, line_end(r->text, above));
        Str comment = str_trim(line);
        if (above < limit || !str_starts(comment, S("#")) || (uint32_t)(comment.p - line.p) != indent)
            break;
        start = above;
    }
    return start;
}

/* The offset after the empty lines at `at`. */
static size_t after_blank_lines(const Render *r, size_t at) {
    while (at < r->text.n && is_all_blank(between(r, at, line_end(r->text, at))))
        at = line_after(r->text, at);
    return at;
}

/* Whether the last thing in `node` is a block scalar that would include the empty lines after it. */
static bool ends_in_breaks(const Render *r, Node *node) {
    const Node *last = last_kept_in(node);
    return is_block_scalar(last) && !(last->flags & NODE_REPLACED) && keeps_breaks(r->text, last->start);
}

/* The first entry, on the line of its "- ", and those after it that are removed, too: what follows moves up. */
static void remove_first(Render *r, const Node *parent, const Node *child, size_t start) {
    const Node *last = child;
    while (!kept(last->next)) /* one stays, or the whole would have been replaced */
        last = last->next;
    size_t next = entry_start(r, parent, last, last->next), line = line_after(r->text, last->end);
    splice_source(r, start, line < next ? indicator(r->text, line, next, '#') : next, S(""));
}

static bool blank_line_before(const Render *r, size_t line) {
    size_t end = line - line_break_before(r->text, line);
    return end < line && is_all_blank(between(r, line_start(r->text, end), end));
}

/* An entry on lines of its own, with the comments that describe it. Of empty lines before and after it, one is kept. */
static void remove_lines(Render *r, const Node *previous, Node *last_kept, const Node *child, size_t start) {
    uint32_t indent = column_of(r->text, start);
    size_t from = line_start(r->text, start), to = with_comments_below(r, line_after(r->text, child->end), indent);
    if (previous)
        from = with_comments_above(r, from, line_after(r->text, previous->end), indent);
    if (last_kept && ends_in_breaks(r, last_kept))
        to = after_blank_lines(r, to);
    else if (blank_line_before(r, from) && is_all_blank(between(r, to, line_end(r->text, to))))
        to = line_after(r->text, to);
    splice_source(r, from, to, S(""));
}

void remove_all_block(Render *r, Node *parent) {
    const Node *previous = NULL;
    Node *last_kept = NULL;
    size_t done = 0;
    for (Node *child = parent->first; child && in_source(child); previous = child, child = child->next) {
        size_t start = entry_start(r, parent, previous, child);
        if (kept(child)) {
            last_kept = child;
            continue;
        }
        if (start < done)
            continue;
        if (is_all_blank(between(r, line_start(r->text, start), start)))
            remove_lines(r, previous, last_kept, child, start);
        else
            remove_first(r, parent, child, start);
        const Splice *s = &r->splices.at[r->splices.n - 1];
        done = s->at + s->remove;
    }
}

void remove_all_flow(Render *r, Node *parent) {
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
            splice_source(r, from, entry_start(r, parent, last, child), S(""));
        else if (before)
            splice_source(r, before->end, last->end, S(""));
        previous = last;
    }
}
