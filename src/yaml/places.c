/* Where the entries of a changed tree are in its source, and what is around them. */
#include "yaml/render.h"
#include "yaml/source.h"

void splice_source(Render *r, size_t from, size_t to, Str text) {
    size_t order = r->splices.n;
    *PUSH(r->arena, &r->splices) = (Splice){from, to - from, text, order};
}

Str between(const Render *r, size_t from, size_t to) {
    return to > from ? (Str){r->text.p + from, to - from} : (Str){r->text.p + from, 0};
}

Node *last_kept_in(Node *node) {
    while (node->style == BLOCK && !(node->flags & NODE_REPLACED)) {
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

size_t after_props(const Render *r, size_t at) {
    size_t end = line_end(r->text, at);
    while (at < end && (r->text.p[at] == '&' || r->text.p[at] == '!')) {
        while (at < end && !is_blank(r->text.p[at]))
            at++;
        while (at < end && is_blank(r->text.p[at]))
            at++;
    }
    return at;
}

size_t entry_start(const Render *r, const Node *parent, const Node *previous, const Node *child) {
    size_t from = previous ? previous->end : after_props(r, parent->start);
    size_t start = child->key ? child->key->start : child->start;
    if (parent->style == FLOW)
        return child->key ? indicator(r->text, from, start, '?') : start;
    return indicator(r->text, from, start, child->key ? '?' : '-');
}

size_t with_comments_below(const Render *r, size_t end, uint32_t indent) {
    for (size_t at = end, next; at < r->text.n; at = next) {
        Str line = between(r, at, line_end(r->text, at)), comment = str_trim(line);
        next = line_after(r->text, at);
        if (comment.n && (comment.p[0] != '#' || (uint32_t)(comment.p - line.p) <= indent))
            break;
        if (comment.n)
            end = next;
    }
    return end;
}
