# What the run, test and bench scripts share. Sourced, with $root set.

# grep reads to the end here (no -q): under pipefail a writer that meets a closed pipe would count as a failure.

say() { printf 'mlops: %s\n' "$*" >&2; }
fail() { say "$@"; exit 2; }

# The .NET SDK and Node cannot be installed from here; the native tree library can, where root and apt are at hand.
require_tools() {
  command -v dotnet >/dev/null || fail "the .NET 10 SDK is missing. Install it (Debian, Ubuntu: apt-get install dotnet-sdk-10.0; others: see the .NET download page) and try again."
  dotnet --list-sdks | grep '^10\.' >/dev/null || fail "the .NET 10 SDK is missing; there is $(dotnet --version 2>/dev/null || echo none). Install version 10 beside it and try again."
  command -v npm >/dev/null || fail "Node.js with npm is missing (it brings the native runtimes). Install Node 20 or newer and try again."
}

has_xgboost() {
  [ -n "${XGBOOST_LIBRARY-}" ] || PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep 'libxgboost\.so' >/dev/null || [ -e /opt/homebrew/lib/libxgboost.dylib ] || [ -e /usr/local/lib/libxgboost.dylib ]
}

require_xgboost() {
  has_xgboost && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing libxgboost0 (apt-get)"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq libxgboost0; } >&2 || fail "libxgboost0 could not be installed; see above."
  elif command -v apt-get >/dev/null; then
    fail "the XGBoost library is missing and only root may install it. Run 'sudo apt-get install libxgboost0', or set XGBOOST_LIBRARY to a libxgboost.so of version 1.7 or newer."
  else
    fail "the XGBoost library is missing. Install it (macOS: 'brew install xgboost'; others: the xgboost Python package has it), or set XGBOOST_LIBRARY to a libxgboost of version 1.7 or newer."
  fi
}

# Builds a project unless its output is newer than every source. The stamp is only written after a build that went through.
build_once() { # project output
  local project=$1 output=$2 stamp=$root/artifacts/$1.built
  if [ -f "$output" ] && [ -f "$stamp" ] && [ -d "$root/node_modules" ] && [ -z "$(find_newer "$stamp")" ]; then return; fi
  mkdir -p "$root/artifacts"
  (
    # Two commands that start at once build once.
    if command -v flock >/dev/null; then flock 9; fi
    [ -f "$output" ] && [ -f "$stamp" ] && [ -z "$(find_newer "$stamp")" ] && exit 0
    require_tools
    require_xgboost
    say "building (once; a minute or two on a new machine)"
    local start=$root/artifacts/$project.started
    touch "$start"
    if [ "$project" = MlOps.Cli ]; then export MLOPS_NPM_OMIT=dev; fi
    # Without the lock: the compiler's and the builder's servers outlive the build, and would keep it.
    dotnet build "$root/$(project_path "$project")" -c Release --nologo -v quiet -clp:ErrorsOnly >&2 9>&- || fail "the build failed; see above."
    mv "$start" "$stamp"
  ) 9>"$root/artifacts/build.lock" || exit $?
}

project_path() {
  case $1 in
    MlOps.Functions.sln) echo MlOps.Functions.sln ;;
    MlOps.Benchmarks) echo tests/MlOps.Benchmarks ;;
    *) echo "src/$1" ;;
  esac
}

find_newer() {
  find "$root/src" "$root/native" "$root/tests" "$root/Directory.Build.props" "$root/Directory.Build.targets" "$root/Directory.Packages.props" \
    "$root/global.json" "$root/package-lock.json" "$root/.editorconfig" -newer "$1" \( -type f -o -type d \) -not -path '*/TestResults*' -print -quit 2>/dev/null
}
