/* The files a container is given: the entry points of front and webmail, dovecot-submission's configuration, postfix's
 * overrides. Each lives in a ConfigMap; one that the container mounts there already is used, and what else is in it
 * stays. */
#include "ensure/ensure.h"

#include "ensure/assets.h"

typedef struct File {
    const char *directory, *name; /* where the container finds it */
    const char *map;              /* name of an added ConfigMap, behind the prefix */
    bool alone;                   /* mounted by itself, beside what the image has in the directory */
} File;

static const File front_entrypoint = {"/usr/local/bin", "mailu-entrypoint.sh", "front-entrypoint", true};
static const File webmail_entrypoint = {"/usr/local/bin", "mailu-entrypoint.sh", "webmail-entrypoint", true};
static const File dovecot_conf = {"/etc/dovecot", "dovecot.conf", "dovecot-submission", false};
static const File postfix_cf = {"/overrides", "postfix.cf", "postfix-override", false};
static const File postfix_master = {"/overrides", "postfix.master", "postfix-override", false};

/* ---- where a file is mounted ---- */

typedef struct Place {
    Manifest *map; /* NULL: nothing is mounted there, or (with `mount`) not from a ConfigMap of the stream */
    Node *mount;
    Node *items; /* of the volume, when it shows some keys and not this one */
    Str key;
} Place;

static Str mount_path(Ensure *e, const File *file) {
    return str_format(e->model->arena, "%s/%s", file->directory, file->name);
}

static Place look_behind(Ensure *e, Node *mount, Str name) {
    Part *part = e->part;
    Tree *tree = part->workload->tree;
    Node *volumes = map_get(tree, part->pod, S("volumes"));
    Node *volume = item_with(tree, volumes, "name", map_text(tree, mount, S("name")));
    Node *source = map_get(tree, volume, S("configMap"));
    Str map = map_text(tree, source, S("name"));
    Node *items = map_get(tree, source, S("items")), *item = item_with(tree, items, "path", name);
    Place place = {.mount = mount, .key = item ? map_text(tree, item, S("key")) : name};
    if (is_sequence(items) && !item)
        place.items = items;
    if (map.n)
        place.map = stream_find(e->model->stream, KIND_CONFIG_MAP, e->instance->namespace, map);
    if (place.map && is_immutable(place.map))
        place.map = NULL;
    return place;
}

static Place find_place(Ensure *e, Str directory, Str path) {
    Part *part = e->part;
    Tree *tree = part->workload->tree;
    Node *mounts = map_get(tree, part->container, S("volumeMounts"));
    Str name = str_skip(path, directory.n + 1);
    Node *mount = item_with(tree, mounts, "mountPath", path);
    if (mount) {
        Str sub_path = map_text(tree, mount, S("subPath"));
        return look_behind(e, mount, sub_path.n ? sub_path : name);
    }
    mount = item_with(tree, mounts, "mountPath", directory);
    return mount ? look_behind(e, mount, name) : (Place){0};
}

/* Whether single files are mounted into `directory`. Nothing can be mounted over them. */
static bool is_mounted_below(Ensure *e, Str directory) {
    Tree *tree = e->part->workload->tree;
    Node *mounts = map_get(tree, e->part->container, S("volumeMounts"));
    for (Node *mount = items_of(mounts); mount; mount = node_next(mount)) {
        Str path = map_text(tree, mount, S("mountPath"));
        if (path.n > directory.n && str_starts(path, directory) && path.p[directory.n] == '/')
            return true;
    }
    return false;
}

/* The name of a volume with all of the ConfigMap; others may have the usual name. */
static Str volume_for(Ensure *e, const File *file, Manifest *map) {
    Arena *arena = e->model->arena;
    Manifest *m = e->part->workload;
    Node *volumes = sequence_at(e, m, e->part->pod, "volumes");
    for (Node *item = items_of(volumes); item; item = node_next(item)) {
        Node *volume = node_value(m->tree, item), *source = map_get(m->tree, volume, S("configMap"));
        Str name = map_text(m->tree, volume, S("name"));
        if (name.n && has_name(map, map_text(m->tree, source, S("name"))) && !map_get(m->tree, source, S("items")))
            return name;
    }
    Str name = file->alone ? S("mailu-entrypoint") : S("mailu-config");
    while (item_with(m->tree, volumes, "name", name))
        name = str_format(arena, "%.*s-2", F(name));
    append_item(e, REQUIRE, m, volumes, build(arena, "{name:%S,configMap:{name:%S}}", name, map->name));
    return name;
}

static Place add_place(Ensure *e, const File *file) {
    Arena *arena = e->model->arena;
    Part *part = e->part;
    Manifest *m = part->workload;
    Str name = prefixed(e, file->map), path = mount_path(e, file);
    Place place = {.key = str(file->name)};
    place.map = stream_find(e->model->stream, KIND_CONFIG_MAP, e->instance->namespace, name);
    if (!place.map)
        place.map = add_manifest(e, "v1", "ConfigMap", name, part->component->name, NULL, NULL);
    Str volume = volume_for(e, file, place.map);
    append_item(e, REQUIRE, m, sequence_at(e, m, part->container, "volumeMounts"),
                file->alone || is_mounted_below(e, str(file->directory))
                    ? build(arena, "{name:%S,mountPath:%S,subPath:%s,readOnly:true}", volume, path, file->name)
                    : build(arena, "{name:%S,mountPath:%s,readOnly:true}", volume, file->directory));
    return place;
}

static Place place_for(Ensure *e, const File *file) {
    Place place = find_place(e, str(file->directory), mount_path(e, file));
    if (!place.mount)
        return add_place(e, file);
    if (!place.map)
        diagnose(
            e, ERROR, e->part->workload, place.mount,
            "%s has to be changed, but what is mounted here is no ConfigMap of the stream; expected one, not immutable",
            mount_path(e, file).p);
    return place;
}

/* ---- contents ---- */

static Str content_of(const Place *place) {
    return place->map ? map_text(place->map->tree, map_get(place->map->tree, place->map->root, S("data")), place->key)
                      : S("");
}

static void write_file(Ensure *e, const Place *place, Str content) {
    if (place->map && place->items)
        append_item(e, REQUIRE, e->part->workload, place->items,
                    build(e->model->arena, "{key:%S,path:%S}", place->key, place->key));
    if (!place->map || str_eq(content_of(place), content))
        return;
    Node *data = mapping_at(e, place->map, place->map->root, "data");
    Str key = str_format(e->model->arena, "%.*s%c", F(place->key), '\0');
    set_text(e, REQUIRE, place->map, data, key.p, content);
}

static Str name_of_setting(Str line) {
    Str rest = line;
    return str_trim(str_cut(&rest, '='));
}

typedef struct Setting {
    Str line;
    bool present;
} Setting;

/* Every line of `ours` joins `theirs`. Of a setting that both have, theirs stays unless ours is required; it then takes
 * the place of each, as Mailu goes by the last. */
static Str merge_lines(Arena *arena, Str theirs, Str ours, bool required) {
    Buf out = {.arena = arena};
    LIST(Setting) settings = {0};
    for (Str rest = ours; rest.n;) {
        Str line = str_cut(&rest, '\n');
        if (line.n && line.p[0] != '#')
            *PUSH(arena, &settings) = (Setting){.line = line};
    }
    for (Str rest = theirs; rest.n;) {
        Str line = str_cut(&rest, '\n');
        for (size_t i = 0; i < settings.n; i++) {
            if (!str_eq(name_of_setting(line), name_of_setting(settings.at[i].line)))
                continue;
            if (required)
                line = settings.at[i].line;
            settings.at[i].present = true;
        }
        buf_format(&out, "%.*s\n", F(line));
    }
    if (out.n == 0)
        return ours;
    for (size_t i = 0; i < settings.n; i++)
        if (!settings.at[i].present)
            buf_format(&out, "%.*s\n", F(settings.at[i].line));
    return buf_str(&out);
}

/* A pod does not notice that a file changed. What the files say is noted on it, so that a change starts a new one. */
static void annotate_checksum(Ensure *e, uint64_t hash) {
    Manifest *m = e->part->workload;
    Node *template = mapping_at(e, m, mapping_at(e, m, m->root, "spec"), "template");
    Node *annotations = mapping_at(e, m, mapping_at(e, m, template, "metadata"), "annotations");
    set_text(e, REQUIRE, m, annotations, "postrenderer.mailu.io/files",
             str_format(e->model->arena, "%016llx", (unsigned long long)hash));
}

/* ---- each component's ---- */

/* The script a container is started with, when it is by a shell: ["/bin/sh", "/usr/local/bin/entrypoint-wrapper.sh"].
 */
static Str started_script(const Part *part) {
    Tree *tree = part->workload->tree;
    Node *command = map_get(tree, part->container, S("command"));
    Node *shell = items_of(command), *script = shell ? node_next(shell) : NULL;
    if (!script || node_next(script) || !str_ends(node_value(tree, shell)->text, S("/sh")))
        return (Str){0};
    return node_value(tree, script)->text;
}

static void ensure_entrypoint(Ensure *e, const File *file, Str script) {
    Part *part = e->part;
    Manifest *m = part->workload;
    Str path = started_script(part), directory = path;
    while (directory.n && directory.p[directory.n - 1] != '/')
        directory.n--;
    Place place = {0};
    if (directory.n > 1)
        place = find_place(e, str_head(directory, directory.n - 1), path);
    if (!place.map) {
        place = place_for(e, file);
        set_value(e, REQUIRE, m, part->container, "command",
                  build(e->model->arena, "[/bin/sh,%S]", mount_path(e, file)));
    }
    write_file(e, &place, script);
    annotate_checksum(e, str_hash(script));
}

static Str front_script(Ensure *e) {
    bool proxy = config_bool(e->instance->config, "ingress.traefik.proxyProtocol");
    const AssetValue values[] = {{"PROXY_PROTOCOL", proxy ? S("true") : S("false")}};
    return asset_fill(e->model->arena, asset_front_entrypoint, values, COUNT(values));
}

static Str submission_config(Ensure *e) {
    const Settings *s = &e->instance->settings;
    Str hostnames = s->hostnames, hostname = str_trim(str_cut(&hostnames, ','));
    const AssetValue values[] = {
        {"LISTEN", s->subnet6.n ? S("*, ::") : S("*")},
        {"HOSTNAME", hostname},
        {"POSTMASTER", str_format(e->model->arena, "%.*s@%.*s", F(s->postmaster), F(s->domain))},
        {"RELAY_HOST", address_of(e->model, e->instance, POSTFIX)},
        {"RELAY_PORT", config_get(e->instance->config, "submission.relayPort")},
        {"MESSAGE_SIZE_LIMIT", s->message_size_limit},
    };
    return asset_fill(e->model->arena, asset_dovecot_conf, values, COUNT(values));
}

void ensure_submission(Ensure *e) {
    if (e->part->id != DOVECOT_SUBMISSION)
        return;
    if (!part_of(e->instance, POSTFIX)) {
        diagnose(e, ERROR, e->part->workload, NULL, "has no postfix to relay to, expected one");
        return;
    }
    if (!e->instance->settings.domain.n || !e->instance->settings.hostnames.n) {
        diagnose(e, ERROR, e->part->workload, NULL,
                 "needs the mail domain and a host name in its configuration, and the stream has no DOMAIN or no "
                 "HOSTNAMES; say --set domain=... and --set hostnames=...");
        return;
    }
    Place place = place_for(e, &dovecot_conf);
    Str content = submission_config(e);
    write_file(e, &place, content);
    set_value(e, REQUIRE, e->part->workload, e->part->container, "command",
              build(e->model->arena, "[/usr/sbin/dovecot,%s,%s,/etc/dovecot/dovecot.conf]", "-F", "-c"));
    annotate_checksum(e, str_hash(content));
}

static void ensure_overrides(Ensure *e) {
    Arena *arena = e->model->arena;
    bool proxy = config_bool(e->instance->config, "ingress.traefik.proxyProtocol");
    const AssetValue values[] = {{"PROXY_PROTOCOL", proxy ? S(" -o smtpd_upstream_proxy_protocol=haproxy") : S("")}};
    Str listener = asset_fill(arena, asset_postfix_master, values, COUNT(values));
    Place cf = place_for(e, &postfix_cf), master = place_for(e, &postfix_master);
    write_file(e, &cf, merge_lines(arena, content_of(&cf), asset_postfix_cf, false));
    write_file(e, &master, merge_lines(arena, content_of(&master), listener, true));
    annotate_checksum(e, str_hash(content_of(&cf)) ^ str_hash(content_of(&master)) * 31);
}

void ensure_files(Ensure *e) {
    switch (e->part->id) {
    case FRONT:
        ensure_entrypoint(e, &front_entrypoint, front_script(e));
        break;
    case WEBMAIL:
        ensure_entrypoint(e, &webmail_entrypoint, asset_webmail_entrypoint);
        break;
    case POSTFIX:
        ensure_overrides(e);
        break;
    default:
        break;
    }
}
