// The control plane: a custom handler on Flex Consumption. Every connection is by identity; there is no key in its settings.

param location string
param tags object
param token string
param identityId string
param identityClientId string
param hostStorageName string
param deploymentContainerName string
param dataStorageName string
param dataContainerName string
param applicationInsightsConnectionString string
param vaultUri string
param workspaceName string
param clusterName string
param trainerEnvironmentId string
param trainingIdentityClientId string
param servingUri string

@description('Endpoint of the Durable Task Scheduler; empty: the task hub is on Azure Storage.')
param schedulerEndpoint string
param schedulerTaskHub string

param maximumInstanceCount int

@description('Client id of the app registration that callers sign in with.')
param authClientId string

@description('Subnet of the app; empty: none of ours.')
param subnetId string

@allowed([512, 2048, 4096])
@description('Memory of an instance. DuckDB and ONNX Runtime work inside it; larger data spills to disk.')
param instanceMemoryMB int = 4096

resource hostStorage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: hostStorageName
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${token}'
  location: location
  tags: tags
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  kind: 'functionapp'
  properties: { reserved: true }
}

var baseSettings = {
  AzureWebJobsStorage__accountName: hostStorageName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identityClientId}'
  AZURE_CLIENT_ID: identityClientId
  Storage__Account: dataStorageName
  Storage__ClientId: identityClientId
  Storage__Container: dataContainerName
  AzureMl__SubscriptionId: subscription().subscriptionId
  AzureMl__ResourceGroup: resourceGroup().name
  AzureMl__Workspace: workspaceName
  AzureMl__Cluster: clusterName
  AzureMl__EnvironmentId: trainerEnvironmentId
  AzureMl__IdentityClientId: trainingIdentityClientId
  Serving__Address: servingUri
  Serving__Audience: 'api://${authClientId}'
  Authentication__TrustClientPrincipal: 'true'
  Secrets__VaultUri: vaultUri
}

var schedulerSettings = empty(schedulerEndpoint) ? {} : {
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};Authentication=ManagedIdentity;ClientID=${identityClientId}'
  TASKHUB_NAME: schedulerTaskHub
  AzureFunctionsJobHost__extensions__durableTask__hubName: schedulerTaskHub
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: 'func-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'control-plane' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: { minTlsVersion: '1.2' }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostStorage.properties.primaryEndpoints.blob}${deploymentContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: instanceMemoryMB
      }
      runtime: { name: 'custom', version: '1.0' }
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(baseSettings, schedulerSettings)
  }

  // The platform signs callers in and strips their own word about who they are; the application believes the platform.
  resource authentication 'config' = {
    name: 'authsettingsV2'
    properties: {
      platform: { enabled: true }
      globalValidation: {
        requireAuthentication: true
        unauthenticatedClientAction: 'RedirectToLoginPage'
        redirectToProvider: 'azureactivedirectory'
        // Webhooks of the host have keys of their own, approval pages signed links.
        excludedPaths: ['/runtime/webhooks/*', '/api/webhooks/*', '/approvals/*', '/health/*']
      }
      identityProviders: {
        azureActiveDirectory: {
          enabled: true
          registration: {
            clientId: authClientId
            openIdIssuer: '${az.environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
          }
          validation: { allowedAudiences: ['api://${authClientId}', authClientId] }
        }
      }
      login: { tokenStore: { enabled: false } }
    }
  }
}

output name string = app.name
output uri string = 'https://${app.properties.defaultHostName}'
