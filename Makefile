# make setup | demo | test | lint | bench. Each is quick to repeat: stamps in .venv say what is done.
# PYTHON=python3.12 chooses another Python (3.11 or newer); TESTS=tests/indexer runs a part.

SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV ?= .venv
PYTEST ?= -n 2
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BROWSER := $(VENV)/.browser
TESTS ?= tests
BENCH ?=

.PHONY: help setup demo test lint bench clean

help:
	@echo "make setup   make $(VENV) with everything in it"
	@echo "make demo    draw a sample print shop, index it, serve it on http://127.0.0.1:8000"
	@echo "make test    run all tests (TESTS=path for a part, PYTEST= for one at a time)"
	@echo "make lint    ruff and mypy"
	@echo "make bench   speed and memory (BENCH='--help' for options)"

setup: $(READY)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make environments; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

# uv where it can be had, because it is ten times quicker; pip knows mirrors and offline folders that uv was not told of.
$(READY): pyproject.toml setup.py constraints.txt | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv || true
	@if $(BIN)/uv --version >/dev/null 2>&1 && \
		VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet -c constraints.txt -e '.[dev]'; then :; else \
		echo "uv did not manage; trying pip"; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'; fi
	@$(BIN)/python scripts/compile_kernels.py
	@touch $@

demo: $(READY)
	$(BIN)/iconoscope demo

$(BROWSER): $(READY) scripts/browser.sh
	@scripts/browser.sh $(BIN)/python $@

test: $(READY) $(BROWSER)
	@$(BIN)/python -m pytest $(PYTEST) $(TESTS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python benchmarks/run.py $(BENCH)

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
