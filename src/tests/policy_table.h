/* Who may reach whom on which port: the specification as a table. */
#ifndef POLICY_TABLE_H
#define POLICY_TABLE_H

#include "tests/world.h"

/* Instead of a port: the one that the stream names. */
enum {
    REDIS_PORT = -1,
    DATABASE_PORT = -2,
    SUBMISSION_RELAY = -3,
    RELAY_HOST_PORT = -4,
    FRONT_HTTP = -5,
    CALENDARS = -6,
    SPAM_PAGE = -7,
    SIEVE_OUTSIDE = -8
};

typedef struct PolicyRow {
    int from, to, port;
    const char *protocol; /* NULL: TCP */
} PolicyRow;

extern const PolicyRow policy_table[];
extern const size_t policy_table_rows;

/* Every port that matters. */
extern const PortProbe port_probes[];
extern const size_t port_probe_count;

/* The port of a row for that component; 0 when the row does not hold for it. */
int row_port(const World *world, size_t row, const Party *component);
bool row_has_port(const World *world, size_t row, const Party *component, const char *protocol, int port);

/* Compares who reaches whom with the table, for every pair of parties and every port. Prints what differs, and returns
 * how much does. */
size_t table_differences(const World *world);

/* Fails the test unless a Mermaid drawing shows the rows that hold for the first Mailu, and nothing else. */
void drawing_check(const World *world, Str drawing);

#endif
