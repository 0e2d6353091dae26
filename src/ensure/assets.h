/* The files of src/ensure/assets, embedded by the Makefile. "@NAME@" in them is replaced by a value. */
#ifndef ASSETS_H
#define ASSETS_H

#include "base/base.h"

extern const Str asset_front_entrypoint, asset_front_login, asset_front_sieve_conf, asset_front_sieve_lua,
    asset_webmail_entrypoint, asset_dovecot_conf, asset_dovecot_limits_conf, asset_postfix_master;

typedef struct AssetValue {
    const char *name;
    Str value;
} AssetValue;

/* `asset` with every "@NAME@" of `values` replaced, in one pass: the values themselves are not searched. */
Str asset_fill(Arena *arena, Str asset, const AssetValue *values, size_t count);

#endif
