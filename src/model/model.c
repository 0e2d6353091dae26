#include "model/model.h"

#include <string.h>

/* ---- parts ---- */

void model_error_twice(Model *model, const Manifest *first, const Manifest *second) {
    Diagnostic place = {0};
    if (first->document)
        stream_locate(model->stream, first, NULL, &place);
    model_error(model, second, NULL, "found a second time in the stream, expected once; the first is at line %zu",
                place.line);
}

void claim_manifest(Model *model, const Instance *instance, Manifest *m) {
    Str here = instance->target_namespace;
    if (m->namespace.n || m->added || m->used_elsewhere)
        return;
    if (!m->used_in.n)
        m->used_in = here;
    m->used_elsewhere = !str_eq(m->used_in, here);
    if (m->used_elsewhere)
        model_error(model, m, NULL,
                    "names no namespace, but the Mailus in \"%.*s\" and \"%.*s\" use it; expected one for each",
                    F(m->used_in), F(here));
}

Part *part_of(const Instance *instance, ComponentId id) {
    return instance->parts[id].workload ? &instance->parts[id] : NULL;
}

Part *next_part(const Instance *instance, const Part *part) {
    for (ComponentId id = part ? part->id + 1 : 0; id < COMPONENTS; id++)
        if (instance->parts[id].workload)
            return &instance->parts[id];
    return NULL;
}

Str service_address(Model *model, const Instance *instance, Str service) {
    Str namespace = instance->namespace.n ? instance->namespace : config_get(instance->config, "namespace");
    if (!namespace.n) /* Helm does not pass on the namespace: the short name is right everywhere */
        return service;
    return str_format(model->arena, "%.*s.%.*s.svc.%.*s", F(service), F(namespace),
                      F(instance->settings.cluster_domain));
}

Str address_of(Model *model, const Instance *instance, ComponentId id) {
    const Manifest *service = instance->parts[id].service;
    return service ? service_address(model, instance, service->name) : (Str){0};
}

Part *part_served_by(const Instance *instance, Str service) {
    for (Part *part = NULL; (part = next_part(instance, part));)
        for (size_t i = 0; i < part->services.n; i++)
            if (has_name(part->services.at[i], service))
                return part;
    return NULL;
}

int container_port_at(const Part *part, Tree *tree, Node *map, const char *key) {
    const Node *port = map_get(tree, map, str(key));
    if (!is_scalar(port))
        return -1;
    if (scalar_type(port) == TYPE_INT)
        return int_at(tree, map, key);
    Tree *pods = part->workload->tree;
    Node *named = item_with(pods, map_get(pods, part->container, S("ports")), "name", port->text);
    return int_at(pods, named, "containerPort");
}

/* ---- labels ---- */

bool labels_say_mailu(Tree *tree, Node *labels) {
    Str name = map_text(tree, labels, LABEL_NAME);
    return str_is(name, "mailu") || str_starts(name, S("mailu-")) ||
           str_is(map_text(tree, labels, LABEL_PART_OF), "mailu") ||
           str_starts(map_text(tree, labels, S("helm.sh/chart")), S("mailu-"));
}

Str labelled_component(Tree *tree, Node *labels, Node *pod_labels) {
    Str named = map_text(tree, pod_labels, LABEL_COMPONENT);
    return named.n ? named : map_text(tree, labels, LABEL_COMPONENT);
}

bool labels_name_part(const Part *part) {
    Tree *tree = part->workload->tree;
    Node *labels = manifest_at(part->workload, "metadata.labels");
    Node *pod_labels = manifest_at(part->workload, "spec.template.metadata.labels");
    return (labels_say_mailu(tree, labels) || labels_say_mailu(tree, pod_labels)) &&
           str_is(labelled_component(tree, labels, pod_labels), part->component->name);
}

/* ---- what is wrong ---- */

Diagnostic *model_error(Model *model, const Manifest *m, const Node *node, const char *format, ...) {
    va_list args;
    va_start(args, format);
    Diagnostic *f = diag_vadd(model->diagnostics, ERROR, format, args);
    va_end(args);
    if (m)
        stream_locate(model->stream, m, node, f);
    return f;
}

Strength strength_of(Config *config, const char *field) {
    return config_has(config, field) ? SET : DEFAULT;
}
