/* The files a container is given: the entry points of front and webmail, dovecot-submission's configuration, the
 * overrides of postfix and dovecot, postfix's certificate. Each lives in a ConfigMap; one that the container mounts
 * there already is used, and what else is in it stays. */
#include "ensure/ensure.h"

#include "ensure/assets.h"
#include "ensure/certificates.h"
#include "ensure/overrides.h"

typedef struct File {
    const char *directory, *name; /* where the container finds it */
    const char *map;              /* name of an added ConfigMap, after the prefix */
    bool alone;                   /* mounted by itself, beside what the image has in the directory */
} File;

static const File front_entrypoint = {"/usr/local/bin", "mailu-entrypoint.sh", "front-entrypoint", true};
static const File webmail_entrypoint = {"/usr/local/bin", "mailu-entrypoint.sh", "webmail-entrypoint", true};
static const File dovecot_conf = {"/etc/dovecot", "dovecot.conf", "dovecot-submission", false};
static const File front_login = {"/usr/local/bin", "mailu-front.py", "front-entrypoint", true};
static const File front_sieve_conf = {"/etc/dovecot", "mailu-sieve.conf", "front-entrypoint", true};
static const File front_sieve_lua = {"/etc/dovecot", "mailu-sieve.lua", "front-entrypoint", true};
static const File dovecot_override = {"/overrides", "dovecot.conf", "dovecot-override", false};
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
    return str_format(e->arena, "%s/%s", file->directory, file->name);
}

static Place place_at_mount(Ensure *e, Node *mount, Str name) {
    Part *part = e->part;
    Tree *tree = part->workload->tree;
    Node *source = map_get(tree, volume_of(part, mount), S("configMap"));
    Str map = map_text(tree, source, S("name"));
    Node *items = map_get(tree, source, S("items")), *item = item_with(tree, items, "path", name);
    Place place = {.mount = mount, .key = item ? map_text(tree, item, S("key")) : name};
    if (is_sequence(items) && !item)
        place.items = items;
    if (map.n)
        place.map = find_manifest(e, KIND_CONFIG_MAP, map);
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
        return place_at_mount(e, mount, sub_path.n ? sub_path : name);
    }
    mount = item_with(tree, mounts, "mountPath", directory);
    return mount ? place_at_mount(e, mount, name) : (Place){0};
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
    Manifest *m = e->part->workload;
    Node *volumes = sequence_at(e, m, e->part->pod, "volumes");
    EACH_ITEM(volume, m->tree, volumes) {
        Node *source = map_get(m->tree, volume, S("configMap"));
        Str name = map_text(m->tree, volume, S("name"));
        if (name.n && has_name(map, map_text(m->tree, source, S("name"))) && !map_get(m->tree, source, S("items")))
            return name;
    }
    Str name = file->alone ? S("mailu-entrypoint") : S("mailu-config");
    while (item_with(m->tree, volumes, "name", name))
        name = str_format(e->arena, "%.*s-2", F(name));
    append_item(e, REQUIRE, m, volumes, build(e->arena, "{name:%S,configMap:{name:%S}}", name, map->name));
    return name;
}

static Place add_place(Ensure *e, const File *file) {
    Part *part = e->part;
    Manifest *m = part->workload;
    Str name = prefixed(e, file->map), path = mount_path(e, file);
    Place place = {.key = str(file->name)};
    place.map = manifest_named(e, KIND_CONFIG_MAP, name, part->component->name, NULL);
    Str volume = volume_for(e, file, place.map);
    append_item(e, REQUIRE, m, sequence_at(e, m, part->container, "volumeMounts"),
                file->alone || is_mounted_below(e, str(file->directory))
                    ? build(e->arena, "{name:%S,mountPath:%S,subPath:%s,readOnly:true}", volume, path, file->name)
                    : build(e->arena, "{name:%S,mountPath:%s,readOnly:true}", volume, file->directory));
    return place;
}

static Place place_for(Ensure *e, const File *file) {
    Place place = find_place(e, str(file->directory), mount_path(e, file));
    if (!place.mount)
        return add_place(e, file);
    if (!place.map)
        diagnose(
            e, ERROR, e->part->workload, place.mount,
            "%s must be changed, but what is mounted here is not a ConfigMap in the stream; expected one that is not "
            "immutable",
            mount_path(e, file).p);
    return place;
}

/* ---- contents ---- */

static Str content_of(const Place *place) {
    return place->map ? map_text(place->map->tree, manifest_at(place->map, "data"), place->key) : S("");
}

static void write_place(Ensure *e, const Place *place, Str content) {
    if (place->map && place->items)
        append_item(e, REQUIRE, e->part->workload, place->items,
                    build(e->arena, "{key:%S,path:%S}", place->key, place->key));
    if (!place->map || str_eq(content_of(place), content))
        return;
    Node *data = mapping_at(e, place->map, place->map->root, "data");
    Str key = str_format(e->arena, "%.*s", F(place->key));
    set_text(e, REQUIRE, place->map, data, key.p, content);
}

static Str name_of_setting(Str line) {
    Str rest = line;
    return str_trim(str_cut(&rest, '='));
}

/* The line replaces each line in the file for the same setting, since in Mailu the last one counts. */
static Str with_line(Arena *arena, Str file, Str line) {
    Buf out = {.arena = arena};
    bool present = false;
    Str setting = name_of_setting(line);
    while (file.n) {
        Str there = str_cut(&file, '\n');
        bool same = str_eq(name_of_setting(there), setting);
        present |= same;
        buf_format(&out, "%.*s\n", F(same ? line : there));
    }
    if (!present)
        buf_format(&out, "%.*s\n", F(line));
    return buf_str(&out);
}

/* A pod does not notice that a file changed. A checksum of the files is in an annotation, so that a change starts a new
 * pod. */
static void annotate_checksum(Ensure *e, uint64_t hash) {
    Manifest *m = e->part->workload;
    Node *annotations = mapping_at(e, m, m->root, "spec.template.metadata.annotations");
    set_text(e, REQUIRE, m, annotations, "postrenderer.mailu.io/files",
             str_format(e->arena, "%016llx", (unsigned long long)hash));
}

/* ---- each component's ---- */

/* The script that a shell starts the container with: of ["/bin/sh", "/usr/local/bin/wrapper.sh"] the second. */
static Str started_script(const Part *part) {
    Tree *tree = part->workload->tree;
    Node *command = map_get(tree, part->container, S("command"));
    Node *shell = items_of(command), *script = shell ? node_next(shell) : NULL;
    if (!script || node_next(script) || !str_ends(node_value(tree, shell)->text, S("/sh")))
        return (Str){0};
    return node_value(tree, script)->text;
}

/* `hash`: of the script and of what goes with it. */
static void ensure_entrypoint(Ensure *e, const File *file, Str script, uint64_t hash) {
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
        set_value(e, REQUIRE, m, part->container, "command", build(e->arena, "[/bin/sh,%S]", mount_path(e, file)));
    }
    write_place(e, &place, script);
    annotate_checksum(e, hash);
}

static Node *truth(Ensure *e, bool value) {
    return new_plain(e->arena, value ? S("true") : S("false"));
}

/* The certificate for STARTTLS, as a volume, so that it is added and renewed without a restart. The pod waits until it
 * exists if it is `required`. */
static void ensure_certificate(Ensure *e, const char *name, const char *directory, bool required) {
    Arena *arena = e->arena;
    Manifest *m = e->part->workload;
    Node *mounts = sequence_at(e, m, e->part->container, "volumeMounts");
    Node *mount = item_with(m->tree, mounts, "mountPath", str(directory));
    if (mount && !str_is(map_text(m->tree, mount, S("name")), name))
        return; /* the user's own certificate */
    if (!mount)
        append_item(e, REQUIRE, m, mounts, build(arena, "{name:%s,mountPath:%s,readOnly:true}", name, directory));
    Node *volumes = sequence_at(e, m, e->part->pod, "volumes");
    Node *volume = item_with(m->tree, volumes, "name", str(name));
    if (!volume)
        volume = append_item(e, REQUIRE, m, volumes, build(arena, "{name:%s,secret:{}}", name));
    Node *secret = mapping_at(e, m, volume, "secret");
    /* An existing volume stays: the Ingress it was taken from may no longer lead to Mailu. */
    set_text(e, strength_of(e->config, "ingress.traefik.tlsSecret"), m, secret, "secretName", tls_secret(e));
    set_value(e, REQUIRE, m, secret, "optional", truth(e, !required));
}

/* ---- front ---- */

/* Networks outside the pod network from which Traefik may connect, separated by spaces. */
static Str networks_of_traefik(Ensure *e) {
    return config_texts(e->arena, e->config, "ingress.traefik.networks", " ");
}

/* For the entry point, in one line. */
static Str escaped_policy(Ensure *e) {
    Buf out = {.arena = e->arena};
    for (Str rest = mta_sts_policy(e); rest.n;) {
        Str line = str_cut(&rest, '\n');
        buf_format(&out, "%.*s\\r\\n", F(line)); /* as RFC 8461 separates them */
    }
    return buf_str(&out);
}

static Str front_script(Ensure *e) {
    bool proxy = config_bool(e->config, "ingress.traefik.proxyProtocol");
    const AssetValue values[] = {
        {"PROXY_PROTOCOL", proxy ? S("true") : S("false")},
        {"TRAEFIK_NETWORKS", networks_of_traefik(e)},
        {"MTA_STS", escaped_policy(e)},
        {"CONNECTIONS", str_format(e->arena, "%d", profile_of(e->config)->front_connections)},
    };
    return asset_fill(e->arena, asset_front_entrypoint, values, COUNT(values));
}

static void ensure_file(Ensure *e, const File *file, Str content) {
    Place place = place_for(e, file);
    write_place(e, &place, content);
}

/* The networks whose PROXY headers front believes, separated by spaces. */
static Str trusted_networks(Ensure *e) {
    const Settings *s = &e->instance->settings;
    Str networks = networks_of_traefik(e);
    return str_format(e->arena, "%.*s%s%.*s%s%.*s", F(s->subnet), s->subnet6.n ? " " : "", F(s->subnet6),
                      networks.n ? " " : "", F(networks));
}

static Str front_sieve_config(Ensure *e) {
    bool proxy = config_bool(e->config, "ingress.traefik.proxyProtocol");
    const AssetValue values[] = {
        {"LISTEN", e->instance->settings.subnet6.n ? S("*, ::") : S("*")},
        {"NETWORKS", trusted_networks(e)},
        {"PROXY_PROTOCOL", proxy ? S("yes") : S("no")},
    };
    return asset_fill(e->arena, asset_front_sieve_conf, values, COUNT(values));
}

/* Where front hands a session of ManageSieve: the Service for it, which may be added after this. */
static Str sieve_address(Ensure *e) {
    const Manifest *m = sieve_service(e);
    return service_address(e->model, e->instance, m ? m->name : prefixed(e, "dovecot-sieve"));
}

static void ensure_front(Ensure *e) {
    Str script = front_script(e);
    uint64_t hash = str_hash(script) ^ str_hash(asset_front_login) * 31;
    Str conf = {0}, lua = {0};
    if (routes_sieve(e->instance)) {
        const AssetValue dovecot = {"DOVECOT", sieve_address(e)};
        conf = front_sieve_config(e);
        lua = asset_fill(e->arena, asset_front_sieve_lua, &dovecot, 1);
        hash ^= str_hash(conf) * 37 ^ str_hash(lua) * 41;
    }
    ensure_entrypoint(e, &front_entrypoint, script, hash);
    ensure_file(e, &front_login, asset_front_login);
    if (!conf.n)
        return;
    ensure_file(e, &front_sieve_conf, conf);
    ensure_file(e, &front_sieve_lua, lua);
    ensure_certificate(e, "mailu-sieve-certificate", "/etc/dovecot/mailu-certs", false);
}

/* Where webmail reaches front: its Service, or where it would be when another stream has it. */
static Str front_address(Ensure *e) {
    Str address = address_of(e->model, e->instance, FRONT);
    return address.n ? address : service_address(e->model, e->instance, prefixed(e, components[FRONT].name));
}

static void ensure_webmail(Ensure *e) {
    const Manifest *sieve = sieve_service(e);
    const AssetValue values[] = {
        {"FRONT", front_address(e)},
        {"SIEVE", sieve ? service_address(e->model, e->instance, sieve->name) : S("")},
    };
    Str script = asset_fill(e->arena, asset_webmail_entrypoint, values, COUNT(values));
    ensure_entrypoint(e, &webmail_entrypoint, script, str_hash(script));
}

static Str submission_config(Ensure *e) {
    const Settings *s = &e->instance->settings;
    Str hostnames = s->hostnames, hostname = str_trim(str_cut(&hostnames, ','));
    const AssetValue values[] = {
        {"LISTEN", s->subnet6.n ? S("*, ::") : S("*")},
        {"HOSTNAME", hostname},
        {"POSTMASTER", str_format(e->arena, "%.*s@%.*s", F(s->postmaster), F(s->domain))},
        {"RELAY_HOST", address_of(e->model, e->instance, POSTFIX)},
        {"RELAY_PORT", config_get(e->config, "submission.relayPort")},
        {"MESSAGE_SIZE_LIMIT", s->message_size_limit},
    };
    return asset_fill(e->arena, asset_dovecot_conf, values, COUNT(values));
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
                 "HOSTNAMES; use --set domain=... and --set hostnames=...");
        return;
    }
    Place place = place_for(e, &dovecot_conf);
    Str content = submission_config(e);
    write_place(e, &place, content);
    set_value(e, REQUIRE, e->part->workload, e->part->container, "command",
              build(e->arena, "[/usr/sbin/dovecot,%s,%s,/etc/dovecot/dovecot.conf]", "-F", "-c"));
    annotate_checksum(e, str_hash(content));
}

/* ---- postfix ---- */

/* Whether a file for `postconf -e` has a line for a setting. */
static bool sets(Str content, Str setting) {
    while (content.n)
        if (str_eq(name_of_setting(str_cut(&content, '\n')), setting))
            return true;
    return false;
}

/* What release 0.1.0 wrote into postfix.cf. There the limits hit users too: front hands postfix their address. */
static const char *const former_lines[] = {
    "# Limits for one address, a minute: 60 connections, 100 messages, 300 recipients; 10 connections at once.",
    "anvil_rate_time_unit = 60s",
    "smtpd_client_connection_count_limit = 10",
    "smtpd_client_connection_rate_limit = 60",
    "smtpd_client_message_rate_limit = 100",
    "smtpd_client_recipient_rate_limit = 300",
};

/* That release added all of the settings, of which some may be the user's. */
static bool has_former_settings(Str content) {
    for (size_t i = 1; i < COUNT(former_lines); i++)
        if (!sets(content, name_of_setting(str(former_lines[i]))))
            return false;
    return true;
}

static void remove_former_lines(Ensure *e, const Place *cf) {
    Str content = content_of(cf);
    Buf kept = {.arena = e->arena};
    if (!has_former_settings(content))
        return;
    for (Str rest = content; rest.n;) {
        Str line = str_cut(&rest, '\n');
        if (!IS_ONE_OF(line, former_lines))
            buf_format(&kept, "%.*s\n", F(line));
    }
    if (kept.n)
        write_place(e, cf, buf_str(&kept));
    else
        remove_node(e, REQUIRE, cf->map, map_get(cf->map->tree, manifest_at(cf->map, "data"), cf->key));
}

/* The limits for one address, only on the public listener. Those that the user sets in postfix.cf have precedence. If
 * Traefik does not pass on addresses, all clients would count as one, so there are no limits. */
static Str limits(Ensure *e, Str cf) {
    static const struct {
        const char *setting;
        int value; /* 0: as many concurrent connections as Traefik allows */
    } rows[] = {
        {"smtpd_client_connection_count_limit", 0},
        {"smtpd_client_connection_rate_limit", 60},
        {"smtpd_client_message_rate_limit", 100},
        {"smtpd_client_recipient_rate_limit", 300},
    };
    Buf out = {.arena = e->arena};
    for (size_t i = 0; i < COUNT(rows) && config_bool(e->config, "ingress.traefik.proxyProtocol"); i++)
        if (!sets(cf, str(rows[i].setting)))
            buf_format(&out, " -o %s=%d", rows[i].setting, rows[i].value ? rows[i].value : smtp_connection_limit(e));
    return buf_str(&out);
}

/* As admin reads it: anything that is neither empty nor a no (core/admin/mailu/configuration.py). */
bool enforces_tls(Ensure *e) {
    static const char *const noes[] = {"false", "False", "FALSE", "no", "No", "NO"};
    Str value = environment_of(e->instance, "INBOUND_TLS_ENFORCE");
    return value.n > 0 && !IS_ONE_OF(value, noes);
}

static void ensure_postfix(Ensure *e) {
    bool proxy = config_bool(e->config, "ingress.traefik.proxyProtocol"), enforced = enforces_tls(e);
    Place master = place_for(e, &postfix_master); /* first: what it mounts may have a postfix.cf as well */
    Place cf = find_place(e, str(postfix_cf.directory), mount_path(e, &postfix_cf));
    remove_former_lines(e, &cf);
    Str settings = content_of(&cf);
    const AssetValue values[] = {
        {"PROXY_PROTOCOL", proxy ? S(" -o smtpd_upstream_proxy_protocol=haproxy") : S("")},
        {"TLS_LEVEL", enforced ? S("encrypt") : S("may")},
        {"LIMITS", limits(e, settings)},
    };
    write_place(e, &master,
                with_line(e->arena, content_of(&master),
                          str_trim(asset_fill(e->arena, asset_postfix_master, values, COUNT(values)))));
    /* without it mail arrives unencrypted, unless that is not allowed: then postfix would refuse all mail */
    ensure_certificate(e, "mailu-certificate", "/certs", enforced);
    annotate_checksum(e, str_hash(settings) ^ str_hash(content_of(&master)) * 31);
}

/* ---- dovecot ---- */

/* Ours comes first, so that existing settings have precedence. */
static void ensure_dovecot(Ensure *e) {
    Place place = find_place(e, str(dovecot_override.directory), mount_path(e, &dovecot_override));
    if (place.mount && !place.map) {
        warn(e, WARN_OVERRIDES, e->part->workload, place.mount,
             "is not a ConfigMap in the stream that can be changed; each user is limited to 20 IMAP connections until "
             "its "
             "dovecot.conf has: protocol imap { mail_max_userip_connections = 100 }");
        return;
    }
    if (!place.mount)
        place = add_place(e, &dovecot_override);
    Str theirs = content_of(&place);
    if (!str_starts(theirs, asset_dovecot_limits_conf))
        write_place(e, &place, str_format(e->arena, "%.*s%.*s", F(asset_dovecot_limits_conf), F(theirs)));
    annotate_checksum(e, str_hash(content_of(&place)));
}

void ensure_files(Ensure *e) {
    switch (e->part->id) {
    case FRONT:
        ensure_front(e);
        report_overrides(e);
        break;
    case WEBMAIL:
        ensure_webmail(e);
        break;
    case POSTFIX:
        ensure_postfix(e);
        break;
    case DOVECOT:
        ensure_dovecot(e);
        break;
    default:
        break;
    }
}
