#!/bin/sh
# Builds the harnesses into DIR and runs each for a few seconds. The last line is "N passed, N failed".
#
#   sh tests/fuzz/short.sh DIR [SECONDS [HARNESS...]]       default: 10 seconds, all harnesses
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
seconds=${2:-10}
[ $# -lt 2 ] || shift
shift

# An empty text may be NULL, and NULL + 0 is what C2y allows: that check is off.
[ -f "$dir/build.ninja" ] || CC=clang meson setup "$dir" "$top" --buildtype=debugoptimized -Db_sanitize=address,undefined \
    -Db_lundef=false -Db_ndebug=false -Dc_args='-fsanitize=fuzzer-no-link -fno-sanitize=pointer-overflow' >"$dir/setup.log" 2>&1 || { cat "$dir/setup.log"; exit 1; }
ninja -C "$dir" fuzz >"$dir/build.log" 2>&1 || { grep -E 'error|undefined' "$dir/build.log" | head -n 20; exit 1; }
passed=0
failed=0
if grep -E 'warning:' "$dir/build.log"; then failed=1; else passed=1; fi
rm -rf "$dir/seeds"
python3 "$top/tests/fuzz/seeds.py" "$top" "$dir/seeds" || exit 1

# The same inputs each time, so that a change is judged and not luck; long runs by hand look for what is new.
# one NAME: prints what was found, exits with 1 if anything was.
one() {
    mkdir -p "$dir/corpus/$1" "$dir/found" "$dir/seeds/$1"
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 "$dir/tests/fuzz/fuzz_$1" "$dir/corpus/$1" "$dir/seeds/$1" \
        -entropic=0 -seed=1 -runs="$((seconds * 400))" -max_total_time="$seconds" -max_len=1000 -timeout=20 -rss_limit_mb=3000 -verbosity=0 -print_final_stats=1 \
        -dict="$top/tests/fuzz/words.dict" -artifact_prefix="$dir/found/$1-" >"$dir/$1.log" 2>&1 && return 0
    echo "FAILED  fuzz_$1; see $dir/$1.log and $dir/found/"
    grep -aE -A 12 'not true|ERROR|runtime error' "$dir/$1.log" | cut -c 1-300 | head -n 25
    return 1
}

names=$*
[ -n "$names" ] || names=$(cd "$dir/tests/fuzz" && for f in fuzz_*; do [ -f "$f" ] && echo "${f#fuzz_}"; done)
# Two at a time.
for name in $names; do
    (one "$name" >"$dir/$name.verdict"; echo $? >"$dir/$name.code") &
    running=$((${running:-0} + 1))
    [ $((running % 2)) -ne 0 ] || wait
done
wait
for name in $names; do
    if [ "$(cat "$dir/$name.code")" = 0 ]; then
        passed=$((passed + 1))
        echo "fuzz_$name: $(grep -a number_of_executed_units "$dir/$name.log" | sed 's/.*: *//') inputs"
    else
        failed=$((failed + 1))
        cat "$dir/$name.verdict"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
