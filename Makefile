# Everything here sets itself up: a .venv with the package and its tools. Needs Python 3.11 or newer with its venv module, and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
URL ?= examples

.PHONY: audit test test-long lint types bench clean

audit: $(VENV)/installed
	@$(BIN)/claimaudit audit $(URL)

test: lint types
	$(BIN)/python -m pytest -q -m "not long"

test-long: lint types
	$(BIN)/python -m pytest -q

lint: $(VENV)/developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/developed
	$(BIN)/mypy

bench: $(VENV)/developed
	$(BIN)/python benchmarks/audit_speed.py $(PAGES)

$(VENV)/installed: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing claimaudit into $(VENV) (first time only) …" >&2
	@$(PIP) --upgrade pip
	@$(PIP) -e .
	@touch $@

$(VENV)/developed: $(VENV)/installed
	@$(PIP) --group dev
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
