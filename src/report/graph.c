#include "report/report.h"

#include "model/traffic.h"

/* ---- what is drawn ---- */

static const char *end_name(int end) {
    return end < COMPONENTS ? components[end].name : peer_names[end];
}

/* The name as an identifier of the drawing's language. */
static Str identifier(Model *model, size_t instance, int end) {
    Str id = str_format(model->arena, "m%zu_%s", instance, end_name(end));
    char *p = NEW_ARRAY(model->arena, char, id.n);
    for (size_t i = 0; i < id.n; i++)
        p[i] = id.p[i] == '-' ? '_' : id.p[i];
    return (Str){p, id.n};
}

/* A component is drawn if it exists, even without connections; anything else only with connections. */
static bool is_drawn(Instance *instance, const Flows *flows, int end) {
    if (end < COMPONENTS && part_of(instance, (ComponentId)end))
        return true;
    for (size_t i = 0; i < flows->n; i++)
        if (flows->at[i].from == end || flows->at[i].to == end)
            return true;
    return false;
}

/* ---- languages ---- */

/* A frame surrounds the components of one Mailu. The names in its title are such as Kubernetes takes, so nothing in
 * them could end a string. "%0" and so on are what each needs: of a frame its number and title, of a node its
 * identifier and name, of an edge its ends and label. */
typedef struct Language {
    const char *begin, *end, *frame, *frame_end, *node, *edge;
} Language;

static const Language mermaid = {
    .begin = "flowchart LR\n  %% In addition, each component may query DNS (53, 5353).\n",
    .end = "",
    .frame = "  subgraph m%0[\"%1\"]\n",
    .frame_end = "  end\n",
    .node = "    %0[\"%1\"]\n",
    .edge = "  %0 -->|\"%2\"| %1\n",
};

static const Language dot = {
    .begin = "digraph mailu {\n  // In addition, each component may query DNS (53, 5353).\n  rankdir=LR;\n  node "
             "[shape=box];\n",
    .end = "}\n",
    .frame = "  subgraph cluster_m%0 {\n    label=\"%1\";\n",
    .frame_end = "  }\n",
    .node = "    %0 [label=\"%1\"];\n",
    .edge = "  %0 -> %1 [label=\"%2\"];\n",
};

static void fill(Buf *out, const char *template, Str first, Str second, Str third) {
    const Str values[] = {first, second, third};
    for (const char *c = template; *c; c++)
        if (*c == '%')
            buf_add(out, values[*++c - '0']);
        else
            buf_char(out, *c);
}

/* ---- drawing ---- */

/* Whether the end came with the stream, and so is in Mailu's namespace. */
static bool is_inside(const Flows *flows, int end) {
    for (size_t i = 0; i < flows->n; i++)
        if (flows->at[i].to == end && flows->at[i].server)
            return true;
    return end < COMPONENTS;
}

static void draw_nodes(Model *model, const Language *language, size_t i, const Flows *flows, bool inside, Buf *out) {
    for (int end = 0; end < PEERS; end++)
        if (is_inside(flows, end) == inside && is_drawn(model->instances.at[i], flows, end))
            fill(out, language->node, identifier(model, i, end), str(end_name(end)), S(""));
}

static bool is_same_pair(const Flow *a, const Flow *b) {
    return a->from == b->from && a->to == b->to;
}

/* "25 delivery; 80, 443 signatures": all ports between one pair, those of one purpose together. */
static Str edge_label(Model *model, const Flows *flows, size_t first) {
    Buf out = {.arena = model->arena};
    const Flow *before = NULL;
    for (size_t i = first; i < flows->n; i++) {
        const Flow *f = &flows->at[i], *next = NULL;
        if (!is_same_pair(f, &flows->at[first]))
            continue;
        for (size_t j = i + 1; j < flows->n && !next; j++)
            next = is_same_pair(f, &flows->at[j]) ? &flows->at[j] : NULL;
        bool goes_on = before && str_is(str(before->purpose), f->purpose);
        buf_format(&out, "%s%d%s", !before ? "" : goes_on ? ", " : "; ", f->port, f->protocol == UDP ? "/UDP" : "");
        if (!next || !str_is(str(next->purpose), f->purpose))
            buf_format(&out, " %s", f->purpose);
        before = f;
    }
    return buf_str(&out);
}

static void draw_edges(Model *model, const Language *language, size_t instance, const Flows *flows, Buf *out) {
    for (size_t i = 0; i < flows->n; i++) {
        const Flow *f = &flows->at[i];
        bool drawn = false;
        for (size_t j = 0; j < i && !drawn; j++)
            drawn = is_same_pair(&flows->at[j], f);
        if (!drawn)
            fill(out, language->edge, identifier(model, instance, f->from), identifier(model, instance, f->to),
                 edge_label(model, flows, i));
    }
}

/* What the internet connects to: Traefik's entry points, by their names. */
static void draw_entry_points(Model *model, const Language *language, size_t i, Buf *out) {
    Config *config = model->instances.at[i]->config;
    Buf label = {.arena = model->arena};
    if (!routes_traefik(config))
        return;
    for (size_t r = 0; r < ROUTES; r++) {
        if (!wants_route(model->instances.at[i], &routes[r]))
            continue;
        Str field = str_format(model->arena, "ingress.traefik.entryPoints.%s", routes[r].entry_point);
        buf_format(&label, "%d %.*s, ", routes[r].port, F(config_get(config, field.p)));
    }
    buf_format(&label, "443 %.*s", F(config_get(config, "ingress.traefik.entryPoints.websecure")));
    fill(out, language->edge, identifier(model, i, PEER_INTERNET), identifier(model, i, PEER_TRAEFIK), buf_str(&label));
}

void report_graph(Model *model, bool in_dot, Buf *out) {
    const Language *language = in_dot ? &dot : &mermaid;
    buf_add(out, str(language->begin));
    for (size_t i = 0; i < model->instances.n; i++) {
        Instance *instance = model->instances.at[i];
        Flows flows = flows_of(model, instance);
        fill(out, language->frame, str_format(model->arena, "%zu", i),
             str_format(model->arena, "%.*s in namespace %.*s", F(instance->prefix), F(instance->target_namespace)),
             S(""));
        draw_nodes(model, language, i, &flows, true, out);
        buf_add(out, str(language->frame_end));
        draw_nodes(model, language, i, &flows, false, out);
        draw_entry_points(model, language, i, out);
        draw_edges(model, language, i, &flows, out);
    }
    buf_add(out, str(language->end));
}
