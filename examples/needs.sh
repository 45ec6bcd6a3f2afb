#!/bin/sh
# Installs (apt) what is missing to build libspl; with the word "tests", also what its tests use.
set -eu

packages=""
missing() { packages="$packages $1"; }
tool() { command -v "$1" >/dev/null 2>&1 || missing "$2"; }
library() { pkg-config --exists "$1" 2>/dev/null || missing "$2"; }

tool cc gcc
tool meson meson
tool ninja ninja-build
tool flex flex
tool bison bison
tool pkg-config pkg-config
library libpcre2-8 libpcre2-dev
library libutf8proc libutf8proc-dev
library libxxhash libxxhash-dev
library zlib zlib1g-dev
library libzstd libzstd-dev
library libmd libmd-dev
library libmaxminddb libmaxminddb-dev
library libedit libedit-dev
[ -e /usr/include/stdio.h ] || missing libc6-dev
[ -e /usr/share/zoneinfo/Europe/Berlin ] || missing tzdata
if [ "${1:-}" = tests ]; then
    tool git git
    tool python3 python3
    tool clang clang
    tool g++ g++
    tool valgrind valgrind
    tool zstd zstd
    # clang's own runtime holds the fuzzer and the sanitizers.
    if ! ls /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a /usr/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a \
            >/dev/null 2>&1; then
        missing clang
    fi
fi
[ -n "$packages" ] || exit 0

command -v apt-get >/dev/null 2>&1 || { echo "No apt-get here; please install:$packages" >&2; exit 1; }
root=""
[ "$(id -u)" = 0 ] || root="sudo"
echo "Installing$packages"
log=$(mktemp)
apt() { DEBIAN_FRONTEND=noninteractive $root apt-get -qq "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }; }
apt update
if [ "${1:-}" = tests ]; then       # the runtime's package carries the version of the distribution's clang
    case "$packages" in *clang*)
        version=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\).*/\1/p' | head -n 1)
        [ -z "$version" ] || packages="$packages libclang-rt-$version-dev" ;;
    esac
fi
# shellcheck disable=SC2086 - a list of words
apt install -y --no-install-recommends $packages
rm -f "$log"
