#include "yaml/json.h"

static bool is_word(char c) {
    return is_alnum(c) || c == '-' || c == '+' || c == '.';
}

/* After the string that starts at `at`: after the first quote without a backslash that is its own. */
static size_t string_end(Str text, size_t at) {
    for (const char *quote; (quote = memchr(text.p + at + 1, '"', text.n - at - 1));) {
        size_t backslashes = 0;
        for (at = (size_t)(quote - text.p); text.p[at - 1 - backslashes] == '\\';)
            backslashes++;
        if (backslashes % 2 == 0)
            return at + 1;
    }
    return text.n;
}

Json json_at(Str text, size_t at) {
    return (Json){.text = text, .at = at, .last = ':'};
}

bool json_next(Json *json) {
    Str text = json->text;
    if (json->depth <= 0 && (json->last == '}' || json->last == ']'))
        return false;
    while (json->at < text.n && is_space(text.p[json->at]))
        json->at++;
    if (json->at == text.n)
        return false;
    size_t start = json->at++;
    char last = json->last, c = json->last = text.p[start];
    bool may_start = last == ':' || last == ',' || last == '[' || last == '{';
    switch (c) {
    case '"':
        json->at = string_end(text, start);
        json->not_json |= !may_start;
        break;
    case '{':
    case '[':
        json->depth++;
        json->not_json |= !may_start;
        break;
    case '}':
    case ']':
        json->depth--;
        break;
    case ':':
        json->not_json |= last != '"';
        break;
    case ',':
        break;
    default:
        json->not_json |= !is_word(c);
        json->last = 'w';
        while (json->at < text.n && is_word(text.p[json->at]))
            json->at++;
    }
    json->token = (Str){text.p + start, json->at - start};
    return true;
}

bool is_json(Str text) {
    Json json = json_at(text, 0);
    while (!json.not_json && json_next(&json))
        if (json.last == '}' && json.depth == 0) /* another may follow */
            json = (Json){.text = text, .at = json.at, .last = ':', .not_json = json.not_json};
    return !json.not_json && json.last == ':' && json.depth == 0;
}
