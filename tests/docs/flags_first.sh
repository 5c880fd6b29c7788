# Sourced by run_snippets.sh: `seben` with its options before its files, however a page orders them. An option that takes
# more words than it should swallows a file then.
declare -A help_pages=()

# Puts what the command in `words` says of itself into `page`.
read_help() {
  local key="seben ${words[*]}"
  [ -n "${help_pages[$key]:-}" ] || help_pages[$key]=$(command seben "${words[@]}" --help)
  page=${help_pages[$key]}
}

seben() {
  local words=() options=() files=() page
  read_help
  while [ $# -gt 0 ] && [[ $page == *$'\nSubcommands:'* ]] && grep -qE "^  $1( |\$)" <<< "${page#*Subcommands:}"; do
    words+=("$1")
    shift
    read_help
  done
  while [ $# -gt 0 ]; do
    case $1 in
      - | [!-]*) files+=("$1") ;;
      *)
        options+=("$1")
        # "  -b,--bundle TEXT   …" takes a word, "  --json   …" takes none.
        if [[ $1 != *=* ]] && grep -qE "^  (-[a-z],)?${1}(,--[a-z-]+)? [^ ]" <<< "$page"; then
          shift
          options+=("$1")
        fi
        ;;
    esac
    shift
  done
  command seben "${words[@]}" "${options[@]}" "${files[@]}"
}
