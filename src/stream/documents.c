/* The documents of a stream, as they are cut. */
#include "stream/probe.h"

static bool is_idle(const Document *document) {
    return document->kind == KIND_OTHER && !is_list_frame(document);
}

/* Merges adjacent documents from `first` on that do not matter into one. The newest stays separate: it may be the last
 * of a list, and more may follow. */
static void merge(Stream *stream, size_t first) {
    size_t kept = first, last = stream->count - 1;
    for (size_t i = first; i <= last; i++) {
        Document *document = stream_document(stream, i);
        Document *run = kept ? stream_document(stream, kept - 1) : NULL;
        /* the first that are not manifests are kept apart, to be reported */
        document->unidentified = document->unidentified && stream->unidentified++ < MAX_SYNTAX_ERRORS;
        if (run && i < last && !document->unidentified && !run->unidentified && is_idle(run) && is_idle(document) &&
            run->list_role == document->list_role) {
            run->text.n += document->text.n;
            run->empty &= document->empty;
            run->merged = true;
        } else {
            *stream_document(stream, kept++) = *document;
        }
    }
    stream->count = stream->seen = kept;
}

/* Documents that do not matter need not be kept one by one: there may be a million of a few bytes each. */
Document *stream_add_document(Arena *arena, Stream *stream, Str text) {
    size_t first = stream->seen;
    if (stream->count - first == MOST_UNSEEN) {
        probe_new(arena, stream);
        merge(stream, first);
    }
    if (stream->count == stream->blocks.n * DOCUMENTS_A_BLOCK)
        *PUSH(arena, &stream->blocks) = NEW(arena, DocumentBlock);
    Document *document = stream_document(stream, stream->count++);
    *document = (Document){.text = text};
    stream->cut++;
    return document;
}
