/* Prints the fields of the config: as a JSON schema, as a table for the README, and as a config. */
#include "config/config.h"
#include "config/fields.h"
#include "spec/catalog.h"
#include "yaml/build.h"
#include "yaml/edit.h"
#include "yaml/print.h"

#include <string.h>

static void set_int(Tree *tree, Node *map, const char *key, int number) {
    edit_set(tree, map, str(key), build(tree->arena, "%d", number));
}

static Node *set_map(Tree *tree, Node *map, Str key) {
    Node *there = map_get(tree, map, key);
    return there ? there : edit_set(tree, map, key, new_collection(tree->arena, MAPPING));
}

/* A value as YAML writes it: quoted if it is a text. */
static Node *value_node(Arena *arena, const Field *field, Str text) {
    return field->type == FIELD_TEXT ? new_string(arena, text) : new_plain(arena, text);
}

/* ---- JSON schema ---- */

/* What a format says of strings. Other types that are allowed are not checked by it. */
static void describe_format(Tree *tree, Node *schema, const Format *format) {
    edit_set(tree, schema, S("pattern"), new_string(tree->arena, str_format(tree->arena, "^(%s)$", format->pattern)));
    set_int(tree, schema, "maxLength", format->longest);
    if (format->numbers)
        set_int(tree, schema, format->numbers == NUMBER_ABOVE_0 ? "exclusiveMinimum" : "minimum", 0);
    if (format->never)
        edit_set(tree, schema, S("not"), build(tree->arena, "{type:string,pattern:%s}", format->never));
}

static Node *text_schema(Tree *tree, const Format *format) {
    Node *schema = build(tree->arena, "{type:string}");
    describe_format(tree, schema, format);
    return schema;
}

/* "redis:" without a value sets nothing: null is valid anywhere. */
static void set_types(Tree *tree, Node *schema, const char *type, bool or_number) {
    edit_set(tree, schema, S("type"), build(tree->arena, or_number ? "[%s,number,null]" : "[%s,null]", type));
}

static void set_enum(Tree *tree, Node *schema, const Field *field) {
    Node *list = edit_set(tree, schema, S("enum"), new_collection(tree->arena, SEQUENCE));
    for (Str choices = str(field->choices); choices.n;)
        edit_append(tree, list, value_node(tree->arena, field, str_cut(&choices, '|')));
    edit_append(tree, list, new_plain(tree->arena, S("null")));
}

static Node *warning_schema(Arena *arena) {
    Node *names = new_collection(arena, SEQUENCE);
    for (WarningId id = 0; id < WARNINGS; id++)
        node_add(names, new_string(arena, str(warnings[id].name)));
    return build(arena, "{enum:%n}", names);
}

static void describe_list(Tree *tree, Node *schema, Node *items) {
    edit_set(tree, schema, S("items"), items);
    set_int(tree, schema, "minItems", 1);
}

static void describe_labels(Tree *tree, Node *schema) {
    describe_format(tree, set_map(tree, schema, S("propertyNames")), &format_label_key);
    edit_set(tree, schema, S("additionalProperties"), text_schema(tree, &format_label_value));
    set_int(tree, schema, "minProperties", 1);
}

static void describe(Tree *tree, Node *schema, const Field *field) {
    static const char *const types[] = {[FIELD_TEXT] = "string", [FIELD_BOOL] = "boolean",  [FIELD_INT] = "integer",
                                        [FIELD_LIST] = "array",  [FIELD_LABELS] = "object", [FIELD_WARNINGS] = "array"};
    set_types(tree, schema, types[field->type], field->type == FIELD_TEXT && field->format && field->format->numbers);
    edit_set(tree, schema, S("description"), build(tree->arena, "%s", field->help));
    if (field->choices) {
        set_enum(tree, schema, field);
    } else if (field->type == FIELD_TEXT) {
        describe_format(tree, schema, field->format);
    } else if (field->type == FIELD_INT) {
        set_int(tree, schema, "minimum", field->least);
        set_int(tree, schema, "maximum", field->most);
    } else if (field->type == FIELD_WARNINGS) {
        describe_list(tree, schema, warning_schema(tree->arena));
    } else if (field->type == FIELD_LIST) {
        describe_list(tree, schema, text_schema(tree, field->format));
    } else if (field->type == FIELD_LABELS) {
        describe_labels(tree, schema);
    }
    if (field->fallback)
        edit_set(tree, schema, S("default"), value_node(tree->arena, field, str(field->fallback)));
}

/* Puts the schema of `field` below `schema`, where the rest of its path leads; "*" and "@" become a property for each.
 */
static void add_property(Tree *tree, Node *schema, Str path, const Field *field) {
    if (path.n == 0) {
        if (!map_get(tree, schema, S("type"))) /* else its own field has described it */
            describe(tree, schema, field);
        return;
    }
    if (!map_get(tree, schema, S("type"))) {
        set_types(tree, schema, "object", false);
        edit_set(tree, schema, S("additionalProperties"), build(tree->arena, "false"));
    }
    Node *properties = set_map(tree, schema, S("properties"));
    Str step = str_cut(&path, '.');
    for (size_t i = 0; field_step(step, i).n; i++)
        add_property(tree, set_map(tree, properties, field_step(step, i)), path, field);
}

Str config_schema(Arena *arena) {
    Tree tree = {.arena = arena, .step = 2, .json = true};
    tree.root = build(arena,
                      "{$schema:%s,title:%s,type:object,additionalProperties:false,required:[apiVersion,kind],"
                      "properties:{apiVersion:{const:%s},kind:{const:%s},metadata:{type:[object,null]},spec:{}}}",
                      "https://json-schema.org/draft/2020-12/schema", CONFIG_KIND " (" CONFIG_API_VERSION ")",
                      CONFIG_API_VERSION, CONFIG_KIND);
    Node *spec = map_path(&tree, tree.root, "properties.spec");
    for (size_t i = 0; i < field_count; i++)
        add_property(&tree, spec, str(fields[i].path), &fields[i]);
    return edit_render(arena, &tree);
}

/* ---- reference ---- */

static Str kind_of_value(Arena *arena, const Field *field) {
    Buf out = {.arena = arena};
    if (field->choices) {
        for (Str choices = str(field->choices); choices.n;) {
            Str choice = str_cut(&choices, '|');
            buf_format(&out, "%s`%.*s`", out.n ? ", " : "", F(choice));
        }
        return buf_str(&out);
    }
    switch (field->type) {
    case FIELD_TEXT:
        return str(field->format->expected);
    case FIELD_BOOL:
        return S("true or false");
    case FIELD_INT:
        return str_format(arena, "%d to %d", field->least, field->most);
    case FIELD_LIST:
        return str_format(arena, "a list: %s", field->format->expected);
    case FIELD_WARNINGS:
        return S("a list of names: see the warnings below");
    case FIELD_LABELS:
        break;
    }
    return S("labels");
}

Str config_reference(Arena *arena) {
    Buf out = {.arena = arena};
    buf_add(&out, S("| field of `spec` | value | default | meaning |\n| --- | --- | --- | --- |\n"));
    for (size_t i = 0; i < field_count; i++) {
        const Field *field = &fields[i];
        Str path = field_shown(arena, field), kind = kind_of_value(arena, field);
        buf_format(&out, "| `%.*s` | %.*s | ", F(path), F(kind));
        if (field->fallback)
            buf_format(&out, "`%s`", field->fallback);
        buf_format(&out, " | %s |\n", field->help);
    }
    buf_add(&out, S("\n| warning | meaning, and what to do |\n| --- | --- |\n"));
    for (WarningId id = 0; id < WARNINGS; id++)
        buf_format(&out, "| `%s` | %s |\n", warnings[id].name, warnings[id].help);
    return buf_str(&out);
}

/* ---- a config ---- */

/* Every field that has a default, except the patterns. */
static Node *defaults(Tree *tree) {
    Node *spec = new_collection(tree->arena, MAPPING);
    for (size_t i = 0; i < field_count; i++) {
        Node *map = spec;
        Str way = str(fields[i].path), name = str_cut(&way, '.');
        if (!fields[i].fallback || strpbrk(fields[i].path, "*@"))
            continue;
        for (; way.n; name = str_cut(&way, '.'))
            map = set_map(tree, map, name);
        edit_set(tree, map, name, value_node(tree->arena, &fields[i], str(fields[i].fallback)));
    }
    return spec;
}

typedef struct Shown {
    Config *config;
    Tree *defaults;
    const Printer *printer;
} Shown;

/* A default, on lines that are comments from column `indent` on. */
static void print_default(const Shown *shown, const Node *entry, uint32_t indent) {
    Buf text = {.arena = shown->config->tree.arena};
    Printer printer = *shown->printer;
    printer.out = &text;
    print_entry(&printer, entry, 0);
    for (Str lines = buf_str(&text); lines.n;) {
        print_line(shown->printer, indent);
        Str line = str_cut(&lines, '\n');
        buf_format(shown->printer->out, "# %.*s", F(line));
    }
}

static bool says_nothing(Tree *tree, Node *value) {
    bool nothing = node_is_null(value) || is_mapping(value);
    for (Node *entry = entries_of(value); entry && nothing; entry = node_next(entry))
        nothing = says_nothing(tree, node_value(tree, entry));
    return nothing;
}

/* What the config sets below `said`, and the defaults of the rest. */
static void print_both(const Shown *shown, Node *said, Node *fallbacks, uint32_t indent) {
    Tree *tree = &shown->config->tree;
    for (Node *entry = node_first(said); entry; entry = node_next(entry)) {
        Node *value = node_value(tree, entry), *fallback = map_get(shown->defaults, fallbacks, entry->key->text);
        if (says_nothing(tree, value))
            continue;
        print_line(shown->printer, indent);
        Node *copy = node_copy(tree, tree->arena, value);
        copy->key = new_string(tree->arena, entry->key->text);
        if (is_mapping(value) && is_mapping(fallback)) {
            buf_format(shown->printer->out, "%.*s:", F(entry->key->text));
            print_both(shown, value, fallback, indent + shown->printer->step);
        } else {
            print_entry(shown->printer, copy, indent);
        }
    }
    for (Node *entry = node_first(fallbacks); entry; entry = node_next(entry))
        if (says_nothing(tree, map_get(tree, said, entry->key->text)))
            print_default(shown, entry, indent);
}

Str config_print(Arena *arena, Config *config) {
    Buf out = {.arena = arena};
    Tree fallbacks = {.arena = arena, .step = 2, .sequences_indented = true};
    Printer printer = printer_for(&fallbacks, &out);
    fallbacks.root = defaults(&fallbacks);
    buf_add(&out, S("apiVersion: " CONFIG_API_VERSION "\nkind: " CONFIG_KIND "\nspec:"));
    print_both(&(Shown){config, &fallbacks, &printer}, config->spec, fallbacks.root, printer.step);
    buf_char(&out, '\n');
    return buf_str(&out);
}

/* ---- one field ---- */

static void explain_value(Arena *arena, const Field *field, Buf *out) {
    static const char *const types[] = {[FIELD_TEXT] = "string",
                                        [FIELD_BOOL] = "boolean",
                                        [FIELD_INT] = "integer",
                                        [FIELD_LIST] = "[]string",
                                        [FIELD_LABELS] = "map[string]string",
                                        [FIELD_WARNINGS] = "[]string"};
    Str shown = field_shown(arena, field);
    buf_format(out, "%.*s <%s>\n    %s\n", F(shown), types[field->type], field->help);
    if (field->choices) {
        Str choices = choices_text(arena, str(field->choices));
        buf_format(out, "    Values: %.*s\n", F(choices));
    } else if (field->type == FIELD_INT) {
        buf_format(out, "    Values: %d to %d\n", field->least, field->most);
    } else if (field->format) {
        buf_format(out, "    Values: %s%s\n", field->type == FIELD_LIST ? "each " : "", field->format->expected);
    }
    if (field->fallback)
        buf_format(out, "    Default: %s\n", field->fallback);
}

/* "spec.", and "mailu.spec." as kubectl explain would have it, may be before it. */
static Str below_spec(Str path) {
    if (str_starts(path, S("mailu.spec")))
        path = str_skip(path, 6);
    if (str_is(path, "spec"))
        return S("");
    return str_starts(path, S("spec.")) ? str_skip(path, 5) : path;
}

bool config_explain(Arena *arena, Str path, Str *text) {
    Buf out = {.arena = arena};
    path = below_spec(path);
    const Field *field = field_at(path);
    buf_format(&out, "KIND:     %s\nVERSION:  %s\n\n", CONFIG_KIND, CONFIG_API_VERSION);
    if (!field && path.n && !field_below(path)) {
        Str rest = path, parent = S(""), near;
        for (size_t i = path.n; i-- > 0 && !parent.n;)
            if (path.p[i] == '.')
                parent = str_head(path, i), rest = str_skip(path, i + 1);
        near = field_suggestion(arena, parent, rest);
        if (near.n && parent.n && str_find_char(near, '.') < 0)
            near = str_format(arena, "%.*s.%.*s", F(parent), F(near));
        *text = near.n ? str_format(arena, "%.*s: unknown field, did you mean %.*s?", F(path), F(near))
                       : str_format(arena, "%.*s: unknown field; --explain spec lists them", F(path));
        return false;
    }
    for (size_t i = 0; i < field_count; i++)
        if (field ? field == &fields[i] : !path.n || field_is_below(&fields[i], path))
            explain_value(arena, &fields[i], &out);
    *text = buf_str(&out);
    return true;
}
