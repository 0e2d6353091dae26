#include "transform.h"

#include "config/find.h"
#include "ensure/ensure.h"
#include "model/batches.h"
#include "model/discover.h"
#include "model/mirror.h"
#include "report/findings.h"
#include "report/report.h"

/* ---- what goes in ---- */

static bool read_config(Arena *arena, const Request *request, Outcome *o) {
    config_init(&o->config, arena);
    config_init(&o->empty_config, arena);
    return !request->has_config ||
           config_read(&o->config, arena, request->config_name, request->config, &o->diagnostics);
}

static bool finish_config(const Request *request, Outcome *o) {
    for (size_t i = 0; i < request->set_count; i++)
        config_set(&o->config, request->sets[i], &o->diagnostics);
    bool valid = config_check(&o->config, &o->diagnostics) && !o->diagnostics.errors;
    if (valid)
        o->diagnostics.accepted = config_accepts(&o->config);
    return valid;
}

/* A whole Mailu is created when run as a generator or with --generate. Otherwise empty input is an error: the command
 * before the pipe may have failed. */
static bool has_something_to_do(const Request *request, Outcome *o) {
    bool nothing = !has_manifests(&o->stream);
    o->model.generates =
        request->generate == GENERATE || (nothing && (request->generate == GENERATE_FROM_NOTHING || o->is_function));
    if (nothing && !o->model.generates)
        diag_add(
            &o->diagnostics, ERROR,
            "found no manifests, expected some: did the command before the pipe fail? (--generate makes a whole Mailu "
            "from nothing)")
            ->source = S("stdin");
    return !o->diagnostics.errors;
}

static bool take_input(Arena *arena, const Request *request, Outcome *o) {
    bool config = read_config(arena, request, o);
    if (!stream_read(arena, &o->workers, request->stream, &o->stream, &o->diagnostics) || !config)
        return false;
    stream_check(arena, &o->stream, &o->diagnostics);
    o->is_function = config_find(arena, &o->stream, request->set_count > 0, &o->config, &o->diagnostics);
    return finish_config(request, o) && has_something_to_do(request, o);
}

/* ---- what happens to it ---- */

static void edit_batch(Outcome *o, const Batch *batch) {
    Model *model = &o->model;
    discover_load(model, documents_of(model->arena, &o->stream, batch), batch->count);
    discover(model);
    if (o->diagnostics.errors)
        return;
    ensure_all(model);
    verify_touched(model);
    if (o->diagnostics.errors)
        return;
    diag_tidy(&o->diagnostics);
    if (model->keep_history)
        find_findings(model);
    if (o->stream.form == FORM_RESOURCE_LIST)
        report_results(model);
    stream_write(&o->stream, &o->diagnostics);
}

/* Frees a batch that is done, except for what the reports need. */
static void finish_batch(Outcome *o, ArenaMark mark) {
    Model *model = &o->model;
    for (size_t i = 0; i < model->instances.n && model->keep_history; i++)
        *PUSH(model->arena, &model->all_instances) = model->instances.at[i];
    memset(&model->instances, 0, sizeof model->instances);
    stream_unload(&o->stream, !model->keep_history);
    if (model->keep_history)
        return;
    for (size_t w = 1; w < o->workers.count; w++)
        arena_rewind(&o->workers.at[w].scratch, (ArenaMark){0});
    arena_rewind(&o->workers.at[0].scratch, mark);
}

static void tell_no_mailu(Outcome *o, bool is_needed) {
    Str text = why_no_mailu(o->diagnostics.arena, &o->stream);
    Diagnostics *diagnostics = &o->diagnostics;
    bool is_error = is_needed && !(diagnostics->accepted & ACCEPTED(WARN_NO_MAILU));
    Diagnostic *f = is_error ? diag_add(diagnostics, ERROR, "%.*s", F(text))
                             : diag_warn(diagnostics, WARN_NO_MAILU, "%.*s", F(text));
    f->source = S("stdin");
}

static void edit_stream(Arena *arena, const Request *request, Outcome *o, Buf *summary) {
    Batches batches = make_batches(arena, &o->stream, &o->config, o->model.generates);
    size_t mailus = 0;
    if (batches.n == 0) /* no documents, but a config may ask for a Mailu */
        *PUSH(arena, &batches) = (Batch){0};
    for (size_t i = 0; i < batches.n && !o->diagnostics.errors; i++) {
        ArenaMark mark = arena_mark(&o->workers.at[0].scratch);
        edit_batch(o, &batches.at[i]);
        mailus += o->model.instances.n;
        report_summary(&o->model, summary);
        finish_batch(o, mark);
    }
    o->model.instances = o->model.all_instances;
    if (!mailus && !o->diagnostics.errors)
        tell_no_mailu(o, request->needs_mailu);
}

/* ---- what comes out ---- */

static void finish_output(Arena *arena, Str summary, Outcome *o) {
    o->summary = summary;
    o->chunks = stream_chunks(arena, &o->stream);
    o->changed = o->stream.added.n > 0;
    for (size_t i = 0; i < o->stream.count; i++) {
        const Document *document = stream_document(&o->stream, i);
        o->changed |= document->dropped || document->written.n;
    }
    o->ok = true;
}

static void run_pipeline(Arena *arena, const Request *request, Outcome *o) {
    Buf summary = {.arena = arena};
    if (!take_input(arena, request, o))
        return;
    if (!is_hooks_only(arena, &o->stream))
        edit_stream(arena, request, o, &summary);
    if (request->strict && o->diagnostics.warnings)
        diag_add(&o->diagnostics, ERROR, "--strict: the warnings count as errors");
    if (!o->diagnostics.errors)
        finish_output(arena, buf_str(&summary), o);
}

bool transform(Arena *arena, const Request *request, Outcome *outcome) {
    jmp_buf here;
    jmp_buf *outer = arena->no_memory;
    size_t workers = request->stream.n < SMALL_STREAM ? 1 : MOST_WORKERS; /* or starting them costs what they save */
    *outcome = (Outcome){.diagnostics = {.arena = arena}};
    workers_init(&outcome->workers, workers, &here);
    outcome->model = (Model){.arena = &outcome->workers.at[0].scratch,
                             .stream = &outcome->stream,
                             .config = &outcome->config,
                             .empty_config = &outcome->empty_config,
                             .diagnostics = &outcome->diagnostics,
                             .keep_history = request->keep_history};
    arena->no_memory = &here;
    if (setjmp(here) == 0) {
        run_pipeline(arena, request, outcome);
    } else {
        outcome->ok = false;
        outcome->out_of_memory = true;
    }
    diag_tidy(&outcome->diagnostics);
    arena->no_memory = outer;
    workers_jump(&outcome->workers, outer);
    return outcome->ok;
}

void transform_done(Outcome *outcome) {
    workers_free(&outcome->workers);
}
