/* Migration from ingress-nginx: converts its annotations on Mailu's Ingresses to Traefik middlewares, when the config
 * asks for it (ingress.convertNginx). The annotations are those of ingress-nginx' own documentation,
 * docs/user-guide/nginx-configuration/annotations.md. */
#include "ensure/pages.h"

#include "spec/formats.h"

#define NGINX "nginx.ingress.kubernetes.io/"

static Str annotation(const Manifest *m, const char *name) {
    return annotation_of(m, str_format(m->tree->arena, NGINX "%s", name).p);
}

/* A converter returns the spec of the Middleware, NULL when none is needed. If the value can't be converted it says
 * why. */
typedef Node *Convert(Ensure *e, const Manifest *m, Str value, const char **why_not);

static bool is_address_or_network(Arena *arena, Str s) {
    return check_cidr4(s) || check_cidr6(s) || check_cidr4(str_format(arena, "%.*s/32", F(s))) ||
           check_cidr6(str_format(arena, "%.*s/128", F(s)));
}

static Node *allow_list(Ensure *e, const Manifest *m, Str value, const char **why_not) {
    Node *ranges = new_collection(e->arena, SEQUENCE);
    (void)m;
    for (Str rest = value, range; str_next_item(&rest, &range);) {
        if (!is_address_or_network(e->arena, range))
            *why_not = "expected addresses and networks separated by commas";
        node_add(ranges, new_string(e->arena, range));
    }
    return build(e->arena, "{ipAllowList:{sourceRange:%n}}", ranges);
}

static Node *body_limit(Ensure *e, const Manifest *m, Str value, const char **why_not) {
    static const char units[] = "kmg";
    int number, shift = 0;
    Str digits = value;
    (void)m;
    for (int i = 0; units[i] && value.n; i++)
        if ((value.p[value.n - 1] | 0x20) == units[i]) {
            shift = 10 * (i + 1);
            digits = str_head(value, value.n - 1);
        }
    if (!str_to_int(digits, &number)) {
        *why_not = "expected a size such as 60m";
        return NULL;
    }
    if (number == 0) /* no limit */
        return NULL;
    return build(e->arena, "{buffering:{maxRequestBodyBytes:%n}}",
                 new_plain(e->arena, str_format(e->arena, "%lld", (long long)number << shift)));
}

static Node *forward_auth(Ensure *e, const Manifest *m, Str value, const char **why_not) {
    Node *headers = new_collection(e->arena, SEQUENCE);
    if (!(str_starts(value, S("http://")) || str_starts(value, S("https://"))) || str_has(value, "$"))
        *why_not = "expected a URL without variables";
    for (Str rest = annotation(m, "auth-response-headers"), header; str_next_item(&rest, &header);)
        node_add(headers, new_string(e->arena, header));
    return build(e->arena, "{forwardAuth:{address:%S,authResponseHeaders:%n}}", value,
                 node_first(headers) ? headers : NULL);
}

static const struct {
    const char *annotation, *ending; /* of the Middleware's name, after the Ingress's */
    Convert *convert;                /* NULL: it goes with another */
} conversions[] = {
    {"whitelist-source-range", "allow", allow_list},
    {"allowlist-source-range", "allow", allow_list},
    {"auth-url", "auth", forward_auth},
    {"proxy-body-size", "body-limit", body_limit},
    {"auth-response-headers", NULL, NULL},
    {"ssl-redirect", NULL, NULL},
    {"force-ssl-redirect", NULL, NULL},
    {"backend-protocol", NULL, NULL}, /* Mailu's are HTTP */
};

static bool is_in_table(Str key) {
    for (size_t i = 0; i < COUNT(conversions); i++)
        if (str_is(str_skip(key, sizeof NGINX - 1), conversions[i].annotation))
            return true;
    return false;
}

static void add_to_annotation(Ensure *e, Manifest *m, Node *annotations, Str reference) {
    Str there = map_text(m->tree, annotations, S(ANNOTATION_MIDDLEWARES));
    set_text(e, SET, m, annotations, ANNOTATION_MIDDLEWARES,
             there.n ? str_format(e->arena, "%.*s,%.*s", F(there), F(reference)) : reference);
}

/* Converts what it can, in the order of the table, and names the rest. What kept visitors out and is still there then
 * is an error of check_foreign_restrictions. */
static void convert_annotations(Ensure *e, Manifest *m) {
    Node *annotations = manifest_at(m, "metadata.annotations");
    for (size_t i = 0; i < COUNT(conversions); i++) {
        Str key = str_format(e->arena, NGINX "%s", conversions[i].annotation);
        Node *entry = map_get(m->tree, annotations, key);
        const char *why_not = NULL;
        if (!is_scalar(entry))
            continue;
        Node *spec = conversions[i].convert ? conversions[i].convert(e, m, entry->text, &why_not) : NULL;
        if (why_not) {
            diagnose(e, ERROR, m, entry, "found \"%.*s\", %s, to convert it", F(entry->text), why_not);
            continue;
        }
        if (spec) {
            Str name = str_format(e->arena, "%.*s-%s", F(m->name), conversions[i].ending);
            add_to_annotation(e, m, annotations,
                              middleware_reference(e, e->instance->target_namespace, middleware_named(e, name, spec)));
        }
        remove_node(e, SET, m, entry);
    }
    for (Node *entry = entries_of(annotations); entry; entry = node_next(entry))
        if (str_starts(entry->key->text, S(NGINX)) && !is_in_table(entry->key->text))
            warn(e, WARN_NOT_CONVERTED, m, entry, "has no counterpart in Traefik; it no longer has any effect");
}

/* ingress-nginx redirects where the Ingress has TLS, too, unless it says otherwise. */
static bool asks_for_redirect(const Manifest *m) {
    bool has_tls = first_item(m->tree, map_path(m->tree, m->root, "spec.tls"));
    Str redirect = annotation(m, "ssl-redirect");
    return str_is(redirect, "true") || str_is(annotation(m, "force-ssl-redirect"), "true") ||
           (has_tls && !str_is(redirect, "false"));
}

/* Plain HTTP is redirected to HTTPS by a separate route on Traefik's entry point for HTTP. */
static void add_redirect(Ensure *e, const Manifest *m) {
    Str name = str_format(e->arena, "%.*s-to-https", F(m->name));
    Names hosts = {0};
    EACH_ITEM(rule, m->tree, rules_of(m))
        if (check_hostname(map_text(m->tree, rule, S("host"))))
            strs_add(e->arena, &hosts, map_text(m->tree, rule, S("host")));
    middleware_named(e, name, build(e->arena, "{redirectScheme:{scheme:https,permanent:true}}"));
    if (hosts.n && !find_manifest(e, KIND_ROUTE_HTTP, name))
        add_manifest(e, KIND_ROUTE_HTTP, name, NULL,
                     build(e->arena,
                           "{entryPoints:[%S],routes:[{kind:Rule,match:%S,middlewares:[{name:%S}],"
                           "services:[{kind:TraefikService,name:%s}]}]}",
                           config_get(e->config, "ingress.traefik.entryPoints.web"), rule_for_hosts(e->arena, &hosts),
                           name, "noop@internal"));
}

void convert_nginx_ingresses(Ensure *e) {
    if (!config_bool(e->config, "ingress.convertNginx"))
        return;
    for (Manifest *m = NULL; (m = next_ingress(e, m));) {
        if (!(parts_of_route(e->instance, m) & ~OTHERS) || is_traefik_class(e, class_of_ingress(m)))
            continue;
        if (asks_for_redirect(m))
            add_redirect(e, m);
        convert_annotations(e, m);
    }
}
