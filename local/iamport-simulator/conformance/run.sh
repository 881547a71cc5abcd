#!/usr/bin/env bash
# Runs public clients of Iamport's API, two from PyPI and three from npm, against the simulator.
# They are installed into the target folder. Exits with an error if one of them is surprised.
#
#   local/iamport-simulator/conformance/run.sh
#   SIMULATOR=http://127.0.0.1:8081 local/iamport-simulator/conformance/run.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
tools=$root/target/iamport-clients

if [ ! -x "$tools/python/bin/python" ]; then
  python3 -m venv "$tools/python"
fi
"$tools/python/bin/pip" install --quiet --disable-pip-version-check \
  iamport-rest-client==0.9.0 iamporter==0.2.4
npm install --prefix "$tools" --no-audit --no-fund --no-save --loglevel=error \
  iamport@0.3.4 iamport-rest-client-nodejs@0.9.12 iamporter@1.4.2

. "$here/simulator.sh"
"$tools/python/bin/python" "$here/clients.py"
NODE_PATH=$tools/node_modules node "$here/clients.js"
echo "All clients were answered as they expect."
