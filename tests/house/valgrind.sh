#!/bin/sh
# Some of the plain-text tests under valgrind: reads of what was never written, which the sanitizers do not see.
#
#   sh tests/house/valgrind.sh RUN_TESTS [FILE...]
set -u
runner=$1
shift
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- tests/search/comparisons.test tests/command/stats.test tests/command/rex.test tests/command/timechart.test
# PCRE2 reads ahead in whole vectors on purpose, so machine code of patterns is not looked at.
valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
    --smc-check=all-non-file "$runner" --regime plain "$@"
