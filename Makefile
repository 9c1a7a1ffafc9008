.DEFAULT_GOAL := help
.PHONY: help install demo up down test browser-needs check format lock definitions asyncapi openapi conformance gateway crash-test simulate chaos law-1 mutants bench clean

UV_VERSION := 0.13.9
BIN := .venv/bin
PACKAGES := -p payments_common -p webhook_ingress -p payment_orchestrator -p reconciler -p gateway_sandbox -p local_stack -p payments_demo
PYPROJECTS := $(wildcard pyproject.toml libs/*/pyproject.toml services/*/pyproject.toml deploy/*/pyproject.toml)

help: ## List what there is
	@echo "Payments house. Start with: make demo"
	@echo
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/.installed ## Install everything into .venv (nothing else on the machine is touched)

.venv/.installed: uv.lock $(PYPROJECTS)
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, this is $$(python3 --version)"; exit 1; }
	@[ -x $(BIN)/pip ] || python3 -m venv .venv || { rm -rf .venv; echo "Python's venv module is needed: sudo apt-get install python3-venv"; exit 1; }
	@[ -x $(BIN)/uv ] || $(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv sync --locked --all-packages
	@touch $@

demo: install ## Live through five orders on real servers and compare them with the gateway's ledger
	@$(BIN)/python -m payments_demo demo

up: install ## Start everything and leave it running; prints the URLs and a shop to click through
	@$(BIN)/python -m payments_demo up

down: install ## End what `make up` started
	@$(BIN)/python -m payments_demo down

test: browser-needs check ## All tests: unit, contract, integration, end to end, browser (some minutes)
	@$(BIN)/python -m local_stack install --with-browser
	$(BIN)/pytest tests -n 3 --dist loadgroup --durations 25

browser-needs:
	@/sbin/ldconfig -p | grep -q 'libatomic\.so\.1' || { echo "The browser tests need one library: sudo apt-get install libatomic1"; exit 1; }

check: install ## Format, lint, types, import rules and unit tests, in under a minute
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy $(PACKAGES)
	$(BIN)/mypy tests
	@$(BIN)/lint-imports > .import-linter.log || { cat .import-linter.log; exit 1; }
	$(BIN)/pytest -q tests/unit

format: install ## Put the code into the house's form
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format --quiet

lock: install ## Resolve the dependencies anew after a pyproject.toml changed
	$(BIN)/uv lock

definitions: install ## Write RabbitMQ's definitions file from the topology in the code
	$(BIN)/python -m payments_common.messaging.topology > deploy/rabbitmq/definitions.json

asyncapi: install ## Write docs/asyncapi.json from the message models
	$(BIN)/python -m payments_common.schemas.asyncapi > docs/asyncapi.json

openapi: install ## Write docs/openapi.json, what customers' pages may ask, from the models
	$(BIN)/python -m payment_orchestrator.entrypoints.status_api.openapi > docs/openapi.json

conformance: install ## Hold every gateway to the same scenarios; writes docs/gateways.md
	$(BIN)/pytest -q tests/conformance --write-page

gateway: install ## Begin a gateway in seven files: make gateway NAME=paymob
	@$(BIN)/python -m payments_common.scaffold "$(NAME)"
	@$(BIN)/ruff check --fix --quiet libs/common/src/payments_common/gateways tests/conformance/subjects
	@$(BIN)/ruff format --quiet libs/common/src/payments_common/gateways tests/conformance/subjects

SEEDS ?= 1000

simulate: install ## Live through SEEDS=1000 random lives on a virtual clock, or replay one: SEED=17; DEAF=1 drops all webhooks
	@cd tests && PYTHONPATH=. ../$(BIN)/python -m simulation --seeds $(SEEDS) $(if $(SEED),--seed $(SEED)) $(if $(DEAF),--deaf)

crash-test: install ## Kill the services at every boundary, compare with the ledger (PART=1/12, ONLY=tabby/refund)
	@PYTHONPATH=tests $(BIN)/python -m crash --part "$(PART)" --only "$(ONLY)"

SECONDS ?= 300
CHAOS_SEED = $(or $(SEED),$(shell date +%s))

chaos: install ## Harm everything from outside under load, compare with the ledger: SECONDS=300 SEED=7
	@PYTHONPATH=tests $(BIN)/python -m chaos --seconds $(SECONDS) --seed $(CHAOS_SEED) --logs .local/chaos

law-1: install ## 10,000 histories for each claim of law 1 at each gateway, told in any sequence
	$(BIN)/pytest -q --hypothesis-profile=law-1 --hypothesis-show-statistics $(foreach of,facts tabby tamara myfatoorah,tests/unit/payment_orchestrator/test_law_1_$(of).py)

mutants: install ## Break the domain in thousands of ways; the unit tests must notice 95 % (ONLY="facts events")
	@PYTHONPATH=tests $(BIN)/python -m mutation --only "$(ONLY)"

bench: install ## Measure the ingress against a bare handler, and what a hot order costs the others
	$(BIN)/python tests/bench/bench_ingress.py
	PYTHONPATH=tests $(BIN)/python tests/bench/bench_hot_order.py

clean: ## Remove the environment and all caches of this checkout
	rm -rf .venv .local .mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis .import_linter_cache
