# Everything the project does, by one word each. `make` alone lists the words.
# On a bare Debian machine: git, make, Python 3.11 with its venv module.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# Settings of this machine, if there are any: see .env.example.
ENV := set -a; [ ! -f .env ] || . ./.env; set +a;

.DEFAULT_GOAL := help
.PHONY: help run dev demo test cluster cluster-full test-next fuzz check pages staff pins image bench faults tools backup restore protections

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

run: $(VENV)/runtime ## set up what is missing, then serve the site and its mail worker
	@$(ENV) exec $(BIN)/python manage.py serve

dev: $(VENV)/tools ## the same for development: reloads by itself, shows what is wrong on the page
	@$(ENV) export DEBUG=1; $(BIN)/python manage.py migrate --verbosity 0 && exec $(BIN)/python manage.py runserver $${PORT:-8000}

demo: $(VENV)/runtime ## see the front desk alive: 300 made-up requests, marked as tests, then serve
	@$(ENV) $(BIN)/python manage.py make_demo && exec $(BIN)/python manage.py serve

staff: $(VENV)/runtime ## make an account for a member of staff
	@$(ENV) $(BIN)/python manage.py make_staff

backup: $(VENV)/runtime ## make an encrypted backup now
	@$(ENV) $(BIN)/python manage.py backup

restore: $(VENV)/runtime ## set up what is missing, then restore: make restore FILE=path/to/a.backup
	@[ -n "$(FILE)" ] || { echo "Which one? make restore FILE=path/to/a.backup"; exit 2; }
	@$(ENV) $(BIN)/python manage.py restore "$(FILE)" $(ARGS)

pages: $(VENV)/runtime ## build every public page as files
	@$(ENV) $(BIN)/python manage.py build_pages

check: $(VENV)/tools ## lint, templates, types, imports, migrations, pins, content, packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djade --check $$(git ls-files 'templates/*.html')
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING
	SITE_URL=https://www.example.org $(BIN)/python manage.py check --deploy --fail-level WARNING
	.ci/pins --check
	$(BIN)/python .ci/supply.py

test: tools ## set up the browser and the database server, then run every test
	$(BIN)/python -m pytest --numprocesses 2 $(ARGS)
	.ci/with-postgres $(BIN)/python -m pytest --numprocesses 2 tests/test_durability.py tests/test_release.py tests/consultations tests/plumbing tests/staff tests/stack tests/faults tests/hostile $(ARGS)

cluster: tools ## the grown shape on this machine: nginx, two replicas, a mail worker, PostgreSQL
	@exec $(BIN)/python -m tests.cluster

cluster-full: tools ## try it in full: every page, thousands of slow clients, processes killed, 20 deployments
	CLUSTER=full $(BIN)/python -m pytest -s tests/cluster

protections: tools ## switch off each protection in turn: each must turn a test red
	$(BIN)/python -m tests.protections $(ARGS)

test-next: tools ## the same tests on the newest Python and the newest Django
	.ci/test-next $(ARGS)

fuzz: tools ## 100,000 hostile requests over every address, on each database
	HOSTILE_REQUESTS=100000 $(BIN)/python -m pytest --numprocesses 2 tests/hostile $(ARGS)
	HOSTILE_REQUESTS=100000 .ci/with-postgres $(BIN)/python -m pytest --numprocesses 2 tests/hostile $(ARGS)

pins: $(VENV)/tools ## choose versions anew from requirements*.in
	.ci/pins --upgrade

image: ## build the container image with whatever builder is there
	@for tool in docker podman buildah; do \
	    if command -v $$tool >/dev/null && $$tool info >/dev/null 2>&1; then exec $$tool build -t rlsinfo .; fi; \
	done; echo "None of docker, podman and buildah is at hand and running."; exit 1

faults: tools ## kill, jam and fill the running site while 10,000 people ask: nothing may be lost (hours)
	FAULTS=full $(BIN)/python -m pytest tests/faults -q $(ARGS)
	FAULTS=full .ci/with-postgres $(BIN)/python -m pytest tests/faults -q $(ARGS)

bench: tools ## one table of how fast it all is, each line beside its limit or peer in the same run
	@$(BIN)/python bench/table.py $(ARGS)

tools: $(VENV)/tools ## the browser and the database server that tests drive
	@.ci/tools

$(VENV)/runtime: requirements.txt
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the site runs on ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/tools: requirements-dev.txt $(VENV)/runtime
	@echo "Installing what tests and checks need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
