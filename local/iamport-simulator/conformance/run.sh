#!/usr/bin/env bash
# Runs public clients of Iamport's API, two from PyPI and three from npm, against the simulator.
# They are installed into the target folder, once. Fails if one of them gets an unexpected answer.
#
#   local/iamport-simulator/conformance/run.sh
#   SIMULATOR=http://127.0.0.1:8081 local/iamport-simulator/conformance/run.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
tools=$root/target/iamport-clients
# Each by its digest, and no script of theirs runs when they are installed.
lists=("$here/requirements.txt" "$here/package.json" "$here/package-lock.json")
if ! cat "${lists[@]}" | cmp -s - "$tools/installed"; then
  rm -rf "$tools"
  python3 -m venv "$tools/python"
  "$tools/python/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$here/requirements.txt"
  cp "$here/package.json" "$here/package-lock.json" "$tools"
  npm ci --prefix "$tools" --ignore-scripts --no-audit --no-fund --loglevel=error >"$tools/npm.log"
  cat "${lists[@]}" >"$tools/installed"
fi

. "$here/simulator.sh"
"$tools/python/bin/python" "$here/clients.py"
NODE_PATH=$tools/node_modules node "$here/clients.js"
echo "All clients got the answers they expect."
