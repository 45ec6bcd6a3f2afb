#!/bin/sh
# Installs what the tests need, builds in several ways, runs everything. The last line is "N passed, N failed".
#
#   sh tests/run.sh            all
#   sh tests/run.sh quick      one plain build: house, unit, API and plain-text tests
#   BUILD=DIR                  where to build (default build-test)
set -u
cd "$(dirname "$0")/.."
top=$(pwd)
BUILD=${BUILD:-$top/build-test}
mode=${1:-all}
passed=0
failed=0
begin=$(date +%s)

say() { printf '\n== %s (%ss)\n' "$*" "$(($(date +%s) - begin))"; }

# step NAME COMMAND...: counts the "N passed, N failed" that the command prints last; anything else counts as one.
step() {
    name=$1
    shift
    log="$BUILD/log-$(echo "$name" | tr ' /' '--').txt"
    "$@" >"$log" 2>&1
    code=$?
    line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
    if [ -n "$line" ]; then
        p=${line%% passed*}
        f=${line#*, }
        f=${f%% failed*}
        [ "$code" -eq 0 ] || [ "$f" -gt 0 ] || f=1
    elif [ "$code" -eq 0 ]; then
        p=1 f=0
    else
        p=0 f=1
    fi
    passed=$((passed + p))
    failed=$((failed + f))
    printf '%-46s %6d passed, %d failed\n' "$name" "$p" "$f"
    [ "$f" -eq 0 ] || { grep -avE '^$' "$log" | tail -n 60; }
}

configure() {                   # DIR OPTIONS...
    dir=$1
    shift
    [ -f "$dir/build.ninja" ] || meson setup "$dir" "$top" "$@" >"$dir.log" 2>&1 || { cat "$dir.log"; return 1; }
}
# All of it, and not a warning. What is compiled already says nothing, so what warned is compiled again next time.
warnings_free() {
    ninja -C "$1" >"$1/build.log" 2>&1 || { grep -E 'error|undefined|FAILED' "$1/build.log" | head -n 40; return 1; }
    grep -E 'warning:' "$1/build.log" || return 0
    (cd "$1" && sed -n 's/^\([^: ]*\.[chly]\):.*warning:.*/\1/p' build.log | sort -u | xargs -r touch)
    return 1
}
programs() {                    # of a build folder: those that test by themselves
    for program in "$1"/tests/unit/unit_* "$1"/tests/api/api_*; do
        [ -x "$program" ] && [ ! -d "$program" ] && step "$(basename "$program")$2" "$program"
    done
}

sh examples/needs.sh tests || exit 1
mkdir -p "$BUILD"
cases=$(find tests -name '*.test' | sort)
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

say "Plain build (gcc)"
configure "$BUILD/plain" --buildtype=release -Db_ndebug=false
step "builds without warnings, gcc" warnings_free "$BUILD/plain"
step "house rules" python3 tests/house/house.py "$top" "$BUILD/plain/libspl.so"
programs "$BUILD/plain" ""
# shellcheck disable=SC2086
step "plain-text tests, all regimes" "$BUILD/plain/tests/runner/run-tests" --every-code $cases
"$BUILD/plain/tests/unit/print_examples" >"$BUILD/examples.test" 2>/dev/null
step "examples of the help texts" "$BUILD/plain/tests/runner/run-tests" "$BUILD/examples.test"
step "searches of others (ledger)" python3 tests/corpus/ledger.py "$BUILD/plain/tests/corpus"
step "command line contract" python3 tests/terminal/terminal.py "$BUILD/plain/bindings/terminal/spl-run" "$top"
step "subsearches in any place" python3 tests/terminal/substitution.py "$BUILD/plain/bindings/terminal/spl-run" "$top"
step "command lines and what they print" python3 bindings/terminal/tests/cli.py \
    "$BUILD/plain/bindings/terminal/spl-run" bindings/terminal/tests/cli.test
step "example programs" python3 tests/terminal/examples.py "$BUILD/plain/examples" "$top"

if [ "$mode" = all ]; then
    say "Address and undefined-behaviour sanitizers"
    configure "$BUILD/asan" --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false -Db_ndebug=false
    step "builds without warnings, sanitizers" warnings_free "$BUILD/asan"
    programs "$BUILD/asan" ", sanitized"
    # shellcheck disable=SC2086
    step "plain-text tests, sanitized" "$BUILD/asan/tests/runner/run-tests" \
        --regime plain,three-row-batches,partitions,saved-states,row-bodies,portable,pieces $cases "$BUILD/examples.test"
    step "command line, sanitized" python3 tests/terminal/terminal.py "$BUILD/asan/bindings/terminal/spl-run" "$top"

    say "Thread sanitizer"
    configure "$BUILD/tsan" --buildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false -Db_ndebug=false
    step "builds with the thread sanitizer" ninja -C "$BUILD/tsan" tests/runner/run-tests bindings/terminal/spl-run \
        $(cd "$BUILD/tsan" && ninja -t targets all 2>/dev/null | sed -n 's/^\(tests\/api\/api_[a-z]*\): .*/\1/p')
    # shellcheck disable=SC2086
    step "plain-text tests, threads" "$BUILD/tsan/tests/runner/run-tests" --regime threads $cases
    programs "$BUILD/tsan" ", threads"
    step "command line, threads" python3 tests/terminal/terminal.py "$BUILD/tsan/bindings/terminal/spl-run" "$top" threads

    say "clang, and a short fuzz run"
    [ -f "$BUILD/clang/build.ninja" ] ||
        CC=clang meson setup "$BUILD/clang" "$top" --buildtype=release >"$BUILD/clang.log" 2>&1
    step "builds without warnings, clang" warnings_free "$BUILD/clang"
    step "fuzzing" sh tests/fuzz/short.sh "$BUILD/fuzz"

    say "As others use it"
    step "installed, found by pkg-config, as a subproject" sh tests/house/consumer.sh "$BUILD/consumer" "$BUILD/plain"
    step "valgrind" sh tests/house/valgrind.sh "$BUILD/plain/tests/runner/run-tests"
fi

say "Done"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
