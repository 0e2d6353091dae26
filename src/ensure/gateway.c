/* Routes of the Gateway API. An HTTPRoute on Gateways that are Traefik's, as the config says, leads where an Ingress
 * would, through the same middlewares: they are filters of type ExtensionRef, and who can't resolve one has to answer
 * with an error (Traefik 3: pkg/provider/kubernetes/gateway/httproute.go). What can't be made safe stays, and is
 * reported: so is every route of mail where Traefik sends the client's address, for which the Gateway API has no field.
 */
#include "ensure/middlewares.h"

#include "spec/formats.h"
#include "yaml/query.h"

enum { MOST_RULES = 16, MOST_MATCHES = 64, MOST_FILTERS = 16 }; /* by the CRD of HTTPRoutes */

/* ---- whose the Gateway is ---- */

/* NAME, or NAMESPACE/NAME, in the config. */
static bool is_called(Str entry, Str namespace, Str name) {
    ptrdiff_t slash = str_find_char(entry, '/');
    if (slash < 0)
        return str_eq(entry, name);
    return str_eq(str_skip(entry, (size_t)slash + 1), name) &&
           same_namespace(str_head(entry, (size_t)slash), namespace);
}

static bool is_named(Ensure *e, Str namespace, Str name) {
    EACH_ITEM(entry, &e->config->tree, config_node(e->config, "ingress.traefik.gateways"))
        if (is_called(entry->text, namespace, name))
            return true;
    return false;
}

/* Whether the stream has the Gateway and its class, which is another controller's. */
static bool is_of_another_controller(Ensure *e, Str namespace, Str name) {
    const Manifest *gateway = stream_find(e->stream, KIND_GATEWAY, namespace, name);
    if (!gateway)
        return false;
    Str class_name = map_text(gateway->tree, map_get(gateway->tree, gateway->root, S("spec")), S("gatewayClassName"));
    const Manifest *m = stream_find(e->stream, KIND_GATEWAY_CLASS, S(""), class_name);
    return m && !str_is(map_text(m->tree, map_get(m->tree, m->root, S("spec")), S("controllerName")),
                        "traefik.io/gateway-controller");
}

/* Why the route is not known to be on Traefik's Gateways alone; NULL when it is. */
static const char *why_not_on_traefik(Ensure *e, const Manifest *m) {
    static const char unnamed[] = "expected its Gateways in ingress.traefik.gateways, if they are Traefik's";
    Node *parents = map_path(m->tree, m->root, "spec.parentRefs");
    EACH_ITEM(parent, m->tree, parents) {
        Str kind = map_text(m->tree, parent, S("kind")), space = map_text(m->tree, parent, S("namespace"));
        Str name = map_text(m->tree, parent, S("name"));
        space = space.n ? space : m->namespace;
        if ((kind.n && !str_is(kind, "Gateway")) || !is_named(e, space, name))
            return unnamed;
        if (is_of_another_controller(e, space, name))
            return "expected a Gateway of Traefik's, which this one is not by its class";
    }
    return items_of(parents) ? NULL : unnamed;
}

/* ---- paths ---- */

static UrlPath path_of_match(Tree *tree, Node *match) {
    Node *path = map_get(tree, match, S("path"));
    Str value = map_text(tree, path, S("value"));
    return (UrlPath){value.n ? value : S("/"), str_is(map_text(tree, path, S("type")), "Exact")};
}

static bool is_regular_expression(const Manifest *m, Node *rule) {
    EACH_ITEM(match, m->tree, map_get(m->tree, rule, S("matches")))
        if (str_is(map_text(m->tree, map_get(m->tree, match, S("path")), S("type")), "RegularExpression"))
            return true;
    return false;
}

static void add_match(Node *matches, Node *match) {
    for (Node *item = node_first(matches); item; item = node_next(item))
        if (node_equal(NULL, item, NULL, match))
            return;
    node_append(matches, NULL, match);
}

/* The match, but for that path. */
static Node *match_with_path(Ensure *e, const Manifest *m, Node *match, UrlPath path) {
    Node *changed = build(e->arena, "{path:{type:%s,value:%S}}", path.exact ? "Exact" : "PathPrefix", path.path);
    for (Node *entry = entries_of(match); entry; entry = node_next(entry))
        if (!str_is(entry->key->text, "path"))
            node_append(changed, new_string(e->arena, entry->key->text),
                        node_copy(m->tree, e->arena, node_value(m->tree, entry)));
    return changed;
}

/* The matches for what a match and the page have in common. A route of its own is for clients' set-up, which admin's
 * exact paths are for: a match for all paths does without them. */
static void add_common(Ensure *e, const Manifest *m, Node *match, ComponentId page, Node *matches) {
    UrlPath own = path_of_match(m->tree, match);
    UrlPaths paths = paths_of_page(e, page);
    for (size_t i = 0; i < paths.n; i++)
        if (covers(paths.at[i], own)) {
            add_match(matches, match ? node_copy(m->tree, e->arena, match) : match_with_path(e, m, match, own));
            return;
        }
    for (size_t i = 0; i < paths.n; i++)
        if (covers(own, paths.at[i]) && !(page == ADMIN && paths.at[i].exact))
            add_match(matches, match_with_path(e, m, match, paths.at[i]));
}

/* The matches for what the rule and the page have in common; NULL for nothing. A rule without matches is for all. */
static Node *common_matches(Ensure *e, const Manifest *m, Node *rule, ComponentId page) {
    Node *matches = new_collection(e->arena, SEQUENCE), *found = map_get(m->tree, rule, S("matches"));
    if (!items_of(found))
        add_common(e, m, NULL, page, matches);
    EACH_ITEM(match, m->tree, found)
        add_common(e, m, match, page, matches);
    return node_first(matches) ? matches : NULL;
}

/* ---- what can be converted ---- */

/* What changes a path after it was matched may lead to any other of admin's. */
static bool may_change_path(Ensure *e, const Manifest *m, Node *list) {
    EACH_ITEM(filter, m->tree, list)
        if (map_get(m->tree, map_get(m->tree, filter, S("urlRewrite")), S("path")) ||
            changes_path(e, reference_of(e, m, filter)))
            return true;
    return false;
}

static bool rule_may_change_path(Ensure *e, const Manifest *m, Node *rule) {
    bool may = may_change_path(e, m, map_get(m->tree, rule, S("filters")));
    EACH_ITEM(reference, m->tree, map_get(m->tree, rule, S("backendRefs")))
        may |= may_change_path(e, m, map_get(m->tree, reference, S("filters")));
    return may;
}

static bool is_routed(Ensure *e, ComponentId id) {
    Part *part = part_of(e->instance, id);
    return part && part->service && is_on_for(e, part);
}

/* Why the HTTPRoute as a whole can't be converted; NULL when it can. */
static const char *why_not_route(Ensure *e, const Manifest *m) {
    if (!str_is(m->kind_name, "HTTPRoute"))
        return "remove this route";
    if (why_not_on_traefik(e, m))
        return why_not_on_traefik(e, m);
    if (!same_namespace(m->namespace, e->instance->namespace))
        return "expected it in Mailu's namespace, where the middlewares are";
    return is_routed(e, ADMIN) ? NULL : "expected admin, which logs visitors in";
}

/* What a rule is converted to. */
typedef struct Conversion {
    ComponentId page;
    Node *of_admin, *of_webmail; /* its matches for each page, if it leads to admin or front; NULL when it has none */
} Conversion;

/* Why the rule can't be converted; NULL when it can, to `*c`. */
static const char *why_not_rule(Ensure *e, const Manifest *m, Node *rule, Conversion *c) {
    Parts parts = parts_of_rule(e->instance, m, rule);
    if (parts & OTHERS)
        return "expected a rule that leads to Mailu alone";
    if (parts != PART(ADMIN) && parts != PART(WEBMAIL) && parts != PART(FRONT))
        return "expected a rule that leads to admin, webmail or front alone";
    *c = (Conversion){.page = WEBMAIL};
    if (node_count(map_get(m->tree, rule, S("filters"))) + MOST_PAGE_MIDDLEWARES > MOST_FILTERS)
        return "expected fewer filters, to add some";
    if (parts == PART(WEBMAIL))
        return is_routed(e, WEBMAIL) ? NULL : "expected patch.webmail.routing";
    if (is_regular_expression(m, rule))
        return "expected paths without regular expressions";
    if (rule_may_change_path(e, m, rule))
        return "remove the filter that changes the path";
    c->of_admin = common_matches(e, m, rule, ADMIN);
    if (parts == PART(FRONT) && is_routed(e, WEBMAIL))
        c->of_webmail = common_matches(e, m, rule, WEBMAIL);
    c->page = c->of_admin ? ADMIN : WEBMAIL;
    if (!c->of_admin && !c->of_webmail)
        return "expected a path of admin's or webmail's";
    if (node_count(c->of_admin) > MOST_MATCHES || node_count(c->of_webmail) > MOST_MATCHES)
        return "expected fewer matches, to divide them";
    if (c->of_admin && c->of_webmail && node_count(rules_of(m)) >= MOST_RULES)
        return "expected fewer rules, to divide this one";
    return NULL;
}

Manifest *next_gateway_route(Ensure *e, const Manifest *m) {
    Manifest *next = next_manifest(e, KIND_ROUTE_GATEWAY, m);
    while (next && (!(parts_of_route(e->instance, next) & ~OTHERS) || why_not_route(e, next)))
        next = next_manifest(e, KIND_ROUTE_GATEWAY, next);
    return next;
}

void add_hosts_of_gateway_routes(Ensure *e, Names *hosts) {
    Conversion c;
    for (Manifest *m = NULL; (m = next_gateway_route(e, m));) {
        bool any = false;
        EACH_ITEM(rule, m->tree, rules_of(m))
            any |= !why_not_rule(e, m, rule, &c);
        EACH_ITEM(host, m->tree, any ? map_path(m->tree, m->root, "spec.hostnames") : NULL)
            if (is_scalar(host) && check_hostname(host->text)) /* no wildcard */
                strs_add(e->arena, hosts, host->text);
    }
}

/* ---- converting ---- */

/* A rule to front that is for both pages becomes two, one for each. */
static void divide_rule(Ensure *e, Manifest *m, Node *rule) {
    Conversion c;
    if (why_not_rule(e, m, rule, &c) || !c.of_admin || !c.of_webmail)
        return;
    Node *other = new_collection(e->arena, MAPPING);
    node_append(other, new_string(e->arena, S("matches")), c.of_webmail);
    for (Node *entry = entries_of(rule); entry; entry = node_next(entry))
        if (!str_is(entry->key->text, "matches") && !str_is(entry->key->text, "name"))
            node_append(other, new_string(e->arena, entry->key->text),
                        node_copy(m->tree, e->arena, node_value(m->tree, entry)));
    set_value(e, REQUIRE, m, rule, "matches", c.of_admin);
    append_item(e, REQUIRE, m, sequence_at(e, m, map_get(m->tree, m->root, S("spec")), "rules"), other);
}

void divide_gateway_rules(Ensure *e) {
    for (Manifest *m = NULL; (m = next_gateway_route(e, m));)
        EACH_ITEM(rule, m->tree, rules_of(m))
            divide_rule(e, m, rule);
}

/* The first reference becomes the page's. The others, which all lead to this Mailu, are removed, and the first one's
 * weight with them. */
static void ensure_backend_refs(Ensure *e, Manifest *m, Node *rule, const Page *page) {
    Node *first = items_of(map_get(m->tree, rule, S("backendRefs"))), *reference = node_value(m->tree, first);
    bool several = node_next(first);
    while (node_next(first))
        remove_node(e, REQUIRE, m, node_next(first));
    if (several)
        remove_node(e, REQUIRE, m, map_get(m->tree, reference, S("weight")));
    set_text(e, REQUIRE, m, reference, "name", page->service);
    set_int(e, REQUIRE, m, reference, "port", page->port);
}

/* Whether the route shows a path of the page whatever else a request has. */
static bool shows_path(Ensure *e, const Manifest *m, const Page *page, UrlPath path) {
    EACH_ITEM(rule, m->tree, rules_of(m)) {
        Node *matches = map_get(m->tree, rule, S("matches"));
        if (parts_of_rule(e->instance, m, rule) != PART(page->id))
            continue;
        if (!items_of(matches))
            return true;
        EACH_ITEM(match, m->tree, matches)
            if (node_count(match) == 1 && map_get(m->tree, match, S("path")) &&
                covers(path_of_match(m->tree, match), path))
                return true;
    }
    return false;
}

static bool shows_page(Ensure *e, const Manifest *m, const Page *page) {
    for (size_t i = 0; i < page->paths.n; i++) {
        UrlPath path = page->paths.at[i];
        if (!(page->id == ADMIN && path.exact) && !shows_path(e, m, page, path))
            return false;
    }
    return true;
}

/* A Gateway may have listeners for HTTP and for HTTPS, and a route be on both. redirectScheme would send visitors of
 * HTTPS on another port than 443 there. */
static Str https_middleware(Ensure *e) {
    return middleware_named(e, prefixed(e, "https"),
                            build(e->arena, "{redirectRegex:{regex:%s,replacement:%s,permanent:true}}",
                                  "^http://([^/:]+)(:[0-9]+)?(/.*)?$", "https://${1}${3}"));
}

/* The page's own middlewares come after that one. */
static void ensure_rule(Ensure *e, Manifest *m, Node *rule, const Page *page, Node *matches) {
    Names names = {0};
    strs_add(e->arena, &names, https_middleware(e));
    for (size_t i = 0; i < page->middlewares.n; i++)
        strs_add(e->arena, &names, page->middlewares.at[i]);
    if (matches)
        set_value(e, REQUIRE, m, rule, "matches", matches);
    ensure_backend_refs(e, m, rule, page);
    ensure_middlewares(e, m, rule, &names, page->ahead + 1);
    if (page->id == WEBMAIL && replicas_asked(e, WEBMAIL) > 1)
        warn(e, WARN_GATEWAY_ROUTE, m, rule,
             "Traefik's Gateways don't keep a visitor at one webmail pod, where what is uploaded is; expected an "
             "Ingress or IngressRoute with several replicas");
}

void ensure_gateway_routes(Ensure *e, const Page *page, Names *shown) {
    Conversion c;
    for (Manifest *m = NULL; (m = next_gateway_route(e, m));) {
        EACH_ITEM(rule, m->tree, rules_of(m))
            if (!why_not_rule(e, m, rule, &c) && c.page == page->id)
                ensure_rule(e, m, rule, page, page->id == ADMIN ? c.of_admin : c.of_webmail);
        EACH_ITEM(host, m->tree, shows_page(e, m, page) ? map_path(m->tree, m->root, "spec.hostnames") : NULL)
            if (is_scalar(host))
                strs_add(e->arena, shown, host->text);
    }
}

/* ---- mail ---- */

static bool sends_addresses(Ensure *e) {
    return config_bool(e->config, "ingress.traefik.proxyProtocol");
}

/* Where Traefik does not send clients' addresses, a TCPRoute can lead to the listener that relays for nobody. */
static bool may_lead_to_mx(Ensure *e, const Manifest *m) {
    return str_is(m->kind_name, "TCPRoute") && !sends_addresses(e) && !why_not_on_traefik(e, m);
}

static void lead_to_mx(Ensure *e, Manifest *m, Node *reference, Str mx_service) {
    const Part *part = part_of_reference(e->instance, m, reference);
    if (part && (part->id == POSTFIX || part->id == FRONT) && int_at(m->tree, reference, "port") == 25)
        set_text(e, REQUIRE, m, reference, "name", mx_service);
}

void ensure_gateway_mx(Ensure *e, Str mx_service) {
    for (Manifest *m = NULL; (m = next_manifest(e, KIND_ROUTE_GATEWAY, m));)
        EACH_ITEM(rule, m->tree, may_lead_to_mx(e, m) ? rules_of(m) : NULL)
            EACH_ITEM(reference, m->tree, map_get(m->tree, rule, S("backendRefs")))
                lead_to_mx(e, m, reference, mx_service);
}

/* Why a route of mail's to `part` is not safe; NULL when it is. */
static const char *why_not_mail(Ensure *e, const Manifest *m, Node *reference, const Part *part) {
    const Manifest *service = part->id == POSTFIX ? found_mx_service(e) : NULL;
    bool mx = service && has_name(service, map_text(m->tree, reference, S("name")));
    if (part->id == POSTFIX && mx && may_lead_to_mx(e, m))
        return NULL;
    if (part->id == FRONT && !sends_addresses(e))
        return "remove this route: front has no TLS of its own, the IngressRouteTCPs terminate it";
    if (part->id == FRONT || (part->id == POSTFIX && mx))
        return "remove this route: it sends no PROXY protocol, as the IngressRouteTCPs do";
    if (part->id == POSTFIX)
        return "remove this route: postfix relays for anyone who comes from the pod network, as Traefik does; "
               "the IngressRouteTCP for port 25 leads to a port that does not";
    return "remove this route";
}

/* ---- what stays ---- */

static void report(Ensure *e, const Manifest *m, Node *reference, const char *why) {
    const Part *part = part_of_reference(e->instance, m, reference);
    bool mail = str_is(m->kind_name, "TCPRoute") || str_is(m->kind_name, "TLSRoute");
    if (part && mail)
        why = why_not_mail(e, m, reference, part);
    if (part && why)
        warn(e, WARN_GATEWAY_ROUTE, m, reference,
             "leads to %s past the routes that are secured here; %s. It is left unchanged", part->component->name, why);
}

static void report_rule(Ensure *e, const Manifest *m, Node *rule, const char *why) {
    Conversion c;
    if (!why)
        why = why_not_rule(e, m, rule, &c);
    EACH_ITEM(reference, m->tree, map_get(m->tree, rule, S("backendRefs")))
        report(e, m, reference, why);
    EACH_ITEM(filter, m->tree, map_get(m->tree, rule, S("filters"))) {
        Node *mirror = map_get(m->tree, filter, S("requestMirror"));
        report(e, m, map_get(m->tree, mirror, S("backendRef")), "remove this copy of requests");
    }
}

void report_gateway_routes(Ensure *e) {
    for (Manifest *m = NULL; (m = stream_next(e->stream, KIND_ROUTE_GATEWAY, S(""), m));) {
        const char *why = why_not_route(e, m);
        EACH_ITEM(rule, m->tree, rules_of(m))
            report_rule(e, m, rule, why);
    }
}
