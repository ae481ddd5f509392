#!/usr/bin/env sh
# Before the code: the training image, built in the registry. Its tag is in the environment of Azure Machine Learning, so a new tag needs 'azd provision'.
set -eu
: "${AZURE_CONTAINER_REGISTRY_NAME:?run by azd, after provisioning}"
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
az acr build --registry "$AZURE_CONTAINER_REGISTRY_NAME" --image "mlops-trainer:${MLOPS_TRAINER_IMAGE_TAG-latest}" \
  --file "$root/infra/containers/trainer.Dockerfile" "$root/artifacts/images/trainer"
