targetScope = 'subscription'

// Everything that the system needs, in one resource group. 'azd up' deploys this file, then the code, then runs the hooks of azure.yaml.

@minLength(1)
@maxLength(32)
@description('Name of the environment: part of every resource name.')
param environmentName string

@minLength(1)
@description('Region of every resource. It needs Flex Consumption and, for training, quota for gpuVmSize.')
param location string

@description('Size of the training machines. The default has one NVIDIA T4.')
param gpuVmSize string = 'Standard_NC4as_T4_v3'

@minValue(1)
@maxValue(100)
@description('Most training machines at once; there are none while nothing trains.')
param gpuMaxNodes int = 2

@allowed(['Dedicated', 'LowPriority'])
@description('LowPriority machines cost less and may be taken away: their trials start again.')
param gpuPriority string = 'Dedicated'

@minValue(40)
@maxValue(1000)
@description('Most instances of the control plane at once.')
param maximumInstanceCount int = 40

@description('Keep the task hub in the Durable Task Scheduler instead of Azure Storage.')
param useDurableTaskScheduler bool = false

@description('Put the apps into a virtual network and close the storage accounts and the vault to everybody outside it.')
param useVirtualNetwork bool = false

@description('Image of the serving app; empty until the first deployment has pushed one.')
param servingImage string = ''

@description('Tag of the training image in the registry that this template makes.')
param trainerImageTag string = 'latest'

@minLength(1)
@description('Client id of the app registration that people and programs sign in with (eng/azd/preprovision.sh makes one).')
param authClientId string

var tags = { 'azd-env-name': environmentName }
var token = toLower(uniqueString(subscription().id, environmentName, location))

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identities 'modules/identities.bicep' = {
  name: 'identities'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    metricsPublisherPrincipalIds: [identities.outputs.controlPrincipalId, identities.outputs.servingPrincipalId]
  }
}

module network 'modules/network.bicep' = if (useVirtualNetwork) {
  name: 'network'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
  }
}

module hostStorage 'modules/host-storage.bicep' = {
  name: 'host-storage'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    controlPrincipalId: identities.outputs.controlPrincipalId
    allowedSubnetIds: useVirtualNetwork ? [network!.outputs.functionsSubnetId] : []
  }
}

module dataStorage 'modules/data-storage.bicep' = {
  name: 'data-storage'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    controlPrincipalId: identities.outputs.controlPrincipalId
    servingPrincipalId: identities.outputs.servingPrincipalId
    trainingPrincipalId: identities.outputs.trainingPrincipalId
    allowedSubnetIds: useVirtualNetwork ? [network!.outputs.functionsSubnetId, network!.outputs.servingSubnetId] : []
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    secretReaderPrincipalIds: [identities.outputs.controlPrincipalId]
    allowedSubnetIds: useVirtualNetwork ? [network!.outputs.functionsSubnetId] : []
  }
}

module registry 'modules/registry.bicep' = {
  name: 'registry'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    pullPrincipalIds: [identities.outputs.servingPrincipalId, identities.outputs.trainingPrincipalId]
  }
}

module learning 'modules/learning.bicep' = {
  name: 'learning'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    storageAccountName: dataStorage.outputs.accountName
    containerName: dataStorage.outputs.containerName
    vaultId: vault.outputs.id
    applicationInsightsId: monitoring.outputs.applicationInsightsId
    registryId: registry.outputs.id
    trainerImage: '${registry.outputs.loginServer}/mlops-trainer:${trainerImageTag}'
    trainingIdentityId: identities.outputs.trainingId
    controlPrincipalId: identities.outputs.controlPrincipalId
    gpuVmSize: gpuVmSize
    gpuMaxNodes: gpuMaxNodes
    gpuPriority: gpuPriority
  }
}

module scheduler 'modules/scheduler.bicep' = if (useDurableTaskScheduler) {
  name: 'scheduler'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    controlPrincipalId: identities.outputs.controlPrincipalId
  }
}

module serving 'modules/serving.bicep' = {
  name: 'serving'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    identityId: identities.outputs.servingId
    identityClientId: identities.outputs.servingClientId
    registryLoginServer: registry.outputs.loginServer
    image: servingImage
    storageAccountName: dataStorage.outputs.accountName
    containerName: dataStorage.outputs.containerName
    logAnalyticsName: monitoring.outputs.logAnalyticsName
    applicationInsightsConnectionString: monitoring.outputs.applicationInsightsConnectionString
    authClientId: authClientId
    subnetId: useVirtualNetwork ? network!.outputs.servingSubnetId : ''
  }
}

module controlPlane 'modules/control-plane.bicep' = {
  name: 'control-plane'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    identityId: identities.outputs.controlId
    identityClientId: identities.outputs.controlClientId
    hostStorageName: hostStorage.outputs.accountName
    deploymentContainerName: hostStorage.outputs.deploymentContainerName
    dataStorageName: dataStorage.outputs.accountName
    dataContainerName: dataStorage.outputs.containerName
    applicationInsightsConnectionString: monitoring.outputs.applicationInsightsConnectionString
    vaultUri: vault.outputs.uri
    workspaceName: learning.outputs.workspaceName
    clusterName: learning.outputs.clusterName
    trainerEnvironmentId: learning.outputs.environmentId
    trainingIdentityClientId: identities.outputs.trainingClientId
    servingUri: serving.outputs.uri
    schedulerEndpoint: useDurableTaskScheduler ? scheduler!.outputs.endpoint : ''
    schedulerTaskHub: useDurableTaskScheduler ? scheduler!.outputs.taskHubName : ''
    maximumInstanceCount: maximumInstanceCount
    authClientId: authClientId
    subnetId: useVirtualNetwork ? network!.outputs.functionsSubnetId : ''
  }
}

module blobEvents 'modules/blob-events.bicep' = {
  name: 'blob-events'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    storageAccountName: dataStorage.outputs.accountName
  }
}

// azd keeps these as the environment's values; azure.yaml and the hooks read them.
output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.outputs.loginServer
output AZURE_CONTAINER_REGISTRY_NAME string = registry.outputs.name
output AZURE_CONTAINER_ENVIRONMENT_NAME string = serving.outputs.environmentName
output MLOPS_FUNCTION_APP_NAME string = controlPlane.outputs.name
output MLOPS_API_URI string = controlPlane.outputs.uri
output MLOPS_SERVING_URI string = serving.outputs.uri
output MLOPS_STORAGE_ACCOUNT string = dataStorage.outputs.accountName
output MLOPS_STORAGE_CONTAINER string = dataStorage.outputs.containerName
output MLOPS_EVENT_TOPIC_NAME string = blobEvents.outputs.topicName
output MLOPS_ML_WORKSPACE string = learning.outputs.workspaceName
