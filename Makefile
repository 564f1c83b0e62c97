# The commands of this checkout. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup run tour test whole check bench comply hosts hosts-down app fresh clean

# Test hosts need root; whoever has not got it gets it by sudo.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE := 1
sudo := $(shell [ "$$(id -u)" = 0 ] || echo 'sudo --preserve-env=SPSE_WHOLE,SPSE_UNTIL,SPSE_OPS_STATE env PATH="$(PATH)" PYTHONDONTWRITEBYTECODE=1')

hosts_command := $(sudo) .venv/bin/python -m tests.hosts

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## The Python environment in .venv, with the command .venv/bin/spse-ops
	@./bootstrap

# What is done to the lab has a ledger of its own.
run: export SPSE_OPS_STATE := $(CURDIR)/artifacts/state
run: ## One server with SPSE, installed and upgraded by one command each; then the offline Slack, and the bot before it
	@./bootstrap hosts app
	@.venv/bin/python -m tests.spse_app inventory --builds artifacts/builds --boot-seconds 2 \
	    --out inventory/lab/group_vars/spse/main.yml n n1
	@$(hosts_command) up mamuju --image spse12 --memory 3g
	@spse-ops install mamuju --build 4.5.20260105
	@spse-ops upgrade mamuju --build 4.5.20260202
	@spse-ops status mamuju
	@printf '%s\n' '' 'Halaman / page: https://ALAMAT/eproc4 (python -m tests.hosts list)'
	@if [ -f .env ]; then set -a && . ./.env; fi; .venv/bin/python -m tests.tour open

tour: ## The guided tour in the offline Slack: install, back up, upgrade under load, one that goes back by itself, audit
	@./bootstrap hosts app check
	@$(sudo) .venv/bin/python -m tests.tour play

# Those that measure, or look at the whole machine, have it for themselves; of the others three files run side by side,
# what was changed last first.
alone := tests/load tests/hosts tests/baseline/test_attacks.py tests/upgrade/test_visitors.py tests/upgrade/test_fifty_hosts.py
together := tests/access tests/kills tests/baseline tests/judges tests/patch tests/upgrade tests/backup tests/e2e tests/spse_app \
    tests/roles $(addprefix --ignore=,$(filter %.py,$(alone)))

test: check ## All tests, those on real hosts too
	@./bootstrap hosts
	@$(sudo) .venv/bin/pytest -p no:cacheprovider --junitxml=artifacts/junit-hosts.xml -m hosts $(alone)
	@$(sudo) .venv/bin/python -m tests.tour play
	@$(sudo) .venv/bin/pytest -p no:cacheprovider --junitxml=artifacts/junit-hosts-together.xml -m hosts \
	    --numprocesses=3 --dist=loadfile --no-loadscope-reorder $(together)

whole: ## What `make test` leaves out, too: every cut at every place, a thousand kills, judges, fifty hosts; some five hours
	@SPSE_WHOLE=1 $(MAKE) test

# These wait for processes of their own, each for others, and have patience: two of them at a time.
waiting := tests/desk tests/kills

check: ## The tests that need no hosts: lint, types, rules of the house, units
	@./bootstrap check app documents access
	@mkdir -p artifacts && rm -f artifacts/figures.txt
	@.venv/bin/pytest -p no:cacheprovider --junitxml=artifacts/junit-check.xml -m 'not hosts' $(addprefix --deselect=,$(waiting))
	@.venv/bin/pytest -p no:cacheprovider --junitxml=artifacts/junit-check-waiting.xml --numprocesses=2 -m 'not hosts' $(waiting)

bench: export SPSE_OPS_STATE := $(CURDIR)/artifacts/state
bench: ## How long things take, as ratios against the bare tool in the same run
	@./bootstrap hosts check
	@$(sudo) .venv/bin/python -m tests.bench

comply: ## Prove the security baseline: make comply LPSE=mamuju; without LPSE, of the whole inventory
	@./bootstrap
	@spse-ops comply $(LPSE)

hosts: ## Test hosts: make hosts N=3, or make hosts NAMES="mamuju bogor"; IMAGE=debian12|debian13|spse12|backup12
	@./bootstrap hosts
	@$(hosts_command) up $(if $(NAMES),$(NAMES),--count $(or $(N),1)) --image $(or $(IMAGE),debian12)

hosts-down: ## Take all test hosts down, and what was open before them; nothing is left running or mounted
	@.venv/bin/python -m tests.tour close
	@$(hosts_command) down --all

app: ## The stand-in's builds, good and broken, in artifacts/builds
	@./bootstrap app
	@.venv/bin/python -m tests.spse_app build --out artifacts/builds

fresh: ## `make run` and `make test`, twice each, on a Debian 12 with only git, make and python3
	@./bootstrap hosts
	@$(sudo) .venv/bin/python -m tests.fresh -- make run
	@$(sudo) .venv/bin/python -m tests.fresh -- make test

clean: ## hosts-down, and drop images, .venv and everything else that was made here
	@if [ -x .venv/bin/python ]; then $(hosts_command) clean; fi
	@$(sudo) rm -rf .venv .uv artifacts inventory/lab .mypy_cache .ruff_cache .ansible
