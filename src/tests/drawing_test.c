/* The drawing of --graph=mermaid, held against the table of the policies. */
#include "tests/policy_table.h"
#include "tests/tests.h"

/* Takes `text` off `*rest`; false when it is not there. */
static bool take(Str *rest, const char *text) {
    bool there = str_starts(*rest, str(text));
    if (there)
        *rest = str_skip(*rest, strlen(text));
    return there;
}

/* "m0_dovecot_submission": letters, digits and "_" alone, so no language takes it for something else. */
static int take_end(Str *rest) {
    Str id = {rest->p, 0};
    while (id.n < rest->n && (id.p[id.n] == '_' || (id.p[id.n] >= 'a' && id.p[id.n] <= 'z')))
        id.n++;
    *rest = str_skip(*rest, id.n);
    for (int end = 0; end < PEERS; end++) {
        char name[32] = "";
        strncpy(name, end_name(end), sizeof name - 1);
        for (char *c = name; *c; c++)
            *c = *c == '-' ? '_' : *c;
        if (str_is(id, name))
            return end;
    }
    return ENDS;
}

/* Text in quotation marks, as a name or a label is: nothing in it is special to Mermaid. */
static bool take_quoted(Str *rest, Str *text) {
    ptrdiff_t end = take(rest, "\"") ? str_find_char(*rest, '"') : -1;
    if (end < 0)
        return false;
    *text = str_head(*rest, (size_t)end);
    *rest = str_skip(*rest, (size_t)end + 1);
    for (size_t i = 0; i < text->n; i++)
        if (strchr("#<>&`\\|", text->p[i]))
            return false;
    return true;
}

/* Whether the table has a row of those ends and that port for a Mailu that has them. */
static bool has_row(const World *world, int from, int to, const char *protocol, int port) {
    for (size_t i = 0; i < policy_table_rows; i++) {
        const Party *component =
            world_party(world, 0, policy_table[i].from < COMPONENTS ? policy_table[i].from : policy_table[i].to);
        if (policy_table[i].from == from && policy_table[i].to == to && component &&
            row_has_port(world, i, component, protocol, port))
            return true;
    }
    return false;
}

/* A line `m0_front -->|"8080 auth_http"| m0_admin`, which has to be a row of the policy_table. */
static bool is_edge(const World *world, Str line, size_t *edges_drawn) {
    Str label, ending = {0};
    int port, from, to;
    if (!take(&line, "  m0_"))
        return false;
    from = take_end(&line);
    if (!take(&line, " -->|") || !take_quoted(&line, &label) || !take(&line, "| m0_"))
        return false;
    to = take_end(&line);
    if (from == PEER_INTERNET && to == PEER_TRAEFIK) /* the entry points, which no policy is about */
        return line.n == 0;
    while (label.n) {
        Str group = str_trim(str_cut(&label, ';')); /* "80, 443 signatures" */
        for (bool more = true; more; ++*edges_drawn) {
            Str word = str_cut(&group, ' ');
            more = str_ends(word, S(","));
            ending = more ? str_head(word, word.n - 1) : word;
            Str number = str_cut(&ending, '/');
            if (!str_to_int(number, &port) || !has_row(world, from, to, ending.n ? "UDP" : "TCP", port))
                return false;
        }
    }
    return line.n == 0;
}

static bool is_node(Str line) {
    Str name;
    int end = take(&line, "    m0_") ? take_end(&line) : ENDS;
    return end < ENDS && take(&line, "[") && take_quoted(&line, &name) && str_is(name, end_name(end)) &&
           str_is(line, "]");
}

static bool is_frame(Str line) {
    Str title;
    return str_is(line, "  end") || (take(&line, "  subgraph m0[") && take_quoted(&line, &title) && str_is(line, "]"));
}

/* Whether the end of a row is there, for a component that is. */
static bool has_end(const World *world, const Party *component, int end) {
    Str networks = party_variable(world, component, "RELAYNETS");
    if (end == PEER_TRAEFIK || end == PEER_INTERNET || world_party(world, 0, end))
        return true;
    return end == PEER_RELAY_NETWORKS ? networks.n : server_for(world, component, end).used;
}

/* Each line of the Mermaid drawing is one of its grammar that the program uses, and together its arrows are the
 * policy_table.
 */
void drawing_check(const World *world, Str drawing) {
    size_t drawn = 0, rows = 0;
    assert_str_equal(str_cut(&drawing, '\n'), S("flowchart LR"));
    while (drawing.n) {
        Str line = str_cut(&drawing, '\n');
        if (!str_starts(line, S("  %% ")) && !is_frame(line) && !is_node(line) && !is_edge(world, line, &drawn))
            fail_msg("not a line of this flowchart: %.*s", F(line));
    }
    for (size_t i = 0; i < policy_table_rows; i++) {
        const Party *component =
            world_party(world, 0, policy_table[i].from < COMPONENTS ? policy_table[i].from : policy_table[i].to);
        rows += component && has_end(world, component, policy_table[i].from) &&
                has_end(world, component, policy_table[i].to) && row_port(world, i, component);
    }
    assert_int_equal(drawn, rows);
}
