/* The certificate that Traefik uses for this Mailu: one in a Secret, or one that a Traefik resolver obtains. */
#ifndef CERTIFICATES_H
#define CERTIFICATES_H

#include "ensure/ensure.h"

#define DEFAULT_TLS_SECRET "mailu-tls"
#define ANNOTATION_RESOLVER "traefik.ingress.kubernetes.io/router.tls.certresolver"

/* Finds both among the settings, before anything is changed. */
void find_certificate(Ensure *e);
/* The Secret: the config's, else the one an Ingress of this Mailu has, else the one that front served, else one of a
 * Certificate or a route of Traefik's for this Mailu, else the usual one. */
Str tls_secret(Ensure *e);

#endif
