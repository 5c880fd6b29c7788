#!/usr/bin/env bash
# Every relative link of the given Markdown files leads to a file or folder of the repository, and a #heading in it
# exists there. usage: check_links.sh FILE.md...
set -euo pipefail

# Headings as GitHub names them: lower case, punctuation gone, blanks become hyphens; fenced blocks are not headings.
anchors() {
  awk '/^ *```/ {fenced = !fenced} !fenced && /^#+ /' "$1" | sed -E 's/^#+ +//; s/ +$//' | tr '[:upper:]' '[:lower:]' |
    sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}

# The targets of [text](target), outside of code.
links() {
  awk '/^ *```/ {fenced = !fenced; next} !fenced && !/^    /' "$1" | sed -E 's/`[^`]*`//g' |
    { grep -oE '\]\([^) ]+\)' || true; } | sed -E 's/^\]\(//; s/\)$//'
}

count=0
bad=0
for file in "$@"; do
  folder=$(dirname "$file")
  while IFS= read -r link; do
    case $link in http://* | https://* | mailto:*) continue ;; esac
    count=$((count + 1))
    path=${link%%#*}
    target=$file
    [ -z "$path" ] || target=$folder/$path
    if [ ! -e "$target" ]; then
      echo "$file: $link: expected a file of the repository, found none" >&2
      bad=1
    elif [[ $link == *"#"* ]] && ! anchors "$target" | grep -qxF -- "${link#*#}"; then
      echo "$file: $link: expected that heading in $target, found none" >&2
      bad=1
    fi
  done < <(links "$file")
done
if [ "$count" -eq 0 ]; then
  echo "expected at least one relative link, found none" >&2
  exit 1
fi
[ "$bad" -eq 0 ] && echo "$count links lead somewhere"
