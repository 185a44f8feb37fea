PYTHON ?= python3
BIN := .venv/bin

.PHONY: install demo test check lint types imports buf stubs check-stubs bench clean

install: .venv/.installed  ## .venv with everything lienzo can do

.venv/.installed: pyproject.toml protos/pyproject.toml clients/python/pyproject.toml
	@echo "Setting up .venv …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e protos -e clients/python -e ".[all]"
	@touch $@

.venv/.dev: .venv/.installed
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e protos -e clients/python -e ".[all,dev]"
	@touch $@

demo: install  ## train, serve, classify, show: under two minutes (KEEP=1 leaves the services up)
	@$(BIN)/lienzo demo $(if $(KEEP),--keep)

test: .venv/.dev
	$(BIN)/python -m pytest -n 2

check: lint types imports buf check-stubs test

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

imports: .venv/.dev
	$(BIN)/lint-imports

buf: .venv/.dev
	cd protos && ../$(BIN)/buf lint && ../$(BIN)/buf format --diff --exit-code

stubs: .venv/.dev  ## write protos/python from the .proto files
	$(BIN)/python protos/generate.py

check-stubs: .venv/.dev
	$(BIN)/python protos/generate.py --check

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
