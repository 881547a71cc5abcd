#!/bin/sh
# Deploys the stack, as a new release (docs/deploy.md), on the tables of aws/data.sh. The first time with every parameter that has no
# default; later ones keep what they were.
#
#   aws/deploy.sh gudok IamportPg=html5_inicis.INIBillTst IamportSandbox=true FirebaseProject=my-project
#   aws/deploy.sh gudok
set -eu
cd "$(dirname "$0")/.."
stack=${1:?"which stack? aws/deploy.sh <stack> [Parameter=value ...]"}
shift

# SAM splits an unquoted value at its spaces and quotes, and says nothing.
for pair in "$@"; do
    set -- "$@" "${pair%%=*}='${pair#*=}'"
    shift
done

. aws/region.sh
tools=$PWD/.tools/aws/bin
export SAM_CLI_TELEMETRY=0 PATH="$tools:$PATH"
sam build
sam deploy --stack-name "$stack" --s3-prefix "$stack" --parameter-overrides "Release=$(date -u +%y%m%d%H%M)" "$@"
