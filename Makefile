# The commands of README.md. `make` builds the library, `make demo` shows it at work, `make test` tests all of it.

TARGET = $(or $(CARGO_TARGET_DIR),target)
RELEASE = $(TARGET)/release

all: library

# Without a Rust library beside them both are optimised as a whole. libpie_client.so.1 is the name that programs look for.
library:
	cargo rustc --release --lib --locked --crate-type cdylib,staticlib
	ln -sf libpie_client.so $(RELEASE)/libpie_client.so.1
	packaging/archive $(RELEASE)/libpie_client.a include/pie_client.h

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

.PHONY: all library header abi doc demo test bench clean
