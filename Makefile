# make run          install into .venv and open the app; without a terminal, train the embedded digits and print a line an epoch
# make test         install the development tools too and run the tests, but for the slow ones
# make test-all     run the slow ones too: walks through all levers, several processes, the bench
# make check        what CI runs: format, lint, types, import contracts, tests
# make screenshots  draw the pictures that README shows
#
# PYTHON=python3.12 takes another Python (3.11 or newer), PIP_FLAGS is given to pip: on Linux without an NVIDIA GPU
# PIP_FLAGS="--extra-index-url https://download.pytorch.org/whl/cpu" saves two gigabytes.

PYTHON ?= python3
PIP_FLAGS ?=

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(PIP_FLAGS)

.PHONY: run test test-all check screenshots clean

run: $(VENV)/.installed
	@if [ -t 1 ]; then exec $(BIN)/mlp-tui; else exec $(BIN)/mlp-tui train --preset quick; fi

test: $(VENV)/.installed-dev
	$(BIN)/pytest -n auto -m "not slow"

test-all: $(VENV)/.installed-dev
	$(BIN)/pytest -n auto

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto -m "not slow"

screenshots: $(VENV)/.installed-dev
	$(BIN)/python scripts/make_screenshots.py

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

# A stamp is newer than what it was made from, so nothing is installed twice.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing into $(VENV); the first time takes a few minutes" >&2
	@$(INSTALL) -e . >&2
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing the development tools into $(VENV)" >&2
	@$(INSTALL) -e ".[dev]" >&2
	@touch $@ $(VENV)/.installed

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mlp-tui needs Python 3.11 or newer; try make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)
