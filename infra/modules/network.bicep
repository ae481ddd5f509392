// Subnets for the two apps, with service endpoints to what they call.

param location string
param tags object
param token string

var serviceEndpoints = [
  { service: 'Microsoft.Storage' }
  { service: 'Microsoft.KeyVault' }
]

resource network 'Microsoft.Network/virtualNetworks@2024-01-01' = {
  name: 'vnet-${token}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: ['10.60.0.0/16'] }
    subnets: [
      {
        name: 'functions'
        properties: {
          addressPrefix: '10.60.0.0/24'
          serviceEndpoints: serviceEndpoints
          // Flex Consumption puts its instances into Container Apps' infrastructure.
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'serving'
        properties: {
          // A workload-profile environment needs a /27 at least.
          addressPrefix: '10.60.2.0/23'
          serviceEndpoints: serviceEndpoints
          delegations: [{ name: 'container-apps', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
    ]
  }

  resource functions 'subnets' existing = {
    name: 'functions'
  }

  resource serving 'subnets' existing = {
    name: 'serving'
  }
}

output functionsSubnetId string = network::functions.id
output servingSubnetId string = network::serving.id
