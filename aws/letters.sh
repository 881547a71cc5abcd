#!/bin/sh
# Shows the dead letters of a stack and why they were given up: aws/letters.sh --help.
set -eu
cd "$(dirname "$0")/.."
. aws/tools.sh
exec "$tools/bin/python" aws/letters.py "$@"
