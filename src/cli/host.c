#include "cli/host.h"

#include "base/io.h"
#include "cli/options.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool host_is_helm_plugin(void) {
    const char *name = getenv("HELM_PLUGIN_NAME");
    return name && str_is(str(name), PROGRAM) && getenv("HELM_PLUGIN_DIR");
}

bool host_is_kustomize_plugin(void) {
    return getenv("KUSTOMIZE_PLUGIN_CONFIG_ROOT") != NULL;
}

/* Makes the directories above the last '/' of `path`. */
static void make_directories(char *path) {
    for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        mkdir(path, 0700); /* it may exist already; any other error shows when the file is opened */
        *slash = '/';
    }
}

/* $XDG_STATE_HOME/mailu-post-renderer/helm.log, as the XDG Base Directory Specification has it; NULL when there is no
 * home. */
static char *log_path(Arena *arena) {
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    Str base = state && state[0] == '/' ? str(state)
               : home && home[0] == '/' ? str_format(arena, "%s/.local/state", home)
                                        : S("");
    return base.n ? (char *)(uintptr_t)str_format(arena, "%.*s/" PROGRAM "/helm.log", F(base)).p : NULL;
}

static void write_file(const char *path, int flags, Str text) {
    int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC | flags, 0600);
    if (fd >= 0) {
        io_write_all(fd, &text, 1);
        close(fd);
    }
}

void host_begin(Arena *arena) {
    char *path = host_is_helm_plugin() ? log_path(arena) : NULL;
    if (!path)
        return;
    make_directories(path);
    write_file(path, O_CREAT | O_TRUNC, S(""));
}

/* The log is no terminal: without the colours, the only escape sequences that a text has. */
static Str without_colours(Arena *arena, Str text) {
    Buf out = {.arena = arena};
    while (text.n) {
        buf_add(&out, str_cut(&text, '\033'));
        (void)str_cut(&text, 'm');
    }
    return buf_str(&out);
}

void host_say(Arena *arena, Str text, bool urgent) {
    io_write_all(STDERR_FILENO, &text, 1);
    if (!host_is_helm_plugin())
        return;
    if (urgent)
        write_file("/dev/tty", 0, text);
    char *path = log_path(arena);
    if (path)
        write_file(path, O_CREAT | O_APPEND, without_colours(arena, text));
}
