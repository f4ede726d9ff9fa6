# SPDX-License-Identifier: GPL-2.0-or-later
# nfqroute. The usual ones: make demo, make check, make install, make help.

VERSION  := 0.1.0
PREFIX   ?= /usr/local
SYSCONF  ?= /etc
SYSTEMD  ?= $(PREFIX)/lib/systemd/system
ifeq ($(origin CC),default)
CC       := gcc
endif
SAN      ?=
# With sanitizers what their authors advise: built in two thirds of the time, and less is optimised away before they see it.
CFLAGS   ?= $(if $(SAN),-O1,-O2) -g
# How the layers are optimised that a packet goes through; the programs that run them for long are, by gcc, as a whole.
FAST     ?= $(if $(SAN),,-O3$(if $(findstring gcc,$(notdir $(CC))), -flto=auto -ffat-lto-objects))
whole    := $(filter -flto%,$(FAST))
piecemeal := $(if $(whole),-fno-lto)
JOBS     ?= $(shell nproc)
# V=1 prints whole command lines.
quiet     = $(if $(V),,@echo '  $1'; )
# Each compiler and each set of sanitizers has its own directory; the plain build is in build/ itself.
BUILD    ?= build$(if $(SAN),/san)$(patsubst %,/%,$(filter-out gcc,$(notdir $(CC))))

LIBS     := libmnl libpcre2-8 libpcap jansson liburcu liburcu-bp libnftables nettle libidn2 libmicrohttpd libcap-ng libseccomp ncurses
# Where there is none, headers that do nothing stand in for it.
SYSTEMD_LIB ?= $(shell pkg-config --exists libsystemd && echo libsystemd)
LIBS     += $(SYSTEMD_LIB)
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings \
            -Wundef -Wvla -Wformat=2 -Werror
BASEFLAGS = -std=c17 -D_GNU_SOURCE -DNFQROUTE_VERSION='"$(VERSION)"' -pthread -fno-strict-aliasing \
            $(WARN) $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) $(PKGFLAGS)
PKGFLAGS  = $(shell pkg-config --cflags $(LIBS)) $(if $(SYSTEMD_LIB),,-Idist/nosystemd)
LDLIBS    = $(shell pkg-config --libs $(LIBS)) -lm

# Each layer sees its own headers and those below it: a wrong include does not compile.
INC_classifiers := -Iinclude
INC_base  := -Iinclude -Infq/base
INC_core  := $(INC_base) -Infq/core
INC_match := $(INC_core)
INC_lang  := $(INC_core) -Infq/lang
INC_io    := $(INC_core) -Infq/io
INC_cmd   := $(INC_core) -Infq/lang -Infq/io -Infq/cmd
INC_tests := $(INC_cmd) -Infq/match

LAYERS  := base core match lang io cmd
FAST_LAYERS := classifiers base core match
SOURCES := $(foreach layer,$(LAYERS),$(wildcard nfq/$(layer)/*.c)) $(wildcard classifiers/*.c)
OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out nfq/cmd/main.c,$(SOURCES)))
TESTS_C := $(wildcard tests/unit/test_*.c)
UNIT    := $(TESTS_C:%.c=$(BUILD)/%.t)
TOOLS   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/e2e/tool_*.c))
PRELOADS := $(patsubst %.c,$(BUILD)/%.so,$(wildcard tests/e2e/preload_*.c))
FUZZ    := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
DRIVEN  := $(FUZZ:=.driven)
BENCH   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
# Those that compare with libndpi are built where that is.
WITH_NDPI := $(BUILD)/tests/bench/core $(BUILD)/tests/bench/ndpiloop
NO_NDPI := $(shell pkg-config --exists libndpi || echo $(WITH_NDPI))
PAGES   := $(patsubst docs/%.scd,$(BUILD)/%,$(wildcard docs/*.scd))
SCRIPTS := .ci/run dist/deps dist/arch/build dist/completions/generate dist/deb dist/debian/postinst dist/debian/postrm docs/apps $(filter-out tests/import/%,$(shell grep -lrI '^.!/.*sh$$' tests)) $(wildcard tests/lib/*.bash tests/*/*.bats)

all: $(BUILD)/nfqroute                  ## build build/nfqroute; CC=clang or SAN=address,undefined: in a directory below

$(BUILD)/nfqroute: $(BUILD)/nfq/cmd/main.o $(BUILD)/libnfqroute.a
	$(call quiet,CC $@)$(CC) $(BASEFLAGS) $(CFLAGS) $(whole) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libnfqroute.a: $(OBJECTS)
	@rm -f $@
	$(call quiet,AR $@)$(AR) rcs $@ $^

layer = $(if $(filter nfq,$(word 1,$(subst /, ,$1))),$(word 2,$(subst /, ,$1)),$(word 1,$(subst /, ,$1)))
fast = $(if $(filter $(call layer,$<),$(FAST_LAYERS)),$(FAST))
$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call quiet,CC $@)$(CC) $(BASEFLAGS) $(INC_$(call layer,$<)) $(CFLAGS) $(fast) -MMD -MP -c -o $@ $<

# Other flags than last time in this directory: everything is built again.
FLAGS := $(VERSION) $(CC) $(CFLAGS) $(FAST) $(LDFLAGS) $(SAN)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' >$@

$(BUILD)/tests/unit/%.t: $(BUILD)/tests/unit/%.o $(BUILD)/libnfqroute.a
	$(call quiet,CC $@)$(CC) $(BASEFLAGS) $(CFLAGS) $(piecemeal) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(TOOLS): optimised := $(piecemeal)
$(BENCH): optimised := $(whole)
$(TOOLS) $(BENCH): %: %.o $(BUILD)/libnfqroute.a
	$(call quiet,CC $@)$(CC) $(BASEFLAGS) $(CFLAGS) $(optimised) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Loaded into the daemon before all else, so without sanitizers of their own.
$(PRELOADS): $(BUILD)/%.so: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call quiet,CC $@)$(CC) -std=c17 -D_GNU_SOURCE $(WARN) $(CFLAGS) -fPIC -shared -o $@ $<

$(WITH_NDPI): LDLIBS += -lndpi

$(BUILD)/%: docs/%.scd
	@mkdir -p $(@D)
	$(call quiet,MAN $@)scdoc <$< >$@

deps:                                   ## install the packages that are missing for all of this but lint and check-vm
	dist/deps

# Unit tests are programs, the others bats files; all speak TAP and see nothing of the machine's network. A bats file is
# named below the build that it is to try (tests/lib/tap).
# The longest first, so that none is left to run alone; two at a time for each processor, for half of it is waiting.
BATS  := $(shell ls -S tests/*/*.bats)
TESTS ?= $(BATS:%=$(BUILD)/%) $(UNIT)
TEST_JOBS ?= $(shell expr 2 \* $(JOBS))
test: $(BUILD)/nfqroute unit tools      ## run the tests of one build; TESTS="FILE...": only these
	NFQROUTE=$(abspath $(BUILD)/nfqroute) CMOCKA_MESSAGE_OUTPUT=TAP \
	tests/lib/private prove -j $(TEST_JOBS) --failures --directives --comments --exec tests/lib/tap $(TESTS)

again = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j $(JOBS))
# Skipped with a message where qemu or the kernel's package cannot be had. Each file is run in a guest of its own that has a processor
# for itself, with nothing else beside it: delays that are emulated there are of the real time.
VM_TESTS ?= tests/e2e/netem.bats tests/e2e/nft.bats
GUEST := $(VM_TESTS:%=$(BUILD)/vm/%)
guest = dist/deps vm && tests/vm/run || :
check:                                  ## install what is missing, build, run all tests: plain, with the sanitizers, and in a virtual machine
	@dist/deps build run test demo
	@$(guest)
	@$(again) all unit tools
	@$(again) SAN=address,undefined BUILD=$(BUILD)/san all unit tools
	@$(again) test TESTS='$(foreach test,$(BATS) $(UNIT:$(BUILD)/%=%),$(BUILD)/san/$(test) $(BUILD)/$(test))'
	@$(again) test TEST_JOBS=$(JOBS) TESTS='$(GUEST)'

# What runs with several threads at a time: queues, what they learn, reloads, control. A race ends its program, and so the test.
THREADED ?= $(patsubst %.c,%.t,$(shell grep -l pthread_create $(TESTS_C))) $(addprefix tests/e2e/,daemon.bats control.bats learned.bats handover.bats)
check-threads:                          ## the tests of threads by ThreadSanitizer: races between them
	@dist/deps build run test
	@$(again) SAN=thread BUILD=$(BUILD)/tsan all unit tools
	@TSAN_OPTIONS=halt_on_error=1:suppressions=$(abspath tests/lib/tsan.supp) \
		$(again) test TESTS='$(THREADED:%=$(BUILD)/tsan/%)'

unit: $(UNIT)
tools: $(TOOLS) $(PRELOADS) $(DRIVEN)

check-vm:                               ## of these the tests in a virtual machine alone, for what a stock kernel has
	@dist/deps build run test
	@$(guest)
	@$(again) all unit tools
	@$(again) test TEST_JOBS=$(JOBS) TESTS='$(GUEST)'

demo:                                   ## install what is missing, build, and show a real stream take the VPN
	@dist/deps build run demo
	@$(again) all
	@tests/demo/run

# What they print is kept for bench-plot.
measure = NFQROUTE=$(abspath $(BUILD)/nfqroute) BENCH=$(abspath $(BUILD)/tests/bench) tests/bench/record $(BUILD)/bench/$1.txt

bench:                                  ## all of the benchmarks below but -late, -rehome and -gateways
	@dist/deps build run test
	@dist/deps bench || :
	@$(again) bench-queue
	@$(again) bench-parallel
	@$(again) bench-latency
	@$(again) bench-after
	@$(again) bench-peers
	@$(again) bench-scale
	@$(again) bench-reload
	@$(again) bench-state
	@$(again) bench-core
	@$(again) bench-classifiers
	@echo && $(again) bench-bars

bench-bars: FORCE                       ## what the benchmarks are to reach, and whether what they printed last does
	@tests/bench/bars $(BUILD)/bench

bench-queue: $(BUILD)/nfqroute $(filter-out $(WITH_NDPI),$(BENCH)) ## CPU per packet with many rules and names, beside bare queue loops
	@$(call measure,queue) tests/bench/run

bench-scale: $(BUILD)/tests/bench/scale ## what a look into lists and rules costs as they grow
	@$(call measure,scale) $<

bench-core: $(BUILD)/nfqroute $(filter-out $(NO_NDPI),$(BENCH)) ## the core beside libndpi on real captures: CORPUS=DIR
	@tests/bench/corpus $(BUILD)/nfqroute $(BUILD)/tests/bench/core $(CORPUS)

bench-classifiers: $(BUILD)/tests/unit/test_classifiers.t ## instructions of each classifier, by callgrind
	@tests/bench/classifiers $<

bench-rehome: $(BUILD)/nfqroute         ## connections that are moved, beside plain ones and a relay
	@dist/deps run test demo
	@dist/deps bench || :
	@NFQROUTE=$(abspath $(BUILD)/nfqroute) tests/bench/rehome

bench-rehome-slices: $(BUILD)/nfqroute  ## what a moved connection carries, slice by slice beside plain ones
	@dist/deps run test
	@NFQROUTE=$(abspath $(BUILD)/nfqroute) tests/bench/rehome-slices

bench-parallel: $(BUILD)/nfqroute $(filter-out $(WITH_NDPI),$(BENCH)) ## two queues beside one: CPU per packet, and trouble in one of them
	@$(call measure,parallel) tests/bench/parallel

bench-latency: $(BUILD)/nfqroute $(filter-out $(WITH_NDPI),$(BENCH)) ## time to connect, beside a router without queue and bare loops
	@$(call measure,latency) tests/bench/latency

bench-after: $(BUILD)/nfqroute $(filter-out $(WITH_NDPI),$(BENCH)) ## iperf3 through the router with and without; packets queued per connection
	@$(call measure,after) tests/bench/after

COUNTED ?= HOOKS=$(HOOKS) ROUNDS=3 BYTES=60M PACKETS=3000 LINKS=0 CONNECTIONS=500
bench-after-counted: $(BUILD)/nfqroute $(filter-out $(WITH_NDPI),$(BENCH)) ## the same in a virtual machine whose clock counts instructions, which nothing else changes
	@dist/deps run test
	@dist/deps bench vm || :
	@NFQR_VM_COUNTED=1 $(call measure,counted) tests/vm/run env BENCH=$(abspath $(BUILD)/tests/bench) $(COUNTED) tests/bench/after

bench-peers: $(BUILD)/nfqroute $(filter-out $(NO_NDPI),$(BENCH)) ## the same flood and TLS connections by other programs on a queue, and by none
	@$(call measure,peers) tests/bench/peers

bench-plot:                             ## docs/performance.svg of what the last bench-queue, -latency, -peers and -scale printed
	@tests/bench/plot.py $(BUILD)/bench >docs/performance.svg.new && mv docs/performance.svg.new docs/performance.svg

bench-late: $(BUILD)/nfqroute           ## what real clients make of late leave, reset, switch and rehome
	@NFQROUTE=$(abspath $(BUILD)/nfqroute) tests/bench/late

bench-state: $(BUILD)/tests/bench/state ## undecided connections by the hundred thousand: memory and time
	@$(call measure,state) $<

bench-reload: $(BUILD)/nfqroute $(BUILD)/tests/bench/newflows ## a million names read again while packets flow
	@$(call measure,reload) tests/bench/reload

COUNT ?= 20000
soak-rehome: $(BUILD)/nfqroute          ## COUNT connections (20000) that are moved while all goes wrong that can
	@NFQROUTE=$(abspath $(BUILD)/nfqroute) COUNT=$(COUNT) tests/soak/rehome

SECONDS ?= 1800
soak: $(BUILD)/nfqroute tools           ## SECONDS (1800) of mixed traffic, reloads, flaps, kills, restarts; SEED=N
	@NFQROUTE=$(abspath $(BUILD)/nfqroute) SECONDS_OF_SOAK=$(SECONDS) tests/soak/all

soak-ends: $(BUILD)/nfqroute tools      ## the daemon is told to end at any moment of its life: COUNT=200
	NFQROUTE=$(abspath $(BUILD)/nfqroute) tests/soak/ends

soak-faults: $(BUILD)/nfqroute tools    ## each command, then the daemon, with one call after the other failing, from each place that calls; FAULTS="memory:12": of one kind, EACH=N of each
	@NFQROUTE=$(abspath $(BUILD)/nfqroute) tests/soak/faults-commands
	@NFQROUTE=$(abspath $(BUILD)/nfqroute) tests/soak/faults

PAIRS ?= 5000000
soak-rules: $(BUILD)/tests/unit/test_compile.t ## the index of the rules beside a walk over them, PAIRS times (5000000)
	@PAIRS=$(PAIRS) $<

FLAPS ?= 100
soak-gateways: $(BUILD)/nfqroute tools  ## FLAPS times (100) a kill switch's device comes and goes; not a packet may leak
	@NFQROUTE=$(abspath $(BUILD)/nfqroute) FLAPS=$(FLAPS) tests/lib/private bats --filter 'comes and goes' tests/e2e/leaks.bats

bench-gateways: $(BUILD)/nfqroute       ## a real OpenVPN tunnel fails in every way: time to notice, connections lost, packets leaked; FAULTS=flap FLAPS=100
	@NFQROUTE=$(abspath $(BUILD)/nfqroute) tests/soak/gateways

# By clang's libFuzzer, which learns as it goes. What it has learned stays in build/fuzz/learned and is where the next run begins;
# one that was ended goes on where it was. FUZZ_TARGETS="rules quic": only these.
FUZZ_RUNS ?= 1000000
fuzz:                                   ## fuzz each part, FUZZ_RUNS inputs each (1000000), and go on where it was ended; FUZZ_TARGETS="rules quic": only these
	@$(again) CC=clang SAN=fuzzer-no-link,address,undefined BUILD=$(BUILD)/fuzz fuzz-now

fuzz-classifiers:                       ## the same, each classifier by itself
	@$(again) CC=clang SAN=fuzzer-no-link,address,undefined BUILD=$(BUILD)/fuzz fuzz-classifiers-now

FUZZ_TARGETS ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz-now: $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/fuzz_%.run)
fuzz-classifiers-now: $(patsubst classifiers/%.c,$(BUILD)/tests/fuzz/fuzz_classifier_%.run,$(shell grep -l 'classifier [a-z0-9_]* = {' classifiers/*.c))

$(BUILD)/seeds: tests/fuzz/seeds FORCE
	@$< $@

$(BUILD)/tests/fuzz/%.run: $(BUILD)/tests/fuzz/% $(BUILD)/seeds FORCE
	@tests/fuzz/run $< $(FUZZ_RUNS) $(BUILD)/learned/$* $(wildcard tests/fuzz/kept/$* $(BUILD)/seeds/$*)

$(BUILD)/tests/fuzz/fuzz_classifier_%: $(BUILD)/tests/fuzz/fuzz_classifier
	@ln -f $< $@

$(FUZZ): %: %.o $(BUILD)/libnfqroute.a
	$(call quiet,CC $@)$(CC) $(BASEFLAGS) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

# For any compiler, and for the tests.
$(DRIVEN): %.driven: %.o $(BUILD)/tests/fuzz/driver.o $(BUILD)/libnfqroute.a
	$(call quiet,CC $@)$(CC) $(BASEFLAGS) $(CFLAGS) $(piecemeal) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Captures with ground truth are no part of the sources.
CORPUS ?= ../shared/corpus/dev
corpus: $(BUILD)/nfqroute               ## compare explain with captures whose truth is known; CORPUS=DIR, LIST=1: every miss, PROTO=NAME
	@if [ -e $(CORPUS)/manifest.tsv ]; then \
		tests/corpus/compare.py --program $(BUILD)/nfqroute $(if $(LIST),--list) $(if $(PROTO),--proto $(PROTO)) $(CORPUS); \
	else echo "no captures in $(CORPUS): skipped (CORPUS=DIR says where they are)"; fi

# docs/APPS.md is a part of the sources that a test holds to the program.
apps: $(BUILD)/nfqroute                 ## write docs/APPS.md anew, after a classifier has come or changed
	@docs/apps $< >docs/APPS.new && mv docs/APPS.new docs/APPS.md

# So are these.
completions: $(BUILD)/nfqroute          ## write dist/completions anew, after a command or an option has come or changed
	@dist/completions/generate $<

# The C library of OpenWrt and Alpine. Only its headers are needed, so what fails here fails there; nothing is linked.
musl:                                   ## compile all of it against musl, where musl-gcc is to be had
	@dist/deps musl || :
	@if command -v musl-gcc >/dev/null; then \
		tests/lib/musl-headers build/musl/include && $(again) CC=musl-gcc BUILD=build/musl FAST= SYSTEMD_LIB= \
			PKGFLAGS='-Idist/nosystemd -isystem build/musl/include' objects; \
	else echo "there is no musl-gcc: skipped"; fi

objects: $(OBJECTS) $(BUILD)/nfq/cmd/main.o

lint:                                   ## clang-tidy, cppcheck and shellcheck; says nothing where all is well
	@dist/deps build test lint
	@$(again) -s lint-now

# It does not see the libraries' headers, so neither their loops nor that who is called fills in what it is given; clang-tidy does.
lint-now: $(SOURCES:%.c=$(BUILD)/%.tidy)
	cppcheck --quiet --template=gcc --error-exitcode=1 --inline-suppr --std=c11 --enable=warning,performance,portability \
		--suppress=missingIncludeSystem --suppress=unknownMacro --suppress=uninitvar --suppress=legacyUninitvar $(INC_tests) $(SOURCES) $(TESTS_C)
	shellcheck -x $(SCRIPTS)

$(BUILD)/%.tidy: %.c .clang-tidy $(wildcard include/*.h nfq/*/*.h)
	@mkdir -p $(@D)
	clang-tidy --quiet $< -- $(BASEFLAGS) $(INC_$(call layer,$<)) 2>&1 | { ! grep -v 'warnings* generated'; }
	@touch $@

install: $(BUILD)/nfqroute $(PAGES)     ## install below PREFIX (/usr/local) and SYSCONF (/etc), all of it below DESTDIR
	install -D -m 755 $(BUILD)/nfqroute $(DESTDIR)$(PREFIX)/sbin/nfqroute
	$(foreach p,$(PAGES),install -D -m 644 $p $(DESTDIR)$(PREFIX)/share/man/man$(subst .,,$(suffix $p))/$(notdir $p) &&) :
	install -d $(DESTDIR)$(SYSCONF)/nfqroute/rules.d $(DESTDIR)$(PREFIX)/share/doc/nfqroute $(DESTDIR)$(SYSTEMD)
	$(foreach d,sysusers tmpfiles,install -D -m 644 dist/nfqroute.$d $(DESTDIR)$(PREFIX)/lib/$d.d/nfqroute.conf &&) :
	install -m 644 README.md NEWS docs/*.md docs/*.svg $(DESTDIR)$(PREFIX)/share/doc/nfqroute
	cp -R rules.d $(DESTDIR)$(PREFIX)/share/doc/nfqroute
	install -D -m 644 dist/completions/nfqroute.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/nfqroute
	install -D -m 644 dist/completions/_nfqroute $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_nfqroute
	install -D -m 644 dist/completions/nfqroute.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/nfqroute.fish
	sed 's,@PREFIX@,$(PREFIX),' dist/nfqroute.service >$(DESTDIR)$(SYSTEMD)/nfqroute.service

uninstall:                              ## remove what install has put there, but for the rules
	rm -f $(DESTDIR)$(PREFIX)/sbin/nfqroute $(DESTDIR)$(SYSTEMD)/nfqroute.service \
		$(foreach p,$(PAGES),$(DESTDIR)$(PREFIX)/share/man/man$(subst .,,$(suffix $p))/$(notdir $p)) \
		$(foreach d,sysusers tmpfiles,$(DESTDIR)$(PREFIX)/lib/$d.d/nfqroute.conf) \
		$(addprefix $(DESTDIR)$(PREFIX)/share/,bash-completion/completions/nfqroute zsh/site-functions/_nfqroute fish/vendor_completions.d/nfqroute.fish)
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/nfqroute

deb:                                    ## build/deb/nfqroute_*.deb, and what lintian says of it
	@dist/deps build deb
	@dist/deb $(VERSION) $(abspath $(BUILD)/deb)

arch: deb                               ## build/arch/nfqroute-*.pkg.tar.gz of the last commit, its files compared with the .deb's
	@dist/deps arch || :
	@dist/arch/build $(VERSION) $(abspath $(BUILD)/arch) $(BUILD)/deb/nfqroute_$(VERSION)_*.deb

check-package:                          ## the Debian package under a real systemd, in a virtual machine
	@dist/deps build test
	@dist/deps vm deb || :
	@$(again) deb tools
	@prove --exec tests/lib/tap tests/vm/package :: $(abspath $(BUILD)/deb)/nfqroute_$(VERSION)_*.deb

clean:                                  ## remove what was built
	rm -rf $(BUILD)

help:                                   ## print this
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/make \1	\2/p' Makefile | expand -t 18

-include $(OBJECTS:.o=.d) $(UNIT:.t=.d) $(TOOLS:=.d) $(BENCH:=.d) $(FUZZ:=.d) $(BUILD)/tests/fuzz/driver.d $(BUILD)/nfq/cmd/main.d

.SECONDARY:
.DELETE_ON_ERROR:
.PHONY: all arch soak soak-ends soak-faults deb check-package apps bench bench-after bench-classifiers bench-core bench-late bench-latency bench-parallel bench-peers bench-plot bench-queue bench-rehome bench-rehome-slices bench-reload bench-scale bench-state check check-threads check-vm clean completions corpus demo fuzz fuzz-classifiers fuzz-classifiers-now fuzz-now deps help install lint lint-now musl objects soak-rehome soak-rules test tools uninstall unit FORCE
