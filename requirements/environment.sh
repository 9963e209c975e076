#!/usr/bin/env bash
# Makes the environment: environment.sh PYTHON DIRECTORY
# A venv with a pinned uv in it; everything else is installed by that uv, by hash.
set -euo pipefail
python=$1 venv=$2
here=$(dirname "$0")

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Payam needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1 || true)." >&2
    echo "Name another one: make setup PYTHON=/path/to/python3.11" >&2
    exit 1
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian keeps venv in a package of its own.
    "$here/system.sh" python3-venv
fi

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --require-hashes -r "$here/uv.txt"
