/* Overrides of front's web server, /overrides/[name].conf: Mailu includes them in its server of pages. Only locations
 * that answer by themselves can be routed to front: one that passes a request on, also to another location of front's,
 * would lead past what Traefik checks. */
#include "ensure/overrides.h"

#include "spec/formats.h"
#include "yaml/query.h"

#include <string.h>

#define DIRECTORY S("/overrides")

/* ---- the files ---- */

/* A file of overrides: its entry in a ConfigMap of the stream, or, without a ConfigMap, only its path. */
typedef struct Override {
    Manifest *map;
    Node *place; /* the entry, or the mount */
    Str name, content;
} Override;

typedef LIST(Override) Overrides;

static bool is_override(Str file) {
    return str_ends(file, S(".conf"));
}

static void add_entry(Ensure *e, Overrides *all, Manifest *map, Str key, Str name) {
    Node *entry = map_get(map->tree, map_get(map->tree, map->root, S("data")), key);
    if (is_override(name) && is_scalar(entry))
        *PUSH(e->arena, all) = (Override){map, entry, name, entry->text};
}

/* All of the ConfigMap, or the items that the volume shows. */
static void add_directory(Ensure *e, Overrides *all, Manifest *map, Node *items) {
    Tree *tree = part_of(e->instance, FRONT)->workload->tree;
    EACH_ITEM(item, tree, items)
        add_entry(e, all, map, map_text(tree, item, S("key")), map_text(tree, item, S("path")));
    for (Node *entry = items_of(items) ? NULL : entries_of(map_get(map->tree, map->root, S("data"))); entry;
         entry = node_next(entry))
        add_entry(e, all, map, entry->key->text, entry->key->text);
}

static Overrides overrides_of_front(Ensure *e) {
    Overrides all = {0};
    const Part *front = part_of(e->instance, FRONT);
    Tree *tree = front->workload->tree;
    EACH_ITEM(mount, tree, map_get(tree, front->container, S("volumeMounts"))) {
        Str path = map_text(tree, mount, S("mountPath")), sub_path = map_text(tree, mount, S("subPath"));
        Node *source = map_get(tree, volume_of(front, mount), S("configMap")),
             *items = map_get(tree, source, S("items"));
        Str name = map_text(tree, source, S("name"));
        Str key = map_text(tree, item_with(tree, items, "path", sub_path), S("key"));
        Manifest *map = name.n ? find_manifest(e, KIND_CONFIG_MAP, name) : NULL;
        if (!str_starts(path, DIRECTORY))
            continue;
        if (is_override(path) && !map)
            *PUSH(e->arena, &all) = (Override){NULL, mount, path, {0}};
        else if (is_override(path))
            add_entry(e, &all, map, key.n ? key : sub_path, path);
        else if (map)
            add_directory(e, &all, map, items);
    }
    return all;
}

/* ---- nginx' language ---- */

static bool is_separator(Str word) {
    return str_is(word, ";") || str_is(word, "{") || str_is(word, "}");
}

static size_t length_of_quoted(Str text) {
    size_t n = 1;
    while (n < text.n && text.p[n] != text.p[0])
        n += text.p[n] == '\\' ? 2 : 1;
    return n < text.n ? n + 1 : text.n;
}

static size_t length_of_word(Str text) {
    size_t n = 0;
    if (text.n && strchr(";{}", text.p[0]))
        return 1;
    if (text.n && strchr("\"'", text.p[0]))
        return length_of_quoted(text);
    while (n < text.n && !strchr(" \t\r\n;{}", text.p[n]))
        n++;
    return n;
}

/* The next word, or one of ; { } as a word of its own; empty at the end. */
static Str next_word(Str *rest) {
    *rest = str_trim(*rest);
    while (str_starts(*rest, S("#"))) {
        str_cut(rest, '\n');
        *rest = str_trim(*rest);
    }
    Str word = str_head(*rest, length_of_word(*rest));
    *rest = str_skip(*rest, word.n);
    return word;
}

/* Passes over the words up to the end of a directive, which is returned: ";", "{", "}" or empty. */
static Str end_of_directive(Str *rest) {
    Str word = next_word(rest);
    while (word.n && !is_separator(word))
        word = next_word(rest);
    return word;
}

/* Passes over a block, whose "{" was read. */
static void skip_block(Str *rest) {
    for (int depth = 1; depth > 0;) {
        Str end = end_of_directive(rest);
        depth += str_is(end, "{") ? 1 : str_is(end, "}") ? -1 : !end.n ? -depth : 0;
    }
}

/* Reads a block. Returns whether it holds nothing but what answers a request, or refuses it, there and then: any other
 * directive may lead to another location of front's, or to another server. */
static bool answers_by_itself(Str *rest) {
    static const char *const harmless[] = {"return",     "default_type", "add_header",    "alias", "root", "expires",
                                           "access_log", "charset",      "log_not_found", "allow", "deny"};
    for (;;) {
        Str directive = next_word(rest);
        if (!directive.n || str_is(directive, "}"))
            return directive.n;
        if (!IS_ONE_OF(directive, harmless) || !str_is(end_of_directive(rest), ";"))
            return false;
    }
}

/* ---- what can be routed ---- */

static bool is_of_a_page(Ensure *e, UrlPath location) {
    if (holds_internal(location.path, location.exact ? S("Exact") : S("Prefix")) || str_is(location.path, "/"))
        return true;
    for (int page = 0; page < 2; page++) {
        UrlPaths paths = paths_of_page(e, page ? WEBMAIL : ADMIN);
        for (size_t i = 0; i < paths.n; i++) {
            Str path = paths.at[i].path;
            if (paths.at[i].exact ? str_eq(path, location.path) : str_starts(location.path, path))
                return true;
            if (!location.exact && str_starts(path, location.path))
                return true;
        }
    }
    return false;
}

/* Reads what follows "location". Returns why it can't be routed; NULL when it can. */
static const char *read_location(Ensure *e, Str *rest, UrlPath *location) {
    Str word = next_word(rest);
    bool expression = str_is(word, "~") || str_is(word, "~*");
    location->exact = str_is(word, "=");
    if (expression || location->exact || str_is(word, "^~"))
        word = next_word(rest);
    location->path = word;
    Str block = next_word(rest), inside = *rest;
    if (!str_is(block, "{"))
        return "it is not understood";
    skip_block(rest);
    if (expression)
        return "it is a regular expression";
    if (!check_url_path(word))
        return "its path is not understood";
    if (is_of_a_page(e, *location))
        return "a page of admin's or webmail's is there";
    return answers_by_itself(&inside) ? NULL : "it does not answer by itself";
}

/* Reads the next directive of a file. Returns what it is, empty at the end, and `*why` it is not routed; NULL when
 * `*location` can be. */
static Str next_directive(Ensure *e, Str *rest, UrlPath *location, const char **why) {
    Str directive = next_word(rest);
    *location = (UrlPath){0};
    *why = "it is not for one location";
    if (str_is(directive, "location"))
        *why = read_location(e, rest, location);
    else if (directive.n && !is_separator(directive) && str_is(end_of_directive(rest), "{"))
        skip_block(rest);
    return location->path.n ? location->path : directive;
}

/* The first thing in a file that can't be routed. */
static void report_file(Ensure *e, const Override *file) {
    UrlPath location;
    const char *why;
    Str rest = file->content, what;
    while ((what = next_directive(e, &rest, &location, &why)).n && !why)
        ;
    if (what.n)
        warn(e, WARN_FRONT_OVERRIDES, file->map, file->place,
             "%.*s is for front's web server, and %.*s is not routed to it: %s; expected a Traefik middleware or route "
             "instead",
             F(file->name), F(what), why);
}

UrlPaths locations_of_overrides(Ensure *e) {
    UrlPaths locations = {0};
    UrlPath location;
    const char *why;
    Overrides all = overrides_of_front(e);
    for (size_t i = 0; i < all.n; i++)
        for (Str rest = all.at[i].content; next_directive(e, &rest, &location, &why).n;)
            if (!why)
                *PUSH(e->arena, &locations) = location;
    return locations;
}

void report_overrides(Ensure *e) {
    Overrides all = overrides_of_front(e);
    bool routed = routes_traefik(e->config) && config_bool(e->config, "ingress.traefik.overrides");
    for (size_t i = 0; i < all.n; i++) {
        const Override *file = &all.at[i];
        if (routed && file->map)
            report_file(e, file);
        else
            warn(e, WARN_FRONT_OVERRIDES, file->map ? file->map : part_of(e->instance, FRONT)->workload, file->place,
                 "%.*s is for front's web server, which no route leads to; expected a Traefik middleware or route "
                 "instead%s",
                 F(file->name), file->map ? ", or ingress.traefik.overrides for its locations" : "");
    }
}
