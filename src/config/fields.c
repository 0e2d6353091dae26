#include "config/fields.h"

#include "config/config.h"
#include "spec/catalog.h"
#include "spec/formats.h"

#include <string.h>

static bool check_object_name_or_none(Str s) {
    return s.n == 0 || check_object_name(s);
}

static bool check_cidr(Str s) {
    return check_cidr4(s) || check_cidr6(s);
}

/* NAME, or NAMESPACE/NAME. */
static bool check_object(Str s) {
    ptrdiff_t slash = str_find_char(s, '/');
    return s.n <= 253 && (slash < 0 ? check_object_name(s)
                                    : check_namespace(str_head(s, (size_t)slash)) &&
                                          check_object_name(str_skip(s, (size_t)slash + 1)));
}

static bool check_size(Str s) {
    double value;
    return check_quantity(s) && quantity_value(s, &value) && value > 0;
}

/* ---- formats of texts ---- */

/* POSIX, JavaScript and Python read these expressions alike. */
#define ALNUM "[A-Za-z0-9]"
#define HOST_LABEL ALNUM "([A-Za-z0-9-]{0,61}" ALNUM ")?"
#define HOST HOST_LABEL "(\\." HOST_LABEL ")*"
#define NAME_LABEL "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
#define NAME NAME_LABEL "(\\." NAME_LABEL ")*"
#define OCTET "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
#define PORT "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
#define GROUP "[0-9A-Fa-f]{1,4}"
/* An IPv6 address, by the number of groups after its gap. */
#define ADDRESS6                                                                                                       \
    "((" GROUP ":){7}" GROUP "|(" GROUP ":){1,7}:|(" GROUP ":){1,6}:" GROUP "|(" GROUP ":){1,5}(:" GROUP               \
    "){1,2}|(" GROUP ":){1,4}(:" GROUP "){1,3}|(" GROUP ":){1,3}(:" GROUP "){1,4}|(" GROUP ":){1,2}(:" GROUP           \
    "){1,5}|" GROUP ":(:" GROUP "){1,6}|:((:" GROUP "){1,7}|:))"
#define NETWORK4 "(" OCTET "\\.){3}" OCTET "/(3[0-2]|[12]?[0-9])"
#define NETWORK6 ADDRESS6 "/(12[0-8]|1[01][0-9]|[1-9]?[0-9])"
#define IMAGE_PART "[a-z0-9]+((\\.|__?|-+)[a-z0-9]+)*"
#define IMAGE_PATH "(" HOST "(:" PORT ")?/)?" IMAGE_PART "(/" IMAGE_PART ")*"
#define IMAGE_TAG "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
#define QUANTITY "([0-9]+\\.?[0-9]*|\\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?([0-9]|1[0-8]))?"
#define ATOM "[A-Za-z0-9_=+-]+"

/* A text that YAML must not read as a number, and that its pattern describes completely. */
#define FORMAT(check, longest, expected, pattern)                                                                      \
    { check, expected, pattern, NULL, longest, NO_NUMBER }

static const Format object_name =
    FORMAT(check_object_name, 253, "a Kubernetes object name: lower case letters, digits and inner '-' and '.'", NAME);
static const Format object_name_or_none =
    FORMAT(check_object_name_or_none, 253, "a Kubernetes object name, or \"\" for none", "(" NAME ")?");
static const Format namespace_name =
    FORMAT(check_namespace, 63, "a namespace: at most 63 lower case letters, digits and inner '-'", NAME_LABEL);
static const Format object = FORMAT(check_object, 253, "a name such as gateway, or traefik/gateway with its namespace",
                                    "(" NAME_LABEL "/)?" NAME);
static const Format host_name = FORMAT(check_hostname, 253, "a host name", HOST);
static const Format domain_name = {
    check_domain, "a domain name such as example.com", HOST_LABEL "(\\." HOST_LABEL ")+", "\\.[0-9]+$", 253, NO_NUMBER};
static const Format cidr4 = FORMAT(check_cidr4, 18, "an IPv4 network such as 10.42.0.0/16", NETWORK4);
static const Format cidr6 = FORMAT(check_cidr6, 43, "an IPv6 network such as fd00:42::/48", NETWORK6);
static const Format cidr =
    FORMAT(check_cidr, 43, "a network such as 192.0.2.0/24 or fd00:42::/48", "(" NETWORK4 "|" NETWORK6 ")");
static const Format timezone_name =
    FORMAT(check_timezone, 64, "a time zone such as Europe/Vienna", ALNUM "[A-Za-z0-9/_+-]*");
static const Format quantity = {check_quantity, "a Kubernetes quantity such as 500m or 2Gi", QUANTITY, NULL, 15,
                                ANY_NUMBER};
static const Format size = {
    check_size, "a Kubernetes quantity above zero, such as 50Gi", QUANTITY, "^[0.]+([^0-9.]|$)", 15, NUMBER_ABOVE_0};
static const Format data_key = {
    check_data_key, "a key of letters, digits, '-', '_' and '.'", "[A-Za-z0-9._-]+", "^\\.(\\.|$)", 253, NO_NUMBER};
static const Format rate =
    FORMAT(check_rate, 20, "a rate such as 200/day", "[1-9][0-9]{0,8}/(second|minute|hour|day|month|year)");
static const Format local_part =
    FORMAT(check_local_part, 64, "the part of an address before the '@'", ATOM "(\\." ATOM ")*");
static const Format relay_host =
    FORMAT(check_relay_host, 253, "a relay such as [smtp.example.net]:587", "(" HOST "|\\[" HOST "\\])(:" PORT ")?");
static const Format registry = FORMAT(check_image_path, 255, "a registry and path such as ghcr.io/mailu", IMAGE_PATH);
static const Format image = FORMAT(check_image, 255, "an image such as ghcr.io/mailu/admin:2024.06",
                                   IMAGE_PATH "(:" IMAGE_TAG ")?(@sha256:[a-f0-9]{64})?");
static const Format image_tag = {check_image_tag, "an image tag such as 2024.06", IMAGE_TAG, NULL, 128, ANY_NUMBER};
static const Format entry_point =
    FORMAT(check_entry_point, 63, "the name of an entry point: letters, digits and inner '-' and '_'",
           ALNUM "([A-Za-z0-9_-]*" ALNUM ")?");
static const Format cert_resolver =
    FORMAT(check_entry_point, 63, "the name of a certificate resolver: letters, digits and inner '-' and '_'",
           ALNUM "([A-Za-z0-9_-]*" ALNUM ")?");
const Format format_label_key = FORMAT(check_label_key, 317, "a label key such as app.kubernetes.io/name",
                                       "(" NAME "/)?" ALNUM "([A-Za-z0-9._-]{0,61}" ALNUM ")?");
const Format format_label_value =
    FORMAT(check_label_value, 63, "a label value: at most 63 letters, digits and inner '-', '_' and '.'",
           "(" ALNUM "([A-Za-z0-9._-]{0,61}" ALNUM ")?)?");

/* ---- the table ---- */

#define TEXT(path, fallback, format, help)                                                                             \
    { path, FIELD_TEXT, fallback, &(format), NULL, 0, 0, help }
#define CHOICE(path, fallback, choices, help)                                                                          \
    { path, FIELD_TEXT, fallback, NULL, choices, 0, 0, help }
#define BOOL(path, fallback, help)                                                                                     \
    { path, FIELD_BOOL, fallback, NULL, NULL, 0, 0, help }
#define INT(path, fallback, least, most, help)                                                                         \
    { path, FIELD_INT, fallback, NULL, NULL, least, most, help }
#define INT_CHOICE(path, fallback, choices, help)                                                                      \
    { path, FIELD_INT, fallback, NULL, choices, 0, 0, help }
#define TEXTS(path, format, help)                                                                                      \
    { path, FIELD_LIST, NULL, &(format), NULL, 0, 0, help }
#define LABELS(path, help)                                                                                             \
    { path, FIELD_LABELS, NULL, NULL, NULL, 0, 0, help }

/* "Taken from the stream" in the help: unless the config sets it. */
const Field fields[] = {
    TEXT("namespace", NULL, namespace_name, "Namespace of Mailu. Taken from the stream; else `mailu`."),
    BOOL("createNamespace", "false", "Add the Namespace object."),
    TEXT("clusterDomain", NULL, host_name, "The cluster's DNS domain. Taken from the stream; else `cluster.local`."),
    TEXT("domain", NULL, domain_name, "The mail domain. Taken from the stream; required when components are added."),
    TEXTS(
        "hostnames", domain_name,
        "The mail server's host names, the main one first. Taken from the stream; required when components are added."),
    TEXT("subnet", NULL, cidr4, "The pod network. Taken from the stream; required when components are added."),
    TEXT("subnet6", NULL, cidr6, "The IPv6 pod network. Taken from the stream."),
    TEXT("timezone", "UTC", timezone_name, "Time zone. Taken from the stream."),
    CHOICE("profile", "small", "small|medium|large",
           "The specification's scaling guidelines: fewer than 50 users, up to 500, more."),
    INT("users", NULL, 1, 1000000, "The number of users, instead of a profile: it sizes the mailboxes too."),

    CHOICE("database.type", NULL, "postgresql|sqlite",
           "Taken from the stream; else `postgresql` when `database.postgresql` is there, else `sqlite`."),
    TEXT("database.postgresql.host", NULL, host_name, "Host of PostgreSQL. Taken from the stream."),
    INT("database.postgresql.port", "5432", 1, 65535, "Its port."),
    TEXT("database.postgresql.database", "mailu", data_key, "The database of the admin container."),
    TEXT("database.postgresql.roundcubeDatabase", "roundcube", data_key, "The database of Roundcube."),
    TEXT("database.postgresql.secretName", NULL, object_name,
         "Secret with the user name and password. Taken from the stream."),
    TEXT("database.postgresql.secretKeys.username", "username", data_key, "Its key with the user name."),
    TEXT("database.postgresql.secretKeys.password", "password", data_key, "Its key with the password."),
    TEXT("redis.host", NULL, host_name, "Host of Redis. Taken from the stream; else `redis`."),
    INT("redis.port", "6379", 1, 65535, "Its port."),
    TEXT("redis.secretName", NULL, object_name, "Secret with the Redis password, if Redis requires one."),
    TEXT("redis.secretKey", "password", data_key, "Its key with the password (letters, digits, `-._~`)."),
    TEXT("secrets.mailuSecretKey", NULL, object_name,
         "Secret with the key `secret-key`. Taken from the stream; else `mailu-secrets`."),
    TEXT("secrets.initialAdminPassword", NULL, object_name, "Secret with the first administrator's password."),
    TEXT("secrets.initialAdminPasswordKey", "initial-admin-password", data_key, "Its key."),
    TEXT("secrets.apiToken", NULL, object_name, "Secret with the token of the API."),
    TEXT("secrets.apiTokenKey", "token", data_key, "Its key."),

    INT("replicas.*", NULL, 1, 100,
        "Pods of a component. More than 1 for `front`, `dovecotSubmission` and `webmail` alone. Taken from the "
        "stream; else 1."),
    TEXT("storage.storageClass", NULL, object_name, "Storage class of every added claim; else the cluster's default."),
    TEXT("storage.tiers.performance", NULL, object_name, "Storage class of the mailboxes."),
    TEXT("storage.tiers.standard", NULL, object_name, "Storage class of queue, data and caches."),
    TEXT("storage.*.size", NULL, size, "Size of a component's claim; else the specification's."),
    TEXT("storage.*.storageClass", NULL, object_name, "Storage class of an added claim."),
    BOOL("components.*", NULL,
         "Whether Mailu has the component. Default: true for core components and `webmail`, and for the others if the "
         "stream has them."),
    TEXT("resources.*.requests.cpu", NULL, quantity, "CPU request; else the specification's."),
    TEXT("resources.*.requests.memory", NULL, quantity, "Memory request; else the specification's."),
    TEXT("resources.*.limits.cpu", NULL, quantity, "CPU limit; else the specification's."),
    TEXT("resources.*.limits.memory", NULL, quantity, "Memory limit; else the specification's."),

    CHOICE("mailu.logLevel", "WARNING", "DEBUG|INFO|WARNING|ERROR|CRITICAL", "Log level."),
    INT("mailu.messageSizeLimit", "50", 1, 2000, "Largest message, in MB (of 1024 x 1024 bytes)."),
    TEXT("mailu.messageRatelimit", "200/day", rate, "Messages one user may send."),
    TEXT("mailu.postmaster", "postmaster", local_part, "The postmaster's address, without the domain."),
    BOOL("mailu.initialAccount.enabled", "false", "Create a first administrator."),
    TEXT("mailu.initialAccount.username", "admin", local_part, "The account's name."),
    TEXT("mailu.initialAccount.domain", NULL, domain_name, "The account's domain; else `domain`."),
    CHOICE("mailu.initialAccount.mode", "update", "create|update|ifmissing", "What to do if it exists."),
    BOOL("mailu.apiEnabled", "false", "Enable Mailu's API and route to it."),
    CHOICE("mailu.webmailType", "roundcube", "roundcube|snappymail", "The webmail program."),
    TEXT("mailu.relayHost", NULL, relay_host, "Relay for outgoing mail, such as `[smtp.example.net]:587`."),
    TEXTS("mailu.relayNets", cidr4, "Networks that may relay through port 25 inside the cluster."),
    CHOICE("mailu.compression", NULL, "gz|bz2|lz4|zstd", "Compression of mailboxes."),
    INT("mailu.compressionLevel", NULL, 1, 9, "The compression level."),

    TEXT("images.registry", "ghcr.io/mailu", registry, "Where Mailu's images come from."),
    TEXT("images.tag", NULL, image_tag, "One tag for all of Mailu's images. Taken from the stream; else `2024.06`."),
    CHOICE("images.pullPolicy", "IfNotPresent", "Always|IfNotPresent|Never", "Image pull policy."),
    TEXT("images.*", NULL, image, "The full image of one component, for example from a mirror."),

    BOOL("front.unusedPorts", "false",
         "List 25, 80, 110, 143 and 443 on front's Service too, though nothing listens there."),
    BOOL("dovecot.exposeSieve", "false", "Expose ManageSieve (4190) on dovecot's Service."),
    INT_CHOICE(
        "submission.relayPort", "10025", "25|10025",
        "The postfix port that dovecot-submission relays to: on 10025 postfix checks that the sender is the user, on "
        "25 nothing does."),

    BOOL("ingress.enabled", "true", "Route through Traefik."),
    CHOICE("ingress.type", "traefik", "traefik|none", "`none` leaves all routing unchanged."),
    TEXT("ingress.className", "traefik", object_name, "Ingress class."),
    BOOL("ingress.convertNginx", "false", "Convert ingress-nginx's annotations on Mailu's Ingresses to middlewares."),
    TEXT("ingress.traefik.hostname", NULL, domain_name, "Host of the web pages; else all of `hostnames`."),
    TEXT("ingress.traefik.certIssuer", "letsencrypt-cluster-issuer", object_name_or_none,
         "cert-manager's ClusterIssuer; \"\" for none."),
    TEXT("ingress.traefik.tlsSecret", NULL, object_name,
         "Secret with the certificate. Taken from the stream; else `mailu-tls`."),
    TEXT("ingress.traefik.certResolver", NULL, cert_resolver,
         "Traefik's certificate resolver, instead of a Secret. Taken from the stream."),
    BOOL("ingress.traefik.enableTcp", "true", "Route the mail protocols."),
    INT("ingress.traefik.smtpConnectionLimit", "15", 1, 100000,
        "Concurrent SMTP connections per address, in Traefik and in postfix."),
    BOOL("ingress.traefik.proxyProtocol", "true",
         "Have Traefik pass on the client's address (PROXY protocol v2). Without it, every client has Traefik's "
         "address."),
    BOOL("ingress.traefik.webdav", "false",
         "Route CalDAV and CardDAV to front's /webdav, which has admin check the password."),
    BOOL("ingress.traefik.antispam", "false",
         "Route rspamd's page to front's /admin/antispam, which lets in only administrators."),
    BOOL("ingress.traefik.sieve", "false",
         "Route ManageSieve (4190) to front, which does STARTTLS and has admin check the password."),
    BOOL("ingress.traefik.overrides", "false",
         "Route to front the locations of its nginx overrides that answer by themselves."),
    BOOL("ingress.traefik.plaintextSubmission", "false",
         "Route 587 without TLS: passwords cross the internet unencrypted."),
    TEXT("ingress.traefik.namespace", NULL, namespace_name, "Traefik's namespace; else any."),
    TEXTS("ingress.traefik.networks", cidr,
          "Traefik's addresses outside the pod network, for example on the host network: they may use the PROXY "
          "protocol."),
    TEXTS("ingress.traefik.gateways", object,
          "Traefik's Gateways, NAME or NAMESPACE/NAME: HTTPRoutes on them to Mailu are secured as Ingresses are."),
    LABELS("ingress.traefik.podLabels", "Labels of Traefik's pods; else `app.kubernetes.io/name: traefik`."),
    TEXT("ingress.traefik.entryPoints.smtp", "smtp", entry_point, "Traefik's entry point for port 25."),
    TEXT("ingress.traefik.entryPoints.smtps", "smtps", entry_point, "For 465."),
    TEXT("ingress.traefik.entryPoints.submission", "smtp-submission", entry_point, "For 587."),
    TEXT("ingress.traefik.entryPoints.imaps", "imaps", entry_point, "For 993."),
    TEXT("ingress.traefik.entryPoints.pop3s", "pop3s", entry_point, "For 995."),
    TEXT("ingress.traefik.entryPoints.sieve", "managesieve", entry_point, "For 4190."),
    TEXT("ingress.traefik.entryPoints.web", "web", entry_point,
         "For 80, which `ingress.convertNginx` redirects to HTTPS."),
    TEXT("ingress.traefik.entryPoints.websecure", "websecure", entry_point, "For 443."),

    CHOICE("mtaSts.mode", NULL, "testing|enforce",
           "Serve an MTA-STS policy at https://mta-sts.DOMAIN, for the domain and each mta-sts.* of `hostnames`."),
    INT("mtaSts.maxAge", "604800", 86400, 31557600, "Seconds for which other servers keep the policy."),

    {"accept", FIELD_WARNINGS, NULL, NULL, NULL, 0, 0,
     "Names of warnings that you accept: they become notes, which `--strict` ignores."},
    BOOL("networkPolicies", "true", "Allow only the connections that Mailu needs."),
    BOOL("patch.@", "true", "Whether to change an aspect at all."),
    BOOL("patch.*.@", "true", "Whether to change an aspect of one component."),
};
const size_t field_count = COUNT(fields);

/* ---- finding a field ---- */

Str field_step(Str step, size_t i) {
    if (str_is(step, "*"))
        return i < COMPONENTS ? str(component_key(&components[i])) : S("");
    if (str_is(step, "@"))
        return i < ASPECTS ? str(aspects[i]) : S("");
    return i ? S("") : step;
}

static bool matches_step(Str pattern, Str part) {
    for (size_t i = 0;; i++) {
        Str name = field_step(pattern, i);
        if (!name.n || str_eq(name, part))
            return name.n > 0;
    }
}

/* Whether `path` is the field's, or (with `above`) leads to it. */
static bool matches(const Field *field, Str path, bool above) {
    Str pattern = str(field->path);
    while (path.n && pattern.n)
        if (!matches_step(str_cut(&pattern, '.'), str_cut(&path, '.')))
            return false;
    return path.n == 0 && (above ? pattern.n > 0 : pattern.n == 0);
}

static bool has_path(const Field *field, Str path) {
    return *field->path == *path.p && str_is(path, field->path);
}

const Field *field_at(Str path) {
    for (size_t i = 0; i < field_count && path.n; i++) /* an exact name goes before "*" */
        if (has_path(&fields[i], path) && !strpbrk(fields[i].path, "*@"))
            return &fields[i];
    for (size_t i = 0; i < field_count; i++)
        if (strpbrk(fields[i].path, "*@") && matches(&fields[i], path, false))
            return &fields[i];
    return NULL;
}

Str field_shown(Arena *arena, const Field *field) {
    Buf out = {.arena = arena};
    for (Str path = str(field->path); path.n;) {
        Str part = str_cut(&path, '.');
        Str shown = str_is(part, "*") ? S("COMPONENT") : str_is(part, "@") ? S("ASPECT") : part;
        buf_format(&out, "%.*s%s", F(shown), path.n ? "." : "");
    }
    return buf_str(&out);
}

bool field_is_below(const Field *field, Str path) {
    return matches(field, path, true);
}

bool field_below(Str path) {
    for (size_t i = 0; i < field_count; i++)
        if (field_is_below(&fields[i], path))
            return true;
    return false;
}

/* ---- suggesting ---- */

/* The path of a field, or of a mapping above fields, that is called `name`: "initialAccount" is
 * "mailu.initialAccount". */
static Str path_called(Arena *arena, Str name) {
    for (size_t i = 0; i < field_count; i++) {
        for (Str rest = str(fields[i].path); rest.n;) {
            Str part = str_cut(&rest, '.');
            if (str_is(part, "*") || str_is(part, "@"))
                break;
            if (str_eq(part, name))
                return (Str){fields[i].path, (size_t)(part.p + part.n - fields[i].path)};
        }
    }
    return matches_step(S("*"), name) ? str_format(arena, "components.%.*s", F(name)) : (Str){0};
}

Str field_suggestion(Arena *arena, Str parent, Str wrong) {
    Guess guess = guess_at(wrong);
    for (size_t i = 0; i < field_count; i++) {
        Str pattern = str(fields[i].path), path = parent;
        bool below = true;
        while (path.n && below)
            below = pattern.n && matches_step(str_cut(&pattern, '.'), str_cut(&path, '.'));
        Str step = below ? str_cut(&pattern, '.') : S("");
        for (size_t n = 0; field_step(step, n).n; n++)
            guess_consider(&guess, field_step(step, n));
    }
    Str elsewhere = path_called(arena, wrong);
    return elsewhere.n && guess.distance > 1 ? elsewhere : guess.best;
}
