#include "tests/generate_test.h"

#include "tests/tests.h"

#include <stdlib.h>

/* ---- random numbers ---- */

Random random_of(uint64_t seed, uint64_t round) {
    Random random = {(seed + round * 0x9E3779B97F4A7C15u) | 1};
    for (int i = 0; i < 8; i++)
        random_below(&random, 2);
    return random;
}

size_t random_below(Random *random, size_t limit) {
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return (size_t)((random->state * 0x2545F4914F6CDD1Du) >> 33) % limit;
}

bool random_chance(Random *random, unsigned percent) {
    return random_below(random, 100) < percent;
}

uint64_t test_seed(uint64_t otherwise) {
    const char *seed = getenv("SEED");
    return seed ? strtoull(seed, NULL, 10) : otherwise;
}

size_t test_rounds(size_t otherwise) {
    const char *rounds = getenv("ROUNDS");
    return rounds ? (size_t)strtoull(rounds, NULL, 10) : otherwise;
}

/* ---- a document and its manners ---- */

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

static size_t below(Generator *g, size_t limit) {
    return random_below(g->random, limit);
}

static bool chance(Generator *g, unsigned percent) {
    return random_chance(g->random, percent);
}

#define PICK(g, words) ((words)[below(g, COUNT(words))])

static void put(Generator *g, const char *text) {
    buf_add(&g->out, str(text));
}

static void fill(Generator *g, uint32_t n) {
    buf_fill(&g->out, ' ', n);
}

static void newline(Generator *g) {
    put(g, g->crlf ? "\r\n" : "\n");
}

static void comment(Generator *g) {
    static const char *const words[] = {"",        " text", ": - & * ! | > ' \" % @ ` { } [ ]", " key: value",
                                        " - item", "\ttab"};
    buf_format(&g->out, "#c%zu %s", g->comments++, PICK(g, words));
}

/* The end of a line: perhaps blanks, perhaps a comment. */
static void end_line(Generator *g) {
    if (chance(g, g->comment_chance)) {
        put(g, g->tabs && chance(g, 30) ? " \t" : chance(g, 50) ? " " : "   ");
        comment(g);
    } else if (chance(g, 4)) {
        put(g, "  ");
    }
    newline(g);
}

/* What may stand between two entries at `indent`. */
static void between_entries(Generator *g, uint32_t indent) {
    while (chance(g, g->comment_chance)) {
        uint32_t column = chance(g, 70) ? indent : (uint32_t)below(g, indent + 5);
        if (chance(g, 20))
            newline(g);
        fill(g, column);
        comment(g);
        newline(g);
    }
    if (chance(g, 5))
        newline(g);
}

/* ---- scalars ---- */

static void plain(Generator *g, bool flow) {
    static const char *const anywhere[] = {"a",
                                           "word",
                                           "two words",
                                           "nginx:1.27",
                                           "http://x/y#z",
                                           "it's",
                                           "a\"b",
                                           "-dash",
                                           "yes",
                                           "0755",
                                           "1e3",
                                           "12",
                                           "-1",
                                           "0x1F",
                                           "true",
                                           "1.5",
                                           "2024-06-01",
                                           "caf\xC3\xA9",
                                           "\xF0\x9F\x93\xA7 mail",
                                           "a&b*c!d",
                                           "x|y>z",
                                           "50%",
                                           "a  b",
                                           "null",
                                           "~"};
    static const char *const in_block[] = {"a, b", "x[0]", "{{x", "a}b", "?mark", ":x", "a ? b"};
    if (!flow && chance(g, 15) && g->out.p[g->out.n - 1] == ' ') {
        const char *text = PICK(g, in_block);
        put(g, *text == '{' ? "a{{x" : text);
    } else {
        put(g, PICK(g, anywhere));
    }
}

/* Lines that go on more deeply than `indent`. */
static void more_lines(Generator *g, uint32_t indent, bool blanks) {
    static const char *const list[] = {"more", "and more", "caf\xC3\xA9", "x y"};
    for (size_t n = 1 + below(g, 2); n; n--) {
        newline(g);
        if (blanks && chance(g, 30))
            newline(g);
        fill(g, indent + 1 + (uint32_t)below(g, 4));
        put(g, PICK(g, list));
    }
}

static void single_quoted(Generator *g, uint32_t indent, bool lines) {
    static const char *const list[] = {"",     "a",  "it''s", "x: y # z", "\"", "\\n", "caf\xC3\xA9",
                                       "a, b", "[{", "yes",   "- "};
    put(g, "'");
    put(g, PICK(g, list));
    if (lines && chance(g, 20))
        more_lines(g, indent, true);
    put(g, "'");
}

static void double_quoted(Generator *g, uint32_t indent, bool lines) {
    static const char *const list[] = {"",       "a",       "it's",  "x: y # z", "\\\"",        "\\\\",
                                       "\\n\\t", "\\u263A", "\\x41", "a, b",     "caf\xC3\xA9", "\\/",
                                       "yes",    "[{",      "0",     "- ",       "---"};
    put(g, "\"");
    put(g, PICK(g, list));
    if (lines && chance(g, 20)) {
        if (chance(g, 30))
            put(g, " \\");
        more_lines(g, indent, true);
    }
    put(g, "\"");
}

/* "|" or ">" and its lines, inside a collection at `indent`; ends its last line. */
static void block_scalar(Generator *g, uint32_t indent, bool at_top) {
    static const char *const lines[] = {"text",        "key: value", "- item", "# no comment", "  deeper", "", "\ttab",
                                        "caf\xC3\xA9", "trailing  ", "'",      "a\\n"};
    static const char *const chompings[] = {"", "", "-", "+"};
    const char *chomping = PICK(g, chompings);
    uint32_t inner = 1 + (uint32_t)below(g, 4);
    bool indicated = chance(g, 15), first = chance(g, 50);
    put(g, chance(g, 70) ? "|" : ">");
    if (indicated && first)
        buf_format(&g->out, "%u", (unsigned)inner);
    put(g, chomping);
    if (indicated && !first)
        buf_format(&g->out, "%u", (unsigned)inner);
    end_line(g);
    if (at_top && indicated)
        indent = 0;
    size_t n = chance(g, 5) ? 0 : 1 + below(g, 4);
    for (size_t i = 0; i < n; i++) {
        const char *line = i == 0 && !indicated ? "first" : PICK(g, lines);
        if (i == 0 && !indicated && chance(g, 10))
            newline(g);
        if (*line) {
            fill(g, indent + inner);
            put(g, line);
        }
        newline(g);
    }
    while (chance(g, 15))
        newline(g);
}

/* ---- properties ---- */

/* "&x " and "!t ", or nothing. Returns the name of the anchor. */
static Str properties(Generator *g, bool scalar) {
    static const char *const names[] = {"x", "y", "z", "a-long_name", "1"};
    static const char *const tags[] = {"!local ", "! ", "!<tag:example.com,2000:x> "};
    Str name = {0};
    if (chance(g, g->anchor_chance)) {
        name = chance(g, 70) ? str_format(g->arena, "a%zu", below(g, 1000)) : str(PICK(g, names));
        buf_format(&g->out, "&%.*s ", F(name));
    }
    if (scalar && chance(g, 3))
        put(g, "!!str ");
    else if (chance(g, 1))
        put(g, PICK(g, tags));
    *PUSH(g->arena, &g->open) = name;
    return name;
}

static void complete(Generator *g, Str name, bool is_map) {
    g->open.n--;
    if (name.n)
        *PUSH(g->arena, &g->anchors) = (Anchor){name, is_map};
}

/* The latest node of a name is what an alias names. */
static const Anchor *some_anchor(Generator *g, bool is_map) {
    if (g->anchors.n == 0)
        return NULL;
    const Anchor *picked = &g->anchors.at[below(g, g->anchors.n)];
    for (size_t i = 0; i < g->anchors.n; i++)
        if (str_eq(g->anchors.at[i].name, picked->name))
            picked = &g->anchors.at[i];
    for (size_t i = 0; i < g->open.n; i++)
        if (str_eq(g->open.at[i], picked->name))
            return NULL;
    return !is_map || picked->is_map ? picked : NULL;
}

/* ---- flow style ---- */

static void flow_space(Generator *g, uint32_t indent, bool lines) {
    if (lines && chance(g, 25)) {
        if (chance(g, g->comment_chance)) {
            put(g, " ");
            comment(g);
        }
        newline(g);
        fill(g, indent + 1 + (uint32_t)below(g, 4));
    } else if (chance(g, 60)) {
        put(g, " ");
    }
}

static void flow(Generator *g, uint32_t indent, bool lines);

static void flow_scalar(Generator *g, uint32_t indent, bool lines) {
    Str name = properties(g, true);
    size_t kind = below(g, 3);
    if (kind == 0)
        single_quoted(g, indent, lines);
    else if (kind == 1)
        double_quoted(g, indent, lines);
    else
        plain(g, true);
    complete(g, name, false);
}

static void flow_value(Generator *g, uint32_t indent, bool lines) {
    const Anchor *anchor = chance(g, g->anchor_chance) ? some_anchor(g, false) : NULL;
    if (anchor)
        buf_format(&g->out, "*%.*s ", F(anchor->name));
    else if (chance(g, 25) && g->left)
        flow(g, indent, lines);
    else
        flow_scalar(g, indent, lines);
}

static void flow_entry(Generator *g, size_t i, uint32_t indent, bool lines) {
    bool quoted = chance(g, 30);
    if (!quoted && chance(g, g->explicit_chance))
        put(g, "? ");
    buf_format(&g->out, quoted ? "\"f%zu\"" : "f%zu", i);
    if (chance(g, 8)) /* a key alone */
        return;
    put(g, quoted && chance(g, 30) ? ":" : ": ");
    if (chance(g, 6))
        return;
    flow_value(g, indent, lines);
}

static void flow_item(Generator *g, size_t i, uint32_t indent, bool lines) {
    if (chance(g, 10))
        flow_entry(g, i, indent, false); /* a pair without braces */
    else
        flow_value(g, indent, lines);
}

/* "{...}" or "[...]" inside a block collection at `indent`. */
static void flow(Generator *g, uint32_t indent, bool lines) {
    Str name = properties(g, false);
    bool is_map = chance(g, 50);
    size_t n = below(g, 4);
    g->left -= g->left < n ? g->left : n;
    put(g, is_map ? "{" : "[");
    flow_space(g, indent, lines);
    for (size_t i = 0; i < n; i++) {
        if (is_map)
            flow_entry(g, i, indent, lines);
        else
            flow_item(g, i, indent, lines);
        flow_space(g, indent, lines);
        if (i + 1 < n || chance(g, 10)) {
            put(g, ",");
            flow_space(g, indent, lines);
        }
    }
    put(g, is_map ? "}" : "]");
    complete(g, name, is_map);
}

/* ---- block style ---- */

static void block_map(Generator *g, uint32_t indent, bool inline_first);
static void block_list(Generator *g, uint32_t indent, bool inline_first);

static void empty_value(Generator *g) {
    static const char *const list[] = {"",      "",    " ~",      " null",  " {}", " []",
                                       " \"\"", " ''", " !!null", " !!str", " { }"};
    put(g, PICK(g, list));
    end_line(g);
}

/* A scalar on the rest of the line (and on lines of its own, deeper than `indent`), with the line's end. */
static void scalar_value(Generator *g, uint32_t indent) {
    put(g, chance(g, 90) ? " " : g->tabs && chance(g, 50) ? " \t" : "   ");
    Str name = properties(g, true);
    size_t kind = below(g, 10);
    if (kind == 0) {
        block_scalar(g, indent, false);
    } else {
        if (kind == 1) {
            single_quoted(g, indent, true);
        } else if (kind <= 3) {
            double_quoted(g, indent, true);
        } else {
            plain(g, false);
            if (chance(g, 6))
                more_lines(g, indent, true);
        }
        end_line(g);
    }
    complete(g, name, false);
}

static void alias_value(Generator *g, uint32_t indent) {
    const Anchor *anchor = some_anchor(g, false);
    if (!anchor) {
        scalar_value(g, indent);
        return;
    }
    buf_format(&g->out, " *%.*s", F(anchor->name));
    end_line(g);
}

static bool may_nest(const Generator *g) {
    return g->left > 0 && g->depth < 12;
}

/* A collection on the lines below. */
static void nested(Generator *g, uint32_t indent, bool in_map) {
    put(g, " ");
    size_t before = g->out.n;
    Str name = properties(g, false);
    if (g->out.n == before)
        g->out.n--;
    end_line(g);
    bool is_map = chance(g, 60);
    uint32_t inner = indent + (chance(g, 95) ? g->step : 1 + (uint32_t)below(g, 6));
    between_entries(g, inner);
    if (is_map)
        block_map(g, inner, false);
    else
        block_list(g, in_map && !g->sequences_indented ? indent : inner, false);
    complete(g, name, is_map);
}

/* What stands behind "key:" or "-" of a collection at `indent`. */
static void value(Generator *g, uint32_t indent, bool in_map) {
    if (g->left)
        g->left--;
    if (may_nest(g) && chance(g, 45)) {
        nested(g, indent, in_map);
    } else if (chance(g, g->flow_chance)) {
        put(g, " ");
        flow(g, indent, true);
        end_line(g);
    } else if (chance(g, g->anchor_chance)) {
        alias_value(g, indent);
    } else if (chance(g, 12)) {
        empty_value(g);
    } else {
        scalar_value(g, indent);
    }
}

static void key(Generator *g, size_t i) {
    const Anchor *anchor = i == 0 && chance(g, g->anchor_chance / 3) ? some_anchor(g, false) : NULL;
    size_t kind = below(g, 20);
    if (anchor)
        buf_format(&g->out, "*%.*s ", F(anchor->name));
    else if (kind == 0)
        buf_format(&g->out, "\"k%zu\"", i);
    else if (kind == 1)
        buf_format(&g->out, "'k%zu: #'", i);
    else if (kind == 2)
        buf_format(&g->out, "caf\xC3\xA9 %zu", i);
    else if (kind == 3)
        buf_format(&g->out, "&k%zu k%zu", g->comments + below(g, 1000), i);
    else
        buf_format(&g->out, "k%zu", i);
}

static void merge_entry(Generator *g) {
    const Anchor *anchor = some_anchor(g, true), *other = some_anchor(g, true);
    if (!anchor)
        return;
    if (other && chance(g, 30))
        buf_format(&g->out, "<<: [*%.*s, *%.*s]", F(anchor->name), F(other->name));
    else
        buf_format(&g->out, "<<: *%.*s", F(anchor->name));
    end_line(g);
}

static void block_entry(Generator *g, size_t i, uint32_t indent) {
    if (!chance(g, g->explicit_chance)) {
        key(g, i);
        put(g, chance(g, 95) ? ":" : " :");
        value(g, indent, true);
        return;
    }
    bool near = chance(g, 80);
    put(g, near ? "? " : "?   ");
    if (i == 0 && chance(g, 15)) {
        flow(g, indent, false);
        end_line(g);
    } else if (i == 0 && chance(g, 15) && may_nest(g)) {
        block_list(g, indent + (near ? 2 : 4), true);
    } else {
        key(g, i);
        end_line(g);
    }
    if (chance(g, 10)) /* no value */
        return;
    between_entries(g, indent);
    fill(g, indent);
    put(g, ":");
    if (may_nest(g) && chance(g, 20)) {
        put(g, " ");
        block_map(g, indent + 2, true);
    } else {
        value(g, indent, true);
    }
}

static void block_map(Generator *g, uint32_t indent, bool inline_first) {
    size_t n = 1 + below(g, 4);
    g->depth++;
    for (size_t i = 0; i < n; i++) {
        if (i || !inline_first) {
            if (i)
                between_entries(g, indent);
            fill(g, indent);
        }
        if (i == 1 && chance(g, g->anchor_chance) && some_anchor(g, true)) {
            size_t before = g->out.n;
            merge_entry(g);
            if (g->out.n == before)
                block_entry(g, i, indent);
        } else {
            block_entry(g, i, indent);
        }
    }
    g->depth--;
}

static void block_item(Generator *g, uint32_t indent) {
    put(g, "-");
    if (!may_nest(g) || chance(g, 40)) {
        value(g, indent, false);
        return;
    }
    uint32_t blanks = chance(g, 85) ? 1 : 1 + (uint32_t)below(g, 4);
    fill(g, blanks);
    g->left--;
    if (chance(g, 75))
        block_map(g, indent + 1 + blanks, true);
    else
        block_list(g, indent + 1 + blanks, true);
}

static void block_list(Generator *g, uint32_t indent, bool inline_first) {
    size_t n = 1 + below(g, 4);
    g->depth++;
    for (size_t i = 0; i < n; i++) {
        if (i || !inline_first) {
            if (i)
                between_entries(g, indent);
            fill(g, indent);
        }
        block_item(g, indent);
    }
    g->depth--;
}

/* ---- JSON ---- */

static void json(Generator *g, uint32_t indent, bool pretty);

static void json_scalar(Generator *g) {
    static const char *const list[] = {"\"a\"",          "\"it's\"", "1",       "-2.5e3", "true", "null",
                                       "\"\\u00e9\\n\"", "\"x: y\"", "\"yes\"", "\"\"",   "0"};
    put(g, PICK(g, list));
}

static void json_children(Generator *g, bool is_map, uint32_t indent, bool pretty) {
    size_t n = below(g, 4);
    for (size_t i = 0; i < n; i++) {
        if (pretty) {
            newline(g);
            fill(g, indent + g->step);
        }
        if (is_map)
            buf_format(&g->out, pretty ? "\"k%zu\": " : "\"k%zu\":", i);
        json(g, indent + g->step, pretty);
        if (i + 1 < n)
            put(g, ",");
    }
    if (n && pretty) {
        newline(g);
        fill(g, indent);
    }
}

static void json(Generator *g, uint32_t indent, bool pretty) {
    if (indent && (!g->left || chance(g, 40))) {
        json_scalar(g);
        return;
    }
    bool is_map = !indent || chance(g, 60);
    g->left -= g->left > 0;
    put(g, is_map ? "{" : "[");
    json_children(g, is_map, indent, pretty);
    put(g, is_map ? "}" : "]");
}

/* ---- the document ---- */

static void beginning(Generator *g) {
    if (chance(g, 3))
        put(g, "\xEF\xBB\xBF");
    if (chance(g, 5)) {
        put(g, "%YAML 1.1");
        newline(g);
        put(g, "---");
        end_line(g);
    } else if (chance(g, 50)) {
        put(g, "---");
        end_line(g);
    }
    between_entries(g, 0);
}

static void ending(Generator *g) {
    between_entries(g, 0);
    if (chance(g, 4)) {
        put(g, "...");
        newline(g);
    } else if (chance(g, 10)) {
        while (g->out.n && (g->out.p[g->out.n - 1] == '\n' || g->out.p[g->out.n - 1] == '\r'))
            g->out.n--;
    }
}

Str generate_document(Arena *arena, Random *random, size_t size) {
    Generator g = {.arena = arena, .random = random, .out = {.arena = arena}, .left = size};
    g.step = chance(&g, 70) ? 2 : 1 + (uint32_t)below(&g, 6);
    g.sequences_indented = chance(&g, 50);
    g.crlf = chance(&g, 10);
    g.tabs = chance(&g, 20);
    g.comment_chance = chance(&g, 50) ? 15 : chance(&g, 50) ? 0 : 40;
    g.flow_chance = chance(&g, 70) ? 8 : 50;
    g.anchor_chance = chance(&g, 70) ? 0 : 15;
    g.explicit_chance = chance(&g, 80) ? 0 : 15;
    beginning(&g);
    size_t kind = below(&g, 20);
    if (kind < 15) {
        block_map(&g, chance(&g, 95) ? 0 : g.step, false);
    } else if (kind < 17) {
        block_list(&g, 0, false);
    } else if (kind == 17) {
        flow(&g, 0, true);
        end_line(&g);
    } else {
        g.left = size;
        json(&g, 0, chance(&g, 60));
        newline(&g);
    }
    ending(&g);
    return buf_str(&g.out);
}
