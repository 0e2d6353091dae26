#include "spec/formats.h"

#include "spec/images.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

static bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
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

bool check_ingress_host(Str s) {
    return check_hostname(str_starts(s, S("*.")) ? str_skip(s, 2) : s);
}

/* A decimal number from `least` to `most`, without leading zeros. */
static bool is_number(Str s, int least, int most) {
    int value;
    return str_to_int(s, &value) && value >= least && value <= most && (s.n == 1 || s.p[0] != '0');
}

/* No top-level domain is a number, so an address is not a domain. */
bool check_domain(Str s) {
    ptrdiff_t dot = str_find_last(s, '.');
    return check_hostname(s) && dot >= 0 && !str_has_only(str_skip(s, (size_t)dot + 1), DIGITS);
}

bool check_object_name(Str s) {
    return check_hostname(s) && is_lower_case(s);
}

bool check_namespace(Str s) {
    return check_object_name(s) && str_find_char(s, '.') < 0;
}

/* Whether `s` is an address of that family, as inet_pton reads it into `bits`; an IPv6 address has no IPv4 part here.
 */
static bool is_address(Str s, int family, unsigned char bits[16]) {
    char text[INET6_ADDRSTRLEN] = "";
    if (!s.n || s.n >= sizeof text || !str_has_only(s, family == AF_INET ? DIGITS "." : HEX_DIGITS ":"))
        return false;
    memcpy(text, s.p, s.n);
    return inet_pton(family, text, bits) == 1;
}

static bool is_network(Str s, int family, int most, unsigned char bits[16]) {
    Str address = str_cut(&s, '/');
    return is_address(address, family, bits) && is_number(s, 0, most);
}

bool check_cidr4(Str s) {
    unsigned char bits[16];
    return is_network(s, AF_INET, 32, bits);
}

bool check_cidr6(Str s) {
    unsigned char bits[16];
    return is_network(s, AF_INET6, 128, bits);
}

/* The bits of a network's address, and how many of them count; the family, or 0 when it is not a network. */
static int network_bits(Str s, unsigned char bits[16], int *count) {
    int family = is_network(s, AF_INET, 32, bits) ? AF_INET : is_network(s, AF_INET6, 128, bits) ? AF_INET6 : 0;
    str_cut(&s, '/');
    return str_to_int(s, count) ? family : 0;
}

bool network_inside(Str network, Str other) {
    unsigned char inner[16], outer[16];
    int inner_count, outer_count, family = network_bits(network, inner, &inner_count);
    if (!family || network_bits(other, outer, &outer_count) != family || inner_count < outer_count)
        return false;
    for (int i = 0; i < outer_count; i++)
        if ((inner[i / 8] ^ outer[i / 8]) & 0x80 >> i % 8)
            return false;
    return true;
}

bool check_host_port(Str s) {
    bool has_port = str_find_char(s, ':') >= 0;
    return check_hostname(str_cut(&s, ':')) && (!has_port || is_number(s, 1, 65535));
}

bool check_relay_host(Str s) {
    if (s.n > 253 || !str_starts(s, S("[")))
        return s.n <= 253 && check_host_port(s);
    s = str_skip(s, 1);
    bool closed = str_find_char(s, ']') >= 0;
    return check_hostname(str_cut(&s, ']')) && closed &&
           (s.n == 0 || (s.p[0] == ':' && is_number(str_skip(s, 1), 1, 65535)));
}

/* The factor of a suffix or exponent, in thousandths; false when Kubernetes does not have it. */
static bool quantity_factor(Str s, double *factor) {
    static const struct {
        const char *suffix;
        double factor;
    } units[] = {
        {"", 1e3},
        {"n", 1e-6},
        {"u", 1e-3},
        {"m", 1},
        {"k", 1e6},
        {"M", 1e9},
        {"G", 1e12},
        {"T", 1e15},
        {"P", 1e18},
        {"E", 1e21},
        {"Ki", 1024e3},
        {"Mi", 1048576e3},
        {"Gi", 1073741824e3},
        {"Ti", 1099511627776e3},
        {"Pi", 1125899906842624e3},
        {"Ei", 1152921504606846976e3},
    };
    for (size_t i = 0; i < COUNT(units); i++) {
        if (str_is(s, units[i].suffix)) {
            *factor = units[i].factor;
            return true;
        }
    }
    int exponent;
    if (s.n == 0 || (s.p[0] != 'e' && s.p[0] != 'E'))
        return false;
    s = str_skip(s, 1);
    bool negative = str_starts(s, S("-"));
    if (negative || str_starts(s, S("+")))
        s = str_skip(s, 1);
    if (!is_number(s, 0, 18) || !str_to_int(s, &exponent))
        return false;
    for (*factor = 1e3; exponent > 0; exponent--)
        *factor = negative ? *factor / 10 : *factor * 10;
    return true;
}

bool quantity_value(Str s, double *value) {
    double number = 0, place = 1, factor;
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
    if (digits == 0 || digits > 15 || !quantity_factor(str_skip(s, at), &factor))
        return false;
    *value = number / place * factor;
    return true;
}

bool check_quantity(Str s) {
    double value;
    return s.n <= 15 && quantity_value(s, &value);
}

/* One part of the path of an image: lower-case letters and digits, with ".", "_", "__" or hyphens between them. */
static bool is_image_part(Str s) {
    for (size_t at = 0, from = 0; at < s.n; from = at) {
        while (at < s.n && (is_lower(s.p[at]) || is_digit(s.p[at])))
            at++;
        if (at == from)
            return false;
        if (at == s.n)
            return true;
        char separator = s.p[at];
        for (from = at; at < s.n && s.p[at] == separator;)
            at++;
        if (separator != '-' && !(separator == '.' && at == from + 1) && !(separator == '_' && at <= from + 2))
            return false;
    }
    return false;
}

bool check_image_path(Str s) {
    Str rest = s, host = str_cut(&rest, '/');
    if (s.n > 255)
        return false;
    if (rest.n && !is_image_part(host)) { /* for example a registry with a port */
        if (!check_host_port(host))
            return false;
        s = rest;
    }
    while (str_find_char(s, '/') >= 0)
        if (!is_image_part(str_cut(&s, '/')))
            return false;
    return is_image_part(s);
}

static bool is_digest(Str s) {
    return s.n == 7 + 64 && str_starts(s, S("sha256:")) && str_has_only(str_skip(s, 7), DIGITS "abcdef");
}

bool check_image(Str s) {
    if (s.n > 255)
        return false;
    bool has_digest = str_find_char(s, '@') >= 0;
    Str name = str_cut(&s, '@');
    if (has_digest && !is_digest(s))
        return false;
    Str path = image_repository(name), tag = str_skip(name, path.n);
    return check_image_path(path) && (!tag.n || check_image_tag(str_skip(tag, 1)));
}

bool check_image_tag(Str s) {
    return is_made_of(s, "_.-", 128) && s.p[0] != '.' && s.p[0] != '-';
}

bool check_local_part(Str s) {
    return is_made_of(s, "+-_.=", 64) && s.p[0] != '.' && s.p[s.n - 1] != '.' && !str_has(s, "..");
}

bool check_timezone(Str s) {
    return is_made_of(s, "/_+-", 64) && is_alnum(s.p[0]);
}

bool check_url_path(Str s) {
    return s.n && s.p[0] == '/' && is_made_of(s, "/._~-", 128) && !str_has(s, "//") && !str_has(s, "..");
}

bool check_rate(Str s) {
    static const char *const units[] = {"second", "minute", "hour", "day", "month", "year"};
    return is_number(str_cut(&s, '/'), 1, 999999999) && IS_ONE_OF(s, units);
}

bool check_data_key(Str s) {
    return is_made_of(s, "._-", 253) && !str_is(s, ".") && !str_starts(s, S(".."));
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

bool holds_internal(Str path, Str type) {
    Str internal = S("/internal");
    return str_starts(path, internal) || (!str_is(type, "Exact") && str_starts(internal, path));
}
