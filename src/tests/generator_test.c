#include "tests/generator.h"

/* ---- between nodes ---- */

void generate_comment(Generator *g) {
    static const char *const words[] = {"",        " text", ": - & * ! | > ' \" % @ ` { } [ ]", " key: value",
                                        " - item", "\ttab"};
    buf_format(&g->out, "#c%zu %s", g->comments++, PICK(g, words));
}

void generate_line_end(Generator *g) {
    if (chance(g, g->comment_chance)) {
        put(g, g->tabs && chance(g, 30) ? " \t" : chance(g, 50) ? " " : "   ");
        generate_comment(g);
    } else if (chance(g, 4)) {
        put(g, "  ");
    }
    newline(g);
}

void generate_between(Generator *g, uint32_t indent) {
    while (chance(g, g->comment_chance)) {
        uint32_t column = chance(g, 70) ? indent : (uint32_t)below(g, indent + 5);
        if (chance(g, 20))
            newline(g);
        fill(g, column);
        generate_comment(g);
        newline(g);
    }
    if (chance(g, 5))
        newline(g);
}

/* ---- scalars ---- */

void generate_plain(Generator *g, bool flow) {
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

void generate_more_lines(Generator *g, uint32_t indent, bool empty) {
    static const char *const list[] = {"more", "and more", "caf\xC3\xA9", "x y"};
    for (size_t n = 1 + below(g, 2); n; n--) {
        newline(g);
        if (empty && chance(g, 30))
            newline(g);
        fill(g, indent + 1 + (uint32_t)below(g, 4));
        put(g, PICK(g, list));
    }
}

void generate_single_quoted(Generator *g, uint32_t indent, bool lines) {
    static const char *const list[] = {"",     "a",  "it''s", "x: y # z", "\"", "\\n", "caf\xC3\xA9",
                                       "a, b", "[{", "yes",   "- "};
    put(g, "'");
    put(g, PICK(g, list));
    if (lines && chance(g, 20))
        generate_more_lines(g, indent, true);
    put(g, "'");
}

void generate_double_quoted(Generator *g, uint32_t indent, bool lines) {
    static const char *const list[] = {"",       "a",       "it's",  "x: y # z", "\\\"",        "\\\\",
                                       "\\n\\t", "\\u263A", "\\x41", "a, b",     "caf\xC3\xA9", "\\/",
                                       "yes",    "[{",      "0",     "- ",       "---"};
    put(g, "\"");
    put(g, PICK(g, list));
    if (lines && chance(g, 20)) {
        if (chance(g, 30))
            put(g, " \\");
        generate_more_lines(g, indent, true);
    }
    put(g, "\"");
}

void generate_block_scalar(Generator *g, uint32_t indent, bool at_top) {
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
    generate_line_end(g);
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

Str generate_properties(Generator *g, bool scalar) {
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

void generate_complete(Generator *g, Str name, bool is_map) {
    g->open.n--;
    if (name.n)
        *PUSH(g->arena, &g->anchors) = (Anchor){name, is_map};
}

/* The latest node of a name is what an alias names. */
const Anchor *generate_anchor(Generator *g, bool is_map) {
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
            generate_comment(g);
        }
        newline(g);
        fill(g, indent + 1 + (uint32_t)below(g, 4));
    } else if (chance(g, 60)) {
        put(g, " ");
    }
}

static void flow_scalar(Generator *g, uint32_t indent, bool lines) {
    Str name = generate_properties(g, true);
    size_t kind = below(g, 3);
    if (kind == 0)
        generate_single_quoted(g, indent, lines);
    else if (kind == 1)
        generate_double_quoted(g, indent, lines);
    else
        generate_plain(g, true);
    generate_complete(g, name, false);
}

static void flow_value(Generator *g, uint32_t indent, bool lines) {
    const Anchor *anchor = chance(g, g->anchor_chance) ? generate_anchor(g, false) : NULL;
    if (anchor)
        buf_format(&g->out, "*%.*s ", F(anchor->name));
    else if (chance(g, 25) && g->left)
        generate_flow(g, indent, lines);
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

void generate_flow(Generator *g, uint32_t indent, bool lines) {
    Str name = generate_properties(g, false);
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
    generate_complete(g, name, is_map);
}
