#!/usr/bin/env bash
# The step of action.yml that runs a job. Its inputs come as variables, so that no input is part of a command. It exits
# as `brimline bench` does, writes the report into the step's summary, and tells the outputs.
set -uo pipefail

brimline="$GITHUB_ACTION_PATH/../../node_modules/.bin/brimline"
said="$(mktemp)"
trap 'rm -f "$said"' EXIT

flags=(--data "$DATA")
[ -z "$MODEL" ] || flags+=(--model "$MODEL")
[ -z "$SLO" ] || flags+=(--slo "$SLO" --assert-slo)
[ -z "$BASELINE" ] || flags+=(--baseline "$BASELINE")
[ -z "$TAG" ] || flags+=(--tag "$TAG")
[ -z "$API_KEY" ] || flags+=(--api-key-env API_KEY)
read -ra more <<<"$ARGS"

"$brimline" bench "$ENDPOINT" "${flags[@]}" ${more[@]+"${more[@]}"} 2> >(tee "$said" >&2)
code=$?
wait

job="$(sed -n 's/^job \([a-z0-9]\{20\}\)$/\1/p' "$said" | head -n 1)"
if [ -n "$job" ]; then
  echo "job=$job" >>"$GITHUB_OUTPUT"
  if report="$("$brimline" report "$job" --data "$DATA" --json 2>/dev/null)"; then
    echo "status=$(node -p 'JSON.parse(require("fs").readFileSync(0, "utf8")).verdict.status' <<<"$report")" >>"$GITHUB_OUTPUT"
    "$brimline" report "$job" --data "$DATA" --markdown >>"$GITHUB_STEP_SUMMARY"
  else
    echo "status=failed" >>"$GITHUB_OUTPUT"
    tail -n 3 "$said" >>"$GITHUB_STEP_SUMMARY"
  fi
  page="$DATA/site/r/$job"
  [ ! -d "$page" ] || echo "page=$page" >>"$GITHUB_OUTPUT"
  comparison="$DATA/site/c/$job"
  if [ -d "$comparison" ]; then
    echo "comparison=$comparison" >>"$GITHUB_OUTPUT"
    echo "The page of the comparison is in the artifact brimline-$job." >>"$GITHUB_STEP_SUMMARY"
  fi
fi

[ "$code" -eq 3 ] && [ "$ALLOW_UNKNOWN" = true ] && exit 0
exit "$code"
