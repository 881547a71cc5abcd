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
pypi=(iamport-rest-client==0.9.0 iamporter==0.2.4)
npm=(iamport@0.3.4 iamport-rest-client-nodejs@0.9.12 iamporter@1.4.2)

wanted="${pypi[*]} ${npm[*]}"
if [ "$(cat "$tools/installed" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$tools"
  python3 -m venv "$tools/python"
  "$tools/python/bin/pip" install --quiet --disable-pip-version-check "${pypi[@]}"
  npm install --prefix "$tools" --ignore-scripts --no-audit --no-fund --no-save --loglevel=error \
    "${npm[@]}" >"$tools/npm.log"
  printf '%s\n' "$wanted" >"$tools/installed"
fi

. "$here/simulator.sh"
"$tools/python/bin/python" "$here/clients.py"
NODE_PATH=$tools/node_modules node "$here/clients.js"
echo "All clients got the answers they expect."
