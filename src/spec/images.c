#include "spec/images.h"

Str image_repository(Str image) {
    Str name = str_cut(&image, '@');
    ptrdiff_t colon = str_find_last(name, ':');
    return colon >= 0 && str_find_char(str_skip(name, (size_t)colon), '/') < 0 ? str_head(name, (size_t)colon) : name;
}

Str image_tag(Str image) {
    Str repository = image_repository(image), rest = str_skip(image, repository.n);
    return str_starts(rest, S(":")) ? str_cut(&(Str){rest.p + 1, rest.n - 1}, '@') : S("");
}

Str image_last_segment(Str path, Str *before) {
    ptrdiff_t slash = str_find_last(path, '/');
    *before = slash < 0 ? S("") : str_head(path, (size_t)slash);
    return str_skip(path, (size_t)(slash + 1));
}

ComponentId component_with_repository(Str name) {
    ComponentId id = 0;
    while (id < COMPONENTS && !(components[id].repository && str_is(name, components[id].repository)))
        id++;
    return id;
}

ComponentId component_of_image(Str image, Str registry) {
    Str path, ignored, name = image_last_segment(image_repository(image), &path);
    if (!str_eq(path, registry) && !str_is(image_last_segment(path, &ignored), "mailu"))
        return COMPONENTS;
    /* what webmail's image was called before 2.0 */
    if (str_is(name, "roundcube") || str_is(name, "rainloop") || str_is(name, "snappymail"))
        return WEBMAIL;
    return component_with_repository(name);
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
