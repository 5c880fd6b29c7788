#!/usr/bin/env bash
# Runs every ```sh block of a Markdown file that is marked `run`, command by command, in a folder made by scratch.sh.
# A command must end with 0, or with N where its comment ends in "exit N", and print or write something.
# usage: run_snippets.sh FILE.md DIRECTORY_OF_PROGRAMS SCRATCH_FOLDER [flags-first]
set -euo pipefail
file=$(realpath "$1")
bin=$(realpath "$2")
here=$(cd "$(dirname "$0")" && pwd)
"$here/scratch.sh" "$3" "$bin" "$file"
cd "$3"
PATH="$PWD/stand-ins:$bin:$PATH"
case ${4:-} in
  flags-first) . "$here/flags_first.sh" ;;
  ?*) echo "expected flags-first, found $4" >&2; exit 1 ;;
esac

fail() {
  echo "$file: $1: $command" >&2
  sed 's/^/  /' .err >&2
  exit 1
}

run() {
  local expected=0 status=0
  [[ $command =~ \#.*exit\ ([0-9]+)$ ]] && expected=${BASH_REMATCH[1]}
  echo "\$ $command"
  touch .stamp
  sleep 0.02  # the clock of files is coarse: what is written at once would be as old as the stamp
  eval "$command" > .out 2> .err < /dev/null || status=$?
  head -n 5 .out
  [ "$status" -eq "$expected" ] || fail "expected exit $expected, found $status"
  [ -s .out ] || [ -n "$(find -H . -newer .stamp -type f ! -name .out ! -name .err -print -quit)" ] ||
    fail "expected something printed or written, found nothing"
}

count=0
command=
while IFS= read -r line; do
  [ -n "$line" ] || continue
  case $line in \#*) continue ;; esac
  if [[ $line == *\\ ]]; then
    command+="$line"$'\n'
    continue
  fi
  command+=$line
  run
  count=$((count + 1))
  command=
done < <(awk '/^```sh run$/ {inside = 1; next} /^```/ {inside = 0} inside' "$file")
if [ "$count" -eq 0 ]; then
  echo "$file: expected at least one command to run, found none" >&2
  exit 1
fi
echo "$count commands ran"
