/* Images: one tag for all of Mailu's, since they must have the same version. */
#include "ensure/ensure.h"

#include "spec/images.h"

/* Whether the image is one of Mailu's own for the part, by its name and wherever it comes from. A component with an
 * image of another project has versions of its own. */
static bool is_mailu_image(const Part *part, Str image) {
    Str path, name = image_last_segment(image_repository(image), &path);
    return !part->component->image &&
           (str_is(name, part->component->repository) || component_of_image(image, S("")) == part->id);
}

/* The image of a part in the stream, if it is one of Mailu's own; empty otherwise. */
static Str found_image(const Part *part) {
    if (part->added)
        return (Str){0};
    Str image = map_text(part->workload->tree, part->container, S("image"));
    return is_mailu_image(part, image) ? image : (Str){0};
}

static int votes_for(Ensure *e, Str tag) {
    int votes = 0;
    for (const Part *part = NULL; (part = next_part(e->instance, part));)
        votes += str_eq(image_tag(found_image(part)), tag);
    return votes;
}

/* The config's tag, else the one that most images in the stream have; of several, the first that names a version. */
static Str locked_tag(Ensure *e) {
    Str best = S(MAILU_TAG);
    int most = 0;
    if (config_has(e->config, "images.tag"))
        return config_get(e->config, "images.tag");
    for (const Part *part = NULL; (part = next_part(e->instance, part));) {
        Str tag = image_tag(found_image(part));
        if (most && str_eq(tag, best))
            continue;
        int votes = !tag.n || image_age(tag) == AGE_TOO_OLD ? 0 : 2 * votes_for(e, tag) + (image_age(tag) == AGE_FINE);
        if (votes > most) {
            most = votes;
            best = tag;
        }
    }
    return best;
}

/* The registry of all images in the stream, if they have the same; unless the config names another. */
static Str usual_registry(Ensure *e) {
    Str registry = {0}, path;
    for (const Part *part = NULL; (part = next_part(e->instance, part));) {
        Str image = found_image(part);
        if (!image.n || config_has(e->config, "images.registry"))
            continue;
        image_last_segment(image_repository(image), &path);
        if (registry.n && !str_eq(path, registry))
            return config_get(e->config, "images.registry");
        registry = path;
    }
    return registry.n ? registry : config_get(e->config, "images.registry");
}

static Str own_image(Ensure *e) {
    const Component *component = e->part->component;
    if (component->image)
        return str(component->image);
    Str registry = usual_registry(e), tag = locked_tag(e);
    return str_format(e->arena, "%.*s/%s:%.*s", F(registry), component->repository, F(tag));
}

static void check_tag(Ensure *e, const Manifest *m, const Node *node, Str tag) {
    Str locked = locked_tag(e);
    if (!str_eq(tag, locked))
        warn(e, WARN_IMAGE_TAG, m, node, "tag %.*s beside %.*s: all of Mailu's images must have the same version",
             F(tag), F(locked));
}

/* Entry points, ports and templates are for one version: an older image would not start. */
static void check_version(Ensure *e) {
    Manifest *m = e->part->workload;
    Node *node = map_get(m->tree, e->part->container, S("image"));
    Str image = map_text(m->tree, e->part->container, S("image")), tag = image_tag(image);
    if (!is_mailu_image(e->part, image))
        return;
    bool all = config_has(e->config, "images.tag");
    if (image_age(tag) == AGE_TOO_OLD) {
        Diagnostic *f = diagnose(e, ERROR, m, node,
                                 "image %.*s: Mailu %.*s has different entry points and ports; expected " MAILU_TAG
                                 " or later: upgrade Mailu first, or use --set images.tag=" MAILU_TAG,
                                 F(image), F(tag));
        if (all)
            config_locate(e->config, "images.tag", f);
    } else if (image_age(tag) == AGE_UNKNOWN) /* of what is added, too: a second run would see it */
        warn(e, WARN_IMAGE_VERSION, m, node,
             "image %.*s does not state its version, which must be " MAILU_TAG " or later", F(image));
    else if (image_age(tag) == AGE_FINE)
        check_tag(e, m, node, tag);
}

/* ---- the pass ---- */

/* With an image from the config, nothing, not even a second run, would recognise the workload: its labels name its
 * component. */
static void name_component(Ensure *e) {
    Part *part = e->part;
    Manifest *m = part->workload;
    if (labels_name_part(part))
        return;
    Node *labels = mapping_at(e, m, m->root, "metadata.labels");
    set_text(e, DEFAULT, m, labels, "app.kubernetes.io/component", str(part->component->name));
    set_text(e, DEFAULT, m, labels, "app.kubernetes.io/part-of", S("mailu"));
}

/* The image with the registry and tag that the config asks for. */
static Str as_asked(Ensure *e, Str image, const Component *component) {
    Str repository = image_repository(image), rest = str_skip(image, repository.n);
    if (config_has(e->config, "images.registry"))
        repository =
            str_format(e->arena, "%.*s/%s", F(config_get(e->config, "images.registry")), component->repository);
    if (config_has(e->config, "images.tag"))
        rest = str_format(e->arena, ":%.*s", F(config_get(e->config, "images.tag")));
    return str_format(e->arena, "%.*s%.*s", F(repository), F(rest));
}

/* Init containers and sidecars of Mailu's images share its files and database: they must have the same version, too. */
static void ensure_other_images(Ensure *e, const char *list) {
    Manifest *m = e->part->workload;
    EACH_ITEM(container, m->tree, map_get(m->tree, e->part->pod, str(list))) {
        Str image = map_text(m->tree, container, S("image"));
        ComponentId id = component_of_image(image, config_get(e->config, "images.registry"));
        if (container == e->part->container || id == COMPONENTS || components[id].image)
            continue;
        Node *node = set_text(e, SET, m, container, "image", as_asked(e, image, &components[id]));
        if (image_tag(node->text).n)
            check_tag(e, m, node, image_tag(node->text));
    }
}

void ensure_image(Ensure *e) {
    Part *part = e->part;
    Manifest *m = part->workload;
    Str registry = config_get(e->config, "images.registry");
    Str there = map_text(m->tree, part->container, S("image"));
    bool ours = component_of_image(there, registry) == part->id;
    if (config_has_for(e->config, "images.*", part->component)) {
        Str image = config_get_for(e->config, "images.*", part->component);
        set_text(e, SET, m, part->container, "image", image);
        if (component_of_image(image, registry) != part->id)
            name_component(e);
    } else if (!there.n) {
        set_text(e, DEFAULT, m, part->container, "image", own_image(e));
    } else if (ours) {
        set_text(e, SET, m, part->container, "image", as_asked(e, there, part->component));
    }
    check_version(e);
    ensure_other_images(e, "initContainers");
    ensure_other_images(e, "containers");
    if (part->added)
        adopt_shared(e, "imagePullSecrets");
    if (part->added || config_has(e->config, "images.pullPolicy"))
        set_text(e, strength_of(e->config, "images.pullPolicy"), m, part->container, "imagePullPolicy",
                 config_get(e->config, "images.pullPolicy"));
}
