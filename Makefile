# make            bin/mailu-post-renderer
# make check      every test (scripts/test installs what they need first)
# make install    DESTDIR= PREFIX=/usr/local; make uninstall
# make dist       build/mailu-post-renderer-VERSION.tar.gz, of what is committed
# make deb        build/mailu-post-renderer_VERSION_ARCHITECTURE.deb
# make static     bin/mailu-post-renderer.static, which needs nothing of the system it runs on
# make release    dist/: binaries for Linux and macOS, packages, the Helm plugin, the image
# make lint       clang-format, clang-tidy, cppcheck, shellcheck
# make sanitized  the C tests built by clang with ASan and UBSan; SANITIZERS=thread for TSan
# make valgrind   the golden cases under valgrind
# make coverage   which lines of src the tests reach
# make fuzzer     what scripts/fuzz runs, on libFuzzer; make fuzzer-afl: on AFL++
#
# GNU make (gmake on BSD); any C11 compiler, libyaml and libfyaml. WERROR=-Werror makes warnings errors, as scripts/test does.
# The version is in plugin.yaml, where Helm reads it, and nowhere else.
VERSION := $(shell sed -n 's/^version: //p' plugin.yaml)
SYSTEM := $(shell uname -s)
PREFIX = /usr/local
CC ?= cc
CFLAGS ?= -O2
PKG_CONFIG ?= pkg-config
LIBRARIES_CFLAGS := $(shell $(PKG_CONFIG) --cflags yaml-0.1 libfyaml 2>/dev/null)
LIBRARIES := $(or $(shell $(PKG_CONFIG) --libs yaml-0.1 libfyaml 2>/dev/null),-lyaml -lfyaml)
# Where the sources are must not show in the program: with debugging information too it is the same everywhere.
SAME_ANYWHERE = "-fdebug-prefix-map=$(CURDIR)=."
# The libraries' headers as the system's: newer ones of libfyaml warn under -Wpedantic.
LIBRARY_HEADERS = $(patsubst -I%,-isystem %,$(LIBRARIES_CFLAGS))
# -std=c11 hides on some systems how many processors there are. Without fused operations a number is the same on all of them.
DIALECT = -std=gnu11 -ffp-contract=off
WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow
WERROR ?=
HARDENING = -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
# Apple's linker makes a position-independent executable by itself, and knows no -z.
ELF_HARDENING = -Wl,-z,relro,-z,now,-z,noexecstack
LINK_HARDENING = $(if $(filter Darwin,$(SYSTEM)),,-pie $(ELF_HARDENING))
B = build
ALL_CFLAGS = $(DIALECT) $(WARNINGS) $(HARDENING) $(SAME_ANYWHERE) -I$(B) -Isrc $(LIBRARY_HEADERS) $(CPPFLAGS) $(CFLAGS)
COMPILE = $(CC) $(ALL_CFLAGS) $(WERROR)
LINK = $(COMPILE) $(LINK_HARDENING) $(LDFLAGS)

SOURCES = $(filter-out %_test.c src/tests/%,$(sort $(wildcard src/*.c src/*/*.c)))
CORE = $(filter-out src/main.c,$(SOURCES))
TESTS = $(sort $(wildcard src/*/*_test.c))
OBJECTS = $(SOURCES:src/%.c=$(B)/src/%.o)
CORE_OBJECTS = $(CORE:src/%.c=$(B)/src/%.o)
TEST_OBJECTS = $(TESTS:src/%.c=$(B)/src/%.o) $(B)/src/tests/program.o
ASSETS = $(addprefix src/ensure/assets/,\
    front-entrypoint.sh front-login.py front-sieve.conf front-sieve.lua webmail-entrypoint.sh dovecot.conf dovecot-limits.conf postfix.master)

all: bin/mailu-post-renderer

bin/mailu-post-renderer: $(OBJECTS) $(B)/link_flags
	@mkdir -p $(@D)
	$(LINK) -o $@ $(OBJECTS) $(LIBRARIES) -pthread

$(B)/program: $(OBJECTS) $(B)/link_flags
	$(LINK) -o $@ $(OBJECTS) $(LIBRARIES) -pthread

static: bin/mailu-post-renderer.static

bin/mailu-post-renderer.static: $(OBJECTS) $(B)/link_flags
	@mkdir -p $(@D)
	$(COMPILE) -static-pie $(ELF_HARDENING) $(LDFLAGS) -o $@ $(OBJECTS) $(LIBRARIES) -pthread

# The headers that are made have to be there first; whose object is made again when one changes, -MMD tells.
$(B)/src/%.o: src/%.c $(B)/flags | $(B)/assets_data.h $(B)/plan_schema_data.h $(B)/version.h
	@mkdir -p $(@D)
	$(COMPILE) -MMD -MP -c -o $@ $<

# The program's main, for tests to call.
$(B)/src/tests/program.o: src/main.c $(B)/flags | $(B)/version.h
	@mkdir -p $(@D)
	$(COMPILE) -Dmain=program_main -MMD -MP -c -o $@ $<

# Rewritten only when the version, the compiler or its flags change: then what depends on them is made again.
$(B)/version.h: LINE = \#define VERSION "$(VERSION)"
$(B)/flags: LINE = $(COMPILE)
$(B)/link_flags: LINE = $(LINK) $(LIBRARIES)
$(B)/version.h $(B)/flags $(B)/link_flags: always
	@mkdir -p $(@D)
	@echo '$(LINE)' | cmp -s - $@ || echo '$(LINE)' >$@

# Files as arrays: front-entrypoint.sh is front_entrypoint_data.
EMBED = for f in $^; do \
	    echo "static const unsigned char $$(basename $${f%.[sp][hy]} | tr '.-' '__')_data[] = {"; \
	    od -An -v -tu1 $$f | sed 's/[0-9][0-9]*/&,/g'; \
	    echo '};'; \
	done
$(B)/assets_data.h: $(ASSETS)
	@mkdir -p $(@D)
	$(EMBED) >$@

$(B)/plan_schema_data.h: src/report/plan_schema.json
	@mkdir -p $(@D)
	$(EMBED) >$@

# Every suite that a test file defines, for tests_main_test.c. Rewritten only when the list changes.
$(B)/suites.h: $(TESTS)
	@mkdir -p $(@D)
	{ printf '#define SUITES'; sed -n 's/^SUITE(\([a-z_]*\),.*/ SUITE_OF(\1)/p' $(TESTS) | tr -d '\n'; echo; } >$@

$(B)/src/tests/tests_main_test.o: $(B)/suites.h

$(B)/tests: $(TEST_OBJECTS) $(CORE_OBJECTS) $(B)/link_flags
	$(LINK) -o $@ $(TEST_OBJECTS) $(CORE_OBJECTS) -lcmocka $(LIBRARIES) -pthread

# Built by `make fuzzer`, with libFuzzer's main, and by `make fuzzer-afl` with AFL++'s.
$(B)/fuzzer: $(CORE_OBJECTS) $(B)/src/tests/properties_test.o $(B)/src/tests/fuzz.o
	$(COMPILE) -fsanitize=fuzzer -o $@ $^ $(LIBRARIES) -pthread

# Counters alone: with the comparisons that fuzzer-no-link traces besides, whole programs take four times as long.
fuzzer:
	$(MAKE) B=build/fuzz CC=clang build/fuzz/fuzzer CFLAGS='-O2 -g1 -fsanitize-coverage=inline-8bit-counters,pc-table \
	    -fsanitize=address,undefined -fno-sanitize-recover=all'

fuzzer-afl:
	AFL_USE_ASAN=1 AFL_USE_UBSAN=1 AFL_QUIET=1 $(MAKE) B=build/afl CC=afl-clang-fast CFLAGS='-O1 -g' build/afl/fuzzer

# Which lines of src the tests reach, and which they do not: the C tests, and the program in bad surroundings.
coverage:
	scripts/install gcovr >&2
	$(MAKE) B=build/coverage CFLAGS='-O0 -g --coverage -fprofile-update=atomic -Wno-clobbered' HARDENING= build/coverage/tests build/coverage/program
	find build/coverage -name '*.gcda' -delete
	SKIP='programs:*' build/coverage/tests >build/coverage/log 2>&1 || { cat build/coverage/log; exit 1; }
	PROGRAM=build/coverage/program scripts/test.d/surroundings
	gcovr --filter src/ --exclude '.*_test\.c' --fail-under-line 95 build/coverage

check: bin/mailu-post-renderer $(B)/tests
	$(B)/tests

# What `make install` puts there. SHARE is a Helm 4 plugin and has a KUSTOMIZE_PLUGIN_HOME, as this directory is and has.
BIN = $(DESTDIR)$(PREFIX)/bin/mailu-post-renderer
SHARE = $(DESTDIR)$(PREFIX)/share/mailu-post-renderer
MAN = $(DESTDIR)$(PREFIX)/share/man/man1/mailu-post-renderer.1
BASH_COMPLETION = $(DESTDIR)$(PREFIX)/share/bash-completion/completions/mailu-post-renderer
FISH_COMPLETION = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/mailu-post-renderer.fish
ZSH_COMPLETION = $(DESTDIR)$(PREFIX)/share/zsh/$(ZSH_DIRECTORY)/_mailu-post-renderer
ZSH_DIRECTORY = site-functions

# The program to install, and one that runs here and says the same, for its man page.
PROGRAM = bin/mailu-post-renderer
NATIVE = $(PROGRAM)

install: $(PROGRAM) $(NATIVE)
	install -d $(sort $(dir $(BIN) $(MAN) $(BASH_COMPLETION) $(FISH_COMPLETION) $(ZSH_COMPLETION))) $(SHARE)/bin
	install -m 755 $(PROGRAM) $(BIN)
	$(NATIVE) --man >$(B)/man && install -m 644 $(B)/man $(MAN)
	$(NATIVE) --completion=bash >$(B)/completion && install -m 644 $(B)/completion $(BASH_COMPLETION)
	$(NATIVE) --completion=fish >$(B)/completion && install -m 644 $(B)/completion $(FISH_COMPLETION)
	$(NATIVE) --completion=zsh >$(B)/completion && install -m 644 $(B)/completion $(ZSH_COMPLETION)
	install -m 644 plugin.yaml $(SHARE)/plugin.yaml
	cp -R plugin $(SHARE)/
	chmod -R u=rwX,go=rX $(SHARE)
	ln -sf ../../../bin/mailu-post-renderer $(SHARE)/bin/mailu-post-renderer

uninstall:
	rm -rf $(BIN) $(SHARE) $(MAN) $(BASH_COMPLETION) $(FISH_COMPLETION) $(ZSH_COMPLETION)

NAME = mailu-post-renderer-$(VERSION)

dist:
	@mkdir -p $(B)
	git archive --format=tar.gz --prefix=$(NAME)/ --output=$(B)/$(NAME).tar.gz HEAD

deb:
	+scripts/deb $(VERSION)

release:
	+scripts/release $(VERSION)

clean:
	rm -rf bin $(B) dist

# ---- quality ----

HEADERS = $(wildcard src/*.h src/*/*.h)
TIDIED = $(patsubst src/%.c,$(B)/lint/%.tidied,$(SOURCES) $(TESTS))
IN_SHELL = $(shell grep -rlE '^\#(!/bin/(ba)?sh| shellcheck shell=)' .ci scripts src/ensure/assets $(wildcard plugin))
SANITIZERS = address,undefined

lint: $(TIDIED)
	clang-format --dry-run -Werror $(SOURCES) $(TESTS) $(HEADERS) $(wildcard scripts/bench.d/*.c)
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --suppress=arrayIndexOutOfBoundsCond \
	    --suppress=missingInclude --inline-suppr --error-exitcode=1 -Isrc src
	shellcheck --exclude=SC2154 $(IN_SHELL) # SC2154: what eval sets

$(B)/lint/%.tidied: src/%.c $(HEADERS) $(B)/assets_data.h $(B)/plan_schema_data.h $(B)/version.h $(B)/suites.h .clang-tidy
	@mkdir -p $(@D)
	clang-tidy --quiet $(CHECKS) $< -- $(ALL_CFLAGS) -Werror 2>$@.log || { cat $@.log && false; }
	@touch $@

$(B)/lint/%_test.tidied: CHECKS = --checks=-clang-analyzer-*,-cert-err33-c

# The tests of programs start bin/mailu-post-renderer: only the C tests gain from another build.
C_TESTS = SKIP='programs:*'

sanitized:
	$(MAKE) B='$(B)/$(SANITIZERS)' CC=clang HARDENING= LINK_HARDENING= \
	    CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=$(SANITIZERS) -fno-sanitize-recover=all' '$(B)/$(SANITIZERS)/tests'
	ASAN_OPTIONS=allocator_may_return_null=1 TSAN_OPTIONS=allocator_may_return_null=1 \
	    $(C_TESTS) '$(B)/$(SANITIZERS)/tests'

valgrind: $(B)/tests
	valgrind --quiet --leak-check=full --error-exitcode=9 $(B)/tests 'golden: *'

-include $(OBJECTS:.o=.d) $(TEST_OBJECTS:.o=.d)
.PHONY: all always static fuzzer fuzzer-afl coverage check install uninstall dist deb release clean lint sanitized valgrind
