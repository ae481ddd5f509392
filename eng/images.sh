#!/usr/bin/env sh
# Publishes the contents of the images into artifacts/images/: serving and trainer, each with its own .NET and native libraries.
# Usage: eng/images.sh [serving|trainer]
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
runtime=${MLOPS_IMAGE_RUNTIME-linux-x64}

publish() { # name project
  rm -rf "$root/artifacts/images/$1"
  dotnet publish "$root/src/$2" --nologo -v quiet -c Release -r "$runtime" --self-contained -o "$root/artifacts/images/$1"
}

# XGBoost is Debian's, built for processors. For GPUs put the library of XGBoost's own CUDA package beside it: MLOPS_XGBOOST=/path/libxgboost.so.
add_xgboost() { # folder
  library=${MLOPS_XGBOOST-}
  [ -n "$library" ] || library=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p | sed -n 's/.*libxgboost\.so\.0 .*=> //p' | head -n 1)
  [ -n "$library" ] || { echo "mlops: libxgboost is missing. Install libxgboost0, or set MLOPS_XGBOOST to a libxgboost.so." >&2; exit 2; }
  cp -L "$library" "$1/libxgboost.so.0"
  openmp=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p | sed -n 's/.*libgomp\.so\.1 .*=> //p' | head -n 1)
  [ -z "$openmp" ] || cp -L "$openmp" "$1/libgomp.so.1"
}

case ${1-all} in
  serving) publish serving MlOps.Serving ;;
  trainer) publish trainer MlOps.Trainer; add_xgboost "$root/artifacts/images/trainer" ;;
  all) publish serving MlOps.Serving; publish trainer MlOps.Trainer; add_xgboost "$root/artifacts/images/trainer" ;;
  *) echo "mlops: '$1' is no image; there are serving and trainer." >&2; exit 2 ;;
esac
