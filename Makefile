# The only entry point for people and CI: `make` lists the targets. Needs Python 3.11+, git and make; all else is fetched.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --warn-undefined-variables

# The sbin folders, because root's PATH may lack them and the embedded PostgreSQL then needs useradd.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.cache/bin:$(PATH):/usr/sbin:/sbin
export npm_config_update_notifier := false
# The tests start a thousand processes; without kept bytecode each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE
export OPSENTRIX_DATA_DIR ?= $(CURDIR)/data

QUICK ?=
ARGS ?=
# Workers of pytest: one for each processor. `WORKERS=0` runs the tests in one process, as a debugger needs it.
WORKERS ?= logical
# Of the tests of whole processes, which wait more than they compute: one alone uses two processors for a quarter.
E2E_WORKERS ?= 2
PYTHON_CODE := $(wildcard packages/*/src packages/*/tests) e2e fuzz benchmarks scripts deploy conftest.py
SHELL_CODE := scripts/bootstrap .ci/run docs/guide/examples/agent.sh deploy/install/agent-installer.sh deploy/bundle.sh deploy/openrc/opsentrix-agent
STATIC := packages/hub/src/opsentrix/web/static
ARTEFACT := packages/hub/src/opsentrix/web/install/opsentrix-agent.pyz
AGENT_SOURCES := $(shell find packages/agent/src packages/protocol/src deploy/install deploy/systemd deploy/openrc -type f -not -name '*.pyc') \
    deploy/artefact.py uv.lock
DASHBOARD_SOURCES := $(shell find dashboard/src dashboard/public -not -name '*.test.*' 2>/dev/null) \
    $(wildcard dashboard/index.html dashboard/*.config.ts dashboard/build-plugins/* dashboard/tsconfig*.json dashboard/package.json)

# ---- Use ---------------------------------------------------------------------------------------------------------

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: ## Create .venv and fetch the tools (uv, Node.js) that the machine lacks
	@scripts/bootstrap

.PHONY: run
run: setup dashboard agent ## Start PostgreSQL, the hub and an agent for this machine; Ctrl-C stops them
	@exec opsentrix up $(ARGS)

# ---- Tests -------------------------------------------------------------------------------------------------------

.PHONY: test
test: test-unit test-hub test-fuzz test-dashboard test-e2e test-browser ## Run every test, in a real browser too

.PHONY: test-unit
test-unit: setup ## Test protocol, agent, benchmarks and workspace scripts
	pytest packages/protocol/tests packages/agent/tests scripts/tests benchmarks/tests $(ARGS)

.PHONY: test-hub
test-hub: setup ## Test the hub on a real PostgreSQL
	pytest packages/hub/tests -n $(WORKERS) --dist worksteal $(ARGS)

.PHONY: test-fuzz
test-fuzz: setup ## Feed every parser what no program would send (OPSENTRIX_FUZZ_EXAMPLES=10000: for longer)
	pytest fuzz -n $(WORKERS) --dist loadfile $(ARGS)

.PHONY: test-e2e
test-e2e: setup dashboard ## Test a real agent, hub and PostgreSQL together, with faults injected
	pytest e2e -n $(E2E_WORKERS) --dist loadgroup $(ARGS)

.PHONY: test-dashboard
test-dashboard: dashboard ## Test the dashboard's modules, and what a first visit loads
	cd dashboard && npm test && npm run size

.PHONY: test-browser
test-browser: setup dashboard ## Test the journeys of a person in Chromium, on a real hub
	chromium=$$(python scripts/ensure_chromium.py) && cd dashboard && CHROMIUM="$$chromium" npm run e2e

.PHONY: test-fleet
test-fleet: setup dashboard ## Test journeys in Chromium beside 1,000 simulated agents and a real one
	chromium=$$(python scripts/ensure_chromium.py) && CHROMIUM="$$chromium" python -m benchmarks.journeys $(ARGS)

# ---- Checks ------------------------------------------------------------------------------------------------------

.PHONY: lint
lint: lint-python lint-types lint-layers lint-generated lint-shell lint-supply lint-dashboard ## Check format, style, types, layers and dependencies

.PHONY: lint-python
lint-python: setup
	ruff format --check --quiet .
	ruff check --quiet .

.PHONY: lint-types
lint-types: setup
	mypy $(PYTHON_CODE)
	mypy --python-version 3.10 packages/agent/src packages/protocol/src

.PHONY: lint-layers
lint-layers: setup
	lint-imports

.PHONY: lint-generated
lint-generated: setup
	python scripts/generate_protocol.py --check
	python scripts/generate_metrics_reference.py --check
	opsentrix openapi | diff -u dashboard/openapi.json - >&2 || { echo "dashboard/openapi.json is old: run \`make openapi\`" >&2; exit 1; }

.PHONY: lint-shell
lint-shell: setup
	shellcheck $(SHELL_CODE)

# Not bandit: its checks are ruff's rules S, which lint-python runs; beside them it found nothing here.
.PHONY: lint-supply
lint-supply: setup
	@command -v uv >/dev/null || { echo "uv is missing: make setup" >&2; exit 1; }
	uv lock --check --quiet
	python scripts/check_dependencies.py
	python scripts/check_secrets.py

.PHONY: lint-dashboard
lint-dashboard: dashboard/node_modules/.installed
	cd dashboard && npm run lint

.PHONY: fmt
fmt: setup dashboard/node_modules/.installed ## Format the code and fix what can be fixed
	ruff check --fix --quiet .
	ruff format --quiet .
	cd dashboard && npm run fmt

.PHONY: bench
bench: setup dashboard ## Measure against the targets (QUICK=1: under two minutes)
	python -m benchmarks.run $(if $(QUICK),--quick) $(ARGS)

.PHONY: screenshots
screenshots: setup dashboard ## Take a picture of every page into docs/screenshots
	python -m scripts.showcase.take $(ARGS)

.PHONY: lighthouse
lighthouse: setup dashboard dashboard/lighthouse/node_modules/.installed ## Have Lighthouse audit Home, Agents and an agent
	python -m benchmarks.lighthouse $(ARGS)

dashboard/lighthouse/node_modules/.installed: dashboard/lighthouse/package-lock.json | setup
	cd dashboard/lighthouse && npm install --no-save --no-audit --no-fund --no-progress --loglevel=error
	@touch $@

# ---- What is built or generated ----------------------------------------------------------------------------------

.PHONY: dashboard
dashboard: $(STATIC)/index.html ## Build the dashboard into the hub, when its sources changed

$(STATIC)/index.html: $(DASHBOARD_SOURCES) dashboard/node_modules/.installed
	cd dashboard && npm run --silent build -- --logLevel warn
	@touch $@

# Not `npm ci`: it insists on entries of the optional packages of every other platform, which npm itself leaves out
# of a lock file made on this one (npm/cli#4828). The check before it refuses a lock file that does not fit.
dashboard/node_modules/.installed: dashboard/package-lock.json dashboard/package.json | setup
	@cd dashboard && npm ls --package-lock-only >/dev/null
	cd dashboard && npm install --no-save --no-audit --no-fund --no-progress --loglevel=error
	@touch $@

.PHONY: agent
agent: setup $(ARTEFACT) ## Build the agent as one file into the hub, when its sources changed

$(ARTEFACT): $(AGENT_SOURCES) | setup
	python -m deploy.artefact

.PHONY: bundle
bundle: setup ## Build the agent with a Python of its own for this machine, into dist
	deploy/bundle.sh

.PHONY: proto
proto: setup ## Generate the protocol's Python modules from opsentrix.proto
	python scripts/generate_protocol.py

.PHONY: openapi
openapi: setup dashboard/node_modules/.installed ## Generate the OpenAPI document and the dashboard's API types from the hub
	opsentrix openapi dashboard/openapi.json
	cd dashboard && npm run api

.PHONY: docs-reference
docs-reference: setup ## Generate docs/reference from the code
	python scripts/generate_metrics_reference.py
	python scripts/generate_authorization_reference.py

.PHONY: clean
clean: ## Remove what was built; keep .venv, node_modules and data
	rm -rf $(STATIC) $(dir $(ARTEFACT)) dashboard/dist dashboard/test-results dashboard/playwright-report e2e/artifacts dist
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .schemathesis
	find . -name __pycache__ -type d -not -path './.venv/*' -not -path '*/node_modules/*' -prune -exec rm -rf {} +

.PHONY: distclean
distclean: clean ## Remove .venv, node_modules and fetched tools as well; keep data
	rm -rf .venv .cache dashboard/node_modules
