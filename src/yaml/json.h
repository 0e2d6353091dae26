/* The tokens of JSON. */
#ifndef JSON_H
#define JSON_H

#include "base/base.h"

typedef struct Json {
    Str text;
    size_t at;     /* after the token */
    char last;     /* the token: a '"' for a string, a 'w' for another word, or the character itself; first ':' */
    Str token;     /* its text, a string with its quotes */
    int depth;     /* of collections, after the token */
    bool not_json; /* something that JSON does not have was among the tokens */
} Json;

/* The value that starts at `at`. */
Json json_at(Str text, size_t at);
/* Takes one token; false at the end of the mapping or list that was first, or of the text. In well-formed YAML that is
 * JSON so far, the tokens are as they seem: nothing between them could give a quote, a brace or a comma another
 * meaning, such as other quotes, comments, anchors or tags. */
bool json_next(Json *json);
/* Whether it is JSON values and nothing else, if it is well-formed YAML. */
bool is_json(Str text);

#endif
