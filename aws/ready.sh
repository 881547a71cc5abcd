#!/bin/sh
# Looks whether an account is ready for a deployment: aws/ready.sh --help.
set -eu
cd "$(dirname "$0")/.."
. aws/tools.sh
exec "$tools/bin/python" aws/ready.py "$@"
