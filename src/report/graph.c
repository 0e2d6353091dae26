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

/* A component is drawn when it is there, though nobody may talk to it; who is none, when somebody does. */
static bool is_drawn(Instance *instance, const Flows *flows, int end) {
    if (end < COMPONENTS && part_of(instance, (ComponentId)end))
        return true;
    for (size_t i = 0; i < flows->n; i++)
        if (flows->at[i].from == end || flows->at[i].to == end)
            return true;
    return false;
}

/* ---- languages ---- */

/* A frame stands around the components of one Mailu. The names in its title are such as Kubernetes takes, so nothing in
 * them could end a string. */
typedef struct Language {
    const char *begin, *end;
    void (*frame)(Buf *out, size_t instance, Str title);
    const char *frame_end;
    void (*node)(Buf *out, Str id, const char *name);
    void (*edge)(Buf *out, Str from, Str to, const Flow *flow);
} Language;

static void mermaid_frame(Buf *out, size_t instance, Str title) {
    buf_format(out, "  subgraph m%zu[\"%.*s\"]\n", instance, F(title));
}

static void mermaid_node(Buf *out, Str id, const char *name) {
    buf_format(out, "    %.*s[\"%s\"]\n", F(id), name);
}

static void mermaid_edge(Buf *out, Str from, Str to, const Flow *flow) {
    buf_format(out, "  %.*s -->|\"%d%s %s\"| %.*s\n", F(from), flow->port, flow->protocol == UDP ? "/UDP" : "",
               flow->purpose, F(to));
}

static const Language mermaid = {
    .begin = "flowchart LR\n  %% Besides, each component may ask DNS (53, 5353).\n",
    .end = "",
    .frame = mermaid_frame,
    .frame_end = "  end\n",
    .node = mermaid_node,
    .edge = mermaid_edge,
};

static void dot_frame(Buf *out, size_t instance, Str title) {
    buf_format(out, "  subgraph cluster_m%zu {\n    label=\"%.*s\";\n", instance, F(title));
}

static void dot_node(Buf *out, Str id, const char *name) {
    buf_format(out, "    %.*s [label=\"%s\"];\n", F(id), name);
}

static void dot_edge(Buf *out, Str from, Str to, const Flow *flow) {
    buf_format(out, "  %.*s -> %.*s [label=\"%d%s %s\"];\n", F(from), F(to), flow->port,
               flow->protocol == UDP ? "/UDP" : "", flow->purpose);
}

static const Language dot = {
    .begin =
        "digraph mailu {\n  // Besides, each component may ask DNS (53, 5353).\n  rankdir=LR;\n  node [shape=box];\n",
    .end = "}\n",
    .frame = dot_frame,
    .frame_end = "  }\n",
    .node = dot_node,
    .edge = dot_edge,
};

/* ---- drawing ---- */

static void draw_nodes(Model *model, const Language *language, size_t i, const Flows *flows, int first, int last,
                       Buf *out) {
    for (int end = first; end < last; end++)
        if (is_drawn(model->instances.at[i], flows, end))
            language->node(out, identifier(model, i, end), end_name(end));
}

static void draw(Model *model, const Language *language, Buf *out) {
    buf_add(out, str(language->begin));
    for (size_t i = 0; i < model->instances.n; i++) {
        Instance *instance = model->instances.at[i];
        Flows flows = flows_of(model, instance);
        language->frame(
            out, i,
            str_format(model->arena, "%.*s in namespace %.*s", F(instance->prefix), F(instance->target_namespace)));
        draw_nodes(model, language, i, &flows, 0, COMPONENTS, out);
        buf_add(out, str(language->frame_end));
        draw_nodes(model, language, i, &flows, COMPONENTS, PEERS, out);
        for (size_t j = 0; j < flows.n; j++)
            language->edge(out, identifier(model, i, flows.at[j].from), identifier(model, i, flows.at[j].to),
                           &flows.at[j]);
    }
    buf_add(out, str(language->end));
}

void report_mermaid(Model *model, Buf *out) {
    draw(model, &mermaid, out);
}

void report_dot(Model *model, Buf *out) {
    draw(model, &dot, out);
}
