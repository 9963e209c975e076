#!/usr/bin/env bash
# Builds the front end: front_end.sh VENV
# With Node 20 or newer where there is one, else with one installed into the environment.
set -euo pipefail
venv=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
assets=$here/../hub/web/assets

node_is_new_enough() {
    command -v npm >/dev/null &&
        node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null
}

if ! node_is_new_enough; then
    if [ ! -x "$venv/bin/npm" ]; then
        echo "No Node 20 or newer here; installing one into $venv." >&2
        "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" \
            --require-hashes -r "$here/node.txt"
    fi
    export PATH="$venv/bin:$PATH"
fi

cd "$assets"
installed=node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ package-lock.json -nt "$installed" ]; then
    npm ci --silent --no-audit --no-fund
    touch "$installed"
fi
node build.mjs
