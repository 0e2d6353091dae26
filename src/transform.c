#include "transform.h"

#include "edit.h"
#include "ensure/ensure.h"
#include "report.h"

/* ---- the config ---- */

static void take_config(Outcome *o, Tree *tree, Node *root, const Document *document) {
    if (o->config.given) {
        Fault *f = fault(&o->faults, FAULT, "a second config, expected one (the first is %.*s)", F(o->config.source));
        fault_place(f, S("stdin"), o->stream.text, (size_t)(document->text.p - o->stream.text.p) + root->start);
        return;
    }
    config_take(&o->config, tree, root, S("stdin"), o->stream.text, (size_t)(document->text.p - o->stream.text.p),
                &o->faults);
}

/* Config documents leave the stream; the functionConfig of a ResourceList is its orchestrator's and stays. */
static void find_config(Outcome *o) {
    for (size_t i = 0; i < o->stream.manifests.n; i++) {
        Manifest *m = o->stream.manifests.at[i];
        if (m->kind != KIND_CONFIG)
            continue;
        take_config(o, m->tree, m->root, m->document);
        if (m->root->parent)
            edit_remove(m->tree, m->root);
        else
            m->document->dropped = true;
    }
    if (o->stream.form != FORM_RESOURCE_LIST)
        return;
    const Manifest *list = o->stream.list;
    Node *config = map_get(list->tree, list->root, S("functionConfig"));
    if (!node_is_null(config))
        take_config(o, list->tree, config, list->document);
}

static bool read_config(Arena *arena, const Request *request, Outcome *o) {
    config_init(&o->config, arena);
    config_init(&o->silence, arena);
    if (request->has_config && !config_read(&o->config, arena, request->config_name, request->config, &o->faults))
        return false;
    return true;
}

static bool finish_config(const Request *request, Outcome *o) {
    find_config(o);
    for (size_t i = 0; i < request->set_count; i++)
        config_set(&o->config, request->sets[i], &o->faults);
    return config_check(&o->config, &o->faults);
}

/* ---- what has to hold of every manifest that was touched ---- */

static void check_twins(Outcome *o, const Manifest *m) {
    for (size_t i = 0; i < o->stream.manifests.n; i++) {
        const Manifest *twin = o->stream.manifests.at[i];
        if (twin != m && twin->kind == m->kind && str_eq(twin->name, m->name) &&
            str_eq(twin->namespace, m->namespace) && str_eq(twin->kind_name, m->kind_name)) {
            stream_place(&o->stream, twin->added ? m : twin, NULL,
                         fault(&o->faults, FAULT, "stands in the stream twice, expected once"));
            return;
        }
    }
}

static void check_keys(Outcome *o, const Manifest *m, Node *node, int depth) {
    if (node->kind != MAPPING && node->kind != SEQUENCE)
        return;
    for (Node *child = node_first(node); child && depth <= MAX_DEPTH; child = node_next(child)) {
        for (const Node *twin = child->key ? node_first(node) : child; twin != child; twin = node_next(twin))
            if (str_eq(twin->key->text, child->key->text) && !str_is(twin->key->text, "<<"))
                stream_place(&o->stream, m, child, fault(&o->faults, FAULT, "a key that stands twice in its mapping"));
        check_keys(o, m, child, depth + 1);
    }
}

static void check_touched(Outcome *o) {
    const Manifest *last = NULL;
    for (size_t i = 0; i < o->model.changes.n; i++) {
        const Manifest *m = o->model.changes.at[i].manifest;
        bool seen = m == last;
        for (size_t j = 0; j < i && !seen; j++)
            seen = o->model.changes.at[j].manifest == m;
        last = m;
        if (seen)
            continue;
        check_twins(o, m);
        if (!m->added)
            check_keys(o, m, m->root, 0);
    }
    for (const Document *d = o->stream.first; d; d = d->next)
        if (d->tree && d->tree->alias_nodes >= MAX_ALIAS_NODES)
            fault_place(fault(&o->faults, FAULT, "its aliases stand for more than %d nodes", MAX_ALIAS_NODES),
                        S("stdin"), o->stream.text, (size_t)(d->text.p - o->stream.text.p));
    if (o->config.tree.alias_nodes >= MAX_ALIAS_NODES)
        fault(&o->faults, FAULT, "its aliases stand for more than %d nodes", MAX_ALIAS_NODES)->source =
            o->config.source;
}

/* Helm may hand over a release's hooks in a run of their own: what would be added there would be there twice. */
static bool is_hooks_only(const Stream *stream) {
    for (size_t i = 0; i < stream->manifests.n; i++)
        if (!stream->manifests.at[i]->hook && stream->manifests.at[i]->kind != KIND_CONFIG)
            return false;
    return stream->manifests.n > 0;
}

/* ---- the work ---- */

static void work(Arena *arena, const Request *request, Outcome *o) {
    if (!read_config(arena, request, o) | !stream_read(arena, request->stream, &o->stream, &o->faults))
        return;
    bool hooks = is_hooks_only(&o->stream);
    if (!finish_config(request, o))
        return;
    if (!hooks) {
        discover(&o->model);
        if (o->faults.errors)
            return;
        if (o->model.instances.n == 0)
            fault(&o->faults, WARNING, "found no Mailu in the stream and no config: nothing to do");
        ensure_all(&o->model);
    }
    check_touched(o);
    if (request->strict && o->faults.warnings)
        fault(&o->faults, FAULT, "--strict: the warnings count as errors");
    if (o->faults.errors)
        return;
    if (o->stream.form == FORM_RESOURCE_LIST)
        report_results(&o->model);
    o->ok = stream_write(arena, &o->stream, &o->pieces, &o->faults);
    o->changed = o->model.changes.n > 0;
    for (const Document *d = o->stream.first; d; d = d->next)
        o->changed |= d->dropped || (d->tree && edit_touched(d->tree));
}

bool transform(Arena *arena, const Request *request, Outcome *outcome) {
    jmp_buf here;
    jmp_buf *outer = arena->no_memory;
    *outcome = (Outcome){.faults = {.arena = arena}};
    outcome->model = (Model){.arena = arena,
                             .stream = &outcome->stream,
                             .config = &outcome->config,
                             .silence = &outcome->silence,
                             .faults = &outcome->faults};
    arena->no_memory = &here;
    if (setjmp(here) == 0) {
        work(arena, request, outcome);
    } else {
        outcome->ok = false;
        outcome->unread = true;
    }
    arena->no_memory = outer;
    return outcome->ok;
}
