// Azure Machine Learning: the workspace, a GPU cluster that is empty while nothing trains, the image, and the data as a datastore.

param location string
param tags object
param token string

@description('Account and container with the datasets; what training writes goes there too.')
param storageAccountName string
param containerName string

param vaultId string
param applicationInsightsId string
param registryId string

@description('Full name of the training image.')
param trainerImage string

@description('The identity that the training machines run as.')
param trainingIdentityId string

@description('Who submits and cancels jobs.')
param controlPrincipalId string

param gpuVmSize string
param gpuMaxNodes int
param gpuPriority string

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageAccountName
}

resource workspace 'Microsoft.MachineLearningServices/workspaces@2024-10-01' = {
  name: 'mlw-${token}'
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    friendlyName: 'MlOps Functions'
    storageAccount: storage.id
    keyVault: vaultId
    applicationInsights: applicationInsightsId
    containerRegistry: registryId
    // The account has no shared keys.
    systemDatastoresAuthMode: 'identity'
    publicNetworkAccess: 'Enabled'
  }

  resource cluster 'computes' = {
    name: 'gpu'
    location: location
    identity: {
      type: 'UserAssigned'
      userAssignedIdentities: { '${trainingIdentityId}': {} }
    }
    properties: {
      computeType: 'AmlCompute'
      properties: {
        vmSize: gpuVmSize
        vmPriority: gpuPriority
        osType: 'Linux'
        remoteLoginPortPublicAccess: 'Disabled'
        scaleSettings: {
          minNodeCount: 0
          maxNodeCount: gpuMaxNodes
          nodeIdleTimeBeforeScaleDown: 'PT5M'
        }
      }
    }
  }

  resource datastore 'datastores' = {
    name: 'mlops'
    properties: {
      datastoreType: 'AzureBlob'
      accountName: storageAccountName
      containerName: containerName
      credentials: { credentialsType: 'None' }
      serviceDataAccessAuthIdentity: 'WorkspaceSystemAssignedIdentity'
    }
  }

  resource trainer 'environments' = {
    name: 'mlops-trainer'
    properties: { description: 'The training program of MlOps Functions.' }

    resource version 'versions' = {
      // An environment version never changes: another image is another version.
      name: uniqueString(trainerImage)
      properties: {
        image: trainerImage
        osType: 'Linux'
      }
    }
  }
}

// AzureML Data Scientist
var dataScientist = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'f6c7c914-8db3-469d-8ca1-694a8f32e121')

resource submitter 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(workspace.id, controlPrincipalId, dataScientist)
  scope: workspace
  properties: {
    roleDefinitionId: dataScientist
    principalId: controlPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// Storage Blob Data Contributor: the workspace keeps its own logs and snapshots in the account.
var blobContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')

resource workspaceBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, workspace.id, blobContributor)
  scope: storage
  properties: {
    roleDefinitionId: blobContributor
    principalId: workspace.identity.principalId
    principalType: 'ServicePrincipal'
  }
}

output workspaceName string = workspace.name
output clusterName string = workspace::cluster.name
output environmentId string = workspace::trainer::version.id
