# What a contributor needs: make run, make test, make check, make bench, make soak; who publishes: make release and make deb. CI
# runs .ci/run, which is make test.

CARGO ?= cargo
ARGS ?=
DURATION ?= 600
SOAK_SECONDS ?= 1800

.DEFAULT_GOAL := help
.PHONY: help run test check advisories fuzz soak bench release deb test-tools check-tools release-tools deb-tools

help: ## Show the targets.
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/make \1	\2/p' $(MAKEFILE_LIST)

run: ## Serve the sandbox on 127.0.0.1:8236 without any configuration (ARGS="--listen 127.0.0.1:9000").
	$(CARGO) run --locked --release -- serve $(ARGS)

# The lines that close each test binary are printed once more at the end: with many binaries they scroll away.
# The status travels through a file, because a pipe in plain sh only keeps the status of its last command.
test: test-tools ## Run all tests, units and integration (ARGS="name" runs the tests of that name).
	@mkdir -p target
	@rm -f target/test.status
	@{ $(CARGO) test --locked --no-fail-fast $(ARGS) 2>&1; echo $$? >target/test.status; } | tee target/test.log
	@echo
	@echo "closing lines:"
	@grep '^test result:' target/test.log || echo "no test ran"
	@grep -q '^test result:' target/test.log && exit "$$(cat target/test.status)"

check: check-tools ## Formatting, lints, licences, banned and unused dependencies, known faults of dependencies.
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) deny --locked check licenses bans sources
	$(CARGO) machete
	@$(MAKE) --no-print-directory advisories
	@tests/supply-chain/planted-advisory.sh

# A fault that is known is an error. A database that cannot be had is none, but nobody shall think that it was asked.
advisories: check-tools ## Ask the database of advisories for every dependency, and say so when it cannot be reached.
	@if $(CARGO) deny --locked fetch db; then \
		$(CARGO) deny --locked check --disable-fetch advisories; \
	else \
		echo "ADVISORIES NOT CHECKED: the database of RustSec cannot be reached from here. Dependencies may have known faults."; \
	fi

# All targets (every test whose name begins with fuzz_) run at once on stable Rust, with the random engine of bolero; their
# seeds are samples, catalogue files and tests/fuzz-corpus. Each prints how many inputs it read, and the seed to set when
# one fails.
fuzz: ## Fuzz every reader of what comes from outside for ten minutes (DURATION=60 for one).
	BOLERO_RANDOM_ITERATIONS=18446744073709551615 BOLERO_RANDOM_TEST_TIME_MS=$$(($(DURATION) * 1000)) \
		$(CARGO) test --locked --lib -- --nocapture --test-threads 64 fuzz::fuzz_

# Set SEED to the one that a run printed to draw the same again. docs/soak.md says what is checked, and how to read the figures.
soak: test-tools ## Three replicas behind HAProxy through kills, outages and reloads for half an hour (SOAK_SECONDS=600, SEED=7).
	DIENSAN_SOAK_SECONDS=$(SOAK_SECONDS) $(if $(SEED),DIENSAN_SOAK_SEED=$(SEED)) \
		$(CARGO) test --locked --test main -- --nocapture soak::

# -B: nothing of Python's own is left beside the sources.
bench: ## Everything that docs/performance.md shows, in one run of about half an hour; fails when a gate is missed (ARGS=--help).
	python3 -B benches/run.py $(ARGS)

# PROFILE=dist builds what the image holds (smaller, slower to build). The list of dependencies is in the binary itself
# (cargo-auditable), in the SBOM (CycloneDX), and the two and Cargo.lock are compared.
PROFILE ?= release
RELEASE_FILES = target/release-files

release: release-tools ## Build what is published: program with its dependencies listed inside, SBOM, checksums (PROFILE=dist).
	$(CARGO) auditable build --locked --profile $(PROFILE)
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(CARGO) cyclonedx --quiet --format json --spec-version 1.5 --override-filename diensan.cdx
	rm -rf $(RELEASE_FILES)
	mkdir -p $(RELEASE_FILES)
	mv diensan.cdx.json $(RELEASE_FILES)/
	cp target/$(PROFILE)/diensan LICENSE $(RELEASE_FILES)/
	rust-audit-info $(RELEASE_FILES)/diensan >$(RELEASE_FILES)/diensan.dependencies.json
	python3 deploy/compare-sbom.py $(RELEASE_FILES)
	cd $(RELEASE_FILES) && sha256sum * >SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS && sha256sum --check --quiet SHA256SUMS

# The program writes its own manual and completions. deploy/debian holds what the package adds; lintian looks at the result.
DEB_FILES = target/deb-files

deb: deb-tools ## Build the Debian package for this machine's architecture (PROFILE=dist).
	$(CARGO) build --locked --profile $(PROFILE)
	rm -rf $(DEB_FILES)
	target/$(PROFILE)/diensan man --out $(DEB_FILES)/man
	gzip -9n $(DEB_FILES)/man/*.1
	target/$(PROFILE)/diensan completions bash >$(DEB_FILES)/diensan.bash
	target/$(PROFILE)/diensan completions zsh >$(DEB_FILES)/_diensan
	target/$(PROFILE)/diensan completions fish >$(DEB_FILES)/diensan.fish
	gzip -9nc CHANGELOG.md >$(DEB_FILES)/changelog.gz
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(CARGO) deb --no-build --no-strip --profile $(PROFILE) --output target/deb-files/

# Only what is missing is installed. Tests need cargo and what a Rust compiler needs anyway: a C compiler as linker
# (one dependency also compiles C); git for comparing revisions of the catalogue; Node.js and Python for the other
# implementations of JSON Schema and of SOAP and for the list of nasty strings, which the scripts in
# tests/schema-validators, tests/soap-peers and tests/nasty-strings install into target/ by name; Chromium for the pages,
# which tests/browser/run.sh drives, with a Times-like font that has all Vietnamese letters, and what looks into PDFs; Redis as
# shared tier and HAProxy in front of several replicas; PostgreSQL, of which the tests start servers of their own; promtool, which
# reads the metrics and tries the alert rules (its package holds a server too, which is not needed);
# debootstrap makes a small Debian for tests/image (as root or with sudo), tests/deploy asks validators of compose and Kubernetes;
# groff reads the manual, systemd rates the units, openssl makes the certificates of a rehearsal.
test-tools:
	@command -v $(CARGO) >/dev/null || { echo "cargo is missing: install Rust 1.95 or later" >&2; exit 1; }
	@command -v cc >/dev/null || .ci/apt-install gcc libc6-dev
	@command -v git >/dev/null || .ci/apt-install git
	@command -v curl >/dev/null && command -v jq >/dev/null || .ci/apt-install curl jq
	@command -v npm >/dev/null || .ci/apt-install nodejs npm
	@command -v chromium >/dev/null || .ci/apt-install chromium fonts-dejavu-core
	@PATH="$$PATH:/usr/sbin" command -v haproxy >/dev/null || .ci/apt-install haproxy
	@command -v redis-server >/dev/null || .ci/apt-install redis-server
	@command -v pdffonts >/dev/null || .ci/apt-install poppler-utils
	@fc-list "Liberation Serif:lang=vi" 2>/dev/null | grep -q . || .ci/apt-install fontconfig fonts-liberation2
	@command -v promtool >/dev/null || .ci/apt-install prometheus
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || .ci/apt-install postgresql
	@command -v groff >/dev/null || .ci/apt-install groff-base
	@command -v systemd-analyze >/dev/null || .ci/apt-install systemd
	@command -v openssl >/dev/null || .ci/apt-install openssl
	@python3 -c 'import ensurepip, venv' 2>/dev/null || .ci/apt-install python3 python3-venv

# The versions that this repository was checked with; a newer one that is already there is used as it is.
check-tools: test-tools
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny@0.20.2
	@command -v cargo-machete >/dev/null || $(CARGO) install --locked cargo-machete@0.9.2

release-tools: test-tools
	@command -v cargo-auditable >/dev/null || $(CARGO) install --locked cargo-auditable@0.7.7
	@command -v cargo-cyclonedx >/dev/null || $(CARGO) install --locked cargo-cyclonedx@0.5.9
	@command -v rust-audit-info >/dev/null || $(CARGO) install --locked rust-audit-info@0.5.4

deb-tools: test-tools
	@command -v cargo-deb >/dev/null || $(CARGO) install --locked cargo-deb@3.8.0
	@command -v dpkg-shlibdeps >/dev/null || .ci/apt-install dpkg-dev
