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
        if (!IS_ONE_OF(entry->key->text, everywhere))
            add_word(model, words, text_of(node_value(tree, entry)));
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

/* Whether the document may be in the Mailu's namespace, of which `hash` is. */
static bool is_beside(const Document *document, uint32_t hash) {
    return !hash || !document->namespace_hash || document->namespace_hash == hash;
}

void discover_load_referred(Model *model) {
    LIST(uint32_t) found = {0};
    bool *is_found = NEW_ARRAY(model->arena, bool, model->candidate_count);
    for (size_t m = 0; m < model->instances.n; m++) {
        const Instance *instance = model->instances.at[m];
        uint32_t hash = hash_of_namespace(instance->namespace);
        Str name = str_format(model->arena, "%.*s-", F(instance->prefix));
        Strs words = {0};
        add_words(model, instance, &words);
        for (size_t i = 0; i < model->candidate_count; i++) {
            const Document *d = stream_document(model->stream, model->candidates[i]);
            bool beside = is_beside(d, hash);
            if (d->kind == KIND_ROUTE_GATEWAY)
                is_found[i] |= beside || str_find(d->text, instance->namespace) >= 0;
            else if (beside && !is_found[i])
                is_found[i] = str_find(d->text, name) >= 0 || (d->kind != KIND_WORKLOAD && holds_word(d, &words));
        }
    }
    for (size_t i = 0; i < model->candidate_count; i++)
        if (is_found[i])
            *PUSH(model->arena, &found) = model->candidates[i];
    stream_load(model->arena, model->stream, found.at, found.n);
}

void discover_load_holding(Model *model, const Instance *instance, const Str *words, size_t count) {
    LIST(uint32_t) found = {0};
    uint32_t hash = hash_of_namespace(instance->namespace);
    for (size_t i = 0; i < model->candidate_count; i++) {
        const Document *d = stream_document(model->stream, model->candidates[i]);
        bool holds = is_beside(d, hash) && (d->kind == KIND_SERVICE || d->kind == KIND_WORKLOAD) && !d->tree;
        for (size_t j = 0; j < count && holds; j++)
            holds = str_find(d->text, words[j]) >= 0;
        if (holds)
            *PUSH(model->arena, &found) = model->candidates[i];
    }
    if (found.n)
        stream_load(model->arena, model->stream, found.at, found.n);
}
