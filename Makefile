# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

SHELL := /usr/bin/env bash
.DEFAULT_GOAL := help
# Extra arguments for one suite, as in: make units ARGS="-k cursor"
ARGS ?=
# How many suites "make test" runs side by side.
JOBS ?= 2
# What "make simulator" serves, and where (port 0 is any free port), and how many seconds of its servers go by in one.
FLEET ?= examples/demo/fleet.yml
LISTEN ?= 127.0.0.1:8080
SPEED ?= 30

PYTHON_IN_VENV := .venv/bin/python
RUN := $(PYTHON_IN_VENV) -m tools.run

.PHONY: help setup lint format returns sanity units coverage integration compat conformance bench demo simulator \
        chaos guards bench-simulator fuzz-simulator test dist clean distclean

help: ## Show the targets (default)
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | while IFS='|' read -r name text; do \
	  printf '  %-15s %s\n' "$$name" "$$text"; done

setup: ## Make .venv with the newest working Python (PYTHON=... chooses one)
	@tools/setup.sh

lint: setup ## Check style, types, layers, metadata, changelog and documentation (ARGS="NAME ..." chooses checks)
	@$(RUN) lint $(ARGS)

format: setup ## Put imports and layout of the Python files in order
	@$(PYTHON_IN_VENV) -m ruff check --select I --fix --quiet .
	@$(PYTHON_IN_VENV) -m ruff format --quiet .

returns: setup ## Put what several modules return alike into their documentation (tools/returns.yml)
	@$(PYTHON_IN_VENV) -m tools.returns --write

sanity: setup ## Run ansible-test sanity on a copy of the tree
	@$(RUN) sanity

units: setup ## Run the unit tests, with the coverage gate (ARGS="-k NAME" runs some, without the gate)
	@$(RUN) units $(if $(ARGS),--no-cov $(ARGS))

coverage: setup ## Run the unit tests with the coverage of branches too (95 %)
	@COVERAGE_CORE=ctrace $(PYTHON_IN_VENV) -m pytest tests/unit --quiet --numprocesses=2 --cov --cov-branch --cov-fail-under=95

integration: setup ## Run the integration tests against the simulator
	@$(RUN) integration $(ARGS)

compat: setup ## Run every module and the playbooks under the oldest ansible-core
	@$(RUN) compat $(ARGS)

conformance: setup ## Run Adobe's own client against the simulator (needs Node.js 20.19 and npm)
	@$(RUN) conformance $(ARGS)

demo: setup ## Show the incident and its cure on the simulator
	@$(RUN) demo

bench: setup ## Compare the ways to read a fleet, an hour or two (ARGS=--quick: half a minute)
	@$(PYTHON_IN_VENV) -m tests.bench $(ARGS)

simulator: setup ## Serve a simulated fleet (FLEET=..., LISTEN=..., SPEED=...)
	@$(PYTHON_IN_VENV) -m simulator --fleet $(FLEET) --listen $(LISTEN) --time-scale $(SPEED)

bench-simulator: setup ## Measure one simulator with 1,000 marketing and 20 mid instances (Linux, about a minute)
	@$(PYTHON_IN_VENV) -m tests.bench.simulator_scale $(ARGS)

fuzz-simulator: setup ## Send 100,000 bad requests to the simulator (Linux; ARGS="--requests N --seed N")
	@$(PYTHON_IN_VENV) -m tests.fuzz.simulator $(ARGS)

chaos: setup ## Disturb a cure in every way there is and run it again (ARGS="--seed N --runs N --only NAME")
	@$(PYTHON_IN_VENV) -m tests.chaos.main $(ARGS)

guards: setup ## Try to get past the gate of each playbook in every way there is (ARGS="--only TEXT --jobs N")
	@$(PYTHON_IN_VENV) -m tests.guards.main $(ARGS)

test: setup ## Run every suite (JOBS=... side by side)
	@$(RUN) --jobs $(JOBS)

dist: setup ## Build the collection's archive in .build/dist
	@$(PYTHON_IN_VENV) -m tools.dist

clean: ## Remove what the tools left behind
	@rm -rf .build .ansible .mypy_cache .nox .pytest_cache .ruff_cache tests/output
	@find . -path ./.venv -prune -o \( -name __pycache__ -o -name .hypothesis \) -type d -prune -exec rm -rf {} +

distclean: clean ## Remove the virtual environment as well
	@rm -rf .venv
