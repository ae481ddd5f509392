// What the system itself keeps: datasets, runs, models, manifests and predictions as blobs, records as tables. Laid out in docs/STORAGE.md.

param location string
param tags object
param token string
param controlPrincipalId string
param servingPrincipalId string
param trainingPrincipalId string

@description('Subnets that may reach the account; empty: every network, with a valid identity.')
param allowedSubnetIds array

@description('Days after which the workings of a run (features, trial output) are deleted; models, datasets and audit stay.')
param workingsRetentionInDays int = 90

@description('Days after which logged predictions move to the cool tier.')
param predictionsCoolAfterDays int = 30

var containerName = 'mlops'

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'stdata${token}'
  location: location
  tags: tags
  sku: { name: 'Standard_ZRS' }
  kind: 'StorageV2'
  properties: {
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: empty(allowedSubnetIds) ? 'Allow' : 'Deny'
      virtualNetworkRules: [for subnetId in allowedSubnetIds: { id: subnetId, action: 'Allow' }]
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // A deleted blob can be brought back for a week.
      deleteRetentionPolicy: { enabled: true, days: 7 }
    }

    resource container 'containers' = {
      name: containerName
    }
  }

  resource tables 'tableServices' = {
    name: 'default'
  }

  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'workings-of-runs'
            type: 'Lifecycle'
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['${containerName}/runs/'] }
              actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: workingsRetentionInDays } } }
            }
          }
          {
            name: 'predictions'
            type: 'Lifecycle'
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['${containerName}/predictions/'] }
              actions: { baseBlob: { tierToCool: { daysAfterModificationGreaterThan: predictionsCoolAfterDays } } }
            }
          }
        ]
      }
    }
  }
}

// Storage Blob Data Contributor, Storage Table Data Contributor
var blobContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')
var tableContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3')

// Serving writes its prediction log and training its models, both into the one container; only the control plane has the tables.
resource blobContributors 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principalId in [controlPrincipalId, servingPrincipalId, trainingPrincipalId]: {
    name: guid(account::blobs::container.id, principalId, blobContributor)
    scope: account::blobs::container
    properties: {
      roleDefinitionId: blobContributor
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource tableContributors 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, controlPrincipalId, tableContributor)
  scope: account
  properties: {
    roleDefinitionId: tableContributor
    principalId: controlPrincipalId
    principalType: 'ServicePrincipal'
  }
}

output accountName string = account.name
output containerName string = containerName
