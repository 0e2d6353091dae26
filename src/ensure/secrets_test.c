/* From where a container that is added gets what is secret: from where the others have it. */
#include "tests/cases.h"
#include "tests/tests.h"

#define SETTINGS "DOMAIN: example.com, HOSTNAMES: mail.example.com, SUBNET: 10.42.0.0/16"
#define MAP(name, data)                                                                                                \
    "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: " name ", namespace: mail}\ndata: {" data "}\n"
#define SECRET(name, data)                                                                                             \
    "---\napiVersion: v1\nkind: Secret\nmetadata: {name: " name ", namespace: mail}\nstringData: {" data "}\n"
/* An admin with that in its pod, beside its image. */
#define ADMIN(container, pod)                                                                                          \
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: mailu-admin, namespace: mail}\nspec:\n"                   \
    "  selector: {matchLabels: {app: admin}}\n  template:\n    metadata: {labels: {app: admin}}\n    spec:\n" pod      \
    "      containers:\n      - name: admin\n        image: ghcr.io/mailu/admin:2024.06\n" container
#define ENV(variable) "        env: [{name: " variable "}]\n        envFrom: [{configMapRef: {name: env}}]\n"
#define READS(more) "        envFrom: [{configMapRef: {name: env}}, " more "]\n"
#define FROM(kind, name, key) "valueFrom: " kind "KeyRef: name: " name " key: " key
enum { MOST_SETS = 9 };

static const char *const usual_sets[MOST_SETS] = {"components.front=false",
                                                  "components.postfix=false",
                                                  "components.dovecot=false",
                                                  "components.dovecotSubmission=false",
                                                  "components.rspamd=false",
                                                  "networkPolicies=false",
                                                  "ingress.enabled=false",
                                                  "components.webmail=true",
                                                  NULL};

static const struct {
    const char *stream;
    const char *added, *not_added; /* what webmail's Deployment has to hold, and must not, squeezed */
    const char *said;              /* NULL: nothing */
} rows[] = {
    /* SECRET_KEY: in the ConfigMap that all read */
    {ADMIN(READS("{configMapRef: {name: env}}"), "") MAP("env", SETTINGS ", SECRET_KEY: k"), "name: env ", "SECRET_KEY",
     NULL},
    /* in a ConfigMap of its own, under a prefix */
    {ADMIN(READS("{configMapRef: {name: keys}, prefix: SECRET_}"), "") MAP("env", SETTINGS) MAP("keys", "KEY: k"),
     FROM("configMap", "keys", "KEY"), "mailu-secrets", NULL},
    /* in one that the stream does not have */
    {ADMIN(READS("{configMapRef: {name: keys}}"), "") MAP("env", SETTINGS), "- configMapRef: name: keys ", "SECRET_KEY",
     NULL},
    /* in a Secret that is read whole, of the stream and not */
    {ADMIN(READS("{secretRef: {name: keys}}"), "") MAP("env", SETTINGS) SECRET("keys", "SECRET_KEY: k"),
     FROM("secret", "keys", "SECRET_KEY"), "mailu-secrets", NULL},
    {ADMIN(READS("{secretRef: {name: keys}}"), "") MAP("env", SETTINGS), "- secretRef: name: keys ", "SECRET_KEY",
     NULL},
    /* a Secret of the stream that does not have it */
    {ADMIN(READS("{secretRef: {name: keys}}"), "") MAP("env", SETTINGS) SECRET("keys", "OTHER: k"),
     FROM("secret", "mailu-secrets", "secret-key"), "name: keys", "SECRET_KEY is not in the stream"},
    {ADMIN("        envFrom: [{configMapRef: {name: env}}]\n", "") MAP("env", SETTINGS)
         SECRET("mailu-secrets", "secret-key: k"),
     FROM("secret", "mailu-secrets", "secret-key"), "keys", NULL},
    /* one by one */
    {ADMIN(ENV("SECRET_KEY, valueFrom: {secretKeyRef: {name: keys, key: k}}"), "") MAP("env", SETTINGS),
     FROM("secret", "keys", "k"), "mailu-secrets", NULL},
    {ADMIN(ENV("SECRET_KEY, valueFrom: {configMapKeyRef: {name: keys, key: k}}"), "") MAP("env", SETTINGS),
     FROM("configMap", "keys", "k"), "mailu-secrets", NULL},
    {ADMIN(ENV("SECRET_KEY, value: written"), "") MAP("env", SETTINGS), "name: SECRET_KEY value: written",
     "mailu-secrets", NULL},
    /* by a file, which every container opens */
    {ADMIN(ENV("SECRET_KEY_FILE, value: /keys/k") "        volumeMounts: [{name: keys, mountPath: /keys}]\n",
           "      volumes: [{name: keys, secret: {secretName: key-file}}]\n") MAP("env", SETTINGS),
     "value: /keys/k", "name: SECRET_KEY ", NULL},
    {ADMIN(ENV("SECRET_KEY_FILE, value: /keys/k") "        volumeMounts: [{name: keys, mountPath: /keys}]\n",
           "      volumes: [{name: keys, secret: {secretName: key-file}}]\n") MAP("env", SETTINGS),
     "secretName: key-file", "mailu-secrets", NULL},
    /* the password of the database, for Roundcube's */
    {ADMIN(ENV("DB_PW, valueFrom: {secretKeyRef: {name: db, key: pw}}"), "")
         MAP("env", SETTINGS ", SECRET_KEY: k, DB_FLAVOR: postgresql, DB_HOST: \"db.example:5433\", DB_USER: u"),
     "name: ROUNDCUBE_DB_PW " FROM("secret", "db", "pw"), "DB_PW value:", NULL},
    {ADMIN("        envFrom: [{configMapRef: {name: env}}]\n", "")
         MAP("env", SETTINGS ", SECRET_KEY: k, DB_FLAVOR: postgresql, DB_HOST: db.example, DB_USER: u, DB_PW: p"),
     "name: ROUNDCUBE_DB_PW " FROM("configMap", "env", "DB_PW"), "mailu-secrets", NULL},
    {ADMIN("        envFrom: [{configMapRef: {name: env}}]\n", "")
         MAP("env", SETTINGS ", SECRET_KEY: k, DB_FLAVOR: postgresql, DB_HOST: db.example, ROUNDCUBE_DB_PW: p, "
                             "ROUNDCUBE_DB_USER: r"),
     "name: env ", "ROUNDCUBE_DB", NULL},
};

/* The text with one space for white space of any length. */
static Str squeezed(Arena *arena, Str text) {
    Buf out = {.arena = arena};
    for (size_t i = 0; i < text.n; i++)
        if (!is_space(text.p[i]))
            buf_char(&out, text.p[i]);
        else if (i + 1 == text.n || !is_space(text.p[i + 1]))
            buf_char(&out, ' ');
    return buf_str(&out);
}

/* The document of webmail's Deployment. */
static Str webmail_of(Arena *arena, Str out) {
    Texts all = texts_of(arena, out);
    for (size_t i = 0; i < all.n; i++)
        if (str_has(all.at[i], "kind: Deployment") && str_has(all.at[i], "name: mailu-webmail\n"))
            return squeezed(arena, all.at[i]);
    fail_msg("no webmail");
    return (Str){0};
}

static void added_containers_read_where_the_others_read(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = test_arena();
        Str sets[MOST_SETS], said;
        size_t count = 0;
        for (; usual_sets[count]; count++)
            sets[count] = str(usual_sets[count]);
        Str out = case_run_twice(arena, str(rows[i].stream), sets, count, &said);
        Str webmail = webmail_of(arena, out);
        if (!str_has(webmail, rows[i].added))
            fail_msg("row %zu: no %s in\n%.*s", i, rows[i].added, F(webmail));
        if (str_has(webmail, rows[i].not_added))
            fail_msg("row %zu: %s in\n%.*s", i, rows[i].not_added, F(webmail));
        if (rows[i].said ? !str_has(said, rows[i].said) : str_has(said, "[secret]"))
            fail_msg("row %zu: said\n%.*s", i, F(said));
        test_arena_done(arena);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(added_containers_read_where_the_others_read),
};
SUITE(secrets, tests);
