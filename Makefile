# Targets: all doctor check test install uninstall clean; see README.md. For who works on it also: analyze
# test-sanitize test-valgrind fuzz bench demo generate.
# For people building: CC, CFLAGS, LDFLAGS, BUILD, DESTDIR, PREFIX, BINDIR, MANDIR,
# DEVELOPER=1 (warnings are errors), SANITIZE=address,undefined (a flavour of its own), V=1.

ND_VERSION := 0.1.0

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MODULEDIR := $(BINDIR)/../lib/npmrc-doctor
MANDIR ?= $(PREFIX)/share/man
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d

BUILD ?= build$(if $(SANITIZE),/$(SANITIZE))
CFLAGS ?= -O2 -g
PKG_CONFIG ?= pkg-config
Q := $(if $(V),,@)

ND_CPPFLAGS := -Iinclude -Isrc -D_GNU_SOURCE -DND_VERSION='"$(ND_VERSION)"'
ND_CFLAGS := -std=c17 -Wall -Wextra -Wmissing-prototypes -Wvla -Wstrict-prototypes \
	-Wwrite-strings -Wshadow -fstack-protector-strong -fPIC
ND_LDFLAGS := -pie -Wl,-z,relro,-z,now,--as-needed
ifneq ($(filter x86_64 i%86,$(shell uname -m)),)
ND_CFLAGS += -fcf-protection
endif
ifdef SANITIZE
ND_CFLAGS += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
ND_LDFLAGS += -fsanitize=$(SANITIZE)
# Every program of this flavour writes what its sanitizers find into a file in $(BUILD)/reports.
reporting := $(BUILD)/reporting.o
else ifeq ($(filter -O0 -Og,$(CFLAGS)),)
ND_CPPFLAGS += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
ifdef DEVELOPER
ND_CFLAGS += -Werror
endif

sources := $(filter-out src/gen/%,$(wildcard src/*.c src/*/*.c))
objects := $(sources:src/%.c=$(BUILD)/obj/%.o)
generators := $(patsubst src/gen/%.c,$(BUILD)/gen/%,$(wildcard src/gen/*.c))
unit_tests := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
unit_helpers := $(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c))
driver_sources := $(wildcard tests/*/*_drive.c tests/*/*_dump.c tests/*/*_mock.c tests/*/*_bench.c)
drivers := $(patsubst %.c,$(BUILD)/tests/%,$(notdir $(driver_sources)))

# A library's flags reach only the objects of the module that may include it.
packages := glib-2.0 libcurl libssl libcrypto libsecret-1 icu-uc inih jansson
pkg = glib-2.0
$(BUILD)/obj/probe/%.o: pkg += libcurl libssl libcrypto
$(BUILD)/obj/keyring/%.o: pkg += libsecret-1
$(BUILD)/obj/idna/%.o: pkg += icu-uc
$(BUILD)/obj/settings/%.o: pkg += inih
$(BUILD)/obj/source/%.o $(BUILD)/obj/report/%.o $(BUILD)/obj/npm/%.o: pkg += jansson

# Asked when a command runs, not when make starts: `make deps` may be what installs pkg-config.
compile = $(CC) $(ND_CPPFLAGS) $(CPPFLAGS) $(ND_CFLAGS) $$($(PKG_CONFIG) --cflags $(1)) $(CFLAGS)
link = $(CC) $(ND_CFLAGS) $(CFLAGS) $(ND_LDFLAGS) $(LDFLAGS)
libs = $$($(PKG_CONFIG) --libs $(packages)) -lm
say = @printf '  %-4s %s\n' $(1) $@

all:

$(BUILD)/obj/%.o: src/%.c $(BUILD)/compiling
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(call compile,$(pkg)) -MMD -MP -c -o $@ $<

# What stands above says how objects are made (all but the search path of two of them): what changes below
# makes none anew.
$(BUILD)/compiling: Makefile
	@mkdir -p $(@D)
	@sed '/^# What stands above/q' $< | cmp -s - $@ || sed '/^# What stands above/q' $< >$@

own := $(BUILD)/obj/main.o $(BUILD)/obj/memory.o
module_names := probe keyring idna
forwarders := $(module_names:%=$(BUILD)/obj/load/%.o)
modules := $(module_names:%=$(BUILD)/modules/%.so)

all: $(BUILD)/npmrc-doctor $(modules)

# The forwarders of src/load stand before the archive, so that nothing of the modules is taken
# from it and no library that only they use is loaded at start.
$(BUILD)/npmrc-doctor: $(own) $(forwarders) $(reporting) $(BUILD)/libnd.a
	$(call say,LD)
	$(Q)$(link) -o $@ $^ $(libs)

$(BUILD)/modules/probe.so: $(filter $(BUILD)/obj/probe/%,$(objects)) $(BUILD)/obj/load/idna.o
$(BUILD)/modules/keyring.so: $(filter $(BUILD)/obj/keyring/%,$(objects)) $(BUILD)/obj/load/idna.o
$(BUILD)/modules/idna.so: $(filter $(BUILD)/obj/idna/%,$(objects))
$(modules): $(BUILD)/libnd.a
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(filter-out -pie,$(link)) -shared -Wl,-Bsymbolic,--no-undefined -o $@ $(filter %.o,$^) $(filter %.a,$^) $(libs)

$(BUILD)/libnd.a: $(filter-out $(own) $(forwarders),$(objects))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) qcs $@ $^

$(BUILD)/reporting.o: tests/lib/reporting.c Makefile
	@mkdir -p $(@D)
	$(Q)$(call compile,glib-2.0) -DND_REPORTS='"$(abspath $(BUILD))/reports"' -c -o $@ $<

# The program that asks npm and what of the shells' completions is in no table, as C strings, one line each.
asked := $(BUILD)/gen/cmd/selfcheck.js.inc
templates := $(patsubst src/%,$(BUILD)/gen/%.inc,$(wildcard src/completion/template.*))
$(BUILD)/obj/cmd/ask_npm.o: $(asked)
$(BUILD)/obj/completion/completion.o: $(templates)
$(BUILD)/obj/cmd/ask_npm.o $(BUILD)/obj/completion/completion.o: ND_CPPFLAGS += -I$(BUILD)/gen
$(BUILD)/gen/%.inc: src/%
	@mkdir -p $(@D)
	$(Q)sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/"&\\n"/' $< >$@

# Build-time printers of documentation and completions.
$(BUILD)/gen/%: src/gen/%.c $(reporting) $(BUILD)/libnd.a
	$(call say,GEN)
	@mkdir -p $(@D)
	$(Q)$(call compile,glib-2.0) -DND_VERSION='"$(ND_VERSION)"' -MMD -MP -MF $@.d $(ND_LDFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.o %.a,$^) $(libs)

$(BUILD)/tests/%: tests/unit/%.c $(unit_helpers) $(reporting) $(BUILD)/libnd.a
	$(call say,TEST)
	@mkdir -p $(@D)
	$(Q)$(call compile,glib-2.0 jansson cmocka) -Itests/unit -DND_FIXTURES='"$(CURDIR)/fixtures"' -MMD -MP -MF $@.d \
		$(ND_LDFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.o %.a,$^) $(libs) $$($(PKG_CONFIG) --libs cmocka)

# A compiler may drop what is written into a block before it is freed.
$(BUILD)/tests/test_memory: CFLAGS += -fno-builtin
$(BUILD)/tests/test_memory: $(BUILD)/obj/memory.o

# Programs that tests in JavaScript talk to, wherever they stand.
define driver_rule
$(BUILD)/tests/$(basename $(notdir $(1))): $(1) $(reporting) $(BUILD)/libnd.a
	$$(call say,TEST)
	@mkdir -p $$(@D)
	$$(Q)$$(call compile,$$(driver_packages)) -MMD -MP -MF $$@.d $$(ND_LDFLAGS) $$(LDFLAGS) -o $$@ $$(filter %.c %.o %.a,$$^) \
		$$(libs) $$$$($$(PKG_CONFIG) --libs $$(driver_packages))
endef
driver_packages = glib-2.0 jansson
$(BUILD)/tests/keyring_mock: driver_packages += gio-2.0
$(BUILD)/tests/decode_bench: driver_packages += inih
$(foreach source,$(driver_sources),$(eval $(call driver_rule,$(source))))

# A fuzz target with its corpus, as a test; and the target itself, for `make fuzz`.
fuzz_names := $(basename $(notdir $(wildcard tests/fuzz/fuzz_*.c)))
replays := $(fuzz_names:%=$(BUILD)/tests/%)
$(BUILD)/tests/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(reporting) $(BUILD)/libnd.a
	$(call say,TEST)
	@mkdir -p $(@D)
	$(Q)$(call compile,glib-2.0) -DND_CORPUS='"$(CURDIR)/tests/fuzz/corpus/$*"' -MMD -MP -MF $@.d $(ND_LDFLAGS) $(LDFLAGS) \
		-o $@ $(filter %.c %.o %.a,$^) $(libs)
$(BUILD)/live/%: tests/fuzz/%.c $(BUILD)/libnd.a
	@mkdir -p $(@D)
	$(Q)$(call compile,glib-2.0) -fsanitize=fuzzer $(ND_LDFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.a,$^) $(libs)

FUZZ_SECONDS ?= 1800
FUZZ_FLAGS := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
fuzz-live: $(fuzz_names:%=$(BUILD)/live/%)
fuzz: deps-dev
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=clang CFLAGS="$(FUZZ_FLAGS)" fuzz-live
	@set -e; for name in $(fuzz_names:fuzz_%=%); do mkdir -p $(BUILD)/fuzz/found/$$name tests/fuzz/corpus/$$name; \
		$(BUILD)/fuzz/live/fuzz_$$name -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -print_final_stats=1 \
			-artifact_prefix=$(BUILD)/fuzz/found/ $(BUILD)/fuzz/found/$$name tests/fuzz/corpus/$$name; done
# Adds to the corpora what `make fuzz` has found and covers more than they do, the smallest inputs first.
fuzz-merge:
	@set -e; for name in $(fuzz_names:fuzz_%=%); do test ! -d $(BUILD)/fuzz/found/$$name || \
		$(BUILD)/fuzz/live/fuzz_$$name -set_cover_merge=1 -max_len=256 -verbosity=0 tests/fuzz/corpus/$$name $(BUILD)/fuzz/found/$$name; done

generators: $(generators)
unit-tests: $(unit_tests) $(replays)
drivers: $(drivers)

-include $(objects:.o=.d) $(addsuffix .d,$(generators) $(unit_tests) $(replays) $(drivers))

# 1 means findings: the doctor did its work, so make succeeds.
doctor: deps
	@$(MAKE) --no-print-directory all
	@$(BUILD)/npmrc-doctor check; status=$$?; echo "npmrc-doctor: exit status $$status"; test $$status -le 1

build_debs := gcc make pkg-config libc6-dev libglib2.0-dev libcurl4-openssl-dev libssl-dev \
	libsecret-1-dev libinih-dev libjansson-dev libicu-dev git ca-certificates
test_debs := libcmocka-dev squid-openssl tinyproxy dante-server nginx libnginx-mod-stream \
	gnome-keyring dbus libsecret-tools apache2-utils openssl strace procps util-linux iproute2 zsh fish \
	ripgrep bash-completion mandoc libxml2-utils prometheus ansible-core
dev_debs := clang clang-tidy cppcheck valgrind libclang-rt-dev gcovr

# Installs what is missing of $(1). RUNLEVEL keeps invoke-rc.d from starting the proxies' services.
sudo := $(if $(filter 0,$(shell id -u)),,sudo)
apt_install = @missing=; for deb in $(1); do \
		case "$$(dpkg-query -W -f '$${db:Status-Abbrev}' "$$deb" 2>/dev/null)" in ii*) ;; *) missing="$$missing $$deb";; esac; \
	done; test -z "$$missing" && exit 0; \
	command -v apt-get >/dev/null || { echo "not a Debian system, please install the likes of:$$missing" >&2; exit 0; }; \
	echo "installing:$$missing"; $(sudo) apt-get update -qq && $(sudo) env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
		apt-get install -y -qq --no-install-recommends $$missing

deps:
	$(call apt_install,$(build_debs))

# Debian's npm conflicts with the nodejs of other vendors: only where there is no npm at all.
deps-test-debs: deps
	$(call apt_install,$(test_debs) $$(command -v npm >/dev/null || echo nodejs npm))

# What analyses the program, fuzzes it, runs it under valgrind and counts what it and its tests execute; no test
# needs it.
deps-dev: deps
	$(call apt_install,$(dev_debs))

tests/node_modules/.stamp: tests/package.json tests/package-lock.json tests/.npmrc | deps-test-debs
	cd tests && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

deps-test: deps-test-debs tests/node_modules/.stamp

test: deps-test
	@$(MAKE) --no-print-directory all unit-tests drivers generators
	@BUILD=$(BUILD) tests/run

# The whole suite with programs that watch themselves. What they find fails the test that ran them. What is glibc's own
# is known by the names of its functions, which come with its debugging symbols.
test-sanitize: deps-test
	$(call apt_install,libc6-dbg)
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/sanitize SANITIZE=address,undefined CFLAGS="-O1 -g" \
		all unit-tests drivers generators
	@BUILD=$(BUILD)/sanitize ND_TEST_TIMEOUT=1800 tests/run $(SUITES)

# The same under valgrind, with a build that is as patient with the keyring as all is slow there. What else waits for the
# program by a clock of its own (a registry's --timeout, a peer's) may fail, as may what looks at the program itself (its
# libraries, its calls, its files); what valgrind finds is printed at the end and is what counts.
slow_dir := $(BUILD)/slow
test-valgrind: deps-dev deps-test
	@$(MAKE) --no-print-directory BUILD=$(slow_dir) CPPFLAGS=-DND_SLOW=20 all unit-tests drivers generators
	@tests/analyze/wrap $(slow_dir) $(BUILD)/valgrind
	@BUILD=$(BUILD)/valgrind ND_TEST_TIMEOUT=3600 ND_SLOW=20 tests/run $(or $(SUITES),unit fuzz integration e2e); status=$$?; \
		grep -q '^exec .*valgrind' $(BUILD)/valgrind/npmrc-doctor || { echo "a test has built the program anew" >&2; status=1; }; exit $$status

# gcc 12 takes what g_autofree frees at an early return for uninitialized; valgrind judges that.
ANALYZER := -fanalyzer -Wno-analyzer-use-of-uninitialized-value

# Static analysis; one finding is a failure. The checks: gcc's analyzer, .clang-tidy, tests/analyze/cppcheck.
analyze: deps-dev
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/analyze CC=gcc CFLAGS="-O1 $(ANALYZER)" DEVELOPER=1 objects
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/analyze tidy
	@tests/analyze/cppcheck $(sources)

objects: $(objects)
headers := $(wildcard include/npmrc-doctor/*.h src/*/*.h)
tidy: $(sources:src/%.c=$(BUILD)/tidy/%)
$(BUILD)/tidy/%: src/%.c .clang-tidy $(headers) $(asked) $(templates)
	$(call say,TIDY)
	@mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- -std=c17 $(ND_CPPFLAGS) -I$(BUILD)/gen $$($(PKG_CONFIG) --cflags $(packages)) 2>&1 | \
		{ grep -vE '^[0-9]+ warnings? (and [0-9]+ errors? )?generated' >$@.found || true; }
	@! grep . $@.found || exit 1
	@touch $@

# The quick one: no network, nothing to install but cmocka.
check: all unit-tests
	@BUILD=$(BUILD) tests/run unit

test-unit test-lint test-integration test-e2e test-differential: deps-test
	@$(MAKE) --no-print-directory all unit-tests drivers generators
	@BUILD=$(BUILD) tests/run $(@:test-%=%)

check-layers:
	@tests/lint/check-layers

check-headers:
	@for header in include/npmrc-doctor/*.h; do \
		printf '#include <npmrc-doctor/%s>\n' "$${header##*/}" | \
		$(call compile,glib-2.0) -Werror -fsyntax-only -x c - || { echo "$$header does not compile alone" >&2; exit 1; }; \
	done

check-rules:
	@tests/lint/check-rules

# What the tables say, in the places where people read it; committed, so that installing needs no printer.
generated := README.md man/npmrc-doctor.1 man/npmrc-doctor-rules.7 $(addprefix completions/npmrc-doctor.,bash zsh fish)
print_generated = $(BUILD)/gen/man 1 > $(1)/man/npmrc-doctor.1 && \
	$(BUILD)/gen/man 7 > $(1)/man/npmrc-doctor-rules.7 && \
	{ sed '/^<!-- rules -->$$/q' README.md && $(BUILD)/gen/words readme && sed -n '/^<!-- end of rules -->$$/,$$p' README.md; } \
		> $(BUILD)/README.md && cp $(BUILD)/README.md $(1)/README.md && \
	for shell in bash zsh fish; do $(BUILD)/gen/words $$shell > $(1)/completions/npmrc-doctor.$$shell || exit 1; done

generate: generators
	@$(call print_generated,.)

check-generated: generators
	@mkdir -p $(BUILD)/fresh/man $(BUILD)/fresh/completions && $(call print_generated,$(BUILD)/fresh)
	@for file in $(generated); do diff -u $$file $(BUILD)/fresh/$$file || { echo "run make generate" >&2; exit 1; }; done

demo bench: all drivers deps-test
	@BUILD=$(BUILD) tests/$@/run

# Instructions of the core paths against those recorded in tests/bench/instructions.json; record them anew.
bench-check bench-record: all deps-dev deps-test
	@BUILD=$(BUILD) tests/bench/run instructions $(if $(filter bench-record,$@),--record)

# Which lines of src/ the tests execute: all of them run, but for those that look at how the binary was hardened and at what
# it leaves on its stack, which depend on optimisation.
# Where less than 90 % are the target fails; tests/coverage/README.md says what is not and why.
coverage_dir := $(BUILD)/coverage
coverage_make = $(MAKE) --no-print-directory BUILD=$(coverage_dir) CFLAGS="-O0 -g --coverage -fprofile-update=atomic"
coverage: deps-dev deps-test
	@mkdir -p $(coverage_dir) && find $(coverage_dir) -name '*.gcda' -delete
	@$(CC) --coverage -O1 -fPIC -c -o $(coverage_dir)/flush.o tests/coverage/flush.c
	@$(coverage_make) unit-tests drivers generators
	@$(coverage_make) LDFLAGS="-Wl,--wrap=_exit $(CURDIR)/$(coverage_dir)/flush.o" all
	@BUILD=$(coverage_dir) ND_TEST_TIMEOUT=1800 tests/run unit fuzz $(filter-out %/hardening.test.mjs %/memory.test.mjs,$(wildcard tests/*/*.test.mjs)); \
		status=$$?; gcovr -r . --object-directory $(coverage_dir)/obj --filter src/ --exclude src/gen/ --exclude-unreachable-branches \
		--txt $(coverage_dir)/lines.txt --html-details $(coverage_dir)/lines.html --print-summary --fail-under-line 90 && exit $$status

# The terminal after a real check, for the README.
picture: all drivers deps-test
	@BUILD=$(BUILD) tests/demo/run picture

install: all
	install -D -m 0755 $(BUILD)/npmrc-doctor "$(DESTDIR)$(BINDIR)/npmrc-doctor"
	install -D -m 0644 -t "$(DESTDIR)$(MODULEDIR)" $(modules)
	@set -e; put() { echo install "$$2"; install -D -m 0644 "$$1" "$$2"; }; \
	put completions/npmrc-doctor.bash "$(DESTDIR)$(BASHCOMPDIR)/npmrc-doctor"; \
	put completions/npmrc-doctor.zsh "$(DESTDIR)$(ZSHCOMPDIR)/_npmrc-doctor"; \
	put completions/npmrc-doctor.fish "$(DESTDIR)$(FISHCOMPDIR)/npmrc-doctor.fish"; \
	for page in man/*.[1-8]; do put "$$page" "$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}"; done

uninstall:
	rm -f $(foreach module,$(modules),"$(DESTDIR)$(MODULEDIR)/$(notdir $(module))")
	rm -f "$(DESTDIR)$(BINDIR)/npmrc-doctor" "$(DESTDIR)$(BASHCOMPDIR)/npmrc-doctor" \
		"$(DESTDIR)$(ZSHCOMPDIR)/_npmrc-doctor" "$(DESTDIR)$(FISHCOMPDIR)/npmrc-doctor.fish"
	@for page in man/*.[1-8]; do rm -f "$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}"; done

clean:
	rm -rf $(BUILD)

.PHONY: all objects analyze tidy test-sanitize test-valgrind deps-dev generators unit-tests drivers doctor deps deps-test-debs deps-test test check test-unit test-lint \
	test-integration test-e2e test-differential check-layers check-headers check-rules check-generated generate picture fuzz fuzz-live fuzz-merge demo bench \
	bench-check bench-record coverage install uninstall clean
.DELETE_ON_ERROR:
