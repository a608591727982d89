#!/usr/bin/env bash
# Runs every test there is, each part whatever became of the one before, and says in the end how each went.
# With arguments, only the parts that are named: scripts/test.sh crash browser
source "$(dirname "$0")/env.sh"
began=$SECONDS
"$ROOT/scripts/ensure-rust.sh" lint
"$ROOT/scripts/ensure-web.sh"
"$ROOT/scripts/ensure-tests.sh"
"$ROOT/scripts/ensure-deploy.sh"
source "$ROOT/scripts/env.sh"
cd "$ROOT"
rm -rf "$LOGS"
mkdir -p "$LOGS"

only=" $* "
results=()
failed=0

# part <name> <minutes that it takes, as a word> <what> command…
part() {
  local name=$1 takes=$2 what=$3 from=$SECONDS verdict=passed
  shift 3
  [ "$only" = "  " ] || [[ $only == *" $name "* ]] || return 0
  say "$what ($takes)"
  if ! "$@" >"$LOGS/$name.log" 2>&1; then
    verdict=FAILED
    failed=$((failed + 1))
    # Node's runner repeats what failed at the end of a long list; the others end with it anyway.
    if grep -q '^✖ failing tests:' "$LOGS/$name.log"; then
      sed -n '/^✖ failing tests:/,$p' "$LOGS/$name.log" | head -n 150
    else
      tail -n 80 "$LOGS/$name.log"
    fi
    printf '\033[31m%s failed\033[0m; all that it printed is in %s\n' "$name" "${LOGS#"$ROOT/"}/$name.log"
  fi
  results+=("$(printf '%-8s %-12s %4d s   %s' "$verdict" "$name" $((SECONDS - from)) "$what")")
}

in_dir() { (cd "$1" && shift && "$@"); }
# The names are patterns within tests/.
node_tests() {
  (cd tests && node --test --test-force-exit --test-timeout=300000 --test-reporter=spec --test-concurrency="${CONCURRENCY:-1}" $*)
}
crate_tests() { cargo test --workspace --quiet; }
sdk_js() { CONCURRENCY=2 node_tests 'sdk-js/*.test.mjs'; }
sdk_python() { in_dir tests .venv/bin/python -m pytest sdk-python; }
hostile() { CONCURRENCY=2 node_tests 'hostile/*.test.mjs'; }
# One file, so it needs no runner around it.
openapi() { in_dir tests timeout -k 5 300 node --test-force-exit --test-reporter=spec openapi/document.test.mjs; }
chaos() { "$BUILT/chinwag-testkit" chaos --quick --binary "$TEST_SERVER_BINARY"; }
gateway() { CONCURRENCY=2 node_tests 'gateway/*.test.mjs'; }
serverless() { TEST_SHAPE=serverless CONCURRENCY=2 node_tests 'serverless/*.test.mjs' sdk-js/journeys.test.mjs sdk-js/changing.test.mjs; }
deploy() { CONCURRENCY=3 node_tests 'deploy/*.test.mjs'; }
browser() { node_tests 'browser/*.test.mjs'; }

part form 'seconds' 'The form of the code' cargo fmt --all --check
part lints 'minutes the first time' 'Clippy, without a warning' cargo clippy --workspace --all-targets --quiet -- -D warnings
part crates 'minutes the first time' 'The tests of the crates' crate_tests
part web-check 'seconds' 'Types and templates of the web UI' in_dir web npm run check --loglevel=error
part web 'seconds' 'The tests of the web UI' in_dir web npm test --loglevel=error

say 'Building the server for the tests that speak to it (seconds, after the crates)'
cargo build --package chinwag --package chinwag-lambda-function --package chinwag-testkit --quiet || fail 'the server could not be built; the compiler says why above'
BUILT=${CARGO_TARGET_DIR:-$ROOT/target}/debug
export TEST_SERVER_BINARY=$BUILT/chinwag

part authz 'half a minute' 'Everybody × every call' node_tests authz/authorization.test.mjs
part hostile 'half a minute' 'Bad input against the real server' hostile
part openapi 'half a minute' 'What the OpenAPI document says against what the server does' openapi
part sdk-js 'a minute' 'The official JavaScript SDK over every transport' sdk_js
part sdk-python 'a minute' 'The official Python SDK' sdk_python
part crash 'a minute' 'kill -9 in the middle of a burst, 25 times' node_tests 'crash/*.test.mjs'
part outbox 'half a minute' 'Webhooks, and nodes of one role each over PostgreSQL' node_tests 'outbox/*.test.mjs'
part files 'half a minute' 'Files in a bucket' node_tests 'files/*.test.mjs'
part chaos 'three minutes' 'Three nodes, every bus, every kind of fault' chaos
part cluster 'four minutes' 'Nodes of all and of one role behind balancers, killed and not missed' node_tests 'cluster/*.test.mjs'
part gateway 'half a minute' 'Applications of Amazon API Gateway on the gateway of our own' gateway
part serverless 'five minutes' 'The function behind the gateway: the same journeys and pages, and whatever queues and gateways do' serverless
part deploy 'two minutes' 'Packages, images, infrastructure, and a zone that is cut off' deploy
part browser 'two minutes' 'Two browsers and a server that is killed' browser

echo
printf '%s\n' "${results[@]}"
echo
took="$(((SECONDS - began) / 60)) min $(((SECONDS - began) % 60)) s"
if [ "$failed" -gt 0 ]; then
  printf '\033[31m%d of %d parts failed\033[0m in %s.\n' "$failed" "${#results[@]}" "$took"
  exit 1
fi
printf '\033[32mAll %d parts passed\033[0m in %s.\n' "${#results[@]}" "$took"
