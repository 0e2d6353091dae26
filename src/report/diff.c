#include "report/report.h"
#include "yaml/edit.h"

#include <string.h>

/* Lines of the input that are replaced: offsets of whole lines, and the new text. */
typedef struct Hunk {
    size_t from, to;
    Str text;
    Str heading; /* whose lines these are: "Service/mailu-front" */
} Hunk;

typedef LIST(Hunk) Hunks;

static size_t start_of_line(Str text, size_t offset) {
    while (offset > 0 && text.p[offset - 1] != '\n')
        offset--;
    return offset;
}

static Str between(Str text, size_t from, size_t to) {
    return (Str){text.p + from, to - from};
}

static bool ends_with_newline(Str text) {
    return text.n == 0 || text.p[text.n - 1] == '\n';
}

/* `a` and `b` in one; sprintf would stop at 2 GiB. */
static Str joined(Arena *arena, Str a, Str b) {
    Buf out = {.arena = arena};
    buf_add(&out, a);
    buf_add(&out, b);
    return buf_str(&out);
}

/* Adds a splice of the stream, widened to whole lines; it joins the hunk before when they share a line. Returns the
 * hunk.
 */
static Hunk *add_splice(Arena *arena, Hunks *hunks, Str text, size_t at, size_t remove, Str with) {
    Hunk *last = hunks->n ? &hunks->at[hunks->n - 1] : NULL;
    if (last && (at > last->to || (at == last->to && ends_with_newline(str_head(text, at)))))
        last = NULL;
    size_t from = last ? last->from : start_of_line(text, at), end = at + remove;
    Str kept = last ? str_head(last->text, last->text.n - (last->to - at)) : between(text, from, at);
    Str before = joined(arena, kept, with);
    size_t to = ends_with_newline(str_head(text, end)) && ends_with_newline(before) ? end : next_line(text, end);
    Hunk hunk = {.from = from, .to = to, .text = joined(arena, before, between(text, end, to))};
    if (last)
        hunk.heading = last->heading;
    else
        last = PUSH(arena, hunks);
    *last = hunk;
    return last;
}

/* Leaves out the lines that are the same at both ends. */
static void trim_hunk(Str text, Hunk *h) {
    while (h->from < h->to && h->text.n) {
        size_t end = next_line(text, h->from), other = next_line(h->text, 0);
        if (end > h->to || !str_eq(between(text, h->from, end), str_head(h->text, other)))
            break;
        h->from = end;
        h->text = str_skip(h->text, other);
    }
    while (h->from < h->to && h->text.n && h->text.p[h->text.n - 1] == '\n' && text.p[h->to - 1] == '\n') {
        size_t start = start_of_line(text, h->to - 1), other = start_of_line(h->text, h->text.n - 1);
        if (start < h->from || !str_eq(between(text, start, h->to), str_skip(h->text, other)))
            break;
        h->to = start;
        h->text = str_head(h->text, other);
    }
}

static size_t count_lines(Str text) {
    size_t n = 0;
    for (size_t at = 0; at < text.n; at = next_line(text, at))
        n++;
    return n;
}

static void print_lines(Buf *out, Str text, char sign, const char *colour) {
    for (size_t at = 0; at < text.n;) {
        size_t end = next_line(text, at);
        Str line = {text.p + at, end - at};
        bool broken = line.p[line.n - 1] == '\n';
        if (broken)
            line.n--;
        buf_format(out, "%s%c", colour, sign);
        buf_add(out, line);
        buf_format(out, "%s\n", *colour ? "\033[0m" : "");
        if (!broken)
            buf_add(out, S("\\ No newline at end of file\n"));
        at = end;
    }
}

enum { CONTEXT = 3 };

static size_t context_before(Str text, size_t at, size_t least) {
    for (int i = 0; i < CONTEXT && at > least; i++)
        at = start_of_line(text, at - 1);
    return at;
}

static size_t context_after(Str text, size_t at) {
    for (int i = 0; i < CONTEXT && at < text.n; i++)
        at = next_line(text, at);
    return at;
}

/* "Service/mailu-front", of a document or of a list's item; empty for anything else. */
static Str document_label(Arena *arena, const Document *d) {
    Tree *tree = d->tree;
    Node *root = tree ? tree->root : NULL;
    if (is_sequence(root))
        root = node_value(tree, node_first(root));
    Str kind = map_text(tree, root, S("kind")), name = map_text(tree, map_get(tree, root, S("metadata")), S("name"));
    return kind.n && name.n ? str_format(arena, "%.*s/%.*s", F(kind), F(name)) : (Str){0};
}

/* The heading of a hunk that covers several: each label once. */
static void print_heading(const Hunks *hunks, size_t first, size_t last, Buf *out) {
    Str before = S("");
    for (size_t i = first; i <= last; i++) {
        Str heading = hunks->at[i].heading;
        if (!heading.n || str_eq(heading, before))
            continue;
        buf_add(out, before.n ? S(", ") : S(" "));
        buf_add_safely(out, heading);
        before = heading;
    }
}

static void print_hunks(Str text, const Hunks *hunks, bool colour, Buf *out) {
    const char *red = colour ? "\033[31m" : "", *green = colour ? "\033[32m" : "", *cyan = colour ? "\033[36m" : "";
    size_t done = 0, old_line = 1; /* old_line is the line at `done` */
    long long shift = 0;
    for (size_t i = 0; i < hunks->n;) {
        size_t last = i;
        while (last + 1 < hunks->n &&
               context_before(text, hunks->at[last + 1].from, 0) <= context_after(text, hunks->at[last].to))
            last++;
        size_t from = context_before(text, hunks->at[i].from, done), to = context_after(text, hunks->at[last].to);
        old_line += count_lines(between(text, done, from));
        size_t old_count = count_lines(between(text, from, to)), new_count = old_count;
        for (size_t j = i; j <= last; j++)
            new_count +=
                count_lines(hunks->at[j].text) - count_lines(between(text, hunks->at[j].from, hunks->at[j].to));
        long long new_line = (long long)old_line + shift;
        buf_format(out, "%s@@ -%zu,%zu +%lld,%zu @@%s", cyan, old_count ? old_line : old_line - 1, old_count,
                   new_count ? new_line : new_line - 1, new_count, *cyan ? "\033[0m" : "");
        print_heading(hunks, i, last, out);
        buf_char(out, '\n');
        size_t at = from;
        for (size_t j = i, k; j <= last; j = k + 1) {
            for (k = j; k < last && hunks->at[k + 1].from == hunks->at[k].to; k++) /* adjacent changes are one */
                ;
            size_t end = hunks->at[k].to;
            print_lines(out, between(text, at, hunks->at[j].from), ' ', "");
            print_lines(out, between(text, hunks->at[j].from, end), '-', red);
            for (size_t h = j; h <= k; h++)
                print_lines(out, hunks->at[h].text, '+', green);
            at = end;
        }
        print_lines(out, between(text, at, to), ' ', "");
        old_line += old_count;
        shift += (long long)new_count - (long long)old_count;
        done = to;
        i = last + 1;
    }
}

void report_diff(Arena *arena, const Stream *stream, const Chunks *chunks, bool colour, Buf *out) {
    Hunks hunks = {0};
    Str text = stream->text;
    for (size_t n = 0; n < stream->count; n++) {
        const Document *d = stream_document(stream, n);
        size_t base = (size_t)(d->text.p - text.p);
        if (d->dropped) {
            add_splice(arena, &hunks, text, base, d->text.n, S(""));
        } else if (d->list_role == LIST_TAIL) { /* its tree may be of another text, or of none */
            if (d->written.n)
                add_splice(arena, &hunks, text, base, d->text.n, d->written);
        } else if (d->tree && edit_touched(d->tree)) {
            Splices splices = edit_splices(arena, d->tree);
            Str label = document_label(arena, d);
            for (size_t i = 0; i < splices.n; i++)
                add_splice(arena, &hunks, text, base + splices.at[i].at, splices.at[i].remove, splices.at[i].text)
                    ->heading = label;
        }
    }
    Buf added = {.arena = arena};
    for (size_t i = chunks->n - stream->chunks_added; i < chunks->n; i++)
        buf_add(&added, chunks->at[i]);
    if (added.n)
        add_splice(arena, &hunks, text, text.n, 0, buf_str(&added))->heading = S("added manifests");
    Hunks trimmed = {0};
    for (size_t i = 0; i < hunks.n; i++) {
        Hunk h = hunks.at[i];
        trim_hunk(text, &h);
        if (h.from < h.to || h.text.n)
            *PUSH(arena, &trimmed) = h;
    }
    if (trimmed.n)
        buf_add(out, S("--- stdin\n+++ stdout\n"));
    print_hunks(text, &trimmed, colour, out);
}
