#!/bin/sh
# Builds every function as it is deployed, with cargo-lambda and zig from PyPI, and prints the sizes. Zig links
# against the C library of Lambda's system, whatever this machine has. Beside each stands what it is made of
# (sbom.cdx.json, CycloneDX), and beside all of them the same of the web app. The same sources in the same folder make
# the same files.
#
#   aws/package.sh            for x86_64
#   aws/package.sh arm64      for arm64: rustup target add aarch64-unknown-linux-gnu
set -eu
cd "$(dirname "$0")/.."
. aws/tools.sh

case ${1-x86_64} in
x86_64) flag=--x86-64 target=x86_64-unknown-linux-gnu ;;
arm64) flag=--arm64 target=aarch64-unknown-linux-gnu ;;
*) echo "package: x86_64 or arm64?" >&2; exit 2 ;;
esac
packages=
for folder in functions/*/; do packages="$packages --package $(basename "$folder")"; done
# Without a rustup that knows targets, what is installed has to do.
# shellcheck disable=SC2086
"$tools/bin/cargo-lambda" lambda build --release --locked --output-format zip --skip-target-check $flag $packages
# A zip holds when its file was written: of 1980, whenever that was.
python3 - target/lambda/*/bootstrap.zip <<'PYTHON'
import sys
import zipfile

for path in sys.argv[1:]:
    with zipfile.ZipFile(path) as built:
        binary = built.read("bootstrap")
    entry = zipfile.ZipInfo("bootstrap")
    entry.create_system, entry.external_attr, entry.compress_type = 3, 0o100755 << 16, zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w", compresslevel=9) as packed:
        packed.writestr(entry, binary)
PYTHON
for zip in target/lambda/*/bootstrap.zip; do
    printf '%-18s %6d kB\n' "$(basename "$(dirname "$zip")")" "$(($(wc -c <"$zip") / 1024))"
done

# What each is made of. cargo-cyclonedx writes beside every manifest of the workspace.
scripts/tools cyclonedx
export PATH="$PWD/.tools/bin:$HOME/.cargo/bin:$PATH"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 0)
export SOURCE_DATE_EPOCH
cargo cyclonedx --quiet --quiet --format json --spec-version 1.5 --describe binaries --no-build-deps --target "$target"
for folder in functions/*/; do
    name=$(basename "$folder")
    mv "$folder${name}_bin.cdx.json" "target/lambda/$name/sbom.cdx.json"
done
rm -f local/*/*_bin.cdx.json
npm --prefix web sbom --package-lock-only --omit dev --sbom-format cyclonedx >target/lambda/web.cdx.json
