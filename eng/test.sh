#!/usr/bin/env bash
# Tests: './mlops test [--filter NAME] [--json]'. Builds the solution once, runs every test project, and sums up.
# The last line is 'N passed, N failed[, N skipped]'; with --json one object on standard output instead. Exit code 0: all passed.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
export MLOPS_REPOSITORY=$root DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# shellcheck source=eng/setup.sh
source "$root/eng/setup.sh"

usage() {
  cat <<'TEXT'
Runs the tests.

Usage: ./mlops test [--filter NAME] [--json]

  --filter NAME   Only tests whose full name contains NAME; or an expression of 'dotnet test --filter'.
  --json          One JSON object with the counts, the failures and the skipped tests.

Examples:
  ./mlops test
  ./mlops test --filter PipelineProblemsTests
TEXT
}

filter='' json=false
while [ $# -gt 0 ]; do
  case $1 in
    --filter) [ $# -ge 2 ] || fail "--filter needs a name, such as --filter PipelineProblemsTests."; filter=$2; shift 2 ;;
    --filter=*) filter=${1#*=}; shift ;;
    --json) json=true; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; fail "'$1' is no option of test." ;;
  esac
done
# A bare word is a part of a name; anything with an operator is dotnet's own language.
[[ -z $filter || $filter == *[=~\&\|]* ]] || filter="FullyQualifiedName~$filter"

results=$root/artifacts/TestResults
summarize() { node "$root/eng/trx.mjs" --results "$results" --exit-code "$1" $([ "$json" = false ] || echo --json); }

mkdir -p "$results"
rm -rf "${results:?}"/*
if ! (build_once MlOps.Functions.sln "$root/artifacts/bin/MlOps.Core.Tests/release/MlOps.Core.Tests.dll"); then
  say "nothing was tested"
  summarize build
  exit 2
fi

# One assembly after the other: many of them start processes of their own, and some measure.
status=0
dotnet test "$root/MlOps.Functions.sln" --no-build -c Release -m:1 --logger trx --results-directory "$results" \
  --blame-hang-timeout 15m --blame-hang-dump-type none ${filter:+--filter "$filter"} >"$results/output.log" 2>&1 &
tests=$!
trap 'kill "$tests" 2>/dev/null || true' INT TERM
# What passes by while it runs: one line an assembly.
tail -n +1 -f --pid="$tests" "$results/output.log" 2>/dev/null | grep --line-buffered -E '^(Passed|Failed|Skipped)!' >&2 || true
wait "$tests" || status=$?
summarize "$status"
