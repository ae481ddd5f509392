#!/usr/bin/env sh
# Before the resources: the app registration that people and programs sign in with. Made once an environment, found again by its id.
set -eu
[ -z "${MLOPS_AUTH_CLIENT_ID-}" ] || exit 0
: "${AZURE_ENV_NAME:?run by azd}"
command -v az >/dev/null || { echo "mlops: the Azure CLI is missing. Install it, or make an app registration by hand and run: azd env set MLOPS_AUTH_CLIENT_ID <client id>" >&2; exit 2; }
id=$(az ad app create --display-name "mlops-$AZURE_ENV_NAME" --sign-in-audience AzureADMyOrg --query appId --output tsv)
az ad app update --id "$id" --identifier-uris "api://$id"
az ad sp create --id "$id" --output none
azd env set MLOPS_AUTH_CLIENT_ID "$id"
echo "mlops: app registration mlops-$AZURE_ENV_NAME is $id. Roles of pipelines (approvers) are app roles of it." >&2
