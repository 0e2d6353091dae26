#include "config/config.h"

#include "config/fields.h"
#include "stream/stream.h"
#include "yaml/edit.h"

#include <assert.h>
#include <string.h>

/* ---- reading ---- */

void config_init(Config *config, Arena *arena) {
    *config = (Config){.tree = {.arena = arena, .step = 2}};
}

/* The alias through which `node` was read; the node itself when there is none. What --set adds has no span. */
static const Node *read_through(const Node *node) {
    const Node *alias = node;
    while (node->end && alias && alias->kind != ALIAS)
        alias = alias->parent;
    return alias ? alias : node;
}

static void place(const Config *config, const Node *node, Diagnostic *f) {
    if (node && (node->flags & NODE_NEW))
        node = read_through(node);
    if (node && config->unseen && !(node->flags & (NODE_NEW | NODE_REPLACED))) {
        f->source = config->source;
        f->file = config->file;
        return;
    }
    if (node && !(node->flags & (NODE_NEW | NODE_REPLACED)))
        diag_place(f, config->source, config->text, config->base + node->start);
    else
        f->source = S("--set");
}

__attribute__((format(printf, 5, 6))) static void field_error(Config *config, Diagnostics *diagnostics,
                                                              const Node *node, Str path, const char *format, ...) {
    va_list args;
    va_start(args, format);
    Diagnostic *f = diag_vadd(diagnostics, ERROR, format, args);
    va_end(args);
    f->path = path;
    place(config, node, f);
}

static void expect(Config *config, Diagnostics *diagnostics, const Node *node, Str path, Str expected) {
    Str found = node_shown(config->tree.arena, node);
    field_error(config, diagnostics, node, path, "found %.*s, expected %.*s", F(found), F(expected));
}

Str config_place(Arena *arena, const Config *config) {
    Diagnostic f = {0};
    if (config->unseen)
        return config->source;
    diag_place(&f, config->source, config->text, config->start);
    return str_format(arena, "%.*s:%zu:%zu", F(f.source), f.line, f.column);
}

static void check_root_key(Config *config, Diagnostics *diagnostics, Node *root, const char *key,
                           const char *expected) {
    const Node *value = map_get(&config->tree, root, str(key));
    Str found = node_shown(config->tree.arena, value);
    if (!is_scalar(value) || !str_is(value->text, expected))
        field_error(config, diagnostics, value ? value : root, str(key), "found %.*s, expected %s", F(found), expected);
}

static void unknown_key(Config *config, Diagnostics *diagnostics, const Node *key) {
    static const char keys[] = "apiVersion|kind|metadata|spec";
    Arena *arena = config->tree.arena;
    Str name = key->text, near = choice_suggestion(str(keys), name), all = choices_text(arena, str(keys));
    if (field_at(name) || field_below(name))
        near = str_format(arena, "spec.%.*s", F(name));
    if (near.n)
        field_error(config, diagnostics, key, name, "unknown field, did you mean %.*s?", F(near));
    else
        field_error(config, diagnostics, key, name, "unknown field, expected %.*s", F(all));
}

/* A key that is twice in a mapping: it is not clear which of the two counts. */
static void check_repeated_keys(Config *config, Diagnostics *diagnostics, Node *map, const Node *entry, Str path) {
    for (const Node *duplicate = node_first(map); duplicate != entry; duplicate = node_next(duplicate))
        if (str_eq(duplicate->key->text, entry->key->text))
            field_error(config, diagnostics, entry->key, path, "found a second time in this mapping, expected once");
}

#define READ_MANIFESTS ": manifests are read with -f FILE, or on stdin"

/* Whether it is a manifest of another kind, and was not meant to be a config. */
static bool is_manifest(Tree *tree, Node *root) {
    Str kind = map_text(tree, root, S("kind")), version = map_text(tree, root, S("apiVersion"));
    return kind.n && version.n && !str_is(kind, CONFIG_KIND) && !str_is(kind, "mailu") &&
           !str_starts(version, S(CONFIG_GROUP));
}

/* The name by which the user knows it: its file, else kind and name. */
static Str config_name(const Config *config, Tree *tree, Node *root) {
    Str name = map_text(tree, map_get(tree, root, S("metadata")), S("name"));
    if (config->file.n)
        return config->file;
    return name.n ? str_format(tree->arena, CONFIG_KIND "/%.*s", F(name)) : S("functionConfig");
}

bool config_take(Config *config, Tree *tree, Node *root, Str source, Str text, size_t base, Diagnostics *diagnostics) {
    *config = (Config){.tree = *tree, .source = source, .text = text, .base = base, .given = true};
    config->start = base + root->start;
    config->unseen = !source.n;
    if (config->unseen) {
        config->file = file_of(&config->tree, root);
        config->source = config_name(config, &config->tree, root);
    }
    size_t errors = diagnostics->errors;
    if (!is_mapping(root)) {
        expect(config, diagnostics, root, S(""), S("a mapping with apiVersion, kind and spec"));
        return false;
    }
    if (is_manifest(&config->tree, root)) {
        Str kind = map_text(&config->tree, root, S("kind"));
        field_error(config, diagnostics, root, S(""), "found kind %.*s, expected a config of kind %s%s", F(kind),
                    CONFIG_KIND, READ_MANIFESTS);
        return false;
    }
    check_root_key(config, diagnostics, root, "apiVersion", CONFIG_API_VERSION);
    check_root_key(config, diagnostics, root, "kind", CONFIG_KIND);
    for (Node *entry = node_first(root); entry; entry = node_next(entry)) {
        Str key = entry->key->text;
        Node *value = node_value(&config->tree, entry);
        check_repeated_keys(config, diagnostics, root, entry, key);
        if (str_is(key, "spec"))
            config->spec = value;
        else if (str_is(key, "metadata") && !is_mapping(value) && !node_is_null(value))
            expect(config, diagnostics, value, key, S("a mapping"));
        else if (!str_is(key, "apiVersion") && !str_is(key, "kind") && !str_is(key, "metadata"))
            unknown_key(config, diagnostics, entry->key);
    }
    if (node_is_null(config->spec))
        config->spec = NULL;
    else if (!is_mapping(config->spec))
        expect(config, diagnostics, config->spec, S("spec"), S("a mapping"));
    return diagnostics->errors == errors;
}

bool config_read(Config *config, Arena *arena, Str source, Str text, Diagnostics *diagnostics) {
    Tree tree;
    TreeError error;
    if (!tree_parse(arena, text, &tree, &error)) {
        bool manifests = error.second && !str_has(text, CONFIG_GROUP);
        Str message = manifests      ? S("found manifests, expected one config" READ_MANIFESTS)
                      : error.second ? S("found a second document, expected one config")
                                     : error.message;
        Diagnostic *f = diag_add(diagnostics, ERROR, "%.*s", F(message));
        diag_place(f, source, text, error.offset);
        f->malformed = !error.second ? text : (Str){0};
        return false;
    }
    if (!tree.root) {
        diag_add(diagnostics, ERROR, "found an empty config, expected apiVersion: %s, kind: %s", CONFIG_API_VERSION,
                 CONFIG_KIND)
            ->source = source;
        return false;
    }
    return config_take(config, &tree, tree.root, source, text, 0, diagnostics);
}

/* ---- --set ---- */

/* Takes the first key off a path; "\." in it is a dot that belongs to the key, as in a label's. */
static Str cut_key(Arena *arena, Str *path) {
    Buf key = {.arena = arena};
    size_t at = 0;
    for (; at < path->n && path->p[at] != '.'; at++) {
        if (path->p[at] == '\\' && at + 1 < path->n)
            at++;
        buf_char(&key, path->p[at]);
    }
    *path = str_skip(*path, at + 1);
    return buf_str(&key);
}

static Node *list_from_commas(Arena *arena, Str text) {
    Node *list = new_collection(arena, SEQUENCE);
    while (text.n)
        node_add(list, new_string(arena, str_trim(str_cut(&text, ','))));
    return list;
}

/* The value after the '='; NULL, with an error, when it should be YAML and is not. */
static Node *value_of(Config *config, const Field *field, Str path, Str text, Diagnostics *diagnostics) {
    Arena *arena = config->tree.arena;
    Tree tree;
    TreeError error;
    if (field && field->type == FIELD_TEXT)
        return new_string(arena, text);
    if (field && (field->type == FIELD_LIST || field->type == FIELD_WARNINGS) && !str_starts(text, S("[")))
        return list_from_commas(arena, text);
    if (!tree_parse(arena, text, &tree, &error)) {
        field_error(config, diagnostics, NULL, path, "found \"%.*s\", expected YAML: %.*s", F(text), F(error.message));
        return NULL;
    }
    return tree.root ? node_copy(&tree, arena, tree.root) : new_string(arena, S(""));
}

bool config_set(Config *config, Str assignment, Diagnostics *diagnostics) {
    Tree *tree = &config->tree;
    Arena *arena = tree->arena;
    Str text = assignment, path = str_cut(&text, '=');
    if (path.n == 0 || path.n == assignment.n) {
        field_error(config, diagnostics, NULL, S(""), "found \"%.*s\", expected path=value, such as domain=example.com",
                    F(assignment));
        return false;
    }
    Str rest = str_skip(path, S("spec.").n);
    if (str_starts(path, S("spec.")) && (field_at(rest) || field_below(rest))) {
        field_error(config, diagnostics, NULL, path, "found \"spec.\" before it, expected %.*s", F(rest));
        return false;
    }
    Node *value = value_of(config, field_at(path), path, text, diagnostics);
    if (!value)
        return false;
    if (!config->spec)
        config->spec = new_collection(arena, MAPPING);
    Node *map = config->spec;
    for (Str way = path; way.n;) {
        Str key = cut_key(arena, &way);
        if (!is_mapping(map)) {
            Str found = node_shown(arena, map);
            field_error(config, diagnostics, NULL, path, "leads through %.*s, expected a mapping there", F(found));
            return false;
        }
        if (way.n == 0) {
            edit_set(tree, map, key, value);
            break;
        }
        Node *next = map_get(tree, map, key);
        map = node_is_null(next) ? edit_set(tree, map, key, new_collection(arena, MAPPING)) : next;
    }
    return true;
}

/* ---- checking ---- */

static void expect_choice(Config *config, Str choices, Str expected, const Node *node, Str path,
                          Diagnostics *diagnostics) {
    Arena *arena = config->tree.arena;
    Str near = is_scalar(node) ? choice_suggestion(choices, node->text) : S("");
    if (near.n && !str_eq(near, node->text))
        expected = str_format(arena, "%.*s (did you mean %.*s?)", F(expected), F(near));
    expect(config, diagnostics, node, path, expected);
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
    expect(config, diagnostics, node, path,
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
        check_repeated_keys(config, diagnostics, node, entry, at);
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
        field_error(config, diagnostics, entry->key, path,
                    near.n ? "unknown field, did you mean %.*s?" : "unknown field%.*s", F(near));
    } else if (node_is_null(value)) {
        return; /* "redis:" without a value sets nothing */
    } else if (field) {
        check_field(config, field, value, path, diagnostics);
    } else if (!is_mapping(value)) {
        expect(config, diagnostics, value, path, S("a mapping"));
    } else {
        check_mapping(config, value, path, diagnostics);
    }
}

/* It ends: no path that leads to fields is longer than theirs. */
static void check_mapping(Config *config, Node *map, Str path, Diagnostics *diagnostics) {
    for (Node *entry = node_first(map); entry; entry = node_next(entry)) {
        check_repeated_keys(config, diagnostics, map, entry, field_path(config->tree.arena, path, entry->key->text));
        check_entry(config, entry, path, diagnostics);
    }
}

bool config_check(Config *config, Diagnostics *diagnostics) {
    size_t errors = diagnostics->errors;
    if (is_mapping(config->spec))
        check_mapping(config, config->spec, S(""), diagnostics);
    return diagnostics->errors == errors;
}

/* ---- asking ---- */

Node *config_node(Config *config, const char *path) {
    Node *node = map_path(&config->tree, config->spec, path);
    return node_is_null(node) ? NULL : node;
}

void config_locate(Config *config, const char *path, Diagnostic *f) {
    const Node *node = config_node(config, path);
    if (node)
        place(config, node, f);
    else
        f->source = config->given ? config->source : S("config");
    f->path = str(path);
}

bool config_has(Config *config, const char *path) {
    return config_node(config, path) != NULL;
}

Str config_get(Config *config, const char *path) {
    const Node *node = config_node(config, path);
    if (is_scalar(node))
        return node->text;
    const Field *field = field_at(str(path));
    assert(field); /* a path that does not exist would look like a field that is not set */
    return str(field ? field->fallback : NULL);
}

AcceptedWarnings config_accepts(Config *config) {
    AcceptedWarnings accepted = 0;
    EACH_ITEM(name, &config->tree, config_node(config, "accept"))
        accepted |= ACCEPTED(warning_called(name->text));
    return accepted;
}

/* `pattern`, which has one '*'. */
static const char *with_name(Config *config, const char *pattern, const Component *component) {
    int star = (int)strcspn(pattern, "*");
    return str_format(config->tree.arena, "%.*s%s%s", star, pattern, component_key(component), pattern + star + 1).p;
}

Str config_get_for(Config *config, const char *pattern, const Component *component) {
    return config_get(config, with_name(config, pattern, component));
}

bool config_has_for(Config *config, const char *pattern, const Component *component) {
    return config_has(config, with_name(config, pattern, component));
}

static bool is_true(Str text) {
    static const char *const words[] = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"};
    return IS_ONE_OF(text, words);
}

bool config_bool(Config *config, const char *path) {
    return is_true(config_get(config, path));
}

bool config_bool_for(Config *config, const char *pattern, const Component *component) {
    return is_true(config_get_for(config, pattern, component));
}

int config_int(Config *config, const char *path) {
    int value = 0;
    str_to_int(config_get(config, path), &value);
    return value;
}

/* ---- what several fields together say ---- */

bool routes_traefik(Config *config) {
    return config_bool(config, "ingress.enabled") && str_is(config_get(config, "ingress.type"), "traefik");
}

const Profile *profile_of(Config *config) {
    size_t i = 0;
    if (config_has(config, "users")) {
        while (i + 1 < profile_count && profiles[i].users_up_to < config_int(config, "users"))
            i++;
        return &profiles[i];
    }
    while (i + 1 < profile_count && !str_is(config_get(config, "profile"), profiles[i].name))
        i++;
    return &profiles[i];
}
