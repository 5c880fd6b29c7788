#!/usr/bin/env bash
# Every shell block of the given Markdown files says whether a test runs it: ```sh run, or ```sh not run: REASON. Commands
# in blocks that are not fenced as shell are found by how they begin. usage: check_snippets.sh FILE.md...
set -euo pipefail
bad=0
count=0
for file in "$@"; do
  # "LINE fence TEXT" for the first line of a fenced block, "LINE code TEXT" for lines of code outside of shell blocks.
  while read -r line kind text; do
    case $kind in
      fence)
        count=$((count + 1))
        [[ $text == 'sh run' || $text =~ ^sh\ not\ run:\ .{10,}$ ]] && continue
        echo "$file:$line: expected \`\`\`sh run or \`\`\`sh not run: REASON, found \`\`\`$text" >&2
        ;;
      code)
        [[ $text =~ ^(\$\ )?(seben|cmake|ctest|git|python3|pip|scripts/|build/|harness/|xcrun|xcodebuild|swift|sudo|apt)[\ a-z] ]] ||
          continue
        [[ $text =~ ^seben::|→ ]] && continue
        echo "$file:$line: expected commands in a block fenced as \`\`\`sh, found: $text" >&2
        ;;
    esac
    bad=1
  done < <(awk '
    /^ *```/ && !inside { inside = 1; text = $0; sub(/^ *```/, "", text)
                          shell = text ~ /^(sh|bash|shell|console|zsh)( |$)/
                          if (shell) print FNR, "fence", text
                          next }
    /^ *```/            { inside = 0; shell = 0; next }
    inside && !shell    { print FNR, "code", $0 }
    !inside && /^    /  { text = $0; sub(/^ +/, "", text); print FNR, "code", text }' "$file")
done
if [ "$count" -eq 0 ]; then
  echo "expected at least one shell block, found none" >&2
  exit 1
fi
[ "$bad" -eq 0 ] && echo "$count shell blocks are run or say why not"
