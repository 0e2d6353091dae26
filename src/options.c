#include "options.h"

#include "config.h"

#include <getopt.h>

typedef struct Option {
    char letter; /* 0: none */
    const char *name, *argument;
    bool optional; /* whether the argument may be left out */
    const char *help;
} Option;

enum {
    OPT_CONFIG = 'c',
    OPT_QUIET = 'q',
    OPT_HELP = 'h',
    OPT_VERSION = 'V',
    OPT_SET = 256,
    OPT_CHECK,
    OPT_DIFF,
    OPT_PLAN,
    OPT_GRAPH,
    OPT_STRICT,
    OPT_PRINT_CONFIG,
    OPT_PRINT_SCHEMA,
    OPT_COMPLETION,
    OPT_MAN
};

static const struct {
    int id;
    Option option;
} table[] = {
    {OPT_CONFIG, {'c', "config", "FILE", false, "read the config (kind Mailu) from FILE"}},
    {OPT_SET, {0, "set", "PATH=VALUE", false, "set one field of the config's spec, such as domain=example.com"}},
    {OPT_CHECK, {0, "check", NULL, false, "write nothing; exit 1 if anything would change"}},
    {OPT_DIFF, {0, "diff", NULL, false, "write a unified diff instead; exit 1 if there is any"}},
    {OPT_PLAN, {0, "plan", "json", true, "list each component, its manifests and what changes, also as JSON"}},
    {OPT_GRAPH, {0, "graph", "mermaid|dot", false, "draw who talks to whom, on which port"}},
    {OPT_STRICT, {0, "strict", NULL, false, "treat warnings as errors"}},
    {OPT_QUIET, {'q', "quiet", NULL, false, "no summary on stderr"}},
    {OPT_PRINT_CONFIG, {0, "print-config", NULL, false, "print the config with every default"}},
    {OPT_PRINT_SCHEMA, {0, "print-schema", "json|markdown", true, "print the schema of the config"}},
    {OPT_COMPLETION, {0, "completion", "bash|zsh|fish", false, "print a completion script"}},
    {OPT_MAN, {0, "man", NULL, false, "print the manual page"}},
    {OPT_HELP, {'h', "help", NULL, false, "this text"}},
    {OPT_VERSION, {'V', "version", NULL, false, "print the version"}},
};

static const char about[] =
    "Reads Kubernetes manifests on stdin, makes the Mailu mail server in them right, and writes them to\n"
    "stdout. Everything else comes out byte for byte.\n";

static const char examples[] = "  helm install mailu mailu/mailu -f values.yaml --post-renderer " PROGRAM "\n"
                               "  kubectl kustomize overlay | " PROGRAM " -c mailu.yaml | kubectl apply -f -\n"
                               "  helm template mailu mailu/mailu -f values.yaml | " PROGRAM " --diff\n";

static const char exit_codes[] =
    "  0  done\n"
    "  1  --check or --diff found a difference\n"
    "  2  the input, the config or the command line is wrong, or reading or writing failed;\n"
    "     nothing was written to stdout, and stderr says what and where\n";

static Str spelling(Arena *arena, const Option *o) {
    Str argument = S("");
    if (o->argument)
        argument = o->optional ? str_format(arena, "[=%s]", o->argument) : str_format(arena, "=%s", o->argument);
    return o->letter ? str_format(arena, "-%c, --%s%.*s", o->letter, o->name, F(argument))
                     : str_format(arena, "    --%s%.*s", o->name, F(argument));
}

static Str help(Arena *arena) {
    Buf out = {.arena = arena};
    buf_format(&out, "Usage: %s [OPTION]... [CONFIG] <MANIFESTS >MANIFESTS\n\n%s\n", PROGRAM, about);
    for (size_t i = 0; i < COUNT(table); i++) {
        Str left = spelling(arena, &table[i].option);
        buf_format(&out, "  %.*s%*s%s\n", F(left), left.n < 30 ? (int)(30 - left.n) : 1, "", table[i].option.help);
    }
    buf_format(
        &out,
        "\nA stream that carries the official chart's ConfigMap needs no config.\n\nExamples:\n%s\nExit codes:\n%s",
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

static Str manual(Arena *arena) {
    Buf out = {.arena = arena};
    buf_format(&out, ".TH MAILU\\-POST\\-RENDERER 1 \"\" \"%s\"\n.SH NAME\nmailu\\-post\\-renderer \\- ", VERSION);
    buf_add(&out, S("make the Mailu mail server in a stream of Kubernetes manifests right\n.SH SYNOPSIS\n.B "));
    roff(&out, S(PROGRAM));
    buf_add(&out, S("\n[\\fIOPTION\\fR]... [\\fICONFIG\\fR]\n.SH DESCRIPTION\n"));
    roff(&out, str(about));
    buf_add(&out, S("It serves as a Helm post\\-renderer, as a kustomize plugin and KRM function, and in a pipe.\n"
                    "A second run changes nothing.\n.SH OPTIONS\n"));
    for (size_t i = 0; i < COUNT(table); i++) {
        buf_add(&out, S(".TP\n.B "));
        roff(&out, str_trim(spelling(arena, &table[i].option)));
        buf_char(&out, '\n');
        roff(&out, str(table[i].option.help));
        buf_char(&out, '\n');
    }
    buf_add(&out, S(".SH EXIT STATUS\n.nf\n"));
    roff(&out, str(exit_codes));
    buf_add(&out, S(".fi\n.SH EXAMPLES\n.nf\n"));
    roff(&out, str(examples));
    buf_add(&out, S(".fi\n"));
    return buf_str(&out);
}

static void bash_completion(Arena *arena, Buf *out) {
    (void)arena;
    buf_add(out,
            S("_mailu_post_renderer() {\n    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
              "    case $prev in\n    -c|--config) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n    esac\n"
              "    COMPREPLY=($(compgen -W '"));
    for (size_t i = 0; i < COUNT(table); i++)
        buf_format(out, "%s--%s%s", i ? " " : "", table[i].option.name,
                   table[i].option.argument && !table[i].option.optional ? "=" : "");
    buf_add(out, S("' -- \"$cur\"))\n    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace\n"
                   "    [[ $cur == -* ]] || COMPREPLY=($(compgen -f -- \"$cur\"))\n}\n"
                   "complete -o filenames -F _mailu_post_renderer mailu-post-renderer\n"));
}

static void zsh_completion(Arena *arena, Buf *out) {
    buf_add(out, S("#compdef mailu-post-renderer\n_arguments \\\n"));
    for (size_t i = 0; i < COUNT(table); i++) {
        const Option *o = &table[i].option;
        Str value = S("");
        if (o->argument && str_is(str(o->argument), "FILE"))
            value = S(":file:_files");
        else if (o->argument) {
            Buf choices = {.arena = arena};
            for (Str rest = str(o->argument); rest.n;)
                buf_format(&choices, "%.*s%s", F(str_cut(&rest, '|')), rest.n ? " " : "");
            value = str_format(arena, ":%s:%s%.*s%s", o->name, o->optional ? "(" : "(", F(buf_str(&choices)), ")");
        }
        buf_format(out, "    '--%s%s[%s]%.*s' \\\n", o->name, o->argument ? (o->optional ? "=-" : "=") : "", o->help,
                   F(value));
    }
    buf_add(out, S("    '*:config:_files'\n"));
}

static void fish_completion(Arena *arena, Buf *out) {
    for (size_t i = 0; i < COUNT(table); i++) {
        const Option *o = &table[i].option;
        buf_format(out, "complete -c %s -l %s", PROGRAM, o->name);
        if (o->letter)
            buf_format(out, " -s %c", o->letter);
        if (o->argument && str_is(str(o->argument), "FILE"))
            buf_add(out, S(" -r -F"));
        else if (o->argument) {
            Buf choices = {.arena = arena};
            for (Str rest = str(o->argument); rest.n;)
                buf_format(&choices, "%.*s%s", F(str_cut(&rest, '|')), rest.n ? " " : "");
            buf_format(out, " %s -a '%.*s'", o->optional ? "-f" : "-x", F(buf_str(&choices)));
        } else {
            buf_add(out, S(" -f"));
        }
        buf_format(out, " -d '%s'\n", o->help);
    }
}

/* ---- parsing ---- */

static bool take_text(Options *options, Str text) {
    options->mode = MODE_TEXT;
    options->text = text;
    return true;
}

static bool take_completion(Arena *arena, Options *options, Str shell) {
    Buf out = {.arena = arena};
    if (str_is(shell, "bash"))
        bash_completion(arena, &out);
    else if (str_is(shell, "zsh"))
        zsh_completion(arena, &out);
    else if (str_is(shell, "fish"))
        fish_completion(arena, &out);
    else
        return false;
    return take_text(options, buf_str(&out));
}

static bool take_mode(Options *options, Mode mode, bool known) {
    options->mode = mode;
    return known;
}

/* One option with its argument (empty when it has none); false when the argument is none of those it takes. */
static bool take(Arena *arena, Options *options, int id, const char *text) {
    Str argument = str(text);
    switch (id) {
    case OPT_CONFIG:
        options->config = text;
        return true;
    case OPT_SET:
        *PUSH(arena, &options->sets) = argument;
        return true;
    case OPT_CHECK:
        return take_mode(options, MODE_CHECK, true);
    case OPT_DIFF:
        return take_mode(options, MODE_DIFF, true);
    case OPT_PLAN:
        return take_mode(options, text ? MODE_PLAN_JSON : MODE_PLAN, !text || str_is(argument, "json"));
    case OPT_GRAPH:
        return take_mode(options, str_is(argument, "dot") ? MODE_DOT : MODE_MERMAID,
                         str_is(argument, "dot") || str_is(argument, "mermaid"));
    case OPT_STRICT:
        return options->strict = true;
    case OPT_QUIET:
        return options->quiet = true;
    case OPT_PRINT_CONFIG:
        return take_mode(options, MODE_PRINT_CONFIG, true);
    case OPT_PRINT_SCHEMA:
        if (str_is(argument, "markdown"))
            return take_text(options, config_reference(arena));
        return take_text(options, config_schema(arena)) && (!text || str_is(argument, "json"));
    case OPT_COMPLETION:
        return take_completion(arena, options, argument);
    case OPT_MAN:
        return take_text(options, manual(arena));
    case OPT_HELP:
        return take_text(options, help(arena));
    case OPT_VERSION:
        return take_text(options, S(PROGRAM " " VERSION "\n"));
    default:
        return false;
    }
}

static const Option *option_of(int id) {
    for (size_t i = 0; i < COUNT(table); i++)
        if (table[i].id == id)
            return &table[i].option;
    return NULL;
}

bool options_parse(Arena *arena, int argc, char **argv, Options *options, Str *trouble) {
    struct option longs[COUNT(table) + 1] = {0};
    for (size_t i = 0; i < COUNT(table); i++) {
        const Option *o = &table[i].option;
        longs[i] = (struct option){o->name,
                                   !o->argument  ? no_argument
                                   : o->optional ? optional_argument
                                                 : required_argument,
                                   NULL, table[i].id};
    }
    *options = (Options){0};
    opterr = 0;
    for (int id; (id = getopt_long(argc, argv, ":c:qhV", longs, NULL)) != -1;) {
        const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
        if (id == '?' || id == ':') {
            *trouble = str_format(arena, "%s: %s; see --help", word, id == ':' ? "needs a value" : "no such option");
            return false;
        }
        if (!take(arena, options, id, optarg)) {
            const Option *o = option_of(id);
            *trouble = str_format(arena, "--%s: found \"%s\", expected %s", o->name, optarg ? optarg : "", o->argument);
            return false;
        }
        if (options->mode == MODE_TEXT)
            return true;
    }
    if (optind < argc && options->config) {
        *trouble = str_format(arena, "%s: a second config, expected one", argv[optind]);
        return false;
    }
    if (optind + 1 < argc) {
        *trouble = str_format(arena, "%s: expected one config at most; manifests come on stdin", argv[optind + 1]);
        return false;
    }
    if (optind < argc)
        options->config = argv[optind];
    return true;
}
