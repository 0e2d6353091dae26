#include "yaml/print.h"

#include <string.h>

Printer printer_for(const Tree *tree, Buf *out) {
    return (Printer){
        .out = out,
        .newline = tree->crlf ? S("\r\n") : S("\n"),
        .step = tree->step,
        .sequences_indented = tree->sequences_indented,
        .json = tree->json,
        .lines = tree->json && !tree->one_line,
        .compact = tree->compact,
    };
}

/* ---- scalars ---- */

/* What needs no escape in a document, apart from line breaks and tabs. */
static bool is_printable(uint32_t c) {
    return (c >= 0x20 && c <= 0x7E) ||
           (c >= 0xA0 && c != 0x2028 && c != 0x2029 && c != 0xFEFF && !(c >= 0xD800 && c <= 0xDFFF) && c < 0xFFFE) ||
           (c >= 0x10000 && c <= 0x10FFFF);
}

static bool starts_plain(Str s) {
    if (s.n && is_alnum(s.p[0])) /* as most of them do */
        return true;
    if (s.n == 0 || s.p[0] == ' ' || strchr(",[]{}#&*!|>'\"%@`", s.p[0]))
        return false;
    if (strchr("-?:", s.p[0]) && (s.n == 1 || s.p[1] == ' '))
        return false;
    return !str_starts(s, S("---")) && !str_starts(s, S("..."));
}

static bool is_plain_safe(Str s, bool flow) {
    if (!starts_plain(s) || s.p[s.n - 1] == ' ' || s.p[s.n - 1] == ':')
        return false;
    for (size_t at = 0; at < s.n;) {
        char c = s.p[at], before = at ? s.p[at - 1] : ' ', after = at + 1 < s.n ? s.p[at + 1] : ' ';
        if (is_alnum(c)) {
            at++;
            continue;
        }
        if ((c == ':' && after == ' ') || (c == '#' && before == ' '))
            return false;
        if (flow && strchr(",[]{}?:", c)) /* older parsers end a scalar at '?' and ':', too */
            return false;
        if (!is_printable(utf8_next(s, &at)))
            return false;
    }
    return true;
}

static void print_double_quoted(Buf *out, Str s) {
    static const char escaped[] = "\"\\\n\t\r", names[] = "\"\\ntr";
    buf_char(out, '"');
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        uint32_t c = utf8_next(s, &at);
        const char *escape = c && c < 0x80 && !is_alnum((char)c) ? strchr(escaped, (int)c) : NULL;
        if (escape)
            buf_add(out, (Str){(char[]){'\\', names[escape - escaped]}, 2});
        else if (is_printable(c))
            buf_add(out, (Str){s.p + from, at - from});
        else
            buf_format(out, "\\u%04x", (unsigned)c);
    }
    buf_char(out, '"');
}

/* JSON's own literals stay bare; anything else that is not a string (0x1F, 1_000, yes) has no JSON spelling of its own,
 * but a document of flow style with them is YAML, and is written as such. */
static void print_scalar(const Printer *p, const Node *node, bool flow) {
    bool string = scalar_type(node) == TYPE_STRING;
    bool bare =
        string ? !p->json && reads_as_string(node->text) && is_plain_safe(node->text, flow) : node->style == PLAIN;
    if (bare && node->text.n == 0)
        buf_add(p->out, S("null"));
    else if (bare)
        buf_add(p->out, node->text);
    else
        print_double_quoted(p->out, node->text);
}

static bool is_literal(const Printer *p, const Node *node) {
    Str s = node->text;
    if (p->no_block_scalars || node->kind != SCALAR || scalar_type(node) != TYPE_STRING || str_find_char(s, '\n') < 0)
        return false;
    if (strchr(" \t\n", s.p[0])) /* would need an indentation indicator */
        return false;
    if (p->no_last_break && str_ends(s, S("\n")))
        return false;
    if (str_ends(s, S("\n\n"))) /* would include the empty lines that follow */
        return false;
    for (size_t at = 0; at < s.n;) {
        uint32_t c = utf8_next(s, &at);
        if (c != '\n' && c != '\t' && !is_printable(c))
            return false;
    }
    return true;
}

static void print_literal(const Printer *p, Str s, uint32_t indent) {
    bool broken = str_ends(s, S("\n"));
    buf_add(p->out, broken ? S("|") : S("|-"));
    if (broken)
        s.n--; /* the break of the last line is the one that ends it */
    for (bool more = true; more;) {
        more = str_find_char(s, '\n') >= 0;
        Str line = str_cut(&s, '\n');
        if (line.n)
            print_line(p, indent);
        else
            buf_add(p->out, p->newline);
        buf_add(p->out, line);
    }
}

static bool has_props(const Node *node) {
    return node->anchor || node->tag;
}

/* "&anchor !tag" */
static void print_props(const Printer *p, const Node *node) {
    Str tag = str(node->tag);
    if (node->anchor)
        buf_format(p->out, "&%s%s", node->anchor, tag.n ? " " : "");
    if (str_starts(tag, S("tag:yaml.org,2002:")))
        buf_format(p->out, "!!%.*s", F(str_skip(tag, 18)));
    else if (str_starts(tag, S("!")))
        buf_add(p->out, tag);
    else if (tag.n)
        buf_format(p->out, "!<%.*s>", F(tag));
}

static void print_alias(const Printer *p, const Node *node) {
    buf_format(p->out, "*%s", node->target->anchor);
}

/* ---- block style ---- */

void print_line(const Printer *p, uint32_t indent) {
    buf_add(p->out, p->newline);
    buf_fill(p->out, ' ', indent);
}

static bool is_block(const Node *node) {
    return (node->kind == MAPPING || node->kind == SEQUENCE) && node_first(node);
}

static void print_block(const Printer *p, const Node *node, uint32_t indent) {
    const Node *child = node_first(node);
    print_entry(p, child, indent);
    for (child = node_next(child); child; child = node_next(child)) {
        print_line(p, indent);
        print_entry(p, child, indent);
    }
}

static void print_inline(const Printer *p, const Node *node, uint32_t indent) {
    if (node->kind == ALIAS)
        print_alias(p, node);
    else if (node->kind == MAPPING)
        buf_add(p->out, S("{}"));
    else if (node->kind == SEQUENCE)
        buf_add(p->out, S("[]"));
    else if (is_literal(p, node))
        print_literal(p, node->text, indent);
    else
        print_scalar(p, node, false);
}

void print_entry_value(const Printer *p, const Node *value, uint32_t indent) {
    value = node_written(value);
    if (has_props(value)) {
        buf_char(p->out, ' ');
        print_props(p, value);
    }
    if (is_block(value)) {
        bool beside = value->kind == SEQUENCE && !p->sequences_indented;
        uint32_t inner = beside ? indent : indent + p->step;
        print_line(p, inner);
        print_block(p, value, inner);
    } else {
        buf_char(p->out, ' ');
        print_inline(p, value, indent + p->step);
    }
}

void print_value_at(const Printer *p, const Node *value, uint32_t indent) {
    value = node_written(value);
    print_props(p, value);
    if (has_props(value) && is_block(value))
        print_line(p, indent);
    else if (has_props(value))
        buf_char(p->out, ' ');
    if (is_block(value))
        print_block(p, value, indent);
    else
        print_inline(p, value, indent);
}

/* Up to the ':'. A key that is not a scalar comes after "? ", on a line of its own. */
static void print_key(const Printer *p, const Node *key, uint32_t indent) {
    if (key->kind != SCALAR) {
        buf_add(p->out, S("? "));
        print_value_at(p, key, indent + 2);
        print_line(p, indent);
        return;
    }
    if (has_props(key)) {
        print_props(p, key);
        buf_char(p->out, ' ');
    }
    print_scalar(p, key, false);
}

void print_entry(const Printer *p, const Node *node, uint32_t indent) {
    if (node->key) {
        print_key(p, node->key, indent);
        buf_char(p->out, ':');
        print_entry_value(p, node, indent);
    } else {
        buf_add(p->out, S("- "));
        print_value_at(p, node, indent + 2);
    }
}

/* ---- flow style ---- */

static void print_flow_entry(const Printer *p, const Node *node, uint32_t indent) {
    if (node->key) {
        if (node->key->kind != SCALAR)
            buf_add(p->out, S("? "));
        print_flow(p, node->key, indent);
        buf_add(p->out, node->key->kind == ALIAS ? S(" : ") : p->compact ? S(":") : S(": "));
    }
    print_flow(p, node, indent);
}

void print_comma(const Printer *p, uint32_t indent, bool lines) {
    buf_char(p->out, ',');
    if (lines)
        print_line(p, indent);
    else if (!p->compact)
        buf_char(p->out, ' ');
}

void print_flow_entries(const Printer *p, const Node *child, uint32_t indent, bool lines) {
    print_flow_entry(p, child, indent);
    for (child = node_next(child); child; child = node_next(child)) {
        print_comma(p, indent, lines);
        print_flow_entry(p, child, indent);
    }
}

static void print_flow_collection(const Printer *p, const Node *node, uint32_t indent) {
    const Node *first = node_first(node);
    buf_char(p->out, node->kind == MAPPING ? '{' : '[');
    if (first && p->lines)
        print_line(p, indent + p->step);
    if (first)
        print_flow_entries(p, first, indent + p->step, p->lines);
    if (first && p->lines)
        print_line(p, indent);
    buf_char(p->out, node->kind == MAPPING ? '}' : ']');
}

void print_flow(const Printer *p, const Node *value, uint32_t indent) {
    value = node_written(value);
    if (value->kind == ALIAS) {
        print_alias(p, value);
        return;
    }
    if (has_props(value)) {
        print_props(p, value);
        buf_char(p->out, ' ');
    }
    if (value->kind == SCALAR)
        print_scalar(p, value, true);
    else
        print_flow_collection(p, value, indent);
}

void print_document(const Printer *p, const Node *root) {
    if (p->json)
        print_flow(p, root, 0);
    else
        print_value_at(p, root, 0);
    buf_add(p->out, p->newline);
}
