#include "tests/generate_test.h"

#include "tests/generator.h"

/* ---- block style ---- */

static void block_map(Generator *g, uint32_t indent, bool inline_first);
static void block_list(Generator *g, uint32_t indent, bool inline_first);

static void empty_value(Generator *g) {
    static const char *const list[] = {"",      "",    " ~",      " null",  " {}", " []",
                                       " \"\"", " ''", " !!null", " !!str", " { }"};
    put(g, PICK(g, list));
    generate_line_end(g);
}

/* A scalar on the rest of the line (and on lines of its own, deeper than `indent`), with the line's end. */
static void scalar_value(Generator *g, uint32_t indent) {
    put(g, chance(g, 90) ? " " : g->tabs && chance(g, 50) ? " \t" : "   ");
    Str name = generate_properties(g, true);
    size_t kind = below(g, 10);
    if (kind == 0) {
        generate_block_scalar(g, indent, false);
    } else {
        if (kind == 1) {
            generate_single_quoted(g, indent, true);
        } else if (kind <= 3) {
            generate_double_quoted(g, indent, true);
        } else {
            generate_plain(g, false);
            if (chance(g, 6))
                generate_more_lines(g, indent, true);
        }
        generate_line_end(g);
    }
    generate_complete(g, name, false);
}

static void alias_value(Generator *g, uint32_t indent) {
    const Anchor *anchor = generate_anchor(g, false);
    if (!anchor) {
        scalar_value(g, indent);
        return;
    }
    buf_format(&g->out, " *%.*s", F(anchor->name));
    generate_line_end(g);
}

static bool may_nest(const Generator *g) {
    return g->left > 0 && g->depth < 12;
}

/* A collection on the lines below. */
static void nested(Generator *g, uint32_t indent, bool in_map) {
    put(g, " ");
    size_t before = g->out.n;
    Str name = generate_properties(g, false);
    if (g->out.n == before)
        g->out.n--;
    generate_line_end(g);
    bool is_map = chance(g, 60);
    uint32_t inner = indent + (chance(g, 95) ? g->step : 1 + (uint32_t)below(g, 6));
    generate_between(g, inner);
    if (is_map)
        block_map(g, inner, false);
    else
        block_list(g, in_map && !g->sequences_indented ? indent : inner, false);
    generate_complete(g, name, is_map);
}

/* What comes after "key:" or "-" of a collection at `indent`. */
static void value(Generator *g, uint32_t indent, bool in_map) {
    if (g->left)
        g->left--;
    if (may_nest(g) && chance(g, 45)) {
        nested(g, indent, in_map);
    } else if (chance(g, g->flow_chance)) {
        put(g, " ");
        generate_flow(g, indent, true);
        generate_line_end(g);
    } else if (chance(g, g->anchor_chance)) {
        alias_value(g, indent);
    } else if (chance(g, 12)) {
        empty_value(g);
    } else {
        scalar_value(g, indent);
    }
}

static void key(Generator *g, size_t i) {
    const Anchor *anchor = i == 0 && chance(g, g->anchor_chance / 3) ? generate_anchor(g, false) : NULL;
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
    const Anchor *anchor = generate_anchor(g, true), *other = generate_anchor(g, true);
    if (!anchor)
        return;
    if (other && chance(g, 30))
        buf_format(&g->out, "<<: [*%.*s, *%.*s]", F(anchor->name), F(other->name));
    else
        buf_format(&g->out, "<<: *%.*s", F(anchor->name));
    generate_line_end(g);
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
        generate_flow(g, indent, false);
        generate_line_end(g);
    } else if (i == 0 && chance(g, 15) && may_nest(g)) {
        block_list(g, indent + (near ? 2 : 4), true);
    } else {
        key(g, i);
        generate_line_end(g);
    }
    if (chance(g, 10)) /* no value */
        return;
    generate_between(g, indent);
    fill(g, indent);
    put(g, ":");
    if (may_nest(g) && chance(g, 20)) {
        put(g, " ");
        block_map(g, indent + 2, true);
    } else {
        value(g, indent, true);
    }
}

/* What is before the child number `i` of a block collection at `indent`; nothing when the first is on its parent's
 * line. */
static void start_child(Generator *g, size_t i, uint32_t indent, bool inline_first) {
    if (i == 0 && inline_first)
        return;
    if (i)
        generate_between(g, indent);
    fill(g, indent);
}

static void block_map(Generator *g, uint32_t indent, bool inline_first) {
    size_t n = 1 + below(g, 4);
    g->depth++;
    for (size_t i = 0; i < n; i++) {
        start_child(g, i, indent, inline_first);
        if (i == 1 && chance(g, g->anchor_chance) && generate_anchor(g, true)) {
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
    uint32_t spaces = chance(g, 85) ? 1 : 1 + (uint32_t)below(g, 4);
    fill(g, spaces);
    g->left--;
    if (chance(g, 75))
        block_map(g, indent + 1 + spaces, true);
    else
        block_list(g, indent + 1 + spaces, true);
}

static void block_list(Generator *g, uint32_t indent, bool inline_first) {
    size_t n = 1 + below(g, 4);
    g->depth++;
    for (size_t i = 0; i < n; i++) {
        start_child(g, i, indent, inline_first);
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
        generate_line_end(g);
    } else if (chance(g, 50)) {
        put(g, "---");
        generate_line_end(g);
    }
    generate_between(g, 0);
}

static void ending(Generator *g) {
    generate_between(g, 0);
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
        generate_flow(&g, 0, true);
        generate_line_end(&g);
    } else {
        g.left = size;
        json(&g, 0, chance(&g, 60));
        newline(&g);
    }
    ending(&g);
    return buf_str(&g.out);
}
