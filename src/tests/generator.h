/* What makes random documents (generate_test.c): the state, and the pieces that block style and flow style share. */
#ifndef GENERATOR_H
#define GENERATOR_H

#include "tests/generate_test.h"

typedef struct Anchor {
    Str name;
    bool is_map;
} Anchor;

typedef struct Generator {
    Arena *arena;
    Random *random;
    Buf out;
    size_t left; /* nodes that may still be made */
    size_t comments;
    uint32_t step;
    bool sequences_indented, crlf, tabs;
    unsigned comment_chance, flow_chance, anchor_chance, explicit_chance;
    LIST(Anchor) anchors; /* of nodes that are complete: what an alias may name */
    LIST(Str) open;       /* the names of those that are not, and "" for nodes without one */
    int depth;
} Generator;

static inline size_t below(Generator *g, size_t limit) {
    return random_below(g->random, limit);
}

static inline bool chance(Generator *g, unsigned percent) {
    return random_chance(g->random, percent);
}

#define PICK(g, words) ((words)[below(g, COUNT(words))])

static inline void put(Generator *g, const char *text) {
    buf_add(&g->out, str(text));
}

static inline void fill(Generator *g, uint32_t n) {
    buf_fill(&g->out, ' ', n);
}

static inline void newline(Generator *g) {
    put(g, g->crlf ? "\r\n" : "\n");
}

/* "#c", a number of its own, and some text. */
void generate_comment(Generator *g);
/* The end of a line: perhaps spaces, perhaps a comment. */
void generate_line_end(Generator *g);
/* Comments and an empty line, as they may be between two entries at `indent`. */
void generate_between(Generator *g, uint32_t indent);

/* A plain scalar in one line. */
void generate_plain(Generator *g, bool flow);
/* Lines that go on more deeply than `indent`; with `empty` perhaps empty ones between them. */
void generate_more_lines(Generator *g, uint32_t indent, bool empty);
void generate_single_quoted(Generator *g, uint32_t indent, bool lines);
void generate_double_quoted(Generator *g, uint32_t indent, bool lines);
/* "|" or ">" and its lines, inside a collection at `indent`; ends its last line. */
void generate_block_scalar(Generator *g, uint32_t indent, bool at_top);

/* "&x " and "!t ", or nothing. Returns the name of the anchor; the node has to be completed with it. */
Str generate_properties(Generator *g, bool scalar);
void generate_complete(Generator *g, Str name, bool is_map);
/* One that an alias may name here, of a mapping if `is_map`; NULL when there is none. */
const Anchor *generate_anchor(Generator *g, bool is_map);

/* "{...}" or "[...]" inside a block collection at `indent`; on several lines if `lines` allows it. */
void generate_flow(Generator *g, uint32_t indent, bool lines);

#endif
