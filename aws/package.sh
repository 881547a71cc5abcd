#!/bin/sh
# Builds every function as it is deployed, with cargo-lambda and zig from PyPI, and prints the sizes. Zig links
# against the C library of Lambda's system, whatever this machine has.
#
#   aws/package.sh            for x86_64
#   aws/package.sh arm64      for arm64: rustup target add aarch64-unknown-linux-gnu
set -eu
cd "$(dirname "$0")/.."
. aws/tools.sh

case ${1-x86_64} in
x86_64) flag=--x86-64 ;;
arm64) flag=--arm64 ;;
*) echo "package: x86_64 or arm64?" >&2; exit 2 ;;
esac
packages=
for folder in functions/*/; do packages="$packages --package $(basename "$folder")"; done
# Without a rustup that knows targets, what is installed has to do.
# shellcheck disable=SC2086
"$tools/bin/cargo-lambda" lambda build --release --locked --output-format zip --skip-target-check $flag $packages
for zip in target/lambda/*/bootstrap.zip; do
    printf '%-18s %6d kB\n' "$(basename "$(dirname "$zip")")" "$(($(wc -c <"$zip") / 1024))"
done
