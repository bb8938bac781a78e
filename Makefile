# The commands of README.md. `make` builds the library, `make demo` shows it at work, `make test` tests all of it.
# docs/installing.md tells of install, uninstall and dist.

TARGET = $(or $(CARGO_TARGET_DIR),target)
RELEASE = $(TARGET)/$(if $(CARGO_BUILD_TARGET),$(CARGO_BUILD_TARGET)/)release
CLI_BUILT = $(TARGET)/cli

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
# What a program with the static library is linked with, for Linux.
STATIC_LIBS ?= $(shell sed -n 's/^STATIC_LIBS = //p' examples-c/Makefile)

DESTDIR    ?=
PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
DOCDIR     ?= $(DATADIR)/doc/libpie_client
# CLI=no: without the command-line client.
CLI        ?= yes
# Where `pie` finds the library when it starts, by default from where it is itself. RPATH= : where the system looks.
RPATH      ?= $(if $(filter Darwin,$(shell uname)),@loader_path,\$$$$ORIGIN)/$(shell packaging/way '$(BINDIR)' '$(LIBDIR)')

all: library $(if $(filter-out no,$(CLI)),$(if $(wildcard examples-c/pie/Makefile),cli))

# Without a Rust library beside them both are optimised as a whole. libpie_client.so.1 is the name that programs look for.
library:
	cargo rustc --release --lib --locked --crate-type cdylib,staticlib $(if $(RUSTC_ARGS),-- $(RUSTC_ARGS))
	test ! -e $(RELEASE)/libpie_client.so || ln -sf libpie_client.so $(RELEASE)/libpie_client.so.1
	packaging/archive $(RELEASE)/libpie_client.a include/pie_client.h

# The command-line client.
cli: library
	$(MAKE) -C examples-c/pie LIB='$(abspath $(RELEASE))' OUT='$(abspath $(CLI_BUILT))' 'RPATH=$(RPATH)'

# Installing builds nothing, so that `sudo make install` runs no compiler as root.
INSTALL = VERSION='$(VERSION)' BUILT='$(RELEASE)' CLI_BUILT='$(CLI_BUILT)' CLI='$(CLI)' STATIC_LIBS='$(STATIC_LIBS)' \
  NOTICES='$(TARGET)/NOTICES' DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' BINDIR='$(BINDIR)' LIBDIR='$(LIBDIR)' \
  INCLUDEDIR='$(INCLUDEDIR)' DATADIR='$(DATADIR)' MANDIR='$(MANDIR)' DOCDIR='$(DOCDIR)' packaging/install

install:
	@$(INSTALL)

uninstall:
	@$(INSTALL) --uninstall

# The archive of a release, in $(TARGET)/dist, of what `make` has built.
dist:
	packaging/notices '$(TARGET)/NOTICES' $(CARGO_BUILD_TARGET:universal-%=aarch64-%)
	packaging/dist --out '$(TARGET)/dist' --version '$(VERSION)' --target '$(CARGO_BUILD_TARGET)' -- \
	  $(MAKE) --no-print-directory install CLI='$(CLI)'

# Generates what is made from the source: the header and the page of the options. The header is compared with the library.
header:
	cargo build --locked
	PIE_UPDATE_HEADER=1 cargo test --test header --test documents

# Records the binary interface that the header declares, after an addition to it.
abi:
	tests/abi/check update

# The reference and the manual as HTML; a warning is a failure.
doc:
	@mkdir -p $(TARGET)/manual
	PIE_DOC_OUT=$(TARGET)/manual doxygen docs/Doxyfile

demo:
	tests/install-tools demo
	$(MAKE) library
	$(MAKE) -C examples-c LIB=$(abspath $(RELEASE)) OUT=$(abspath $(TARGET)/examples-c)
	tests/real_engine/with-engine -- $(TARGET)/examples-c/quickstart

test:
	tests/run-all

# Measures the library beside the official clients, and writes docs/performance.md.
bench:
	tests/install-tools bench
	$(MAKE) library
	benches/run --save

clean:
	cargo clean

.PHONY: all library cli install uninstall dist header abi doc demo test bench clean
