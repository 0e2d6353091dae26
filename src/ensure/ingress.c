/* The way to the web pages: an Ingress for admin and one for webmail. An existing one is changed, not duplicated. */
#include "ensure/certificates.h"
#include "ensure/middlewares.h"

#include "spec/formats.h"

#define ANNOTATION_TLS "traefik.ingress.kubernetes.io/router.tls"

/* ---- hosts ---- */

/* One of the hosts of the MTA-STS policy, which has no pages. */
static bool is_for_policy(Ensure *e, Str host) {
    return config_has(e->config, "mtaSts.mode") && str_starts(host, S("mta-sts."));
}

/* The hosts of the pages: those of the stream's rules and the config's, or, when there are none, the mail server's.
 * Both pages get all of them, since webmail's visitors log in at admin. Hosts for clients' set-up are among them if the
 * mail server has such names. */
static Names hosts_of(Ensure *e) {
    Names hosts = {0};
    for (Manifest *m = NULL; (m = next_ingress(e, m));)
        EACH_ITEM(rule, m->tree, rules_of(m)) {
            Str host = map_text(m->tree, rule, S("host"));
            if (!host.n || page_of(parts_of_rule(e->instance, m, rule)) == COMPONENTS)
                continue;
            if (!check_ingress_host(host)) /* it goes into rules of Traefik */
                diagnose(e, ERROR, m, map_get(m->tree, rule, S("host")), "found \"%.*s\", expected a host name",
                         F(host));
            strs_add(e->arena, &hosts, host);
        }
    add_hosts_of_http_routes(e, &hosts);
    add_hosts_of_gateway_routes(e, &hosts);
    if (config_has(e->config, "ingress.traefik.hostname"))
        strs_add(e->arena, &hosts, config_get(e->config, "ingress.traefik.hostname"));
    bool all = !hosts.n;
    for (Str rest = e->instance->settings.hostnames, host; str_next_item(&rest, &host);) {
        if (is_for_policy(e, host))
            continue;
        if (all || is_for_client_setup(host))
            strs_add(e->arena, &hosts, host);
    }
    return hosts;
}

/* ---- Ingresses ---- */

static Str with_commas(Ensure *e, const Names *names) {
    Buf out = {.arena = e->arena};
    for (size_t i = 0; i < names->n; i++)
        buf_format(&out, "%s%.*s", i ? "," : "", F(names->at[i]));
    return buf_str(&out);
}

/* `there`: what the Ingress refers to. */
static void ensure_middleware_references(Ensure *e, Manifest *m, const Names *there, const Names *names, size_t ahead) {
    Names own = {0};
    for (size_t i = 0; i < names->n; i++)
        strs_add(e->arena, &own, middleware_reference(e, e->instance->target_namespace, names->at[i]));
    Names all = names_around(e, &own, ahead, there);
    set_text(e, REQUIRE, m, mapping_at(e, m, m->root, "metadata.annotations"), ANNOTATION_MIDDLEWARES,
             with_commas(e, &all));
}

/* Traefik takes certificates from spec.tls, but speaks TLS only where the entry point or an annotation says so. */
static bool chooses_tls(Node *annotations) {
    for (Node *entry = node_first(annotations); entry; entry = node_next(entry))
        if (str_starts(entry->key->text, S(ANNOTATION_TLS)))
            return true;
    return false;
}

/* cert-manager makes a certificate where there is none. A Secret that is named has one, which it would overwrite. */
static void ensure_issuer(Ensure *e, Manifest *m, Node *annotations) {
    Str issuer = config_get(e->config, "ingress.traefik.certIssuer");
    Strength strength = strength_of(e->config, "ingress.traefik.certIssuer");
    bool has_certificate = e->instance->settings.has_certificate || node_first(manifest_at(m, "spec.tls"));
    if (issuer.n && !(has_certificate && strength == DEFAULT) &&
        !map_get(m->tree, annotations, S("cert-manager.io/issuer")))
        set_text(e, strength, m, annotations, "cert-manager.io/cluster-issuer", issuer);
}

/* Where a Traefik resolver obtains the certificates, an Ingress without one gets the annotation for it. */
static void ensure_resolver(Ensure *e, Manifest *m, Node *annotations) {
    const Settings *s = &e->instance->settings;
    Strength strength = strength_of(e->config, "ingress.traefik.certResolver");
    bool has_secret = s->ingress_has_secret || node_first(manifest_at(m, "spec.tls"));
    if (s->cert_resolver.n && (strength == SET || !has_secret))
        set_text(e, strength, m, annotations, ANNOTATION_RESOLVER, s->cert_resolver);
}

/* A class of Traefik's stays, for it may be that of an internal instance, unless the config names one. */
static void ensure_class(Ensure *e, Manifest *m, Node *annotations) {
    Node *spec = mapping_at(e, m, m->root, "spec"), *annotation = map_get(m->tree, annotations, S(ANNOTATION_CLASS));
    Str name = map_text(m->tree, spec, S("ingressClassName"));
    if (!name.n && is_scalar(annotation))
        name = annotation->text;
    remove_node(e, REQUIRE, m, annotation);
    bool stays = is_traefik_class(e, name) && !config_has(e->config, "ingress.className");
    set_text(e, REQUIRE, m, spec, "ingressClassName", stays ? name : config_get(e->config, "ingress.className"));
}

/* `first`: of the page's Ingresses. */
static void ensure_traefik(Ensure *e, Manifest *m, const Page *page, bool first) {
    Node *annotations = mapping_at(e, m, m->root, "metadata.annotations");
    Names there = references_of(e, m);
    for (size_t i = 0; i < there.n && page->id == ADMIN; i++)
        check_path_of_admin(e, m, map_get(m->tree, annotations, S(ANNOTATION_MIDDLEWARES)), there.at[i]);
    ensure_middleware_references(e, m, &there, &page->middlewares, page->ahead);
    set_text(e, strength_of(e->config, "ingress.traefik.entryPoints.websecure"), m, annotations,
             ANNOTATION_ENTRY_POINTS, config_get(e->config, "ingress.traefik.entryPoints.websecure"));
    if (page->id == ADMIN && first) /* two would overwrite each other's certificate */
        ensure_issuer(e, m, annotations);
    ensure_resolver(e, m, annotations);
    if (!chooses_tls(annotations))
        set_text(e, DEFAULT, m, annotations, ANNOTATION_TLS, S("true"));
    ensure_class(e, m, annotations);
}

/* cert-manager, or another that reads such an annotation, renews the certificate in the Ingress's Secret. */
static bool is_renewed(Node *annotations) {
    for (Node *entry = entries_of(annotations); entry; entry = node_next(entry))
        if (str_starts(entry->key->text, S("cert-manager.io/")) || str_is(entry->key->text, "kubernetes.io/tls-acme"))
            return true;
    return false;
}

/* Traefik asks its resolver for nothing while a Secret has a certificate for the host, even one that has expired. */
static void leave_to_resolver(Ensure *e, Manifest *m, Node *tls) {
    EACH_ITEM(item, m->tree, tls)
        remove_node(e, SET, m, map_get(m->tree, item, S("secretName")));
}

static void ensure_ingress_tls(Ensure *e, Manifest *m, Node *spec, const Names *hosts, Str secret) {
    Node *tls = map_get(m->tree, spec, S("tls"));
    Node *annotations = map_path(m->tree, m->root, "metadata.annotations");
    if (items_of(tls)) {
        if (config_has(e->config, "ingress.traefik.tlsSecret"))
            set_text(e, SET, m, first_item(m->tree, tls), "secretName", secret);
        else if (config_has(e->config, "ingress.traefik.certResolver") && !is_renewed(annotations))
            leave_to_resolver(e, m, tls);
        return;
    }
    bool resolver = map_get(m->tree, annotations, S(ANNOTATION_RESOLVER));
    if (resolver && e->instance->settings.cert_resolver.n)
        return;
    Node *list = new_collection(e->arena, SEQUENCE);
    for (size_t i = 0; i < hosts->n; i++)
        node_add(list, new_string(e->arena, hosts->at[i]));
    set_value(e, REQUIRE, m, spec, "tls", build(e->arena, "[{secretName:%S,hosts:%n}]", secret, list));
}

static const char *reason_to_close(Tree *tree, Node *path, const Part *part) {
    if (part->id == ADMIN && holds_internal(map_text(tree, path, S("path")), map_text(tree, path, S("pathType"))))
        return "led to admin's /internal, which gives anyone keys and passwords";
    if (part->id == WEBDAV)
        return "led to webdav, which trusts the user name that a visitor sends";
    return part->id == ADMIN || part->id == FRONT || part->id == WEBMAIL ? NULL : "led past Traefik's login";
}

/* Removes the paths that lead to this Mailu, except the page's own. */
static void close_paths(Ensure *e, Manifest *m, Node *list, ComponentId page) {
    EACH_ITEM(path, m->tree, list) {
        Part *part = part_of_backend(e->instance, m->tree, map_get(m->tree, path, S("backend")));
        bool ours = part && is_on_for(e, part);
        const char *reason = ours ? reason_to_close(m->tree, path, part) : NULL;
        if (reason)
            warn(e, WARN_ROUTE, m, path, "%s; it is not routed now", reason);
        if (ours && (reason || part->id != page))
            remove_node(e, REQUIRE, m, path);
    }
}

static void close_fallback(Ensure *e, Manifest *m) {
    Node *fallback = manifest_at(m, "spec.defaultBackend");
    Part *part = part_of_backend(e->instance, m->tree, fallback);
    if (part && is_on_for(e, part))
        remove_node(e, REQUIRE, m, fallback);
}

/* The rule leads to the page, and nowhere else in this Mailu. */
static void repoint_rule(Ensure *e, Manifest *m, Node *rule, const Page *page) {
    Node *list = sequence_at(e, m, rule, "http.paths");
    close_paths(e, m, list, page->id);
    for (size_t i = 0; i < page->paths.n; i++)
        if (!item_with(m->tree, list, "path", page->paths.at[i].path))
            append_item(e, REQUIRE, m, list,
                        build(e->arena, "{path:%S,pathType:%s,backend:{service:{name:%S,port:{number:%d}}}}",
                              page->paths.at[i].path, page->paths.at[i].exact ? "Exact" : "Prefix", page->service,
                              page->port));
}

/* Changes the backends of the rules that lead to this Mailu. Returns their hosts. */
static Names repoint(Ensure *e, Manifest *m, const Page *page) {
    Names hosts = {0};
    close_fallback(e, m);
    EACH_ITEM(rule, m->tree, rules_of(m)) {
        if (!parts_of_rule(e->instance, m, rule))
            continue;
        repoint_rule(e, m, rule, page);
        strs_add(e->arena, &hosts, map_text(m->tree, rule, S("host")));
    }
    return hosts;
}

/* An Ingress that leads to others as well is theirs: Mailu's middlewares are not for them. What led to Mailu gets
 * Ingresses of its own. */
static void leave_to_others(Ensure *e) {
    for (Manifest *m = NULL; (m = next_ingress(e, m));) {
        Parts parts = parts_of_route(e->instance, m);
        if (!(parts & OTHERS) || parts == OTHERS)
            continue;
        close_fallback(e, m);
        EACH_ITEM(rule, m->tree, rules_of(m)) {
            Node *list = map_path(m->tree, rule, "http.paths");
            if (is_sequence(list))
                close_paths(e, m, list, COMPONENTS);
            if (is_sequence(list) && !node_first(list))
                remove_node(e, REQUIRE, m, rule);
        }
    }
}

static void add_rule(Ensure *e, Manifest *m, const Page *page, Str host) {
    Node *rules = sequence_at(e, m, manifest_at(m, "spec"), "rules");
    Node *rule = append_item(e, REQUIRE, m, rules, build(e->arena, "{host:%S,http:{paths:[]}}", host));
    repoint_rule(e, m, rule, page);
    Node *tls_hosts = map_get(m->tree, first_item(m->tree, manifest_at(m, "spec.tls")), S("hosts"));
    if (is_sequence(tls_hosts) && !holds_text(m->tree, tls_hosts, host))
        append_item(e, REQUIRE, m, tls_hosts, new_string(e->arena, host));
}

/* The restrictions of what the page's Ingress replaces apply to it as well. */
static void take_over(Ensure *e, Manifest *m, const Restrictions *r) {
    Node *annotations = mapping_at(e, m, m->root, "metadata.annotations");
    if (r->middlewares.n)
        set_text(e, REQUIRE, m, annotations, ANNOTATION_MIDDLEWARES, with_commas(e, &r->middlewares));
    if (r->entry_points.n)
        set_text(e, REQUIRE, m, annotations, ANNOTATION_ENTRY_POINTS, r->entry_points);
    if (r->class_name.n)
        set_text(e, REQUIRE, m, manifest_at(m, "spec"), "ingressClassName", r->class_name);
}

static Manifest *add_ingress(Ensure *e, const Page *page, const Names *hosts, Str secret) {
    const char *component = components[page->id].name;
    Manifest *m = add_manifest(e, KIND_INGRESS, prefixed(e, component), component, new_collection(e->arena, MAPPING));
    Node *spec = manifest_at(m, "spec");
    take_over(e, m, &page->restrictions);
    ensure_traefik(e, m, page, true);
    ensure_ingress_tls(e, m, spec, hosts, secret);
    return m;
}

/* The page on all hosts: on the existing Ingresses, the missing hosts on the first of them. */
static void ensure_page(Ensure *e, const Page *page, const Names *hosts, Str secret) {
    Names shown = {0};
    Manifest *first = NULL;
    for (Manifest *m = NULL; (m = next_ingress(e, m));) {
        if (page_of(parts_of_route(e->instance, m)) != page->id)
            continue;
        Names own = repoint(e, m, page);
        for (size_t j = 0; j < own.n; j++)
            strs_add(e->arena, &shown, own.at[j]);
        first = first ? first : m;
        ensure_traefik(e, m, page, m == first);
        /* The first has the certificate made, which is for all hosts. */
        ensure_ingress_tls(e, m, manifest_at(m, "spec"), m == first || strs_hold(&own, S("")) ? hosts : &own, secret);
    }
    ensure_http_routes(e, page, &shown);
    ensure_gateway_routes(e, page, &shown);
    if (strs_hold(&shown, S("")) || !hosts->n) /* a rule without a host is for all */
        return;
    for (size_t i = 0; i < hosts->n; i++) {
        if (strs_hold(&shown, hosts->at[i]))
            continue;
        if (!first)
            first = add_ingress(e, page, hosts, secret);
        add_rule(e, first, page, hosts->at[i]);
    }
}

/* ---- the whole ---- */

static void warn_of_guess(Ensure *e) {
    if (e->instance->namespace.n || config_has(e->config, "namespace"))
        return;
    warn(e, WARN_NAMESPACE, NULL, NULL,
         "no manifest of this Mailu names its namespace; the routes assume \"mailu\", set it with --set namespace=...");
}

/* An Ingress that leads only to what is not a page stays, with a warning. A middleware of its own may set the user
 * name, but a visitor must not, so ours comes first. */
static void guard_others(Ensure *e) {
    for (Manifest *m = NULL; (m = next_ingress(e, m));) {
        Parts parts = parts_of_route(e->instance, m) & ~OTHERS;
        if (!parts || page_of(parts) < COMPONENTS)
            continue;
        warn(e, WARN_ROUTE, m, NULL, "leads to a part of Mailu that has no login of its own; remove this route");
        Names headers = {0}, there = references_of(e, m);
        strs_add(e->arena, &headers, headers_middleware(e));
        ensure_middleware_references(e, m, &there, &headers, 1);
    }
    guard_http_routes(e);
}

static void ensure_pages(Ensure *e, const Names *hosts, Str secret) {
    Restrictions of_admin = restrictions_for(e, ADMIN), of_webmail = restrictions_for(e, WEBMAIL);
    check_foreign_restrictions(e);
    leave_to_others(e);
    guard_others(e);
    Part *admin_part = part_of(e->instance, ADMIN), *webmail_part = part_of(e->instance, WEBMAIL);
    if (!admin_part || !admin_part->service) /* who logs a visitor in */
        return;
    warn_of_guess(e);
    divide_gateway_rules(e);
    if (is_on_for(e, admin_part)) {
        Page admin = admin_page(e);
        admin.restrictions = of_admin;
        correct_client_setup(e, hosts); /* first: else its route could be taken for one that shows the page */
        ensure_page(e, &admin, hosts, secret);
        ensure_client_setup(e, &admin, hosts);
        ensure_front_http(e, &admin.restrictions, hosts);
    }
    if (webmail_part && webmail_part->service && is_on_for(e, webmail_part)) {
        Page webmail = webmail_page(e);
        webmail.restrictions = of_webmail;
        ensure_page(e, &webmail, hosts, secret);
    }
}

void ensure_ingresses(Ensure *e) {
    if (!routes_traefik(e->config))
        return;
    Names hosts = hosts_of(e);
    Str secret = tls_secret(e);
    convert_nginx_ingresses(e);
    ensure_pages(e, &hosts, secret);
    report_gateway_routes(e);
}
