/* What manifests refer to is there, or was not there before either: held over all that comes out of every case. */
#include "tests/look.h"
#include "tests/tests.h"

static void must_be_there(Look *look, const Object *o, const char *kind, Str name) {
    if (name.n && !object_of(&look->after, str(kind), o->namespace, name))
        wrong(look, o, "refers to %s/%.*s, which is not there", kind, F(name));
}

/* A Secret is never ours to make: the stream has it or speaks of it, the config names it, or the README says that it
 * has to be there. */
static void secret_is_known(Look *look, const Object *o, Str name) {
    bool known = str_is(name, "mailu-secrets") || str_is(name, "mailu-tls");
    known |= str_find(look->c->request.config, name) >= 0 || str_find(look->c->request.stream, name) >= 0;
    if (name.n && !known)
        wrong(look, o, "refers to Secret/%.*s, of which nobody knows", F(name));
}

static void pod_references(Look *look, const Object *o) {
    EACH_ITEM(volume, o->tree, list_of(o, pod_of(o), "volumes")) {
        must_be_there(look, o, "ConfigMap", map_text(o->tree, map_get(o->tree, volume, S("configMap")), S("name")));
        must_be_there(look, o, "PersistentVolumeClaim",
                      map_text(o->tree, map_get(o->tree, volume, S("persistentVolumeClaim")), S("claimName")));
        secret_is_known(look, o, map_text(o->tree, map_get(o->tree, volume, S("secret")), S("secretName")));
    }
}

static void container_references(Look *look, const Object *o, Node *container) {
    EACH_ITEM(source, o->tree, list_of(o, container, "envFrom"))
        must_be_there(look, o, "ConfigMap", map_text(o->tree, map_get(o->tree, source, S("configMapRef")), S("name")));
    EACH_ITEM(variable, o->tree, list_of(o, container, "env"))
        secret_is_known(look, o, map_text(o->tree, map_path(o->tree, variable, "valueFrom.secretKeyRef"), S("name")));
}

/* Whether the input led there as well, to a Service that it does not have. */
static bool is_of_others(Look *look, const Object *o, Str service) {
    return str_find(look->c->request.stream, service) >= 0 &&
           !object_of(&look->before, S("Service"), o->namespace, service);
}

/* A Service with that port, by number or by name. */
static void backend_is_there(Look *look, const Object *o, Str name, Str port) {
    const Object *service = object_of(&look->after, S("Service"), o->namespace, name);
    if (!service) {
        if (!is_of_others(look, o, name))
            wrong(look, o, "leads to Service/%.*s, which is not there", F(name));
        return;
    }
    Node *list = map_path(service->tree, service->root, "spec.ports");
    if (!item_with(service->tree, list, "port", port) && !item_with(service->tree, list, "name", port))
        wrong(look, o, "leads to port %.*s of Service/%.*s, which has none", F(port), F(name));
}

static void route_references(Look *look, const Object *o) {
    Node *spec = map_get(o->tree, o->root, S("spec"));
    EACH_ITEM(route, o->tree, list_of(o, spec, "routes")) {
        EACH_ITEM(service, o->tree, list_of(o, route, "services"))
            backend_is_there(look, o, map_text(o->tree, service, S("name")), map_text(o->tree, service, S("port")));
        EACH_ITEM(middleware, o->tree, list_of(o, route, "middlewares"))
            must_be_there(look, o, "MiddlewareTCP", map_text(o->tree, middleware, S("name")));
    }
    must_be_there(look, o, "TLSOption", map_text(o->tree, map_path(o->tree, spec, "tls.options"), S("name")));
    secret_is_known(look, o, map_text(o->tree, map_get(o->tree, spec, S("tls")), S("secretName")));
}

static void ingress_backends(Look *look, const Object *o) {
    EACH_ITEM(rule, o->tree, map_path(o->tree, o->root, "spec.rules"))
        EACH_ITEM(path, o->tree, map_path(o->tree, rule, "http.paths")) {
            Node *service = map_path(o->tree, path, "backend.service");
            Node *port = map_get(o->tree, service, S("port"));
            Str name = map_text(o->tree, service, S("name")), number = map_text(o->tree, port, S("number"));
            backend_is_there(look, o, name, number.n ? number : map_text(o->tree, port, S("name")));
        }
}

/* "NAMESPACE-NAME@kubernetescrd, ..." */
static void ingress_middlewares(Look *look, const Object *o) {
    Node *annotations = map_path(o->tree, o->root, "metadata.annotations");
    Str list = map_text(o->tree, annotations, S("traefik.ingress.kubernetes.io/router.middlewares"));
    while (list.n) {
        Str reference = str_trim(str_cut(&list, ','));
        Str name = str_head(reference, reference.n - strlen("@kubernetescrd"));
        bool there = str_find(look->c->request.stream, reference) >= 0;
        for (size_t i = 0; i < look->after.n && !there; i++) {
            const Object *m = &look->after.at[i];
            there = str_is(m->kind, "Middleware") &&
                    str_eq(name, str_format(look->arena, "%.*s-%.*s", F(m->namespace.n ? m->namespace : S("mailu")),
                                            F(m->name)));
        }
        if (!there)
            wrong(look, o, "refers to the middleware %.*s, which is not there", F(reference));
    }
}

static void references(Look *look) {
    each_container(look, container_references);
    each_object(look, NULL, pod_references);
    each_object(look, "IngressRouteTCP", route_references);
    each_object(look, "Ingress", ingress_backends);
    each_object(look, "Ingress", ingress_middlewares);
}

INVARIANT(references_lead_somewhere, references)

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(references_lead_somewhere),
};
SUITE(references, tests);
