/* Requests and limits: the config's, else what is there, else the specification's, scaled by the profile. */
#include "ensure/ensure.h"

#include "spec/formats.h"

static Str specified(Ensure *e, const char *kind, const char *what) {
    const Component *component = e->part->component;
    bool cpu = str_is(str(what), "cpu"), requests = str_is(str(kind), "requests");
    const Quantities *quantities = requests ? &component->requests : &component->limits;
    const Profile *profile = profile_of(e->config);
    const char *scaled = e->part->id == DOVECOT  ? profile->dovecot_memory
                         : e->part->id == RSPAMD ? profile->rspamd_memory
                                                 : NULL;
    if (requests && !cpu && scaled)
        return str(scaled);
    return str(cpu ? quantities->cpu : quantities->memory);
}

static bool is_more(Str a, Str b) {
    double x, y;
    return quantity_value(a, &x) && quantity_value(b, &y) && x > y;
}

static const char *opposite(const char *kind) {
    return str_is(str(kind), "requests") ? "limits" : "requests";
}

/* Kubernetes refuses a request above the limit: no default is added that contradicts an existing limit or request. */
static bool contradicts(Tree *tree, Node *resources, const char *kind, const char *what, Str quantity) {
    bool requests = str_is(str(kind), "requests");
    Str other = map_text(tree, map_get(tree, resources, str(opposite(kind))), str(what));
    return other.n && (requests ? is_more(quantity, other) : is_more(other, quantity));
}

/* `said`: the config's value; empty when it has none. */
static void ensure_resource(Ensure *e, const char *kind, const char *what, Str said) {
    Manifest *m = e->part->workload;
    Str quantity = said.n ? said : specified(e, kind, what);
    Node *resources = mapping_at(e, m, e->part->container, "resources");
    Node *there = map_get(m->tree, map_get(m->tree, resources, str(kind)), str(what));
    if (!said.n && (!node_is_null(there) || contradicts(m->tree, resources, kind, what, quantity)))
        return;
    set_text(e, said.n ? SET : DEFAULT, m, mapping_at(e, m, resources, kind), what, quantity);
    if (said.n && contradicts(m->tree, resources, kind, what, quantity))
        diagnose(e, ERROR, m, resources, "the config's %s.%s of %.*s does not go with %s.%s of %.*s", kind, what,
                 F(quantity), opposite(kind), what,
                 F(map_text(m->tree, map_get(m->tree, resources, str(opposite(kind))), str(what))));
}

void ensure_resources(Ensure *e) {
    /* The config's values go first, so that the defaults can respect them. */
    static const struct {
        const char *kind, *what, *field;
    } all[] = {{"requests", "cpu", "resources.*.requests.cpu"},
               {"requests", "memory", "resources.*.requests.memory"},
               {"limits", "cpu", "resources.*.limits.cpu"},
               {"limits", "memory", "resources.*.limits.memory"}};
    Str said[COUNT(all)] = {{0}};
    for (size_t i = 0; i < COUNT(all); i++) {
        if (config_has_for(e->config, all[i].field, e->part->component))
            said[i] = config_get_for(e->config, all[i].field, e->part->component);
        if (said[i].n)
            ensure_resource(e, all[i].kind, all[i].what, said[i]);
    }
    for (size_t i = 0; i < COUNT(all); i++)
        if (!said[i].n)
            ensure_resource(e, all[i].kind, all[i].what, said[i]);
}
