/* A byte stream as documents, and the manifests in them.
 *
 * A stream is YAML documents, JSON documents one after the other, one `kind: List`, or a kustomize ResourceList. Every
 * byte belongs to exactly one document, with the "---" line before it, so what is not touched comes out as it came in.
 *
 * A tree costs many times its text. So a document is looked at first (scan.h), and read as a tree only when it could
 * concern Mailu: when it mentions it, or when manifests that do refer to what it could be.
 */
#ifndef STREAM_H
#define STREAM_H

#include "base/diag.h"
#include "base/parallel.h"
#include "spec/kinds.h"
#include "yaml/tree.h"

/* A List or ResourceList is opened (lists.h): each item is a document, and so is what stands before them and behind
 * them. */
typedef enum ListRole { NOT_IN_LIST, LIST_HEAD, LIST_ITEM, LIST_TAIL } ListRole;

typedef struct Document {
    Str text;
    Tree *tree;              /* NULL: not read, or read and let go */
    Str written;             /* what it becomes, when that is not its text */
    uint32_t namespace_hash; /* of metadata.namespace; 0 when there is none */
    uint32_t next;           /* in the same batch: its number and one, 0 for none */
    uint8_t kind;
    uint8_t list_role; /* a ListRole */
    bool json;         /* it is a part of a list in JSON */
    bool empty;        /* nothing but comments */
    bool merged;       /* that follow each other, and are of no concern */
    bool mentions;     /* Mailu by name, or whatever could hide it */
    bool dropped;      /* is not to come out again */
    bool unidentified; /* it says something, but has no apiVersion or no kind */
} Document;

typedef struct Manifest Manifest;

struct Manifest {
    Document *document; /* NULL when it was added */
    Tree *tree;
    Node *root;
    Kind kind;
    Str api_version, kind_name, name, namespace;
    Str previous_names; /* with commas: kustomize renames a manifest long before what refers to it */
    bool added;
    bool hook;           /* of Helm: comes and goes by rules of its own */
    bool edited;         /* something in it was changed, or it was added */
    Manifest *same_name; /* the next in the index with the same hash */
};

typedef enum StreamForm { FORM_DOCUMENTS, FORM_LIST, FORM_RESOURCE_LIST } StreamForm;

enum { DOCUMENTS_A_BLOCK = 64, MOST_UNSEEN = 16384 };

typedef struct DocumentBlock {
    Document at[DOCUMENTS_A_BLOCK];
} DocumentBlock;

typedef LIST(Str) Chunks;

typedef struct Stream {
    Str text;
    Arena *arena;     /* of what lives as long as the stream */
    Workers *workers; /* their `scratch` is for trees, which may go before; `output` for texts that are written */
    LIST(DocumentBlock *) blocks;
    size_t count; /* documents, blank ones too */
    size_t cut;   /* of the text, before some were made one */
    size_t seen;  /* those before it have been looked at */
    struct SyntaxErrors *malformed;
    StreamForm form;
    Manifest *list;         /* the List or ResourceList, when the stream is one; its tail, when it was opened */
    Document *last_item;    /* of the list that was opened last; NULL when none was */
    bool json, crlf;        /* how it is written, and what is added will be */
    bool one_line, compact; /* of JSON, as of a tree */
    uint8_t step;
    bool renamed;        /* some manifests have former names */
    bool separated;      /* by "---": false for JSON documents that just follow each other */
    bool lone_returns;   /* some lines end with a carriage return alone */
    bool learned;        /* how it is written */
    size_t unidentified; /* documents of that sort, met while some were made one */

    LIST(Manifest *) manifests; /* that were read, in order of the documents; added ones at the end */
    Manifest **index;           /* of the manifests, by kind and name; NULL when there are none */
    size_t index_size;
    Chunks added;        /* the texts of added documents */
    size_t chunks_added; /* of the pieces: those behind the documents of the input */
} Stream;

/* A chart, say: its trees take no room worth saving. */
enum { SMALL_STREAM = 128 * 1024 };

/* Limits, far beyond what a cluster takes. A stream's size is limited by memory alone. */
enum { MAX_DOCUMENTS = 10000000, MAX_SYNTAX_ERRORS = 20 /* documents told of in one run */ };

/* Cuts `text` into documents, and lists into their items, and looks at each. Returns false, with a fault
 * for each, when documents are malformed. */
bool stream_read(Arena *arena, Workers *workers, Str text, Stream *stream, Diagnostics *diagnostics);
/* Whether the stream is what it should be: Kubernetes manifests alone, and all of them. An error for each document
 * without apiVersion or kind, and for a stream that is certainly cut off. (check.c) */
void stream_check(Arena *arena, const Stream *stream, Diagnostics *diagnostics);
/* What `document` is when it is no manifest: the output of another program, values, a template; with what to do. Looked
 * for in its first line and in the one at `offset`. Empty when nothing is recognised. (check.c) */
Str stream_mistaken_for(Arena *arena, Str document, size_t offset);
/* A document behind the others, with nothing known of it but its text. */
Document *stream_add_document(Arena *arena, Stream *stream, Str text);
/* The document of that number, from 0; there has to be one. */
Document *stream_document(const Stream *stream, size_t i);
/* Its tree, which is read when it is not there. */
Tree *stream_tree(Arena *arena, const Stream *stream, Document *document);

/* Reads the documents of `numbers` as trees and adds their manifests to the stream's. */
void stream_load(Arena *arena, Stream *stream, const uint32_t *numbers, size_t count);
/* How many manifests were read; those from there on were added. */
size_t stream_count_read(const Stream *stream);
/* Forgets the manifests that were loaded, and the trees if that is said. */
void stream_unload(Stream *stream, bool trees);

/* Whether a reference to `name` leads to the manifest: it has the name, or had it before kustomize renamed it. */
bool has_name(const Manifest *manifest, Str name);
/* The first manifest of that kind, name and namespace; else one where a namespace is missing, else one that goes by the
 * name; NULL when there is none. */
Manifest *stream_find(const Stream *stream, Kind kind, Str namespace, Str name);
/* The next one after `manifest` with the very same identity. */
Manifest *stream_duplicate(const Manifest *manifest);
/* Of a document's namespace; 0 for none. */
uint32_t hash_of_namespace(Str namespace);
/* Whether two namespaces as manifests write them may be the same: an empty one is where everything else is. */
bool same_namespace(Str a, Str b);

/* A manifest the stream does not have yet: `root` becomes a document of its own, or an item of the list. */
Manifest *stream_add(Arena *arena, Stream *stream, Node *root);

/* The file that a manifest comes from, as a KRM orchestrator notes it; empty when none did. */
Str file_of(Tree *tree, Node *root);
/* Where `node` of `manifest` stands, for a fault. */
void stream_locate(const Stream *stream, const Manifest *manifest, const Node *node, Diagnostic *f);
/* "Deployment/mailu-front" */
Str manifest_label(Arena *arena, const Manifest *manifest);

/* ---- writing (writer.c) ---- */

/* Writes what was changed or added: into the documents, and behind them. Every such text is read back first and must
 * say what its tree says; otherwise false, with a fault. */
bool stream_write(Stream *stream, Diagnostics *diagnostics);
/* The stream as it is to come out: pieces of the input, and of what was written. */
Chunks stream_chunks(Arena *arena, Stream *stream);

#endif
