#!/usr/bin/env bash
# ./jobmesh board add|change|remove|fail|state: works the running sample board and prints what it answers.
#   add    --title T --skill S [--skill S2 …] [--company C] [--location L] [--salary TEXT] [--experience TEXT]
#          [--board jsonld|rss|greenhouse|rabota]
#   change [--id ID] and what of the above is to change; remove [--id ID]. Without --id: the posting added last.
#   fail   MODE [--board PART] [--share 0..1] [--retry-after SECONDS]; MODE none ends all failures.
source "$JOBMESH_ROOT/deploy/local/lib/base.sh"
source "$JOBMESH_ROOT/deploy/local/lib/processes.sh"

action="${1:-}"
[[ $action =~ ^(add|change|remove|fail|state)$ ]] || die "board: add, change, remove, fail or state?"
shift
process_pid sample-board-1 >/dev/null || die "the sample board does not run; start with: ./jobmesh up"
url="http://127.0.0.1:$(announced sample-board-1 http_port)/_control/$action"
last_added="$RUN/board.last"

body='{}'
put() { body="$(jq -c --arg key "$1" --argjson value "$2" '.[$key] = $value' <<<"$body")"; }
quote() { jq -n --arg text "$1" '$text'; }

if [[ $action == fail ]]; then
  [[ $# -gt 0 ]] || die "board fail: which mode? none, 500, 429, timeout, reset, half, slow, redirect-loop, charset, challenge"
  put mode "$(quote "$1")"
  shift
fi
while [[ $# -gt 0 ]]; do
  [[ $# -ge 2 ]] || die "board: $1 needs a value"
  case "$1" in
    --title | --company | --location | --salary | --experience | --board | --id) put "${1#--}" "$(quote "$2")" ;;
    --skill) body="$(jq -c --arg skill "$2" '.skills += [$skill]' <<<"$body")" ;;
    --share) put share "$2" ;;
    --retry-after) put retry_after "$2" ;;
    *) die "board: unknown argument: $1" ;;
  esac
  shift 2
done
if [[ $action =~ ^(change|remove)$ && $(jq 'has("id")' <<<"$body") == false ]]; then
  [[ -s $last_added ]] || die "board $action: which posting? --id ID"
  put id "$(quote "$(cat "$last_added")")"
fi

if [[ $action == state ]]; then
  exec curl -sS --fail-with-body -m 10 "$url"
fi
answer="$(curl -sS --fail-with-body -m 10 -H 'Content-Type: application/json' -d "$body" "$url")" || die "board: $answer"
[[ $action != add ]] || jq -r .id <<<"$answer" >"$last_added"
printf '%s\n' "$answer"
