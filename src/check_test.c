#include "check.h"
#include "tests.h"

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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(hostnames),
    cmocka_unit_test(networks),
    cmocka_unit_test(quantities),
};
SUITE(check, tests);
