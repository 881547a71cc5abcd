# Sourced: builds and starts a simulator, sets SIMULATOR to its base URL, ends it on exit.
# If SIMULATOR is already set, that one is used.
if [ -z "${SIMULATOR:-}" ]; then
  (cd "$root" && cargo build --quiet -p iamport-simulator)
  log=$(mktemp -p "$root/target" simulator.XXXXXX)
  "${CARGO_TARGET_DIR:-$root/target}/debug/iamport-simulator" --listen 127.0.0.1:0 2>"$log" &
  simulator=$!
  trap 'kill "$simulator" 2>/dev/null; rm -f "$log"' EXIT
  for _ in $(seq 100); do
    SIMULATOR=$(sed -n 's/^Iamport simulator on //p' "$log")
    [ -n "$SIMULATOR" ] && break
    kill -0 "$simulator" 2>/dev/null || { cat "$log" >&2; exit 1; }
    sleep 0.05
  done
fi
export SIMULATOR
