#include "model/discover.h"

/* Services, claims and ConfigMaps need not mention Mailu to be its own; there are many of others, so they are read only
 * when a workload refers to them. A workload has to mention it, unless the config's registry does not either; any other
 * is read only when it may have a name that is to be added. Routes of the Gateway API may be in any namespace, and lead
 * here. Other routes, and policies, are always read. */
static bool can_wait(Model *model, const Document *document) {
    if (document->kind == KIND_ROUTE_GATEWAY)
        return true;
    if (document->mentions)
        return false;
    if (document->kind == KIND_WORKLOAD)
        return str_has(config_get(model->config, "images.registry"), "mailu");
    return document->kind == KIND_SERVICE || document->kind == KIND_CLAIM || document->kind == KIND_CONFIG_MAP ||
           document->kind == KIND_SECRET;
}

void discover_load(Model *model, const uint32_t *numbers, size_t count) {
    uint32_t *now = NEW_ARRAY(model->arena, uint32_t, count), *later = NEW_ARRAY(model->arena, uint32_t, count);
    size_t now_count = 0, later_count = 0;
    for (size_t i = 0; i < count; i++) {
        const Document *document = stream_document(model->stream, numbers[i]);
        if (can_wait(model, document))
            later[later_count++] = numbers[i];
        else
            now[now_count++] = numbers[i];
    }
    stream_load(model->arena, model->stream, now, now_count);
    model->candidates = later;
    model->candidate_count = later_count;
}

static void add_word(Model *model, Strs *words, Str word) {
    if (word.n)
        strs_add(model->arena, words, word);
}

/* What the items of a list refer to. */
static const struct {
    const char *list;     /* of a pod or a container */
    const char *at, *key; /* where an item has the name */
    Kind kind;
} references[] = {
    {"volumes", "secret", "secretName", KIND_SECRET},
    {"volumes", "configMap", "name", KIND_CONFIG_MAP},
    {"volumes", "persistentVolumeClaim", "claimName", KIND_CLAIM},
    {"envFrom", "secretRef", "name", KIND_SECRET},
    {"envFrom", "configMapRef", "name", KIND_CONFIG_MAP},
    {"env", "valueFrom.secretKeyRef", "name", KIND_SECRET},
    {"env", "valueFrom.configMapKeyRef", "name", KIND_CONFIG_MAP},
    {"imagePullSecrets", "", "name", KIND_SECRET},
};

void each_reference_of(const Manifest *m, Node *owner, const char *list, VisitReference *visit, void *context) {
    EACH_ITEM(item, m->tree, map_get(m->tree, owner, str(list)))
        for (size_t i = 0; i < COUNT(references); i++) {
            Node *reference = map_path(m->tree, item, references[i].at);
            if (str_is(str(references[i].list), list))
                visit(context, m, references[i].kind, reference, map_text(m->tree, reference, str(references[i].key)));
        }
}

void each_reference(const Part *part, VisitReference *visit, void *context) {
    each_reference_of(part->workload, part->pod, "volumes", visit, context);
    each_reference_of(part->workload, part->container, "envFrom", visit, context);
    each_reference_of(part->workload, part->container, "env", visit, context);
}

typedef struct Handles {
    Model *model;
    Strs *words;
} Handles;

static void add_reference(void *context, const Manifest *m, Kind kind, Node *reference, Str name) {
    const Handles *handles = context;
    (void)m, (void)kind, (void)reference;
    add_word(handles->model, handles->words, name);
}

/* What a document has to hold somewhere in its text to be referred to by the part: a value of a pod label, for a
 * Service that selects it; or the name of a claim or ConfigMap. The labels that every Helm release has do not count. */
static void add_handles(Model *model, const Part *part, Strs *words) {
    static const char *const everywhere[] = {"app.kubernetes.io/managed-by", "app.kubernetes.io/version",
                                             "helm.sh/chart"};
    Tree *tree = part->workload->tree;
    Node *labels = part->pod_labels;
    for (Node *entry = entries_of(labels); entry; entry = node_next(entry))
        if (!IS_ONE_OF(entry->key->text, everywhere) && is_scalar(node_value(tree, entry)))
            add_word(model, words, node_value(tree, entry)->text);
    each_reference(part, add_reference, &(Handles){model, words});
}

/* What selects pods that may be added is referred to as well. */
static void add_words(Model *model, const Instance *instance, Strs *words) {
    for (ComponentId id = 0; id < COMPONENTS; id++) {
        if (instance->parts[id].workload)
            add_handles(model, &instance->parts[id], words);
        else
            add_word(model, words, LABEL_COMPONENT);
    }
}

static bool holds_word(const Document *document, const Strs *words) {
    for (size_t i = 0; i < words->n; i++)
        if (str_find(document->text, words->at[i]) >= 0)
            return true;
    return false;
}

/* Whether a Mailu is in the document's namespace, if the document names it. */
static bool is_beside_mailu(const Model *model, const Document *document) {
    bool beside = document->namespace_hash == 0;
    for (size_t i = 0; i < model->instances.n && !beside; i++) {
        Str namespace = model->instances.at[i]->namespace;
        beside = namespace.n == 0 || hash_of_namespace(namespace) == document->namespace_hash;
    }
    return beside;
}

void discover_load_referred(Model *model) {
    Strs words = {0}, names = {0}, namespaces = {0};
    for (size_t i = 0; i < model->instances.n; i++) {
        add_words(model, model->instances.at[i], &words);
        add_word(model, &namespaces, model->instances.at[i]->namespace);
        add_word(model, &names, str_format(model->arena, "%.*s-", F(model->instances.at[i]->prefix)));
    }
    uint32_t *numbers = NEW_ARRAY(model->arena, uint32_t, model->candidate_count);
    size_t count = 0;
    for (size_t i = 0; i < model->candidate_count; i++) {
        const Document *document = stream_document(model->stream, model->candidates[i]);
        bool beside = is_beside_mailu(model, document), route = document->kind == KIND_ROUTE_GATEWAY;
        if (route && (beside || holds_word(document, &namespaces)))
            numbers[count++] = model->candidates[i];
        if (route || !beside)
            continue;
        if (holds_word(document, &names) || (document->kind != KIND_WORKLOAD && holds_word(document, &words)))
            numbers[count++] = model->candidates[i];
    }
    stream_load(model->arena, model->stream, numbers, count);
}

void discover_load_holding(Model *model, const Instance *instance, const Str *words, size_t count) {
    uint32_t *numbers = NEW_ARRAY(model->arena, uint32_t, model->candidate_count);
    uint32_t hash = instance->namespace.n ? hash_of_namespace(instance->namespace) : 0;
    size_t found = 0;
    for (size_t i = 0; i < model->candidate_count; i++) {
        const Document *document = stream_document(model->stream, model->candidates[i]);
        bool beside = !hash || !document->namespace_hash || document->namespace_hash == hash;
        bool holds = beside && (document->kind == KIND_SERVICE || document->kind == KIND_WORKLOAD) && !document->tree;
        for (size_t j = 0; j < count && holds; j++)
            holds = str_find(document->text, words[j]) >= 0;
        if (holds)
            numbers[found++] = model->candidates[i];
    }
    if (found)
        stream_load(model->arena, model->stream, numbers, found);
}
