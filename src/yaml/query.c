#include "yaml/query.h"

Node *item_with(Tree *tree, Node *sequence, const char *key, Str text) {
    EACH_ITEM(map, tree, sequence) {
        const Node *value = map_get(tree, map, str(key));
        if (is_scalar(value) && str_eq(value->text, text))
            return map;
    }
    return NULL;
}

Node *item_with_int(Tree *tree, Node *sequence, const char *key, int number) {
    EACH_ITEM(map, tree, sequence)
        if (int_at(tree, map, key) == number)
            return map;
    return NULL;
}

bool holds_text(Tree *tree, Node *sequence, Str text) {
    EACH_ITEM(value, tree, sequence)
        if (is_scalar(value) && str_eq(value->text, text))
            return true;
    return false;
}

Node *first_item(Tree *tree, Node *sequence) {
    return node_value(tree, items_of(sequence));
}

int int_at(Tree *tree, Node *map, const char *key) {
    const Node *value = map_get(tree, map, str(key));
    int number;
    return is_scalar(value) && scalar_type(value) == TYPE_INT && str_to_int(value->text, &number) ? number : -1;
}

bool selector_matches(Tree *tree, Node *selector, Tree *other, Node *labels) {
    if (!is_mapping(selector) || !node_first(selector))
        return false;
    for (Node *entry = node_first(selector); entry; entry = node_next(entry)) {
        const Node *value = node_value(tree, entry), *label = map_get(other, labels, entry->key->text);
        if (!is_scalar(value) || !is_scalar(label) || !str_eq(value->text, label->text))
            return false;
    }
    return true;
}

Str joined_texts(Arena *arena, Tree *tree, Node *sequence, const char *separator) {
    Buf out = {.arena = arena};
    EACH_ITEM(value, tree, sequence)
        if (is_scalar(value))
            buf_format(&out, "%s%.*s", out.n ? separator : "", F(value->text));
    return buf_str(&out);
}
