# Headway: `make demo` shows it, `make test` proves it, `make down` stops it. Everything lives in .venv, .sandbox
# and the user's cache folder.
STARTED := $(shell date +%s)
SYSTEM_PYTHON := $(shell command -v python3.11 || command -v python3)
PYTHON := .venv/bin/python
SANDBOX := $(PYTHON) -m sandbox
BEFORE_VENV := $(SYSTEM_PYTHON) -m sandbox
# Every command and test starts dozens of Pythons: compiled once, each begins seconds sooner.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help venv ready browser forge sandbox up deploy demo down clean status logs screenshots check test-fast test faults peers mutants lock

help:
	@echo "make demo       a pushed image to a tested release, and a failed release back again, on a real cluster"
	@echo "make test       every test, on the sandbox (needs Linux and root)"
	@echo "make check      static checks            make test-fast  tests without root and cluster"
	@echo "make sandbox    build the tools          make up         start the sandbox"
	@echo "make deploy     register with Prefect at PREFECT_API_URL (the sandbox's by default)"
	@echo "make status     what runs                make logs       the end of the logs (NAME=... for one)"
	@echo "make down       stop, keep the data      make clean      down, then delete data and built tools"
	@echo "make screenshots   pictures of the release view into docs, as the demo leaves it"
	@echo "make mutants    do the tests notice when a decision is changed? (see docs/testing.md)"
	@echo "make faults     what becomes of a release when things around it break, into docs/faults.md"
	@echo "make peers      other S3s and registries, built from source, held to the same contracts (see docs/testing.md)"
	@echo "make lock       resolve requirements.lock anew"

venv:
	@$(BEFORE_VENV) venv

# What the machine needs before anything is built: said first, installed next.
ready:
	@$(BEFORE_VENV) preflight
	@$(BEFORE_VENV) packages
	@$(BEFORE_VENV) venv

sandbox: ready
	@$(SANDBOX) build

up: ready
	@$(SANDBOX) up

deploy: venv
	@$(SANDBOX) deploy

# Brings the sandbox up itself: its first steps run while the cluster is still being built.
demo: ready
	@SANDBOX_STARTED_AT=$(STARTED) $(SANDBOX) demo

# Also from a clone whose .venv is gone: stopping needs the standard library alone.
down:
	@$(BEFORE_VENV) down

clean:
	@$(BEFORE_VENV) clean

status:
	@$(BEFORE_VENV) status

logs:
	@$(BEFORE_VENV) logs $(NAME)

screenshots: venv
	@$(PYTHON) -m sandbox.screenshots

check: venv
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

# Three at once, for two cores, since each waits at times: what needs Prefect, whose import takes seconds, on one of them; what
# speaks with other systems, and the rest, decisions and formats, which their own tests have to cover, share the other one.
FAST := -m pytest -m "not cluster and not sandbox and not story"
FLOWS := tests/fast tests/flows tests/blocks tests/cli tests/model tests/release_clients tests/worker tests/clients/test_github_app.py
COVERED_BY_FLOWS := flows,tasks,headway/workspace
CLIENTS := tests/clients tests/examples tests/receiver tests/sandbox tests/view tests/workspace
COVERED_BY_CLIENTS := headway/workspace,headway/decide,headway/formats
COVERED_BY_REST := headway/decide,headway/formats
# Hostile servers and command lines in processes of their own: make test has them.
SLOW := tests/hostile/test_git_remotes.py tests/hostile/test_http_answers.py tests/prefect
# Nothing in them is fast, and loading them is slow.
REAL := tests/clients/test_package_chart.py tests/faults tests/test_first_application.py $(foreach each,browser delivery forge_sign_in,tests/view/test_$(each).py)
without = $(foreach each,$(1),--ignore=$(each))
AFTER := nice -n 3
part = .venv/bin/python -m slipcover --branch --source $(2) --json --out .coverage.$(1) $(FAST) $(3)
test-fast: venv
	@rm -f .coverage.*
	@logs=$$(mktemp -d); trap 'rm -rf $$logs' EXIT; \
	$(call part,flows,$(COVERED_BY_FLOWS),$(FLOWS)) >$$logs/flows 2>&1 & flows=$$!; \
	$(AFTER) $(call part,clients,$(COVERED_BY_CLIENTS),$(CLIENTS) $(call without,$(FLOWS) $(REAL))) >$$logs/clients 2>&1 & clients=$$!; \
	$(AFTER) $(call part,rest,$(COVERED_BY_REST),$(call without,$(FLOWS) $(CLIENTS) $(SLOW) $(REAL))); rest=$$?; \
	wait $$clients; clients=$$?; wait $$flows; flows=$$?; cat $$logs/clients $$logs/flows; test "$$rest $$clients $$flows" = "0 0 0"
	@.venv/bin/python -m slipcover --branch --skip-covered --fail-under 90 --out .coverage.all \
		--merge .coverage.flows .coverage.clients .coverage.rest

browser:
	@$(BEFORE_VENV) packages --browser

# Gitea, for the tests that need a forge: minutes of building, once, which neither up nor the demo waits for.
forge: ready
	@$(BEFORE_VENV) packages --forge
	@$(SANDBOX) forge

test: browser up forge
	$(PYTHON) -m tests.everything

faults: up
	HEADWAY_FAULTS=write $(PYTHON) -m pytest tests/faults
	$(PYTHON) -m pytest -m rare tests/prefect tests/clients tests/release_clients

# Builds them first: seven minutes of processor time, once.
peers: up
	$(PYTHON) -m pytest -m rare tests/peers

# Whole and anew: mutmut alone would keep the results of functions that did not change, whatever the tests became.
mutants: venv
	rm -rf mutants
	nice .venv/bin/mutmut run --max-children 2
	$(PYTHON) -m tests.mutation_score

# No index lines: the lock works with whatever index the machine is set to.
lock: venv
	.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--group dev --python-version 3.11 pyproject.toml --output-file requirements.lock
