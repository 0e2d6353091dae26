#include "config/config.h"

#include "config/fields.h"
#include "stream/stream.h"
#include "yaml/edit.h"
#include "yaml/query.h"

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
    if (!node || (node->flags & (NODE_NEW | NODE_REPLACED))) {
        f->source = S("--set");
    } else if (config->unseen) {
        f->source = config->source;
        f->file = config->file;
    } else {
        diag_place(f, config->source, config->text, config->base + node->start);
    }
}

void config_error(Config *config, Diagnostics *diagnostics, const Node *node, Str path, const char *format, ...) {
    va_list args;
    va_start(args, format);
    Diagnostic *f = diag_vadd(diagnostics, ERROR, format, args);
    va_end(args);
    f->path = path;
    place(config, node, f);
}

void config_expect(Config *config, Diagnostics *diagnostics, const Node *node, Str path, Str expected) {
    Str found = node_shown(config->tree.arena, node);
    config_error(config, diagnostics, node, path, "found %.*s, expected %.*s", F(found), F(expected));
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
        config_error(config, diagnostics, value ? value : root, str(key), "found %.*s, expected %s", F(found),
                     expected);
}

static void unknown_key(Config *config, Diagnostics *diagnostics, const Node *key) {
    static const char keys[] = "apiVersion|kind|metadata|spec";
    Arena *arena = config->tree.arena;
    Str name = key->text, near = choice_suggestion(str(keys), name), all = choices_text(arena, str(keys));
    if (field_at(name) || field_below(name))
        near = str_format(arena, "spec.%.*s", F(name));
    if (near.n)
        config_error(config, diagnostics, key, name, "unknown field, did you mean %.*s?", F(near));
    else
        config_error(config, diagnostics, key, name, "unknown field, expected %.*s", F(all));
}

void config_refuse_repeated(Config *config, Diagnostics *diagnostics, Node *map, const Node *entry, Str path) {
    for (const Node *duplicate = node_first(map); duplicate != entry; duplicate = node_next(duplicate))
        if (str_eq(duplicate->key->text, entry->key->text))
            config_error(config, diagnostics, entry->key, path, "found a second time in this mapping, expected once");
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
        config_expect(config, diagnostics, root, S(""), S("a mapping with apiVersion, kind and spec"));
        return false;
    }
    if (is_manifest(&config->tree, root)) {
        Str kind = map_text(&config->tree, root, S("kind"));
        config_error(config, diagnostics, root, S(""), "found kind %.*s, expected a config of kind %s%s", F(kind),
                     CONFIG_KIND, READ_MANIFESTS);
        return false;
    }
    check_root_key(config, diagnostics, root, "apiVersion", CONFIG_API_VERSION);
    check_root_key(config, diagnostics, root, "kind", CONFIG_KIND);
    for (Node *entry = node_first(root); entry; entry = node_next(entry)) {
        Str key = entry->key->text;
        Node *value = node_value(&config->tree, entry);
        config_refuse_repeated(config, diagnostics, root, entry, key);
        if (str_is(key, "spec"))
            config->spec = value;
        else if (str_is(key, "metadata") && !is_mapping(value) && !node_is_null(value))
            config_expect(config, diagnostics, value, key, S("a mapping"));
        else if (!str_is(key, "apiVersion") && !str_is(key, "kind") && !str_is(key, "metadata"))
            unknown_key(config, diagnostics, entry->key);
    }
    if (node_is_null(config->spec))
        config->spec = NULL;
    else if (!is_mapping(config->spec))
        config_expect(config, diagnostics, config->spec, S("spec"), S("a mapping"));
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
        f->since = error.since;
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
        config_error(config, diagnostics, NULL, path, "found \"%.*s\", expected YAML: %.*s", F(text), F(error.message));
        return NULL;
    }
    return tree.root ? node_copy(&tree, arena, tree.root) : new_string(arena, S(""));
}

bool config_set(Config *config, Str assignment, Diagnostics *diagnostics) {
    Tree *tree = &config->tree;
    Arena *arena = tree->arena;
    Str text = assignment, path = str_cut(&text, '=');
    if (path.n == 0 || path.n == assignment.n) {
        config_error(config, diagnostics, NULL, S(""),
                     "found \"%.*s\", expected path=value, such as domain=example.com", F(assignment));
        return false;
    }
    Str rest = str_skip(path, S("spec.").n);
    if (str_starts(path, S("spec.")) && (field_at(rest) || field_below(rest))) {
        config_error(config, diagnostics, NULL, path, "found \"spec.\" before it, expected %.*s", F(rest));
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
            config_error(config, diagnostics, NULL, path, "leads through %.*s, expected a mapping there", F(found));
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

Str config_texts(Arena *arena, Config *config, const char *path, const char *separator) {
    return joined_texts(arena, &config->tree, config_node(config, path), separator);
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
