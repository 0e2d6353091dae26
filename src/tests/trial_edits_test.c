/* Random edits, each to the tree and to the data. */
#include "tests/trial.h"
#include "yaml/build.h"

typedef struct Value {
    Node *node;
    Datum *datum;
} Value;

static Value new_scalar(Trial *trial, Str text, bool bare) {
    Datum *datum = NEW(trial->arena, Datum);
    *datum = (Datum){.kind = DATUM_SCALAR, .text = text, .bare = bare, .fresh = true};
    return (Value){bare ? new_plain(trial->arena, text) : new_string(trial->arena, text), datum};
}

static Str some_text(Trial *trial) {
    static const char *const texts[] = {
        "a",
        "word",
        "two words",
        "nginx:1.27",
        "http://x/y#z",
        "it's",
        "a \"b\"",
        "-dash",
        "?mark",
        "x: y",
        "yes",
        "null",
        "0755",
        "1e3",
        "~",
        "12",
        "-1",
        "0x1F",
        "1:30",
        "true",
        "a # b",
        "",
        "{{ x }}",
        "2024-06-01",
        "[x",
        "%d",
        "@at",
        "&and",
        "*star",
        "!bang",
        "|pipe",
        ">more",
        "a,b",
        "#hash",
        "a:",
        "---",
        "...",
        "- item",
        ": colon",
        "=",
        "<<",
        "caf\xC3\xA9",
        " x",
        "x ",
        "\t",
        "a\tb",
        "a\nb\n",
        "a\nb",
        "a\n\n\n",
        "\n",
        " a\nb\n",
        "a\n  b\n",
        "\ta\nb\n",
        "a\r\nb\n",
        "a\n\nb ",
        "# x\ny\n",
        "\x01",
        "\\",
        "-",
        "\xF0\x9F\x93\xA7",
        "---\nx\n",
        ("a\xE2\x80\xA8"
         "b"),
        "\xEF\xBB\xBFx",
    };
    return str(texts[random_below(trial->random, COUNT(texts))]);
}

static void append_datum(Trial *trial, Datum *parent, Datum *key, Datum *child) {
    child->parent = parent;
    child->key = key;
    *PUSH(trial->arena, &parent->children) = child;
}

static Value some_value(Trial *trial, int depth) {
    static const char *const bare[] = {"12", "true", "null", "-1", "1.5"};
    size_t kind = random_below(trial->random, depth < 3 ? 10 : 6);
    if (kind < 4)
        return new_scalar(trial, some_text(trial), false);
    if (kind < 6)
        return new_scalar(trial, str(bare[random_below(trial->random, COUNT(bare))]), true);
    bool is_map = kind < 8;
    Value value = {new_collection(trial->arena, is_map ? MAPPING : SEQUENCE), NEW(trial->arena, Datum)};
    value.datum->kind = is_map ? DATUM_MAP : DATUM_LIST;
    value.datum->fresh = true;
    for (size_t n = random_below(trial->random, 4); n; n--) {
        Value key = new_scalar(trial, str_format(trial->arena, n == 2 ? "%zu" : "n%zu", n), false);
        Value child = some_value(trial, depth + 1);
        node_append(value.node, is_map ? key.node : NULL, child.node);
        append_datum(trial, value.datum, is_map ? key.datum : NULL, child.datum);
    }
    return value;
}

/* A node and the datum that says the same. */
typedef struct Place {
    Node *node; /* as the collection above holds it: perhaps an alias */
    Datum *datum;
} Place;

static Place child_at(Trial *trial, Place parent, size_t index) {
    Node *node = node_first(node_value(&trial->tree, parent.node));
    for (size_t i = 0; i < index; i++)
        node = node_next(node);
    return (Place){node, parent.datum->children.at[index]};
}

static Place some_collection(Trial *trial) {
    Place place = {trial->tree.root, trial->data};
    for (;;) {
        size_t candidates = 0, index = 0;
        for (size_t i = 0; i < place.datum->children.n; i++)
            if (datum_is_collection(place.datum->children.at[i]) && random_below(trial->random, ++candidates) == 0)
                index = i;
        if (!candidates || random_chance(trial->random, 25))
            return place;
        place = child_at(trial, place, index);
    }
}

static void log_edit(Trial *trial, const char *what, const Datum *parent, Str which, const Datum *value) {
    Buf path = {.arena = trial->arena};
    for (const Datum *up = parent; up && up->parent; up = up->parent) {
        Str rest = str_copy(trial->arena, buf_str(&path));
        path.n = 0;
        size_t index = 0;
        while (up->parent->children.at[index] != up)
            index++;
        if (up->key)
            buf_format(&path, "/%.*s%.*s", F(up->key->text), F(rest));
        else
            buf_format(&path, "/%zu%.*s", index, F(rest));
    }
    buf_format(&trial->log, "%s %.*s %.*s", what, F(buf_str(&path)), F(which));
    if (value) {
        buf_add(&trial->log, S(" = "));
        data_print(&trial->log, value, 4);
    } else {
        buf_char(&trial->log, '\n');
    }
}

static void set_entry(Trial *trial, Place map, Str key) {
    Value value = some_value(trial, 0);
    Datum *entry = NULL;
    size_t index = 0;
    for (size_t i = 0; i < map.datum->children.n && !entry; i++)
        if (map.datum->children.at[i]->key->kind == DATUM_SCALAR && str_eq(map.datum->children.at[i]->key->text, key)) {
            entry = map.datum->children.at[i];
            index = i;
        }
    log_edit(trial, "set", map.datum, key, value.datum);
    if (entry) {
        trial_replaced(trial, entry);
        trial_anchors_below(trial, entry);
        trial_touched(trial, entry->parent);
        value.datum->parent = map.datum;
        value.datum->key = entry->key;
        value.datum->fresh = entry->fresh;
        value.datum->first_line = entry->first_line;
        value.datum->value_line = entry->first_line;
        value.datum->last_line = entry->last_line;
        value.datum->flow = entry->flow;
        map.datum->children.at[index] = value.datum;
    } else {
        trial_inserted(trial, map.datum);
        trial_touched(trial, map.datum);
        append_datum(trial, map.datum, new_scalar(trial, key, false).datum, value.datum);
    }
    edit_set(&trial->tree, node_value(&trial->tree, map.node), key, value.node);
}

static void append_item(Trial *trial, Place list) {
    Value value = some_value(trial, 0);
    log_edit(trial, "append", list.datum, S(""), value.datum);
    trial_inserted(trial, list.datum);
    trial_touched(trial, list.datum);
    append_datum(trial, list.datum, NULL, value.datum);
    edit_append(&trial->tree, node_value(&trial->tree, list.node), value.node);
}

static void remove_child(Trial *trial, Place parent, size_t index) {
    Place child = child_at(trial, parent, index);
    log_edit(trial, "remove", parent.datum,
             child.datum->key ? child.datum->key->text : str_format(trial->arena, "[%zu]", index), NULL);
    trial_removed(trial, child.datum);
    if (datum_source_children(parent.datum) == !child.datum->fresh) /* the last one */
        trial_replaced(trial, parent.datum);
    trial_anchors_below(trial, child.datum);
    if (child.datum->key && !child.datum->fresh && datum_standing(child.datum) == child.datum)
        trial_anchors_below(trial, child.datum->key);
    trial_touched(trial, parent.datum);
    edit_remove(&trial->tree, random_chance(trial->random, 50) ? child.node : node_value(&trial->tree, child.node));
    for (size_t i = index; i + 1 < parent.datum->children.n; i++)
        parent.datum->children.at[i] = parent.datum->children.at[i + 1];
    parent.datum->children.n--;
}

void trial_edit(Trial *trial) {
    static const char *const nasty_keys[] = {"yes", "1", "a: b", "#x", "caf\xC3\xA9", "", "- x", "null"};
    Place place = some_collection(trial);
    size_t n = place.datum->children.n, kind = random_below(trial->random, 10);
    const Datum *key;
    if (n && kind < 3) {
        remove_child(trial, place, random_below(trial->random, n));
    } else if (place.datum->kind == DATUM_LIST) {
        append_item(trial, place);
    } else if (n && kind < 7 && (key = place.datum->children.at[random_below(trial->random, n)]->key)->text.n) {
        set_entry(trial, place, key->text);
    } else {
        Str name = str_format(trial->arena, "new%zu", random_below(trial->random, 5));
        if (random_chance(trial->random, 10))
            name = str(nasty_keys[random_below(trial->random, COUNT(nasty_keys))]);
        set_entry(trial, place, name);
    }
}
