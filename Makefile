# Countersign. `make` lists what there is; each line installs what it needs.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.synced
SIZE ?= small
export PYTHONUNBUFFERED := 1
# Compiled modules halve the start of every process here.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup system-packages demo run test test-full check lock bench load clean

help:           ## list the targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## */\t/' | expand -t 16

$(STAMP): requirements.lock
	@bin/setup $(VENV) "$(PYTHON)"
	@touch $(STAMP)

setup: $(STAMP)  ## make the virtual environment from the lock

system-packages: ## install what comes from the distribution (Pango, fonts)
	@bin/system-packages base

demo: setup system-packages ## start everything on the embedded database with a story to play
	@COUNTERSIGN_DEMO=1 $(PY) manage.py demo $(DEMO_ARGS)

run: setup       ## start web, worker and sweep on DATABASE_URL (or the embedded database)
	@$(PY) manage.py serve

test: setup system-packages ## the quick tests: all but those marked full or browser
	@$(PY) -m pytest -n 2 --maxprocesses 2 --dist loadgroup $(TEST_ARGS)

test-full: setup ## everything: long crash runs, Chromium, every role and theme
	@bin/system-packages full
	@$(PY) -m pytest -n 2 --dist worksteal -m "" $(TEST_ARGS)

check: setup     ## style, types, floors, templates, migrations, deployment, API schema
	@bin/check

lock:            ## renew requirements.lock from pyproject.toml
	@bin/lock

bench: setup     ## measure the gates (SIZE=small or full); one JSON line each
	@COUNTERSIGN_TESTING=1 $(PY) -m bench --size $(SIZE)

load: setup      ## fill a database with volumes (SIZE=small, full or ten_million)
	@$(PY) -m bench.load --size $(SIZE)

clean:           ## stop the embedded database and remove what was made here
	@-[ -x $(PY) ] && COUNTERSIGN_DEMO=1 $(PY) manage.py database stop
	@rm -rf $(VENV) .var .mypy_cache .ruff_cache .pytest_cache tests/output
