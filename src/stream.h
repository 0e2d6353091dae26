/* A byte stream as documents, and the manifests in them.
 *
 * A stream is YAML documents, JSON documents one after the other, one `kind: List`, or a kustomize ResourceList. Every
 * byte belongs to exactly one document, with the "---" line before it, so what is not touched comes out as it came in.
 */
#ifndef STREAM_H
#define STREAM_H

#include "tree.h"

typedef enum Kind {
    KIND_OTHER,
    KIND_WORKLOAD, /* Deployment, StatefulSet, DaemonSet */
    KIND_SERVICE,
    KIND_CLAIM,
    KIND_CONFIG_MAP,
    KIND_INGRESS,
    KIND_POLICY,
    KIND_NAMESPACE,
    KIND_ROUTE_TCP,
    KIND_MIDDLEWARE,
    KIND_MIDDLEWARE_TCP,
    KIND_TLS_OPTION,
    KIND_CONFIG, /* our own */
    KIND_LIST,
    KIND_RESOURCE_LIST
} Kind;

typedef struct Document Document;

struct Document {
    Document *next;
    Str text;
    Tree *tree;   /* NULL: not read, because it can't concern Mailu */
    bool dropped; /* is not to come out again */
};

typedef struct Manifest {
    Document *document; /* NULL when it was added */
    Tree *tree;
    Node *root;
    Kind kind;
    Str api_version, kind_name, name, namespace;
    bool added;
    bool hook; /* of Helm: comes and goes by rules of its own */
} Manifest;

typedef enum StreamForm { FORM_DOCUMENTS, FORM_LIST, FORM_RESOURCE_LIST } StreamForm;

typedef struct Stream {
    Str text;
    Document *first, *last;
    size_t documents;           /* that hold something */
    LIST(Manifest *) manifests; /* of the kinds above, in order; added ones at the end */
    StreamForm form;
    Manifest *list; /* the List or ResourceList, when the stream is one */
    Manifest *config;
    bool json, crlf;
    size_t pieces_added; /* of what was written: the texts of added documents, at the end */
    bool separated;      /* by "---": false for JSON documents that just follow each other */
} Stream;

/* Documents that a stream may have, and the bytes: far beyond what a cluster takes, but a limit. */
enum { MAX_DOCUMENTS = 10000000 };
#define MAX_STREAM ((size_t)1 << 40)

/* Cuts `text` into documents and reads those that could concern Mailu; the faults name the places. Returns false when a
 * document is malformed. */
bool stream_read(Arena *arena, Str text, Stream *stream, Faults *faults);

/* The first manifest of that kind, name and namespace; NULL when there is none. */
Manifest *stream_find(const Stream *stream, Kind kind, Str namespace, Str name);
/* Whether two namespaces as manifests write them may be the same: an empty one is where everything else is. */
bool same_namespace(Str a, Str b);

/* A manifest the stream does not have yet: `root` becomes a document of its own, or an item of the list. */
Manifest *stream_add(Arena *arena, Stream *stream, Node *root);

/* Where `node` of `manifest` stands, for a fault. */
void stream_place(const Stream *stream, const Manifest *manifest, const Node *node, Fault *f);
/* "Deployment/mailu-front" */
Str manifest_label(Arena *arena, const Manifest *manifest);

/* ---- writing (writer.c) ---- */

typedef LIST(Str) Pieces;

/* The stream as it is to come out: pieces of the input, and texts of the arena between them. Every document that was
 * changed or made is read back first and must say what its tree says; otherwise false, with a fault. */
bool stream_write(Arena *arena, Stream *stream, Pieces *out, Faults *faults);

#endif
