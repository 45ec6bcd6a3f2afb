#!/bin/sh
# From a bare Debian or Ubuntu to three ATT&CK T1610 analytics over sample container logs.
# Installs what is missing (apt), builds into build/, runs. A second run only runs.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
run() { printf '$ %s\n' "$*" >&2; "$@"; }

sh examples/needs.sh

say "Building"
[ -f build/build.ninja ] || meson setup build >/dev/null
ninja -C build bindings/terminal/spl-run | tail -n 1
spl=build/bindings/terminal/spl-run
logs="examples/t1610/docker-daemon.log examples/t1610/docker-events.ndjson
      examples/t1610/kubernetes-events.ndjson examples/t1610/kubernetes-audit.ndjson"

say "The three T1610 analytics, straight out of the page they are printed on, over a day of logs"
# shellcheck disable=SC2086
run $spl --detect examples/t1610/deploy-container.md -o json \
    --list known_admins=examples/t1610/known_admins.txt \
    --list known_images_list=examples/t1610/known_images.txt $logs >build/alerts.ndjson
echo "Alerts are JSON lines (build/alerts.ndjson); the first one:"
head -n 1 build/alerts.ndjson | cut -c 1-200

say "Who ran what that no rollout did?"
# shellcheck disable=SC2086
run $spl -o table 'sourcetype=docker:daemon OR sourcetype=kubernetes:event NOT image="registry.corp.example/*"
    | stats count values(action) AS actions min(_time) AS first BY user image
    | eval first=strftime(first, "%H:%M:%S") | sort - count' $logs

say "Container starts through the day, by log"
# shellcheck disable=SC2086
run $spl -o table 'action=start | timechart span=4h count BY sourcetype | eval _time=strftime(_time, "%H:%M")' $logs

say "The alerts, summed up by the same tool"
run $spl -o table 'fillnull value="(not named)" row.user
    | stats count min(time) AS first BY rule.title row.user
    | eval first=strftime(first, "%H:%M:%S") | sort count | rename rule.title AS alert, row.user AS user' build/alerts.ndjson

say "Yours next:  $spl 'error | stats count by host' /var/log/*.log"
