#include "tests/routing.h"
#include "tests/tests.h"

static Object parse(Arena *arena, const char *text) {
    Tree *tree = NEW(arena, Tree);
    TreeError error;
    assert_true(tree_parse(arena, str(text), tree, &error));
    return (Object){.tree = tree, .root = tree->root};
}

Node *object_at(Arena *arena, const Object *object, const char *path) {
    Str rest = str(path), way = str_cut(&rest, '|');
    Node *node = map_path(object->tree, object->root, str_copy(arena, way).p);
    return rest.n ? map_get(object->tree, node, rest) : node;
}

void check_row(Arena *arena, const Objects *objects, const Row *row) {
    const Object *object = object_of(objects, str(row->kind), S(""), str(row->name));
    Node *found = object ? object_at(arena, object, row->path) : NULL;
    if (!row->value) {
        if (found)
            fail_msg("%s/%s: %s is there", row->kind, row->name, row->path);
        return;
    }
    Object wanted = parse(arena, row->value);
    if (!found || !node_equal(object->tree, found, wanted.tree, wanted.root))
        fail_msg("%s/%s: %s is not %s", row->kind, row->name, row->path, row->value);
}

void check_rows(Arena *arena, const Objects *objects, const Row *rows, size_t count) {
    for (size_t i = 0; i < count; i++)
        check_row(arena, objects, &rows[i]);
}

size_t objects_of_kind(const Objects *objects, const char *kind) {
    size_t count = 0;
    for (size_t i = 0; i < objects->n; i++)
        count += str_is(objects->at[i].kind, kind);
    return count;
}

Objects routing_run(Arena *arena, Str stream, const Str *sets, size_t set_count, Str *said) {
    return objects_of(arena, case_run_twice(arena, stream, sets, set_count, said));
}

Str ingress_paths(Arena *arena, const Objects *objects, const char *name) {
    const Object *o = object_of(objects, S("Ingress"), S(""), str(name));
    Buf out = {.arena = arena};
    Node *rules = o ? map_path(o->tree, o->root, "spec.rules") : NULL;
    for (Node *rule = is_sequence(rules) ? node_first(rules) : NULL; rule; rule = node_next(rule)) {
        Node *paths = map_path(o->tree, node_value(o->tree, rule), "http.paths");
        buf_format(&out, "%.*s:", F(map_text(o->tree, node_value(o->tree, rule), S("host"))));
        for (Node *item = node_first(paths); item; item = node_next(item)) {
            Node *path = node_value(o->tree, item), *service = map_path(o->tree, path, "backend.service");
            bool prefix = !str_is(map_text(o->tree, path, S("pathType")), "Exact");
            buf_format(&out, " %.*s%s=%.*s:%.*s", F(map_text(o->tree, path, S("path"))), prefix ? "*" : "",
                       F(map_text(o->tree, service, S("name"))),
                       F(map_text(o->tree, map_get(o->tree, service, S("port")), S("number"))));
        }
        buf_char(&out, '\n');
    }
    return buf_str(&out);
}

Objects routing_case(Arena *arena, const char *directory, Str *said) {
    Case c = case_read(arena, str(directory));
    Result result;
    case_run(arena, &c, &result);
    assert_true(result.ok);
    Objects objects = objects_of(arena, result.out);
    *said = result.said;
    case_done(&result);
    return objects;
}
