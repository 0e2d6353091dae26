/* The passes, in their order. */
#include "ensure/certificates.h"

#include "model/discover.h"

#include <assert.h>

static const struct {
    Aspect aspect;
    void (*pass)(Ensure *);
} part_passes[] = {
    {ASPECT_IMAGES, ensure_image},
    {ASPECT_PORTS, ensure_ports},
    {ASPECT_ENVIRONMENT, ensure_environment},
    {ASPECT_STORAGE, ensure_storage},
    {ASPECT_ENVIRONMENT, ensure_submission},
    {ASPECT_ENVIRONMENT, ensure_files},
    {ASPECT_ENVIRONMENT, ensure_certificate_volume},
    {ASPECT_PROBES, ensure_probes},
    {ASPECT_RESOURCES, ensure_resources},
    {ASPECT_SCHEDULING, ensure_scheduling},
    {ASPECT_SECURITY, ensure_security},
};

static const struct {
    Aspect aspect;
    void (*pass)(Ensure *);
} instance_passes[] = {
    {ASPECT_ENVIRONMENT, ensure_shared_environment},
    {ASPECT_SECURITY, ensure_no_key_at_front},
    {ASPECT_ENVIRONMENT, ensure_names}, /* once more: there may be new Services that they name */
    {ASPECT_ENVIRONMENT, check_names},
    {ASPECT_SCHEDULING, ensure_replicas},
    {ASPECT_ROUTING, ensure_exposure},
    {ASPECT_ROUTING, ensure_routing},
    {ASPECT_ROUTING, ensure_ingresses},
    {ASPECT_POLICIES, ensure_policies},
};

static Ensure ensure_for(Model *model, Instance *instance, Aspect aspect) {
    return (Ensure){.model = model,
                    .instance = instance,
                    .aspect = aspect,
                    .arena = model->arena,
                    .stream = model->stream,
                    .config = instance->config};
}

static void ensure_instance(Model *model, Instance *instance) {
    Ensure e = ensure_for(model, instance, ASPECT_PRESENCE);
    ensure_services(&e);
    find_certificate(&e);
    while ((e.part = next_part(instance, e.part))) {
        assert(e.part->pod && e.part->container && e.part->labels && e.part->pod_labels);
        for (size_t i = 0; i < COUNT(part_passes); i++) {
            e.aspect = part_passes[i].aspect;
            if (is_on(&e) || (e.part->added && e.aspect == ASPECT_IMAGES)) /* every container needs an image */
                part_passes[i].pass(&e);
        }
    }
    ensure_cautions(&e);
    for (size_t i = 0; i < COUNT(instance_passes); i++) {
        e.aspect = instance_passes[i].aspect;
        if (is_on(&e))
            instance_passes[i].pass(&e);
    }
}

void ensure_all(Model *model) {
    size_t errors = model->diagnostics->errors;
    for (size_t i = 0; i < model->instances.n; i++) {
        model->diagnostics->accepted = config_accepts(model->instances.at[i]->config);
        Ensure e = ensure_for(model, model->instances.at[i], ASPECT_ENVIRONMENT);
        ensure_names(&e);
        e.aspect = ASPECT_PRESENCE;
        ensure_presence(&e);
        find_settings(model, e.instance);
        e.aspect = ASPECT_ENVIRONMENT;
        follow_settings(&e);
    }
    discover_services(model);
    if (model->diagnostics->errors > errors)
        return; /* further errors would only follow from these */
    for (size_t i = 0; i < model->instances.n; i++) {
        model->diagnostics->accepted = config_accepts(model->instances.at[i]->config);
        ensure_instance(model, model->instances.at[i]);
    }
    model->diagnostics->accepted = config_accepts(model->config);
}
