#!/usr/bin/env sh
# Before packaging: publishes what the images of the serving app and of the trainer are made of, each into one folder.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
"$root/eng/images.sh"
