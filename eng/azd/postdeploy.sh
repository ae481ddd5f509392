#!/usr/bin/env sh
# After the code: Event Grid's subscription, whose function is there only now, and a smoke test of both apps.
set -eu
: "${AZURE_RESOURCE_GROUP:?run by azd}" "${MLOPS_FUNCTION_APP_NAME:?}" "${MLOPS_EVENT_TOPIC_NAME:?}" "${MLOPS_STORAGE_CONTAINER:?}" "${MLOPS_API_URI:?}" "${MLOPS_SERVING_URI:?}"
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
az deployment group create --resource-group "$AZURE_RESOURCE_GROUP" --name blob-subscription --output none \
  --template-file "$root/infra/blob-subscription.bicep" \
  --parameters topicName="$MLOPS_EVENT_TOPIC_NAME" functionAppName="$MLOPS_FUNCTION_APP_NAME" containerName="$MLOPS_STORAGE_CONTAINER"

# Up to five minutes: a first start fetches the package and the image.
answers() { # address expected-statuses
  for _ in $(seq 30); do
    status=$(curl --silent --output /dev/null --write-out '%{http_code}' --max-time 20 "$1" || true)
    case " $2 " in *" $status "*) echo "mlops: $1 answers $status" >&2; return 0 ;; esac
    sleep 10
  done
  echo "mlops: $1 still answers $status, expected one of: $2. Look at the app's log stream." >&2
  return 1
}
answers "$MLOPS_SERVING_URI/health/live" "200"
# Nobody is signed in here: what matters is that the application stands behind the platform's door.
answers "$MLOPS_API_URI/api/pipelines" "302 401"
