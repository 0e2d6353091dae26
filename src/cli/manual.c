/* The help and the man page. */
#include "cli/options.h"
#include "cli/table.h"
#include "config/fields.h"
#include "spec/warnings.h"

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
        argument = str_format(arena, o->optional ? "[=%s]" : "=%s", o->argument);
    return o->id < NO_LETTER ? str_format(arena, "-%c, --%s%.*s", o->id, o->name, F(argument))
                             : str_format(arena, "    --%s%.*s", o->name, F(argument));
}

enum { HELP_COLUMN = 26 };

Str help_text(Arena *arena) {
    Buf out = {.arena = arena};
    buf_format(&out, "Usage: %s [OPTION]... [CONFIG] <MANIFESTS >MANIFESTS\n\n%s\n", PROGRAM, about);
    for (const Option *o = option_table; o->name; o++) {
        Str left = spelling(arena, o);
        if (left.n + 2 > HELP_COLUMN) /* its help goes on a line of its own */
            buf_format(&out, "  %.*s\n%*s%s\n", F(left), HELP_COLUMN + 2, "", o->help);
        else
            buf_format(&out, "  %.*s%*s%s\n", F(left), HELP_COLUMN - (int)left.n, "", o->help);
    }
    buf_format(&out,
               "\nA stream with the official chart's ConfigMap needs no config.\n\nExamples:\n%s\nExit codes:\n%s",
               examples, exit_codes);
    return buf_str(&out);
}

/* ---- man page ---- */

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
    "The config comes from -c, the only argument, functionConfig, or a document of the stream. Settings that it leaves"
    "\nout are taken from the manifests, else from the defaults. --set overrides the config, and the last one wins: text"
    "\nis taken literally, list items are separated by commas, anything else is YAML; a dot inside a key is written with"
    "\na backslash before it. These are the fields of its spec:\n";

static void entry(Buf *out, Str name, Str text) {
    buf_add(out, S(".TP\n.B "));
    roff(out, name);
    buf_char(out, '\n');
    roff(out, text);
    buf_char(out, '\n');
}

static Str field_text(Arena *arena, const Field *field) {
    return field->fallback ? str_format(arena, "%s\nDefault: %s.", field->help, field->fallback) : str(field->help);
}

Str manual_text(Arena *arena) {
    Buf out = {.arena = arena};
    buf_format(&out, ".TH MAILU\\-POST\\-RENDERER 1 \"\" \"%s\"\n.SH NAME\nmailu\\-post\\-renderer \\- ", VERSION);
    buf_add(&out, S("correct the Mailu mail server in a stream of Kubernetes manifests\n.SH SYNOPSIS\n.B "));
    roff(&out, S(PROGRAM));
    buf_add(&out, S("\n[\\fIOPTION\\fR]... [\\fICONFIG\\fR]\n.SH DESCRIPTION\n"));
    roff(&out, str(about));
    buf_add(&out, S("It works as a Helm post\\-renderer, as a kustomize plugin and KRM function, and in a pipe.\n"
                    "A second run changes nothing.\n.SH OPTIONS\n"));
    for (const Option *o = option_table; o->name; o++)
        entry(&out, str_trim(spelling(arena, o)), str(o->help));
    buf_add(&out, S(".SH CONFIG\n"));
    roff(&out, str(about_config));
    for (size_t i = 0; i < field_count; i++)
        entry(&out, field_shown(arena, &fields[i]), field_text(arena, &fields[i]));
    buf_add(&out, S(".SH WARNINGS\nEach message ends with its name. A name in `accept` of the config turns the warning "
                    "into a note, which \\-\\-strict ignores.\n"));
    for (WarningId id = 0; id < WARNINGS; id++)
        entry(&out, str(warnings[id].name), str(warnings[id].help));
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
