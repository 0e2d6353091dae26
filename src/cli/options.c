#include "cli/options.h"

#include "base/suggest.h"
#include "cli/table.h"
#include "config/config.h"
#include "report/report.h"
#include "yaml/libraries.h"

#include <getopt.h>

typedef struct CommandLine {
    Arena *arena;
    Options *options;
    Str *trouble;
    const char *mode; /* the option that gave the mode */
} CommandLine;

static bool refuse(CommandLine *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(CommandLine *p, const char *format, ...) {
    Buf text = {.arena = p->arena};
    va_list args;
    va_start(args, format);
    buf_add_safely(&text, str_vformat(p->arena, format, args));
    va_end(args);
    *p->trouble = buf_str(&text);
    return false;
}

static bool take_text(CommandLine *p, Str text) {
    p->options->mode = MODE_TEXT;
    p->options->text = text;
    return true;
}

/* Only one mode can write to stdout. */
static bool take_mode(CommandLine *p, const Option *o, Mode mode) {
    if (p->mode && p->options->mode != mode)
        return refuse(p, "--%s: found after --%s, expected only one of the two", o->name, p->mode);
    p->mode = o->name;
    p->options->mode = mode;
    return true;
}

static bool take_explain(CommandLine *p, Str field) {
    Str text;
    if (!config_explain(p->arena, field, &text))
        return refuse(p, "--explain: %.*s", F(text));
    return take_text(p, text);
}

static bool take_config(CommandLine *p, const char *path) {
    if (path[0] == '=')
        return refuse(p, "--set: found spaces around '=', expected one word: --set domain=example.com");
    if (p->options->mode == MODE_PLAN && is_choice(S("json|short"), str(path)))
        return refuse(p, "--plan %s: expected --plan=%s", path, path);
    if (p->options->config)
        return refuse(p, "%s: found a second config, expected one: the first is %s", path, p->options->config);
    if (!path[0])
        return refuse(p, "found an empty name, expected a config file");
    p->options->config = path;
    return true;
}

static Str version(Arena *arena) {
    Str libraries = yaml_libraries(arena);
    return str_format(arena, PROGRAM " " VERSION " (%.*s)\n", F(libraries));
}

static Str schema_called(Arena *arena, Str name) {
    if (str_is(name, "plan"))
        return report_plan_schema();
    return str_is(name, "markdown") ? config_reference(arena) : config_schema(arena);
}

/* One option with its argument, which has been checked; NULL when there is none. */
static bool take(CommandLine *p, const Option *o, const char *argument) {
    Options *options = p->options;
    switch (o->id) {
    case OPT_CONFIG:
        return take_config(p, argument);
    case OPT_SET:
        *PUSH(p->arena, &options->sets) = str(argument);
        return true;
    case OPT_INPUT:
        *PUSH(p->arena, &options->inputs) = argument;
        return argument[0] || refuse(p, "--filename: found an empty name, expected a file");
    case OPT_OUTPUT:
        if (options->output)
            return refuse(p, "--output: found %s after %s, expected one file", argument, options->output);
        options->output = argument;
        return argument[0] || refuse(p, "--output: found an empty name, expected a file");
    case OPT_EXPLAIN:
        return take_explain(p, str(argument));
    case OPT_CHECK:
        return take_mode(p, o, MODE_CHECK);
    case OPT_DIFF:
        return take_mode(p, o, MODE_DIFF);
    case OPT_PLAN:
        return take_mode(p, o,
                         !argument                       ? MODE_PLAN
                         : str_is(str(argument), "json") ? MODE_PLAN_JSON
                                                         : MODE_PLAN_SHORT);
    case OPT_GRAPH:
        return take_mode(p, o, str_is(str(argument), "dot") ? MODE_DOT : MODE_MERMAID);
    case OPT_GENERATE:
        options->from_nothing = argument != NULL;
        options->generate = !argument;
        return true;
    case OPT_STRICT:
        return options->strict = true;
    case OPT_QUIET:
        return options->quiet = true;
    case OPT_PRINT_CONFIG:
        return take_mode(p, o, MODE_PRINT_CONFIG);
    case OPT_PRINT_SCHEMA:
        return take_text(p, schema_called(p->arena, str(argument)));
    case OPT_COMPLETION:
        return take_text(p, completion_script(p->arena, str(argument)));
    case OPT_MAN:
        return take_text(p, manual_text(p->arena));
    case OPT_HELP:
        return take_text(p, help_text(p->arena));
    default:
        return take_text(p, version(p->arena));
    }
}

static const Option *option_of(int id) {
    const Option *o = option_table;
    while (o->name && o->id != id)
        o++;
    return o->name ? o : NULL;
}

static bool is_argument(const Option *o, const char *argument) {
    return !argument || !takes_choice(o) || is_choice(str(o->argument), str(argument));
}

/* Options of Helm and kubectl, and what to use here instead. */
static const struct {
    const char *name, *answer;
} others[] = {
    {"dry-run",
     "a run never changes the cluster: --diff shows what it would print, --plan why, and --check sets the exit code"},
    {"values", "a chart's values are Helm's: helm template NAME CHART -f VALUES; the config is -c FILE"},
    {"namespace", "--set namespace=NAME"},
    {"kustomize", "kubectl kustomize DIRECTORY prints what to read on stdin"},
    {"recursive", "-f FILE for each file"},
};

/* A long option that is unknown, or an ambiguous prefix. */
static bool refuse_name(CommandLine *p, Str name) {
    Buf names = {.arena = p->arena}, meant = {.arena = p->arena};
    for (const Option *o = option_table; o->name; o++) {
        buf_format(&names, "%s%s", names.n ? "|" : "", o->name);
        if (str_starts(str(o->name), name))
            buf_format(&meant, "%s--%s", meant.n ? "|" : "", o->name);
    }
    for (size_t i = 0; i < COUNT(others); i++)
        if (str_is(name, others[i].name))
            return refuse(p, "--%.*s: no such option: %s", F(name), others[i].answer);
    if (meant.n) {
        Str either = choices_text(p->arena, buf_str(&meant));
        return refuse(p, "--%.*s: could be %.*s", F(name), F(either));
    }
    Str near = choice_suggestion(buf_str(&names), name);
    return near.n ? refuse(p, "--%.*s: no such option, did you mean --%.*s?", F(name), F(near))
                  : refuse(p, "--%.*s: no such option; see --help", F(name));
}

/* What getopt did not accept: `id` is what it returned, `word` what it read last. */
static bool refuse_word(CommandLine *p, int id, const char *word) {
    const Option *known = option_of(optopt);
    if (id == ':')
        return refuse(p, "--%s: needs a value: %s", known->name, known->argument);
    if (known)
        return refuse(p, "--%s: found a value, expected none", known->name);
    if (optopt)
        return refuse(p, "-%c: no such option; see --help", optopt);
    Str rest = str_skip(str(word), 2);
    return refuse_name(p, str_cut(&rest, '='));
}

static bool parse_options(CommandLine *p, int argc, char **argv) {
    LIST(struct option) longs = {0};
    for (const Option *o = option_table; o->name; o++) {
        int has = !o->argument ? no_argument : o->optional ? optional_argument : required_argument;
        *PUSH(p->arena, &longs) = (struct option){o->name, has, NULL, o->id};
    }
    (void)PUSH(p->arena, &longs); /* the end, all zero */
    opterr = 0;
    optind = 0; /* start again: a test may have called this before */
    for (int id; (id = getopt_long(argc, argv, ":c:f:o:qhV", longs.at, NULL)) != -1;) {
        if (id == '?' || id == ':')
            return refuse_word(p, id, argv[optind - 1]);
        const Option *o = option_of(id);
        Str words = choices_text(p->arena, str(o->argument));
        if (!is_argument(o, optarg))
            return refuse(p, "--%s: found \"%s\", expected %.*s", o->name, optarg, F(words));
        if (!take(p, o, optarg))
            return false;
        if (p->options->mode == MODE_TEXT)
            return true;
    }
    for (; optind < argc; optind++)
        if (!take_config(p, argv[optind]))
            return false;
    return true;
}

bool options_parse(Arena *arena, int argc, char **argv, Options *options, Str *trouble) {
    *options = (Options){0};
    return parse_options(&(CommandLine){arena, options, trouble, NULL}, argc, argv);
}
