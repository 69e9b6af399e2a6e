# make help lists the targets. Everything below needs Python 3.11+ and PyPI; gates that also need Go or Node say so.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

STACK ?= dev
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
GATE := .ci/gate

# Certificates of the platform, as pip uses them; a package mirror set for pip holds for uv too.
export UV_SYSTEM_CERTS := 1
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
export SEMGREP_SEND_METRICS := off
# Servers and commands are started over and over: without bytecode each start compiles everything again.
unexport PYTHONDONTWRITEBYTECODE
export SEMGREP_ENABLE_VERSION_CHECK := 0

PROJECTS := pyproject.toml $(wildcard servers/python/pyproject.toml)
EDITABLES := $(patsubst %/,-e ./%,$(dir $(PROJECTS)))
# What coverage measures, and the tests that measure it.
SOURCES := $(shell find components infra servers/python tests examples -name '*.py' -not -path '*/.*' 2>/dev/null)
PYTHON_DIRS := components infra servers/python tests examples benchmarks .ci
LINTED := $(wildcard $(PYTHON_DIRS))

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# --- Environments -----------------------------------------------------------------------------------------------

$(BIN)/python:
	@.ci/venv $(VENV)

$(UV): requirements/bootstrap.txt | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

# One stamp per set of requirements: nothing is installed again until one of its files changes.
$(VENV)/.rehearsal $(VENV)/.dev: $(VENV)/.%: requirements/%.txt $(PROJECTS) $(UV)
	@echo "installing requirements/$*.txt into $(VENV)"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/$*.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(EDITABLES)
	@.ci/compile-bytecode $(BIN)/python
	@touch $@

.venv-semgrep/.installed: requirements/semgrep.txt $(UV)
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-semgrep
	@$(UV) pip install --quiet --python .venv-semgrep/bin/python --require-hashes -r requirements/semgrep.txt
	@touch $@

.PHONY: setup
setup: $(VENV)/.dev ## Create .venv with everything that tests and gates need
	@echo "$(VENV) is ready"

# --- Use --------------------------------------------------------------------------------------------------------

# The Node reference server takes part where node and npm exist.
servers/node/node_modules/.installed: servers/node/package-lock.json
	@if command -v npm >/dev/null && command -v node >/dev/null; then \
	  echo "installing servers/node"; (cd servers/node && npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --silent); touch $@; \
	else echo "skipped: the Node reference server: node or npm is not on PATH"; fi

.PHONY: rehearse
rehearse: $(VENV)/.rehearsal servers/node/node_modules/.installed ## Rehearse a stack without an account: make rehearse STACK=prod
	@$(BIN)/mcp-ops rehearse $(STACK) --strict

.PHONY: bench
bench: $(VENV)/.dev ## Measure rehearsals, the kits, restore validation and throughput
	@timeout 900 $(BIN)/python benchmarks/rehearse.py --servers 1,10,100
	@timeout 300 $(BIN)/python benchmarks/server_python.py
	@timeout 300 $(BIN)/python benchmarks/telemetry.py
	@timeout 300 $(BIN)/python benchmarks/validate_restore.py
	@timeout 300 $(BIN)/python benchmarks/throughput.py

# --- Tests and gates --------------------------------------------------------------------------------------------

# tests/conftest.py says which files come first.
RUN_TESTS = timeout 1200 $(BIN)/pytest -q -n auto --dist loadfile --no-loadscope-reorder

# Measuring takes half as long again, so `make test` leaves it to the gate, which runs the tests once more when a source
# is newer than the last measure. Where both follow each other (.ci/run), `make test COVERAGE=yes` measures at once.
.PHONY: test
test: $(VENV)/.dev ## Run all tests; COVERAGE=yes measures for the coverage gate on the way
	@$(RUN_TESTS) $(if $(COVERAGE),--cov --cov-report=)

.coverage: $(SOURCES) pyproject.toml | $(VENV)/.dev
	@$(RUN_TESTS) --cov --cov-report=

GATES := requirements lint format types coverage duplication bandit semgrep workflows actionlint stacks wheels node conformance

.PHONY: check $(GATES:%=gate-%)
check: $(VENV)/.dev .venv-semgrep/.installed ## Run every gate: lint, types, coverage, duplication, security, build
	@$(MAKE) --keep-going $(GATES:%=gate-%)

gate-requirements:
	@$(GATE) "pins satisfy what is declared (uv)" -- $(UV) pip check --python $(BIN)/python

gate-lint:
	@$(GATE) "lint and complexity (ruff)" -- $(BIN)/ruff check --cache-dir .cache/ruff $(LINTED)

gate-format:
	@$(GATE) "format (ruff)" -- $(BIN)/ruff format --cache-dir .cache/ruff --check --diff $(LINTED)

gate-types:
	@$(GATE) "types (mypy)" -- $(BIN)/mypy

gate-coverage: .coverage
	@$(GATE) "coverage" -- $(BIN)/python .ci/coverage_gate.py --minimum 90

gate-duplication:
	@$(GATE) --needs npx "duplication (jscpd)" -- npx --yes jscpd@4.3.0 --config .ci/jscpd.json $(wildcard components infra servers)

gate-bandit:
	@$(GATE) "security (bandit)" -- $(BIN)/bandit --quiet --configfile pyproject.toml --severity-level medium --recursive $(wildcard components infra servers/python)

gate-semgrep: .venv-semgrep/.installed
	@$(GATE) "rules of this project, tested (semgrep)" -- .venv-semgrep/bin/semgrep scan --test --config .semgrep/rules .semgrep/examples
	@$(GATE) "rules of this project (semgrep)" -- .venv-semgrep/bin/semgrep scan --quiet --error --metrics off --config .semgrep/rules $(wildcard components infra servers/python servers/node/src)

gate-workflows:
	@$(GATE) "workflows (zizmor)" -- $(BIN)/zizmor --offline --quiet .github

gate-actionlint:
	@$(GATE) --needs go "workflows (actionlint)" -- go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 $(wildcard .github/workflows/*.yml)

gate-stacks:
	@$(GATE) --needs infra/settings.schema.json "stack files (check-jsonschema)" -- \
	  $(BIN)/check-jsonschema --schemafile infra/settings.schema.json $(wildcard Pulumi.*.yaml)

gate-wheels:
	@$(GATE) "wheels" -- .ci/wheels $(dir $(PROJECTS))

gate-node:
	@$(GATE) --needs npm --in servers/node "node tests" -- bash -c 'npm ci --no-audit --no-fund && npm test'
	@$(GATE) --needs npm --in tests/rehearsal/simulator/authorization "second opinion on IAM (npm ci)" -- npm ci --ignore-scripts --no-audit --no-fund
	@$(GATE) --needs npm "second opinion on IAM: decisions compared" -- timeout 600 $(BIN)/pytest -q -m node tests/rehearsal/simulator/authorization

gate-conformance: gate-node
	@$(GATE) --needs servers/node/node_modules "MCP conformance of both kits" -- $(BIN)/python .ci/conformance

# --- Upkeep -----------------------------------------------------------------------------------------------------

COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE)

.PHONY: requirements
requirements: $(UV) ## Pin requirements/*.txt again; UPGRADE=--upgrade takes newer versions
	@$(COMPILE) requirements/bootstrap.in -o requirements/bootstrap.txt
	@$(COMPILE) pyproject.toml --extra program -o requirements/runtime.txt
	@$(COMPILE) $(PROJECTS) requirements/rehearsal.in --extra program --extra rehearsal -c requirements/runtime.txt -o requirements/rehearsal.txt
	@$(COMPILE) $(PROJECTS) requirements/rehearsal.in requirements/dev.in --extra program --extra rehearsal -c requirements/rehearsal.txt -o requirements/dev.txt
	@$(COMPILE) requirements/semgrep.in -o requirements/semgrep.txt

.PHONY: clean
clean: ## Remove environments, caches and results
	@rm -rf $(VENV) .venv-semgrep .cache .coverage .coverage.* .hypothesis dist servers/node/node_modules
