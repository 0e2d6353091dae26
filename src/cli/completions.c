/* The completion scripts. */
#include "cli/options.h"
#include "cli/table.h"

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
    return takes_choice(o) ? replace(arena, o->argument, '|', " ") : S("");
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
    for (const Option *o = option_table; o->name; o++) {
        Str words = choices(arena, o);
        if (!words.n)
            continue;
        buf_format(out, "    '--%s='", o->name);
        if (!o->optional)
            buf_format(out, " | '--%s '", o->name);
        buf_format(out, ") COMPREPLY=($(compgen -W '%.*s' -- \"$word\")) ;;\n", F(words));
    }
    buf_add(out, S("    -c' ' | --config[' =']) ;;\n    *)\n        COMPREPLY=($(compgen -W '"));
    for (const Option *o = option_table; o->name; o++) {
        buf_format(out, "%s--%s%s", o == option_table ? "" : " ", o->name, o->argument && !o->optional ? "=" : "");
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
    for (const Option *o = option_table; o->name; o++) {
        Str help = quoted_help(arena, o), value = zsh_argument(arena, o);
        if (o->id < NO_LETTER)
            buf_format(out, "    '(-%c --%s)'{-%c,--%s%s}'[%.*s]%.*s' \\\n", o->id, o->name, o->id, o->name,
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
    for (const Option *o = option_table; o->name; o++) {
        Str words = choices(arena, o), help = quoted_help(arena, o);
        buf_format(out, "complete -c " PROGRAM " -l %s", o->name);
        if (o->id < NO_LETTER)
            buf_format(out, " -s %c", o->id);
        buf_add(out, takes_file(o) ? S(" -r -F") : o->argument && !o->optional ? S(" -x") : S(" -f"));
        if (words.n)
            buf_format(out, " -a '%.*s'", F(words));
        buf_format(out, " -d '%.*s'\n", F(help));
    }
}

Str completion_script(Arena *arena, Str shell) {
    Buf out = {.arena = arena};
    if (str_is(shell, "bash"))
        bash_completion(arena, &out);
    else if (str_is(shell, "zsh"))
        zsh_completion(arena, &out);
    else
        fish_completion(arena, &out);
    return buf_str(&out);
}
