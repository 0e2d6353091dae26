/* What the program says, and to whom: stderr, and in a plugin of Helm 4, which shows nothing of a plugin's stderr, the
 * terminal and a log. */
#ifndef HOST_H
#define HOST_H

#include "base/base.h"

/* Whether Helm runs the program as its plugin. A plugin that runs Helm in turn passes on its own name, not ours. */
bool host_is_helm_plugin(void);
/* Whether kustomize runs the program as an exec plugin: the config is a temporary file then. */
bool host_is_kustomize_plugin(void);

/* Starts a new log; call it before host_say. */
void host_begin(Arena *arena);
/* Says `text` on stderr; in a plugin of Helm also on the terminal, when there is one, if it is `urgent`. The log has
 * the messages of one run, without colours. Errors in writing to stderr are ignored. */
void host_say(Arena *arena, Str text, bool urgent);

#endif
