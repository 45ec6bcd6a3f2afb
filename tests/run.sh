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

# log_of NAME: where a step's output goes, and in a file ".code" beside it how it ended.
log_of() { echo "$BUILD/log-$(echo "$1" | tr ' /' '--').txt"; }

# tell NAME: counts the "N passed, N failed" that the step printed last; anything else counts as one.
tell() {
    log=$(log_of "$1")
    code=$(cat "$log.code")
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
    printf '%-46s %7d passed, %d failed %5ss\n' "$1" "$p" "$f" "$(cat "$log.time")"
    [ "$f" -eq 0 ] || { grep -avE '^$' "$log" | tail -n 60; }
}

# step NAME COMMAND...
step() {
    name=$1
    shift
    log=$(log_of "$name")
    start=$(date +%s)
    "$@" >"$log" 2>&1
    echo $? >"$log.code"
    echo $(($(date +%s) - start)) >"$log.time"
    tell "$name"
}

# later NAME COMMAND: a step that needs one core and nothing of the others, given as shell text.
later() { printf '%s|%s|%s\n' "$1" "$(log_of "$1")" "$2" >>"$BUILD/later.txt"; }

# All that was put off, as many at once as there are cores, told in the order it was put off.
together() {
    xargs -d '\n' -P "$cores" -n 1 sh -c '
        rest=${1#*|}
        log=${rest%%|*}
        start=$(date +%s)
        sh -c "${rest#*|}" >"$log" 2>&1
        echo $? >"$log.code"
        echo $(($(date +%s) - start)) >"$log.time"' together <"$BUILD/later.txt"
    while IFS='|' read -r name rest; do tell "$name"; done <"$BUILD/later.txt"
    rm -f "$BUILD/later.txt"
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
# Of a build folder: those that test by themselves. The longest begin first, so that none is left alone at the end.
programs() {                    # FOLDER SUFFIX-OF-THEIR-NAMES
    seen=" "
    for name in api/api_spilling api/api_ordering api/api_faults api/api_aggregates 'unit/unit_*' 'api/api_*'; do
        for program in "$BUILD/$1"/tests/$name; do
            case "$seen" in *" $program "*) continue ;; esac
            seen="$seen$program "
            [ -x "$program" ] && [ ! -d "$program" ] && later "$(basename "$program")$2" "\"\$BUILD\"${program#"$BUILD"}"
        done
    done
}

sh examples/needs.sh tests || exit 1
mkdir -p "$BUILD"
rm -f "$BUILD/later.txt"
cores=$(nproc)
cases=$(find tests -name '*.test' | sort)
regimes=plain,three-row-batches,partitions,saved-states,row-bodies,portable,pieces     # those that sanitizers see most in
export BUILD top cases regimes
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

# What stands in quotes is for the shell that runs it later.
# shellcheck disable=SC2016
plain_steps() {
    later "house rules" 'python3 tests/house/house.py "$top" "$BUILD/plain/libspl.so"'
    later "plain-text tests, all regimes" '"$BUILD/plain/tests/runner/run-tests" --every-code $cases'
    programs plain ""
    later "examples of the help texts" '"$BUILD/plain/tests/runner/run-tests" "$BUILD/examples.test"'
    later "searches of others (ledger)" 'python3 tests/corpus/ledger.py "$BUILD/plain/tests/corpus"'
    later "command line contract" 'python3 tests/terminal/terminal.py "$BUILD/plain/bindings/terminal/spl-run" "$top"'
    later "subsearches in any place" 'python3 tests/terminal/substitution.py "$BUILD/plain/bindings/terminal/spl-run" "$top"'
    later "command lines and what they print" \
        'python3 bindings/terminal/tests/cli.py "$BUILD/plain/bindings/terminal/spl-run" bindings/terminal/tests/cli.test'
    later "example programs" 'python3 tests/terminal/examples.py "$BUILD/plain/examples" "$top"'
}

# shellcheck disable=SC2016
asan_steps() {
    programs asan ", sanitized"
    later "plain-text tests, sanitized" '"$BUILD/asan/tests/runner/run-tests" --regime $regimes $cases "$BUILD/examples.test"'
    later "command line, sanitized" 'python3 tests/terminal/terminal.py "$BUILD/asan/bindings/terminal/spl-run" "$top"'
}

# shellcheck disable=SC2016
tsan_steps() {
    later "plain-text tests, threads" '"$BUILD/tsan/tests/runner/run-tests" --regime threads $cases'
    programs tsan ", threads"
    later "command line, threads" 'python3 tests/terminal/terminal.py "$BUILD/tsan/bindings/terminal/spl-run" "$top" threads'
}

say "Plain build (gcc)"
configure "$BUILD/plain" --buildtype=release -Db_ndebug=false
step "builds without warnings, gcc" warnings_free "$BUILD/plain"
"$BUILD/plain/tests/unit/print_examples" >"$BUILD/examples.test" 2>/dev/null
plain_steps
together

if [ "$mode" = all ]; then
    say "Address and undefined-behaviour sanitizers"
    configure "$BUILD/asan" --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false -Db_ndebug=false
    step "builds without warnings, sanitizers" warnings_free "$BUILD/asan"
    asan_steps
    together

    say "Thread sanitizer"
    configure "$BUILD/tsan" --buildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false -Db_ndebug=false
    # Programs that never ask for threads have nothing to show here.
    # shellcheck disable=SC2046
    step "builds with the thread sanitizer" ninja -C "$BUILD/tsan" tests/runner/run-tests bindings/terminal/spl-run \
        $(grep -lE '"threads"|"host\.h"' tests/api/*.c | sed 's|\(.*/\)\(.*\)\.c$|\1api_\2|')
    tsan_steps
    together

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
