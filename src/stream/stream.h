/* A byte stream as documents, and the manifests in them.
 *
 * A stream is YAML documents, JSON documents one after the other, one `kind: List`, or a kustomize ResourceList. Every
 * byte belongs to exactly one document, with the "---" line before it, so what is not touched is written unchanged.
 *
 * A tree costs many times its text. So a document is scanned first (scan.h), and read as a tree only when it could
 * matter to Mailu: when it mentions Mailu, or when manifests that do could refer to it.
 */
#ifndef STREAM_H
#define STREAM_H

#include "base/diag.h"
#include "base/parallel.h"
#include "spec/kinds.h"
#include "yaml/tree.h"

/* A List or ResourceList is opened (lists.h): each item is a document, and so is what is before them and after them. */
typedef enum ListRole { NOT_IN_LIST, LIST_HEAD, LIST_ITEM, LIST_TAIL } ListRole;

typedef struct Document {
    Str text;
    Tree *tree;              /* NULL: not read, or freed again */
    Str written;             /* its new text, if it changes */
    uint32_t namespace_hash; /* of metadata.namespace; 0 when there is none */
    uint32_t next;           /* in the same batch: its number plus one, 0 for none */
    uint8_t kind;
    uint8_t list_role;  /* a ListRole */
    bool json : 1;      /* it is a part of a list in JSON */
    bool postponed : 1; /* a list, as it seems: it is read as a whole only if it can't be opened */
    bool empty;         /* nothing but comments */
    bool merged;        /* adjacent documents that do not matter */
    bool mentions;      /* whether the name of Mailu, or an escape that could hide it, is in it */
    bool dropped;       /* is not written */
    bool unidentified;  /* it has content, but no apiVersion or no kind */
} Document;

/* What is before or after the items of a list that was opened. */
static inline bool is_list_frame(const Document *document) {
    return document->list_role == LIST_HEAD || document->list_role == LIST_TAIL;
}

typedef struct Manifest Manifest;

/* Chains of manifests: of the same kind, and of these of the same namespace, of the same name, and of both. */
enum { CHAINS = 4 };

struct Manifest {
    Document *document; /* NULL when it was added */
    Tree *tree;
    Node *root;
    Kind kind;
    Str api_version, kind_name, name, namespace;
    Str previous_names;  /* with commas: kustomize renames a manifest long before what refers to it */
    Str used_in;         /* of one without a namespace: that of the Mailu that uses it */
    bool used_elsewhere; /* and by another: it was an error */
    bool added;
    bool hook;              /* of Helm: created and deleted by rules of its own */
    bool edited;            /* something in it was changed, or it was added */
    Manifest *next[CHAINS]; /* in the index */
    size_t number;          /* among the stream's */
};

typedef struct Chain {
    Manifest *first, *last;
} Chain;

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
    size_t count; /* documents, empty ones too */
    size_t cut;   /* of the text, before some were merged */
    size_t seen;  /* those before it have been probed */
    struct SyntaxErrors *malformed;
    StreamForm form;
    Manifest *list;         /* the List or ResourceList, when the stream is one; its tail, when it was opened */
    Document *last_item;    /* of the list that was opened last; NULL when none was */
    bool json, crlf;        /* its style, also for what is added */
    bool one_line, compact; /* of JSON, as of a tree */
    uint8_t step;
    bool renamed;        /* some manifests have former names */
    bool separated;      /* by "---": false for JSON documents that just follow each other */
    bool lone_returns;   /* some lines end with a carriage return alone */
    bool format_known;   /* how it is written was found out */
    size_t unidentified; /* documents of that sort, seen while some were merged */

    LIST(Manifest *) manifests; /* that were read, in order of the documents; added ones at the end */
    Chain *index[CHAINS];       /* of the manifests */
    size_t index_size;
    Chunks added;        /* the texts of added documents */
    size_t chunks_added; /* of the chunks: those after the documents of the input */
} Stream;

/* Such as a chart: its trees are too small to be worth saving. */
enum { SMALL_STREAM = 128 * 1024 };

/* Limits far above what a cluster can take. Only memory limits a stream's size. */
enum { MAX_DOCUMENTS = 10000000, MAX_SYNTAX_ERRORS = 20 /* documents reported in one run */ };

/* Cuts `text` into documents, and lists into their items, and probes each. Returns false, with an error for each, when
 * documents are malformed. */
bool stream_read(Arena *arena, Workers *workers, Str text, Stream *stream, Diagnostics *diagnostics);
/* Whether the stream is valid: only Kubernetes manifests, and complete. An error for each document without apiVersion
 * or kind, and for a stream that is certainly cut off. (check.c) */
void stream_check(Arena *arena, const Stream *stream, Diagnostics *diagnostics);
/* What `document` is when it is no manifest: the output of another program, values, a template; with what to do.
 * Searches its first line and the one at `offset`. Empty when nothing is recognised. (check.c) */
Str stream_mistaken_for(Arena *arena, Str document, size_t offset);
/* Adds a document after the others, of which only the text is known. */
Document *stream_add_document(Arena *arena, Stream *stream, Str text);
/* The document of that number, from 0; there has to be one. */
static inline Document *stream_document(const Stream *stream, size_t i) {
    return &stream->blocks.at[i / DOCUMENTS_A_BLOCK]->at[i % DOCUMENTS_A_BLOCK];
}

/* Its tree, which is read if necessary. */
Tree *stream_tree(Arena *arena, const Stream *stream, Document *document);

/* Reads the documents of `numbers` as trees and adds their manifests to the stream's. */
void stream_load(Arena *arena, Stream *stream, const uint32_t *numbers, size_t count);
/* How many manifests were read; those from there on were added. */
size_t stream_count_read(const Stream *stream);
/* Forgets the manifests that were loaded, and the trees if asked to. */
void stream_unload(Stream *stream, bool trees);

/* Whether a reference to `name` leads to the manifest: it has the name, or had it before kustomize renamed it. */
bool has_name(const Manifest *manifest, Str name);
/* The first manifest of that kind, name and namespace; else one where a namespace is missing, else one that had the
 * name before kustomize renamed it; NULL when there is none. */
Manifest *stream_find(const Stream *stream, Kind kind, Str namespace, Str name);
/* The next manifest of that kind in the namespace after `manifest`, which is NULL at first; NULL when there is none
 * left. */
Manifest *stream_next(const Stream *stream, Kind kind, Str namespace, const Manifest *manifest);
/* The next one after `manifest` with the very same identity. */
Manifest *stream_duplicate(const Stream *stream, const Manifest *manifest);
/* The one that comes first in the stream; one of them may be NULL. */
Manifest *stream_earlier(Manifest *a, Manifest *b);
/* Of a document's namespace; 0 for none. */
uint32_t hash_of_namespace(Str namespace);
/* Whether two namespaces as manifests write them may be the same: an empty one is the namespace of the rest. */
bool same_namespace(Str a, Str b);

/* A manifest the stream does not have yet: `root` becomes a document of its own, or an item of the list. */
Manifest *stream_add(Arena *arena, Stream *stream, Node *root);

/* What is at a path of it, such as "spec.tls"; NULL when there is nothing. The text of a scalar there; empty when there
 * is none. */
Node *manifest_at(const Manifest *manifest, const char *path);
Str manifest_text(const Manifest *manifest, const char *path);
/* The value of one of its annotations; empty when it has none. */
Str annotation_of(const Manifest *manifest, const char *key);
/* The file that a manifest comes from, as a KRM orchestrator notes it; empty when none did. */
Str file_of(Tree *tree, Node *root);
/* Sets the place of a diagnostic: `node` of `manifest`. */
void stream_locate(const Stream *stream, const Manifest *manifest, const Node *node, Diagnostic *f);
/* "Deployment/mailu-front" */
Str manifest_label(Arena *arena, const Manifest *manifest);

/* ---- writing (writer.c) ---- */

/* Writes what was changed or added: into the documents, and after them. Every such text is read back first and must
 * mean what its tree means; otherwise false, with an error. */
bool stream_write(Stream *stream, Diagnostics *diagnostics);
/* The output: chunks of the input, and of what was written. */
Chunks stream_chunks(Arena *arena, Stream *stream);

#endif
