/* Which lines of the source an edit may change, and which comments may go with it. */
#include "tests/trial.h"
#include "yaml/source.h"

void trial_fails(Trial *trial, const char *trouble, Str detail) {
    if (!trial->trouble) {
        trial->trouble = trouble;
        trial->detail = detail;
    }
}

Str trial_cut_line(Str *rest) {
    size_t n = line_end(*rest, 0);
    if (n < rest->n && rest->p[n] == '\r')
        n++;
    if (n < rest->n && rest->p[n] == '\n')
        n++;
    Str line = str_head(*rest, n);
    *rest = str_skip(*rest, n);
    return line;
}

Str trial_comment(Str line) {
    Str trimmed = str_trim(line);
    return str_starts(trimmed, S("#")) ? trimmed : (Str){0};
}

static size_t indent_of_line(Str line) {
    size_t n = 0;
    while (n < line.n && line.p[n] == ' ')
        n++;
    return n;
}

static void free_lines(Trial *trial, size_t from, size_t to) {
    for (size_t i = from; i <= to && i < trial->lines.n; i++)
        trial->free_line[i] = true;
}

static void lose_comments(Trial *trial, size_t from, size_t to) {
    free_lines(trial, from, to);
    for (size_t i = from; i <= to && i < trial->lines.n; i++)
        trial->lost[i] = true;
}

bool datum_is_collection(const Datum *datum) {
    return datum->kind != DATUM_SCALAR;
}

/* The place of the alias that `datum` belongs to; itself when it belongs to none. */
Datum *datum_standing(Datum *datum) {
    for (Datum *up = datum; up; up = up->parent)
        if (up->anchored && !up->fresh)
            datum = up;
    return datum;
}

static Datum *take_alias_of(Trial *trial, const Datum *datum) {
    for (size_t i = 0; datum->anchor.n && i < trial->aliases.n; i++)
        if (trial->aliases.at[i]->anchored == datum) {
            Datum *alias = trial->aliases.at[i];
            trial->aliases.at[i] = trial->aliases.at[--trial->aliases.n];
            return alias;
        }
    return NULL;
}

static void note_anchor_gone(Trial *trial, const Datum *datum) {
    for (Datum *alias; (alias = take_alias_of(trial, datum));) {
        trial_replaced(trial, alias);
        trial_touched(trial, alias->parent);
    }
}

/* Other users of the anchors on the way get copies. */
void trial_touched(Trial *trial, Datum *datum) {
    for (; datum; datum = datum->parent)
        note_anchor_gone(trial, datum);
}

void trial_anchors_below(Trial *trial, const Datum *datum) {
    note_anchor_gone(trial, datum);
    for (size_t i = 0; !datum->anchored && i < datum->children.n; i++) {
        if (datum->children.at[i]->key)
            trial_anchors_below(trial, datum->children.at[i]->key);
        trial_anchors_below(trial, datum->children.at[i]);
    }
}

/* In a flow collection the commas beside an entry are its own, too. */
static void note_neighbours(Trial *trial, const Datum *parent) {
    if (parent && parent->flow)
        lose_comments(trial, parent->value_line, parent->last_line);
}

/* The value of an entry is written anew. */
void trial_replaced(Trial *trial, Datum *datum) {
    datum = datum_standing(datum);
    if (datum->fresh)
        return;
    note_neighbours(trial, datum->parent);
    free_lines(trial, datum->first_line, datum->last_line);
    if (datum->flow && datum->last_line > datum->value_line)
        lose_comments(trial, datum->value_line, datum->last_line - 1);
    else if (!datum->flow && datum_is_collection(datum) && datum->children.n)
        lose_comments(trial,
                      datum->children.at[0]->first_line > datum->first_line ? datum->first_line + 1 : datum->first_line,
                      datum->last_line);
}

size_t datum_source_children(const Datum *datum) {
    size_t n = 0;
    for (size_t i = 0; i < datum->children.n; i++)
        n += !datum->children.at[i]->fresh;
    return n;
}

static const Datum *deepest_last(const Datum *datum) {
    while (!datum->flow && !datum->anchored && !datum->fresh && datum->children.n)
        datum = datum->children.at[datum->children.n - 1];
    return datum;
}

void trial_removed(Trial *trial, Datum *datum) {
    Datum *parent = datum->parent;
    if (datum->fresh || datum_standing(datum) != datum || parent->flow) {
        trial_replaced(trial, datum);
        note_neighbours(trial, parent);
        return;
    }
    size_t from = datum->first_line, to = datum->last_line;
    for (size_t i = from; i <= to && i < trial->lines.n; i++)
        trial->gone[i] = true;
    size_t indent = indent_of_line(trial->lines.at[from]);
    while (from > 0 && trial_comment(trial->lines.at[from - 1]).n &&
           indent_of_line(trial->lines.at[from - 1]) == indent)
        from--;
    for (size_t i = to + 1; i < trial->lines.n; i++) {
        Str comment = trial_comment(trial->lines.at[i]);
        if (comment.n && indent_of_line(trial->lines.at[i]) > indent)
            to = i;
        else if (str_trim(trial->lines.at[i]).n)
            break;
    }
    lose_comments(trial, from, to);
    if (to + 1 < trial->lines.n && !str_trim(trial->lines.at[to + 1]).n) /* one of two blank lines */
        free_lines(trial, to + 1, to + 1);
    for (size_t i = to + 1; trial->block_scalars && i < trial->lines.n && !str_trim(trial->lines.at[i]).n; i++)
        free_lines(trial, i, i);                        /* blank lines would become a part of "|+" */
    for (size_t i = 0; i + 1 < parent->children.n; i++) /* it may move up to where this one was */
        if (parent->children.at[i] == datum && !parent->children.at[i + 1]->fresh)
            free_lines(trial, to, parent->children.at[i + 1]->first_line);
}

void trial_inserted(Trial *trial, Datum *parent) {
    parent = datum_standing(parent);
    if (parent->fresh)
        return;
    if (!datum_source_children(parent) || parent->anchored) {
        trial_replaced(trial, parent);
        return;
    }
    note_neighbours(trial, parent);
    const Datum *last = deepest_last(parent);
    if (last->block_scalar && last->last_line + 1 >= trial->lines.n) /* at the end of the text, without a break */
        free_lines(trial, last->first_line, last->last_line);
}
