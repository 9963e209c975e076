# Everything one does with a checkout. `make help` lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 4
PYTEST_ARGS ?=

export UV_PYTHON_DOWNLOADS := never
# Tests start hundreds of processes: where bytecode may not be kept, each would compile everything.
unexport PYTHONDONTWRITEBYTECODE

FRONT_END := $(shell find hub/web/assets channels/webchat/widget templates \
	-name node_modules -prune -o -type f -print 2>/dev/null | sed 's/ /\\ /g')
PAGES := $(shell find hub/web -name '*.py' 2>/dev/null)
CATALOGUES := $(patsubst %.po,%.mo,$(shell find hub/locale -name '*.po' 2>/dev/null))

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- set-up: each stamp is younger than what it was made from ---------------------------------

.PHONY: setup
setup: $(VENV)/.installed hub/_built/manifest.json $(CATALOGUES) ## environment in .venv, front end in hub/_built
	@:

$(BIN)/uv: requirements/uv.txt requirements/environment.sh
	@requirements/environment.sh $(PYTHON) $(VENV)
	@touch $@

$(VENV)/.installed: $(BIN)/uv requirements/dev.txt pyproject.toml hub/__init__.py
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .
	@touch $@

hub/_built/manifest.json: $(VENV)/.installed $(FRONT_END) $(PAGES) requirements/front_end.sh
	@requirements/front_end.sh $(VENV)
	@touch $@

%.mo: %.po $(VENV)/.installed
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
	@touch $@

# --- use ----------------------------------------------------------------------------------------

.PHONY: run
run: setup ## the demo: web chat, inbox and sample data, no account needed
	@$(BIN)/payam demo

.PHONY: test
test: setup system ## the tests, on real far sides (installs Debian packages where missing)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not long" $(PYTEST_ARGS)

.PHONY: test-again
test-again: setup system ## what failed the last time, alone and one after the other
	@$(BIN)/python -m pytest --last-failed --last-failed-no-failures none -m "not long" $(PYTEST_ARGS)

.PHONY: test-full
test-full: setup system ## the tests that take long, too, a hundred kills, and every look of the pages
	@PAYAM_FUZZ=20 PAYAM_FUZZ_PHASES=examples,coverage,fuzzing \
		$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --hypothesis-profile many --kills 100 --looks all $(PYTEST_ARGS)

CHECKS := check-format check-lint check-types check-imports check-dependencies check-security

.PHONY: check $(CHECKS)
check: $(VENV)/.installed ## format, lint, types, import contracts, declared dependencies, security; says all that is wrong
	@$(MAKE) --keep-going --no-print-directory $(CHECKS)
check-format:
	@$(BIN)/ruff format --check .
check-lint:
	@$(BIN)/ruff check .
check-types:
	@$(BIN)/mypy
check-imports:
	@$(BIN)/lint-imports
check-dependencies:
	@$(BIN)/deptry .
check-security:
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive hub channels

.PHONY: audit
audit: $(VENV)/.installed ## ask the network for known vulnerabilities of what Payam stands on (AUDIT=--strict)
	@$(BIN)/python requirements/audit.py $(AUDIT) requirements/runtime.txt

.PHONY: format
format: $(VENV)/.installed ## rewrite the code in the house format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: messages
messages: setup ## collect what is to be translated into hub/locale/*/LC_MESSAGES/payam.po
	@$(BIN)/pybabel --quiet extract --mapping-file pyproject.toml --sort-by-file --no-location \
		--project Payam --keywords "say names_say Sentence" --add-comments i18n: --output-file hub/locale/payam.pot .
	@$(BIN)/pybabel --quiet update --domain payam --input-file hub/locale/payam.pot \
		--output-dir hub/locale --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

.PHONY: bench
bench: setup system ## every benchmark, one after the other
	@for bench in bench/[a-z]*.py; do echo "== $$bench"; $(BIN)/python -m "bench.$$(basename "$$bench" .py)"; done

.PHONY: screens
screens: setup system ## pictures of the pages, into docs/screens
	@$(BIN)/python -m tests.screens

.PHONY: system
system:
	@requirements/system.sh

# --- packaging ----------------------------------------------------------------------------------

.PHONY: wheel
wheel: setup ## the wheel, into dist/
	@$(BIN)/uv build --quiet --python $(BIN)/python --no-build-isolation --wheel --out-dir dist .

COMPILE := $(BIN)/uv pip compile --quiet --python $(BIN)/python --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header

.PHONY: lock
lock: $(BIN)/uv ## pin requirements/*.txt anew, from pyproject.toml (LOCK=--upgrade for newer ones)
	@$(COMPILE) $(LOCK) pyproject.toml -o requirements/runtime.txt
	@$(COMPILE) $(LOCK) pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt
	@$(COMPILE) $(LOCK) --no-annotate requirements/uv.in -o requirements/uv.txt
	@$(COMPILE) $(LOCK) --no-annotate requirements/node.in -o requirements/node.txt

.PHONY: clean
clean: ## remove what was built and installed, not your data
	@rm -rf $(VENV) hub/_built hub/_built.new hub/web/assets/node_modules dist build
	@find hub/locale -name '*.mo' -delete 2>/dev/null || true
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find hub channels tests bench requirements -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
