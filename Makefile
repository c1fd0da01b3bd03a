# What people and distributors call. Needs the Rust toolchain; `demo`, `test`
# and `bench` fetch the servers that they need from apt, to where cargo builds.

PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
MANDIR = $(PREFIX)/share/man
DOCDIR = $(PREFIX)/share/doc/acmepipe
BASHDIR = $(PREFIX)/share/bash-completion/completions
ZSHDIR = $(PREFIX)/share/zsh/site-functions
FISHDIR = $(PREFIX)/share/fish/vendor_completions.d
SYSTEMDUNITDIR = $(PREFIX)/lib/systemd/system
SYSUSERSDIR = $(PREFIX)/lib/sysusers.d
TMPFILESDIR = $(PREFIX)/lib/tmpfiles.d
EXAMPLESDIR = $(DOCDIR)/examples
DESTDIR =
CARGO = cargo
# Another machine to build for, as rustc calls it: aarch64-unknown-linux-gnu.
TARGET =

# For `make demo`: the names of the certificate, all below test.
NAMES = example.test *.example.test

# What `make` makes, for `make install`, which may have no cargo to ask.
system = crates/programs/acme-renew/system
out = $${CARGO_TARGET_DIR:-target}
built = $(out)/$(if $(TARGET),$(TARGET)/)built
# Where dns01-exec looks for the program of a DNS service: beside BINDIR.
services = $(BINDIR)/../libexec/acmepipe/dns
release = acmepipe-$(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
# For scripts that run make themselves. Where a recipe names MAKE itself, `make -n`
# runs that line, and with it all that the script does.
make = $(MAKE)
# What the tests fetch: where cargo builds, which its configuration may say too.
fetched = $$($(CARGO) metadata --format-version 1 --no-deps --locked | tests/package/json-strings target_directory)/sandbox

# Every program that there is in crates/programs. With ACMEPIPE_PUBLIC_RESOLVERS=no
# they ask 127.0.0.1 where the system names no resolver, and not Google's.
all:
	$(if $(TARGET),CARGO_BUILD_TARGET='$(TARGET)' )CARGO='$(CARGO)' tests/package/build "$(built)"

# In a sandbox of its own: a CA, name servers, and the pipeline of the README.
demo: all
	$(CARGO) run --quiet --locked -p sandbox --bin sandbox -- --release \
	    $(foreach name,$(NAMES),--zone '$(name)') tests/demo.sh $(foreach name,$(NAMES),'$(name)')

# Needs neither network, once the crates are there, nor root, nor servers.
# Most of them wait more than they compute: twice as many at once as there are
# processors.
check:
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-$$((2 * $$(nproc)))} tests/nothing-left $(CARGO) test --workspace --exclude sandbox --locked

# What they need is fetched first: a test that did would seem to hang. Tests that
# lack acme.sh or lexicon, or a Debian to install packages in, which only root can
# make, say that they did not run.
servers:
	tests/fetch-servers "$(fetched)" servers caddy powerdns testing peers hosts
	tests/fetch-servers "$(fetched)" acmesh || :
	tests/fetch-servers "$(fetched)" lexicon || :
	command -v rpmbuild >/dev/null || tests/fetch-servers "$(fetched)" rpm || :
	tests/fetch-servers "$(fetched)" clean || :

# Among real servers. Of the same packages as `check`, so that crates get the same
# features and are not built once more. They wait, too, but servers answer too late
# where there are as many at once as in `check`.
check-servers: servers
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-$$(($$(nproc) + 1))} tests/nothing-left tests/again-after-deadlock \
	    $(CARGO) test --workspace --exclude workshop --test '*' --locked

test: check check-servers

# The reader of documents, for longer than `make test` does: some minutes.
fuzz:
	PROPTEST_CASES="$${PROPTEST_CASES:-50000}" $(CARGO) test --release --locked -p pipeline --test reader

# Whether a test fails for each thing that could be wrong in the modules that
# decide, which are listed in .cargo/mutants.toml: many minutes.
mutants:
	@command -v cargo-mutants >/dev/null || \
	    { echo 'make mutants needs cargo-mutants: cargo install --locked cargo-mutants' >&2; exit 1; }
	$(CARGO) mutants --workspace --output "$(out)" $(MUTANTS)

# With BENCH=--help it says what it can be told.
bench: all
	tests/fetch-servers "$(fetched)" servers peers
	$(CARGO) run --quiet --locked -p sandbox --bin bench -- $(BENCH)

# How often the cause is named where dns-01 fails, by kind: about a minute.
score: all
	tests/fetch-servers "$(fetched)" servers
	$(CARGO) run --quiet --locked -p sandbox --bin score -- $(SCORE)

# Nothing of it is started or enabled.
# Builds only what is not built: root, under sudo, may have no cargo.
install:
	@if [ ! -e "$(built)/stamp" ] || \
	    [ -n "$$(find crates tests/package Cargo.toml Cargo.lock -newer "$(built)/stamp" | head -n 1)" ]; then \
	    $(MAKE) --no-print-directory all; \
	fi
	install -d "$(DESTDIR)$(BINDIR)" "$(DESTDIR)$(DOCDIR)" "$(DESTDIR)$(EXAMPLESDIR)" \
	    "$(DESTDIR)$(MANDIR)/man1" "$(DESTDIR)$(MANDIR)/man5" "$(DESTDIR)$(MANDIR)/man7"
	install -m 755 "$(built)"/bin/* "$(DESTDIR)$(BINDIR)/"
	install -d "$(DESTDIR)$(services)"
	while read -r code; do \
	    ln -sf "../../../$(notdir $(BINDIR))/dns01-service" "$(DESTDIR)$(services)/$$code" || exit; \
	done <crates/libraries/services/codes.txt
	for page in man/*.[157]; do \
	    install -m 644 "$$page" "$(DESTDIR)$(MANDIR)/man$${page##*.}/" || exit; \
	done
	install -m 644 "$(built)"/doc/* "$(DESTDIR)$(DOCDIR)/"
	if [ -e "$(built)/completions/bash" ]; then \
	    install -d "$(DESTDIR)$(BASHDIR)" "$(DESTDIR)$(ZSHDIR)" "$(DESTDIR)$(FISHDIR)" && \
	    install -m 644 "$(built)"/completions/bash/* "$(DESTDIR)$(BASHDIR)/" && \
	    install -m 644 "$(built)"/completions/zsh/* "$(DESTDIR)$(ZSHDIR)/" && \
	    install -m 644 "$(built)"/completions/fish/* "$(DESTDIR)$(FISHDIR)/"; \
	fi
	install -d "$(DESTDIR)$(SYSTEMDUNITDIR)" "$(DESTDIR)$(SYSUSERSDIR)" "$(DESTDIR)$(TMPFILESDIR)"
	sed 's|^ExecStart=|&$(BINDIR)/|' $(system)/acmepipe.service >"$(DESTDIR)$(SYSTEMDUNITDIR)/acmepipe.service"
	chmod 644 "$(DESTDIR)$(SYSTEMDUNITDIR)/acmepipe.service"
	install -m 644 $(system)/acmepipe.timer "$(DESTDIR)$(SYSTEMDUNITDIR)/"
	install -m 644 $(system)/acmepipe.sysusers "$(DESTDIR)$(SYSUSERSDIR)/acmepipe.conf"
	install -m 644 $(system)/acmepipe.tmpfiles "$(DESTDIR)$(TMPFILESDIR)/acmepipe.conf"
	install -m 644 $(system)/acmepipe.cron $(system)/acmepipe.toml.example "$(DESTDIR)$(EXAMPLESDIR)/"
	install -m 755 $(system)/acmepipe.periodic "$(DESTDIR)$(EXAMPLESDIR)/"

# What a distributor builds from, without the network: the sources of the last
# commit with all crates beside them. What `make install` puts in place: an
# archive, and packages for Debian and RPM, where the machine has what makes them.
# The same commit gives the same files.
package: all
	CARGO='$(CARGO)' MAKE='$(make)' tests/package/archives "$(out)/package" "$(built)"
	MAKE='$(make)' tests/package/deb "$(out)/package" "$(built)" || \
	    { [ $$? = 69 ] && echo 'make package: NO PACKAGE FOR DEBIAN' >&2; }
	command -v rpmbuild >/dev/null || tests/fetch-servers "$(fetched)" rpm || :
	tests/package/rpm "$(out)/package" "$(built)" "$(fetched)/root" || \
	    { [ $$? = 69 ] && echo 'make package: NO PACKAGE FOR RPM' >&2; }
	@ls -l "$(out)/package"

# Whether it does, by building the archive of sources in two folders: minutes.
reproducible: package
	MAKE='$(make)' tests/package/reproducible "$(out)/package/$(release).tar.xz" "$(built)/bin"

# What the manual takes from the programs; a test finds out where this was forgotten.
man:
	man/regenerate "$$($(CARGO) build --workspace --exclude sandbox --bins --examples --locked \
	    --message-format json-render-diagnostics | tests/package/json-strings executable | \
	    sed -e '/\/examples\//d' -e 's|/[^/]*$$||' | head -n 1)"

clean:
	$(CARGO) clean

.PHONY: all demo check servers check-servers test fuzz mutants bench score install package reproducible man clean
