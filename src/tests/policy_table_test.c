#include "tests/policy_table.h"

#include "tests/tests.h"
#include "yaml/query.h"

const PolicyRow policy_table[] = {
    /* Traefik has terminated TLS; it asks admin about webmail's visitors, too (8080). Never 25 of postfix. */
    {PEER_TRAEFIK, FRONT, 465, NULL},
    {PEER_TRAEFIK, FRONT, 587, NULL},
    {PEER_TRAEFIK, FRONT, 993, NULL},
    {PEER_TRAEFIK, FRONT, 995, NULL},
    {PEER_TRAEFIK, FRONT, SIEVE_OUTSIDE, NULL}, /* where a route leads to it */
    {PEER_TRAEFIK, FRONT, FRONT_HTTP, NULL},    /* where a route leads to it */
    {PEER_TRAEFIK, ADMIN, 8080, NULL},
    {PEER_TRAEFIK, WEBMAIL, 80, NULL},
    {PEER_TRAEFIK, POSTFIX, 10024, NULL},
    /* nginx asks admin who a user is and where to go: internal/nginx.py, get_server */
    {FRONT, ADMIN, 8080, NULL},
    {FRONT, POSTFIX, 10025, NULL},
    {FRONT, DOVECOT, 143, NULL},
    {FRONT, DOVECOT, 110, NULL},
    {FRONT, DOVECOT, SIEVE_OUTSIDE, NULL}, /* its own dovecot leads sessions there */
    {FRONT, RSPAMD, SPAM_PAGE, NULL},      /* location /admin/antispam */
    {FRONT, WEBDAV, CALENDARS, NULL},      /* nginx.conf, location /webdav */
    {WEBMAIL, FRONT, 10143, NULL},         /* not dovecot itself, which takes any password */
    {WEBMAIL, DOVECOT, 4190, NULL},
    {WEBMAIL, DOVECOT_SUBMISSION, 10025, NULL},
    {WEBMAIL, PEER_DATABASE, DATABASE_PORT, NULL},
    {DOVECOT_SUBMISSION, POSTFIX, SUBMISSION_RELAY, NULL},
    /* main.cf: virtual_transport, smtpd_milters; podop asks admin */
    {POSTFIX, DOVECOT, 2525, NULL},
    {POSTFIX, ADMIN, 8080, NULL},
    {POSTFIX, RSPAMD, 11332, NULL},
    {POSTFIX, PEER_INTERNET, 25, NULL},
    {POSTFIX, PEER_INTERNET, 587, NULL},
    {POSTFIX, PEER_INTERNET, 443, NULL}, /* its MTA-STS daemon fetches policies by HTTPS */
    {POSTFIX, PEER_RELAY_HOST, RELAY_HOST_PORT, NULL},
    {PEER_RELAY_NETWORKS, POSTFIX, 25, NULL},
    /* dovecot.conf: podop asks admin; submission_host; ham.script and spam.script; fts_tika */
    {DOVECOT, ADMIN, 8080, NULL},
    {DOVECOT, POSTFIX, 25, NULL},
    {DOVECOT, RSPAMD, 11334, NULL},
    {DOVECOT, PEER_TIKA, 9998, NULL},
    {ADMIN, DOVECOT, 2525, NULL}, /* models.py, sendmail */
    {ADMIN, PEER_REDIS, REDIS_PORT, NULL},
    {ADMIN, PEER_DATABASE, DATABASE_PORT, NULL},
    {RSPAMD, ADMIN, 8080, NULL}, /* DKIM keys, local domains */
    {RSPAMD, PEER_REDIS, REDIS_PORT, NULL},
    {RSPAMD, CLAMAV, 3310, NULL},
    {RSPAMD, PEER_OLETOOLS, 11343, NULL},
    {RSPAMD, PEER_INTERNET, 443, NULL},
    {RSPAMD, PEER_INTERNET, 11335, "UDP"}, /* fuzzy hashes of rspamd.com */
    {FETCHMAIL, ADMIN, 8080, NULL},
    {FETCHMAIL, DOVECOT, 2525, NULL},
    {FETCHMAIL, POSTFIX, 25, NULL}, /* what is to be scanned */
    {FETCHMAIL, PEER_INTERNET, 110, NULL},
    {FETCHMAIL, PEER_INTERNET, 143, NULL},
    {FETCHMAIL, PEER_INTERNET, 993, NULL},
    {FETCHMAIL, PEER_INTERNET, 995, NULL},
    {CLAMAV, PEER_INTERNET, 80, NULL},
    {CLAMAV, PEER_INTERNET, 443, NULL},
};
const size_t policy_table_rows = COUNT(policy_table);

const PortProbe port_probes[] = {
    {"TCP", 22},    {"TCP", 25},    {"TCP", 53},    {"TCP", 80},    {"TCP", 110},   {"TCP", 143},   {"TCP", 443},
    {"TCP", 465},   {"TCP", 587},   {"TCP", 993},   {"TCP", 995},   {"TCP", 2525},  {"TCP", 3306},  {"TCP", 3310},
    {"TCP", 4190},  {"TCP", 5232},  {"TCP", 5353},  {"TCP", 5432},  {"TCP", 5433},  {"TCP", 6379},  {"TCP", 6380},
    {"TCP", 8080},  {"TCP", 9121},  {"TCP", 9187},  {"TCP", 9998},  {"TCP", 10024}, {"TCP", 10025}, {"TCP", 10143},
    {"TCP", 11332}, {"TCP", 11333}, {"TCP", 11334}, {"TCP", 11335}, {"TCP", 11343}, {"TCP", 14190}, {"TCP", 14465},
    {"TCP", 26379}, {"TCP", 32000}, {"TCP", 65535}, {"UDP", 53},    {"UDP", 5353},  {"UDP", 11335}, {"UDP", 32000},
};
const size_t port_probe_count = COUNT(port_probes);

static bool is_component(const Party *party) {
    return party->end < COMPONENTS;
}

/* What came with a Mailu and is looked after like its components. */
static bool is_companion(const Party *party) {
    return party->mailu != NO_MAILU && (party->end == PEER_REDIS || party->end == PEER_DATABASE ||
                                        party->end == PEER_OLETOOLS || party->end == PEER_TIKA);
}

static bool is_pod(const Party *party) {
    return party->at.namespace.n;
}

/* The port of a row for that component; 0 when the row does not hold for it. */
int row_port(const World *world, size_t row, const Party *component) {
    switch (policy_table[row].port) {
    case REDIS_PORT:
        return server_for(world, component, PEER_REDIS).port;
    case DATABASE_PORT:
        return server_for(world, component, PEER_DATABASE).port;
    case RELAY_HOST_PORT:
        return server_for(world, component, PEER_RELAY_HOST).port;
    case FRONT_HTTP:
        return world_has_route(world, component, "IngressRoute", "-webdav") ||
                       world_has_route(world, component, "IngressRoute", "-overrides") ||
                       world_has_route(world, component, "IngressRoute", "-antispam") ||
                       world_has_route(world, component, "Ingress", "-mta-sts")
                   ? 80
                   : 0;
    case SIEVE_OUTSIDE:
        return world_has_route(world, component, "IngressRouteTCP", "-sieve") ? 4190 : 0;
    case SPAM_PAGE:
        return world_has_route(world, component, "IngressRoute", "-antispam") ? 11334 : 0;
    case CALENDARS:
        return world_has_route(world, component, "IngressRoute", "-webdav") ? 5232 : 0;
    case SUBMISSION_RELAY:
        return submission_relay_port(world, component);
    default:
        return policy_table[row].port;
    }
}

bool row_has_port(const World *world, size_t row, const Party *component, const char *protocol, int port) {
    return strcmp(policy_table[row].protocol ? policy_table[row].protocol : "TCP", protocol) == 0 &&
           row_port(world, row, component) == port;
}

/* Whether some of the addresses that RELAYNETS names are this party's. */
static bool may_relay(const World *world, const Party *party, const Party *postfix, int family) {
    Str list = party_variable(world, postfix, "RELAYNETS");
    while (list.n) {
        Str network = str_trim(str_cut(&list, ','));
        if (str_find_char(network, '/') >= 0 && str_find_char(network, '[') < 0 &&
            network_holds(network, party->addresses[family]))
            return true;
    }
    return false;
}

static bool speaks_proxy(const World *world, const Party *party, int mailu, int family) {
    Config *config = world->mailus.at[mailu].config;
    Node *list = config_node(config, "ingress.traefik.networks");
    for (Node *item = is_sequence(list) ? node_first(list) : NULL; item; item = node_next(item))
        if (network_holds(node_value(&config->tree, item)->text, party->addresses[family]))
            return true;
    return false;
}

static bool is_traefik_of(const World *world, const Party *party, int mailu) {
    Config *mine = world->mailus.at[mailu].config;
    bool plain = !config_has(mine, "ingress.traefik.namespace") && !config_has(mine, "ingress.traefik.podLabels");
    return party->end == PEER_TRAEFIK &&
           (party->mailu == mailu ||
            (plain && str_is(map_text(party->at.tree, party->at.labels, S("app.kubernetes.io/name")), "traefik")));
}

/* Whether `from` plays that end for the component `to`. */
static bool plays_source(const World *world, int end, const Party *from, const Party *to, int family) {
    if (end == PEER_RELAY_NETWORKS)
        return may_relay(world, from, to, family);
    if (end == PEER_TRAEFIK)
        return is_traefik_of(world, from, to->mailu) || speaks_proxy(world, from, to->mailu, family);
    return from->end == end && from->mailu == to->mailu;
}

static bool is_outside(const Party *party) {
    return party->end == PEER_INTERNET || party->end == NODE;
}

/* Whether `to` plays that end for the component `from`. */
static bool plays_target(const World *world, int end, const Party *from, const Party *to) {
    if (end == PEER_INTERNET)
        return is_outside(to);
    ExternalServer where = server_for(world, from, end);
    Node *selector = where.service ? map_path(where.service->tree, where.service->root, "spec.selector") : NULL;
    if (is_mapping(selector))
        return is_pod(to) && str_eq(to->at.namespace, where.namespace) &&
               selector_matches(where.service->tree, selector, to->at.tree, to->at.labels);
    if (world_party(world, from->mailu, end))
        return to->end == end && to->mailu == from->mailu;
    if (where.used && where.anywhere)
        return end == PEER_RELAY_HOST ? is_outside(to) : true;
    return where.used && is_pod(to) && str_eq(to->at.namespace, where.namespace);
}

/* A Redis or a database and its replicas. */
static bool belong_together(const Party *from, const Party *to) {
    Str name = map_text(from->at.tree, from->at.labels, S("app.kubernetes.io/name"));
    return is_companion(from) && is_companion(to) && from->end == to->end && from->mailu == to->mailu && name.n &&
           str_eq(name, map_text(to->at.tree, to->at.labels, S("app.kubernetes.io/name")));
}

static bool is_expected(const World *world, const Party *from, const Party *to, const char *protocol, int port,
                        int family) {
    bool guarded = is_component(to) || is_companion(to);
    if (is_component(from) && !guarded && (port == 53 || port == 5353))
        return true;
    if (belong_together(from, to))
        return true;
    for (size_t i = 0; i < policy_table_rows; i++) {
        int source = policy_table[i].from, target = policy_table[i].to;
        bool leaves = is_component(from) && source == from->end, enters = is_component(to) && target == to->end;
        if (leaves && guarded)
            leaves = target == to->end && to->mailu == from->mailu;
        if (leaves && row_has_port(world, i, from, protocol, port) && plays_target(world, target, from, to))
            return true;
        if (enters && !is_component(from) && row_has_port(world, i, to, protocol, port) &&
            plays_source(world, source, from, to, family))
            return true;
    }
    return false;
}

/* Whether a stream says who scrapes it: then there is more than the table, and metrics_keep_their_scraper looks at it.
 */
static bool is_about_metrics(const World *world, const Party *from, int port) {
    return str_has(world->stream, "monitoring.coreos.com") && (from->end == SCRAPER || port == 9121 || port == 9187);
}

/* What the table is about: whatever a component sends, and whatever reaches one; of what came with it, whatever reaches
 * it, and what leaves the two that read attachments. A chart's own pods may go where they like otherwise. */
static bool concerns_mailu(const Party *from, const Party *to) {
    bool silent = is_companion(from) && (from->end == PEER_OLETOOLS || from->end == PEER_TIKA);
    return from != to && (is_component(from) || is_component(to) || is_companion(to) || silent);
}

size_t table_differences(const World *world) {
    size_t differences = 0;
    for (size_t i = 0; i < world->parties.n; i++)
        for (size_t j = 0; j < world->parties.n; j++)
            for (size_t k = 0; k < port_probe_count * FAMILIES; k++) {
                const Party *from = &world->parties.at[i], *to = &world->parties.at[j];
                const char *protocol = port_probes[k / FAMILIES].protocol;
                int port = port_probes[k / FAMILIES].port, family = (int)(k % FAMILIES);
                if (!concerns_mailu(from, to) || (!is_pod(from) && !is_pod(to)) || is_about_metrics(world, from, port))
                    continue;
                bool found = world_reaches(world, from, to, protocol, port, family);
                if (found == is_expected(world, from, to, protocol, port, family))
                    continue;
                print_error("%.*s %s %.*s: %d/%s by IPv%d\n", F(from->name), found ? "reaches" : "does not reach",
                            F(to->name), port, protocol, family ? 6 : 4);
                differences++;
            }
    return differences;
}
