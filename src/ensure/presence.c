/* Adds every required component that the stream does not have, as a bare skeleton. Later passes treat both alike. */
#include "ensure/ensure.h"

#include <string.h>

static bool is_wanted(Ensure *e, const Part *part) {
    if (config_has_for(e->config, "components.*", part->component))
        return config_bool_for(e->config, "components.*", part->component);
    /* A chart without webmail says so here. */
    if (part->id == WEBMAIL && str_is(environment_of(e->instance, "WEBMAIL"), "none"))
        return part->workload;
    return part->workload || part->component->by_default;
}

/* A component that the config disables but the stream has is left unchanged: a filter does not remove a mail server. */
static void leave_alone(Ensure *e, Part *part) {
    warn(e, WARN_COMPONENT, part->workload, NULL,
         "the config says components.%s: false, but the stream has it; it is left unchanged",
         component_key(part->component));
    part->workload = NULL;
}

static void add_workload(Ensure *e, Part *part) {
    const char *name = part->component->name;
    Node *spec = build(e->arena,
                       "{replicas:1,selector:{matchLabels:%n},template:{metadata:{labels:%n},"
                       "spec:{containers:[{name:%s}]}}}",
                       labels_of(e, name, true), labels_of(e, name, false), name);
    Manifest *m = add_manifest(e, KIND_WORKLOAD, prefixed(e, name), name, spec);
    part->workload = m;
    part->pod = manifest_at(m, "spec.template.spec");
    part->container = node_first(map_get(m->tree, part->pod, S("containers")));
    part->labels = manifest_at(m, "spec.selector.matchLabels");
    part->pod_labels = manifest_at(m, "spec.template.metadata.labels");
    part->added = true;
}

static bool listens(ComponentId id) {
    for (size_t i = 0; i < port_count; i++)
        if (ports[i].component == id && ports[i].use == PORT_EXPOSED)
            return true;
    return false;
}

/* The Service by which the rest of Mailu reaches the part: one that the environment names, else one with the workload's
 * name, else one that is not headless. Nothing that a pass changes may count, such as the type, or a second run would
 * choose another. */
static void choose_service(Ensure *e, Part *part) {
    const char *variable = NULL;
    for (size_t i = 0; i < address_variable_count; i++) /* of two for dovecot, the second is for its own clients */
        if (address_variables[i].id == part->id)
            variable = address_variables[i].name;
    Str address = variable ? environment_of(e->instance, variable) : S("");
    Str host = str_cut(&address, '.');
    int best = -1;
    for (size_t i = 0; i < part->services.n; i++) {
        Manifest *m = part->services.at[i];
        Node *spec = manifest_at(m, "spec");
        int rank = has_name(m, host)                                         ? 3
                   : str_eq(m->name, part->workload->name)                   ? 2
                   : str_is(map_text(m->tree, spec, S("clusterIP")), "None") ? 0
                                                                             : 1;
        if (rank > best) {
            best = rank;
            part->service = m;
        }
    }
}

void ensure_services(Ensure *e) {
    Part *part;
    while ((part = e->part = next_part(e->instance, e->part))) {
        choose_service(e, part);
        if (part->service || !listens(part->id) || !is_on(e))
            continue;
        part->service = add_service(e, part, prefixed(e, part->component->name));
        ensure_service_ports(
            e, part->service); /* even without the aspect in `patch`: Kubernetes refuses a Service without ports */
        *PUSH(e->arena, &part->services) = part->service;
    }
}

/* What an added component requires. */
static void check_needs(Ensure *e, const Part *part) {
    static const struct {
        const char *field, *variable;
    } needs[] = {{"domain", "DOMAIN"}, {"hostnames", "HOSTNAMES"}, {"subnet", "SUBNET"}};
    for (size_t i = 0; i < COUNT(needs); i++) {
        if (config_has(e->config, needs[i].field) || environment_of(e->instance, needs[i].variable).n)
            continue;
        Diagnostic *f = diagnose(
            e, ERROR, NULL, NULL,
            "needed to add %s in namespace %.*s, which the stream does not have; set it in the config or with --set "
            "%s=..., or use --set components.%s=false",
            part->component->name, F(e->instance->target_namespace), needs[i].field, component_key(part->component));
        config_locate(e->config, needs[i].field, f);
    }
}

static void tell_cost(Ensure *e) {
    const Component *clamav = &components[CLAMAV];
    Diagnostic *f = diagnose(
        e, NOTE, NULL, NULL,
        "adds clamav: %s to %s of memory, and mail with attachments waits until it answers, up to %d minutes on its "
        "first start",
        clamav->requests.memory, clamav->limits.memory, clamav->probe.startup / 60);
    config_locate(e->config, "components.clamav", f);
}

/* Components without which there is no mail server, and which every chart has. dovecot-submission no chart has. */
static bool is_core(const Part *part) {
    return part->component->by_default && part->id != DOVECOT_SUBMISSION;
}

/* A Mailu with missing components may come from a truncated stream: added components that the config does not ask for
 * are named. */
static void warn_of_missing(Ensure *e) {
    Buf names = {.arena = e->arena};
    const Part *last = NULL;
    bool any_found = false;
    for (ComponentId id = 0; id < COMPONENTS; id++) {
        Part *part = &e->instance->parts[id];
        any_found |= part->workload != NULL;
        if (part->workload || !is_core(part) || !is_wanted(e, part) || !is_on_for(e, part) ||
            config_has_for(e->config, "components.*", part->component))
            continue;
        buf_format(&names, "%s%s", names.n ? ", " : "", part->component->name);
        last = part;
    }
    if (!any_found || !last)
        return;
    warn(e, WARN_MISSING_COMPONENT, NULL, NULL,
         "Mailu %.*s in namespace %.*s has no %.*s: added. Is the stream complete? If it is, set components.%s: "
         "true, or "
         "false to leave it out",
         F(e->instance->prefix), F(e->instance->target_namespace), F(buf_str(&names)), component_key(last->component))
        ->source = S("stdin");
}

void ensure_presence(Ensure *e) {
    Instance *instance = e->instance;
    bool reported = false;
    warn_of_missing(e);
    if (config_bool(instance->config, "createNamespace") && is_on(e) &&
        !stream_find(e->stream, KIND_NAMESPACE, S(""), instance->target_namespace)) {
        Manifest *m = stream_add(
            e->arena, e->stream,
            build(e->arena, "{apiVersion:v1,kind:Namespace,metadata:{name:%S}}", instance->target_namespace));
        *PUSH(e->arena, &instance->changes) = (Change){.manifest = m, .action = ADDED, .aspect = ASPECT_PRESENCE};
    }
    for (ComponentId id = 0; id < COMPONENTS; id++) {
        Part *part = &instance->parts[id];
        bool wanted = is_wanted(e, part);
        if (!wanted && part->workload)
            leave_alone(e, part);
        if (!wanted || part->workload || !is_on_for(e, part))
            continue;
        if (!reported) {
            size_t errors = e->model->diagnostics->errors;
            check_needs(e, part);
            reported = e->model->diagnostics->errors > errors;
        }
        e->part = part;
        add_workload(e, part);
        if (id == CLAMAV)
            tell_cost(e);
        e->part = NULL;
    }
}
