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

.PHONY: help setup lint format returns sanity units coverage integration compat conformance molecule bench demo \
        simulator chaos stories guards bench-simulator fuzz-simulator test dist clean distclean controller-test eda-test \
        ee-test report-test runner-test slices package-test rehearsal-test changelog docs recording reference release \
        proof fuzz sbom matrix lock mutation soak

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

reference: setup ## Make the tables of the guides from the code: variables, options of a connection, error codes
	@$(PYTHON_IN_VENV) -m tools.reference --write

units: setup ## Run the unit tests, with the coverage gate (ARGS="-k NAME" runs some, without the gate)
	@$(RUN) units --whole $(if $(ARGS),--no-cov $(ARGS))

coverage: setup ## Count the lines and branches of plugins/ that unit and integration tests reach (ARGS="--units --write")
	@$(PYTHON_IN_VENV) -m tools.coverage $(ARGS)

integration: setup ## Run the integration tests against the simulator
	@$(RUN) integration --whole $(ARGS)

molecule: setup ## Run the scenarios of molecule, two side by side (by hand: molecule test -s NAME)
	@$(RUN) molecule --whole $(ARGS)

compat: setup ## Run every module and every playbook under the oldest ansible-core
	@$(RUN) compat --whole $(ARGS)

conformance: setup ## Run Adobe's own client against the simulator (needs Node.js 20.19 and npm)
	@$(RUN) conformance $(ARGS)

eda-test: setup ## Run ansible-rulebook with the event source and the rulebooks against the simulator (needs Java 17)
	@$(RUN) eda --whole $(ARGS)

report-test: setup ## Look at the page of a fleet report in a browser (needs Chromium; ARGS="--screenshots DIR" makes pictures)
	@$(RUN) report --whole $(ARGS)

demo: setup ## Show the incident and its cure on the simulator
	@$(RUN) demo
	@echo "See it in your browser: $(PYTHON_IN_VENV) -m webbrowser file://$(CURDIR)/.build/demo-report/fleet.html"

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

ee-test: setup ## Build the execution environment and run detect in it (root on Debian; ARGS="--base IMAGE" takes another base)
	@$(PYTHON_IN_VENV) -m tests.ee.main $(ARGS)

runner-test: setup ## Run every playbook by ansible-runner as AWX runs it (ARGS="-k NAME" runs some)
	@$(RUN) runner -m "every_job or not every_job" $(ARGS)

controller-test: setup ## Make, change and remove the objects of AWX, against a recorder of its API (ARGS="-k NAME")
	@$(RUN) controller --full --numprocesses=2 --dist=loadfile $(ARGS)

slices: setup ## Run a fleet of 10,000 in slices on the nodes of ansible-runner, and merge them (ARGS="--slices N --hosts N")
	@$(PYTHON_IN_VENV) -m tests.slices.main $(ARGS)

package-test: setup ## Install the archive alone, and run from it (ARGS="-k NAME")
	@$(RUN) package --whole $(ARGS)

rehearsal-test: setup ## Rehearse and cure 1,000 random fleets, and compare (ARGS="--count N --seed N --jobs N")
	@$(PYTHON_IN_VENV) -m tests.rehearsal.main $(ARGS)

stories: setup ## Tell random stories of cures, persons, faults and lost evidence, and judge them (ARGS="--count N --seed N --jobs N --write")
	@$(PYTHON_IN_VENV) -m tests.stories.main $(ARGS)

guards: setup ## Try to get past the gate of each playbook in every way there is (ARGS="--only TEXT --jobs N")
	@$(PYTHON_IN_VENV) -m tests.guards.main $(ARGS)

proof: setup ## Try that nothing wrong is written, nothing leaks and nothing hangs (ARGS="--only NAME --cell NAME --write")
	@$(PYTHON_IN_VENV) -m tests.proof.main $(ARGS)

fuzz: setup ## Give inputs that are nearly right to all that reads them (ARGS="--seconds N --seed N --only NAME")
	@$(PYTHON_IN_VENV) -m tests.fuzz.product $(ARGS)

mutation: setup ## Make small mistakes in the code that decides: does a test notice? (ARGS="--only NAME --jobs N --write")
	@PYTHONHASHSEED=0 nice $(PYTHON_IN_VENV) -m tests.mutation.main $(ARGS)

soak: setup ## Run an hour over 200 instances with faults, the event source and cures (ARGS="--minutes N --instances N --seed N", "--write")
	@$(PYTHON_IN_VENV) -m tests.soak.main $(ARGS)

docs: setup ## Build the documentation as a site in .build/site; a warning about our own pages is an error
	@$(PYTHON_IN_VENV) -m tools.docs

recording: setup ## Record the demo for asciinema, in docs/docsite/demo.cast
	@$(PYTHON_IN_VENV) -m tools.recording

test: setup ## Run every suite (JOBS=... side by side)
	@$(RUN) --jobs $(JOBS)

dist: setup ## Build the collection's archive in .build/dist
	@$(PYTHON_IN_VENV) -m tools.dist

changelog: setup ## Move the fragments into the changelog's entry of the version in galaxy.yml
	@$(PYTHON_IN_VENV) -m tools.release --changelog

lock: setup ## Lock the versions and hashes of the development tools (ARGS="--upgrade-package NAME", ARGS=--upgrade)
	@$(PYTHON_IN_VENV) -m tools.lock $(ARGS)

matrix: setup ## Run unit tests, sanity and every module under every ansible-core (ARGS="--only CORE --suite NAME --resume --write")
	@$(PYTHON_IN_VENV) -m tools.matrix $(ARGS)

sbom: setup ## Write the bill of materials of the archive in .build/dist, in the form CycloneDX
	@$(PYTHON_IN_VENV) -m tools.sbom

release: setup ## Make the archive of a release and check it: what to do before and after is in CONTRIBUTING.md
	@$(PYTHON_IN_VENV) -m tools.release

clean: ## Remove what the tools left behind
	@rm -rf .build .ansible .mypy_cache .nox .pytest_cache .ruff_cache tests/output
	@find . -path ./.venv -prune -o \( -name __pycache__ -o -name .hypothesis \) -type d -prune -exec rm -rf {} +

distclean: clean ## Remove the virtual environment as well
	@rm -rf .venv
