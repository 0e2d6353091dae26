/* Random edits of random documents, of the golden cases and of real streams, each compared with the oracle (trial.h).
 */
#include "tests/tests.h"
#include "tests/trial.h"
#include "yaml/source.h"

#include <glob.h>
#include <stdio.h>

/* ---- the verdict ---- */

static void check_data(Trial *trial, Str output, bool by_libfyaml) {
    Str trouble = {0};
    const Datum *data = by_libfyaml ? data_by_libfyaml(trial->arena, output, &trouble)
                                    : data_by_libyaml(trial->arena, output, &trouble);
    if (trouble.n) {
        trial_fails(trial, "the output can't be read", trouble);
    } else if (!data_same(data, trial->data)) {
        Buf said = {.arena = trial->arena};
        data_print(&said, data, 0);
        buf_add(&said, S("but it is meant to say:\n"));
        data_print(&said, trial->data, 0);
        trial_fails(trial,
                    by_libfyaml ? "to libfyaml the output says:" : "to libyaml the output says:", buf_str(&said));
    }
}

/* Every line that belongs to no edit is there, in order. */
static void check_lines(Trial *trial, Str output) {
    Str rest = without_bom(output);
    if ((rest.n == output.n) != (without_bom(trial->source).n == trial->source.n))
        trial_fails(trial, "the byte order mark is missing", S(""));
    for (size_t i = 0; i < trial->lines.n; i++) {
        Str line = trial->lines.at[i];
        bool ends = line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r';
        if (trial->free_line[i])
            continue;
        for (;;) {
            if (!rest.n) {
                trial_fails(trial, "a line outside the edits is missing:", line);
                return;
            }
            Str found = trial_cut_line(&rest);
            if (str_eq(found, line) || (!ends && str_eq(str_head(found, line_end(found, 0)), line)))
                break;
        }
    }
}

static size_t occurrences(Str text, Str needle) {
    size_t n = 0;
    for (ptrdiff_t at; (at = str_find(text, needle)) >= 0; n++)
        text = str_skip(text, (size_t)at + needle.n);
    return n;
}

static bool is_filling(const Trial *trial, size_t line) {
    return !str_trim(trial->lines.at[line]).n || trial_comment(trial->lines.at[line]).n;
}

/* Whether a comment is on a line of its own between two entries that were removed. */
static bool is_between_gone(const Trial *trial, size_t line) {
    size_t above = line, below = line;
    while (above > 0 && !trial->gone[above] && is_filling(trial, above))
        above--;
    while (below + 1 < trial->lines.n && !trial->gone[below] && is_filling(trial, below))
        below++;
    return trial->gone[above] && trial->gone[below];
}

static void check_comments(Trial *trial, Str output) {
    for (size_t i = 0; i < trial->lines.n; i++) {
        Str rest = trial->lines.at[i];
        ptrdiff_t at = str_find(rest, S("#c"));
        size_t n = 2;
        if (at < 0 || trial->text[i])
            continue;
        Str name = str_skip(rest, (size_t)at);
        while (n < name.n && name.p[n] >= '0' && name.p[n] <= '9')
            n++;
        name = str_format(trial->arena, "%.*s ", F(str_head(name, n)));
        size_t there = n > 2 ? occurrences(output, name) : 1;
        if (there > 1 || (there == 0 && !trial->lost[i] && !is_between_gone(trial, i)))
            trial_fails(trial, there ? "a comment is there twice:" : "a comment is missing:", name);
    }
}

static void check_splices(Trial *trial) {
    Splices splices = edit_splices(trial->arena, &trial->tree);
    size_t at = 0;
    for (size_t i = 0; i < splices.n; i++) {
        const Splice *splice = &splices.at[i];
        if (splice->at < at || splice->at + splice->remove > trial->source.n)
            trial_fails(trial, "splices overlap", splice->text);
        at = splice->at + splice->remove;
    }
}

/* Whether a list ends with a "-" alone. From 0.9.6 on libfyaml refuses that where the list is not indented ("a:\n-\n"),
 * though it is YAML; an edit may remove what came after it. */
static bool has_empty_last_item(Str output) {
    size_t dash = SIZE_MAX; /* the column of the item above, when it is empty */
    while (output.n) {
        Str line = trial_cut_line(&output), text = str_trim(line);
        if (!text.n || text.p[0] == '#' || str_is(text, "..."))
            continue;
        size_t indent = leading_spaces(line);
        if (dash != SIZE_MAX && (indent < dash || (indent == dash && text.p[0] != '-')))
            return true;
        ptrdiff_t comment = str_find(text, S(" #"));
        text = comment < 0 ? text : str_trim(str_head(text, (size_t)comment));
        dash = str_is(text, "-") || str_ends(text, S(" -")) ? indent + text.n - 1 : SIZE_MAX;
    }
    return dash != SIZE_MAX;
}

static void judge(Trial *trial, bool by_libfyaml) {
    check_splices(trial);
    if (trial->trouble)
        return;
    Str output = edit_render(trial->arena, &trial->tree);
    check_data(trial, output, false);
    if (by_libfyaml && !has_empty_last_item(output))
        check_data(trial, output, true);
    check_lines(trial, output);
    check_comments(trial, output);
    if (trial->trouble)
        trial->detail = str_format(trial->arena, "%.*s\n--- output ---\n%.*s", F(trial->detail), F(output));
}

static void survey(Trial *trial, Datum *datum);

static void survey_entry(Trial *trial, Datum *datum) {
    if (datum->key)
        survey(trial, datum->key);
    survey(trial, datum);
}

/* Notes the aliases and the block scalars of the source. */
static void survey(Trial *trial, Datum *datum) {
    trial->block_scalars |= datum->block_scalar;
    for (size_t i = datum->value_line + 1; datum->block_scalar && i <= datum->last_line; i++)
        trial->text[i] = true;
    if (datum->anchored) {
        *PUSH(trial->arena, &trial->aliases) = datum;
        return;
    }
    for (size_t i = 0; i < datum->children.n; i++)
        survey_entry(trial, datum->children.at[i]);
}

/* libfyaml 0.7.12 takes the line after an empty block scalar in a sequence for its text, and crashes over some
 * collections that are keys. */
static bool misleads_libfyaml(const Datum *datum) {
    if (datum->block_scalar && str_trim(datum->text).n == 0)
        return true;
    for (size_t i = 0; i < datum->children.n; i++) {
        const Datum *child = datum->children.at[i];
        if ((child->key && child->key->kind != DATUM_SCALAR) || misleads_libfyaml(child))
            return true;
    }
    return false;
}

/* Whether libfyaml reads the source as libyaml does, and so has a say in the output. */
static bool asks_libfyaml(const Trial *trial) {
    Str trouble;
    if (misleads_libfyaml(trial->data))
        return false;
    const Datum *data = data_by_libfyaml(trial->arena, trial->source, &trouble);
    return !trouble.n && data_same(trial->data, data);
}

typedef struct Tally {
    size_t tried, skipped, unsure;
} Tally;

static void try_edits(Trial *trial, size_t count, Tally *tally) {
    Str trouble;
    TreeError error = {0};
    trial->log = (Buf){.arena = trial->arena};
    trial->data = data_by_libyaml(trial->arena, trial->source, &trouble);
    bool read = tree_parse(trial->arena, trial->source, &trial->tree, &error);
    if (read == (trouble.n > 0))
        trial_fails(trial, "tree_parse and libyaml do not agree", error.message);
    if (!read || !trial->data || !datum_is_collection(trial->data)) {
        tally->skipped++;
        return;
    }
    bool by_libfyaml = asks_libfyaml(trial);
    tally->unsure += !by_libfyaml;
    tally->tried++;
    for (Str rest = without_bom(trial->source); rest.n;)
        *PUSH(trial->arena, &trial->lines) = trial_cut_line(&rest);
    trial->free_line = NEW_ARRAY(trial->arena, bool, trial->lines.n + 1);
    trial->lost = NEW_ARRAY(trial->arena, bool, trial->lines.n + 1);
    trial->gone = NEW_ARRAY(trial->arena, bool, trial->lines.n + 1);
    trial->text = NEW_ARRAY(trial->arena, bool, trial->lines.n + 1);
    survey(trial, trial->data);
    for (size_t i = 0; i < count; i++)
        trial_edit(trial);
    judge(trial, by_libfyaml);
}

static void show(const char *title, Str text) {
    fprintf(stderr, "--- %s\n", title);
    fwrite(text.p, 1, text.n, stderr);
    fputc('\n', stderr);
}

static void report(const Trial *trial, uint64_t seed, size_t round) {
    show("found", trial->detail);
    show("source", trial->source);
    show("edits", buf_str(&trial->log));
    fail_msg("SEED=%llu, round %zu: %s", (unsigned long long)seed, round, trial->trouble);
}

static void edits_generated_documents(void **state) {
    uint64_t seed = test_seed(20240601);
    size_t rounds = test_rounds(20000);
    Tally tally = {0};
    Arena *arena = test_arena();
    (void)state;
    for (size_t round = 0; round < rounds; round++) {
        ArenaMark mark = arena_mark(arena);
        Random random = random_of(seed, round);
        Trial trial = {.arena = arena, .random = &random};
        trial.source = generate_document(arena, &random, 1 + random_below(&random, 1 + round % 40));
        try_edits(&trial, 1 + random_below(&random, 1 + round % 5), &tally);
        if (trial.trouble)
            report(&trial, seed, round);
        arena_rewind(arena, mark);
    }
    if (tally.skipped > 10 + rounds / 10 || tally.unsure > 10 + rounds / 10)
        fail_msg("of %zu documents %zu were none, and libfyaml did not read %zu as libyaml did", rounds, tally.skipped,
                 tally.unsure);
    test_arena_done(arena);
}

/* Takes the first document off `*stream`. */
static Str cut_document(Str *stream) {
    ptrdiff_t marker = str_find(*stream, S("\n---"));
    size_t n = marker < 0 ? stream->n : (size_t)marker + 1;
    Str document = str_head(*stream, n);
    *stream = str_skip(*stream, n);
    return document;
}

static void edit_file(Arena *arena, const char *path, uint64_t seed, size_t rounds) {
    ArenaMark whole = arena_mark(arena);
    Str stream = test_file(arena, path);
    Tally tally = {0};
    for (size_t round = 0; stream.n;) {
        Str document = cut_document(&stream);
        TreeError error;
        for (size_t i = 0; i < rounds; i++) {
            ArenaMark mark = arena_mark(arena);
            Random random = random_of(seed, ++round);
            Trial trial = {.arena = arena, .random = &random, .source = document};
            if (tree_parse(arena, document, &trial.tree, &error))
                try_edits(&trial, 1 + random_below(&random, 5), &tally);
            if (trial.trouble)
                report(&trial, seed, round);
            arena_rewind(arena, mark);
        }
    }
    arena_rewind(arena, whole);
}

static void edits_files(const char *pattern, size_t rounds) {
    glob_t files;
    Arena *arena = test_arena();
    if (glob(pattern, 0, NULL, &files) == GLOB_NOMATCH) {
        print_message("%s is not there\n", pattern);
        test_arena_done(arena);
        skip();
    }
    for (size_t i = 0; i < files.gl_pathc; i++)
        edit_file(arena, files.gl_pathv[i], test_seed(1) + i, test_rounds(rounds));
    globfree(&files);
    test_arena_done(arena);
}

static void edits_golden_cases(void **state) {
    (void)state;
    edits_files("testdata/*/input.yaml", 2);
}

static void edits_real_streams(void **state) {
    (void)state;
    edits_files("../shared/real/*.yaml", 10);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(edits_generated_documents),
    cmocka_unit_test(edits_golden_cases),
    cmocka_unit_test(edits_real_streams),
};
SUITE(edit_oracle, tests);
