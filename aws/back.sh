#!/bin/sh
# Goes back to the release before, at once: aws/back.sh --help.
set -eu
cd "$(dirname "$0")/.."
. aws/tools.sh
exec "$tools/bin/python" aws/back.py "$@"
