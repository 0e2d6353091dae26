/* Several pods of what keeps no state, when the config asks for them: `replicas`. Front, dovecot-submission and webmail
 * alone; each of the others keeps something that one pod at a time may have. */
#include "ensure/policies.h"

/* Why a component has one pod; NULL for those that may have several. */
static const char *const reason_for_one[COMPONENTS] = {
    [ADMIN] = "it keeps its data and the DKIM keys on a claim that one node at a time can mount",
    [POSTFIX] = "its queue is on a claim that one pod at a time may have",
    [DOVECOT] = "two dovecots on the same mailboxes damage their indexes",
    [RSPAMD] = "its data is on a claim that one node at a time can mount",
    [CLAMAV] = "its signatures are on a claim that one node at a time can mount",
    [FETCHMAIL] = "each pod would fetch the same mail again",
    [WEBDAV] = "its calendars and contacts are on a claim that one pod at a time may have",
};

/* How a pod ends: Traefik hears within seconds that it is going, and what is connected may finish. nginx closes its
 * listeners and waits for its sessions; the container ends with the last of them, or when the grace is over. The image
 * has a shell. */
static const struct {
    const char *command;
    int grace; /* seconds */
} endings[COMPONENTS] = {
    [FRONT] = {"sleep 10; nginx -s quit; sleep 105", 120},
    [DOVECOT_SUBMISSION] = {"sleep 15", 30},
    [WEBMAIL] = {"sleep 15", 30},
};

enum { DEFAULT_GRACE = 30 }; /* Kubernetes' own */

/* ---- refusals ---- */

static const char *reason_against(Ensure *e, ComponentId id) {
    const Settings *s = &e->instance->settings;
    if (id == WEBMAIL && str_is(s->webmail, "snappymail"))
        return "SnappyMail keeps its users' settings in the container";
    if (id == WEBMAIL && s->roundcube_sqlite)
        return "Roundcube keeps its users' settings in an SQLite file; give it a database";
    return reason_for_one[id];
}

static void refuse_replicas(Ensure *e, ComponentId id, const Manifest *m, Str reason) {
    const char *field = str_format(e->arena, "replicas.%s", component_key(&components[id])).p;
    if (m)
        diagnose(e, ERROR, m, NULL, "%s: expected 1, since %.*s", field, F(reason));
    else
        config_locate(e->config, field, diagnose(e, ERROR, NULL, NULL, "expected 1, since %.*s", F(reason)));
}

/* ---- what goes with several ---- */

/* An autoscaler of the stream's own decides how many there are. */
static Manifest *autoscaler_of(Ensure *e) {
    const Manifest *workload = e->part->workload;
    for (Manifest *m = NULL; (m = next_manifest(e, KIND_AUTOSCALER, m));) {
        Node *target = manifest_at(m, "spec.scaleTargetRef");
        if (target && has_name(workload, map_text(m->tree, target, S("name"))) &&
            str_eq(workload->kind_name, map_text(m->tree, target, S("kind"))))
            return m;
    }
    return NULL;
}

static bool has_disruption_budget(Ensure *e) {
    const Part *part = e->part;
    for (const Manifest *m = NULL; (m = next_manifest(e, KIND_DISRUPTION_BUDGET, m));)
        if (pod_selector_matches(m->tree, manifest_at(m, "spec.selector"), part->workload->tree, part->pod_labels))
            return true;
    return false;
}

/* Kubernetes refuses to evict a pod that two budgets select, so one that is there is enough. */
static void ensure_disruption_budget(Ensure *e) {
    const Part *part = e->part;
    if (!has_disruption_budget(e))
        add_manifest(e, KIND_DISRUPTION_BUDGET, prefixed(e, part->component->name), part->component->name,
                     build(e->arena, "{maxUnavailable:%d,selector:{matchLabels:%n}}", 1,
                           node_copy(part->workload->tree, e->arena, part->labels)));
}

static void ensure_spread(Ensure *e) {
    const Part *part = e->part;
    Manifest *m = part->workload;
    Node *list = sequence_at(e, m, part->pod, "topologySpreadConstraints");
    if (!item_with(m->tree, list, "topologyKey", S("kubernetes.io/hostname")))
        append_item(e, SET, m, list,
                    build(e->arena,
                          "{maxSkew:1,topologyKey:kubernetes.io/hostname,whenUnsatisfiable:ScheduleAnyway,"
                          "labelSelector:{matchLabels:%n}}",
                          node_copy(m->tree, e->arena, part->labels)));
}

/* The new pod answers before an old one goes. A StatefulSet has no such choice. */
static void ensure_update_without_gap(Ensure *e) {
    Manifest *m = e->part->workload;
    if (str_is(m->kind_name, "Deployment"))
        set_value(e, SET, m, mapping_at(e, m, m->root, "spec"), "strategy",
                  build(e->arena, "{type:RollingUpdate,rollingUpdate:{maxSurge:%d,maxUnavailable:%d}}", 1, 0));
}

/* What a found container does before it ends is kept, and the time that it has for it. */
static void ensure_ending(Ensure *e) {
    const Part *part = e->part;
    Manifest *m = part->workload;
    Node *ours = build(e->arena, "{exec:{command:[/bin/sh,%s,%s]}}", "-c", endings[part->id].command);
    Node *lifecycle = mapping_at(e, m, part->container, "lifecycle");
    Node *there = set_value(e, DEFAULT, m, lifecycle, "preStop", ours);
    int grace = int_at(m->tree, part->pod, "terminationGracePeriodSeconds");
    if (node_equal(m->tree, there, m->tree, ours) && (grace < 0 ? DEFAULT_GRACE : grace) < endings[part->id].grace)
        set_int(e, SET, m, part->pod, "terminationGracePeriodSeconds", endings[part->id].grace);
}

/* What a visitor uploads while writing a mail is in the pod that took it, so Traefik leads each visitor to the same
 * one. It reads this from the Service where an Ingress leads there; IngressRoutes say it themselves. */
static void ensure_sticky(Ensure *e) {
    static const char *const annotations[] = {"cookie", "cookie.httponly", "cookie.secure"};
    Manifest *m = e->part->service;
    if (!m || !routes_traefik(e->config))
        return;
    Node *map = mapping_at(e, m, m->root, "metadata.annotations");
    for (size_t i = 0; i < COUNT(annotations); i++)
        set_text(e, DEFAULT, m, map,
                 str_format(e->arena, "traefik.ingress.kubernetes.io/service.sticky.%s", annotations[i]).p, S("true"));
}

/* ---- the whole ---- */

int replicas_asked(Ensure *e, ComponentId id) {
    if (!config_has_for(e->config, "replicas.*", &components[id]))
        return 0;
    int number = 0;
    str_to_int(config_get_for(e->config, "replicas.*", &components[id]), &number);
    return number;
}

static void ensure_several(Ensure *e) {
    ensure_spread(e);
    ensure_update_without_gap(e);
    ensure_ending(e);
    ensure_disruption_budget(e);
    if (e->part->id == WEBMAIL)
        ensure_sticky(e);
}

/* Two pods at one claim wait for each other, or spoil what is in it; with a claim each they have different data. */
static void warn_of_found(Ensure *e) {
    Manifest *m = e->part->workload;
    Node *spec = manifest_at(m, "spec");
    int number = int_at(m->tree, spec, "replicas");
    Str claim = number > 1 ? claim_mounted_once(e, reason_for_one[e->part->id]) : S("");
    if (claim.n)
        warn(e, WARN_REPLICAS, m, map_get(m->tree, spec, S("replicas")),
             "%d replicas, but what the claim %.*s holds is for one pod at a time; expected 1", number, F(claim));
}

static void suggest(Ensure *e) {
    const Part *part = e->part;
    int number = profile_of(e->config)->replicas;
    int there = int_at(part->workload->tree, manifest_at(part->workload, "spec"), "replicas");
    if (number && there < number && !reason_against(e, part->id) && !claim_mounted_once(e, true).n && !autoscaler_of(e))
        *PUSH(e->arena, &e->instance->suggestions) =
            str_format(e->arena, "replicas.%s: %d", component_key(part->component), number);
}

static void ensure_replicas_of(Ensure *e, int number) {
    Manifest *m = e->part->workload;
    const Manifest *autoscaler = autoscaler_of(e);
    Str claim = number > 1 ? claim_mounted_once(e, true) : S("");
    if (claim.n) {
        refuse_replicas(e, e->part->id, m,
                        str_format(e->arena,
                                   "it mounts the claim %.*s, and the stream does not say ReadWriteMany of it",
                                   F(claim)));
        return;
    }
    if (str_is(m->kind_name, "DaemonSet")) {
        if (number > 1)
            refuse_replicas(e, e->part->id, m, S("a DaemonSet has a pod on each node"));
        return;
    }
    if (autoscaler)
        warn(e, WARN_NOT_APPLIED, autoscaler, NULL, "decides how many pods there are; replicas.%s is not applied",
             component_key(e->part->component));
    else
        set_int(e, SET, m, mapping_at(e, m, m->root, "spec"), "replicas", number);
    if (number > 1)
        ensure_several(e);
}

void ensure_replicas(Ensure *e) {
    for (ComponentId id = 0; id < COMPONENTS; id++) {
        int number = replicas_asked(e, id);
        const char *reason = number > 1 ? reason_against(e, id) : NULL;
        Ensure with = *e;
        with.part = part_of(e->instance, id);
        if (reason)
            refuse_replicas(e, id, NULL, str(reason));
        else if (with.part && is_on(&with) && number)
            ensure_replicas_of(&with, number);
        else if (with.part && is_on(&with)) {
            warn_of_found(&with);
            suggest(&with);
        }
    }
}
