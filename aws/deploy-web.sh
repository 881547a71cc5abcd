#!/bin/sh
# Builds the web app and puts it where the stack's CloudFront finds it (docs/deploy.md).
#
#   aws/deploy-web.sh gudok config.production.json
set -eu
cd "$(dirname "$0")/.."
stack=${1:?"which stack? aws/deploy-web.sh <stack> <config.json>"}
config=${2:?"which configuration? aws/deploy-web.sh <stack> <config.json>"}
. aws/region.sh
output() {
    aws cloudformation describe-stacks --stack-name "$stack" \
        --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text
}
bucket=$(output WebBucketName)
case $bucket in
"" | None) echo "deploy-web: $stack serves no web app (HostWeb=false)" >&2; exit 2 ;;
esac
npm --prefix web ci --ignore-scripts
npm --prefix web run build
# Files with a hash in their name never change; the page and its configuration are asked for each time.
# Old files stay: a page that is open still loads them.
aws s3 sync web/dist "s3://$bucket" --exclude index.html --exclude config.json --cache-control "public, max-age=31536000, immutable"
aws s3 cp web/dist/index.html "s3://$bucket/index.html" --cache-control no-cache
aws s3 cp "$config" "s3://$bucket/config.json" --cache-control no-cache
for distribution in $(output WebDistributionId) $(output DeskDistributionId); do
    aws cloudfront create-invalidation --distribution-id "$distribution" --paths /index.html /config.json
done
