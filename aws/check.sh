#!/bin/sh
# Checks everything about AWS that can be checked without an account: the template by SAM and cfn-lint,
# and what both miss by the tests in this folder. With `events` also runs the sample events against the
# functions' binaries, built for release as they are deployed, and the ledger's tests on a second DynamoDB.
#
#   aws/check.sh            the template and the rules
#   aws/check.sh events     the same, then all of events/ and the ledger
set -eu
cd "$(dirname "$0")/.."

. aws/tools.sh

# Nothing leaves this machine: no telemetry, no account, no instance to ask for credentials.
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=ap-northeast-2 AWS_EC2_METADATA_DISABLED=true
export AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none PYTHONDONTWRITEBYTECODE=1

echo "== sam validate"
"$tools/bin/sam" validate --template-file template.yaml
echo "== sam validate --lint"
"$tools/bin/sam" validate --lint --template-file template.yaml
echo "== cfn-lint"
"$tools/bin/cfn-lint" --template template.yaml aws/data.yaml
echo "== tests of the template, the rules and the events"
"$tools/bin/pytest" -c aws/pytest.ini aws
if [ "${1-}" = events ]; then
    echo "== the events"
    scripts/functions
    "$tools/bin/python" aws/run_events.py
    echo "== the ledger on a second DynamoDB"
    "$tools/bin/python" aws/second_dynamodb.py
fi
