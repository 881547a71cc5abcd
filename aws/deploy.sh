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

export SAM_CLI_TELEMETRY=0
. aws/tools.sh
. aws/region.sh

# A deployment keeps what it is not told, but `sam build` hears only what is said now: it would build for x86_64 what
# then runs as arm64.
architecture=
for pair in "$@"; do
    case $pair in Architecture=*) architecture=${pair#*=} ;; esac
done
if [ -z "$architecture" ]; then
    found=$(aws cloudformation describe-stacks --stack-name "$stack" --output text \
        --query "Stacks[0].Parameters[?ParameterKey=='Architecture'].ParameterValue" 2>&1) || case $found in
    *"does not exist"*) found=x86_64 ;;
    *) echo "$found" >&2; exit 1 ;;
    esac
    architecture=$found
fi
case $architecture in
x86_64 | arm64) ;;
*) echo "deploy: Architecture is x86_64 or arm64, not '$architecture'" >&2; exit 2 ;;
esac

# SAM splits an unquoted value at its spaces and quotes, and says nothing.
for pair in "$@"; do
    set -- "$@" "${pair%%=*}='${pair#*=}'"
    shift
done

sam build --parameter-overrides "Architecture=$architecture"
sam deploy --stack-name "$stack" --s3-prefix "$stack" --parameter-overrides "Release=$(date -u +%y%m%d%H%M)" "$@"
