#include "spec/images.h"

Str image_repository(Str image) {
    ptrdiff_t at = str_find_char(image, '@');
    if (at >= 0)
        image = str_head(image, (size_t)at);
    for (size_t i = image.n; i-- > 0 && image.p[i] != '/';)
        if (image.p[i] == ':')
            return str_head(image, i);
    return image;
}

Str image_tag(Str image) {
    Str repository = image_repository(image), rest = str_skip(image, repository.n);
    return str_starts(rest, S(":")) ? str_cut(&(Str){rest.p + 1, rest.n - 1}, '@') : S("");
}

Str image_last_segment(Str path, Str *before) {
    size_t i = path.n;
    while (i > 0 && path.p[i - 1] != '/')
        i--;
    *before = i ? str_head(path, i - 1) : S("");
    return str_skip(path, i);
}

ComponentId component_of_image(Str image, Str registry) {
    Str path, ignored, name = image_last_segment(image_repository(image), &path);
    if (!str_eq(path, registry) && !str_is(image_last_segment(path, &ignored), "mailu"))
        return COMPONENTS;
    for (ComponentId id = 0; id < COMPONENTS; id++)
        if (components[id].repository && str_is(name, components[id].repository))
            return id;
    /* what webmail's image was called before 2.0 */
    return str_is(name, "roundcube") || str_is(name, "rainloop") || str_is(name, "snappymail") ? WEBMAIL : COMPONENTS;
}

/* Removes the digits at the start of `*rest`; false when there are none, or more than a version has. */
static bool take_number(Str *rest, int *number) {
    size_t n = 0;
    while (n < rest->n && is_digit(rest->p[n]))
        n++;
    bool ok = n > 0 && str_to_int(str_head(*rest, n), number);
    *rest = str_skip(*rest, n);
    return ok;
}

ImageAge image_age(Str tag) {
    int year, month;
    Str rest = str_starts(tag, S("v")) ? str_skip(tag, 1) : tag;
    if (!take_number(&rest, &year) || !str_starts(rest, S(".")))
        return AGE_UNKNOWN;
    rest = str_skip(rest, 1);
    if (year < MAILU_YEAR)
        return AGE_TOO_OLD;
    if (!take_number(&rest, &month))
        return AGE_UNKNOWN;
    return year == MAILU_YEAR && month < MAILU_MONTH ? AGE_TOO_OLD : AGE_FINE;
}
