/* --plan: what a reader needs to decide, in this order: the settings, the effects, what was unsafe, and then each
 * change with its reason. */
#include "report/findings.h"
#include "report/report.h"

#include "yaml/edit.h"

typedef struct Plan {
    const Model *model;
    const Instance *instance;
    Buf *out;
    const char *bold, *red, *green, *yellow, *dim, *plain; /* empty where there is no terminal */
} Plan;

static void heading(Plan *p, const char *text) {
    buf_format(p->out, "\n%s%s%s\n", p->bold, text, p->plain);
}

/* Two spaces, `text`, and spaces up to `width`. */
static void column(Buf *out, Str text, size_t width) {
    buf_add(out, S("  "));
    buf_add_safely(out, text);
    buf_fill(out, ' ', text.n < width ? width - text.n : 0);
}

/* ---- the summary ---- */

static void print_setting(Plan *p, const char *name, Str value, Str from) {
    column(p->out, str(name), 24);
    column(p->out, value.n ? value : S("-"), from.n ? 26 : 0);
    if (from.n)
        column(p->out, from, 0);
    buf_char(p->out, '\n');
}

static Str origin_of(Arena *arena, const ShownSetting *s) {
    if (s->origin == ORIGIN_CONFIG)
        return S("config");
    if (s->origin == ORIGIN_STREAM && s->found_in)
        return manifest_label(arena, s->found_in);
    return s->value.n ? S("default") : S("not set");
}

static void print_settings(Plan *p) {
    const Instance *instance = p->instance;
    heading(p, "Settings");
    for (size_t i = 0; i < instance->shown_settings.n; i++) {
        const ShownSetting *s = &instance->shown_settings.at[i];
        print_setting(p, s->name, s->value, origin_of(p->model->arena, s));
    }
    print_setting(p, "certificate (Secret)", instance->findings->certificate, S(""));
    print_setting(p, "Traefik's entry points", instance->findings->entry_points, S(""));
}

static const char *const restarts[] = {
    [NO_RESTART] = "",
    [STARTS] = "starts",
    [RESTARTS] = "restarts",
    [RESTART_BY_HAND] = "restart by hand",
};

static void print_components(Plan *p) {
    bool by_hand = false;
    heading(p, "Components");
    for (ComponentId id = 0; id < COMPONENTS; id++) {
        const Part *part = &p->instance->parts[id];
        Restart restart = restart_of(p->instance, part);
        by_hand |= restart == RESTART_BY_HAND;
        buf_format(p->out, "  %-20s%-8s", part->component->name, part_state(part));
        if (part->workload) {
            buf_format(p->out, "%-17s", restarts[restart]);
            buf_add_safely(p->out, manifest_label(p->model->arena, part->workload));
        }
        buf_char(p->out, '\n');
    }
    if (by_hand)
        buf_add(
            p->out,
            S("  A component to restart by hand reads an environment that changes, while its pod template does not:\n"
              "  kubectl rollout restart.\n"));
}

static void print_expected(Plan *p) {
    ExpectedList list = p->instance->findings->expected;
    if (list.n)
        heading(p, "Must exist in the cluster, since the stream does not have it");
    for (size_t i = 0; i < list.n; i++) {
        const Expected *e = &list.at[i];
        column(p->out, str_format(p->model->arena, "%s/%.*s%s", e->kind, F(e->name), e->optional ? " (optional)" : ""),
               36);
        buf_add(p->out, S("  for "));
        buf_add_safely(p->out, e->used_by);
        buf_char(p->out, '\n');
    }
}

static void print_list(Plan *p, const char *title, const Strs *lines) {
    if (lines->n)
        heading(p, title);
    for (size_t i = 0; i < lines->n; i++) {
        column(p->out, lines->at[i], 0);
        buf_char(p->out, '\n');
    }
}

static void print_holes(Plan *p) {
    ClosedHoles closed = closed_holes_of(p->model->arena, p->instance);
    bool headed = false;
    for (Hole hole = NO_HOLE + 1; hole < HOLES; hole++) {
        if (!closed.closed[hole])
            continue;
        if (!headed)
            heading(p, "Holes that this closes");
        headed = true;
        buf_format(p->out, "  %s%s%s\n      %s\n", p->yellow, holes[hole].title, p->plain, holes[hole].what);
    }
}

/* ---- the changes ---- */

/* A scalar as it is, anything else in one line of JSON. */
static Str shown(Plan *p, Str text, const Node *node) {
    Arena *arena = p->model->arena;
    if (!node || is_scalar(node))
        return text;
    Tree tree = {.arena = arena, .root = json_copy(arena, node), .step = 2, .json = true, .one_line = true};
    return str_trim(edit_render(arena, &tree));
}

/* "spec.template." is what most paths start with, and takes a seventh of the line. */
static void print_path(Plan *p, const Change *c) {
    Str pod = S("spec.template.");
    bool in_pod = c->manifest->kind == KIND_WORKLOAD && str_starts(c->path, pod);
    if (in_pod)
        buf_add(p->out, S("pod."));
    buf_add_safely(p->out, in_pod ? str_skip(c->path, pod.n) : c->path);
}

static void print_change(Plan *p, const Change *c) {
    static const char signs[] = {[ADDED] = '+', [CHANGED] = '~', [REMOVED] = '-'};
    const char *colours[] = {[ADDED] = p->green, [CHANGED] = p->yellow, [REMOVED] = p->red};
    Str from = shown(p, c->from, c->old), to = shown(p, c->to, c->value);
    buf_format(p->out, "    %s%c%s ", colours[c->action], signs[c->action], p->plain);
    print_path(p, c);
    if (from.n || to.n)
        buf_add(p->out, S(": "));
    buf_add_safely(p->out, from);
    if (c->action == CHANGED)
        buf_add(p->out, S(" -> "));
    buf_add_safely(p->out, to);
    if (c->strength == SET)
        buf_format(p->out, "%s (config)%s", p->dim, p->plain);
    buf_char(p->out, '\n');
}

typedef LIST(const Change *) Picked;

/* The changes, those of the same reason together, in the order in which the reasons come first. */
static void print_by_reason(Plan *p, const Picked *picked, void (*print)(Plan *p, const Change *c)) {
    Arena *arena = p->model->arena;
    const Reason **why = NEW_ARRAY(arena, const Reason *, picked->n); /* NULL when the change is printed */
    for (size_t i = 0; i < picked->n; i++)
        why[i] = reason_of(arena, picked->at[i]);
    for (size_t i = 0; i < picked->n; i++) {
        const Reason *reason = why[i];
        if (!reason)
            continue;
        buf_format(p->out, "  %s%s: %s%s\n", p->dim, aspects[picked->at[i]->aspect], reason->text, p->plain);
        for (size_t j = i; j < picked->n; j++)
            if (why[j] == reason) {
                print(p, picked->at[j]);
                why[j] = NULL;
            }
    }
}

static void print_edits(Plan *p, const Manifest *m) {
    Picked picked = {0};
    const ChangeList *changes = &p->instance->changes;
    for (size_t i = 0; i < changes->n; i++)
        if (changes->at[i].manifest == m)
            *PUSH(p->model->arena, &picked) = &changes->at[i];
    buf_format(p->out, "\n%s", p->bold);
    buf_add_safely(p->out, manifest_label(p->model->arena, m));
    buf_format(p->out, "%s\n", p->plain);
    print_by_reason(p, &picked, print_change);
}

static void print_added(Plan *p, const Change *c) {
    buf_format(p->out, "    %s+%s ", p->green, p->plain);
    buf_add_safely(p->out, manifest_label(p->model->arena, c->manifest));
    buf_char(p->out, '\n');
}

static bool is_first_of_manifest(const ChangeList *changes, size_t i) {
    for (size_t j = 0; j < i; j++)
        if (changes->at[j].manifest == changes->at[i].manifest)
            return false;
    return true;
}

static void print_changes(Plan *p) {
    const ChangeList *changes = &p->instance->changes;
    Picked added = {0};
    for (size_t i = 0; i < changes->n; i++) {
        if (changes->at[i].manifest->added)
            *PUSH(p->model->arena, &added) = &changes->at[i];
        else if (is_first_of_manifest(changes, i))
            print_edits(p, changes->at[i].manifest);
    }
    if (added.n)
        heading(p, "Added manifests");
    print_by_reason(p, &added, print_added);
}

static void print_counts(Plan *p) {
    Buf text = {.arena = p->model->arena};
    report_counts(p->instance, &text);
    heading(p, str_format(p->model->arena, "Changes: %.*s", F(buf_str(&text))).p);
}

static void print_mailu(Plan *p, bool with_changes) {
    const Findings *f = p->instance->findings;
    buf_format(p->out, "%sMailu %.*s in namespace %.*s%s\n", p->bold, F(p->instance->prefix),
               F(p->instance->target_namespace), p->plain);
    print_settings(p);
    print_components(p);
    print_expected(p);
    print_list(p, "Reachable from the internet through Traefik", &f->reachable);
    print_list(p, "No longer reachable", &f->no_longer_reachable);
    print_list(p, "DNS records to publish", &p->instance->dns_records);
    print_list(p, "The config might say", &p->instance->suggestions);
    print_list(p,
               "Name front's Service: give them a login on the public host name, or their networks in mailu.relayNets",
               &f->users_of_front);
    print_holes(p);
    print_counts(p);
    if (with_changes)
        print_changes(p);
}

void report_plan(const Model *model, bool with_changes, bool colour, Buf *out) {
    Plan p = colour ? (Plan){model, NULL, out, "\033[1m", "\033[31m", "\033[32m", "\033[33m", "\033[2m", "\033[0m"}
                    : (Plan){model, NULL, out, "", "", "", "", "", ""};
    if (model->instances.n == 0)
        buf_add(out, S("no Mailu\n"));
    for (size_t i = 0; i < model->instances.n; i++) {
        p.instance = model->instances.at[i];
        buf_add(out, i ? S("\n\n") : S(""));
        print_mailu(&p, with_changes);
    }
}
