#include "yaml/tree.h"

static bool is_word_of(Str text, const Str *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (str_eq(text, words[i]))
            return true;
    return false;
}

/* Digits of a base, with YAML 1.1's underscores. */
static bool is_integer(Str text) {
    if (text.n && (text.p[0] == '-' || text.p[0] == '+'))
        text = str_skip(text, 1);
    if (text.n > 2 && str_starts(text, S("0x")))
        return str_has_only(str_skip(text, 2), "_" HEX_DIGITS);
    if (text.n > 2 && str_starts(text, S("0o")))
        return str_has_only(str_skip(text, 2), "_01234567");
    if (text.n > 2 && str_starts(text, S("0b")))
        return str_has_only(str_skip(text, 2), "_01");
    return text.n && is_digit(text.p[0]) && str_has_only(text, "_" DIGITS);
}

/* Anything that starts like a number and holds only what numbers, times and dates are written with: floats, 1e3, 1:30
 * (YAML 1.1 reads it to the base 60), 2024-06-01. This may accept more than the grammars do, never less. */
static bool is_number_like(Str text) {
    size_t digits = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (is_digit(text.p[i]))
            digits++;
        else if (!strchr("+-._:eETtZz ", text.p[i]) || text.p[i] == 0)
            return false;
    }
    return digits > 0 && (is_digit(text.p[0]) || strchr("+-.", text.p[0]));
}

#define WORD(literal)                                                                                                  \
    { (literal), sizeof(literal) - 1 }
#define IS_WORD_OF(text, words) is_word_of(text, words, COUNT(words))

static const Str nulls[] = {WORD("~"), WORD("null"), WORD("Null"), WORD("NULL"), WORD("")};
static const Str bools[] = {WORD("true"), WORD("True"), WORD("TRUE"), WORD("false"), WORD("False"), WORD("FALSE"),
                            WORD("y"),    WORD("Y"),    WORD("yes"),  WORD("Yes"),   WORD("YES"),   WORD("n"),
                            WORD("N"),    WORD("no"),   WORD("No"),   WORD("NO"),    WORD("on"),    WORD("On"),
                            WORD("ON"),   WORD("off"),  WORD("Off"),  WORD("OFF")};
static const Str other_words[] = {WORD(".inf"),  WORD(".Inf"),  WORD(".INF"),  WORD("+.inf"), WORD("+.Inf"),
                                  WORD("+.INF"), WORD("-.inf"), WORD("-.Inf"), WORD("-.INF"), WORD(".nan"),
                                  WORD(".NaN"),  WORD(".NAN"),  WORD("<<"),    WORD("=")};

/* Most scalars: a word that starts with a letter, and is longer than any special word or starts with a letter that none
 * of them has. */
static bool is_plain_word(Str text) {
    if (text.n == 0 || !is_letter(text.p[0]))
        return false;
    return text.n > 5 || !strchr("nNtTfFyYoO", text.p[0]);
}

bool reads_as_string(Str text) {
    if (is_plain_word(text))
        return true;
    return !is_integer(text) && !is_number_like(text) && !IS_WORD_OF(text, nulls) && !IS_WORD_OF(text, bools) &&
           !IS_WORD_OF(text, other_words);
}

ScalarType scalar_type(const Node *node) {
    if (node->tag) {
        Str tag = str(node->tag);
        if (str_ends(tag, S(":int")))
            return TYPE_INT;
        if (str_ends(tag, S(":bool")))
            return TYPE_BOOL;
        if (str_ends(tag, S(":null")))
            return TYPE_NULL;
        return str_ends(tag, S(":float")) ? TYPE_OTHER : TYPE_STRING;
    }
    if (node->style != PLAIN || is_plain_word(node->text))
        return TYPE_STRING;
    if (is_integer(node->text))
        return TYPE_INT;
    if (IS_WORD_OF(node->text, nulls))
        return TYPE_NULL;
    if (IS_WORD_OF(node->text, bools))
        return TYPE_BOOL;
    return reads_as_string(node->text) ? TYPE_STRING : TYPE_OTHER;
}

bool node_is_null(const Node *node) {
    return !node || (node->kind == SCALAR && scalar_type(node) == TYPE_NULL);
}

enum { LONGEST_SHOWN = 80 };

Str node_shown(Arena *arena, const Node *node) {
    if (is_mapping(node))
        return S("a mapping");
    if (is_sequence(node))
        return node_first(node) ? S("a list") : S("an empty list");
    if (node_is_null(node))
        return S("nothing");
    bool mistakable = scalar_type(node) == TYPE_STRING && !reads_as_string(node->text); /* quoted: "50" */
    return str_format(arena, "%s\"%.*s\"%s", mistakable && node->text.n ? "the string " : "",
                      F(str_head(node->text, LONGEST_SHOWN)), node->text.n > LONGEST_SHOWN ? "..." : "");
}
