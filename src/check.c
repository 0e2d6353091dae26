#include "check.h"

#include <string.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

static bool is_alnum(char c) {
    return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z');
}

/* Only letters, digits and the characters of `more`, from one character to `most` of them. */
static bool is_made_of(Str s, const char *more, size_t most) {
    if (s.n == 0 || s.n > most)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_alnum(s.p[i]) && (s.p[i] == 0 || !strchr(more, s.p[i])))
            return false;
    return true;
}

static bool has_alnum_ends(Str s) {
    return s.n && is_alnum(s.p[0]) && is_alnum(s.p[s.n - 1]);
}

static bool is_lower_case(Str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'A' && s.p[i] <= 'Z')
            return false;
    return true;
}

bool check_hostname(Str s) {
    if (s.n == 0 || s.n > 253)
        return false;
    bool more = true;
    while (more) {
        more = str_find_char(s, '.') >= 0;
        Str label = str_cut(&s, '.');
        if (!is_made_of(label, "-", 63) || !has_alnum_ends(label))
            return false;
    }
    return true;
}

bool check_address4(Str s) {
    for (int i = 0; i < 4; i++) {
        int value;
        if ((i < 3) != (str_find_char(s, '.') >= 0))
            return false;
        Str part = str_cut(&s, '.');
        if (!str_to_int(part, &value) || value > 255 || (part.n > 1 && part.p[0] == '0'))
            return false;
    }
    return true;
}

bool check_domain(Str s) {
    return check_hostname(s) && str_find_char(s, '.') >= 0 && !check_address4(s);
}

bool check_object_name(Str s) {
    return check_hostname(s) && is_lower_case(s);
}

bool check_label(Str s) {
    return check_object_name(s) && str_find_char(s, '.') < 0;
}

static bool is_prefix_length(Str s, int most) {
    int length;
    return str_to_int(s, &length) && length <= most && !(s.n > 1 && s.p[0] == '0');
}

bool check_cidr4(Str s) {
    Str address = str_cut(&s, '/');
    return check_address4(address) && is_prefix_length(s, 32);
}

static bool is_address6(Str s) {
    int groups = 0, gaps = 0;
    if (str_starts(s, S("::"))) {
        gaps = 1;
        s = str_skip(s, 2);
    }
    while (s.n) {
        Str rest = s, group = str_cut(&rest, ':');
        bool last = group.n == s.n;
        if (group.n == 0 || group.n > 4)
            return false;
        for (size_t i = 0; i < group.n; i++)
            if (!is_digit(group.p[i]) && !strchr("abcdefABCDEF", group.p[i]))
                return false;
        groups++;
        s = rest;
        if (!last && s.n == 0)
            return false; /* a single colon at the end */
        if (s.n && s.p[0] == ':') {
            if (gaps++)
                return false;
            s = str_skip(s, 1);
        }
    }
    return gaps ? groups < 8 : groups == 8;
}

bool check_cidr6(Str s) {
    Str address = str_cut(&s, '/');
    return is_address6(address) && is_prefix_length(s, 128);
}

bool check_host_port(Str s) {
    Str host = str_cut(&s, ':');
    int port;
    bool has_port = host.p + host.n != s.p || s.n;
    return check_hostname(host) && (!has_port || (str_to_int(s, &port) && port >= 1 && port <= 65535));
}

bool quantity_value(Str s, double *value) {
    static const struct {
        const char *suffix;
        double factor;
    } units[] = {
        {"", 1e3},
        {"m", 1},
        {"k", 1e6},
        {"M", 1e9},
        {"G", 1e12},
        {"T", 1e15},
        {"P", 1e18},
        {"Ki", 1024e3},
        {"Mi", 1048576e3},
        {"Gi", 1073741824e3},
        {"Ti", 1099511627776e3},
        {"Pi", 1125899906842624e3},
    };
    double number = 0, place = 1;
    size_t at = 0, digits = 0;
    bool fraction = false;
    for (; at < s.n && (is_digit(s.p[at]) || (s.p[at] == '.' && !fraction)); at++) {
        if (s.p[at] == '.') {
            fraction = true;
            continue;
        }
        digits++;
        number = number * 10 + (s.p[at] - '0');
        place = fraction ? place * 10 : place;
    }
    if (digits == 0 || digits > 15)
        return false;
    for (size_t i = 0; i < COUNT(units); i++) {
        if (str_is(str_skip(s, at), units[i].suffix)) {
            *value = number / place * units[i].factor;
            return true;
        }
    }
    return false;
}

bool check_quantity(Str s) {
    double value;
    return quantity_value(s, &value);
}

bool check_image_tag(Str s) {
    return is_made_of(s, "_.-", 128) && s.p[0] != '.' && s.p[0] != '-';
}

bool check_image(Str s) {
    if (!is_made_of(s, "._-/:@", 512) || !has_alnum_ends(s))
        return false;
    return !str_has(s, "//") && !str_has(s, "@@");
}

bool check_local_part(Str s) {
    return is_made_of(s, "+-_.=", 64) && s.p[0] != '.' && s.p[s.n - 1] != '.';
}

bool check_timezone(Str s) {
    return is_made_of(s, "/_+-", 64) && is_alnum(s.p[0]);
}

bool check_url_path(Str s) {
    return s.n && s.p[0] == '/' && is_made_of(s, "/._~-", 128) && !str_has(s, "//") && !str_has(s, "..");
}

bool check_rate(Str s) {
    static const char *const units[] = {"second", "minute", "hour", "day", "month", "year"};
    int count;
    Str number = str_cut(&s, '/');
    if (!str_to_int(number, &count) || count < 1)
        return false;
    for (size_t i = 0; i < COUNT(units); i++)
        if (str_is(s, units[i]))
            return true;
    return false;
}

bool check_data_key(Str s) {
    return is_made_of(s, "._-", 253) && !str_is(s, ".") && !str_is(s, "..");
}

bool check_label_value(Str s) {
    return s.n == 0 || (is_made_of(s, "._-", 63) && has_alnum_ends(s));
}

bool check_label_key(Str s) {
    ptrdiff_t slash = str_find_char(s, '/');
    if (slash >= 0) {
        if (!check_object_name(str_head(s, (size_t)slash)))
            return false;
        s = str_skip(s, (size_t)slash + 1);
    }
    return s.n && check_label_value(s);
}

bool check_entry_point(Str s) {
    return is_made_of(s, "_-", 63) && has_alnum_ends(s);
}
