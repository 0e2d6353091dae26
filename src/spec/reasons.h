/* Why the passes do what they do, in sentences for the administrator: the holes of the published architecture, and a
 * reason for each kind of change. Reports print them, so the passes contain no prose. */
#ifndef REASONS_H
#define REASONS_H

#include "spec/catalog.h"

/* How attackers get in, or mail is lost, in an unchanged Mailu behind Traefik. */
typedef enum Hole {
    NO_HOLE,
    HOLE_RELAY,
    HOLE_CLIENT_ADDRESS,
    HOLE_PLAIN_PASSWORDS,
    HOLE_ANY_POD,
    HOLE_SIGN_ON,
    HOLE_WEBDAV,
    HOLE_WEBMAIL_LOGIN,
    HOLE_SENDER,
    HOLE_PLAIN_MAIL,
    HOLE_ROUTES,
    HOLE_REDIS,
    HOLE_SECRETS,
    HOLES
} Hole;

typedef struct HoleText {
    const char *name;  /* for programs */
    const char *title; /* for people */
    const char *what;  /* what could happen */
} HoleText;

extern const HoleText holes[HOLES];

/* What a reason is looked up by. */
typedef struct Subject {
    Aspect aspect;
    const char *kind; /* of a manifest that was added; NULL for an edit */
    const char *name; /* of that manifest; or the path of the edit, "=" and the name of the item that came or went */
} Subject;

typedef struct Reason {
    Aspect aspect;
    const char *kind;    /* NULL: an edit */
    const char *pattern; /* of fnmatch(3), for Subject.name */
    Hole hole;
    const char *text;
} Reason;

/* The first row that fits; where none does, one that says no more than that Mailu needs it. */
const Reason *reason_for(const Subject *subject);

#endif
