#include "ensure/assets.h"

#include "assets_data.h" /* made by the Makefile */

#define ASSET(name) const Str asset_##name = {(const char *)name##_data, sizeof name##_data}

ASSET(front_entrypoint);
ASSET(front_login);
ASSET(front_sieve_conf);
ASSET(front_sieve_lua);
ASSET(webmail_entrypoint);
ASSET(dovecot_conf);
ASSET(dovecot_limits_conf);
ASSET(postfix_master);

Str asset_fill(Arena *arena, Str asset, const AssetValue *values, size_t count) {
    Buf out = {.arena = arena};
    while (asset.n) {
        ptrdiff_t at = str_find_char(asset, '@');
        if (at < 0)
            break;
        buf_add(&out, str_head(asset, (size_t)at));
        asset = str_skip(asset, (size_t)at);
        Str rest = str_skip(asset, 1);
        bool closed = str_find_char(rest, '@') >= 0;
        Str name = str_cut(&rest, '@');
        size_t i = closed ? 0 : count;
        while (i < count && !str_is(name, values[i].name))
            i++;
        if (i < count) {
            buf_add(&out, values[i].value);
            asset = rest;
        } else {
            buf_char(&out, '@');
            asset = str_skip(asset, 1);
        }
    }
    buf_add(&out, asset);
    return buf_str(&out);
}
