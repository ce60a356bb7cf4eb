# s3pipe: seven filters that bring PostgreSQL backups to any S3 and back.
# "make help" lists the targets; the programs end up in build/.

# The tag that is checked out, else the file, as outside git. Like what
# pkg-config says it is asked for once, by the first recipe that wants it.
VERSION = $(eval VERSION := $$(shell { [ -e .git ] && git describe --tags \
	--exact-match --match 'v[0-9]*' 2>/dev/null || cat VERSION; } | \
	sed s/^v//))$(VERSION)
PROGRAMS = s3put s3get s3ls s3rm gzstream retain pgapply
# What a script runs and nobody else; it lies beside the scripts.
HELPERS = pgbase
SCRIPTS = setup backup restore cleanup list-backups pin adopt verify-backup archive-wal fetch-wal basebackup recover receive-wal
COMMANDS = $(PROGRAMS) $(SCRIPTS:%=s3pipe-%)
SYSTEMD = $(notdir $(wildcard docker/systemd/*.service docker/systemd/*.timer))

CC ?= cc
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/s3pipe
MANDIR ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
UNITDIR ?= $(PREFIX)/lib/systemd/system
BUILD ?= build
PKG_CONFIG ?= pkg-config
# ACCEL=no leaves out ISA-L and libdeflate; HARDEN= leaves out the hardening.
ACCEL ?= auto
HARDEN ?= -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
HARDEN_LD ?= -pie -Wl,-z,relro,-z,now

WARN = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla
NEED = libcurl libcrypto expat zlib libpq
ifneq ($(ACCEL),no)
FOUND = $(eval FOUND := $$(foreach p,libisal libdeflate,\
	$$(shell $(PKG_CONFIG) --exists $$p 2>/dev/null && echo $$p)))$(FOUND)
endif
DEFS = -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -DS3PIPE_VERSION='"$(VERSION)"' \
	$(if $(filter libisal,$(FOUND)),-DHAVE_ISAL) \
	$(if $(filter libdeflate,$(FOUND)),-DHAVE_LIBDEFLATE)
LIBS = $(eval LIBS := $$(shell \
	$(PKG_CONFIG) --libs $(NEED) $(FOUND)))$(LIBS)
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell \
	$(PKG_CONFIG) --cflags $(NEED) $(FOUND)))$(PKG_CFLAGS)
ALL_CFLAGS = -std=c11 $(WARN) $(DEFS) -Icommon $(PKG_CFLAGS) $(HARDEN) \
	-pthread $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pthread $(HARDEN_LD) -Wl,--as-needed $(CFLAGS) $(LDFLAGS)

MODULES = $(patsubst common/%.c,%,$(wildcard common/*/*.c))
UNITS = $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*/*.c))
BINARIES = $(PROGRAMS:%=$(BUILD)/%)
HELPER_BINARIES = $(HELPERS:%=$(BUILD)/%)
UNIT_TESTS = $(UNITS:%=$(BUILD)/unit/%)
TOOLS = $(basename $(notdir $(wildcard tests/tools/*.c)))
INJECTOR = $(BUILD)/tools/inject.so
TEST_TOOLS = $(patsubst $(BUILD)/tools/inject,$(INJECTOR),$(TOOLS:%=$(BUILD)/tools/%))
LIB = $(BUILD)/libs3pipe.a
# What decides the objects besides their sources: another compiler or other
# flags rebuild them.
STAMP = $(BUILD)/flags
SAY = @printf '  %-5s %s\n'
STACK_TARGETS = up upgrade down backup restore cleanup cleanup-dry-run list-backups logs \
	logs-backup clean shell-postgres shell-backup basebackup recover recover-list \
	recover-forget

all: $(BINARIES) $(HELPER_BINARIES)

help:
	@sed -n 's/^## //p' Makefile

## Toolkit:
##   make                 build the seven programs into build/
##   make install         install below PREFIX (/usr/local), with DESTDIR
##   make setup           ask for server, store and schedule, back up, set timers
##   make uninstall       remove what install put there
##   make test            install what is missing, build, and test: ten minutes on two
##                        idle cores; NO_INSTALL=1 installs nothing
##   make test-all        every test that this machine can run, the stack's too if a
##                        Docker engine answers: half an hour
##   make test-bare       the README's two commands in a bare container
##   make test-fault      every call with every fault, and hostile servers
##   make test-kube       the Helm chart, on a real API server, which the first time is
##                        built: five minutes
##   make test-retention  two and a half years of backups and cleanups, simulated
##   make torture         1,000 backups, restores, cleanups, each struck by a signal
##   make sanitize        the tests under the sanitizers of the compiler
##   make analyze         gcc's and clang's analyzers, clang-tidy, valgrind
##   make coverage        what the tests run of bin/ and common/, and what not
##   make bench           beside the peers, into build/bench; BENCH_QUICK=1
##   make fuzz            libFuzzer, FUZZ_SECONDS (120) for each target
##   make fuzz-programs   AFL++, FUZZ_SECONDS for each program
##   make check           the unit tests alone, seconds
##   make lint            shellcheck, mandoc -T lint, clang-format
##   make format          the C sources as clang-format 14 wants them
##   make compile-commands  compile_commands.json, for editors and clangd
##   make html            the manuals as HTML and PDF, into build/html
##   make dist            the source of HEAD, into build/; the same for all clones
##   make deb             Debian packages, into build/deb
##   make static          static programs, as the libraries allow: build/static
##   make demo            the whole tour: back up, prune, drop, restore
##   make clean-build     remove build/

## The stack (docker-compose.yml, settings in .env):
##   make up              start PostgreSQL, backup, Garage, Ofelia; wait for them
##   make upgrade         take the data to the major of POSTGRES_VERSION; OLD_IMAGE= is
##                        the image of the old server, where that is not postgres:MAJOR
##   make down            stop them; the data stays
##   make backup          back up now
##   make list-backups    what is in the bucket
##   make restore FILE=x  restore that backup, or FILE=latest; into DB=name;
##                        GLOBALS=latest first makes the roles that are missing
##   make basebackup      take a base backup now (WAL_ARCHIVE=true)
##   make recover-list    to which moments the server can be recovered
##   make recover TIME=x  go back to that time, such as '2026-11-27 12:00:00+01'; without
##                        TIME to the last moment that is stored; SYSTEM= and TIMELINE=
##                        name one of several, as make recover-list shows them
##   make recover-forget  delete what was there before make recover
##   make cleanup         delete what the retention policy does not keep
##   make cleanup-dry-run tell what that would be
##   make logs            of all services; FOLLOW=1 goes on
##   make logs-backup     of the backups and of who starts them
##   make shell-postgres  psql in the server's container
##   make shell-backup    a shell in the backup container
##   make clean           stop, and delete the data
##   make test-stack      all of this with a project of its own

# To install is to take what was built, with the flags of that day: root may have
# no pkg-config, and another CC.
$(STAMP): $(if $(filter-out install%,$(or $(MAKECMDGOALS),all)),FORCE)
	@mkdir -p $(BUILD)/tools $(sort $(dir $(MODULES:%=$(BUILD)/obj/%) \
	    $(UNITS:%=$(BUILD)/obj/unit-%) $(UNIT_TESTS)))
	@echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIBS)' | cmp -s - $@ || \
	    echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIBS)' >$@

$(BUILD)/obj/%.o: common/%.c $(STAMP)
	$(SAY) CC $<
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/bin-%.o: bin/%.c $(STAMP)
	$(SAY) CC $<
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/unit-%.o: tests/unit/%.c $(STAMP)
	$(SAY) CC $<
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/tool-%.o: tests/tools/%.c $(STAMP)
	$(SAY) CC $<
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(MODULES:%=$(BUILD)/obj/%.o)
	$(SAY) AR $@
	@rm -f $@ && $(AR) rcs $@ $^

$(BINARIES) $(HELPER_BINARIES): $(BUILD)/%: $(BUILD)/obj/bin-%.o $(LIB)
	$(SAY) LD $@
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(UNIT_TESTS): $(BUILD)/unit/%: $(BUILD)/obj/unit-%.o $(LIB)
	$(SAY) LD $@
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(filter-out $(INJECTOR),$(TEST_TOOLS)): $(BUILD)/tools/%: $(BUILD)/obj/tool-%.o $(LIB)
	$(SAY) LD $@
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# The rest of the flags is not for it: it is loaded into programs with them.
$(INJECTOR): tests/tools/inject.c $(STAMP)
	$(SAY) LD $@
	@$(CC) -std=c11 $(WARN) -O2 -g -fPIC -shared -o $@ $< -ldl

units: $(UNIT_TESTS) tools

tools: $(TEST_TOOLS)

check: $(UNIT_TESTS)
	@tests/run unit

test:
	@tests/all

# STACK=no leaves out the Compose stack, which a Docker engine is needed for.
STACK_TESTS = $(if $(filter no,$(STACK)),,stack)
test-all:
	@tests/all --long $(STACK_TESTS)

# The README's two commands in a bare container; IMAGE names another.
test-bare:
	@tests/bare $(IMAGE)

test-fault: all
	@tests/run fault

test-kube: all
	@tests/kube-parts && tests/run kube

test-retention: all
	@tests/run retention

# Each run has a seed, counted up from TORTURE_SEED, that brings it again.
torture: all
	@TORTURE_RUNS=$${TORTURE_RUNS:-1000} tests/torture/kills.t

# ThreadSanitizer for what is concurrent; the others for all but what they have
# nothing to say about: restic, the test server's own tests, the manuals.
SANITIZE_SUITES ?= unit filter
sanitize:
	@$(MAKE) -s BUILD=$(BUILD)/tsan HARDEN= HARDEN_LD= \
	    CFLAGS='-O1 -g -fsanitize=thread' sanitized \
	    ONLY='unit/.*/(pipeline|stop|fdio|command|rate|keyring)|/(s3put|s3put-leftovers|s3-retries|s3get|s3rm|gzstream)[.]t'
	@$(MAKE) -s BUILD=$(BUILD)/asan HARDEN= HARDEN_LD= \
	    CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined' \
	    sanitized ONLY='^(?!.*(restic|s3server|manual|diagnostics|record|botocore|completion|options))'

sanitized: all units
	@BUILD=$(BUILD) ONLY='$(ONLY)' tests/run $(SANITIZE_SUITES)

# For whoever calls a compiler by himself.
flags:
	@echo '-std=c11 $(subst ',,$(DEFS)) -Icommon $(PKG_CFLAGS)'

analyze: all units
	@BUILD=$(BUILD) tests/analyze

# What of bin/ and common/ the tests run; lines and branches that they do not
# are in build/cov/uncovered. COVERAGE_SUITES=none reports the last run again.
COVERAGE_SUITES ?= unit filter fault system
coverage:
	@$(MAKE) -s BUILD=$(BUILD)/cov HARDEN= HARDEN_LD= \
	    CFLAGS='-O0 -g --coverage' all units
	@tests/coverage $(BUILD)/cov $(COVERAGE_SUITES)

bench: all
	@tests/bench/run

# libFuzzer's targets of tests/fuzz, FUZZ_SECONDS each, JOBS (2) at once, from the
# corpora there; FUZZ names a few. What they find stays in build/fuzz.
FUZZ_SECONDS ?= 120
FUZZ ?= $(basename $(notdir $(wildcard tests/fuzz/*.c)))
FUZZ_FLAGS = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined
fuzz:
	@$(MAKE) -s BUILD=$(BUILD)/fuzz CC=clang HARDEN= HARDEN_LD= \
	    CFLAGS='$(FUZZ_FLAGS) -fsanitize=fuzzer-no-link' fuzzers
	@printf '%s\n' $(FUZZ) | xargs -P $${JOBS:-2} -I TARGET tests/fuzz/run $(BUILD)/fuzz TARGET $(FUZZ_SECONDS)

# The programs as they are, by AFL++.
fuzz-programs:
	@AFL_QUIET=1 $(MAKE) -s BUILD=$(BUILD)/fuzz-programs CC=afl-clang-fast HARDEN= \
	    HARDEN_LD= CFLAGS='-O1 -g -fsanitize=address,undefined' all
	@tests/fuzz/programs $(BUILD)/fuzz-programs $(FUZZ_SECONDS)

fuzzers: $(FUZZ:%=$(BUILD)/fuzz-%)
$(BUILD)/fuzz-%: tests/fuzz/%.c $(LIB)
	$(SAY) LD $@
	@$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

test-stack:
	@tests/run stack

$(STACK_TARGETS):
	@docker/stack $@

lint:
	@tests/lint

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

compile-commands:
	@printf '%s\0' $(CC) $(ALL_CFLAGS) | tests/compile-commands

setup: all
	@scripts/setup.sh

demo: all
	@scripts/demo

# Programs and scripts are what the stack's image is made of; a Debian package is
# made of all.
install: install-programs install-scripts install-manuals install-completion \
	install-units

install-programs: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR)
	install -m 755 $(BINARIES) $(DESTDIR)$(BINDIR)
	install -m 755 $(HELPER_BINARIES) $(DESTDIR)$(LIBEXECDIR)

install-scripts:
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR)/lib
	install -m 755 $(SCRIPTS:%=scripts/%.sh) $(DESTDIR)$(LIBEXECDIR)
	install -m 644 scripts/lib.sh $(DESTDIR)$(LIBEXECDIR)
	install -m 644 scripts/lib/* $(DESTDIR)$(LIBEXECDIR)/lib
	for s in $(SCRIPTS); do \
	    ln -sf $(LIBEXECDIR)/$$s.sh $(DESTDIR)$(BINDIR)/s3pipe-$$s; done

install-manuals:
	install -d $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man7
	install -m 644 man/*.1 $(DESTDIR)$(MANDIR)/man1
	install -m 644 man/*.7 $(DESTDIR)$(MANDIR)/man7

# bash looks for a file by the name of the command.
install-completion:
	install -d $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR)
	install -m 644 completion/s3pipe.bash $(DESTDIR)$(BASHDIR)/s3pipe
	for c in $(COMMANDS); do ln -sf s3pipe $(DESTDIR)$(BASHDIR)/$$c; done
	install -m 644 completion/_s3pipe $(DESTDIR)$(ZSHDIR)

install-units:
	install -d $(DESTDIR)$(UNITDIR)
	for u in $(SYSTEMD); do \
	    sed 's|/usr/local/bin/|$(BINDIR)/|' docker/systemd/$$u \
	        >$(DESTDIR)$(UNITDIR)/$$u && \
	    chmod 644 $(DESTDIR)$(UNITDIR)/$$u || exit; done

# Directories that others use too stay.
uninstall:
	rm -f $(COMMANDS:%=$(DESTDIR)$(BINDIR)/%) \
	    $(SCRIPTS:%=$(DESTDIR)$(LIBEXECDIR)/%.sh) \
	    $(DESTDIR)$(LIBEXECDIR)/lib.sh $(HELPERS:%=$(DESTDIR)$(LIBEXECDIR)/%) \
	    $(patsubst scripts/%,$(DESTDIR)$(LIBEXECDIR)/%,$(wildcard scripts/lib/*)) \
	    $(patsubst man/%,$(DESTDIR)$(MANDIR)/man1/%,$(wildcard man/*.1)) \
	    $(patsubst man/%,$(DESTDIR)$(MANDIR)/man7/%,$(wildcard man/*.7)) \
	    $(COMMANDS:%=$(DESTDIR)$(BASHDIR)/%) $(DESTDIR)$(BASHDIR)/s3pipe \
	    $(DESTDIR)$(ZSHDIR)/_s3pipe \
	    $(SYSTEMD:%=$(DESTDIR)$(UNITDIR)/%)
	-rmdir $(DESTDIR)$(LIBEXECDIR)/lib $(DESTDIR)$(LIBEXECDIR)

html:
	@packaging/html $(BUILD)/html $(VERSION)

dist:
	@packaging/dist $(BUILD) $(VERSION)

deb:
	@packaging/deb $(BUILD)/deb

static:
	@packaging/static $(BUILD)/static

clean-build:
	rm -rf $(BUILD)

FORCE:
# A key may hold a dollar sign.
override FILE := $(value FILE)
override DB := $(value DB)
override TIME := $(value TIME)
export FILE DB TIME GLOBALS FOLLOW FUZZ
# All targets but those that name a file.
.PHONY: $(STACK_TARGETS) $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST))) FORCE
.SECONDARY:
-include $(wildcard $(BUILD)/obj/*.d $(BUILD)/obj/*/*.d)
