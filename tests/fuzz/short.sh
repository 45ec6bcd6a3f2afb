#!/bin/sh
# Builds the harnesses into DIR and runs them. The last line is "N passed, N failed".
#
#   sh tests/fuzz/short.sh DIR ['' HARNESS...]           the gate: each takes its seeds and some thousands of inputs made of them
#   sh tests/fuzz/short.sh DIR SECONDS [HARNESS...]      looks for what is new: so long each; the corpus in DIR/corpus grows
#
# The gate judges a change and not luck: always the same inputs, as far as libFuzzer can be had to. So no time bounds it, the
# seeds come in order, the corpus is not read again, addresses are fixed where that is allowed, and numbers that comparisons
# saw (which may be addresses) make no inputs. The version of clang, and which vector instructions there are, still tell.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
seconds=${2:-}
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
mkdir -p "$dir/found"
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export ASAN_OPTIONS=quarantine_size_mb=16
fixed="setarch $(uname -m) -R"
$fixed true 2>/dev/null || fixed=

# run NAME ARGUMENTS...
run() {
    harness=$1
    shift
    $fixed "$dir/tests/fuzz/fuzz_$harness" -max_len=1000 -rss_limit_mb=3000 -verbosity=1 -print_final_stats=1 \
        -dict="$top/tests/fuzz/words.dict" "$@" >"$dir/$harness.log" 2>&1
}

# gate NAME, search NAME: the status is 1 if anything was found, which then is in $dir/found.
gate() {
    rm -rf "$dir/fresh/$1" "$dir/found/gate-$1"
    mkdir -p "$dir/fresh/$1" "$dir/seeds/$1"
    find "$dir/seeds/$1" -type f | LC_ALL=C sort | paste -sd , >"$dir/$1.seeds"
    count=$(find "$dir/seeds/$1" -type f | wc -l)
    case $1 in
        conf | markdown | patterns | reader | regex | syntax | time | values) inputs=20000 ;;      # of the lower rungs: quick
        *) inputs=2400 ;;
    esac
    run "$1" "$dir/fresh/$1" -seed_inputs="@$dir/$1.seeds" -runs="$((count + inputs))" -seed=1 -entropic=0 -use_cmp=0 \
        -shuffle=0 -reload=0 -timeout=120 -exact_artifact_path="$dir/found/gate-$1"
}
search() {
    mkdir -p "$dir/corpus/$1" "$dir/seeds/$1"
    run "$1" "$dir/corpus/$1" "$dir/seeds/$1" -max_total_time="$seconds" -timeout=20 -artifact_prefix="$dir/found/$1-"
}

# All that is needed to see it again, from the log alone: the query, what the ways gave, the input itself.
tell() {
    echo "FAILED  fuzz_$1; see $dir/$1.log and $dir/found/"
    grep -aE -A 12 'not true|ERROR|runtime error' "$dir/$1.log" | cut -c 1-300 | head -n 20
    sed -n '/^query:/,/^---$/p' "$dir/$1.log" | cut -c 1-2000 | head -n 20
    found=$(ls -t "$dir/found/gate-$1" "$dir/found/$1-"* 2>/dev/null | head -n 1)
    [ -z "$found" ] || { echo "--- the input, in base64"; base64 -w 0 "$found"; echo; }
}

names=$*
[ -n "$names" ] || names=$(cd "$dir/tests/fuzz" && for f in fuzz_*; do [ -f "$f" ] && echo "${f#fuzz_}"; done)
kind=gate
[ -z "$seconds" ] || kind=search
# Two at a time.
for name in $names; do
    ($kind "$name"; echo $? >"$dir/$name.code") &
    running=$((${running:-0} + 1))
    [ $((running % 2)) -ne 0 ] || wait
done
wait
for name in $names; do
    if [ "$(cat "$dir/$name.code")" = 0 ]; then
        passed=$((passed + 1))
        echo "fuzz_$name: $(grep -a number_of_executed_units "$dir/$name.log" | sed 's/.*: *//') inputs," \
            "$(sed -n 's/.*DONE *\(cov: [0-9]* ft: [0-9]*\).*/\1/p' "$dir/$name.log")"
    else
        failed=$((failed + 1))
        tell "$name"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
