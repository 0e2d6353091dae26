/* What a value may look like: the checks of the config and of what is taken from the stream. Each returns whether the
 * value passes; what passes can be written into dovecot.conf, nginx.conf, a Traefik rule or a URL unquoted. */
#ifndef FORMATS_H
#define FORMATS_H

#include "base/base.h"

/* A name of RFC 1123: labels of letters, digits and inner hyphens, 63 at most, joined by dots, 253 in all. */
bool check_hostname(Str s);
/* The same, or with a star for its first label. */
bool check_ingress_host(Str s);
/* A host name with a dot in it whose last label is not a number: a mail domain. */
bool check_domain(Str s);
/* A Kubernetes object name (lower case, dots allowed), and that of a namespace (no dots, 63 at most). */
bool check_object_name(Str s);
bool check_namespace(Str s);
/* 10.42.0.0/16, and fd00:42::/48. */
bool check_cidr4(Str s);
bool check_cidr6(Str s);
/* Whether all addresses of a network are in the other; false when either is not a network. */
bool network_inside(Str network, Str other);
/* A host name or address, with an optional port after a colon. */
bool check_host_port(Str s);
/* The same, or "[smtp.example.net]:587": postfix's way to name a host without asking for its MX. */
bool check_relay_host(Str s);
/* A Kubernetes quantity of at most 15 characters: 500m, 1Gi, 1.5. */
bool check_quantity(Str s);
/* A quantity as a cluster may write it, in thousandths of a unit; false when it is not one, or has more digits than a
 * double holds. */
bool quantity_value(Str s, double *value);
/* An image reference: path, tag and digest as the distribution specification has them, 255 in all; and the path alone,
 * with the host of the registry. */
bool check_image(Str s);
bool check_image_path(Str s);
bool check_image_tag(Str s);
/* The part of an address before the '@', of atoms alone. */
bool check_local_part(Str s);
/* A time zone name such as Europe/Vienna. */
bool check_timezone(Str s);
/* A path of a URL such as /webmail: no character that would end it or has a meaning in a URL. */
bool check_url_path(Str s);
/* A rate of Mailu's: 200/day. */
bool check_rate(Str s);
/* A key of a Secret or ConfigMap. */
bool check_data_key(Str s);
/* Key or value of a label: at most 63 of letters, digits and inner "-_."; a key may have a prefix and '/'. */
bool check_label_value(Str s);
bool check_label_key(Str s);
/* A name in a Traefik configuration: an entry point. */
bool check_entry_point(Str s);

/* Whether a path of an Ingress (of type Exact, Prefix or another) includes admin's /internal, which gives keys and
 * passwords to anyone. */
bool holds_internal(Str path, Str type);

#endif
