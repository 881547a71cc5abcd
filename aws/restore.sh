#!/bin/sh
# Restores a table, under its own name or beside it: aws/restore.sh --help.
set -eu
cd "$(dirname "$0")/.."
. aws/tools.sh
exec "$tools/bin/python" aws/restore.py "$@"
