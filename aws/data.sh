#!/bin/sh
# Makes the stack of the tables, once, before the first aws/deploy.sh (docs/deploy.md): aws/data.sh --help.
set -eu
cd "$(dirname "$0")/.."
. aws/tools.sh
exec "$tools/bin/python" aws/data.py "$@"
