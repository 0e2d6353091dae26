#include "model/mirror.h"

#include "spec/catalog.h"
#include "spec/images.h"

enum { ENOUGH = 3 /* components from one place */ };

static const char word[] = "image";

/* The image of a line such as "  image: registry/path/nginx:2024.06"; `rest` is what follows the first "image". */
static Str image_of(Str rest) {
    while (rest.n && strchr("\": ", rest.p[0]))
        rest = str_skip(rest, 1);
    size_t n = 0;
    while (n < rest.n && !strchr("\",} \t\r", rest.p[n]))
        n++;
    return str_head(rest, n);
}

typedef struct Origin {
    Str path;
    unsigned seen; /* a bit for each component */
} Origin;

static size_t count_bits(unsigned bits) {
    size_t n = 0;
    for (; bits; bits &= bits - 1)
        n++;
    return n;
}

static Str mirror_of(const Stream *stream) {
    enum { ORIGINS = 16 };
    Origin origins[ORIGINS] = {0};
    size_t n = 0;
    ptrdiff_t at;
    for (Str rest = stream->text; (at = str_find(rest, str(word))) >= 0;) {
        rest = str_skip(rest, (size_t)at + sizeof word - 1);
        Str path, name = image_last_segment(image_repository(image_of(str_cut(&rest, '\n'))), &path);
        ComponentId id = component_with_repository(name);
        if (!path.n || id == COMPONENTS)
            continue;
        size_t i = 0;
        while (i < n && !str_eq(origins[i].path, path))
            i++;
        if (i == n && n < ORIGINS)
            origins[n++].path = path;
        if (i < n && count_bits(origins[i].seen |= 1U << id) >= ENOUGH)
            return path;
    }
    return (Str){0};
}

Str why_no_mailu(Arena *arena, const Stream *stream) {
    Str mirror = mirror_of(stream);
    if (!mirror.n)
        return S("found no Mailu, expected one: nothing to do (--generate adds a whole one)");
    return str_format(arena,
                      "found no Mailu, but images with the names of Mailu's in %.*s: if they are Mailu's, use --set "
                      "images.registry=%.*s",
                      F(mirror), F(mirror));
}
