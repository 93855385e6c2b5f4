# The one door for developers: `just` lists what there is.

set shell := ["bash", "-euo", "pipefail", "-c"]

_list:
    @just --list

# Everything CI runs
check: format-check lint types contracts locked test soak wheel

format:
    ruff format . && ruff check --fix .

format-check:
    ruff format --check .

lint:
    ruff check .

types:
    mypy

contracts:
    lint-imports

# The locks fit pyproject.toml and hold no addresses
locked:
    python tools/locked.py
    @! grep -nE '://' requirements.lock requirements-dev.lock

# Write the locks anew; pins that still fit stay
lock:
    uv pip compile -q --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 pyproject.toml -o requirements.lock
    uv pip compile -q --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock

# Tests with branch coverage, beside a real Secret Service where there is one (always in CI)
test *args:
    coverage erase
    bash tests/secret_service.sh pytest -q {{ args }} --cov --cov-report=
    coverage report --include='core/*' --fail-under=96
    coverage report --fail-under=95

# Eight programs at once, everything going wrong, then both sets of books compared: `just soak 600` for ten minutes
soak seconds="60" *args:
    bash tests/secret_service.sh python -m soak --seconds {{ seconds }} {{ args }}

wheel:
    rm -rf dist && uv build -q --wheel --no-build-isolation
    python tools/check_wheel.py dist/*.whl

# Seed loop against ours on the practice server; keeps the figures in bench/results
bench *args:
    python -m bench {{ args }}

# The example workbook, rebuilt from the practice server's cast
example:
    python examples/build.py
