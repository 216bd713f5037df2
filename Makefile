# make demo: everything on this machine, with a simulated operator. make test: every test. Only Python 3.11+ and
# make have to be there; `make help` names the rest.
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for one in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$one && break; done)
EDITABLE ?= --editable
WORKERS ?= 2
PORT ?= 8501
PIP = $(BIN)/python -m pip --quiet --disable-pip-version-check
UV ?= uv
LOCK = $(UV) pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	--quiet --group build

.PHONY: help demo install dev browser mariadb test test-clocks lint bench bench-history bench-risk bench-surge bench-imports \
	bench-viewers lock clean

help:
	@echo "make demo     start everything, with a simulated operator; Ctrl-C ends it (PORT=$(PORT))"
	@echo "make test     set up and run every test"
	@echo "make test-clocks  those that look at a clock, at four hours at which boards differ; needs libfaketime"
	@echo "make lint     style, types, import direction, Dockerfile"
	@echo "make bench    measure what the documents promise"
	@echo "make bench-history  what a million complaints of the past cost; about fifteen minutes"
	@echo "make bench-risk  how good the breach risk is on past data"
	@echo "make bench-surge  how soon surges are found, and how often by chance; about fifteen minutes"
	@echo "make bench-imports  a million rows and ten, and the public files in parts; about an hour"
	@echo "make bench-viewers  the same for 100 viewers at once; takes its own seven minutes"
	@echo "make install  only install, into $(VENV)"
	@echo "make lock     renew both lock files (needs uv)"

demo: install
	$(BIN)/board up --demo --port $(PORT)

install: $(VENV)/.installed
dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) has no venv: install it (Debian: apt-get install python3-venv)."; exit 1; }

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation $(EDITABLE) .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

browser: dev
	@.ci/browser $(BIN)

mariadb:
	@.ci/mariadb

# Not by groups: once a worker has died, pytest-xdist 3.8 would wait for the rest of its group for ever.
test: dev browser mariadb
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

test-clocks: dev
	.ci/clocks $(BIN)/python $(TESTS)

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile
	@if docker compose version >/dev/null 2>&1; then \
		BOARD_DATABASE_PASSWORD=x BOARD_APP_PASSWORD=x BOARD_WALL_PASSWORD=x BOARD_JOBS_PASSWORD=x \
		BOARD_MIGRATOR_PASSWORD=x BOARD_PHONE_HASH_KEY=x docker compose config --quiet; \
	else echo "compose.yaml: checked by tests only, there is no docker compose here"; fi

bench: dev
	$(BIN)/python -m benchmarks

bench-history: dev
	$(BIN)/python -m benchmarks derive_known journal

bench-risk: dev
	$(BIN)/python -m benchmarks risk backtest

bench-surge: dev
	$(BIN)/python -m benchmarks surge

bench-imports: dev
	$(BIN)/python -m benchmarks imports imports_many splits

bench-viewers: dev browser
	$(BIN)/python -m benchmarks viewers

lock:
	@command -v $(UV) >/dev/null || { echo "uv is needed for this: see its site, or name it with make UV=…"; exit 1; }
	$(LOCK) -o requirements.lock
	$(LOCK) --group dev --group bench --constraint requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
