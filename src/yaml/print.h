/* How new nodes are written, in the style of their document. */
#ifndef PRINT_H
#define PRINT_H

#include "yaml/tree.h"

typedef struct Printer {
    Buf *out;
    Str newline;
    uint32_t step;
    bool sequences_indented;
    bool json;
    bool lines;            /* flow collections have one entry on each line, as `kubectl -o json` writes them */
    bool compact;          /* no spaces after ':' and ',' in them */
    bool no_block_scalars; /* what follows would become a part of them */
    bool no_last_break;    /* the text may end with what is printed, without a line break */
} Printer;

/* A printer that writes to `out` with the indentation and line breaks of `tree`. */
Printer printer_for(const Tree *tree, Buf *out);

/* A line break and `indent` spaces. */
void print_line(const Printer *printer, uint32_t indent);
/* "key: value" or "- value", at `indent`, in block style; no break at the end. */
void print_entry(const Printer *printer, const Node *node, uint32_t indent);
/* What comes after the ':' of a key at `indent`: " scalar", or a block on lines of its own. */
void print_entry_value(const Printer *printer, const Node *value, uint32_t indent);
/* A value that starts at column `indent` of the current line, as after "- ". */
void print_value_at(const Printer *printer, const Node *value, uint32_t indent);
/* In flow style, closing at `indent` if it takes several lines. */
void print_flow(const Printer *printer, const Node *value, uint32_t indent);
/* The entries from `child` on, each on a line of its own with `lines`. */
void print_flow_entries(const Printer *printer, const Node *child, uint32_t indent, bool lines);
/* What separates two entries in flow style: a comma, and a space or, with `lines`, a new line at `indent`. */
void print_comma(const Printer *printer, uint32_t indent, bool lines);
/* A whole document: block style, or JSON when the tree is. */
void print_document(const Printer *printer, const Node *root);

#endif
