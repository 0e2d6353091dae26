/* Claims, volumes and mounts; and an update that ends the old pod first where a claim can be mounted once only.
 *
 * An existing claim never gets another class, nor a smaller size: Kubernetes forbids both. */
#include "ensure/ensure.h"

#include "spec/formats.h"
#include "spec/images.h"

static bool same_path(Str a, Str b) {
    while (a.n > 1 && a.p[a.n - 1] == '/')
        a.n--;
    while (b.n > 1 && b.p[b.n - 1] == '/')
        b.n--;
    return str_eq(a, b);
}

static Node *mount_at(const Part *part, const char *path) {
    Tree *tree = part->workload->tree;
    EACH_ITEM(mount, tree, map_get(tree, part->container, S("volumeMounts")))
        if (same_path(map_text(tree, mount, S("mountPath")), str(path)))
            return mount;
    return NULL;
}

/* Where ClamAV keeps its signatures is a matter of the image: its own project's have one place, any other the
 * specification's. */
static const char *data_path(const Part *part, const char *path) {
    Tree *tree = part->workload->tree;
    Str before, ignored,
        name = image_last_segment(image_repository(map_text(tree, part->container, S("image"))), &before);
    if (part->id != CLAMAV)
        return path;
    if (str_starts(name, S("clamav")) && str_is(image_last_segment(before, &ignored), "clamav"))
        return CLAMAV_DATA;
    return mount_at(part, CLAMAV_DATA) ? CLAMAV_DATA : path; /* an image of the project's under another name */
}

/* The claim of a volume, by name; empty when it has none. */
static Str claim_of(Tree *tree, Node *volume) {
    return map_text(tree, map_get(tree, volume, S("persistentVolumeClaim")), S("claimName"));
}

static bool is_template(const Part *part, Str volume) {
    Tree *tree = part->workload->tree;
    EACH_ITEM(template, tree, manifest_at(part->workload, "spec.volumeClaimTemplates"))
        if (str_eq(map_text(tree, map_get(tree, template, S("metadata")), S("name")), volume))
            return true;
    return false;
}

static Manifest *find_claim(Ensure *e, Str name) {
    return name.n ? find_manifest(e, KIND_CLAIM, name) : NULL;
}

static bool uses_claim(const Manifest *workload, const Manifest *claim) {
    Tree *tree = workload->tree;
    EACH_ITEM(volume, tree, manifest_at(workload, "spec.template.spec.volumes"))
        if (has_name(claim, claim_of(tree, volume)))
            return true;
    return false;
}

/* How many components keep their data in the claim: the official chart may give them all one. */
static int users_of(Ensure *e, const Manifest *claim) {
    int users = 0;
    for (const Part *part = NULL; (part = next_part(e->instance, part));)
        users += uses_claim(part->workload, claim);
    return users;
}

/* ---- claims ---- */

static Str size_of(Ensure *e, const char *size) {
    if (config_has_for(e->config, "storage.*.size", e->part->component))
        return config_get_for(e->config, "storage.*.size", e->part->component);
    const Profile *profile = profile_of(e->config);
    if (e->part->id != DOVECOT || !profile->dovecot_storage)
        return str(size);
    int gibibytes = profile->dovecot_storage;
    if (config_has(e->config, "users") && config_int(e->config, "users") * profile->storage_per_user > gibibytes)
        gibibytes = config_int(e->config, "users") * profile->storage_per_user;
    return str_format(e->arena, "%dGi", gibibytes);
}

static Str class_of(Ensure *e, Tier tier) {
    const char *field = tier == TIER_PERFORMANCE ? "storage.tiers.performance" : "storage.tiers.standard";
    if (config_has_for(e->config, "storage.*.storageClass", e->part->component))
        return config_get_for(e->config, "storage.*.storageClass", e->part->component);
    return config_get(e->config, config_has(e->config, field) ? field : "storage.storageClass");
}

/* What the config asks of an existing claim: it can grow, but not shrink or change its class. */
static void ask_of_claim(Ensure *e, Manifest *claim, Tier tier) {
    const Component *component = e->part->component;
    Node *spec = mapping_at(e, claim, claim->root, "spec");
    Node *requests = mapping_at(e, claim, spec, "resources.requests");
    Str there = map_text(claim->tree, requests, S("storage"));
    double has, wants;
    if (config_has_for(e->config, "storage.*.size", component) && quantity_value(there, &has) &&
        quantity_value(size_of(e, ""), &wants)) {
        if (users_of(e, claim) > 1)
            warn(e, WARN_NOT_APPLIED, claim, requests,
                 "several components share the claim; storage.%s.size is not applied", component_key(component));
        else if (wants < has)
            warn(e, WARN_CLAIM, claim, requests, "requests %.*s; a claim can't be reduced to %.*s", F(there),
                 F(size_of(e, "")));
        else if (wants > has)
            set_text(e, SET, claim, requests, "storage", size_of(e, ""));
    }
    Str class = map_text(claim->tree, spec, S("storageClassName"));
    if (config_has_for(e->config, "storage.*.storageClass", component) && !str_eq(class, class_of(e, tier)))
        warn(e, WARN_CLAIM, claim, spec, "an existing claim keeps its storage class; %.*s is not applied",
             F(class_of(e, tier)));
}

static void ensure_claim(Ensure *e, Manifest *claim, const char *size, Tier tier) {
    Node *spec = mapping_at(e, claim, claim->root, "spec");
    set_value(e, DEFAULT, claim, spec, "accessModes", build(e->arena, "[ReadWriteOnce]"));
    if (claim->added && class_of(e, tier).n)
        set_text(e, DEFAULT, claim, spec, "storageClassName", class_of(e, tier));
    Node *requests = mapping_at(e, claim, spec, "resources.requests");
    set_text(e, DEFAULT, claim, requests, "storage", size_of(e, size));
    if (!claim->added)
        ask_of_claim(e, claim, tier);
}

/* ---- volumes and mounts ---- */

/* Helm deletes what a release no longer has, with the mail in it: a claim that was added would be deleted by the first
 * upgrade without the post-renderer. So it gets the annotation to keep it. */
static Manifest *add_claim(Ensure *e, Str name) {
    Manifest *claim = add_manifest(e, KIND_CLAIM, name, e->part->component->name, new_collection(e->arena, MAPPING));
    Node *annotations = mapping_at(e, claim, claim->root, "metadata.annotations");
    set_text(e, REQUIRE, claim, annotations, "helm.sh/resource-policy", S("keep"));
    return claim;
}

static bool plays_a_part(const Instance *instance, const Manifest *workload) {
    for (const Part *part = NULL; (part = next_part(instance, part));)
        if (part->workload == workload)
            return true;
    return false;
}

/* An existing claim with the name that ours would get is used, unless another workload mounts it: that would read all
 * that is in it. */
static void check_claim_unshared(Ensure *e, const Manifest *claim) {
    for (const Manifest *m = NULL; (m = stream_next(e->stream, KIND_WORKLOAD, claim->namespace, m));)
        if (uses_claim(m, claim) && !plays_a_part(e->instance, m))
            diagnose(e, ERROR, claim, NULL,
                     "has the name of the claim %s would get, but %.*s mounts it; expected another name, or "
                     "--set patch.%s.storage=false",
                     e->part->component->name, F(manifest_label(e->arena, m)), component_key(e->part->component));
}

static Str add_volume(Ensure *e, const char *size, Tier tier) {
    Part *part = e->part;
    Manifest *m = part->workload;
    Str claim = prefixed(e, part->component->name);
    Manifest *there = find_claim(e, claim);
    if (there)
        check_claim_unshared(e, there);
    else
        there = add_claim(e, claim);
    ensure_claim(e, there, size, tier);
    Node *volumes = sequence_at(e, m, part->pod, "volumes");
    bool taken = item_with(m->tree, volumes, "name", S("data")) || is_template(part, S("data"));
    Str name = taken ? S("mailu-data") : S("data");
    append_item(e, REQUIRE, m, volumes, build(e->arena, "{name:%S,persistentVolumeClaim:{claimName:%S}}", name, claim));
    return name;
}

/* The config sets a size where the stream has no claim that could get it: one of somewhere else, or the template of a
 * StatefulSet, which Kubernetes does not let change. */
static void warn_not_applied(Ensure *e, const Node *mount) {
    const Component *component = e->part->component;
    if (config_has_for(e->config, "storage.*.size", component) ||
        config_has_for(e->config, "storage.*.storageClass", component))
        warn(e, WARN_NOT_APPLIED, e->part->workload, mount,
             "what is mounted here is not a claim in the stream; storage.%s is not applied", component_key(component));
}

static void ensure_storage_row(Ensure *e, const char *path, const char *sub_path, const char *size, Tier tier) {
    Part *part = e->part;
    Manifest *m = part->workload;
    path = data_path(part, path);
    Node *mount = mount_at(part, path);
    if (!mount) {
        /* A part of the claim is mounted beside the rest of it. */
        Node *whole = sub_path ? mount_at(part, "/data") : NULL;
        Str volume = whole ? map_text(m->tree, whole, S("name")) : add_volume(e, size, tier);
        append_item(e, REQUIRE, m, sequence_at(e, m, part->container, "volumeMounts"),
                    build(e->arena, "{name:%S,mountPath:%s,subPath:%n}", volume, path,
                          sub_path ? new_string(e->arena, str(sub_path)) : NULL));
        return;
    }
    Node *volume = volume_of(part, mount);
    Manifest *claim = find_claim(e, claim_of(m->tree, volume));
    if (claim)
        ensure_claim(e, claim, size, tier);
    else if (!sub_path)
        warn_not_applied(e, mount);
    if (map_get(m->tree, volume, S("emptyDir")) && !is_template(part, map_text(m->tree, mount, S("name"))))
        warn(e, WARN_EMPTY_DIR, m, mount, "%s is an emptyDir: its contents are lost with the pod", path);
}

/* ---- strategy ---- */

/* Whether one node at a time can mount it: a claim, or a StatefulSet's template of one. */
static bool is_once(Tree *tree, Node *claim) {
    EACH_ITEM(mode, tree, map_path(tree, claim, "spec.accessModes"))
        if (is_scalar(mode) && str_starts(mode->text, S("ReadWriteOnce")))
            return true;
    return false;
}

Str claim_mounted_once(Ensure *e, bool unknown) {
    Part *part = e->part;
    Tree *tree = part->workload->tree;
    EACH_ITEM(volume, tree, map_get(tree, part->pod, S("volumes"))) {
        Str name = claim_of(tree, volume);
        Manifest *claim = find_claim(e, name);
        if (claim ? is_once(claim->tree, claim->root) : unknown && name.n)
            return name;
    }
    EACH_ITEM(template, tree, manifest_at(part->workload, "spec.volumeClaimTemplates"))
        if (is_once(tree, template))
            return map_text(tree, map_get(tree, template, S("metadata")), S("name"));
    return (Str){0};
}

/* Whether a number of pods, as a count or a percentage, is zero. */
static bool is_no_pod(Tree *tree, Node *rolling, const char *key) {
    Str text = map_text(tree, rolling, str(key));
    return str_is(text, "0") || str_is(text, "0%");
}

/* With the default strategy a new pod waits for the claim that the old one holds, and the old one for the new. So the
 * old one goes first. Recreate says the same and is kept, but not written: the API server refuses to apply it over the
 * rollingUpdate that it has put into a Deployment without a strategy. */
static void ensure_strategy(Ensure *e) {
    Manifest *m = e->part->workload;
    if (!str_is(m->kind_name, "Deployment") || !claim_mounted_once(e, false).n)
        return;
    Node *strategy = mapping_at(e, m, m->root, "spec.strategy");
    Node *rolling = map_get(m->tree, strategy, S("rollingUpdate"));
    if (str_is(map_text(m->tree, strategy, S("type")), "Recreate")) {
        if (!node_is_null(rolling)) /* refused as well */
            remove_node(e, REQUIRE, m, rolling);
        return;
    }
    set_text(e, REQUIRE, m, strategy, "type", S("RollingUpdate"));
    rolling = mapping_at(e, m, strategy, "rollingUpdate");
    if (!is_no_pod(m->tree, rolling, "maxSurge"))
        set_int(e, REQUIRE, m, rolling, "maxSurge", 0);
    if (node_is_null(map_get(m->tree, rolling, S("maxUnavailable"))) || is_no_pod(m->tree, rolling, "maxUnavailable"))
        set_int(e, REQUIRE, m, rolling, "maxUnavailable", 1);
}

void ensure_storage(Ensure *e) {
    Part *part = e->part;
    bool specified = false;
    for (size_t i = 0; i < storage_count; i++) {
        const Storage *row = &storages[i];
        if (row->component != part->id)
            continue;
        specified = true;
        ensure_storage_row(e, row->path, row->sub_path, row->size, row->tier);
    }
    /* The specification gives webmail and fetchmail none, but the config may. */
    if (!specified && config_has_for(e->config, "storage.*.size", part->component)) {
        if (part->id == WEBMAIL || part->id == FETCHMAIL)
            ensure_storage_row(e, "/data", NULL, "", TIER_STANDARD);
        else
            warn(e, WARN_NOT_APPLIED, part->workload, NULL, "stores nothing; storage.%s.size is not applied",
                 component_key(part->component));
    }
    ensure_strategy(e);
}
