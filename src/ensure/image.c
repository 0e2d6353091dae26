/* Images: one tag for all of Mailu's, since they are locked together. */
#include "ensure/ensure.h"

/* The tag of the images that are there, unless the config names one. A mix is worth a warning. */
static Str locked_tag(Ensure *e) {
    Config *config = e->instance->config;
    if (config_has(config, "images.tag"))
        return config_get(config, "images.tag");
    for (ComponentId id = 0; id < COMPONENTS; id++) {
        const Part *part = part_of(e->instance, id);
        if (!part || part->added || !part->component->repository)
            continue;
        Str image = map_text(part->workload->tree, part->container, S("image"));
        if (component_of_image(image, config_get(config, "images.registry")) == id && image_tag(image).n)
            return image_tag(image);
    }
    return S(MAILU_TAG);
}

static Str own_image(Ensure *e, Str registry) {
    const Component *component = e->part->component;
    if (component->image)
        return str(component->image);
    return str_format(e->model->arena, "%.*s/%s:%.*s", F(registry), component->repository, F(locked_tag(e)));
}

static void check_lock(Ensure *e, Str image) {
    Str tag = locked_tag(e);
    if (image_tag(image).n && !str_eq(image_tag(image), tag))
        warn(e, WARN_IMAGE_TAG, e->part->workload, map_get(e->part->workload->tree, e->part->container, S("image")),
             "tag %.*s beside %.*s: Mailu's images are locked to one version", F(image_tag(image)), F(tag));
}

/* By an image of the config's own nobody, a second run included, would know the workload again: its labels say what it
 * plays. */
static void name_component(Ensure *e) {
    Part *part = e->part;
    Manifest *m = part->workload;
    if (labels_name_part(part))
        return;
    Node *labels = mapping_at(e, m, mapping_at(e, m, m->root, "metadata"), "labels");
    set_text(e, DEFAULT, m, labels, "app.kubernetes.io/component", str(part->component->name));
    set_text(e, DEFAULT, m, labels, "app.kubernetes.io/part-of", S("mailu"));
}

void ensure_image(Ensure *e) {
    Part *part = e->part;
    Manifest *m = part->workload;
    Config *config = e->instance->config;
    Str registry = config_get(config, "images.registry");
    Str there = map_text(m->tree, part->container, S("image"));
    bool ours = component_of_image(there, registry) == part->id;
    if (config_has_for(config, "images.*", part->component->name)) {
        Str image = config_get_for(config, "images.*", part->component->name);
        set_text(e, SET, m, part->container, "image", image);
        if (component_of_image(image, registry) != part->id)
            name_component(e);
    } else if (!there.n) {
        set_text(e, DEFAULT, m, part->container, "image", own_image(e, registry));
    } else if (ours) {
        Str repository = image_repository(there);
        if (config_has(config, "images.registry"))
            repository = str_format(e->model->arena, "%.*s/%s", F(registry), part->component->repository);
        if (config_has(config, "images.tag"))
            there = str_format(e->model->arena, "%.*s:%.*s", F(repository), F(config_get(config, "images.tag")));
        else
            there =
                str_format(e->model->arena, "%.*s%.*s", F(repository), F(str_skip(there, image_repository(there).n)));
        set_text(e, SET, m, part->container, "image", there);
        check_lock(e, there);
    }
    if (part->added || config_has(config, "images.pullPolicy"))
        set_text(e, strength_of(config, "images.pullPolicy"), m, part->container, "imagePullPolicy",
                 config_get(config, "images.pullPolicy"));
}
