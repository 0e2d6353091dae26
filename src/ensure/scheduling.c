/* dovecot-submission's image exists for amd64 alone: it goes to such a node, and past the taint some clusters put on
 * theirs. No other component is told where to go. */
#include "ensure/ensure.h"

static bool says(Tree *tree, Node *toleration, const char *key, const char *value) {
    return str_is(map_text(tree, toleration, str(key)), value);
}

/* Whether the toleration covers kubernetes.io/arch=amd64:NoSchedule. */
static bool covers(Tree *tree, Node *t) {
    bool any_key = !map_text(tree, t, S("key")).n, exists = says(tree, t, "operator", "Exists");
    bool effect = !map_text(tree, t, S("effect")).n || says(tree, t, "effect", "NoSchedule");
    if (any_key)
        return exists && effect;
    return says(tree, t, "key", "kubernetes.io/arch") && effect && (exists || says(tree, t, "value", "amd64"));
}

void ensure_scheduling(Ensure *e) {
    Part *part = e->part;
    Manifest *m = part->workload;
    if (!part->component->amd64_only)
        return;
    set_text(e, REQUIRE, m, mapping_at(e, m, part->pod, "nodeSelector"), "kubernetes.io/arch", S("amd64"));
    Node *tolerations = map_get(m->tree, part->pod, S("tolerations"));
    for (Node *t = items_of(tolerations); t; t = node_next(t))
        if (covers(m->tree, node_value(m->tree, t)))
            return;
    append_item(e, REQUIRE, m, sequence_at(e, m, part->pod, "tolerations"),
                build(e->model->arena, "{key:kubernetes.io/arch,operator:Equal,value:amd64,effect:NoSchedule}"));
}
