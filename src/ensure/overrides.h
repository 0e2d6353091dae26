/* What a user's overrides add to front's web server. */
#ifndef OVERRIDES_H
#define OVERRIDES_H

#include "ensure/ensure.h"

typedef struct Location {
    Str path;
    bool exact;
} Location;

typedef LIST(Location) Locations;

/* The locations of the overrides that can be routed to front. */
Locations locations_of_overrides(Ensure *e);
/* Warns of each file of overrides that has something which is not routed. */
void report_overrides(Ensure *e);

#endif
