/* Addresses in the environment that name a Service of the stream: kustomize renames the Service, and moves it to
 * another namespace, but leaves host names and URLs as they were. */
#include "ensure/ensure.h"

#include "model/discover.h"
#include "spec/formats.h"

/* The parts of an address: "redis://:password@mailu-redis.mail.svc.cluster.local:6379/2". */
typedef struct Address {
    Str before, name, namespace, domain /* with a dot in front */, after;
} Address;

static Address address_of_text(Str text) {
    ptrdiff_t scheme = str_find(text, S("://"));
    size_t start = scheme < 0 ? 0 : (size_t)scheme + 3, end = start;
    while (end < text.n && text.p[end] != '/' && text.p[end] != '?')
        if (text.p[end++] == '@')
            start = end;
    Address a = {.before = str_head(text, start)};
    Str host = str_skip(str_head(text, end), start), rest = host;
    host = str_cut(&rest, ':');
    a.after = str_skip(text, start + host.n);
    a.name = str_cut(&host, '.');
    rest = host;
    a.namespace = str_cut(&rest, '.');
    a.domain = str_skip(host, a.namespace.n);
    return a;
}

/* The addresses of components are set elsewhere, but ClamAV may be a server of another release. */
static bool is_followed(Str variable) {
    for (size_t i = 0; i < address_variable_count; i++)
        if (str_is(variable, address_variables[i].name))
            return address_variables[i].id == CLAMAV;
    return str_ends(variable, S("_ADDRESS")) || str_ends(variable, S("_HOST")) || str_ends(variable, S("_URL"));
}

static bool was_in(const Manifest *m, Str namespace) {
    Str rest = m ? annotation_of(m, "internal.config.kubernetes.io/previousNamespaces") : S("");
    while (rest.n)
        if (str_eq(str_cut(&rest, ','), namespace))
            return true;
    return false;
}

/* Whether the address, which `holder` has, leads into this Mailu's namespace, by the name it has or had. */
static bool leads_home(Ensure *e, const Manifest *holder, const Address *a, const Manifest *service) {
    return a->name.n && (same_namespace(a->namespace, e->instance->namespace) || was_in(holder, a->namespace) ||
                         was_in(service, a->namespace) || was_in(e->instance->environment, a->namespace));
}

static const Manifest *service_of(Ensure *e, const Address *a) {
    const Manifest *m = find_manifest(e, KIND_SERVICE, a->name);
    return m && check_object_name(m->name) ? m : NULL; /* a name that is not valid in Kubernetes is not an address */
}

/* The new address. */
static Str followed(Ensure *e, const Manifest *holder, Str text) {
    Address a = address_of_text(text);
    const Manifest *service = service_of(e, &a);
    if (!service && a.name.n) { /* Services without other signs of Mailu have not been read */
        discover_load_holding(e->model, e->instance, &a.name, 1);
        service = service_of(e, &a);
    }
    if (!service || !leads_home(e, holder, &a, service))
        return text;
    Str namespace = a.namespace.n && e->instance->namespace.n ? e->instance->namespace : a.namespace;
    return str_format(e->arena, "%.*s%.*s%s%.*s%.*s%.*s", F(a.before), F(service->name), a.namespace.n ? "." : "",
                      F(namespace), F(a.domain), F(a.after));
}

/* Calls `visit` for every variable that is an address, in the ConfigMap that all read and in the containers. `place` is
 * what has the text at `key`. */
static void each_address(Ensure *e, void (*visit)(Ensure *, Manifest *, Node *place, const char *key)) {
    Manifest *m = e->instance->environment;
    Node *data = m ? manifest_at(m, "data") : NULL;
    for (Node *entry = entries_of(data); entry; entry = node_next(entry))
        if (is_followed(entry->key->text) && is_scalar(node_value(m->tree, entry)))
            visit(e, m, data, str_format(e->arena, "%.*s", F(entry->key->text)).p);
    for (Ensure each = *e; to_next_part(&each);) {
        m = each.part->workload;
        EACH_ITEM(variable, m->tree, map_get(m->tree, each.part->container, S("env")))
            if (is_followed(map_text(m->tree, variable, S("name"))) && map_text(m->tree, variable, S("value")).n)
                visit(&each, m, variable, "value");
    }
}

static void follow(Ensure *e, Manifest *m, Node *place, const char *key) {
    set_text(e, REQUIRE, m, place, key, followed(e, m, map_text(m->tree, place, str(key))));
}

void ensure_names(Ensure *e) {
    if (e->stream->renamed && is_on(e))
        each_address(e, follow);
}

void follow_settings(Ensure *e) {
    Settings *s = &e->instance->settings;
    Str *const hosts[] = {&s->redis_host, &s->database_host, &s->roundcube_host};
    for (size_t i = 0; i < COUNT(hosts) && e->stream->renamed && is_on(e); i++)
        *hosts[i] = followed(e, NULL, *hosts[i]);
}

/* ---- what leads nowhere ---- */

/* Whether `part` is in `name` with a '-' at each side that is not an end of it. */
static bool is_renamed_from(Str name, Str part) {
    return name.n > part.n && ((str_ends(name, part) && name.p[name.n - part.n - 1] == '-') ||
                               (str_starts(name, part) && name.p[part.n] == '-'));
}

/* Whether a Service of that name would be this Mailu's, or one of the stream looks as if it had had the name. */
static bool looks_like_ours(Ensure *e, Str name) {
    if (is_renamed_from(name, e->instance->prefix) || is_renamed_from(name, e->instance->name))
        return true;
    for (const Manifest *m = NULL; (m = next_manifest(e, KIND_SERVICE, m));)
        if (is_renamed_from(m->name, name))
            return true;
    return false;
}

static void check(Ensure *e, Manifest *m, Node *place, const char *key) {
    Address a = address_of_text(map_text(m->tree, place, str(key)));
    if (a.name.n && leads_home(e, m, &a, NULL) && !service_of(e, &a) && looks_like_ours(e, a.name))
        warn(e, WARN_UNKNOWN_SERVICE, m, map_get(m->tree, place, str(key)),
             "names the Service %.*s, which the stream does not have", F(a.name));
}

void check_names(Ensure *e) {
    each_address(e, check);
}
