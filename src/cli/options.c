#include "cli/options.h"

#include "config/config.h"
#include "config/fields.h"
#include "report/report.h"
#include "yaml/libraries.h"

#include <getopt.h>

typedef struct Option {
    char letter; /* 0: none */
    const char *name, *argument;
    bool optional; /* whether the argument may be left out */
    const char *help;
} Option;

enum {
    OPT_CONFIG = 'c',
    OPT_INPUT = 'f',
    OPT_OUTPUT = 'o',
    OPT_QUIET = 'q',
    OPT_HELP = 'h',
    OPT_VERSION = 'V',
    OPT_SET = 256,
    OPT_CHECK,
    OPT_DIFF,
    OPT_PLAN,
    OPT_GRAPH,
    OPT_STRICT,
    OPT_GENERATE,
    OPT_PRINT_CONFIG,
    OPT_PRINT_SCHEMA,
    OPT_COMPLETION,
    OPT_EXPLAIN,
    OPT_MAN
};

static const struct {
    int id;
    Option option;
} table[] = {
    {OPT_CONFIG, {'c', "config", "FILE", false, "read the config (kind Mailu) from FILE"}},
    {OPT_INPUT, {'f', "filename", "FILE", false, "read manifests from FILE, several times for more"}},
    {OPT_OUTPUT, {'o', "output", "FILE", false, "write to FILE, all of it or nothing"}},
    {OPT_SET, {0, "set", "PATH=VALUE", false, "set a field of the config: domain=example.com"}},
    {OPT_CHECK, {0, "check", NULL, false, "write nothing; exit 1 if anything would change"}},
    {OPT_DIFF, {0, "diff", NULL, false, "write a unified diff instead; exit 1 if there is any"}},
    {OPT_PLAN, {0, "plan", "short|json", true, "explain what would change, and why"}},
    {OPT_GRAPH, {0, "graph", "mermaid|dot", false, "draw who talks to whom, on which port"}},
    {OPT_GENERATE, {0, "generate", "from-nothing", true, "create a complete Mailu if there is none"}},
    {OPT_STRICT, {0, "strict", NULL, false, "treat warnings as errors"}},
    {OPT_QUIET, {'q', "quiet", NULL, false, "no summary on stderr"}},
    {OPT_EXPLAIN, {0, "explain", "FIELD", false, "explain a field of the config, such as storage"}},
    {OPT_PRINT_CONFIG, {0, "print-config", NULL, false, "print the config, its defaults as comments"}},
    {OPT_PRINT_SCHEMA,
     {0, "print-schema", "json|markdown|plan", true, "print the schema of the config, or of --plan=json"}},
    {OPT_COMPLETION, {0, "completion", "bash|zsh|fish", false, "print a completion script"}},
    {OPT_MAN, {0, "man", NULL, false, "print the manual page"}},
    {OPT_HELP, {'h', "help", NULL, false, "print this help"}},
    {OPT_VERSION, {'V', "version", NULL, false, "print the version, and those of the YAML libraries"}},
};

static const char about[] = "Reads Kubernetes manifests from stdin, corrects the Mailu mail server in them,\n"
                            "and writes them to stdout. Everything else stays as it is, byte for byte.\n";

static const char examples[] = "  helm install mailu mailu/mailu --post-renderer " PROGRAM "\n"
                               "  helm template mailu mailu/mailu | " PROGRAM " --diff\n"
                               "  cat *.yaml | " PROGRAM " -c mailu.yaml | kubectl apply -f -\n";

static const char exit_codes[] = "  0  done\n"
                                 "  1  --check or --diff found a difference\n"
                                 "  2  invalid input, config or command line, or a failed read or write: stderr\n"
                                 "     says why, and nothing was written to stdout (unless that write failed)\n";

static Str spelling(Arena *arena, const Option *o) {
    Str argument = S("");
    if (o->argument)
        argument = o->optional ? str_format(arena, "[=%s]", o->argument) : str_format(arena, "=%s", o->argument);
    return o->letter ? str_format(arena, "-%c, --%s%.*s", o->letter, o->name, F(argument))
                     : str_format(arena, "    --%s%.*s", o->name, F(argument));
}

enum { HELP_COLUMN = 26 };

static Str help(Arena *arena) {
    Buf out = {.arena = arena};
    buf_format(&out, "Usage: %s [OPTION]... [CONFIG] <MANIFESTS >MANIFESTS\n\n%s\n", PROGRAM, about);
    for (size_t i = 0; i < COUNT(table); i++) {
        Str left = spelling(arena, &table[i].option);
        if (left.n + 2 > HELP_COLUMN) /* its help goes on a line of its own */
            buf_format(&out, "  %.*s\n%*s%s\n", F(left), HELP_COLUMN + 2, "", table[i].option.help);
        else
            buf_format(&out, "  %.*s%*s%s\n", F(left), HELP_COLUMN - (int)left.n, "", table[i].option.help);
    }
    buf_format(&out,
               "\nA stream with the official chart's ConfigMap needs no config.\n\nExamples:\n%s\nExit codes:\n%s",
               examples, exit_codes);
    return buf_str(&out);
}

/* ---- manual page and completions ---- */

/* roff takes '-' for a hyphen and a leading '.' for a command. */
static void roff(Buf *out, Str text) {
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '-' || text.p[i] == '\\')
            buf_char(out, '\\');
        if (text.p[i] == '.' && (i == 0 || text.p[i - 1] == '\n'))
            buf_add(out, S("\\&"));
        buf_char(out, text.p[i]);
    }
}

static const char about_config[] =
    "The config comes from -c, the only argument, functionConfig, or a document of the stream. Settings that it "
    "leaves\n"
    "out are taken from the manifests, else from the defaults. --set overrides the config, and the last one wins: "
    "text\n"
    "is taken literally, list items are separated by commas, anything else is YAML; a dot inside a key is written "
    "with\n"
    "a backslash before it. These are the fields of its spec:\n";

static void manual_of_config(Arena *arena, Buf *out) {
    roff(out, str(about_config));
    for (size_t i = 0; i < field_count; i++) {
        buf_add(out, S(".TP\n.B "));
        roff(out, field_shown(arena, &fields[i]));
        buf_char(out, '\n');
        roff(out, str(fields[i].help));
        if (fields[i].fallback)
            roff(out, str_format(arena, "\nDefault: %s.", fields[i].fallback));
        buf_char(out, '\n');
    }
}

static void manual_of_warnings(Buf *out) {
    buf_add(out, S(".SH WARNINGS\nEach message ends with its name. A name in `accept` of the config turns the warning "
                   "into a note, which \\-\\-strict ignores.\n"));
    for (WarningId id = 0; id < WARNINGS; id++) {
        buf_add(out, S(".TP\n.B "));
        roff(out, str(warnings[id].name));
        buf_char(out, '\n');
        roff(out, str(warnings[id].help));
        buf_char(out, '\n');
    }
}

static Str version(Arena *arena) {
    Str libraries = yaml_libraries(arena);
    return str_format(arena, PROGRAM " " VERSION " (%.*s)\n", F(libraries));
}

static Str manual(Arena *arena) {
    Buf out = {.arena = arena};
    buf_format(&out, ".TH MAILU\\-POST\\-RENDERER 1 \"\" \"%s\"\n.SH NAME\nmailu\\-post\\-renderer \\- ", VERSION);
    buf_add(&out, S("correct the Mailu mail server in a stream of Kubernetes manifests\n.SH SYNOPSIS\n.B "));
    roff(&out, S(PROGRAM));
    buf_add(&out, S("\n[\\fIOPTION\\fR]... [\\fICONFIG\\fR]\n.SH DESCRIPTION\n"));
    roff(&out, str(about));
    buf_add(&out, S("It works as a Helm post\\-renderer, as a kustomize plugin and KRM function, and in a pipe.\n"
                    "A second run changes nothing.\n.SH OPTIONS\n"));
    for (size_t i = 0; i < COUNT(table); i++) {
        buf_add(&out, S(".TP\n.B "));
        roff(&out, str_trim(spelling(arena, &table[i].option)));
        buf_char(&out, '\n');
        roff(&out, str(table[i].option.help));
        buf_char(&out, '\n');
    }
    buf_add(&out, S(".SH CONFIG\n"));
    manual_of_config(arena, &out);
    manual_of_warnings(&out);
    buf_add(&out, S(".SH EXIT STATUS\n.nf\n"));
    roff(&out, str(exit_codes));
    buf_add(&out, S(".fi\n.SH EXAMPLES\n.nf\n"));
    roff(&out, str(examples));
    buf_add(&out, S(".fi\n.SH FILES\n.TP\n.I $XDG_STATE_HOME/mailu\\-post\\-renderer/helm.log\n"));
    roff(&out,
         S("messages of the last run as a Helm plugin, since Helm 4 does not show them; in ~/.local/state if the\n"
           "variable is not set. Errors and warnings also go to the terminal.\n"));
    return buf_str(&out);
}

static Str replace(Arena *arena, const char *text, char c, const char *with) {
    Buf out = {.arena = arena};
    for (; *text; text++) {
        if (*text == c)
            buf_add(&out, str(with));
        else
            buf_char(&out, *text);
    }
    return buf_str(&out);
}

/* The words an argument can be, which the table has in small letters; none for a FILE or a PATH=VALUE. */
static Str choices(Arena *arena, const Option *o) {
    return o->argument && o->argument[0] >= 'a' ? replace(arena, o->argument, '|', " ") : S("");
}

static bool takes_file(const Option *o) {
    return o->argument && str_is(str(o->argument), "FILE");
}

/* The help as it is written between single quotes in all three shells. */
static Str quoted_help(Arena *arena, const Option *o) {
    return replace(arena, o->help, '\'', "'\\''");
}

/* bash cuts "--plan=js" into three words. Where there are no words to offer, it offers files. */
static void bash_completion(Arena *arena, Buf *out) {
    buf_add(out, S("_mailu_post_renderer() {\n"
                   "    local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]}' '\n"
                   "    [[ $word != = ]] || { option=${option% }= word=; }\n"
                   "    [[ $option != '= ' ]] || option=${COMP_WORDS[COMP_CWORD-2]}=\n"
                   "    case $option in\n"));
    for (size_t i = 0; i < COUNT(table); i++) {
        const Option *o = &table[i].option;
        Str words = choices(arena, o);
        if (!words.n)
            continue;
        buf_format(out, "    '--%s='", o->name);
        if (!o->optional)
            buf_format(out, " | '--%s '", o->name);
        buf_format(out, ") COMPREPLY=($(compgen -W '%.*s' -- \"$word\")) ;;\n", F(words));
    }
    buf_add(out, S("    -c' ' | --config[' =']) ;;\n    *)\n        COMPREPLY=($(compgen -W '"));
    for (size_t i = 0; i < COUNT(table); i++) {
        const Option *o = &table[i].option;
        buf_format(out, "%s--%s%s", i ? " " : "", o->name, o->argument && !o->optional ? "=" : "");
    }
    buf_add(out, S("' -- \"$word\"))\n"
                   "        [[ $word == -* ]] || COMPREPLY=()\n"
                   "        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace ;;\n"
                   "    esac\n}\n"
                   "complete -o default -F _mailu_post_renderer " PROGRAM "\n"));
}

/* How zsh completes the option's argument. */
static Str zsh_argument(Arena *arena, const Option *o) {
    Str words = choices(arena, o);
    if (!o->argument)
        return S("");
    if (takes_file(o))
        return S(":file:_files");
    if (!words.n)
        return str_format(arena, ":%s: ", o->argument);
    return str_format(arena, "%s:%s:(%.*s)", o->optional ? ":" : "", o->name, F(words));
}

static void zsh_completion(Arena *arena, Buf *out) {
    buf_add(out, S("#compdef " PROGRAM "\n_arguments \\\n"));
    for (size_t i = 0; i < COUNT(table); i++) {
        const Option *o = &table[i].option;
        Str help = quoted_help(arena, o), value = zsh_argument(arena, o);
        if (o->letter)
            buf_format(out, "    '(-%c --%s)'{-%c,--%s%s}'[%.*s]%.*s' \\\n", o->letter, o->name, o->letter, o->name,
                       o->argument ? "=" : "", F(help), F(value));
        else
            buf_format(out, "    '--%s%s[%.*s]%.*s' \\\n", o->name,
                       !o->argument  ? ""
                       : o->optional ? "=-"
                                     : "=",
                       F(help), F(value));
    }
    buf_add(out, S("    '*:config:_files'\n"));
}

static void fish_completion(Arena *arena, Buf *out) {
    for (size_t i = 0; i < COUNT(table); i++) {
        const Option *o = &table[i].option;
        Str words = choices(arena, o), help = quoted_help(arena, o);
        buf_format(out, "complete -c " PROGRAM " -l %s", o->name);
        if (o->letter)
            buf_format(out, " -s %c", o->letter);
        buf_add(out, takes_file(o) ? S(" -r -F") : o->argument && !o->optional ? S(" -x") : S(" -f"));
        if (words.n)
            buf_format(out, " -a '%.*s'", F(words));
        buf_format(out, " -d '%.*s'\n", F(help));
    }
}

/* ---- parsing ---- */

typedef struct Parse {
    Arena *arena;
    Options *options;
    Str *trouble;
    const char *mode; /* the option that gave the mode */
} Parse;

static bool refuse(Parse *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(Parse *p, const char *format, ...) {
    Buf text = {.arena = p->arena};
    va_list args;
    va_start(args, format);
    buf_add_safely(&text, str_vformat(p->arena, format, args));
    va_end(args);
    *p->trouble = buf_str(&text);
    return false;
}

static bool take_text(Parse *p, Str text) {
    p->options->mode = MODE_TEXT;
    p->options->text = text;
    return true;
}

static bool take_completion(Parse *p, Str shell) {
    Buf out = {.arena = p->arena};
    if (str_is(shell, "bash"))
        bash_completion(p->arena, &out);
    else if (str_is(shell, "zsh"))
        zsh_completion(p->arena, &out);
    else if (str_is(shell, "fish"))
        fish_completion(p->arena, &out);
    return take_text(p, buf_str(&out));
}

/* Only one mode can write to stdout. */
static bool take_mode(Parse *p, const Option *o, Mode mode) {
    if (p->mode && p->options->mode != mode)
        return refuse(p, "--%s: found after --%s, expected only one of the two", o->name, p->mode);
    p->mode = o->name;
    p->options->mode = mode;
    return true;
}

static bool take_explain(Parse *p, Str field) {
    Str text;
    if (!config_explain(p->arena, field, &text))
        return refuse(p, "--explain: %.*s", F(text));
    return take_text(p, text);
}

static bool take_config(Parse *p, const char *path) {
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

static Str schema_called(Arena *arena, Str name) {
    if (str_is(name, "plan"))
        return report_plan_schema();
    return str_is(name, "markdown") ? config_reference(arena) : config_schema(arena);
}

/* One option with its argument, which has been checked; NULL when there is none. */
static bool take(Parse *p, int id, const Option *o, const char *argument) {
    Options *options = p->options;
    switch (id) {
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
        return take_completion(p, str(argument));
    case OPT_MAN:
        return take_text(p, manual(p->arena));
    case OPT_HELP:
        return take_text(p, help(p->arena));
    default:
        return take_text(p, version(p->arena));
    }
}

/* An argument that is named in small letters is one of those words; in capitals, it is free text. */
static bool is_argument(const Option *o, const char *argument) {
    bool free = o->argument && o->argument[0] >= 'A' && o->argument[0] <= 'Z';
    return !argument || free || is_choice(str(o->argument), str(argument));
}

static const Option *option_of(int id) {
    for (size_t i = 0; i < COUNT(table); i++)
        if (table[i].id == id)
            return &table[i].option;
    return NULL;
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
static bool refuse_name(Parse *p, Str name) {
    Buf names = {.arena = p->arena}, meant = {.arena = p->arena};
    for (size_t i = 0; i < COUNT(table); i++) {
        buf_format(&names, "%s%s", i ? "|" : "", table[i].option.name);
        if (str_starts(str(table[i].option.name), name))
            buf_format(&meant, "%s--%s", meant.n ? "|" : "", table[i].option.name);
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
static bool refuse_word(Parse *p, int id, const char *word) {
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

static bool parse_options(Parse *p, int argc, char **argv) {
    struct option longs[COUNT(table) + 1] = {0};
    for (size_t i = 0; i < COUNT(table); i++) {
        const Option *o = &table[i].option;
        int has = !o->argument ? no_argument : o->optional ? optional_argument : required_argument;
        longs[i] = (struct option){o->name, has, NULL, table[i].id};
    }
    opterr = 0;
    optind = 0; /* start again: a test may have called this before */
    for (int id; (id = getopt_long(argc, argv, ":c:f:o:qhV", longs, NULL)) != -1;) {
        if (id == '?' || id == ':')
            return refuse_word(p, id, argv[optind - 1]);
        const Option *o = option_of(id);
        Str words = choices_text(p->arena, str(o->argument));
        if (!is_argument(o, optarg))
            return refuse(p, "--%s: found \"%s\", expected %.*s", o->name, optarg, F(words));
        if (!take(p, id, o, optarg))
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
    return parse_options(&(Parse){arena, options, trouble, NULL}, argc, argv);
}
