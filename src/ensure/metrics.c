/* What scrapes metrics of Mailu's pods keeps its access, on ports that serve nothing else: a ServiceMonitor, a
 * PodMonitor or an annotation says which ports, and a NetworkPolicy in the stream who scrapes. */
#include "ensure/policies.h"

#include "yaml/query.h"

/* ---- who is scraped ---- */

static bool is_scraped(const Guarded *g, int port) {
    for (size_t i = 0; i < g->scraped.n; i++)
        if (g->scraped.at[i] == port)
            return true;
    return false;
}

static void add_port(Ensure *e, Guarded *g, const Manifest *monitor, int port) {
    if (port < 1 || port > 65535 || is_scraped(g, port))
        return;
    *PUSH(e->arena, &g->scraped) = port;
    g->monitor = monitor;
}

/* "prometheus.io/scrape", on pods or their Service. */
static void add_annotated(Ensure *e, Guarded *g, const Manifest *m, Node *metadata) {
    Node *annotations = map_get(m->tree, metadata, S("annotations"));
    int port = -1;
    if (str_is(map_text(m->tree, annotations, S("prometheus.io/scrape")), "true") &&
        str_to_int(map_text(m->tree, annotations, S("prometheus.io/port")), &port))
        add_port(e, g, m, port);
}

/* The pods' ports by the endpoints of a ServiceMonitor, which name those of the Service, or of a PodMonitor. */
static void add_endpoints(Ensure *e, Guarded *g, const Manifest *monitor, const Manifest *service) {
    Tree *tree = monitor->tree;
    Node *endpoints = map_path(tree, monitor->root, service ? "spec.endpoints" : "spec.podMetricsEndpoints");
    EACH_ITEM(endpoint, tree, endpoints) {
        Str name = map_text(tree, endpoint, S("port"));
        add_port(e, g, monitor, port_at(g, tree, endpoint, "targetPort"));
        add_port(e, g, monitor, int_at(tree, endpoint, "portNumber"));
        if (!service) {
            add_port(e, g, monitor, port_named(g, name));
            continue;
        }
        Node *port = item_with(service->tree, manifest_at(service, "spec.ports"), "name", name);
        bool plain = !map_get(service->tree, port, S("targetPort"));
        add_port(e, g, monitor, port_at(g, service->tree, port, plain ? "port" : "targetPort"));
    }
}

/* Whether a monitor looks into the Mailu's namespace. */
static bool looks_here(Ensure *e, const Manifest *m) {
    Node *namespaces = manifest_at(m, "spec.namespaceSelector");
    return same_namespace(m->namespace, e->instance->namespace) ||
           str_is(map_text(m->tree, namespaces, S("any")), "true") ||
           holds_text(m->tree, map_get(m->tree, namespaces, S("matchNames")), e->instance->target_namespace);
}

/* Whether it is about what has these labels there. */
static bool is_monitored(const Manifest *monitor, Tree *tree, Node *labels) {
    Node *selector = manifest_at(monitor, "spec.selector");
    return is_mapping(selector) && pod_selector_matches(monitor->tree, selector, tree, labels);
}

/* What may say that pods of a Mailu are scraped. */
typedef struct Scrapers {
    Manifests services, monitors;
} Scrapers;

static void find_ports(Ensure *e, const Scrapers *scrapers, Guarded *g) {
    if (g->workload)
        add_annotated(e, g, g->workload, map_path(g->tree, g->workload->root, "spec.template.metadata"));
    for (size_t i = 0; i < scrapers->monitors.n; i++) {
        const Manifest *monitor = scrapers->monitors.at[i];
        if (monitor->kind == KIND_POD_MONITOR && is_monitored(monitor, g->tree, g->pod_labels))
            add_endpoints(e, g, monitor, NULL);
    }
    for (size_t i = 0; i < scrapers->services.n; i++) {
        const Manifest *m = scrapers->services.at[i];
        if (!selector_matches(m->tree, manifest_at(m, "spec.selector"), g->tree, g->pod_labels))
            continue;
        add_annotated(e, g, m, manifest_at(m, "metadata"));
        for (size_t j = 0; j < scrapers->monitors.n; j++) {
            const Manifest *monitor = scrapers->monitors.at[j];
            if (monitor->kind == KIND_SERVICE_MONITOR &&
                is_monitored(monitor, m->tree, manifest_at(m, "metadata.labels")))
                add_endpoints(e, g, monitor, m);
        }
    }
}

void find_scraped(Ensure *e, GuardedList *guarded) {
    Scrapers scrapers = {0};
    for (Kind kind = KIND_SERVICE_MONITOR; kind <= KIND_POD_MONITOR; kind++)
        for (Manifest *m = NULL; (m = stream_next(e->stream, kind, S(""), m));)
            if (looks_here(e, m))
                *PUSH(e->arena, &scrapers.monitors) = m;
    for (Manifest *m = NULL; (m = next_manifest(e, KIND_SERVICE, m));)
        if (!m->added)
            *PUSH(e->arena, &scrapers.services) = m;
    for (size_t i = 0; i < guarded->n; i++)
        find_ports(e, &scrapers, &guarded->at[i]);
}

bool is_metrics_port(const Flows *flows, const Guarded *g, int port) {
    return !is_table_port(flows, g, port) && (is_called_metrics(g, port) || is_scraped(g, port));
}

/* ---- what is kept of a policy that the pods are taken out of ---- */

static Node *tcp(Ensure *e, int port) {
    return build(e->arena, "{protocol:TCP,port:%d}", port);
}

/* Of a rule without ports, the ports that are scraped; a port that is scraped and serves more is kept, too, if the rule
 * names the peers. */
Node *metrics_rule(Ensure *e, const Flows *flows, const Guarded *g, Tree *tree, Node *rule) {
    Node *list = map_get(tree, rule, S("ports")), *from = map_get(tree, rule, S("from"));
    Node *entries = new_collection(e->arena, SEQUENCE);
    for (size_t i = 0; i < g->scraped.n && !items_of(list); i++)
        if (!is_table_port(flows, g, g->scraped.at[i]))
            node_add(entries, tcp(e, g->scraped.at[i]));
    EACH_ITEM(entry, tree, list) {
        int port = rule_port(g, tree, entry);
        if (is_metrics_port(flows, g, port) || (port > 0 && items_of(from) && is_scraped(g, port)))
            node_add(entries, tcp(e, port));
    }
    if (!node_first(entries))
        return NULL;
    return build(e->arena, "{from:%n,ports:%n}", items_of(from) ? node_copy(tree, e->arena, from) : NULL, entries);
}

/* ---- the policy ---- */

static bool has_rule(Tree *tree, Node *rules, Node *rule) {
    EACH_ITEM(other, tree, rules)
        if (node_equal(tree, other, NULL, rule))
            return true;
    return false;
}

static bool names_port(const Guarded *g, Tree *tree, Node *rules, int port) {
    EACH_ITEM(rule, tree, rules) {
        EACH_ITEM(entry, tree, map_get(tree, rule, S("ports")))
            if (rule_port(g, tree, entry) == port)
                return true;
    }
    return false;
}

/* Whether some policy says who may scrape that port. */
static bool has_scraper(Ensure *e, const Guarded *g, Str own, int port) {
    if (names_port(g, NULL, g->kept_ingress, port))
        return true;
    for (const Manifest *m = NULL; (m = next_manifest(e, KIND_POLICY, m));) {
        bool counts = !is_own_policy(e, m->name) || str_eq(m->name, own);
        if (counts && policy_selects(m, g) && names_port(g, m->tree, manifest_at(m, "spec.ingress"), port))
            return true;
    }
    return false;
}

/* Adds a rule that lets in any scraper, when no policy says who it is; on a port in the table it can't be told from
 * other clients. */
static void add_scrapers(Ensure *e, const Flows *flows, Guarded *g, Str own) {
    Node *entries = new_collection(e->arena, SEQUENCE);
    for (size_t i = 0; i < g->scraped.n; i++) {
        int port = g->scraped.at[i];
        if (has_scraper(e, g, own, port))
            continue;
        if (!is_table_port(flows, g, port))
            node_add(entries, tcp(e, port));
        else
            warn(e, WARN_METRICS, g->monitor, NULL,
                 "metrics of %s are on port %d, which also serves other requests: the policies block the scraper; to "
                 "let it in, add a NetworkPolicy for that port that names the scraper's pods",
                 g->name, port);
    }
    if (!node_first(entries))
        return;
    if (!g->kept_ingress)
        g->kept_ingress = new_collection(e->arena, SEQUENCE);
    node_add(g->kept_ingress, build(e->arena, "{ports:%n}", entries));
}

static void append_missing(Ensure *e, Manifest *m, Node *spec, const char *key, Node *rules) {
    Node *there = node_first(rules) ? sequence_at(e, m, spec, key) : NULL;
    for (Node *rule = node_first(rules); rule; rule = node_next(rule))
        if (!has_rule(m->tree, there, rule))
            append_item(e, REQUIRE, m, there, node_copy(NULL, e->arena, rule));
}

static Node *kept_spec(Ensure *e, const Guarded *g) {
    Tree *tree = g->part ? g->tree : g->server->manifest->tree;
    Node *labels = node_copy(tree, e->arena, g->part ? g->part->labels : g->server->family);
    Node *ingress = g->kept_ingress ? node_copy(NULL, e->arena, g->kept_ingress) : NULL;
    Node *egress = g->kept_egress ? node_copy(NULL, e->arena, g->kept_egress) : NULL;
    return build(e->arena, "{podSelector:{matchLabels:%n},policyTypes:[%n,%n],ingress:%n,egress:%n}", labels,
                 ingress ? new_string(e->arena, S("Ingress")) : NULL, egress ? new_string(e->arena, S("Egress")) : NULL,
                 ingress, egress);
}

/* What was kept before stays: the policies that it was kept of are not about these pods any more. */
static void ensure_kept_policy(Ensure *e, Str name, const Guarded *g) {
    Manifest *m = find_manifest(e, KIND_POLICY, name);
    if (!m) {
        add_manifest(e, KIND_POLICY, name, g->name, kept_spec(e, g));
        return;
    }
    Node *spec = mapping_at(e, m, m->root, "spec"), *types = sequence_at(e, m, spec, "policyTypes");
    append_missing(e, m, spec, "ingress", g->kept_ingress);
    append_missing(e, m, spec, "egress", g->kept_egress);
    if (g->kept_ingress && !holds_text(m->tree, types, S("Ingress")))
        append_item(e, REQUIRE, m, types, new_string(e->arena, S("Ingress")));
    if (g->kept_egress && !holds_text(m->tree, types, S("Egress")))
        append_item(e, REQUIRE, m, types, new_string(e->arena, S("Egress")));
}

void ensure_kept_policies(Ensure *e, const Flows *flows, GuardedList *guarded) {
    for (size_t i = 0; i < guarded->n; i++) {
        Guarded *g = &guarded->at[i];
        Str name = policy_name(e, g->name, KEPT);
        add_scrapers(e, flows, g, name);
        if (g->kept_ingress || g->kept_egress)
            ensure_kept_policy(e, name, g);
    }
}
