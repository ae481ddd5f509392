// Secrets: the key that signs approval links; addresses of notification webhooks are put beside it by whoever has them.

param location string
param tags object
param token string

@description('Who may read secrets.')
param secretReaderPrincipalIds array

@secure()
@description('Key that signs approval links.')
param linkKey string

@description('Subnets that may reach the vault; empty: every network, with a valid identity.')
param allowedSubnetIds array

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: 'kv-${token}'
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: empty(allowedSubnetIds) ? 'Allow' : 'Deny'
      virtualNetworkRules: [for subnetId in allowedSubnetIds: { id: subnetId }]
    }
  }
}

resource approvalLinkKey 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'approval-link-key'
  properties: { value: linkKey }
}

// Key Vault Secrets User
var secretsUser = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')

resource readers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principalId in secretReaderPrincipalIds: {
    name: guid(vault.id, principalId, secretsUser)
    scope: vault
    properties: {
      roleDefinitionId: secretsUser
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

output id string = vault.id
output linkKeyUri string = approvalLinkKey.properties.secretUri
