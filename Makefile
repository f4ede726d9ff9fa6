# SPDX-License-Identifier: GPL-2.0-or-later
# nfqroute. The usual ones: make demo, make check, make install, make help.

VERSION  := 0.1.0
PREFIX   ?= /usr/local
BUILD    ?= build
CC       ?= gcc
CFLAGS   ?= -O2 -g
SAN      ?=

LIBS     := libmnl libpcre2-8 libpcap jansson liburcu libnftables nettle libidn2 libsystemd
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings \
            -Wundef -Wvla -Wformat=2 -Werror
BASEFLAGS = -std=c17 -D_GNU_SOURCE -DNFQROUTE_VERSION='"$(VERSION)"' -pthread -fno-strict-aliasing \
            $(WARN) $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) $(PKGFLAGS)
PKGFLAGS  = $(shell pkg-config --cflags $(LIBS))
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

LAYERS := base core match lang io cmd
SOURCES := $(filter-out nfq/cmd/main.c,$(foreach layer,$(LAYERS),$(wildcard nfq/$(layer)/*.c))) $(wildcard classifiers/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
UNIT    := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%.t,$(wildcard tests/unit/test_*.c))
TOOLS   := $(patsubst tests/e2e/%.c,$(BUILD)/tests/e2e/%,$(wildcard tests/e2e/tool_*.c))

all: $(BUILD)/nfqroute

$(BUILD)/libnfqroute.a: $(OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/nfqroute: $(BUILD)/nfq/cmd/main.o $(BUILD)/libnfqroute.a
	$(CC) $(BASEFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

layer = $(if $(filter nfq,$(word 1,$(subst /, ,$1))),$(word 2,$(subst /, ,$1)),$(word 1,$(subst /, ,$1)))
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(BASEFLAGS) $(INC_$(call layer,$<)) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/unit/%.t: $(BUILD)/tests/unit/%.o $(BUILD)/libnfqroute.a
	$(CC) $(BASEFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(TOOLS): %: %.o $(BUILD)/libnfqroute.a
	$(CC) $(BASEFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

unit: $(UNIT)

tools: $(TOOLS)

clean:
	rm -rf $(BUILD)

-include $(OBJECTS:.o=.d) $(UNIT:.t=.d) $(TOOLS:=.d) $(BUILD)/nfq/cmd/main.d

.SECONDARY:
.PHONY: all unit tools clean
