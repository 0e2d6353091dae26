#include "report.h"

#include "traffic.h"

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

static bool is_drawn(const Flows *flows, int end) {
    for (size_t i = 0; i < flows->n; i++)
        if (flows->at[i].from == end || flows->at[i].to == end)
            return true;
    return false;
}

typedef struct Drawing {
    const char *begin, *end;
    void (*node)(Buf *out, Str id, const char *name);
    void (*edge)(Buf *out, Str from, Str to, const Flow *flow);
} Drawing;

static void mermaid_node(Buf *out, Str id, const char *name) {
    buf_format(out, "  %.*s[%s]\n", F(id), name);
}

static void mermaid_edge(Buf *out, Str from, Str to, const Flow *flow) {
    buf_format(out, "  %.*s -->|\"%d %s\"| %.*s\n", F(from), flow->port, flow->purpose, F(to));
}

static void dot_node(Buf *out, Str id, const char *name) {
    buf_format(out, "  %.*s [label=\"%s\"];\n", F(id), name);
}

static void dot_edge(Buf *out, Str from, Str to, const Flow *flow) {
    buf_format(out, "  %.*s -> %.*s [label=\"%d %s\"];\n", F(from), F(to), flow->port, flow->purpose);
}

static void draw(Model *model, const Drawing *drawing, Buf *out) {
    buf_add(out, str(drawing->begin));
    for (size_t i = 0; i < model->instances.n; i++) {
        Flows flows = flows_of(model, model->instances.at[i]);
        for (int end = 0; end < PEERS; end++)
            if (is_drawn(&flows, end))
                drawing->node(out, identifier(model, i, end), end_name(end));
        for (size_t j = 0; j < flows.n; j++)
            drawing->edge(out, identifier(model, i, flows.at[j].from), identifier(model, i, flows.at[j].to),
                          &flows.at[j]);
    }
    buf_add(out, str(drawing->end));
}

void report_mermaid(Model *model, Buf *out) {
    draw(model, &(Drawing){"flowchart LR\n", "", mermaid_node, mermaid_edge}, out);
}

void report_dot(Model *model, Buf *out) {
    draw(model, &(Drawing){"digraph mailu {\n  rankdir=LR;\n  node [shape=box];\n", "}\n", dot_node, dot_edge}, out);
}
