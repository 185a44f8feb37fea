PYTHON ?= python3
BIN := .venv/bin
PROJECTS := pyproject.toml protos/pyproject.toml clients/python/pyproject.toml export/coreml/pyproject.toml notebook/pyproject.toml requirements.lock

.PHONY: help install demo test export faults stores docs e2e check lint types imports buf stubs reference check-stubs clients bench containers images clean baseline lock quick versions conformance

help:  ## what there is to make
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1	\2/p' $(MAKEFILE_LIST) | expand -t 14

# Tests start hundreds of Pythons: what is compiled once is kept, also where the environment says otherwise.
unexport PYTHONDONTWRITEBYTECODE

comma := ,
define make_venv
$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("lienzo needs Python 3.11 or newer; name one: make PYTHON=python3.12 …")' && \
{ test -x $(BIN)/python || $(PYTHON) -m venv .venv; }
endef

# uv takes seconds where pip takes minutes; where it cannot be had, or reach what pip is configured for, pip does it.
define set_up
printf 'Setting up .venv … '; start=$$(date +%s); \
$(make_venv) && \
set -- -c requirements.lock -e ".[$(1)]" -e protos -e clients/python -e export/coreml -e notebook && \
{ { $(PIP) uv && $(BIN)/uv pip install --quiet --python $(BIN)/python "$$@"; } 2>/dev/null || $(PIP) "$$@"; } && \
echo "done ($$(($$(date +%s) - start)) s)"
endef
# PyTorch has a build for each kind of graphics card, and without one a build a tenth as large. uv finds the one that fits
# where it can reach PyTorch's own index, or else among the files that pip is told of; else pip takes what it is configured for.
define set_up_torch
{ set -- -c requirements.lock torch && $(BIN)/python -c 'import torch' 2>/dev/null || \
{ $(PIP) uv && set -- --quiet --python $(BIN)/python "$$@" && export UV_HTTP_RETRIES=0 && \
{ $(BIN)/uv pip install --torch-backend=auto "$$@" || \
{ links=$${PIP_FIND_LINKS:-$$($(BIN)/python -m pip config get global.find-links)} && \
UV_FIND_LINKS=$$(echo $$links | tr ' ' ,) $(BIN)/uv pip install "$$@"; }; }; } 2>/dev/null || \
$(PIP) -c requirements.lock torch; }
endef
PIP = $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input

install: .venv/.installed  ## .venv with all but SURF and cloud stores: pip install -e '.[surf,sources,oci]' adds them

# What developing needs includes what running needs, so that a fresh clone is set up once, not twice.
.venv/.installed: $(PROJECTS)
	@$(call set_up,all)
	@touch $@

.venv/.dev: $(PROJECTS)
	@$(make_venv) && $(set_up_torch)
	@$(call set_up,all$(comma)dev)
	@touch .venv/.installed $@

lock: .venv/.dev  ## write requirements.lock: the newest versions that the pyproject files allow, for every platform
	$(PIP) uv
	$(BIN)/uv lock --quiet --upgrade --python $(BIN)/python
	{ echo "# The versions that make install, CI and the images take. Written by make lock, without what PyTorch's builds for"; \
	echo "# graphics cards need: the build decides."; \
	$(BIN)/uv export --quiet --frozen --format requirements-txt --all-packages --all-extras --no-emit-workspace \
		--no-hashes --no-header --no-annotate | grep -v -E "^(nvidia-|cuda-|triton==)"; } > requirements.lock

demo: install  ## train, serve, classify, show: under two minutes (KEEP=1 leaves the services up)
	@$(BIN)/lienzo demo $(if $(KEEP),--keep)

# A file's tests share what it trains, so each file goes to one of the workers, in the order of tests/conftest.py.
BY_FILE := --dist loadfile --no-loadscope-reorder
WORKERS := -n 2 $(BY_FILE)

EXPORT := tests/export

quick: .venv/.dev  ## the tests that start no process, train nothing and export nothing: about a minute
	$(BIN)/python -m pytest $(WORKERS) --quick --ignore $(EXPORT)

versions: .venv/.dev  ## quick tests with the other Pythons of this machine: all with the newest, exports too
	bash .ci/versions

FAULTS := tests/integration/faults
STORES := tests/integration/stores

# Many of these wait for a process; a third worker uses the processor meanwhile.
test: .venv/.dev  ## the tests but those of the targets below: about five minutes
	$(BIN)/python -m pytest -n 3 $(BY_FILE) --ignore tests/e2e --ignore $(FAULTS) --ignore $(STORES) --ignore $(EXPORT)

export: .venv/.dev  ## bundles and their graphs, imported models, Core ML, and the converter to it
	$(BIN)/python -m pytest $(WORKERS) $(EXPORT)

faults: .venv/.dev  ## real services killed, drained, swapped, flooded and left: what callers then get
	$(BIN)/python -m pytest $(WORKERS) $(FAULTS)

stores: .venv/.dev  ## pictures in an object store and on the web, catalogues in a database: real servers of each
	$(BIN)/python -m pytest $(WORKERS) $(STORES)

NOTEBOOKS := tests/e2e/test_notebooks.py

docs: .venv/.dev  ## run the notebooks, and compare the tutorial's pictures with what is drawn: under two minutes
	$(BIN)/python -m pytest -n 2 $(NOTEBOOKS)
	$(BIN)/python docs/pictures.py --check

e2e: .venv/.dev  ## the README's commands, the page in a browser, the app in its window, wheels, other languages
	$(BIN)/python -m pytest $(WORKERS) tests/e2e --ignore $(NOTEBOOKS)

check: lint types imports buf check-stubs test export faults stores e2e docs  ## lint, types, import direction, contract, stubs, tests

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

imports: .venv/.dev
	$(BIN)/lint-imports --no-logo

buf: .venv/.dev
	cd protos && ../$(BIN)/buf lint && ../$(BIN)/buf format --diff --exit-code
	cd protos && ../$(BIN)/buf breaking --against baseline.binpb

baseline: .venv/.dev  ## promise the contract as it is now: with each release, or for a break that is meant
	cd protos && ../$(BIN)/buf build --exclude-source-info -o baseline.binpb

stubs: .venv/.dev  ## write protos/python and docs/api.md from the .proto files
	$(BIN)/python protos/generate.py
	$(BIN)/python protos/document.py

GENERATORS := $(filter-out docs/generate/page.py,$(wildcard docs/generate/*.py))

reference: .venv/.dev  ## write the pages of docs that are made from the code
	for each in $(GENERATORS); do $(BIN)/python $$each || exit 1; done

check-stubs: .venv/.dev
	$(BIN)/python protos/generate.py --check
	$(BIN)/python protos/document.py --check
	for each in $(GENERATORS); do $(BIN)/python $$each --check || exit 1; done

clients: .venv/.dev  ## write build/clients: messages for Java, Kotlin, Objective-C and C#
	$(BIN)/python clients/generate.py build/clients

DATA ?= ../shared/data

bench: .venv/.dev  ## the figures of PERFORMANCE.md: some hours, on a machine that does nothing else
	$(BIN)/python -m benchmarks.recognition artworks19 --recipe artworks --recipe ondevice --recipe tutorial
	$(BIN)/python -m benchmarks.recognition genres4 --recipe styles
	$(BIN)/python -m benchmarks.openset artworks19
	$(BIN)/python -m benchmarks.verification artworks19 --strangers museum genres4 --photographs 3
	$(BIN)/python -m benchmarks.verification_speed --repeat 60
	$(BIN)/python -m benchmarks.closeups artworks19 --shares 0.5 0.25 0.1
	$(BIN)/python -m benchmarks.near_duplicates $(DATA)
	$(BIN)/python -m benchmarks.digits
	$(BIN)/python -m benchmarks.networks cifar10
	$(BIN)/python -m benchmarks.imported_throughput
	$(BIN)/python -m benchmarks.few_classes artworks19
	$(BIN)/python -m benchmarks.few_pictures artworks19 --pictures 3
	$(BIN)/python -m benchmarks.padding genres4 --seeds 2
	$(BIN)/python -m benchmarks.variations colors genres4
	$(BIN)/python -m benchmarks.variations encoders artworks19
	$(BIN)/python -m benchmarks.gateway_overhead
	$(BIN)/python -m benchmarks.doors
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.mixed_traffic
	$(BIN)/python -m benchmarks.overload
	$(BIN)/python -m benchmarks.streams
	$(BIN)/python -m benchmarks.held_back
	$(BIN)/python -m benchmarks.faults
	$(BIN)/python -m benchmarks.faults --gateways 2
	$(BIN)/python -m benchmarks.bombs
	$(BIN)/python -m benchmarks.fuzzing --minutes 10
	$(BIN)/python -m benchmarks.tutorial_service $(DATA)/artworks19
	$(BIN)/python -m benchmarks.palette_speed
	$(BIN)/python -m benchmarks.palette_quality
	$(BIN)/python -m benchmarks.catalogue --distractors 20000,100000
	$(BIN)/python -m benchmarks.catalogue_start
	$(BIN)/python -m benchmarks.catalogue_outlines
	$(BIN)/python -m benchmarks.catalogue_shortlist
	$(BIN)/python -m benchmarks.catalogue_kills
	$(BIN)/python -m benchmarks.catalogue_changes
	$(BIN)/python -m benchmarks.bucket_memory
	$(BIN)/python -m benchmarks.coreml_conformance
	$(BIN)/python -m benchmarks.coreml_recipes $(DATA) --smaller

conformance: .venv/.dev  ## every conformance case of the onnx package through the converter
	$(BIN)/python -m pytest -n 2 -m conformance tests/export/coreml/test_conformance.py

images:  ## one container image per service
	docker compose build

containers: .venv/.dev  ## build, start, scale, kill and stop the containers: needs Docker with Compose
	$(BIN)/python -m pytest -m containers tests/e2e/test_containers.py

clean:  ## forget .venv and every cache
	rm -rf .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
