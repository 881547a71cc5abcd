#!/bin/sh
# Brings rows of an earlier release to what this one reads: aws/migrate.sh --help.
set -eu
cd "$(dirname "$0")/.."
. aws/tools.sh
exec "$tools/bin/python" aws/migrate.py "$@"
