#include "spec/catalog.h"

/* Probes. TCP: front, dovecot-submission, dovecot, postfix. HTTP: admin, webmail, rspamd. Exec: clamav. Two are not in
 * that list: fetchmail listens on no port, so its process is checked; webdav's port is tried.
 *
 * front's 587 may be tried though it expects the PROXY protocol: nginx accepts a connection that sends nothing, and
 * logs it. webmail's /ping answers only 127.0.0.1 as shipped, and "/" redirects to sso.php, which answers 403: the
 * entry point in assets/webmail-entrypoint.sh opens /ping, which asks PHP itself, in Roundcube and SnappyMail alike.
 * clamav's command works in ghcr.io/mailu/clamav and in clamav/clamav-debian: clamdscan where it is, else the daemon's
 * own PING through nc.
 *
 * On a cold start admin migrates its database, rspamd and webmail wait for it, and ClamAV loads its signatures; the
 * liveness probe would kill each before it is done. So added ones have a startup probe.
 *
 * SECRET_KEY: all of Mailu's images start with it or without, but admin and webmail alone derive keys from it. */
#define CLAMAV_PING "clamdscan --ping 3 >/dev/null 2>&1 || echo PING | nc -w 3 127.0.0.1 3310 | grep -q PONG"

const Component components[COMPONENTS] = {
    [FRONT] = {.name = "front",
               .repository = "nginx",
               .by_default = true,
               .reads_environment = true,
               .requests = {"100m", "256Mi"},
               .limits = {"500m", "512Mi"},
               .probe = {PROBE_TCP, 587, NULL, NULL, 30, 10, 0}},
    [ADMIN] = {.name = "admin",
               .repository = "admin",
               .by_default = true,
               .reads_environment = true,
               .reads_secret_key = true,
               .requests = {"100m", "256Mi"},
               .limits = {"500m", "512Mi"},
               .probe = {PROBE_HTTP, 8080, "/ping", NULL, 30, 10, 600}},
    [POSTFIX] = {.name = "postfix",
                 .repository = "postfix",
                 .by_default = true,
                 .reads_environment = true,
                 .requests = {"100m", "512Mi"},
                 .limits = {"500m", "1Gi"},
                 .probe = {PROBE_TCP, 25, NULL, NULL, 30, 10, 0}},
    [DOVECOT] = {.name = "dovecot",
                 .repository = "dovecot",
                 .by_default = true,
                 .reads_environment = true,
                 .requests = {"200m", "1Gi"},
                 .limits = {"1000m", "2Gi"},
                 .probe = {PROBE_TCP, 143, NULL, NULL, 30, 10, 0}},
    [DOVECOT_SUBMISSION] = {.name = "dovecot-submission",
                            .key = "dovecotSubmission",
                            .image = "dovecot/dovecot:2.3-latest",
                            .by_default = true,
                            .amd64_only = true,
                            .run_as = 8, /* mail */
                            .requests = {"100m", "256Mi"},
                            .limits = {"300m", "512Mi"},
                            .probe = {PROBE_TCP, 10025, NULL, NULL, 30, 30, 0}},
    [RSPAMD] = {.name = "rspamd",
                .repository = "rspamd",
                .by_default = true,
                .reads_environment = true,
                .requests = {"100m", "512Mi"},
                .limits = {"500m", "1Gi"},
                .probe = {PROBE_HTTP, 11334, "/ping", NULL, 30, 10, 900}},
    [WEBMAIL] = {.name = "webmail",
                 .repository = "webmail",
                 .by_default = true,
                 .reads_environment = true,
                 .reads_secret_key = true,
                 .requests = {"100m", "256Mi"},
                 .limits = {"500m", "512Mi"},
                 .probe = {PROBE_HTTP, 80, "/ping", NULL, 30, 10, 900}},
    [CLAMAV] = {.name = "clamav",
                .repository = "clamav",
                /* the specification names ghcr.io/mailu/clamav:2024.06, which does not exist; Mailu uses this one */
                .image = "docker.io/clamav/clamav-debian:1.4",
                .requests = {"500m", "1Gi"},
                .limits = {"2000m", "2Gi"},
                /* five minutes: the first start downloads the signatures. Readiness kills nothing, it only keeps others
                 * away until clamd answers. */
                .probe = {PROBE_EXEC, 0, NULL, CLAMAV_PING, 300, 30, 900}},
    [FETCHMAIL] = {.name = "fetchmail",
                   .repository = "fetchmail",
                   .reads_environment = true,
                   .requests = {"50m", "128Mi"},
                   .limits = {"200m", "256Mi"},
                   .probe = {PROBE_EXEC, 0, NULL, "ps ax | grep -q '[/]fetchmail.py'", 30, 10, 0}},
    [WEBDAV] = {.name = "webdav",
                .repository = "radicale",
                .requests = {"50m", "128Mi"},
                .limits = {"200m", "256Mi"},
                .probe = {PROBE_TCP, 5232, NULL, NULL, 30, 10, 0}},
};

const char *component_key(const Component *component) {
    return component->key ? component->key : component->name;
}

const Port ports[] = {
    {ADMIN, ADMIN_PORT, "http", PORT_EXPOSED},                /* API, web interface and auth_http */
    {CLAMAV, 3310, "clamav", PORT_EXPOSED},                   /* antivirus scanning */
    {DOVECOT, 110, "pop3", PORT_EXPOSED},                     /* mail retrieval */
    {DOVECOT, 143, "imap", PORT_EXPOSED},                     /* mail retrieval */
    {DOVECOT, 993, "imaps", PORT_EXPOSED},                    /* IMAP over TLS */
    {DOVECOT, 995, "pop3s", PORT_EXPOSED},                    /* POP3 over TLS */
    {DOVECOT, 2525, "lmtp", PORT_EXPOSED},                    /* delivery from postfix */
    {DOVECOT, SIEVE_PORT, "sieve", PORT_SIEVE},               /* mail filters */
    {DOVECOT_SUBMISSION, 10025, "submission", PORT_EXPOSED},  /* submission from webmail */
    {FRONT, 465, "smtps", PORT_EXPOSED},                      /* submission */
    {FRONT, 587, "submission", PORT_EXPOSED},                 /* submission */
    {FRONT, 993, "imaps", PORT_EXPOSED},                      /* IMAP */
    {FRONT, 995, "pop3s", PORT_EXPOSED},                      /* POP3 */
    {FRONT, WEBMAIL_IMAP_PORT, "imap-webmail", PORT_EXPOSED}, /* IMAP from webmail */
    {FRONT, SIEVE_PORT, "sieve", PORT_SIEVE_LOGIN},           /* mail filters */
    {FRONT, 25, "smtp", PORT_UNUSED},                         /* SMTP */
    {FRONT, FRONT_HTTP_PORT, "http", PORT_HTTP},              /* WebDAV, spam page, MTA-STS */
    {FRONT, 143, "imap", PORT_UNUSED},                        /* IMAP */
    {FRONT, 110, "pop3", PORT_UNUSED},                        /* POP3 */
    {FRONT, 443, "https", PORT_UNUSED},                       /* HTTPS */
    {POSTFIX, 25, "smtp", PORT_EXPOSED},                      /* relay inside the cluster */
    {POSTFIX, 10025, "submission", PORT_EXPOSED},             /* submission from front */
    {POSTFIX, MX_PORT, "smtp-mx", PORT_CONTAINER},            /* MX mail from Traefik, by its own Service */
    {RSPAMD, 11332, "milter", PORT_EXPOSED},                  /* spam scanning */
    {RSPAMD, 11333, "fuzzy", PORT_EXPOSED},                   /* fuzzy hashes */
    {RSPAMD, 11334, "http", PORT_EXPOSED},                    /* web interface and API */
    {WEBDAV, WEBDAV_PORT, "http", PORT_EXPOSED},              /* CalDAV and CardDAV */
    {WEBMAIL, WEBMAIL_PORT, "http", PORT_EXPOSED},            /* webmail */
};
const size_t port_count = COUNT(ports);

/* FRONT_ADDRESS is dovecot: postfix, admin and fetchmail deliver to it, and front is an nginx without LMTP. */
const AddressVariable address_variables[] = {
    {"ADMIN_ADDRESS", ADMIN},     {"FRONT_ADDRESS", DOVECOT},   {"IMAP_ADDRESS", DOVECOT},
    {"SMTP_ADDRESS", POSTFIX},    {"ANTISPAM_ADDRESS", RSPAMD}, {"SUBMISSION_ADDRESS", DOVECOT_SUBMISSION},
    {"WEBMAIL_ADDRESS", WEBMAIL}, {"WEBDAV_ADDRESS", WEBDAV},   {"ANTIVIRUS_ADDRESS", CLAMAV},
};
const size_t address_variable_count = COUNT(address_variables);

/* Access mode of each: ReadWriteOnce. Mailu keeps its DKIM keys in /dkim, beside the /data the specification names, so
 * a part of the same claim is mounted there; otherwise they would be lost with the pod. */
const Storage storages[] = {
    {ADMIN, "/data", NULL, "5Gi", TIER_STANDARD},
    {ADMIN, "/dkim", "dkim", "5Gi", TIER_STANDARD},
    {POSTFIX, "/queue", NULL, "5Gi", TIER_STANDARD},
    {DOVECOT, "/mail", NULL, "50Gi", TIER_PERFORMANCE},
    {RSPAMD, "/var/lib/rspamd", NULL, "5Gi", TIER_STANDARD},
    {CLAMAV, "/data", NULL, "5Gi", TIER_STANDARD},
    {WEBDAV, "/data", NULL, "5Gi", TIER_STANDARD},
};
const size_t storage_count = COUNT(storages);

/* Small: the defaults. Medium: 2Gi, 1Gi, 200Gi at about 4Gi a user. Large: "2-10GB per user", taken at 5. The
 * connections are ours: nginx sets aside about 400 bytes for each in every worker, and has as many workers as the node
 * has processors. So are the replicas. */
const Profile profiles[] = {
    {"small", 49, NULL, NULL, 0, 0, 4096, 0},
    {"medium", 500, "2Gi", "1Gi", 200, 4, 8192, 0},
    {"large", INT32_MAX, "2Gi", "1Gi", 2500, 5, 16384, 2},
};
const size_t profile_count = COUNT(profiles);

const Edge edges[] = {
    {PEER_TRAEFIK, FRONT, 465, TCP, "mail clients"},
    {PEER_TRAEFIK, FRONT, 587, TCP, "mail clients"},
    {PEER_TRAEFIK, FRONT, 993, TCP, "mail clients"},
    {PEER_TRAEFIK, FRONT, 995, TCP, "mail clients"},
    {PEER_TRAEFIK, FRONT, SIEVE_PORT, TCP, "mail filters"},                             /* when the config asks */
    {PEER_TRAEFIK, FRONT, FRONT_HTTP_PORT, TCP, "CalDAV, CardDAV, spam page, MTA-STS"}, /* when the config asks */
    {PEER_TRAEFIK, ADMIN, 8080, TCP, "web pages, forward auth"},
    {PEER_TRAEFIK, WEBMAIL, 80, TCP, "web pages"},
    {PEER_TRAEFIK, POSTFIX, MX_PORT, TCP, "mail from other servers"},
    {FRONT, ADMIN, 8080, TCP, "auth_http"},
    {FRONT, POSTFIX, 10025, TCP, "submission"},
    {FRONT, DOVECOT, 143, TCP, "IMAP"},
    {FRONT, DOVECOT, 110, TCP, "POP3"},
    {FRONT, DOVECOT, SIEVE_PORT, TCP, "mail filters"},           /* when the config asks */
    {FRONT, RSPAMD, 11334, TCP, "spam page"},                    /* when the config asks */
    {FRONT, WEBDAV, WEBDAV_PORT, TCP, "calendars and contacts"}, /* when the config asks */
    {WEBMAIL, FRONT, WEBMAIL_IMAP_PORT, TCP, "IMAP"},
    {WEBMAIL, DOVECOT, SIEVE_PORT, TCP, "mail filters"},
    {WEBMAIL, DOVECOT_SUBMISSION, 10025, TCP, "submission"},
    {WEBMAIL, PEER_DATABASE, 0, TCP, "preferences"},
    {DOVECOT_SUBMISSION, POSTFIX, 0, TCP, "relay"},
    {POSTFIX, DOVECOT, 2525, TCP, "delivery"},
    {POSTFIX, ADMIN, 8080, TCP, "addresses and transports"},
    {POSTFIX, RSPAMD, 11332, TCP, "milter"},
    {POSTFIX, PEER_INTERNET, 25, TCP, "delivery"},
    {POSTFIX, PEER_INTERNET, 587, TCP, "submission to other servers"},
    {POSTFIX, PEER_INTERNET, 443, TCP, "MTA-STS policies"},
    {POSTFIX, PEER_RELAY_HOST, 0, TCP, "relay host"},
    {PEER_RELAY_NETWORKS, POSTFIX, 25, TCP, "relaying"},
    {DOVECOT, ADMIN, 8080, TCP, "users and quotas"},
    {DOVECOT, POSTFIX, 25, TCP, "redirects and vacation mails"},
    {DOVECOT, RSPAMD, 11334, TCP, "learning spam and ham"},
    {DOVECOT, PEER_TIKA, 9998, TCP, "text of attachments"},
    {ADMIN, DOVECOT, 2525, TCP, "mails of its own"},
    {ADMIN, PEER_DATABASE, 0, TCP, "users"},
    {ADMIN, PEER_REDIS, 0, TCP, "sessions and limits"},
    {RSPAMD, ADMIN, 8080, TCP, "DKIM keys and domains"},
    {RSPAMD, PEER_REDIS, 0, TCP, "statistics"},
    {RSPAMD, CLAMAV, 3310, TCP, "antivirus scanning"},
    {RSPAMD, PEER_OLETOOLS, 11343, TCP, "macros"},
    {RSPAMD, PEER_INTERNET, 443, TCP, "maps"},
    {RSPAMD, PEER_INTERNET, 11335, UDP, "fuzzy hashes"},
    {FETCHMAIL, ADMIN, 8080, TCP, "accounts"},
    {FETCHMAIL, DOVECOT, 2525, TCP, "delivery"},
    {FETCHMAIL, POSTFIX, 25, TCP, "delivery by way of the spam filter"},
    {FETCHMAIL, PEER_INTERNET, 110, TCP, "POP3"},
    {FETCHMAIL, PEER_INTERNET, 143, TCP, "IMAP"},
    {FETCHMAIL, PEER_INTERNET, 993, TCP, "IMAPS"},
    {FETCHMAIL, PEER_INTERNET, 995, TCP, "POP3S"},
    {CLAMAV, PEER_INTERNET, 80, TCP, "signatures"},
    {CLAMAV, PEER_INTERNET, 443, TCP, "signatures"},
};
const size_t edge_count = COUNT(edges);

const char *const peer_names[PEERS] = {
    [PEER_TRAEFIK] = "traefik",
    [PEER_DNS] = "dns",
    [PEER_REDIS] = "redis",
    [PEER_DATABASE] = "database",
    [PEER_OLETOOLS] = "oletools",
    [PEER_TIKA] = "tika",
    [PEER_INTERNET] = "internet",
    [PEER_RELAY_HOST] = "relay-host",
    [PEER_RELAY_NETWORKS] = "relay-networks",
};

const Route routes[ROUTES] = {
    {"smtp", "smtp", POSTFIX, 25, false}, /* by the Service postfix-mx */
    {"smtps", "smtps", FRONT, 465, true},         {"submission", "submission", FRONT, 587, true},
    {"imaps", "imaps", FRONT, 993, true},         {"pop3s", "pop3s", FRONT, 995, true},
    {"sieve", "sieve", FRONT, SIEVE_PORT, false}, /* when the config asks: front does STARTTLS */
};

const char *const aspects[ASPECTS] = {
    [ASPECT_PRESENCE] = "presence",   [ASPECT_PORTS] = "ports",
    [ASPECT_STORAGE] = "storage",     [ASPECT_PROBES] = "probes",
    [ASPECT_RESOURCES] = "resources", [ASPECT_SCHEDULING] = "scheduling",
    [ASPECT_SECURITY] = "security",   [ASPECT_ENVIRONMENT] = "environment",
    [ASPECT_IMAGES] = "images",       [ASPECT_ROUTING] = "routing",
    [ASPECT_POLICIES] = "policies",
};

bool mentions_mailu(Str text) {
    for (size_t at = 3; at < text.n;) {
        const char *u = memchr(text.p + at, 'u', text.n - at);
        if (!u)
            break;
        if (u[-1] == 'l' && u[-2] == 'i' && u[-3] == 'a')
            return true;
        at = (size_t)(u - text.p) + 1;
    }
    return false;
}
