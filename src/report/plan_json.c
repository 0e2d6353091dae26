/* --plan=json: the plan for programs. Every key is always there, so that a reader need not check: what does not exist
 * is null or empty. plan_schema.json, which --print-schema=plan prints, says what each means; a change that could break
 * a reader raises formatVersion. */
#include "report/findings.h"
#include "report/report.h"

#include "yaml/build.h"
#include "yaml/edit.h"

#include "plan_schema_data.h" /* made by the Makefile */

enum { FORMAT_VERSION = 1 };

Str report_plan_schema(void) {
    return (Str){(const char *)plan_schema_json_data, sizeof plan_schema_json_data};
}

static const char *const strengths[] = {[REQUIRE] = "require", [DEFAULT] = "default", [SET] = "set"};
static const char *const actions[] = {[ADDED] = "added", [CHANGED] = "changed", [REMOVED] = "removed"};
static const char *const origins[] = {
    [ORIGIN_DEFAULT] = "default", [ORIGIN_STREAM] = "stream", [ORIGIN_CONFIG] = "config"};
static const char *const restarts[] = {
    [NO_RESTART] = "no", [STARTS] = "starts", [RESTARTS] = "restarts", [RESTART_BY_HAND] = "by hand"};
static const char *const severities[] = {[NOTE] = "note", [WARNING] = "warning", [ERROR] = "error"};

static Node *null_node(Arena *arena) {
    return new_plain(arena, S("null"));
}

static Node *manifest_node(Arena *arena, const Manifest *m) {
    return m ? build(arena, "{apiVersion:%S,kind:%S,name:%S,namespace:%S}", m->api_version, m->kind_name, m->name,
                     m->namespace)
             : null_node(arena);
}

static Node *text_or_null(Arena *arena, Str text) {
    return text.n ? new_string(arena, text) : null_node(arena);
}

/* The complete old or new value; of an item, only its name if nothing else is known. */
static Node *changed_value(Arena *arena, const Node *node, Str text) {
    return node ? json_copy(arena, node) : text_or_null(arena, text);
}

static Node *change_node(Arena *arena, const Change *c) {
    const Reason *reason = reason_of(arena, c);
    return build(arena,
                 "{action:%s,manifest:%n,path:%S,from:%n,to:%n,aspect:%s,strength:%s,component:%n,reason:%s,hole:%n}",
                 actions[c->action], manifest_node(arena, c->manifest), c->path, changed_value(arena, c->old, c->from),
                 changed_value(arena, c->value, c->to), aspects[c->aspect], strengths[c->strength],
                 text_or_null(arena, c->part ? str(c->part->component->name) : S("")), reason->text,
                 text_or_null(arena, str(holes[reason->hole].name)));
}

static Node *settings_node(Arena *arena, const Instance *instance) {
    Node *list = new_collection(arena, SEQUENCE);
    for (size_t i = 0; i < instance->shown_settings.n; i++) {
        const ShownSetting *s = &instance->shown_settings.at[i];
        node_add(list, build(arena, "{name:%s,value:%n,origin:%s,foundIn:%n}", s->name, text_or_null(arena, s->value),
                             origins[s->origin], manifest_node(arena, s->found_in)));
    }
    return list;
}

static Node *components_node(Arena *arena, const Instance *instance) {
    Node *list = new_collection(arena, SEQUENCE);
    for (ComponentId id = 0; id < COMPONENTS; id++) {
        const Part *part = &instance->parts[id];
        node_add(list, build(arena, "{component:%s,state:%s,restart:%s,workload:%n,service:%n}", part->component->name,
                             part_state(part), restarts[restart_of(instance, part)],
                             manifest_node(arena, part->workload), manifest_node(arena, part->service)));
    }
    return list;
}

static Node *expected_node(Arena *arena, const Instance *instance) {
    ExpectedList expected = instance->findings->expected;
    Node *list = new_collection(arena, SEQUENCE);
    for (size_t i = 0; i < expected.n; i++)
        node_add(list,
                 build(arena, "{kind:%s,name:%S,usedBy:%S,optional:%n}", expected.at[i].kind, expected.at[i].name,
                       expected.at[i].used_by, new_plain(arena, expected.at[i].optional ? S("true") : S("false"))));
    return list;
}

static Node *lines_node(Arena *arena, Strs lines) {
    Node *list = new_collection(arena, SEQUENCE);
    for (size_t i = 0; i < lines.n; i++)
        node_add(list, new_string(arena, lines.at[i]));
    return list;
}

static Node *holes_node(Arena *arena, const Instance *instance) {
    ClosedHoles closed = closed_holes_of(arena, instance);
    Node *list = new_collection(arena, SEQUENCE);
    for (Hole hole = NO_HOLE + 1; hole < HOLES; hole++)
        if (closed.closed[hole])
            node_add(list,
                     build(arena, "{name:%s,title:%s,what:%s}", holes[hole].name, holes[hole].title, holes[hole].what));
    return list;
}

static Node *mailu_node(const Model *model, const Instance *instance) {
    Arena *arena = model->arena;
    Node *changes = new_collection(arena, SEQUENCE);
    for (size_t i = 0; i < instance->changes.n; i++)
        node_add(changes, change_node(arena, &instance->changes.at[i]));
    return build(arena,
                 "{name:%S,namespace:%S,settings:%n,certificate:%n,entryPoints:%n,components:%n,expected:%n,"
                 "reachable:%n,noLongerReachable:%n,usersOfFront:%n,dnsRecords:%n,suggestions:%n,holes:%n,changes:%n}",
                 instance->prefix, instance->target_namespace, settings_node(arena, instance),
                 text_or_null(arena, instance->findings->certificate),
                 text_or_null(arena, instance->findings->entry_points), components_node(arena, instance),
                 expected_node(arena, instance), lines_node(arena, instance->findings->reachable),
                 lines_node(arena, instance->findings->no_longer_reachable),
                 lines_node(arena, instance->findings->users_of_front), lines_node(arena, instance->dns_records),
                 lines_node(arena, instance->suggestions), holes_node(arena, instance), changes);
}

static Node *warning_node(Arena *arena, const Diagnostic *f) {
    return build(arena, "{severity:%s,name:%n,source:%n,line:%d,column:%d,resource:%n,path:%n,message:%S}",
                 severities[f->severity], text_or_null(arena, str(f->name)), text_or_null(arena, f->source),
                 (int)f->line, (int)f->column, text_or_null(arena, f->resource), text_or_null(arena, f->path),
                 f->message);
}

void report_plan_json(const Model *model, Buf *out) {
    Arena *arena = model->arena;
    Node *mailus = new_collection(arena, SEQUENCE), *warnings_list = new_collection(arena, SEQUENCE);
    for (size_t i = 0; i < model->instances.n; i++)
        node_add(mailus, mailu_node(model, model->instances.at[i]));
    for (size_t i = 0; i < model->diagnostics->list.n; i++)
        node_add(warnings_list, warning_node(arena, &model->diagnostics->list.at[i]));
    Tree tree = {.arena = arena,
                 .root =
                     build(arena, "{formatVersion:%d,mailus:%n,warnings:%n}", FORMAT_VERSION, mailus, warnings_list),
                 .step = 2,
                 .json = true};
    buf_add(out, edit_render(arena, &tree));
}
