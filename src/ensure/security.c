/* The security context as specified: a file system that can be written, root for those that bind low ports and drop
 * privileges themselves, the mail user for dovecot-submission. What Kubernetes does by default is not written down. */
#include "ensure/ensure.h"

static void must_not(Ensure *e, Node *context, const char *key) {
    Manifest *m = e->part->workload;
    const Node *flag = map_get(m->tree, context, str(key));
    if (is_scalar(flag) && scalar_type(flag) == TYPE_BOOL && !str_is(flag->text, "false"))
        set_false(e, REQUIRE, m, context, key);
}

static void run_as_root(Ensure *e, Node *context) {
    Manifest *m = e->part->workload;
    must_not(e, context, "runAsNonRoot");
    if (int_at(m->tree, context, "runAsUser") > 0)
        set_int(e, REQUIRE, m, context, "runAsUser", 0);
}

static void run_as(Ensure *e, int user) {
    Manifest *m = e->part->workload;
    Node *context = mapping_at(e, m, e->part->container, "securityContext");
    set_int(e, REQUIRE, m, context, "runAsUser", user);
    set_int(e, REQUIRE, m, context, "runAsGroup", user);
    set_false(e, DEFAULT, m, context, "allowPrivilegeEscalation");
}

/* The images of others keep what they came with. */
static bool is_our_image(const Part *part) {
    Str image = map_text(part->workload->tree, part->container, S("image"));
    return part->id == DOVECOT_SUBMISSION ||
           component_of_image(image, config_get(part->instance->config, "images.registry")) == part->id;
}

void ensure_security(Ensure *e) {
    Part *part = e->part;
    Manifest *m = part->workload;
    if (!is_our_image(part))
        return;
    Node *own = map_get(m->tree, part->container, S("securityContext"));
    must_not(e, own, "readOnlyRootFilesystem");
    if (part->component->run_as) {
        run_as(e, part->component->run_as);
    } else {
        run_as_root(e, own);
        run_as_root(e, map_get(m->tree, part->pod, S("securityContext")));
    }
    const Node *host = map_get(m->tree, part->pod, S("hostNetwork"));
    if (!is_scalar(host) || !str_is(host->text, "true"))
        return;
    if (part->id == FRONT) /* its listeners have no TLS: on the node's address they would be exposed to the internet */
        set_false(e, REQUIRE, m, part->pod, "hostNetwork");
    else
        warn(e, WARN_HOST_NETWORK, m, host, "the pod uses its node's network: no NetworkPolicy applies to it");
}

/* front faces the internet, and does not need Mailu's key. The others have a reference to it. */
void ensure_no_key_at_front(Ensure *e) {
    e->part = part_of(e->instance, FRONT);
    if (e->part && is_on(e)) {
        Manifest *m = e->part->workload;
        Node *list = map_get(m->tree, e->part->container, S("env"));
        remove_item(e, REQUIRE, m, list, item_with(m->tree, list, "name", S("SECRET_KEY")));
    }
    e->part = NULL;
}
