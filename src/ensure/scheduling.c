/* Where pods go. Added pods go where all existing ones go. dovecot-submission's image exists for amd64 alone: it goes
 * to such a node, and past the taint some clusters put on theirs. */
#include "ensure/ensure.h"

/* ---- what all have ---- */

/* Whether the part is in the stream, and has no scheduling rule of its own. */
static bool is_witness(const Part *part) {
    return !part->added && !part->component->amd64_only;
}

/* Whether the pods of `part` have an entry (or item) equal to `wanted`, which is of `tree`, under `key`. */
static bool has_equal(const Part *part, const char *key, Tree *tree, Node *wanted) {
    Tree *other = part->workload->tree;
    Node *list = map_get(other, part->pod, str(key));
    if (is_mapping(list) && wanted->key)
        return node_equal(other, map_get(other, list, wanted->key->text), tree, wanted);
    EACH_ITEM(item, other, wanted->key ? NULL : list)
        if (node_equal(other, item, tree, wanted))
            return true;
    return false;
}

static bool all_have(Ensure *e, const char *key, Tree *tree, Node *wanted) {
    for (const Part *part = NULL; (part = next_part(e->instance, part));)
        if (is_witness(part) && !has_equal(part, key, tree, wanted))
            return false;
    return true;
}

void adopt_shared(Ensure *e, const char *key) {
    Manifest *m = e->part->workload;
    const Part *first = next_part(e->instance, NULL);
    while (first && !is_witness(first))
        first = next_part(e->instance, first);
    if (!first)
        return;
    Tree *tree = first->workload->tree;
    Node *list = map_get(tree, first->pod, str(key));
    for (Node *child = node_first(list); child; child = node_next(child)) {
        if (!all_have(e, key, tree, child))
            continue;
        Node *copy = node_copy(tree, e->arena, child);
        if (is_sequence(list))
            append_item(e, DEFAULT, m, sequence_at(e, m, e->part->pod, key), copy);
        else
            set_value(e, DEFAULT, m, mapping_at(e, m, e->part->pod, key),
                      str_format(e->arena, "%.*s", F(child->key->text)).p, copy);
    }
}

/* ---- dovecot-submission ---- */

static bool says(Tree *tree, Node *toleration, const char *key, const char *value) {
    return str_is(map_text(tree, toleration, str(key)), value);
}

/* Whether the toleration covers kubernetes.io/arch=amd64:NoSchedule. */
static bool tolerates_amd64(Tree *tree, Node *t) {
    bool any_key = !map_text(tree, t, S("key")).n, exists = says(tree, t, "operator", "Exists");
    bool effect = !map_text(tree, t, S("effect")).n || says(tree, t, "effect", "NoSchedule");
    if (any_key)
        return exists && effect;
    return says(tree, t, "key", "kubernetes.io/arch") && effect && (exists || says(tree, t, "value", "amd64"));
}

void ensure_scheduling(Ensure *e) {
    Part *part = e->part;
    Manifest *m = part->workload;
    if (part->added) {
        adopt_shared(e, "nodeSelector");
        adopt_shared(e, "tolerations");
    }
    if (!part->component->amd64_only)
        return;
    set_text(e, REQUIRE, m, mapping_at(e, m, part->pod, "nodeSelector"), "kubernetes.io/arch", S("amd64"));
    EACH_ITEM(toleration, m->tree, map_get(m->tree, part->pod, S("tolerations")))
        if (tolerates_amd64(m->tree, toleration))
            return;
    append_item(e, REQUIRE, m, sequence_at(e, m, part->pod, "tolerations"),
                build(e->arena, "{key:kubernetes.io/arch,operator:Equal,value:amd64,effect:NoSchedule}"));
}
