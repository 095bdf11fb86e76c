# Each target sets up what it needs: a virtual environment in .venv and, for the tests, a browser.
# Only Python 3.11 or later and make have to be there; Node, too, for who changes the browser runtime.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Every start of Python would compile anew what it is told not to keep, and the tests start it hundreds of times.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: site test check fix slow runtime bench clean

site: .venv/tool  ## build the demo into dist/
	$(BIN)/mfe-static build
	@echo "The demo is in dist/. Look at it: $(BIN)/mfe-static serve"

test: .venv/dev  ## pass the tests
	$(BIN)/python tests/browser.py
	$(BIN)/python -m pytest -n auto

slow: .venv/dev  ## the tests that take longer, and those of random examples with many more
	$(BIN)/python tests/browser.py
	$(BIN)/python -m pytest -n auto -m "slow or hypothesis" --hypothesis-profile many

check: .venv/dev  ## format, lint, types, floors, sizes of the runtime
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tests/runtime_sizes.py

runtime: .venv/dev  ## minify the browser runtime anew; the only target that needs Node
	$(BIN)/python tests/runtime_sizes.py --make

fix: .venv/dev  ## mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/tool  ## measure against the generators on PATH; benchmarks/README.md. BENCH="--pages 200" passes options
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m benchmarks.run $(BENCH)

clean:  ## remove what the targets made
	rm -rf .venv dist .dist.mfe .mfe .cache .mypy_cache .ruff_cache .pytest_cache

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("mfe-static needs Python 3.11 or later")'
	$(PYTHON) -m venv .venv

.venv/tool: .venv/bin/python pyproject.toml
	$(PIP) install --editable ".[search]"
	$(BIN)/python -m compileall -q mfe_static  # Python itself may be told to write none, and then every start compiles
	@touch $@

.venv/dev: .venv/bin/python pyproject.toml
	$(PIP) install --editable ".[dev]"
	$(BIN)/python -m compileall -q mfe_static
	@touch $@ .venv/tool
