#include "yaml/build.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

typedef struct Builder {
    Arena *arena;
    const char *at;
    va_list args;
} Builder;

static Node *value(Builder *b);

static Str word(Builder *b) {
    const char *start = b->at;
    b->at += strcspn(start, ",:{}[]%");
    return (Str){start, (size_t)(b->at - start)};
}

static Node *argument(Builder *b) {
    b->at++;
    switch (*b->at++) {
    case 's':
        return new_string(b->arena, str(va_arg(b->args, const char *)));
    case 'S':
        return new_string(b->arena, va_arg(b->args, Str));
    case 'd':
        return new_plain(b->arena, str_format(b->arena, "%d", va_arg(b->args, int)));
    default:
        assert(b->at[-1] == 'n');
        return va_arg(b->args, Node *);
    }
}

static Node *collection(Builder *b, NodeKind kind, char close) {
    Node *node = new_collection(b->arena, kind);
    for (b->at++; *b->at != close;) {
        Node *key = NULL;
        if (kind == MAPPING) {
            key = *b->at == '%' ? argument(b) : new_string(b->arena, word(b));
            assert(*b->at == ':');
            b->at++;
        }
        Node *child = value(b);
        if (child)
            node_append(node, key, child);
        if (*b->at == ',')
            b->at++;
        else
            assert(*b->at == close);
    }
    b->at++;
    return node;
}

static Node *value(Builder *b) {
    if (*b->at == '{')
        return collection(b, MAPPING, '}');
    if (*b->at == '[')
        return collection(b, SEQUENCE, ']');
    if (*b->at == '%')
        return argument(b);
    Str text = word(b);
    int number;
    if (str_is(text, "true") || str_is(text, "false") || str_to_int(text, &number))
        return new_plain(b->arena, text);
    return new_string(b->arena, text);
}

Node *build(Arena *arena, const char *template, ...) {
    Builder b = {.arena = arena, .at = template};
    va_start(b.args, template);
    Node *node = value(&b);
    va_end(b.args);
    assert(*b.at == 0);
    return node;
}
