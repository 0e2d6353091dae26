#include "tests/look.h"

#include "tests/tests.h"

void wrong(Look *look, const Object *o, const char *format, ...) {
    va_list args;
    va_start(args, format);
    Str message = str_vformat(look->arena, format, args);
    va_end(args);
    print_error("  %.*s: %.*s\n", F(object_label(look->arena, o)), F(message));
    look->wrong++;
}

Node *pod_of(const Object *o) {
    static const char *const kinds[] = {"Deployment", "StatefulSet", "DaemonSet"};
    return IS_ONE_OF(o->kind, kinds) ? map_path(o->tree, o->root, "spec.template.spec") : NULL;
}

Node *list_of(const Object *o, Node *map, const char *key) {
    return map_get(o->tree, map, str(key));
}

bool service_selects(const Object *service, const Object *workload) {
    return selector_matches(service->tree, map_path(service->tree, service->root, "spec.selector"), workload->tree,
                            map_path(workload->tree, workload->root, "spec.template.metadata.labels"));
}

void each_container(Look *look, void (*check)(Look *, const Object *, Node *)) {
    for (size_t i = 0; i < look->after.n; i++) {
        const Object *o = &look->after.at[i];
        EACH_ITEM(container, o->tree, list_of(o, pod_of(o), "containers"))
            check(look, o, container);
    }
}

void each_object(Look *look, const char *kind, void (*check)(Look *, const Object *)) {
    for (size_t i = 0; i < look->after.n; i++)
        if (!kind || str_is(look->after.at[i].kind, kind))
            check(look, &look->after.at[i]);
}

static void (*the_check)(Look *);

static bool finds_nothing(Arena *arena, const Case *c, Result *result) {
    Look look = {arena, c, result, objects_of(arena, c->request.stream), objects_of(arena, result->out), 0};
    the_check(&look);
    return look.wrong == 0;
}

void look_at_cases(void (*check)(Look *)) {
    the_check = check;
    cases_all_keep(finds_nothing);
}
