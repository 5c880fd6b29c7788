#!/usr/bin/env bash
# Runs every ```sh block of a Markdown file that is marked `run`, line by line, in the root of the repository, with `seben` on the path.
# usage: run_snippets.sh FILE.md DIRECTORY_OF_SEBEN
set -euo pipefail
file=$1
PATH="$2:$PATH"
cd "$(dirname "$0")/../.."
count=0
while IFS= read -r line; do
  [ -n "$line" ] || continue
  count=$((count + 1))
  echo "\$ $line"
  output=$(eval "$line") || { echo "failed: $line" >&2; exit 1; }
  [ -n "$output" ] || { echo "printed nothing: $line" >&2; exit 1; }
  echo "$output" | head -n 5
done < <(awk '/^```sh run$/ {inside = 1; next} /^```/ {inside = 0} inside' "$file")
if [ "$count" -eq 0 ]; then
  echo "$file: expected at least one command to run, found none" >&2
  exit 1
fi
echo "$count commands ran"
