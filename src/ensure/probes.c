/* Liveness and readiness: of the type the specification names, on a port that exists. */
#include "ensure/ensure.h"

static const char *const handlers[] = {[PROBE_TCP] = "tcpSocket", [PROBE_HTTP] = "httpGet", [PROBE_EXEC] = "exec"};

static bool is_on_port(const Part *part, Node *handler, int port) {
    return container_port_at(part, part->workload->tree, handler, "port") == port;
}

/* `["echo", "PING", "|", "nc", ...]` runs echo, with a '|' among its words, and so never fails. */
static bool can_fail(Tree *tree, Node *exec) {
    Node *command = map_get(tree, exec, S("command"));
    EACH_ITEM(word, tree, command)
        if (is_scalar(word) && str_is(word->text, "|"))
            return false;
    return is_sequence(command);
}

static bool is_as_specified(const Part *part, Node *probe) {
    Tree *tree = part->workload->tree;
    const Probe *wanted = &part->component->probe;
    Node *handler = map_get(tree, probe, str(handlers[wanted->type]));
    if (!handler)
        return false;
    switch (wanted->type) {
    case PROBE_TCP:
        return is_on_port(part, handler, wanted->port);
    case PROBE_HTTP: /* any path may do, but webmail answers without a login on only one */
        return is_on_port(part, handler, wanted->port) &&
               (part->id != WEBMAIL || str_is(map_text(tree, handler, S("path")), wanted->path));
    case PROBE_EXEC:
        return can_fail(tree, handler);
    }
    return false;
}

static const char *const all_handlers[] = {"exec", "httpGet", "tcpSocket", "grpc"};

/* The list of probe types leaves fetchmail and webdav out: any probe of theirs will do. */
static bool may_stay(const Part *part, Node *probe) {
    bool any = false;
    for (size_t i = 0; i < COUNT(all_handlers); i++)
        any |= map_get(part->workload->tree, probe, str(all_handlers[i])) != NULL;
    return any && (part->id == FETCHMAIL || part->id == WEBDAV);
}

static Node *handler_for(Arena *arena, const Probe *wanted) {
    switch (wanted->type) {
    case PROBE_TCP:
        return build(arena, "{port:%d}", wanted->port);
    case PROBE_HTTP:
        return build(arena, "{path:%s,port:%d}", wanted->path, wanted->port);
    case PROBE_EXEC:
        break;
    }
    return build(arena, "{command:[sh,-c,%s]}", wanted->command);
}

static void replace_handler(Ensure *e, Manifest *m, Node *probe) {
    const Probe *wanted = &e->part->component->probe;
    for (size_t i = 0; i < COUNT(all_handlers); i++) {
        if (!str_is(str(all_handlers[i]), handlers[wanted->type]))
            remove_node(e, REQUIRE, m, map_get(m->tree, probe, str(all_handlers[i])));
    }
    set_value(e, REQUIRE, m, probe, handlers[wanted->type], handler_for(e->arena, wanted));
}

static void ensure_probe(Ensure *e, const char *key, int delay, int period, int timeout) {
    Part *part = e->part;
    Manifest *m = part->workload;
    Node *probe = mapping_at(e, m, part->container, key);
    Strength timing = DEFAULT;
    if (!may_stay(part, probe) && !is_as_specified(part, probe)) {
        replace_handler(e, m, probe);
        timing = REQUIRE; /* the old delays were for the old probe: ClamAV's would kill it while it loads */
    }
    set_int(e, timing, m, probe, "initialDelaySeconds", delay);
    set_int(e, timing, m, probe, "periodSeconds", period);
    set_int(e, timing, m, probe, "timeoutSeconds", timeout);
    set_int(e, timing, m, probe, "failureThreshold", PROBE_FAILURES);
}

void ensure_probes(Ensure *e) {
    Part *part = e->part;
    Manifest *m = part->workload;
    const Probe *wanted = &part->component->probe;
    ensure_probe(e, "livenessProbe", wanted->liveness_delay, LIVENESS_PERIOD, LIVENESS_TIMEOUT);
    ensure_probe(e, "readinessProbe", wanted->readiness_delay, READINESS_PERIOD, READINESS_TIMEOUT);
    /* The specification has no startup probes; they stay. But front's asks for a dovecot that no longer runs there. */
    Node *startup = map_get(m->tree, part->container, S("startupProbe"));
    if (part->id == FRONT && is_mapping(startup) && !is_as_specified(part, startup))
        replace_handler(e, m, startup);
    if (part->added && wanted->startup)
        set_value(e, DEFAULT, m, part->container, "startupProbe",
                  build(e->arena, "{%s:%n,periodSeconds:%d,timeoutSeconds:%d,failureThreshold:%d}",
                        handlers[wanted->type], handler_for(e->arena, wanted), STARTUP_PERIOD, STARTUP_TIMEOUT,
                        wanted->startup / STARTUP_PERIOD));
}
