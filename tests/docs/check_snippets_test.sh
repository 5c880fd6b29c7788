#!/usr/bin/env bash
# check_snippets.sh accepts marked blocks and finds each kind of unmarked one. usage: check_snippets_test.sh
set -euo pipefail
check=$(cd "$(dirname "$0")" && pwd)/check_snippets.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# refused NAME EXPECTED_LINE: the page on standard input, after one good block, is refused at that line.
refused() {
  { printf '```sh run\nseben --version\n```\n'; cat; } > "$folder/$1.md"
  if "$check" "$folder/$1.md" > /dev/null 2> "$folder/err"; then
    echo "$1: expected a refusal, found none" >&2
    exit 1
  fi
  grep -q "$1.md:$2: expected" "$folder/err" || { echo "$1: expected line $2, found: $(cat "$folder/err")" >&2; exit 1; }
}
printf '```sh run\nseben --version\n```\n```sh not run: needs a device\nharness/x\n```\n    seben: a message\n' > "$folder/good.md"
"$check" "$folder/good.md"
refused unmarked 4 <<< $'```sh\nls\n```'
refused other-shell 4 <<< $'```bash\nls\n```'
refused no-reason 4 <<< $'```sh not run:\nls\n```'
refused indented 5 <<< $'\n    seben inspect x'
refused bare-fence 5 <<< $'```\nscripts/demo\n```'
refused prompt 5 <<< $'```text\n$ seben inspect x\n```'
echo '# nothing' > "$folder/none.md"
if "$check" "$folder/none.md" 2> /dev/null; then echo "none: expected a refusal, found none" >&2; exit 1; fi
