/* NetworkPolicies of others. They add up, so pods are excluded, by a label, from those that allow them more than the
 * table does. */
#include "ensure/policies.h"

#include "yaml/query.h"

/* ---- the pods of a policy ---- */

/* "postrenderer.mailu.io/policy: keep" on a policy: its author takes responsibility for what it allows. */
static bool is_kept(const Manifest *m) {
    return str_is(annotation_of(m, "postrenderer.mailu.io/policy"), "keep");
}

/* Whether it is about pods that we look after and was not made by us. */
static bool is_foreign_policy(Ensure *e, const Manifest *m) {
    return !m->added && !is_own_policy(e, m->name) && !is_kept(m);
}

/* ---- what it lets them do ---- */

/* Whether a rule allows access to a port in the table. A name that the pods do not have leads nowhere; a range is taken
 * to. Of a server every port is, but those that serve metrics. */
static bool concerns(const Flows *flows, const Guarded *g, Tree *tree, Node *rule) {
    Node *list = map_get(tree, rule, S("ports"));
    if (!items_of(list))
        return true;
    EACH_ITEM(entry, tree, list) {
        int port = rule_port(g, tree, entry);
        if (port < 0 || (g->server ? !is_metrics_port(flows, g, port) : is_table_port(flows, g, port)))
            return true;
    }
    return false;
}

static bool permits_more(const Flows *flows, const Manifest *m, const Guarded *g) {
    Node *spec = manifest_at(m, "spec");
    Node *egress = map_get(m->tree, spec, S("egress")), *ingress = map_get(m->tree, spec, S("ingress"));
    if (items_of(egress) && (g->part || is_silent(g->server)))
        return true;
    EACH_ITEM(rule, m->tree, ingress)
        if (concerns(flows, g, m->tree, rule))
            return true;
    return false;
}

/* ---- the label by which they are excluded ---- */

static Str label_value(const Guarded *g, Str key) {
    return map_text(g->tree, g->pod_labels, key);
}

static bool belong_together(const Guarded *a, const Guarded *b) {
    return a == b || (a->server && a->server == b->server);
}

/* Whether all these pods have the label, each with a value that no other pods have. */
static bool distinguishes(const GuardedList *guarded, const bool *among, Str key) {
    for (size_t i = 0; i < guarded->n; i++) {
        Str value = label_value(&guarded->at[i], key);
        if (among[i] && !value.n)
            return false;
        for (size_t j = 0; j < guarded->n && among[i]; j++)
            if (!(among[j] && belong_together(&guarded->at[i], &guarded->at[j])) && i != j &&
                str_eq(value, label_value(&guarded->at[j], key)))
                return false;
    }
    return true;
}

/* A label that distinguishes these pods from the others; the component's if possible. */
static Str distinguishing_label(const GuardedList *guarded, const bool *among) {
    size_t first = 0;
    while (!among[first])
        first++;
    if (distinguishes(guarded, among, LABEL_COMPONENT))
        return LABEL_COMPONENT;
    for (Node *entry = entries_of(guarded->at[first].pod_labels); entry; entry = node_next(entry))
        if (distinguishes(guarded, among, entry->key->text))
            return entry->key->text;
    return (Str){0};
}

/* Whether the policy is about pods of this Mailu's release alone. */
static bool is_about_release(Ensure *e, const Manifest *m, Node *selector) {
    Str name = map_text(m->tree, map_get(m->tree, selector, S("matchLabels")), LABEL_INSTANCE);
    return name.n && str_eq(name, e->instance->name);
}

#define OWN_LABEL S("postrenderer.mailu.io/component")

static void add_own_label(Ensure *e, const Guarded *g) {
    Manifest *m = g->workload;
    Node *template = m ? manifest_at(m, "spec.template") : NULL;
    if (m)
        set_text(e, REQUIRE, m, mapping_at(e, m, template, "metadata.labels"), OWN_LABEL.p, str(g->name));
}

/* For a policy that is about others as well, who may have any label of these pods. A server whose Service selects by
 * one label has it alone; other pods get a label of our own. */
static Str label_for(Ensure *e, const Guarded *g) {
    const Node *entry = g->server ? node_first(g->server->family) : NULL;
    if (entry && node_count(g->server->family) == 1)
        return entry->key->text;
    add_own_label(e, g);
    return OWN_LABEL;
}

/* ---- excluding ---- */

/* The values of a NotIn that the policy has for the label. */
static Node *exclusion(const Manifest *m, Node *selector, Str key) {
    EACH_ITEM(expression, m->tree, map_get(m->tree, selector, S("matchExpressions"))) {
        Node *values = map_get(m->tree, expression, S("values"));
        if (str_eq(map_text(m->tree, expression, S("key")), key) && is_sequence(values) &&
            str_is(map_text(m->tree, expression, S("operator")), "NotIn"))
            return values;
    }
    return NULL;
}

/* The values that the pods which are excluded by label `key` have for it. */
static Node *values_of(Ensure *e, const GuardedList *guarded, const Str *keys, Str key) {
    Node *values = new_collection(e->arena, SEQUENCE);
    for (size_t i = 0; i < guarded->n; i++) {
        Str value = str_eq(keys[i], key) ? label_value(&guarded->at[i], key) : (Str){0};
        if (value.n && !holds_text(NULL, values, value))
            node_add(values, new_string(e->arena, value));
    }
    return values;
}

static void add_kept_rule(Ensure *e, Node **rules, Node *rule) {
    if (!*rules)
        *rules = new_collection(e->arena, SEQUENCE);
    node_add(*rules, rule);
}

/* The metrics scraper keeps its access: the rule, limited to the ports that serve nothing else. A server keeps its
 * egress. */
static void keep_rules(Ensure *e, const Flows *flows, const Manifest *m, Guarded *g) {
    Node *ingress = manifest_at(m, "spec.ingress"), *egress = manifest_at(m, "spec.egress");
    EACH_ITEM(rule, m->tree, ingress) {
        Node *kept = metrics_rule(e, flows, g, m->tree, rule);
        if (kept)
            add_kept_rule(e, &g->kept_ingress, kept);
    }
    EACH_ITEM(rule, m->tree, g->part || is_silent(g->server) ? NULL : egress)
        add_kept_rule(e, &g->kept_egress, node_copy(m->tree, e->arena, rule));
}

static void exclude_values(Ensure *e, Manifest *m, Node *selector, Str key, Node *values) {
    Node *there = exclusion(m, selector, key);
    if (!there && node_first(values))
        append_item(e, REQUIRE, m, sequence_at(e, m, selector, "matchExpressions"),
                    build(e->arena, "{key:%S,operator:NotIn,values:%n}", key, values));
    for (Node *value = there ? node_first(values) : NULL; value; value = node_next(value))
        append_item(e, REQUIRE, m, there, new_string(e->arena, value->text));
}

static void exclude_pods(Ensure *e, Manifest *m, const GuardedList *guarded, const bool *among) {
    Node *selector = mapping_at(e, m, m->root, "spec.podSelector");
    Str common = is_about_release(e, m, selector) ? distinguishing_label(guarded, among) : S("");
    Str *keys = NEW_ARRAY(e->arena, Str, guarded->n);
    for (size_t i = 0; i < guarded->n; i++)
        if (among[i])
            keys[i] = common.n ? common : label_for(e, &guarded->at[i]);
    for (size_t i = 0; i < guarded->n; i++) {
        bool done = !among[i];
        for (size_t j = 0; j < i; j++)
            done |= among[j] && str_eq(keys[j], keys[i]);
        if (!done)
            exclude_values(e, m, selector, keys[i], values_of(e, guarded, keys, keys[i]));
    }
}

void narrow_policies(Ensure *e, const Flows *flows, GuardedList *guarded) {
    bool *among = NEW_ARRAY(e->arena, bool, guarded->n);
    for (Manifest *m = NULL; (m = next_manifest(e, KIND_POLICY, m));) {
        bool any = false;
        if (!is_foreign_policy(e, m))
            continue;
        for (size_t j = 0; j < guarded->n; j++) {
            Guarded *g = &guarded->at[j];
            among[j] = policy_selects(m, g) && permits_more(flows, m, g);
            any |= among[j];
            if (among[j])
                keep_rules(e, flows, m, g);
        }
        if (any)
            exclude_pods(e, m, guarded, among);
    }
}
