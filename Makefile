# Kept to what GNU make 3.81 knows, the one macOS ships.

SPHINXOPTS ?=
BUILDDIR   ?= _build

PY     := .venv/bin/python
PIP    := $(PY) -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
SPHINX := $(PY) -m sphinx -M
LINKAUDIT := PYTHONPATH=_ext/sphinx-linkaudit/src $(PY) -m sphinx_linkaudit

.DEFAULT_GOAL := help
.PHONY: FORCE help html livehtml linkcheck booklet site known-dead facts catalogs test browser lint types strict check \
    bench dist clean
# Two pips in one environment would spoil it; Sphinx and pytest use every core themselves.
.NOTPARALLEL:

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "%-10s %s\n", $$1, $$2 }'
	@echo 'any other  goes to sphinx-build -M: epub, latexpdf, man, ...'
	@echo 'Variables: PYTHON=python3.13 (makes .venv), SPHINXOPTS, BUILDDIR, PYTEST_ADDOPTS,'
	@echo '           BROWSER_TESTS=required (test needs Chromium, then)'

html: .venv/.docs ## build the site: _build/html/index.html
linkcheck: .venv/.docs ## look at every external link: _build/linkcheck
html linkcheck:
	@$(SPHINX) $@ . '$(BUILDDIR)' $(SPHINXOPTS)

# Where a browser may have no sandbox, in a container say: CHROMIUM='chromium --no-sandbox'.
CHROMIUM ?= $(or $(shell command -v chromium || command -v chromium-headless-shell || \
    command -v google-chrome),chromium)
booklet: singlehtml ## print the notes as a PDF, with Chromium: _build/*.pdf
	@$(CHROMIUM) --headless --no-pdf-header-footer --print-to-pdf='$(BUILDDIR)/DjangoConEurope2011.pdf' \
	    "file://$$(cd '$(BUILDDIR)' && pwd -P)/singlehtml/index.html"

site: booklet epub ## build the site with the PDF and the EPUB to download
	@$(SPHINX) html . '$(BUILDDIR)' -D notesite_downloads.PDF='$(BUILDDIR)/DjangoConEurope2011.pdf' \
	    -D notesite_downloads.EPUB='$(BUILDDIR)/epub/DjangoConEurope2011.epub' $(SPHINXOPTS)

known-dead: .venv/.docs ## accept what linkcheck found dead: known-dead.json
	@$(LINKAUDIT) accept '$(BUILDDIR)/linkcheck/report.json' known-dead.json

facts: html ## what fates.json has to be looked at for again
	@PYTHONPATH=_ext/sphinx-talknotes/src $(PY) -m sphinx_talknotes facts '$(BUILDDIR)/html/notes.json' fates.json || test $$? -eq 1

LOCALE := _ext/sphinx-talknotes/src/sphinx_talknotes/locale
POT := '$(BUILDDIR)/sphinx_talknotes.pot'
catalogs: .venv/.docs ## update and compile the translations of sphinx-talknotes
	@mkdir -p '$(BUILDDIR)'
	@$(PY) -m babel.messages.frontend -q extract --no-location --sort-output \
	    -k __ -k ngettext:1,2 -k _counted:2,3 -o $(POT) $(dir $(LOCALE))
	@$(PY) -m babel.messages.frontend -q update --no-fuzzy-matching --ignore-obsolete \
	    --ignore-pot-creation-date -w 88 -D sphinx_talknotes -i $(POT) -d $(LOCALE)
	@$(PY) -m babel.messages.frontend compile --statistics -D sphinx_talknotes -d $(LOCALE)

# Sphinx cannot see that an extension's code changed, so every build starts fresh (-E).
livehtml: .venv/.live ## serve the site and rebuild it at each change
	@$(PY) -m sphinx_autobuild --host 127.0.0.1 --port 0 \
	    --ignore '$(BUILDDIR)' --ignore tests --ignore benchmarks --ignore htmlcov \
	    --ignore '.*' --ignore '*/.*' --ignore '*~' --ignore '*#' --ignore '*4913' \
	    --ignore '*@*:[0-9]*' --ignore '*__pycache__*' \
	    -E $(SPHINXOPTS) . '$(BUILDDIR)/live'

test: .venv/.test $(if $(BROWSER_TESTS),.venv/.browser) ## run the tests
	@$(PY) -m pytest -n auto --dist worksteal

browser: .venv/.browser ## run the tests that need Chromium
	@BROWSER_TESTS=required $(PY) -m pytest -n auto --dist worksteal tests/test_browser_*.py

lint: .venv/.lint ## look at the code: ruff
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check

types: .venv/.types ## check the types: mypy
	@$(PY) -m mypy
	@$(PY) -m mypy _ext/sphinx-linkaudit/tests
	@$(PY) -m mypy _ext/sphinx-talknotes/tests

# In a folder of its own: pages cached by another build would keep their warnings to themselves.
strict: .venv/.docs ## build the site anew, each warning an error
	@$(SPHINX) html . '$(BUILDDIR)/strict' -E -W -n --keep-going -j auto $(SPHINXOPTS)

check: lint types test strict ## lint, types, test and strict

# SOURCE_DATE_EPOCH makes the same bytes of the same sources, whenever it is.
dist: .venv/.dist ## build both distributions into dist/, and check them
	@rm -rf dist
	@for name in linkaudit talknotes; do \
	    SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct 2>/dev/null || echo 1577836800) \
	    $(PY) -m build --no-isolation --outdir dist "_ext/sphinx-$$name" || exit; \
	done
	@$(PY) -m twine check --strict dist/*
	@.venv/bin/check-wheel-contents dist/*.whl

bench: .venv/.bench ## measure the extensions
	@$(PY) -m benchmarks

clean: ## delete what was built; .venv stays
	@built=$$(cd '$(BUILDDIR)' 2>/dev/null && pwd -P) || exit 0; \
	case "$$(pwd -P)/" in "$${built%/}"/*) \
	    echo "BUILDDIR=$(BUILDDIR) holds this project: not deleted" >&2; exit 1;; esac
	rm -rf '$(BUILDDIR)' dist .coverage .coverage.* htmlcov .mypy_cache .pytest_cache .ruff_cache

# FORCE: a file or folder may have a builder's name.
%: FORCE .venv/.docs
	@$(SPHINX) $@ . '$(BUILDDIR)' $(SPHINXOPTS)

# Without a rule of their own these would go to Sphinx by the rule above.
Makefile pyproject.toml constraints.txt: ;

# One stamp for each dependency group. While .unfinished is there, what an interrupted pip left
# is not trusted.
STAMPS := .venv/.docs .venv/.live .venv/.test .venv/.browser .venv/.bench .venv/.dist .venv/.lint \
    .venv/.types
$(STAMPS): .venv/.%: .venv/pyvenv.cfg pyproject.toml constraints.txt
	@echo "installing into .venv: $*"
	@touch .venv/.unfinished
	@$(PIP) pip
	@$(PIP) --group $*
	@rm .venv/.unfinished
	@touch $@

HAS_PIP := $(and $(realpath $(PY)),$(wildcard .venv/lib/*/site-packages/pip/__main__.py))
ifneq ($(PYTHON)$(wildcard .venv/.unfinished)$(if $(HAS_PIP),,no pip),)
.venv/pyvenv.cfg: FORCE
endif
# An interpreter that is itself an environment's, perhaps this one's, is traced to its base.
.venv/pyvenv.cfg:
	@id='import os, sys; print(sys.version, os.path.realpath(sys.base_prefix))'; \
	if [ ! -e .venv/.unfinished ] && old=$$($(PY) -c "import pip; $$id" 2>/dev/null); then \
	    if [ -z "$$PYTHON" ] || [ "$$old" = "$$("$$PYTHON" -c "$$id" 2>/dev/null)" ]; then exit; fi; \
	fi; \
	was=$$(sed -n 's/^executable = //p' .venv/pyvenv.cfg 2>/dev/null); \
	set -- $${was:+"$$was"} python3 python3.14 python3.13 python3.12 python3.11 python; \
	if [ -n "$$PYTHON" ]; then set -- "$$PYTHON"; fi; \
	fit='import sys, venv; assert sys.version_info >= (3, 11)'; \
	fit="$$fit; print(sys.argv[1] if sys.prefix == sys.base_prefix else sys._base_executable)"; \
	for name; do \
	    python=$$("$$name" -c "$$fit" "$$name" 2>/dev/null) || continue; \
	    rm -rf .venv && mkdir .venv && touch .venv/.unfinished || exit; \
	    if "$$python" -m venv .venv >/dev/null 2>&1; then echo ".venv made with $$python"; exit; fi; \
	    bad=$$python; \
	done; \
	if [ -n "$$bad" ]; then echo "$$bad cannot make environments:" \
	    "install its venv module (Debian, Ubuntu: apt install python3-venv)"; \
	else echo "no Python 3.11 or newer found as: $$*; install Python 3.13 with venv" \
	    "(Debian, Ubuntu: apt install python3 python3-venv) or name one: PYTHON=/path/to/python make"; \
	fi >&2; exit 1
