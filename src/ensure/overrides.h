/* What a user's overrides add to front's web server. */
#ifndef OVERRIDES_H
#define OVERRIDES_H

#include "ensure/pages.h"

/* The locations of the overrides that can be routed to front. */
UrlPaths locations_of_overrides(Ensure *e);
/* Warns of each file of overrides that has something which is not routed. */
void report_overrides(Ensure *e);

#endif
