# Every target sets up what it needs by itself: a venv in .venv and the packages of locks/, once.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14 python; do \
  command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  && { $$p -c 'import sys; print(sys.executable)'; break; }; done)
PIP := $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off
# Exactly what the lock names, by its hashes, and nothing that has to be built; uv is quicker where it is there and works.
LOCKED := --require-hashes --only-binary :all: -r
INSTALL = { { command -v uv >/dev/null 2>&1 && uv pip install --python $(BIN)/python $(1); } || \
  { set -o pipefail; $(PIP) $(1) | $(NAME_THEM); } || { echo "$(PIP_FAILED)" >&2; exit 1; }; }
# A line per package as it comes: two minutes without a word look like a hang.
NAME_THEM := while read -r word what _; do case "$$word" in \
  Collecting) echo "  $$what";; Installing) echo "  unpacking them";; esac; done
PIP_FAILED := make: the packages could not be installed, pip says why above; when PyPI can be reached say make again
# A cycle is a cold process every minute and may not be allowed to write into the checkout it runs from.
COMPILE := $(BIN)/python -m compileall -q gates scanner execution
SOURCES := $(shell find gates scanner execution -name "*.py")

# What 100 % branch coverage is held for: the rules, and what decides in execution.
CORE := gates execution.orders execution.view.condition execution.state.guards execution.journal.lines \
  $(addprefix execution.ledger.,absorb consistency day doubts explain fees fills lists moments notes reconcile rollover sales schema strays unreadable usage) \
  $(addprefix execution.planning.,attempts plan sizing trigger) \
  $(addprefix execution.results.,adapter figures fold holding performance progress trade) \
  $(addprefix execution.act.,cancel closing due follow guard pairs retries)
comma := ,
COVER := $(foreach module,$(CORE),--cov=$(module))

# Whatever the locale: our files are UTF-8.
PYTEST := PYTHONUTF8=1 $(BIN)/python -m pytest
ORDER := $(if $(SHUFFLE),--shuffle $(SHUFFLE))
# A hundred cases of each property; `make test` draws forty of them.
WHOLE := --hypothesis-profile whole
# What each room decides: nothing that starts processes or tries every combination, and few cases of each property.
QUICK := tests/gates tests/execution tests/scanner -m "not slow and not processes and not exhaustive" --hypothesis-profile quick
ANY_DAY := cd tests && PYTHONPATH=.:.. ../$(BIN)/python -m any_day

.DEFAULT_GOAL := help
.PHONY: help run drill quick test slow any-day check lint sessions bench grid world fuzz systems mutants pictures manuals wheel lock sbom clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: $(VENV)/run.ready  ## scan, watchlist, one whole execution cycle: in the demonstration, demo/state, on the simulated broker
	@demo/run

drill: $(VENV)/run.ready  ## a whole LIVE day in fast-forward on a scratch simulated account, every line as on the real day
	@. demo/activate && execution init >/dev/null && execution drill

quick: $(VENV)/dev.ready  ## for the loop of daily work, a minute and a half: the units of gates, execution, scanner; no processes
	@$(PYTEST) $(ORDER) $(QUICK)

test: $(VENV)/dev.ready  ## the tests, in minutes and on loopback; SHUFFLE=any or SHUFFLE=seed for another order
	@$(PYTEST) $(ORDER)

slow: $(VENV)/dev.ready  ## what takes longer: the tests marked slow, and the journeys at three moments of another day
	@$(PYTEST) -m slow $(ORDER) $(WHOLE)
	@$(ANY_DAY) --commit "$$(git rev-parse HEAD)"

any-day: $(VENV)/dev.ready  ## the journeys at half-days, holidays, clock changes, table's end …; MOMENTS="tokyo saturday"
	@$(ANY_DAY) $(MOMENTS)

check: lint  ## style, types, architecture, tests with the coverage that is promised
	@$(PYTEST) $(ORDER) $(WHOLE) $(COVER) --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100

lint: $(VENV)/dev.ready  ## style, types and architecture alone
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

sessions: $(VENV)/run.ready  ## refresh the shipped session table with exchange_calendars
	@$(BIN)/python -m scanner.calendar state_templates/sessions.json

bench: $(VENV)/dev.ready  ## every figure beside its peer, a quarter of an hour; FIGURES=cycle,gates RUNS=3 for some of it
	@$(BIN)/python -m benchmarks $(if $(FIGURES),--figures $(FIGURES)) $(if $(RUNS),--runs $(RUNS))

grid: $(VENV)/dev.ready  ## the whole crash grid: every I/O step of days and verbs, under every fault; GRID="--slice 7" for some of it
	@cd tests && PYTHONPATH=.:.. ../$(BIN)/python -m crash.grid $(GRID)

world: $(VENV)/dev.ready  ## whole days drawn from seeds, held against the promises; SEEDS=1000, or WORLD="--seed 17" for one
	@cd tests && PYTHONPATH=.:.. ../$(BIN)/python -m world $(if $(SEEDS),--seeds $(SEEDS)) $(WORLD)

fuzz: $(VENV)/dev.ready  ## every parser of foreign bytes, 100,000 cases each; CASES=1000 or FUZZ='"broker orders" ledger' for some
	@cd tests && PYTHONPATH=.:.. ../$(BIN)/python -m fuzz $(if $(CASES),--cases $(CASES)) $(FUZZ)

systems: $(VENV)/dev.ready  ## before a release, as root: the droplet's tests on fresh Debian 12, 13 and Ubuntu 24.04; SYSTEMS="debian-13"
	@$(BIN)/python tests/systemd/systems.py $(SYSTEMS)

mutants: $(VENV)/dev.ready  ## single changes of the core that no unit test notices, a sample; SEED=7 SAMPLE=100 (0: all) MODULES="gates"
	@cd tests && PYTHONHASHSEED=0 PYTHONPATH=.:.. ../$(BIN)/python -m mutants $(if $(SEED),--seed $(SEED)) $(if $(SAMPLE),--sample $(SAMPLE)) $(or $(MODULES),$(CORE))

pictures: $(VENV)/run.ready  ## draw what verbs show on a terminal into docs/pictures
	@$(BIN)/python docs/draw_pictures.py

wheel: $(VENV)/dev.ready  ## a wheel and an sdist into dist/
	@mkdir -p dist; for made in build_wheel build_sdist; do \
	  rm -rf build/lib build/bdist* *.egg-info; \
	  $(BIN)/python -c "from setuptools import build_meta as b; b.$$made('dist')" >/dev/null || exit 1; \
	done; rm -rf build/lib build/bdist* *.egg-info; ls -l dist

lock: $(VENV)/dev.ready  ## the newest packages that fit setup.cfg, with their hashes, into locks/; LOCK=--keep for what must change
	@command -v uv >/dev/null 2>&1 || $(BIN)/uv --version >/dev/null 2>&1 || $(PIP) --quiet uv
	@$(BIN)/python locks/make.py $(LOCK)

sbom: $(VENV)/run.ready  ## every package that is installed, with its licence, as CycloneDX JSON: make -s sbom > sbom.json
	@$(BIN)/python locks/sbom.py

manuals: $(VENV)/dev.ready  ## write manual pages and shell completions anew from the parsers
	@$(BIN)/python docs/write_manuals.py

clean:  ## remove the venv and caches; never state/, nor demo/state/
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# After a `git pull` this compiles what changed, also where no package has to be installed anew.
$(VENV)/run.ready: $(VENV)/packages.ready $(SOURCES)
	@$(COMPILE)
	@touch $@

$(VENV)/packages.ready: locks/all.txt setup.py setup.cfg pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or newer is needed and was not found; install it or say make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "Setting up $(VENV) with $(PYTHON) (once)"; \
	  rm -rf $(VENV); \
	  $(PYTHON) -m venv $(VENV) || { echo "make: no venv could be made; on Debian and Ubuntu: apt install python3-venv" >&2; rm -rf $(VENV); exit 1; }; }
	@echo "Installing the packages of locks/all.txt, by their hashes (once; a minute or two)"
	@$(call INSTALL,$(LOCKED) locks/all.txt)
	@rm -rf *.egg-info  # an older setuptools left one here, and it would be read before the one that is installed
	@$(call INSTALL,--no-deps --no-build-isolation --editable .)
	@touch $@

$(VENV)/dev.ready: locks/dev.txt $(VENV)/packages.ready | $(VENV)/run.ready
	@echo "Installing the packages of locks/dev.txt, for tests and checks (once)"
	@$(call INSTALL,$(LOCKED) locks/dev.txt)
	@touch $@
