#!/bin/sh
# Installs libspl below DIR and uses it as others would. The last line is "N passed, N failed".
#
#   sh tests/house/consumer.sh DIR BUILD        BUILD: a build folder of ours
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
rm -rf "$1"
mkdir -p "$1"
dir=$(cd "$1" && pwd)
build=$(cd "$2" && pwd)
passed=0
failed=0

# attempt TITLE COMMAND: counts; shows what the command said when it fails.
attempt() {
    if sh -c "$2" >"$dir/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED  $1"
        tail -n 20 "$dir/log"
    fi
}

attempt "install" "DESTDIR='$dir/root' meson install --no-rebuild -C '$build'"
pc=$(find "$dir/root" -name libspl.pc | head -n 1)
[ -n "$pc" ] || { echo "no libspl.pc was installed"; echo "$passed passed, $((failed + 1)) failed"; exit 1; }
libraries=$(dirname "$(dirname "$pc")")
prefix=$(sed -n 's/^prefix=//p' "$pc")
export PKG_CONFIG_PATH="$(dirname "$pc")"
flags="pkg-config --define-variable=prefix=$dir/root$prefix"
source="$top/tests/house/consumer.c"
strict="-Wall -Wextra -pedantic-errors -Werror"

attempt "C, shared" "cc -std=c99 $strict '$source' \$($flags --cflags --libs libspl) -o '$dir/c-shared' &&
    test \"\$(LD_LIBRARY_PATH='$libraries' '$dir/c-shared')\" = 3"
attempt "C++, shared" "c++ -std=c++11 $strict -x c++ '$source' \$($flags --cflags --libs libspl) -o '$dir/cpp-shared' &&
    test \"\$(LD_LIBRARY_PATH='$libraries' '$dir/cpp-shared')\" = 3"
attempt "the shared one is found by its soname" "readelf -d '$dir/c-shared' | grep -q 'libspl.so.0'"
mkdir -p "$dir/static"
attempt "the archive is installed" "cp '$libraries/libspl.a' '$dir/static/'"
attempt "C, static" "cc -std=c99 $strict '$source' -L'$dir/static' \$($flags --static --cflags --libs libspl) -o '$dir/c-static' &&
    test \"\$('$dir/c-static')\" = 3"
attempt "C++, static" "c++ -std=c++11 $strict -x c++ '$source' -L'$dir/static' \$($flags --static --cflags --libs libspl) \
    -o '$dir/cpp-static' && test \"\$('$dir/cpp-static')\" = 3"
attempt "no other name leaves the archive" "! nm -g --defined-only '$dir/static/libspl.a' | awk 'NF == 3 && \$3 !~ /^spl_/' | grep ."

# As a subproject of somebody's Meson project: ours is linked in place of a copy.
mkdir -p "$dir/theirs/subprojects"
ln -s "$top" "$dir/theirs/subprojects/libspl"
cp "$source" "$dir/theirs/"
cat >"$dir/theirs/meson.build" <<'END'
project('theirs', 'c', default_options: ['c_std=c17', 'buildtype=debug'])
executable('theirs', 'consumer.c', dependencies: dependency('libspl', fallback: ['libspl', 'spl_dep']))
END
attempt "as a subproject" "unset PKG_CONFIG_PATH; meson setup '$dir/theirs/build' '$dir/theirs' && ninja -C '$dir/theirs/build' theirs &&
    test \"\$('$dir/theirs/build/theirs')\" = 3"
attempt "a subproject builds no tests" "! ls '$dir'/theirs/build/subprojects/libspl/tests"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
