/* The rules by which Traefik's routers match requests: Host(`a`) && (PathPrefix(`/x`) || Path(`/y`)). */
#ifndef RULE_H
#define RULE_H

#include "base/base.h"

/* The paths at which mail clients ask how to set themselves up, in any case: an expression for PathRegexp. */
extern const char client_setup_paths[];

/* Whether the rule may match a request for a path at which admin answers without a login (holds_internal). If a rule
 * can't be parsed, or is too complex to be sure, it may. The syntax is that of Traefik 2 and 3, pkg/rules and
 * pkg/muxer. */
bool rule_may_match_internal(Str rule);

/* The next host that the rule names by Host, which is removed from `*rest`; empty when there is none left. None that
 * could not be in backticks. */
Str rule_next_host(Str *rest);

#endif
