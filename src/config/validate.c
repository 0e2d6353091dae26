/* Checks every field of a config against the table. */
#include "config/config.h"
#include "config/fields.h"

static void expect_choice(Config *config, Str choices, Str expected, const Node *node, Str path,
                          Diagnostics *diagnostics) {
    Arena *arena = config->tree.arena;
    Str near = is_scalar(node) ? choice_suggestion(choices, node->text) : S("");
    if (near.n && !str_eq(near, node->text))
        expected = str_format(arena, "%.*s (did you mean %.*s?)", F(expected), F(near));
    config_expect(config, diagnostics, node, path, expected);
}

/* Whether it is a string, or a number that can be taken for one. */
static bool is_text(const Node *node, const Format *format) {
    ScalarType type = is_scalar(node) ? scalar_type(node) : TYPE_NULL;
    return type == TYPE_STRING || (format->numbers && (type == TYPE_INT || type == TYPE_OTHER));
}

static void check_text(Config *config, const Format *format, const Node *node, Str path, Diagnostics *diagnostics) {
    if (is_text(node, format) && format->check(node->text))
        return;
    bool unquoted = is_scalar(node) && !is_text(node, format) && format->check(node->text);
    config_expect(config, diagnostics, node, path,
                  str_format(config->tree.arena, "%s%s", unquoted ? "a string in quotes: " : "", format->expected));
}

/* Each item is a text of the field's format, or the name of a warning. */
static void check_items(Config *config, const Field *field, Node *node, Str path, Diagnostics *diagnostics) {
    Arena *arena = config->tree.arena;
    int index = 0;
    for (Node *item = node_first(node); item; item = node_next(item)) {
        const Node *value = node_value(&config->tree, item);
        Str at = str_format(arena, "%.*s[%d]", F(path), index++);
        if (field->type == FIELD_LIST)
            check_text(config, field->format, value, at, diagnostics);
        else if (!is_scalar(value) || warning_called(value->text) == WARNINGS)
            expect_choice(config, warning_names(arena), S("the name of a warning"), value, at, diagnostics);
    }
}

static void check_labels(Config *config, Node *node, Str path, Diagnostics *diagnostics) {
    for (Node *entry = node_first(node); entry; entry = node_next(entry)) {
        Str at = str_format(config->tree.arena, "%.*s.%.*s", F(path), F(entry->key->text));
        config_refuse_repeated(config, diagnostics, node, entry, at);
        check_text(config, &format_label_key, entry->key, at, diagnostics);
        check_text(config, &format_label_value, node_value(&config->tree, entry), at, diagnostics);
    }
}

static bool is_in_range(const Field *field, Str text) {
    int number;
    bool octal = text.n > 1 && text.p[0] == '0'; /* YAML 1.1 reads 010 as eight */
    return !octal && str_to_int(text, &number) && number >= field->least && number <= field->most;
}

/* Whether it is a value for the field; of a collection, as a whole. Not for texts with a format. */
static bool fits(const Field *field, const Node *node) {
    static const ScalarType types[] = {[FIELD_TEXT] = TYPE_STRING, [FIELD_BOOL] = TYPE_BOOL, [FIELD_INT] = TYPE_INT};
    if (field->type == FIELD_LIST || field->type == FIELD_WARNINGS)
        return is_sequence(node) && node_first(node);
    if (field->type == FIELD_LABELS)
        return is_mapping(node) && node_first(node);
    if (!is_scalar(node) || scalar_type(node) != types[field->type])
        return false;
    if (field->choices)
        return is_choice(str(field->choices), node->text);
    return field->type == FIELD_BOOL || is_in_range(field, node->text);
}

static Str expected_of(Arena *arena, const Field *field) {
    if (field->choices)
        return choices_text(arena, str(field->choices));
    switch (field->type) {
    case FIELD_INT:
        return str_format(arena, "a number from %d to %d", field->least, field->most);
    case FIELD_LIST:
        return str_format(arena, "a list, each item %s", field->format->expected);
    case FIELD_WARNINGS:
        return S("a list of the names of warnings");
    case FIELD_LABELS:
        return S("a mapping of label keys to values");
    default:
        return S("true or false");
    }
}

static void check_field(Config *config, const Field *field, Node *node, Str path, Diagnostics *diagnostics) {
    if (field->type == FIELD_TEXT && !field->choices)
        check_text(config, field->format, node, path, diagnostics);
    else if (!fits(field, node))
        expect_choice(config, str(field->choices), expected_of(config->tree.arena, field), node, path, diagnostics);
    else if (field->type == FIELD_LABELS)
        check_labels(config, node, path, diagnostics);
    else if (is_sequence(node))
        check_items(config, field, node, path, diagnostics);
}

static Str field_path(Arena *arena, Str parent, Str name) {
    return parent.n ? str_format(arena, "%.*s.%.*s", F(parent), F(name)) : name.n ? name : S("\"\"");
}

static void check_mapping(Config *config, Node *map, Str path, Diagnostics *diagnostics);

static void check_entry(Config *config, Node *entry, Str parent, Diagnostics *diagnostics) {
    Arena *arena = config->tree.arena;
    Str name = entry->key->text, path = field_path(arena, parent, name);
    Node *value = node_value(&config->tree, entry);
    bool one_name = name.n && str_find_char(name, '.') < 0;
    const Field *field = one_name ? field_at(path) : NULL;
    if (!field && !(one_name && field_below(path))) {
        Str near = field_suggestion(arena, parent, name);
        config_error(config, diagnostics, entry->key, path,
                     near.n ? "unknown field, did you mean %.*s?" : "unknown field%.*s", F(near));
    } else if (node_is_null(value)) {
        return; /* "redis:" without a value sets nothing */
    } else if (field) {
        check_field(config, field, value, path, diagnostics);
    } else if (!is_mapping(value)) {
        config_expect(config, diagnostics, value, path, S("a mapping"));
    } else {
        check_mapping(config, value, path, diagnostics);
    }
}

/* It ends: no path that leads to fields is longer than theirs. */
static void check_mapping(Config *config, Node *map, Str path, Diagnostics *diagnostics) {
    for (Node *entry = node_first(map); entry; entry = node_next(entry)) {
        config_refuse_repeated(config, diagnostics, map, entry, field_path(config->tree.arena, path, entry->key->text));
        check_entry(config, entry, path, diagnostics);
    }
}

bool config_check(Config *config, Diagnostics *diagnostics) {
    size_t errors = diagnostics->errors;
    if (is_mapping(config->spec))
        check_mapping(config, config->spec, S(""), diagnostics);
    return diagnostics->errors == errors;
}
