#!/usr/bin/env bash
# Measures: './mlops bench WORKLOAD [--json]'. Builds the benchmarks once and runs them.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
export MLOPS_REPOSITORY=$root DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# shellcheck source=eng/setup.sh
source "$root/eng/setup.sh"
app=$root/artifacts/bin/MlOps.Benchmarks/release/MlOps.Benchmarks.dll
build_once MlOps.Benchmarks "$app"
exec dotnet "$app" "$@"
