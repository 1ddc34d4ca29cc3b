# Two commands: `make demo` and `make test`. Both start from nothing but Python 3.11.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

# uv installs in seconds what pip takes minutes for. Where PATH has none, pip brings that of the lock.
UV := $(shell command -v uv || echo $(BIN)/uv)
# Compiled at once: Python would do it at each start where it may not write (PYTHONDONTWRITEBYTECODE).
INSTALL := $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python

.PHONY: demo test check test-long benchmarks format docs lock clean

demo: .venv/run.done
	@$(BIN)/python -m infra.demo

test: check
	$(BIN)/pytest --numprocesses 2 --dist loadgroup --no-loadscope-reorder

# What a reader would object to before a test could: format, lint, types, SQL, dbt conventions.
check: .venv/dev.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint dbt --processes 2 --disable-progress-bar
	cd dbt && ../$(BIN)/dbt parse --quiet
	$(BIN)/dbt-bouncer --config-file pyproject.toml

test-long: .venv/dev.done
	$(BIN)/pytest -m long

benchmarks: .venv/dev.done
	$(BIN)/pytest -m benchmark -s tests/benchmarks

format: .venv/dev.done
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/sqlfluff fix dbt

docs: .venv/run.done
	@$(BIN)/warehouse docs

# Both lock files come out of one resolve: the second is held to the first.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-strip-extras
lock: .venv/dev.done
	$(COMPILE) pyproject.toml --extra dev --output-file requirements-dev.lock
	$(COMPILE) pyproject.toml --constraint requirements-dev.lock --output-file requirements.lock

.venv/bin/python:
	$(PYTHON) -m venv .venv

$(BIN)/uv: | .venv/bin/python
	sed -n '/^uv==/,/^ *#/{/#/!p;}' requirements-dev.lock > .venv/uv.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement .venv/uv.lock

.venv/run.done: requirements.lock pyproject.toml | .venv/bin/python $(UV)
	$(INSTALL) --require-hashes --requirement requirements.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.done: requirements-dev.lock pyproject.toml | .venv/bin/python $(UV)
	$(INSTALL) --require-hashes --requirement requirements-dev.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@ .venv/run.done

clean:
	rm -rf .venv build dbt/target dbt/logs
