#include "cli/table.h"

const Option option_table[] = {
    {OPT_CONFIG, "config", "FILE", false, "read the config (kind Mailu) from FILE"},
    {OPT_INPUT, "filename", "FILE", false, "read manifests from FILE, several times for more"},
    {OPT_OUTPUT, "output", "FILE", false, "write to FILE, all of it or nothing"},
    {OPT_SET, "set", "PATH=VALUE", false, "set a field of the config: domain=example.com"},
    {OPT_CHECK, "check", NULL, false, "write nothing; exit 1 if anything would change"},
    {OPT_DIFF, "diff", NULL, false, "write a unified diff instead; exit 1 if there is any"},
    {OPT_PLAN, "plan", "short|json", true, "explain what would change, and why"},
    {OPT_GRAPH, "graph", "mermaid|dot", false, "draw who talks to whom, on which port"},
    {OPT_GENERATE, "generate", "from-nothing", true, "create a complete Mailu if there is none"},
    {OPT_STRICT, "strict", NULL, false, "treat warnings as errors"},
    {OPT_QUIET, "quiet", NULL, false, "no summary on stderr"},
    {OPT_EXPLAIN, "explain", "FIELD", false, "explain a field of the config, such as storage"},
    {OPT_PRINT_CONFIG, "print-config", NULL, false, "print the config, its defaults as comments"},
    {OPT_PRINT_SCHEMA, "print-schema", "json|markdown|plan", true, "print the schema of the config, or of --plan=json"},
    {OPT_COMPLETION, "completion", "bash|zsh|fish", false, "print a completion script"},
    {OPT_MAN, "man", NULL, false, "print the manual page"},
    {OPT_HELP, "help", NULL, false, "print this help"},
    {OPT_VERSION, "version", NULL, false, "print the version, and those of the YAML libraries"},
    {0},
};

bool takes_choice(const Option *o) {
    return o->argument && o->argument[0] >= 'a';
}
