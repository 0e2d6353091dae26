/* The servers that a Mailu's environment names and the stream has. */
#include "model/discover.h"
#include "model/traffic.h"

#include "yaml/build.h"
#include "yaml/query.h"

static bool is_of_release(const Instance *instance, Tree *tree, Node *labels) {
    Str release = map_text(tree, labels, LABEL_INSTANCE);
    return !release.n || str_eq(release, instance->name);
}

static Node *pod_labels_of(const Manifest *workload) {
    return manifest_at(workload, "spec.template.metadata.labels");
}

/* Whether the labels select pods of a component, or of a known server. */
static bool selects_known(const Instance *instance, Tree *tree, Node *labels) {
    for (const Part *part = NULL; (part = next_part(instance, part));)
        if (selector_matches(tree, labels, part->workload->tree, part->pod_labels))
            return true;
    for (size_t i = 0; i < instance->external_peers.n; i++) {
        const ExternalPeer *p = &instance->external_peers.at[i];
        for (size_t j = 0; j < p->workloads.n; j++)
            if (selector_matches(tree, labels, p->workloads.at[j]->tree, pod_labels_of(p->workloads.at[j])))
                return true;
    }
    return false;
}

/* What a Redis and its replicas have in common: name and release of the chart, without the role. */
static Node *family_of(Model *model, const Instance *instance, const Manifest *service, Node *selector) {
    Str name = map_text(service->tree, selector, LABEL_NAME),
        release = map_text(service->tree, selector, LABEL_INSTANCE);
    if (!name.n || !release.n)
        return selector;
    Node *family = build(model->arena, "{app.kubernetes.io/name:%S,app.kubernetes.io/instance:%S}", name, release);
    return selects_known(instance, service->tree, family) ? selector : family;
}

static void load_pods(Model *model, const Instance *instance, const Manifest *service, Node *labels) {
    Str *words = NEW_ARRAY(model->arena, Str, node_count(labels));
    size_t n = 0;
    for (Node *entry = node_first(labels); entry; entry = node_next(entry))
        words[n++] = node_value(service->tree, entry)->text;
    discover_load_holding(model, instance, words, n);
}

static void find_server(Model *model, Instance *instance, Peer peer, Str host) {
    Str name, namespace;
    if (!split_host(host, &name, &namespace))
        return;
    discover_load_holding(model, instance, &name, 1);
    Manifest *service = service_called(model, instance, host);
    Node *selector = service ? manifest_at(service, "spec.selector") : NULL;
    if (!is_mapping(selector) || !node_first(selector) || selects_known(instance, service->tree, selector) ||
        !is_of_release(instance, service->tree, manifest_at(service, "metadata.labels")) ||
        !is_of_release(instance, service->tree, selector))
        return;
    for (size_t i = 0; i < instance->external_peers.n; i++)
        if (instance->external_peers.at[i].manifest == service)
            return;
    ExternalPeer p = {.peer = peer, .manifest = service, .labels = selector};
    p.family = family_of(model, instance, service, selector);
    load_pods(model, instance, service, p.family);
    for (Manifest *m = NULL; (m = stream_next(model->stream, KIND_WORKLOAD, service->namespace, m));)
        if (!m->hook && selector_matches(service->tree, p.family, m->tree, pod_labels_of(m)))
            *PUSH(model->arena, &p.workloads) = m;
    *PUSH(model->arena, &instance->external_peers) = p;
}

void discover_servers(Model *model, Instance *instance) {
    static const Peer peers[] = {PEER_REDIS, PEER_DATABASE, PEER_OLETOOLS, PEER_TIKA};
    for (size_t i = 0; i < COUNT(peers); i++)
        find_server(model, instance, peers[i], server_host(instance, ADMIN, (int)peers[i]));
    find_server(model, instance, PEER_DATABASE, server_host(instance, WEBMAIL, PEER_DATABASE));
}
