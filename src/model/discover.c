#include "model/discover.h"

#include "spec/formats.h"

#include <assert.h>
#include <string.h>

/* ---- workloads ---- */

/* A workload, and what is needed to tell which component it is. */
typedef struct Candidate {
    Manifest *workload;
    Node *pod, *container, *pod_labels;
    ComponentId id;    /* COMPONENTS: not one of the specification's */
    Peer peer;         /* then: PEER_OLETOOLS, PEER_TIKA, or PEERS */
    Str instance_name; /* app.kubernetes.io/instance */
} Candidate;

typedef LIST(Candidate) Candidates;

static ComponentId component_named(Str name) {
    ComponentId id = 0;
    while (id < COMPONENTS && !str_is(name, components[id].name))
        id++;
    return id;
}

static bool is_submission_image(Str image) {
    Str path, name = image_last_segment(image_repository(image), &path);
    return str_is(name, "dovecot") && str_is(image_last_segment(path, &path), "dovecot");
}

static Node *container_for(Tree *tree, Node *containers, ComponentId id, Str registry) {
    Node *first = NULL, *named = NULL;
    EACH_ITEM(container, tree, containers) {
        if (!is_mapping(container))
            continue;
        if (component_of_image(map_text(tree, container, S("image")), registry) == id)
            return container;
        if (str_is(map_text(tree, container, S("name")), components[id].name))
            named = container;
        if (!first)
            first = container;
    }
    return named ? named : first;
}

static Candidate read_workload(Manifest *workload, Str registry) {
    Tree *tree = workload->tree;
    Candidate c = {.workload = workload, .id = COMPONENTS, .peer = PEERS};
    Node *template = manifest_at(workload, "spec.template");
    Node *labels = manifest_at(workload, "metadata.labels");
    c.pod = map_get(tree, template, S("spec"));
    c.pod_labels = map_path(tree, template, "metadata.labels");
    Node *containers = map_get(tree, c.pod, S("containers"));
    if (!is_sequence(containers) || workload->hook)
        return c;
    bool of_mailu = labels_say_mailu(tree, labels) || labels_say_mailu(tree, c.pod_labels);
    Str named = labelled_component(tree, labels, c.pod_labels);
    EACH_ITEM(container, tree, containers) {
        Str image = map_text(tree, container, S("image"));
        if (c.id == COMPONENTS)
            c.id = component_of_image(image, registry);
        if (c.id == COMPONENTS && is_submission_image(image) && of_mailu)
            c.id = DOVECOT_SUBMISSION;
    }
    if (c.id == COMPONENTS && of_mailu) {
        c.id = component_named(named);
        c.peer = str_is(named, "oletools") ? PEER_OLETOOLS : str_is(named, "tika") ? PEER_TIKA : PEERS;
    }
    if (c.id < COMPONENTS)
        c.container = container_for(tree, containers, c.id, registry);
    c.instance_name = map_text(tree, c.pod_labels, LABEL_INSTANCE);
    if (!c.instance_name.n)
        c.instance_name = map_text(tree, labels, LABEL_INSTANCE);
    return c;
}

static Instance *new_instance(Model *model, Str namespace, Str name) {
    Instance *instance = NEW(model->arena, Instance);
    instance->stream = model->stream;
    instance->namespace = namespace;
    instance->name = name;
    instance->config = model->empty_config;
    instance->parts = NEW_ARRAY(model->arena, Part, COMPONENTS);
    for (ComponentId id = 0; id < COMPONENTS; id++)
        instance->parts[id] = (Part){.instance = instance, .component = &components[id], .id = id};
    *PUSH(model->arena, &model->instances) = instance;
    return instance;
}

/* The Mailu a candidate belongs to: that of its namespace and instance label; without a label, the only one there. */
static Instance *instance_for(Model *model, const Candidate *c, bool may_add) {
    Instance *only = NULL;
    size_t there = 0;
    for (size_t i = 0; i < model->instances.n; i++) {
        Instance *instance = model->instances.at[i];
        if (!str_eq(instance->namespace, c->workload->namespace))
            continue;
        if (str_eq(instance->name, c->instance_name))
            return instance;
        only = instance;
        there++;
    }
    if (!c->instance_name.n && there == 1)
        return only;
    return may_add ? new_instance(model, c->workload->namespace, c->instance_name) : NULL;
}

/* Names become parts of addresses, and these go into files and URLs. */
static bool has_proper_name(const Manifest *m) {
    return check_object_name(m->name) && (m->namespace.n == 0 || check_namespace(m->namespace));
}

static const char no_proper_name[] =
    "its name or namespace is not valid in Kubernetes; expected lower-case letters, digits, '-' and '.'";

/* Why Kubernetes would refuse the workload, in what the passes rely on; NULL when it would not. */
static const char *invalid_reason(const Candidate *c, const Part *part) {
    if (!has_proper_name(c->workload))
        return no_proper_name;
    if (!c->container)
        return "has no container, expected a mapping in spec.template.spec.containers";
    if (!is_mapping(manifest_at(c->workload, "spec.selector")))
        return "has no selector, expected spec.selector.matchLabels";
    if (!selector_matches(c->workload->tree, part->labels, c->workload->tree, c->pod_labels))
        return "its selector does not select its own pods, expected their labels";
    return NULL;
}

static void join(Model *model, Instance *instance, const Candidate *c) {
    Part *part = &instance->parts[c->id];
    if (part->workload) {
        Str first = manifest_label(model->arena, part->workload);
        if (str_eq(first, manifest_label(model->arena, c->workload)))
            model_error_twice(model, part->workload, c->workload);
        else
            model_error(model, c->workload, NULL,
                        "found a second %s, expected one; the first is %.*s in the same namespace",
                        part->component->name, F(first));
        return;
    }
    part->workload = c->workload;
    part->pod = c->pod;
    part->container = c->container;
    part->pod_labels = c->pod_labels;
    part->labels = manifest_at(c->workload, "spec.selector.matchLabels");
    if (!is_mapping(part->labels) || !node_first(part->labels))
        part->labels = c->pod_labels;
    const char *flaw = invalid_reason(c, part);
    assert(flaw || (part->pod && part->container && part->labels && part->pod_labels));
    if (flaw) {
        model_error(model, c->workload, NULL, "%s", flaw);
        part->workload = NULL;
    }
}

/* If only some manifests of a Mailu name its namespace, it is not clear whether they belong in the same one. Call it
 * when every Mailu has its name. */
static void refuse_mixed_namespaces(Model *model) {
    for (size_t i = 0; i < model->instances.n; i++)
        for (size_t j = 0; j < model->instances.n; j++) {
            const Instance *open = model->instances.at[i], *placed = model->instances.at[j];
            if (open->namespace.n || !placed->namespace.n || !str_eq(open->name, placed->name))
                continue;
            const Part *part = next_part(open, NULL);
            if (!part) /* all its workloads have been refused */
                continue;
            model_error(model, part->workload, NULL,
                        "has no namespace, but other workloads of this Mailu have \"%.*s\"; expected one for all",
                        F(placed->namespace));
        }
}

static void find_workloads(Model *model, Candidates *found) {
    Str registry = config_get(model->config, "images.registry");
    for (Manifest *m = NULL; (m = stream_next(model->stream, KIND_WORKLOAD, S(""), m));) {
        Candidate c = read_workload(m, registry);
        if (c.id < COMPONENTS || c.peer < PEERS)
            *PUSH(model->arena, found) = c;
    }
    for (int labelled = 1; labelled >= 0; labelled--)
        for (size_t i = 0; i < found->n; i++)
            if (found->at[i].id < COMPONENTS && (found->at[i].instance_name.n > 0) == labelled)
                join(model, instance_for(model, &found->at[i], true), &found->at[i]);
}

static void add_external_peer(Model *model, Instance *instance, Peer peer, Manifest *workload, Node *labels) {
    ExternalPeer *p = PUSH(model->arena, &instance->external_peers);
    *p = (ExternalPeer){.peer = peer, .manifest = workload, .labels = labels, .family = labels};
    *PUSH(model->arena, &p->workloads) = workload;
}

/* Call it when every Mailu has its name, that of the config, too. */
static void find_external_peers(Model *model, const Candidates *found) {
    for (size_t i = 0; i < found->n; i++) {
        const Candidate *c = &found->at[i];
        Instance *instance = c->peer < PEERS ? instance_for(model, c, false) : NULL;
        Node *labels = manifest_at(c->workload, "spec.selector.matchLabels");
        if (instance && is_mapping(labels))
            add_external_peer(model, instance, c->peer, c->workload, labels);
    }
}

/* ---- services ---- */

/* The first part whose pods the Service selects, in its own namespace or, if not `exact`, in one that may be; how many
 * there are is added to `*hits`. */
static Part *part_selected(Model *model, Manifest *service, bool exact, size_t *hits) {
    Node *selector = map_path(service->tree, service->root, "spec.selector");
    Part *first = NULL;
    for (size_t i = 0; i < model->instances.n; i++) {
        Instance *instance = model->instances.at[i];
        if (exact ? !str_eq(instance->namespace, service->namespace)
                  : !same_namespace(instance->namespace, service->namespace))
            continue;
        for (Part *part = NULL; (part = next_part(instance, part));) {
            if (!selector_matches(service->tree, selector, part->workload->tree, part->pod_labels))
                continue;
            claim_manifest(model, instance, service);
            if (++*hits == 1)
                first = part;
            else if (*hits == 2 && !service->used_elsewhere)
                stream_locate(model->stream, service, selector,
                              diag_warn(model->diagnostics, WARN_SHARED_SERVICE,
                                        "selects the pods of both %s and %s; it is left unchanged",
                                        first->component->name, part->component->name));
        }
    }
    return first;
}

static void place_service(Model *model, Manifest *service) {
    size_t hits = 0;
    if (service->hook || !has_proper_name(service)) /* its address does not last */
        return;
    Part *part = part_selected(model, service, true, &hits);
    if (!part)
        part = part_selected(model, service, false, &hits);
    if (hits == 1)
        *PUSH(model->arena, &part->services) = service;
}

/* A part's Service and policy use its selector: other pods that it selects would get the part's mail and access. */
static void check_selector(Model *model, const Part *part) {
    for (const Part *other = NULL; (other = next_part(part->instance, other));)
        if (other != part &&
            selector_matches(part->workload->tree, part->labels, other->workload->tree, other->pod_labels))
            model_error(model, part->workload, part->labels, "also selects the pods of %s; expected labels of its own",
                        other->component->name);
}

void discover_services(Model *model) {
    for (size_t i = 0; i < model->instances.n; i++)
        for (const Part *part = NULL; (part = next_part(model->instances.at[i], part));)
            check_selector(model, part);
    for (Manifest *m = NULL; (m = stream_next(model->stream, KIND_SERVICE, S(""), m));)
        place_service(model, m);
}

/* ---- environment ---- */

static bool is_mailu_environment(Tree *tree, Node *data) {
    static const char *const telling[] = {"TLS_FLAVOR", "HOSTNAMES", "SUBNET", "DOMAIN"};
    for (size_t i = 0; i < COUNT(telling); i++)
        if (map_get(tree, data, str(telling[i])))
            return true;
    return false;
}

/* The ConfigMap the parts read by envFrom. It can't be an immutable one: Kubernetes refuses to change it. */
static void find_environment(Model *model, Instance *instance) {
    for (const Part *part = NULL; !instance->environment && (part = next_part(instance, part));) {
        Tree *tree = part->workload->tree;
        EACH_ITEM(source, tree, map_get(tree, part->container, S("envFrom"))) {
            Str name = map_text(tree, map_get(tree, source, S("configMapRef")), S("name"));
            Manifest *m = name.n ? stream_find(model->stream, KIND_CONFIG_MAP, instance->namespace, name) : NULL;
            if (m && is_mailu_environment(m->tree, manifest_at(m, "data")) && !is_immutable(m))
                instance->environment = m;
        }
    }
    /* An existing object with the name that ours would get is used, and its contents count. */
    if (!instance->environment)
        instance->environment = stream_find(model->stream, KIND_CONFIG_MAP, instance->namespace,
                                            str_format(model->arena, "%.*s-environment", F(instance->prefix)));
}

typedef struct User {
    Model *model;
    const Instance *instance;
} User;

static void claim_reference(void *context, const Manifest *workload, Kind kind, Node *reference, Str name) {
    const User *user = context;
    (void)workload, (void)reference;
    bool matters = name.n && kind != KIND_SECRET; /* nothing is read from Secrets */
    Manifest *m = matters ? stream_find(user->model->stream, kind, user->instance->namespace, name) : NULL;
    if (m)
        claim_manifest(user->model, user->instance, m);
}

/* What the Mailu reads and mounts. */
static void claim_references(Model *model, const Instance *instance) {
    for (Part *part = NULL; (part = next_part(instance, part));)
        each_reference(part, claim_reference, &(User){model, instance});
    if (instance->environment)
        claim_manifest(model, instance, instance->environment);
}

/* ---- names ---- */

/* The part of a workload's name before its component: "mailu" of mailu-front, "full" of full-front-deployment-c80ee1e0.
 */
static Str prefix_of(Arena *arena, const Part *part) {
    Str name = part->workload->name;
    Str ending = str_format(arena, "-%s", part->component->name);
    if (str_ends(name, ending))
        return str_head(name, name.n - ending.n);
    ptrdiff_t at = str_find(name, str_format(arena, "-%s-", part->component->name));
    return at > 0 ? str_head(name, (size_t)at) : (Str){0};
}

/* Names that are added may be those of Services: 63 characters with the longest ending. */
enum { LONGEST_PREFIX = 63 - sizeof "-webmail-login-redirect" };

static void choose_prefix(Model *model, Instance *instance) {
    for (const Part *part = NULL; !instance->prefix.n && (part = next_part(instance, part));)
        instance->prefix = prefix_of(model->arena, part);
    if (!check_object_name(instance->prefix))
        instance->prefix = instance->name;
    if (!check_object_name(instance->prefix))
        instance->prefix = S("mailu");
    if (instance->prefix.n > LONGEST_PREFIX)
        instance->prefix = str_head(instance->prefix, LONGEST_PREFIX);
    while (instance->prefix.p[instance->prefix.n - 1] == '-' || instance->prefix.p[instance->prefix.n - 1] == '.')
        instance->prefix.n--;
    if (!instance->name.n) /* what is added has it as a label, by which the next run finds it */
        instance->name = instance->prefix;
}

/* ---- the whole ---- */

/* Which Mailu the config is about. */
static void give_config(Model *model) {
    Str namespace = config_get(model->config, "namespace");
    Instance *chosen = NULL;
    size_t hits = 0;
    for (size_t i = 0; i < model->instances.n; i++) {
        Instance *instance = model->instances.at[i];
        if (namespace.n && !same_namespace(instance->namespace, namespace))
            continue;
        chosen = instance;
        hits++;
    }
    if (hits == 1) {
        chosen->config = model->config;
    } else if (hits > 1 && model->config->spec) {
        config_locate(
            model->config, "namespace",
            model_error(
                model, NULL, NULL,
                "found %zu Mailus in the stream, expected the config to name the namespace of the one it is for",
                hits));
    } else if (model->instances.n) {
        const Instance *other = model->instances.at[0];
        if (!namespace.n)
            return;
        config_locate(model->config, "namespace",
                      model_error(model, NULL, NULL,
                                  "found \"%.*s\", expected \"%.*s\", the namespace of the Mailu in the stream",
                                  F(namespace), F(other->namespace)));
    } else if (model->generates) {
        chosen = new_instance(model, namespace.n ? namespace : S("mailu"), S(""));
        chosen->config = model->config;
    }
}

void discover(Model *model) {
    Candidates found = {0};
    find_workloads(model, &found);
    give_config(model);
    for (size_t i = 0; i < model->instances.n; i++) {
        Instance *instance = model->instances.at[i];
        Str namespace = instance->namespace.n ? instance->namespace : config_get(instance->config, "namespace");
        instance->target_namespace = namespace.n ? namespace : S("mailu");
        choose_prefix(model, instance);
    }
    refuse_mixed_namespaces(model);
    find_external_peers(model, &found);
    discover_load_referred(model);
    for (size_t i = 0; i < model->instances.n; i++)
        find_environment(model, model->instances.at[i]);
    for (size_t i = 0; i < model->instances.n; i++)
        claim_references(model, model->instances.at[i]);
}
