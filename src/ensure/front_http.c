/* What front's own web server is for behind Traefik, when the config asks for it. CalDAV and CardDAV: its /webdav asks
 * admin for each request and says to radicale who the user is, whatever the client says (core/nginx/conf/nginx.conf).
 * rspamd's page, for administrators: its /admin/antispam.
 * MTA-STS: the policy is in a server that front's entry point adds. Nothing else of it is routed. */
#include "ensure/certificates.h"
#include "ensure/overrides.h"
#include "ensure/pages.h"

#define STS_PREFIX "mta-sts."

/* ---- whether anything is routed there ---- */

/* Why no route leads to front's web server, whatever the config asks for; NULL when one may. */
static const char *why_not_routed(Ensure *e) {
    Ensure of_routing = *e;
    of_routing.aspect = ASPECT_ROUTING;
    Part *admin = part_of(e->instance, ADMIN), *front = part_of(e->instance, FRONT);
    if (!routes_traefik(e->config))
        return "ingress.enabled or ingress.type leaves routing unchanged";
    if (!is_on(&of_routing))
        return "patch.routing is off";
    if (!admin || !admin->service)
        return "there is no admin component";
    if (!is_on_for(&of_routing, admin))
        return "patch.admin.routing is off";
    if (!front || !front->service)
        return "there is no front component";
    return is_on_for(&of_routing, front) ? NULL : "patch.front.routing is off";
}

void check_front_http(Ensure *e) {
    const char *why = why_not_routed(e);
    for (size_t i = 0; why && i < FRONT_ROUTES; i++)
        if (asks_for(e->config, &front_routes[i]))
            warn_field_not_applied(e, front_routes[i].field, why);
}

/* A route of an earlier run stays as it is, since leaving it out would not delete it from the cluster. Front's pages
 * have logins of their own. */
static void warn_of_left_overs(Ensure *e, const FrontRoute *row) {
    for (Manifest *m = NULL; (m = next_manifest(e, row->kind, m));)
        if (is_left_over(e, m, row))
            warn(e, WARN_ROUTE, m, NULL, "was added for %s, which is no longer set; delete it", row->field);
}

/* ---- pages of front's ---- */

/* Traefik leaves an encoded slash as it is, and nginx decodes it: /webdav/..%2fwebmail/ would be front's own /webmail,
 * where neither webmail's restrictions nor its ForwardAuth apply. */
static Str front_page_rule(Ensure *e, const UrlPaths *paths, const Names *hosts) {
    Str of_hosts = rule_for_hosts(e->arena, hosts), of_paths = rule_for_paths(e->arena, paths);
    return str_format(e->arena, "(%.*s) && (%.*s) && !PathRegexp(`%s`)", F(of_hosts), F(of_paths),
                      "(?i)(/|%2f)\\.\\.(/|%2f|$)");
}

/* A route for paths that front answers as it does without Traefik, beside those of admin's page. */
static void ensure_front_page(Ensure *e, const FrontRoute *row, const UrlPaths *paths, const Restrictions *restrictions,
                              const Names *hosts) {
    if (!part_of(e->instance, row->needs)) {
        warn_field_not_applied(e, row->field,
                               str_format(e->arena, "there is no %s component", components[row->needs].name).p);
        return;
    }
    if (!hosts->n) {
        warn_field_not_applied(e, row->field, "there is no host name");
        return;
    }
    Str name = prefixed(e, row->ending), match = front_page_rule(e, paths, hosts);
    Node *services = build(e->arena, "[{name:%S,port:%d}]", service_name(e, FRONT), FRONT_HTTP_PORT);
    Manifest *m = find_manifest(e, KIND_ROUTE_HTTP, name);
    Node *route = m ? first_item(m->tree, rules_of(m)) : NULL;
    if (is_mapping(route)) {
        set_text(e, REQUIRE, m, route, "match", match);
        set_value(e, REQUIRE, m, route, "services", services);
        return;
    }
    Page beside = {.id = ADMIN, .restrictions = *restrictions, .ahead = 1};
    *PUSH(e->arena, &beside.middlewares) = headers_middleware(e);
    Node *priority = row->priority ? new_plain(e->arena, str_format(e->arena, "%d", row->priority)) : NULL;
    add_manifest(e, KIND_ROUTE_HTTP, name, components[FRONT].name,
                 build(e->arena,
                       "{entryPoints:%n,routes:[{match:%S,kind:Rule,priority:%n,middlewares:%n,services:%n}],tls:{}}",
                       entry_points_beside(e, &beside), match, priority, middlewares_beside(e, &beside), services));
}

static void add_front_path(Ensure *e, UrlPaths *paths, Str path) {
    *PUSH(e->arena, paths) = (UrlPath){path, false};
}

static void ensure_webdav(Ensure *e, const Restrictions *restrictions, const Names *hosts) {
    UrlPaths paths = {0};
    add_front_path(e, &paths, S("/webdav"));
    add_front_path(e, &paths, S("/.well-known/caldav"));
    add_front_path(e, &paths, S("/.well-known/carddav"));
    ensure_front_page(e, &front_routes[WEBDAV_ROUTE], &paths, restrictions, hosts);
}

/* front asks admin whether the visitor is an administrator, and tells rspamd of no client: of one from outside it would
 * ask a password. */
static void ensure_antispam(Ensure *e, const Restrictions *restrictions, const Names *hosts) {
    UrlPaths paths = {0};
    add_front_path(e, &paths, str_format(e->arena, "%.*s/antispam", F(e->instance->settings.web_admin)));
    ensure_front_page(e, &front_routes[ANTISPAM_ROUTE], &paths, restrictions, hosts);
}

/* What a user's overrides answer, on the hosts of the pages and of MTA-STS, which is what most of them are for. */
static void ensure_overrides(Ensure *e, const Restrictions *restrictions, const Names *hosts) {
    const FrontRoute *row = &front_routes[OVERRIDES_ROUTE];
    UrlPaths locations = locations_of_overrides(e);
    Names all = {0};
    for (size_t i = 0; i < hosts->n; i++)
        strs_add(e->arena, &all, hosts->at[i]);
    for (Str rest = e->instance->settings.hostnames, host; str_next_item(&rest, &host);)
        if (str_starts(host, S(STS_PREFIX)) && !config_has(e->config, "mtaSts.mode"))
            strs_add(e->arena, &all, host);
    if (locations.n)
        ensure_front_page(e, row, &locations, restrictions, &all);
    else
        warn_field_not_applied(e, row->field, "there are no overrides of front's with such a location");
}

/* ---- MTA-STS ---- */

/* Whether mail from the internet arrives over TLS once the Secret with the certificate exists. */
static const char *why_no_starttls(Ensure *e) {
    Part *postfix = part_of(e->instance, POSTFIX);
    Ensure with = *e;
    with.part = postfix;
    with.aspect = ASPECT_ENVIRONMENT;
    if (!postfix)
        return "there is no postfix here that could offer it";
    if (!is_on(&with))
        return "patch.environment is off for postfix, which then has no certificate";
    if (e->instance->settings.cert_resolver.n && !config_has(e->config, "ingress.traefik.tlsSecret"))
        return "a certificate resolver of Traefik's makes no Secret for postfix; say ingress.traefik.tlsSecret";
    return NULL;
}

bool is_mail_host(Str host) {
    return !str_starts(host, S(STS_PREFIX)) && !is_for_client_setup(host);
}

Str mta_sts_policy(Ensure *e) {
    Buf out = {.arena = e->arena};
    if (!routes_traefik(e->config) || !config_has(e->config, "mtaSts.mode"))
        return (Str){0};
    buf_format(&out, "version: STSv1\nmode: %.*s\n", F(config_get(e->config, "mtaSts.mode")));
    for (Str rest = e->instance->settings.hostnames, host; str_next_item(&rest, &host);)
        if (is_mail_host(host))
            buf_format(&out, "mx: %.*s\n", F(host));
    buf_format(&out, "max_age: %.*s\n", F(config_get(e->config, "mtaSts.maxAge")));
    return buf_str(&out);
}

static void add_policy_host(Ensure *e, Names *hosts, Str domain) {
    strs_add(e->arena, hosts, str_format(e->arena, STS_PREFIX "%.*s", F(domain)));
}

static Names policy_hosts(Ensure *e) {
    Names hosts = {0};
    add_policy_host(e, &hosts, e->instance->settings.domain);
    for (Str rest = e->instance->settings.hostnames, host; str_next_item(&rest, &host);)
        if (str_starts(host, S(STS_PREFIX)))
            strs_add(e->arena, &hosts, host);
    return hosts;
}

/* A version of the policy: other servers fetch it again when it changes. */
static Str policy_id(Ensure *e) {
    return str_format(e->arena, "%016llx", (unsigned long long)str_hash(mta_sts_policy(e)));
}

static void list_records(Ensure *e, const Names *hosts) {
    Str rest = e->instance->settings.hostnames, first = str_trim(str_cut(&rest, ',')), id = policy_id(e);
    for (size_t i = 0; i < hosts->n; i++) {
        Str domain = str_skip(hosts->at[i], sizeof STS_PREFIX - 1);
        *PUSH(e->arena, &e->instance->dns_records) =
            str_format(e->arena, "%.*s. CNAME %.*s.", F(hosts->at[i]), F(first));
        *PUSH(e->arena, &e->instance->dns_records) =
            str_format(e->arena, "_mta-sts.%.*s. TXT \"v=STSv1; id=%.*s\"", F(domain), F(id));
    }
}

/* The certificate is one of its own where cert-manager makes it, or Traefik's resolver; else the mail server's, which
 * then has to have these names. */
static Node *policy_annotations(Ensure *e, bool *own) {
    const Settings *s = &e->instance->settings;
    Str issuer = config_get(e->config, "ingress.traefik.certIssuer");
    bool resolver = s->cert_resolver.n;
    *own = !resolver && issuer.n && (!s->has_certificate || config_has(e->config, "ingress.traefik.certIssuer"));
    return build(e->arena,
                 "{cert-manager.io/cluster-issuer:%n," ANNOTATION_RESOLVER ":%n," ANNOTATION_ENTRY_POINTS
                 ":%S,traefik.ingress.kubernetes.io/router.tls:%s," ANNOTATION_MIDDLEWARES ":%S}",
                 *own ? new_string(e->arena, issuer) : NULL, resolver ? new_string(e->arena, s->cert_resolver) : NULL,
                 config_get(e->config, "ingress.traefik.entryPoints.websecure"), "true",
                 middleware_reference(e, e->instance->target_namespace, headers_middleware(e)));
}

static Node *policy_spec(Ensure *e, const Names *hosts, Str secret) {
    Node *rules = new_collection(e->arena, SEQUENCE), *names = new_collection(e->arena, SEQUENCE);
    for (size_t i = 0; i < hosts->n; i++) {
        node_add(names, new_string(e->arena, hosts->at[i]));
        node_add(rules,
                 build(e->arena,
                       "{host:%S,http:{paths:[{path:%s,pathType:Exact,backend:{service:{name:%S,port:{number:%d}}}}]}}",
                       hosts->at[i], "/.well-known/mta-sts.txt", service_name(e, FRONT), FRONT_HTTP_PORT));
    }
    return build(e->arena, "{ingressClassName:%S,tls:%n,rules:%n}", config_get(e->config, "ingress.className"),
                 e->instance->settings.cert_resolver.n ? NULL
                                                       : build(e->arena, "[{secretName:%S,hosts:%n}]", secret, names),
                 rules);
}

static void ensure_policy(Ensure *e) {
    const char *why = why_no_starttls(e);
    if (!e->instance->settings.domain.n) {
        warn_field_not_applied(e, "mtaSts.mode", "there is no mail domain");
        return;
    }
    if (str_is(config_get(e->config, "mtaSts.mode"), "enforce") && why) {
        config_locate(e->config, "mtaSts.mode",
                      diagnose(e, ERROR, NULL, NULL,
                               "with enforce other servers deliver by STARTTLS alone, and %s; expected testing", why));
        return;
    }
    Names hosts = policy_hosts(e);
    Str name = prefixed(e, "mta-sts");
    Manifest *m = find_manifest(e, KIND_INGRESS, name);
    list_records(e, &hosts);
    if (m) { /* what it got its certificate from stays */
        Str there = map_text(m->tree, first_item(m->tree, manifest_at(m, "spec.tls")), S("secretName"));
        set_value(e, REQUIRE, m, m->root, "spec", policy_spec(e, &hosts, there.n ? there : tls_secret(e)));
        return;
    }
    bool own;
    Node *annotations = policy_annotations(e, &own);
    m = add_manifest(e, KIND_INGRESS, name, components[FRONT].name,
                     policy_spec(e, &hosts, own ? prefixed(e, "mta-sts-tls") : tls_secret(e)));
    set_value(e, REQUIRE, m, manifest_at(m, "metadata"), "annotations", annotations);
}

void ensure_front_http(Ensure *e, const Restrictions *restrictions, const Names *hosts) {
    for (size_t i = 0; i < FRONT_ROUTES; i++)
        warn_of_left_overs(e, &front_routes[i]);
    if (why_not_routed(e))
        return;
    if (asks_for(e->config, &front_routes[WEBDAV_ROUTE]))
        ensure_webdav(e, restrictions, hosts);
    if (asks_for(e->config, &front_routes[ANTISPAM_ROUTE]))
        ensure_antispam(e, restrictions, hosts);
    if (asks_for(e->config, &front_routes[OVERRIDES_ROUTE]))
        ensure_overrides(e, restrictions, hosts);
    if (asks_for(e->config, &front_routes[MTA_STS_ROUTE]))
        ensure_policy(e);
}
