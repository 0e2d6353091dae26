#include "model/variables.h"

#include "yaml/build.h"

bool reads_map(const Part *part, const Manifest *map) {
    Tree *tree = part->workload->tree;
    EACH_ITEM(source, tree, map_get(tree, part->container, S("envFrom")))
        if (has_name(map, map_text(tree, map_get(tree, source, S("configMapRef")), S("name"))))
            return true;
    return false;
}

Node *container_variable(Tree *tree, Node *container, Str name) {
    return item_with(tree, map_get(tree, container, S("env")), "name", name);
}

bool is_immutable(const Manifest *map) {
    return str_is(map_text(map->tree, map->root, S("immutable")), "true");
}

/* A ConfigMap or Secret that is referred to. */
typedef struct Store {
    Manifest *manifest; /* NULL: it is not in the stream */
    Str name;           /* as the reference writes it; empty: there is no such reference */
    bool secret;
} Store;

static Store store_of(const Instance *instance, Tree *tree, Node *item, const char *map_key, const char *secret_key) {
    Node *map = map_get(tree, item, str(map_key)), *secret = map_get(tree, item, str(secret_key));
    Store store = {.name = map_text(tree, secret ? secret : map, S("name")), .secret = secret != NULL};
    if (store.name.n)
        store.manifest =
            stream_find(instance->stream, secret ? KIND_SECRET : KIND_CONFIG_MAP, instance->namespace, store.name);
    return store;
}

static Store whole_store(const Instance *instance, Tree *tree, Node *item) {
    return store_of(instance, tree, item, "configMapRef", "secretRef");
}

/* The value at `key`; NULL when the store has none. */
static Node *entry_of(const Store *store, Str key) {
    const Manifest *m = store->manifest;
    Node *entry = m ? map_get(m->tree, manifest_at(m, "data"), key) : NULL;
    return entry || !m ? entry : map_get(m->tree, manifest_at(m, "stringData"), key);
}

/* The key that gives the variable by an item of `envFrom`; false when its prefix does not fit. */
static bool key_for(Tree *tree, Node *item, const char *name, Str *key) {
    Str prefix = map_text(tree, item, S("prefix"));
    *key = str_skip(str(name), prefix.n);
    return str_starts(str(name), prefix);
}

/* The item of `envFrom` that sets the variable: the last one counts. NULL when none is known to. */
static Node *item_that_gives(const Instance *instance, const Part *part, const char *name, Store *store, Str *key) {
    Tree *tree = part->workload->tree;
    Node *sources = map_get(tree, part->container, S("envFrom")), *found = NULL;
    EACH_ITEM(source, tree, sources) {
        Store candidate = whole_store(instance, tree, source);
        Str candidate_key;
        if (!key_for(tree, source, name, &candidate_key) || !entry_of(&candidate, candidate_key))
            continue;
        found = source;
        *store = candidate;
        *key = candidate_key;
    }
    return found;
}

static Str text_in(const Store *store, Str key) {
    return text_of(store->secret ? NULL : entry_of(store, key));
}

Str variable_of(const Instance *instance, const Part *part, const char *name) {
    Tree *tree = part->workload->tree;
    Node *variable = container_variable(tree, part->container, str(name));
    Store store;
    Str key;
    if (variable) {
        Node *from = map_get(tree, variable, S("valueFrom"));
        store = store_of(instance, tree, from, "configMapKeyRef", "secretKeyRef");
        return from ? text_in(&store, map_text(tree, map_get(tree, from, S("configMapKeyRef")), S("key")))
                    : map_text(tree, variable, S("value"));
    }
    return item_that_gives(instance, part, name, &store, &key) ? text_in(&store, key) : (Str){0};
}

Str environment_of(const Instance *instance, const char *name) {
    const Manifest *shared = instance->environment;
    Str value = {0};
    if (shared)
        value = map_text(shared->tree, manifest_at(shared, "data"), str(name));
    for (const Part *part = NULL; !value.n && (part = next_part(instance, part));) {
        bool of_its_own =
            part->id == FETCHMAIL && str_is(str(name), "HOSTNAMES"); /* ensure_environment sets it to postfix */
        if (part->component->reads_environment && !of_its_own)
            value = variable_of(instance, part, name);
    }
    return value;
}

bool reads_unknown(const Instance *instance, Tree *tree, Node *item) {
    Store store = whole_store(instance, tree, item);
    return store.name.n && !store.manifest;
}

Provided variable_provided(const Instance *instance, const Part *part, const char *name) {
    Tree *tree = part->workload->tree;
    Store store, shared = {.manifest = instance->environment};
    Str key;
    if (container_variable(tree, part->container, str(name)) || item_that_gives(instance, part, name, &store, &key) ||
        (part->component->reads_environment && text_in(&shared, str(name)).n))
        return PROVIDED;
    EACH_ITEM(source, tree, map_get(tree, part->container, S("envFrom")))
        if (key_for(tree, source, name, &key) && reads_unknown(instance, tree, source))
            return MAYBE_PROVIDED;
    return NOT_PROVIDED;
}

static bool source_in(Model *model, const Instance *instance, const Part *part, const char *name,
                      VariableSource *source) {
    Tree *tree = part->workload->tree;
    Node *variable = container_variable(tree, part->container, str(name));
    Node *from = map_get(tree, variable, S("valueFrom"));
    Str value = map_text(tree, variable, S("value")), key;
    Store store;
    *source = (VariableSource){.value = value};
    if (from)
        source->value_from = node_copy(tree, model->arena, from);
    else if (!variable && item_that_gives(instance, part, name, &store, &key))
        source->value_from =
            build(model->arena, store.secret ? "{secretKeyRef:{name:%S,key:%S}}" : "{configMapKeyRef:{name:%S,key:%S}}",
                  store.name, key);
    /* a value composed of other variables is useless elsewhere */
    return source->value_from || (value.n && str_find(value, S("$(")) < 0);
}

bool find_variable_source(Model *model, Instance *instance, const char *name, VariableSource *source) {
    for (const Part *part = NULL; (part = next_part(instance, part));)
        if (source_in(model, instance, part, name, source))
            return true;
    return false;
}
