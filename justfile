# The one door for developers: `just` lists what there is.

set shell := ["bash", "-euo", "pipefail", "-c"]

_list:
    @just --list

# Everything CI runs
check: format-check lint types contracts locked secrets test soak wheel installed bare audit sbom

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
    @! grep -nE '://' requirements.lock requirements-dev.lock requirements-bundle.lock

# Write the locks anew; pins that still fit stay
lock:
    uv pip compile -q --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 pyproject.toml -o requirements.lock
    uv pip compile -q --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock
    uv pip compile -q --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 --group bundle -c requirements-dev.lock -o requirements-bundle.lock

# Tests with branch coverage, beside a real Secret Service where there is one (always in CI)
test *args:
    coverage erase
    bash tests/halves.sh {{ args }} --cov --cov-report=
    coverage combine -q || true
    coverage report --include='core/*' --fail-under=96
    coverage report --fail-under=95

# Eight programs at once, everything going wrong, then both sets of books compared: `just soak 600` for ten minutes
soak seconds="60" *args:
    bash tests/secret_service.sh python -m soak --seconds {{ seconds }} {{ args }}

wheel:
    rm -f dist/*.whl && uv build -q --wheel --no-build-isolation
    python tools/check_wheel.py dist/*.whl

# The wheel by `uv tool install` and by pipx, each tried from another folder: commands, key store, window, worker
installed:
    bash tests/install/desk.sh python tests/install/wheel.py dist/*.whl

# A new user with an empty home: the README's first command, keys, a list, the window, wipe; as root a real user
bare:
    bash tests/bare.sh build/bare.png

# The frozen program, built and tried: by hand, it takes minutes
bundle:
    python tools/bundle.py
    bash tests/install/desk.sh python tests/install/program.py --bundle dist/LushaEnrich/lusha-enrich

# What the locks pin: hashes, licences, versions taken back, known holes; says what could not be asked
audit *args:
    python -m tools.audit {{ args }}

# The list of parts (CycloneDX) in dist/, checked against its schema and the lock
sbom:
    python -m tools.sbom

# Secrets in the tree and its history
secrets:
    python -m tools.secrets_scan

# New inputs for everything that reads what strangers wrote (`just test` has a bounded round)
fuzz minutes="10":
    python -m tools.fuzz --minutes {{ minutes }}

# Seed loop against ours on the practice server; keeps the figures in bench/results
bench *args:
    python -m bench {{ args }}

# The example workbook, rebuilt from the practice server's cast
example:
    python examples/build.py
