#include "config.h"

#include "catalog.h"
#include "check.h"
#include "edit.h"

#include <stdlib.h>
#include <string.h>

/* What the text of a field has to look like. */
typedef struct Format {
    bool (*check)(Str);
    const char *expected;
} Format;

static bool check_object_name_or_none(Str s) {
    return s.n == 0 || check_object_name(s);
}

/* "[smtp.example.net]:587": postfix's way to name a host without asking for its MX. */
static bool check_relay_host(Str s) {
    if (!str_starts(s, S("[")))
        return check_host_port(s);
    s = str_skip(s, 1);
    Str host = str_cut(&s, ']');
    int port;
    return check_hostname(host) &&
           (s.n == 0 || (s.p[0] == ':' && str_to_int(str_skip(s, 1), &port) && port >= 1 && port <= 65535));
}

static const Format object_name = {check_object_name, "a Kubernetes object name"};
static const Format object_name_or_none = {check_object_name_or_none, "a Kubernetes object name, or \"\" for none"};
static const Format host_name = {check_hostname, "a host name"};
static const Format domain_name = {check_domain, "a domain name with a dot in it"};
static const Format cidr4 = {check_cidr4, "an IPv4 network such as 10.42.0.0/16"};
static const Format cidr6 = {check_cidr6, "an IPv6 network such as fd00:42::/48"};
static const Format timezone_name = {check_timezone, "a time zone such as Europe/Vienna"};
static const Format quantity = {check_quantity, "a Kubernetes quantity such as 500m or 2Gi"};
static const Format data_key = {check_data_key, "a key of letters, digits, '-', '_' and '.'"};
static const Format rate = {check_rate, "a rate such as 200/day"};
static const Format local_part = {check_local_part, "the part of an address before the '@'"};
static const Format relay_host = {check_relay_host, "a relay such as [smtp.example.net]:587"};
static const Format registry = {check_image, "a registry and path such as ghcr.io/mailu"};
static const Format image = {check_image, "an image reference"};
static const Format image_tag = {check_image_tag, "an image tag"};
static const Format entry_point = {check_entry_point, "the name of an entry point"};

typedef enum FieldType { FIELD_TEXT, FIELD_BOOL, FIELD_INT, FIELD_LIST, FIELD_LABELS } FieldType;

typedef struct Field {
    const char *path; /* "*" stands for any component, "@" for any aspect */
    FieldType type;
    const char *fallback; /* the default; NULL for none */
    const Format *format; /* of a text, or of each item of a list */
    const char *choices;  /* of a text, separated by '|', instead of a format */
    int least, most;      /* of an int */
    const char *help;
} Field;

#define TEXT(path, fallback, format, help)                                                                             \
    { path, FIELD_TEXT, fallback, &(format), NULL, 0, 0, help }
#define CHOICE(path, fallback, choices, help)                                                                          \
    { path, FIELD_TEXT, fallback, NULL, choices, 0, 0, help }
#define BOOL(path, fallback, help)                                                                                     \
    { path, FIELD_BOOL, fallback, NULL, NULL, 0, 0, help }
#define INT(path, fallback, least, most, help)                                                                         \
    { path, FIELD_INT, fallback, NULL, NULL, least, most, help }
#define TEXTS(path, format, help)                                                                                      \
    { path, FIELD_LIST, NULL, &(format), NULL, 0, 0, help }
#define LABELS(path, help)                                                                                             \
    { path, FIELD_LABELS, NULL, NULL, NULL, 0, 0, help }

/* "Found" in the help: taken from the manifests of the stream when the config does not say it. */
static const Field fields[] = {
    TEXT("namespace", NULL, object_name, "Namespace of Mailu. Found; else `mailu`."),
    BOOL("createNamespace", "false", "Add the Namespace itself."),
    TEXT("clusterDomain", NULL, host_name, "The cluster's DNS domain. Found; else `cluster.local`."),
    TEXT("domain", NULL, domain_name, "The mail domain. Found; needed when components are added."),
    TEXTS("hostnames", domain_name,
          "The mail server's host names, the main one first. Found; needed when components are added."),
    TEXT("subnet", NULL, cidr4, "The pod network. Found; needed when components are added."),
    TEXT("subnet6", NULL, cidr6, "The pod network's IPv6 half. Found."),
    TEXT("timezone", "UTC", timezone_name, "Found."),
    CHOICE("profile", "small", "small|medium|large",
           "The specification's scaling guidelines: fewer than 50 users, up to 500, more."),
    INT("users", NULL, 1, 1000000, "The number of users, instead of a profile: it sizes the mailboxes too."),

    CHOICE("database.type", NULL, "postgresql|sqlite",
           "Found; else `postgresql` when `database.postgresql` is there, else `sqlite`."),
    TEXT("database.postgresql.host", NULL, host_name, "Host of PostgreSQL. Found."),
    INT("database.postgresql.port", "5432", 1, 65535, "Its port."),
    TEXT("database.postgresql.database", "mailu", data_key, "The database of the admin container."),
    TEXT("database.postgresql.roundcubeDatabase", "roundcube", data_key, "The database of Roundcube."),
    TEXT("database.postgresql.secretName", NULL, object_name, "Secret with user name and password. Found."),
    TEXT("database.postgresql.secretKeys.username", "username", data_key, "Its key with the user name."),
    TEXT("database.postgresql.secretKeys.password", "password", data_key, "Its key with the password."),
    TEXT("redis.host", NULL, host_name, "Host of Redis. Found; else `redis`."),
    INT("redis.port", "6379", 1, 65535, "Its port."),
    TEXT("redis.secretName", NULL, object_name, "Secret with the password of Redis, when it asks for one."),
    TEXT("redis.secretKey", "password", data_key, "Its key with the password (letters, digits, `-._~`)."),
    TEXT("secrets.mailuSecretKey", NULL, object_name, "Secret with the key `secret-key`. Found; else `mailu-secrets`."),
    TEXT("secrets.initialAdminPassword", NULL, object_name, "Secret with the first administrator's password."),
    TEXT("secrets.initialAdminPasswordKey", "initial-admin-password", data_key, "Its key."),
    TEXT("secrets.apiToken", NULL, object_name, "Secret with the token of the API."),
    TEXT("secrets.apiTokenKey", "token", data_key, "Its key."),

    TEXT("storage.storageClass", NULL, object_name, "Storage class of every added claim. The cluster's default."),
    TEXT("storage.tiers.performance", NULL, object_name, "Storage class of the mailboxes."),
    TEXT("storage.tiers.standard", NULL, object_name, "Storage class of queue, data and caches."),
    TEXT("storage.*.size", NULL, quantity, "Size of a component's claim. The specification's."),
    TEXT("storage.*.storageClass", NULL, object_name, "Storage class of an added claim."),
    BOOL("components.*", NULL,
         "Whether the component is there. Core components and `webmail` are, the others when found."),
    TEXT("resources.*.requests.cpu", NULL, quantity, "The specification's."),
    TEXT("resources.*.requests.memory", NULL, quantity, "The specification's."),
    TEXT("resources.*.limits.cpu", NULL, quantity, "The specification's."),
    TEXT("resources.*.limits.memory", NULL, quantity, "The specification's."),

    CHOICE("mailu.logLevel", "WARNING", "DEBUG|INFO|WARNING|ERROR|CRITICAL", "Log level."),
    INT("mailu.messageSizeLimit", "50", 1, 2000, "Largest message, in MB (of 1024 x 1024 bytes)."),
    TEXT("mailu.messageRatelimit", "200/day", rate, "Messages one user may send."),
    TEXT("mailu.postmaster", "postmaster", local_part, "The postmaster's address, without the domain."),
    BOOL("mailu.initialAccount.enabled", "false", "Create a first administrator."),
    TEXT("mailu.initialAccount.username", "admin", local_part, "The account's name."),
    TEXT("mailu.initialAccount.domain", NULL, domain_name, "The account's domain. `domain`."),
    CHOICE("mailu.initialAccount.mode", "update", "create|update|ifmissing", "What to do when it exists."),
    BOOL("mailu.apiEnabled", "false", "Enable Mailu's API and route it."),
    CHOICE("mailu.webmailType", "roundcube", "roundcube|snappymail", "Which webmail."),
    TEXT("mailu.relayHost", NULL, relay_host, "Relay for outgoing mail, such as `[smtp.example.net]:587`."),
    TEXTS("mailu.relayNets", cidr4, "Networks that may relay through port 25 inside the cluster."),
    CHOICE("mailu.compression", NULL, "gz|bz2|lz4|zstd", "Compression of mailboxes."),
    INT("mailu.compressionLevel", NULL, 1, 9, "Its level."),

    TEXT("images.registry", "ghcr.io/mailu", registry, "Where Mailu's images come from."),
    TEXT("images.tag", NULL, image_tag, "One tag for all of Mailu's images. Found; else `2024.06`."),
    CHOICE("images.pullPolicy", "IfNotPresent", "Always|IfNotPresent|Never", "Image pull policy."),
    TEXT("images.*", NULL, image, "The whole image of one component, for a mirror of its own."),

    BOOL("front.unusedPorts", "false",
         "Show 25, 80, 110, 143 and 443 on the Service of front too, though nothing listens."),
    BOOL("dovecot.exposeSieve", "false", "Show ManageSieve (4190) on the Service of dovecot."),
    CHOICE("submission.relayPort", "25", "25|10025",
           "Where dovecot-submission hands on: 10025 has postfix check that the sender is the user."),

    BOOL("ingress.enabled", "true", "Route through Traefik."),
    CHOICE("ingress.type", "traefik", "traefik|none", "`none` leaves all routing alone."),
    TEXT("ingress.className", "traefik", object_name, "Ingress class."),
    TEXT("ingress.traefik.hostname", NULL, domain_name, "Host of the web pages. All of `hostnames`."),
    TEXT("ingress.traefik.certIssuer", "letsencrypt-cluster-issuer", object_name_or_none,
         "cert-manager's ClusterIssuer; \"\" for none."),
    TEXT("ingress.traefik.tlsSecret", NULL, object_name, "Secret with the certificate. Found; else `mailu-tls`."),
    BOOL("ingress.traefik.enableTcp", "true", "Route the mail protocols."),
    INT("ingress.traefik.smtpConnectionLimit", "15", 1, 100000, "SMTP connections at once, per address."),
    BOOL("ingress.traefik.proxyProtocol", "true",
         "Have Traefik tell the client's address (PROXY protocol v2). Without, every client looks like Traefik."),
    BOOL("ingress.traefik.plaintextSubmission", "false",
         "Route 587 without TLS: passwords cross the internet in clear."),
    TEXT("ingress.traefik.namespace", NULL, object_name, "Traefik's namespace. Any."),
    LABELS("ingress.traefik.podLabels", "Labels of Traefik\'s pods. `app.kubernetes.io/name: traefik`."),
    TEXT("ingress.traefik.entryPoints.smtp", "smtp", entry_point, "Traefik's entry point for port 25."),
    TEXT("ingress.traefik.entryPoints.smtps", "smtps", entry_point, "For 465."),
    TEXT("ingress.traefik.entryPoints.submission", "smtp-submission", entry_point, "For 587."),
    TEXT("ingress.traefik.entryPoints.imaps", "imaps", entry_point, "For 993."),
    TEXT("ingress.traefik.entryPoints.pop3s", "pop3s", entry_point, "For 995."),
    TEXT("ingress.traefik.entryPoints.websecure", "websecure", entry_point, "For 443."),

    BOOL("networkPolicies", "true", "Let only those talk to each other who have to."),
    BOOL("patch.@", "true", "Whether an aspect is looked after at all."),
    BOOL("patch.*.@", "true", "Whether an aspect of one component is."),
};

/* ---- finding a field ---- */

Str config_component(Arena *arena, const char *component) {
    Buf name = {.arena = arena};
    for (const char *c = component; *c; c++) {
        if (*c == '-' && c[1])
            buf_char(&name, (char)(*++c - 'a' + 'A'));
        else
            buf_char(&name, *c);
    }
    return buf_str(&name);
}

static bool is_component(Arena *arena, Str name) {
    for (size_t i = 0; i < COMPONENTS; i++)
        if (str_eq(config_component(arena, components[i].name), name))
            return true;
    return false;
}

static bool is_aspect(Str name) {
    for (size_t i = 0; i < ASPECTS; i++)
        if (str_is(name, aspects[i]))
            return true;
    return false;
}

static bool matches_part(Arena *arena, Str pattern, Str part) {
    if (str_is(pattern, "*"))
        return is_component(arena, part);
    if (str_is(pattern, "@"))
        return is_aspect(part);
    return str_eq(pattern, part);
}

/* Whether `path` is the field's, or (with `above`) leads to it. */
static bool matches(Arena *arena, const Field *field, Str path, bool above) {
    Str pattern = str(field->path);
    while (path.n && pattern.n)
        if (!matches_part(arena, str_cut(&pattern, '.'), str_cut(&path, '.')))
            return false;
    return path.n == 0 && (above ? pattern.n > 0 : pattern.n == 0);
}

static const Field *find_field(Arena *arena, Str path) {
    for (size_t i = 0; i < COUNT(fields); i++)
        if (str_is(path, fields[i].path))
            return &fields[i];
    for (size_t i = 0; i < COUNT(fields); i++)
        if (strpbrk(fields[i].path, "*@") && matches(arena, &fields[i], path, false))
            return &fields[i];
    return NULL;
}

static bool leads_to_fields(Arena *arena, Str path) {
    for (size_t i = 0; i < COUNT(fields); i++)
        if (matches(arena, &fields[i], path, true))
            return true;
    return false;
}

/* ---- suggesting ---- */

enum { LONGEST_WORD = 64 };

/* The number of letters to change, add, drop or swap that make `a` into `b`. */
static size_t distance(Str a, Str b) {
    size_t rows[3][LONGEST_WORD + 1];
    if (a.n > LONGEST_WORD || b.n > LONGEST_WORD)
        return LONGEST_WORD;
    for (size_t j = 0; j <= b.n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *row = rows[i % 3], *up = rows[(i - 1) % 3], *up2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t best = up[j - 1] + (a.p[i - 1] != b.p[j - 1]);
            if (up[j] + 1 < best)
                best = up[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] && up2[j - 2] + 1 < best)
                best = up2[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[a.n % 3][b.n];
}

typedef struct Guess {
    Str wrong, best;
    size_t distance;
} Guess;

static void consider(Guess *guess, Str word) {
    size_t d = distance(guess->wrong, word);
    if (d < guess->distance) {
        guess->distance = d;
        guess->best = word;
    }
}

/* The field below `parent` whose name is nearest to `wrong`; empty when none is near. */
static Str suggestion(Arena *arena, Str parent, Str wrong) {
    Guess guess = {wrong, {0}, wrong.n / 3 + 2};
    for (size_t i = 0; i < COUNT(fields); i++) {
        Str pattern = str(fields[i].path), path = parent;
        bool below = true;
        while (path.n && below)
            below = pattern.n && matches_part(arena, str_cut(&pattern, '.'), str_cut(&path, '.'));
        Str name = str_cut(&pattern, '.');
        if (!below || !name.n)
            continue;
        if (str_is(name, "*"))
            for (size_t c = 0; c < COMPONENTS; c++)
                consider(&guess, config_component(arena, components[c].name));
        else if (str_is(name, "@"))
            for (size_t a = 0; a < ASPECTS; a++)
                consider(&guess, str(aspects[a]));
        else
            consider(&guess, name);
    }
    return guess.best;
}

/* ---- reading ---- */

void config_init(Config *config, Arena *arena) {
    *config = (Config){.tree = {.arena = arena, .step = 2}};
}

static Fault *complain(Config *config, Faults *faults, const Node *node, Str path, Str message) {
    Fault *f = fault(faults, FAULT, "%.*s", F(message));
    f->path = path;
    if (node && !(node->flags & NODE_NEW))
        fault_place(f, config->source, config->text, config->base + node->start);
    else
        f->source = S("--set");
    return f;
}

bool config_take(Config *config, Tree *tree, Node *root, Str source, Str text, size_t base, Faults *faults) {
    config->tree = *tree;
    config->source = source;
    config->text = text;
    config->base = base;
    config->given = true;
    Arena *arena = tree->arena;
    size_t errors = faults->errors;
    if (!is_mapping(root)) {
        complain(config, faults, root, S(""), S("expected a mapping with apiVersion, kind and spec"));
        return false;
    }
    Str api_version = map_text(tree, root, S("apiVersion")), kind = map_text(tree, root, S("kind"));
    if (!str_is(api_version, CONFIG_API_VERSION))
        complain(config, faults, root, S("apiVersion"),
                 str_format(arena, "found \"%.*s\", expected %s", F(api_version), CONFIG_API_VERSION));
    if (!str_is(kind, CONFIG_KIND))
        complain(config, faults, root, S("kind"),
                 str_format(arena, "found \"%.*s\", expected %s", F(kind), CONFIG_KIND));
    for (Node *entry = node_first(root); entry; entry = node_next(entry)) {
        Str key = entry->key->text;
        if (str_is(key, "spec"))
            config->spec = node_value(&config->tree, entry);
        else if (!str_is(key, "apiVersion") && !str_is(key, "kind") && !str_is(key, "metadata"))
            complain(config, faults, entry->key, key, S("unknown field, expected apiVersion, kind, metadata or spec"));
    }
    if (node_is_null(config->spec))
        config->spec = NULL;
    else if (!is_mapping(config->spec))
        complain(config, faults, config->spec, S("spec"), S("expected a mapping"));
    return faults->errors == errors;
}

bool config_read(Config *config, Arena *arena, Str source, Str text, Faults *faults) {
    Tree tree;
    TreeError error;
    if (!tree_parse(arena, text, &tree, &error)) {
        fault_place(fault(faults, FAULT, "%.*s", F(error.message)), source, text, error.offset);
        return false;
    }
    if (!tree.root) {
        Fault *f = fault(faults, FAULT, "the config is empty, expected apiVersion: %s, kind: %s", CONFIG_API_VERSION,
                         CONFIG_KIND);
        f->source = source;
        return false;
    }
    return config_take(config, &tree, tree.root, source, text, 0, faults);
}

/* What "--set path=value" gives the field. A text stands for itself, whatever YAML would make of it
 * ("[smtp.example.net]:587"), and a list may be written with commas alone; anything else is YAML. NULL, with a fault,
 * when it is none. */
static Node *set_value(Config *config, Str path, Str text, Faults *faults) {
    Arena *arena = config->tree.arena;
    const Field *field = find_field(arena, path);
    Tree value;
    TreeError error;
    if (!text.n || (field && field->type == FIELD_TEXT))
        return new_string(arena, text);
    if (field && field->type == FIELD_LIST && text.p[0] != '[') {
        Node *list = new_collection(arena, SEQUENCE);
        while (text.n)
            node_append(list, NULL, new_string(arena, str_trim(str_cut(&text, ','))));
        return list;
    }
    if (!tree_parse(arena, text, &value, &error)) {
        complain(config, faults, NULL, path, error.message);
        return NULL;
    }
    if (value.root)
        value.root->flags |= NODE_NEW;
    return value.root ? value.root : new_string(arena, S(""));
}

bool config_set(Config *config, Str assignment, Faults *faults) {
    Tree *tree = &config->tree;
    Arena *arena = tree->arena;
    Str rest = assignment, path = str_cut(&rest, '=');
    if (path.n == 0 || path.n == assignment.n) {
        complain(config, faults, NULL, assignment, S("expected path=value, such as domain=example.com"));
        return false;
    }
    Node *node = set_value(config, path, rest, faults);
    if (!node)
        return false;
    if (!config->spec)
        config->spec = new_collection(arena, MAPPING);
    Node *map = config->spec;
    for (Str way = path; way.n;) {
        Str key = str_cut(&way, '.');
        if (!is_mapping(map)) {
            complain(config, faults, NULL, path, S("leads through a value that is no mapping"));
            return false;
        }
        if (way.n == 0) {
            edit_set(tree, map, key, node);
            break;
        }
        Node *next = map_get(tree, map, key);
        map = next && !node_is_null(next) ? next : edit_set(tree, map, key, new_collection(arena, MAPPING));
    }
    return true;
}

/* ---- checking ---- */

static bool is_choice(Str choices, Str text) {
    while (choices.n)
        if (str_eq(str_cut(&choices, '|'), text))
            return true;
    return false;
}

static void check_text(Config *config, const Field *field, const Node *node, Str path, Faults *faults) {
    Arena *arena = config->tree.arena;
    if (!is_scalar(node)) {
        complain(config, faults, node, path,
                 str_format(arena, "expected %s", field->format ? field->format->expected : "a string"));
    } else if (field->choices && !is_choice(str(field->choices), node->text)) {
        Guess guess = {node->text, {0}, node->text.n / 3 + 2};
        for (Str choices = str(field->choices); choices.n;)
            consider(&guess, str_cut(&choices, '|'));
        Str expected = str_format(arena, "found \"%.*s\", expected one of %s", F(node->text), field->choices);
        if (guess.best.n)
            expected = str_format(arena, "%.*s (did you mean %.*s?)", F(expected), F(guess.best));
        complain(config, faults, node, path, expected);
    } else if (field->format && !field->format->check(node->text)) {
        complain(config, faults, node, path,
                 str_format(arena, "found \"%.*s\", expected %s", F(node->text), field->format->expected));
    }
}

static void check_list(Config *config, const Field *field, Node *node, Str path, Faults *faults) {
    Arena *arena = config->tree.arena;
    if (!is_sequence(node) || !node_first(node)) {
        complain(config, faults, node, path,
                 str_format(arena, "expected a list of which each is %s", field->format->expected));
        return;
    }
    int index = 0;
    for (Node *item = node_first(node); item; item = node_next(item))
        check_text(config, field, node_value(&config->tree, item), str_format(arena, "%.*s[%d]", F(path), index++),
                   faults);
}

static void check_labels(Config *config, Node *node, Str path, Faults *faults) {
    Arena *arena = config->tree.arena;
    if (!is_mapping(node) || !node_first(node)) {
        complain(config, faults, node, path, S("expected a mapping of label keys to values"));
        return;
    }
    for (Node *entry = node_first(node); entry; entry = node_next(entry)) {
        const Node *value = node_value(&config->tree, entry);
        Str at = str_format(arena, "%.*s.%.*s", F(path), F(entry->key->text));
        if (!check_label_key(entry->key->text))
            complain(config, faults, entry->key, at, S("expected a label key such as app.kubernetes.io/name"));
        if (!is_scalar(value) || scalar_type(value) != TYPE_STRING || !check_label_value(value->text))
            complain(config, faults, entry, at, S("expected a label value, as a string"));
    }
}

static void check_field(Config *config, const Field *field, Node *node, Str path, Faults *faults) {
    Arena *arena = config->tree.arena;
    int number;
    switch (field->type) {
    case FIELD_TEXT:
        check_text(config, field, node, path, faults);
        break;
    case FIELD_BOOL:
        if (!is_scalar(node) || scalar_type(node) != TYPE_BOOL)
            complain(config, faults, node, path, S("expected true or false"));
        break;
    case FIELD_INT:
        if (!is_scalar(node) || scalar_type(node) != TYPE_INT || !str_to_int(node->text, &number) ||
            number < field->least || number > field->most)
            complain(config, faults, node, path,
                     str_format(arena, "found \"%.*s\", expected a number from %d to %d",
                                F(is_scalar(node) ? node->text : S("a collection")), field->least, field->most));
        break;
    case FIELD_LIST:
        check_list(config, field, node, path, faults);
        break;
    case FIELD_LABELS:
        check_labels(config, node, path, faults);
        break;
    }
}

static void check_mapping(Config *config, Node *map, Str path, int depth, Faults *faults) {
    Arena *arena = config->tree.arena;
    for (Node *entry = node_first(map); entry; entry = node_next(entry)) {
        Str name = entry->key->text;
        Str at = path.n ? str_format(arena, "%.*s.%.*s", F(path), F(name)) : name;
        Node *value = node_value(&config->tree, entry);
        const Field *field = str_find_char(name, '.') < 0 ? find_field(arena, at) : NULL;
        for (const Node *twin = node_first(map); twin != entry; twin = node_next(twin))
            if (str_eq(twin->key->text, name))
                complain(config, faults, entry->key, at, S("found a second time in this mapping"));
        if (node_is_null(value) && (field || leads_to_fields(arena, at)))
            continue; /* "redis:" with nothing behind it says nothing */
        if (field) {
            check_field(config, field, value, at, faults);
        } else if (!leads_to_fields(arena, at) || str_find_char(name, '.') >= 0) {
            Str near = suggestion(arena, path, name);
            complain(config, faults, entry->key, at,
                     near.n ? str_format(arena, "unknown field, did you mean %.*s?", F(near)) : S("unknown field"));
        } else if (!is_mapping(value) || depth > 8) {
            complain(config, faults, value, at, S("expected a mapping"));
        } else {
            check_mapping(config, value, at, depth + 1, faults);
        }
    }
}

bool config_check(Config *config, Faults *faults) {
    size_t errors = faults->errors;
    if (is_mapping(config->spec))
        check_mapping(config, config->spec, S(""), 0, faults);
    return faults->errors == errors;
}

/* ---- asking ---- */

Node *config_node(Config *config, const char *path) {
    Node *node = map_path(&config->tree, config->spec, path);
    return node_is_null(node) ? NULL : node;
}

bool config_has(Config *config, const char *path) {
    return config_node(config, path) != NULL;
}

Str config_get(Config *config, const char *path) {
    const Node *node = config_node(config, path);
    if (is_scalar(node))
        return node->text;
    const Field *field = find_field(config->tree.arena, str(path));
    return str(field ? field->fallback : NULL);
}

static const char *with_name(Config *config, const char *pattern, const char *name) {
    Str component = config_component(config->tree.arena, name);
    Buf path = {.arena = config->tree.arena};
    for (const char *c = pattern; *c; c++) {
        if (*c == '*')
            buf_add(&path, component);
        else
            buf_char(&path, *c);
    }
    buf_char(&path, '\0');
    return path.p;
}

Str config_get_for(Config *config, const char *pattern, const char *name) {
    return config_get(config, with_name(config, pattern, name));
}

bool config_has_for(Config *config, const char *pattern, const char *name) {
    return config_has(config, with_name(config, pattern, name));
}

static bool is_true(Str text) {
    static const char *const words[] = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"};
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_is(text, words[i]))
            return true;
    return false;
}

bool config_bool(Config *config, const char *path) {
    return is_true(config_get(config, path));
}

bool config_bool_for(Config *config, const char *pattern, const char *name) {
    return is_true(config_get_for(config, pattern, name));
}

int config_int(Config *config, const char *path) {
    int value = 0;
    str_to_int(config_get(config, path), &value);
    return value;
}

/* ---- showing ---- */

static Node *set_text(Tree *tree, Node *map, const char *key, Str text) {
    return edit_set(tree, map, str(key), new_string(tree->arena, text));
}

static Node *set_plain(Tree *tree, Node *map, const char *key, Str text) {
    return edit_set(tree, map, str(key), new_plain(tree->arena, text));
}

static Node *set_map(Tree *tree, Node *map, Str key) {
    Node *there = map_get(tree, map, key);
    return there ? there : edit_set(tree, map, key, new_collection(tree->arena, MAPPING));
}

static void describe(Tree *tree, Node *schema, const Field *field) {
    static const char *const types[] = {"string", "boolean", "integer", "array", "object"};
    set_text(tree, schema, "type", str(types[field->type]));
    set_text(tree, schema, "description", str(field->help));
    if (field->type == FIELD_INT) {
        set_plain(tree, schema, "minimum", str_format(tree->arena, "%d", field->least));
        set_plain(tree, schema, "maximum", str_format(tree->arena, "%d", field->most));
    }
    if (field->type == FIELD_LIST || field->type == FIELD_LABELS)
        set_text(tree, set_map(tree, schema, field->type == FIELD_LIST ? S("items") : S("additionalProperties")),
                 "type", S("string"));
    if (field->choices) {
        Node *list = edit_set(tree, schema, S("enum"), new_collection(tree->arena, SEQUENCE));
        for (Str choices = str(field->choices); choices.n;)
            edit_append(tree, list, new_string(tree->arena, str_cut(&choices, '|')));
    }
    if (field->fallback && field->type == FIELD_TEXT)
        set_text(tree, schema, "default", str(field->fallback));
    else if (field->fallback)
        set_plain(tree, schema, "default", str(field->fallback));
}

/* Puts the schema of `field` below `schema`, where the rest of its path leads; "*" and "@" become a property for each.
 */
static void add_property(Tree *tree, Node *schema, Str path, const Field *field) {
    if (path.n == 0) {
        if (!map_get(tree, schema, S("type")))
            describe(tree, schema, field);
        return;
    }
    if (!map_get(tree, schema, S("type"))) {
        set_text(tree, schema, "type", S("object"));
        set_plain(tree, schema, "additionalProperties", S("false"));
    }
    Node *properties = set_map(tree, schema, S("properties"));
    Str name = str_cut(&path, '.');
    if (str_is(name, "*"))
        for (size_t i = 0; i < COMPONENTS; i++)
            add_property(tree, set_map(tree, properties, config_component(tree->arena, components[i].name)), path,
                         field);
    else if (str_is(name, "@"))
        for (size_t i = 0; i < ASPECTS; i++)
            add_property(tree, set_map(tree, properties, str(aspects[i])), path, field);
    else
        add_property(tree, set_map(tree, properties, name), path, field);
}

Str config_schema(Arena *arena) {
    Tree tree = {.arena = arena, .step = 2, .json = true};
    Node *root = tree.root = new_collection(arena, MAPPING);
    set_text(&tree, root, "$schema", S("https://json-schema.org/draft/2020-12/schema"));
    set_text(&tree, root, "title", S(CONFIG_KIND " (" CONFIG_API_VERSION ")"));
    set_text(&tree, root, "type", S("object"));
    set_plain(&tree, root, "additionalProperties", S("false"));
    Node *required = edit_set(&tree, root, S("required"), new_collection(arena, SEQUENCE));
    edit_append(&tree, required, new_string(arena, S("apiVersion")));
    edit_append(&tree, required, new_string(arena, S("kind")));
    Node *properties = set_map(&tree, root, S("properties"));
    set_text(&tree, set_map(&tree, properties, S("apiVersion")), "const", S(CONFIG_API_VERSION));
    set_text(&tree, set_map(&tree, properties, S("kind")), "const", S(CONFIG_KIND));
    set_text(&tree, set_map(&tree, properties, S("metadata")), "type", S("object"));
    Node *spec = set_map(&tree, properties, S("spec"));
    for (size_t i = 0; i < COUNT(fields); i++)
        add_property(&tree, spec, str(fields[i].path), &fields[i]);
    return edit_render(arena, &tree);
}

static Str kind_of_value(Arena *arena, const Field *field) {
    switch (field->type) {
    case FIELD_BOOL:
        return S("true or false");
    case FIELD_INT:
        return str_format(arena, "%d to %d", field->least, field->most);
    case FIELD_LIST:
        return str_format(arena, "a list: %s", field->format->expected);
    case FIELD_LABELS:
        return S("labels");
    case FIELD_TEXT:
        break;
    }
    if (field->format)
        return str(field->format->expected);
    Buf out = {.arena = arena};
    for (Str choices = str(field->choices); choices.n;) {
        Str choice = str_cut(&choices, '|');
        buf_format(&out, "%s`%.*s`", out.n ? ", " : "", F(choice));
    }
    return buf_str(&out);
}

Str config_reference(Arena *arena) {
    Buf out = {.arena = arena};
    buf_add(&out, S("| field of `spec` | value | default | what it says |\n| --- | --- | --- | --- |\n"));
    for (size_t i = 0; i < COUNT(fields); i++) {
        const Field *field = &fields[i];
        buf_add(&out, S("| `"));
        for (Str path = str(field->path); path.n;) {
            Str part = str_cut(&path, '.');
            Str shown = str_is(part, "*") ? S("COMPONENT") : str_is(part, "@") ? S("ASPECT") : part;
            buf_format(&out, "%.*s%s", F(shown), path.n ? "." : "");
        }
        buf_format(&out, "` | %.*s | ", F(kind_of_value(arena, field)));
        if (field->fallback && field->fallback[0])
            buf_format(&out, "`%s`", field->fallback);
        buf_format(&out, " | %s |\n", field->help);
    }
    return buf_str(&out);
}

Str config_print(Arena *arena, Config *config) {
    Tree tree = {.arena = arena, .step = 2, .sequences_indented = true};
    Node *root = tree.root = new_collection(arena, MAPPING);
    set_text(&tree, root, "apiVersion", S(CONFIG_API_VERSION));
    set_text(&tree, root, "kind", S(CONFIG_KIND));
    Node *spec = set_map(&tree, root, S("spec"));
    for (size_t i = 0; i < COUNT(fields); i++) {
        const Field *field = &fields[i];
        bool each = strchr(field->path, '*') != NULL;
        for (size_t c = 0; c < (each ? COMPONENTS : 1); c++) {
            const char *path = with_name(config, field->path, components[c].name);
            Node *value = config_node(config, path);
            if (strchr(path, '@') || (!value && (!field->fallback || each)))
                continue;
            Node *map = spec;
            Str way = str(path), name = str_cut(&way, '.');
            for (; way.n; name = str_cut(&way, '.'))
                map = set_map(&tree, map, name);
            Node *shown = value ? node_copy(&config->tree, arena, value) : new_plain(arena, str(field->fallback));
            if (!value && field->type == FIELD_TEXT)
                shown = new_string(arena, str(field->fallback));
            edit_set(&tree, map, name, shown);
        }
    }
    Node *patch = config_node(config, "patch");
    if (patch)
        edit_set(&tree, spec, S("patch"), node_copy(&config->tree, arena, patch));
    return edit_render(arena, &tree);
}
