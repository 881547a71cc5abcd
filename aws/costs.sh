#!/bin/sh
# Works out what it costs, and writes docs/costs.md: aws/costs.sh --help.
set -eu
cd "$(dirname "$0")/.."
. aws/tools.sh
exec "$tools/bin/python" aws/costs.py "$@"
