# libyaml and libfyaml for one machine, and cmocka for its tests, of the sources that scripts/release.d/toolchain has brought.
# scripts/release.d/build gives CC, AR, TOOLCHAIN and OUT, the directory for them.
version = $(firstword $(subst -, ,$(shell sed -n 's/^$(1) \([^ ]*\) .*/\1/p' scripts/release.d/sources)))
objects = $(patsubst $(TOOLCHAIN)/%.c,$(OUT)/%.o,$(wildcard $(addprefix $(TOOLCHAIN)/,$(1))))
YAML = $(call objects,libyaml/src/*.c)
FYAML = $(call objects,libfyaml/src/lib/*.c libfyaml/src/xxhash/*.c)
CMOCKA = $(call objects,cmocka/src/cmocka.c)

# What their configure scripts would find. The paths are relative, since assert() puts them into the program.
FLAGS = -O2 -g0 -w -fPIE -fstack-protector-strong -I"$(CURDIR)/$(OUT)"
FLAGS_libyaml = -Ilibyaml/include -DYAML_VERSION_STRING='"$(call version,libyaml)"' \
    $(join -DYAML_VERSION_MAJOR= -DYAML_VERSION_MINOR= -DYAML_VERSION_PATCH=,$(subst ., ,$(call version,libyaml)))
FLAGS_libfyaml = -Ilibfyaml/include -Ilibfyaml/src/lib -Ilibfyaml/src/xxhash -D_GNU_SOURCE -DVERSION='"$(call version,libfyaml)"'
FLAGS_cmocka = -Icmocka/include -DHAVE_CONFIG_H -D_UINTPTR_T_DEFINED $(foreach have,SETJMP_H SIGNAL_H STDINT_H STDLIB_H STRINGS_H UNISTD_H \
    STRUCT_TIMESPEC SNPRINTF VSNPRINTF STRSIGNAL CLOCK_REALTIME SIGLONGJMP GCC_THREAD_LOCAL_STORAGE,-DHAVE_$(have)=1)

$(OUT)/libyaml.a: $(YAML)
$(OUT)/libfyaml.a: $(FYAML)
$(OUT)/libcmocka.a: $(CMOCKA)
$(OUT)/%.a:
	rm -f $@
	$(AR) rcsD $@ $^

$(OUT)/%.o: $(TOOLCHAIN)/%.c $(OUT)/config.h
	@mkdir -p $(@D)
	cd $(TOOLCHAIN) && $(CC) $(FLAGS) $(FLAGS_$(firstword $(subst /, ,$*))) -c -o "$(CURDIR)/$@" $*.c

# Not a builtin: or memchr would be found to be one, and call itself.
$(OUT)/bytes.o: scripts/release.d/bytes.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -g0 -Wall -Wextra -Werror -fPIE -ffreestanding -fno-builtin -c -o $@ $<

# Nothing of it is needed. BSD has alloca in stdlib.h, libfyaml asks for a header of that name.
$(OUT)/config.h:
	@mkdir -p $(@D)
	$(if $(findstring bsd,$(OUT)),echo '#include <stdlib.h>' >$(OUT)/alloca.h)
	: >$@
