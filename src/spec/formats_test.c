#include "spec/formats.h"
#include "tests/tests.h"

static void hostnames(void **state) {
    (void)state;
    assert_true(check_hostname(S("mail.example.com")));
    assert_true(check_hostname(S("a")));
    assert_false(check_hostname(S("")));
    assert_false(check_hostname(S("-a.example.com")));
    assert_false(check_hostname(S("a..b")));
    assert_false(check_hostname(S("a.b.")));
    assert_false(check_hostname(S("a\nb")));
    assert_false(check_domain(S("localhost")));
    assert_false(check_domain(S("10.0.0.1")));
}

static void networks(void **state) {
    (void)state;
    assert_true(check_cidr4(S("10.42.0.0/16")));
    assert_true(check_cidr4(S("0.0.0.0/0")));
    assert_false(check_cidr4(S("10.42.0.0")));
    assert_false(check_cidr4(S("10.42.0/16")));
    assert_false(check_cidr4(S("10.42.0.256/16")));
    assert_false(check_cidr4(S("10.42.0.0/33")));
    assert_false(check_cidr4(S("10.42.0.0/16;")));
    assert_false(check_cidr4((Str){0})); /* nor is NULL handed on */
    assert_true(network_inside(S("10.42.7.0/24"), S("10.42.0.0/16")));
    assert_true(network_inside(S("10.42.0.0/16"), S("10.42.0.0/16")));
    assert_true(network_inside(S("10.42.0.0/17"), S("10.42.128.0/16"))); /* bits after the length do not count */
    assert_false(network_inside(S("10.42.0.0/15"), S("10.42.0.0/16")));
    assert_false(network_inside(S("10.43.0.0/24"), S("10.42.0.0/16")));
    assert_true(network_inside(S("192.0.2.1/32"), S("0.0.0.0/0")));
    assert_true(network_inside(S("fd00:42:7::/64"), S("fd00:42::/32")));
    assert_false(network_inside(S("fd00:43::/64"), S("fd00:42::/32")));
    assert_false(network_inside(S("10.42.7.0/24"), S("::/0")));
    assert_false(network_inside(S("10.42.7.0"), S("10.42.0.0/16")));
    assert_false(network_inside(S("10.42.7.0/24"), S("")));
    assert_true(check_cidr6(S("fd00:42::/48")));
    assert_true(check_cidr6(S("::/0")));
    assert_true(check_cidr6(S("1:2:3:4:5:6:7:8/128")));
    assert_false(check_cidr6(S("1:2:3:4:5:6:7/64")));
    assert_false(check_cidr6(S("1::2::3/64")));
    assert_false(check_cidr6(S("fd00:42:/48")));
    assert_false(check_cidr6(S("fd00:42::/129")));
}

static void quantities(void **state) {
    double value;
    (void)state;
    assert_true(quantity_value(S("500m"), &value) && value == 500);
    assert_true(quantity_value(S("1.5"), &value) && value == 1500);
    assert_true(quantity_value(S("1Ki"), &value) && value == 1024000);
    assert_false(check_quantity(S("1 Gi")));
    assert_false(check_quantity(S("Gi")));
    assert_false(check_quantity(S("-1")));
    assert_false(check_quantity(S("")));
}

/* A text of `n` times `c`. */
static Str times(Arena *arena, char c, size_t n) {
    Buf out = {.arena = arena};
    buf_fill(&out, c, n);
    return buf_str(&out);
}

static void lengths(void **state) {
    static const struct {
        bool (*check)(Str);
        const char *before;
        size_t most;
    } rows[] = {
        {check_hostname, "", 63},        {check_namespace, "", 63},     {check_object_name, "", 63},
        {check_label_value, "", 63},     {check_label_key, "a.b/", 63}, {check_entry_point, "", 63},
        {check_local_part, "", 64},      {check_image_tag, "", 128},    {check_data_key, "", 253},
        {check_timezone, "Europe/", 57}, {check_url_path, "/", 127},    {check_image_path, "ghcr.io/", 247},
        {check_image, "ghcr.io/", 247},
    };
    Arena *arena = test_arena();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Str most = times(arena, 'a', rows[i].most), more = times(arena, 'a', rows[i].most + 1);
        assert_true(rows[i].check(str_format(arena, "%s%.*s", rows[i].before, F(most))));
        assert_false(rows[i].check(str_format(arena, "%s%.*s", rows[i].before, F(more))));
    }
    Str label = times(arena, 'a', 63);
    Str name = str_format(arena, "%.*s.%.*s.%.*s.%.*s", F(label), F(label), F(label), F(str_head(label, 61)));
    assert_int_equal(name.n, 253);
    assert_true(check_hostname(name) && check_object_name(name) && check_domain(name));
    assert_false(check_hostname(str_format(arena, "%.*sa", F(name))));
    assert_true(check_quantity(S("12345678901234m")));
    assert_false(check_quantity(S("123456789012345m")));
    test_arena_done(arena);
}

typedef struct Row {
    bool (*check)(Str);
    const char *text;
    bool good;
} Row;

static void expect(const Row *rows, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (rows[i].check(str(rows[i].text)) != rows[i].good)
            fail_msg("row %zu: \"%s\" should %s", i, rows[i].text, rows[i].good ? "pass" : "not pass");
}

static void names(void **state) {
    static const Row rows[] = {
        {check_domain, "example.com", true},
        {check_domain, "xn--bcher-kva.example", true},
        {check_domain, "1.2.3.com", true},
        {check_domain, "10.0.0.1", false},
        {check_domain, "10.0.1", false},
        {check_domain, "example.com.", false},
        {check_domain, ".example.com", false},
        {check_domain, "exa mple.com", false},
        {check_domain, "a_b.com", false},
        {check_domain, "a-.com", false},
        {check_object_name, "mailu-front.x", true},
        {check_object_name, "Mailu", false},
        {check_object_name, "mailu_front", false},
        {check_namespace, "mail-1", true},
        {check_namespace, "mail.u", false},
        {check_namespace, "-mail", false},
        {check_label_value, "", true},
        {check_label_value, "a_b.c-d", true},
        {check_label_value, "-a", false},
        {check_label_value, "a b", false},
        {check_label_key, "app", true},
        {check_label_key, "app.kubernetes.io/name", true},
        {check_label_key, "/name", false},
        {check_label_key, "app/", false},
        {check_label_key, "a/b/c", false},
        {check_label_key, "A.b/c", false},
        {check_data_key, ".hidden", true},
        {check_data_key, ".", false},
        {check_data_key, "..", false},
        {check_data_key, "..data", false},
        {check_data_key, "a/b", false},
        {check_entry_point, "smtp-submission", true},
        {check_entry_point, "smtp,imap", false},
        {check_entry_point, "", false},
        {check_timezone, "Etc/GMT+5", true},
        {check_timezone, "/etc/passwd", false},
        {check_timezone, "America/Port-au-Prince", true},
        {check_timezone, "Europe Vienna", false},
    };
    (void)state;
    expect(rows, COUNT(rows));
}

static void addresses(void **state) {
    static const Row rows[] = {
        {check_cidr4, "0.0.0.0/0", true},
        {check_cidr4, "255.255.255.255/32", true},
        {check_cidr4, "10.042.0.0/16", false},
        {check_cidr4, "10.42.0.0/016", false},
        {check_cidr4, "10.42.0.0/", false},
        {check_cidr4, "10.42.0.0.0/16", false},
        {check_cidr4, "-1.0.0.0/8", false},
        {check_cidr4, "10.42.0.0/16 ", false},
        {check_cidr6, "::1/128", true},
        {check_cidr6, "1:2:3:4:5:6:7::/64", true},
        {check_cidr6, "::2:3:4:5:6:7:8/64", true},
        {check_cidr6, "1:2:3:4:5:6:7:8::/64", false},
        {check_cidr6, "1:2:3:4:5:6:7:8:9/64", false},
        {check_cidr6, ":/64", false},
        {check_cidr6, ":::/64", false},
        {check_cidr6, "12345::/64", false},
        {check_cidr6, "g::/64", false},
        {check_cidr6, "::/064", false},
        {check_cidr6, "::", false},
        {check_host_port, "redis", true},
        {check_host_port, "redis:1", true},
        {check_host_port, "redis:65535", true},
        {check_host_port, "redis:65536", false},
        {check_host_port, "redis:0", false},
        {check_host_port, "redis:", false},
        {check_host_port, "redis:06379", false},
        {check_host_port, ":6379", false},
        {check_host_port, "a:1:2", false},
        {check_relay_host, "[smtp.example.net]:587", true},
        {check_relay_host, "[smtp.example.net]", true},
        {check_relay_host, "smtp.example.net:25", true},
        {check_relay_host, "[smtp.example.net", false},
        {check_relay_host, "[]:25", false},
        {check_relay_host, "[a.b]25", false},
        {check_relay_host, "[a.b]:", false},
        {check_relay_host, "[a.b]:70000", false},
        {check_rate, "200/day", true},
        {check_rate, "1/second", true},
        {check_rate, "0/day", false},
        {check_rate, "0200/day", false},
        {check_rate, "200/week", false},
        {check_rate, "200", false},
        {check_rate, "/day", false},
        {check_rate, "200/day/day", false},
        {check_local_part, "first.last+tag", true},
        {check_local_part, ".a", false},
        {check_local_part, "a.", false},
        {check_local_part, "a..b", false},
        {check_local_part, "a@b", false},
        {check_local_part, "", false},
        {check_url_path, "/webmail", true},
        {check_url_path, "/", true},
        {check_url_path, "webmail", false},
        {check_url_path, "/a//b", false},
        {check_url_path, "/a/../b", false},
        {check_url_path, "/a?b", false},
        {check_url_path, "/a`) || Path(`/", false},
    };
    (void)state;
    expect(rows, COUNT(rows));
}

static void images(void **state) {
    static const Row rows[] = {
        {check_image, "ghcr.io/mailu/admin:2024.06", true},
        {check_image, "admin", true},
        {check_image, "localhost:5000/a/b:1", true},
        {check_image, "Registry.Example.com/a", true},
        {check_image, "a__b/c.d/e--f", true},
        {check_image, "a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true},
        {check_image, "a:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true},
        {check_image, "a@sha256:0123", false},
        {check_image, "a@", false},
        {check_image, "a:", false},
        {check_image, "a:b:c", false},
        {check_image, ":1", false},
        {check_image, "", false},
        {check_image, "a//b", false},
        {check_image, "a/b/", false},
        {check_image, "/a", false},
        {check_image, "a/B", false},
        {check_image, "a___b", false},
        {check_image, "a..b", false},
        {check_image, "a/-b", false},
        {check_image, "a b", false},
        {check_image, "a:1\n", false},
        {check_image_path, "ghcr.io/mailu", true},
        {check_image_path, "ghcr.io/mailu:2024.06", false},
        {check_image_path, "localhost:5000", false},
        {check_image_tag, "2024.06", true},
        {check_image_tag, "_x", true},
        {check_image_tag, ".x", false},
        {check_image_tag, "-x", false},
        {check_image_tag, "a/b", false},
    };
    (void)state;
    expect(rows, COUNT(rows));
}

static void quantities_of_a_cluster(void **state) {
    static const struct {
        const char *text;
        double thousandths;
    } rows[] = {{"0", 0},         {"1", 1e3},   {"1.", 1e3},  {".5", 500},  {"100n", 1e-4}, {"100u", 0.1},
                {"1k", 1e6},      {"1E", 1e21}, {"1e3", 1e6}, {"1E3", 1e6}, {"1e-3", 1},    {"128974848", 128974848e3},
                {"129e6", 129e9}, {"1e+2", 1e5}};
    double value;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(quantity_value(str(rows[i].text), &value));
        assert_true(value > rows[i].thousandths * 0.999999 - 1e-12 && value < rows[i].thousandths * 1.000001 + 1e-12);
    }
    static const char *const none[] = {"1KI", "1e",   "1e19", "1e1.5",           "1ee3", "1.2.3", "1G i",
                                       "NaN", "0x10", "+1",   "1234567890123456"};
    for (size_t i = 0; i < COUNT(none); i++)
        assert_false(quantity_value(str(none[i]), &value));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(hostnames),  cmocka_unit_test(networks),
    cmocka_unit_test(quantities), cmocka_unit_test(lengths),
    cmocka_unit_test(names),      cmocka_unit_test(addresses),
    cmocka_unit_test(images),     cmocka_unit_test(quantities_of_a_cluster),
};
SUITE(formats, tests);
