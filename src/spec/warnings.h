/* The warnings. Each has a name that stays the same: it is printed after the message, and `accept` in the config lists
 * it, which turns the warning into a note.
 *
 * To add a warning: a line in the enum below, one in the table in warnings.c, both in the order of the names; then
 *     warn(e, WARN_EXPOSED, m, node, "message");          in a pass of src/ensure, or
 *     diag_warn(diagnostics, WARN_EXPOSED, "message");    elsewhere; either returns the Diagnostic, as for errors.
 * diagnose() and diag_add() are for errors. One name may cover several messages that ask for the same decision.
 */
#ifndef WARNINGS_H
#define WARNINGS_H

#include "base/diag.h"

typedef enum WarningId {
    WARN_CERT_RESOLVER,
    WARN_CLAIM,
    WARN_COMPONENT,
    WARN_EMPTY_DIR,
    WARN_ENTRY_POINT,
    WARN_EXPOSED,
    WARN_FOREIGN_RESTRICTION,
    WARN_FRONT_OVERRIDES,
    WARN_GATEWAY_ROUTE,
    WARN_HEADER_SIGN_ON,
    WARN_HOST_NETWORK,
    WARN_IMAGE_TAG,
    WARN_IMAGE_VERSION,
    WARN_METRICS,
    WARN_MISSING_COMPONENT,
    WARN_NAMESPACE,
    WARN_NETWORK_POLICIES,
    WARN_NO_MAILU,
    WARN_NOT_APPLIED,
    WARN_NOT_CONVERTED,
    WARN_OVERRIDES,
    WARN_PLAINTEXT_SUBMISSION,
    WARN_PROXY_PROTOCOL,
    WARN_RELAY_NETWORKS,
    WARN_RELAY_PORT,
    WARN_REPLICAS,
    WARN_ROUTE,
    WARN_SECRET,
    WARN_SHARED_SERVICE,
    WARN_UNKNOWN_SERVICE,
    WARNINGS
} WarningId;

typedef struct Warning {
    const char *name;
    const char *help; /* what it means and what to do; the README has it in a table, the man page too */
} Warning;

extern const Warning warnings[WARNINGS];

/* The warning of that name; WARNINGS when there is none. */
WarningId warning_called(Str name);
/* The names with '|' between them. */
Str warning_names(Arena *arena);

/* Warnings that the user accepts: a bit for each. */
typedef uint64_t AcceptedWarnings;
#define ACCEPTED(id) ((AcceptedWarnings)1 << (id))

/* Adds a warning, or a note if `diagnostics->accepted` has it. */
Diagnostic *diag_vwarn(Diagnostics *diagnostics, WarningId id, const char *format, va_list args);
Diagnostic *diag_warn(Diagnostics *diagnostics, WarningId id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
