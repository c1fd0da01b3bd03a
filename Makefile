# What people and distributors call. Needs the Rust toolchain; `demo`, `test`
# and `bench` fetch the servers that they need below target/, from apt.

PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
MANDIR = $(PREFIX)/share/man
DESTDIR =
CARGO = cargo

# For `make demo`: the names of the certificate, all below test.
NAMES = example.test *.example.test

programs = acme-order acme-validate acme-finalize dns-zone dns-wait-txt dns01-exec
target = $${CARGO_TARGET_DIR:-target}
built = $(target)/release/.built
release = acmepipe-$(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)

all:
	$(CARGO) build --release --locked
	touch "$(built)"

# In a sandbox of its own: a CA, name servers, and the pipeline of the README.
demo: all
	$(CARGO) run --quiet --locked -p sandbox --bin sandbox -- --release \
	    $(foreach name,$(NAMES),--zone '$(name)') tests/demo.sh $(foreach name,$(NAMES),'$(name)')

# The servers first: a test that fetches them would seem to hang.
test:
	tests/fetch-servers "$(target)/sandbox" servers testing peers
	$(CARGO) test --workspace --locked

# The reader of documents, for longer than `make test` does: some minutes.
fuzz:
	PROPTEST_CASES="$${PROPTEST_CASES:-50000}" $(CARGO) test --release --locked -p pipeline --test reader

bench: all
	tests/fetch-servers "$(target)/sandbox" servers peers
	$(CARGO) run --quiet --locked -p sandbox --bin bench -- $(BENCH)

# Builds only what is not built: root, under sudo, may have no cargo.
install:
	@if [ ! -e "$(built)" ] || [ -n "$$(find crates Cargo.toml Cargo.lock -newer "$(built)" | head -n 1)" ]; then \
	    $(MAKE) --no-print-directory all; \
	fi
	install -d "$(DESTDIR)$(BINDIR)" "$(DESTDIR)$(MANDIR)/man1" "$(DESTDIR)$(MANDIR)/man7"
	for program in $(programs); do \
	    install -m 755 "$(target)/release/$$program" "$(DESTDIR)$(BINDIR)/" || exit; \
	done
	install -m 755 crates/programs/acme-issue/acme-issue "$(DESTDIR)$(BINDIR)/"
	for page in man/*.[17]; do \
	    install -m 644 "$$page" "$(DESTDIR)$(MANDIR)/man$${page##*.}/" || exit; \
	done

# What a distributor builds from, without the network: the sources of the last
# commit with all crates beside them; and what `make install` puts in place. The
# same commit gives the same archive of sources.
package: all
	rm -rf "$(target)/package"
	mkdir -p "$(target)/package/$(release)/.cargo"
	git archive HEAD | tar -x -C "$(target)/package/$(release)"
	cd "$(target)/package/$(release)" && \
	    $(CARGO) vendor --quiet --locked --versioned-dirs vendor >/dev/null && \
	    printf '[source.crates-io]\nreplace-with = "vendored"\n\n[source.vendored]\ndirectory = "vendor"\n' >.cargo/config.toml
	cd "$(target)/package" && tar --sort=name --mode='u=rwX,go=rX' --owner=0 --group=0 --numeric-owner \
	    --mtime="@$$(git log -1 --format=%ct)" -cJf "$(release).tar.xz" "$(release)"
	rm -r "$(target)/package/$(release)"
	$(MAKE) --no-print-directory install PREFIX=/usr DESTDIR="$(target)/package/root"
	cd "$(target)/package" && tar --mode='u=rwX,go=rX' --owner=0 --group=0 --numeric-owner -C root \
	    -cJf "$(release)-$$(uname -m).tar.xz" usr
	rm -r "$(target)/package/root"
	ls -l "$(target)/package"

# The options in the manual, from the programs; a test finds out where this was forgotten.
man:
	$(CARGO) build --workspace --bins --locked
	man/regenerate "$(target)/debug"

clean:
	$(CARGO) clean

.PHONY: all demo test fuzz bench install package man clean
