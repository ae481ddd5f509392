// The prediction server on Container Apps. It follows the endpoints' manifests in the data account; a release never touches this app.

param location string
param tags object
param token string
param identityId string
param identityClientId string
param registryLoginServer string

@description('Image to run; empty until the first deployment has pushed one: then a public sample stands in, which azd replaces.')
param image string

param storageAccountName string
param containerName string
param logAnalyticsName string
param applicationInsightsConnectionString string

@description('Client id of the app registration that callers sign in with.')
param authClientId string

@description('Subnet of the environment; empty: none of ours.')
param subnetId string

@minValue(0)
@description('Fewest replicas. One keeps models in memory; with none the first request after a pause waits for them.')
param minReplicas int = 1

@description('Most replicas.')
param maxReplicas int = 10

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: logAnalyticsName
}

resource environment 'Microsoft.App/managedEnvironments@2024-03-01' = {
  name: 'cae-${token}'
  location: location
  tags: tags
  properties: {
    appLogsConfiguration: {
      // Through a diagnostic setting: the other way would need the workspace's shared key.
      destination: 'azure-monitor'
    }
    vnetConfiguration: empty(subnetId) ? null : { infrastructureSubnetId: subnetId }
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
  }
}

resource environmentLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'logs'
  scope: environment
  properties: {
    workspaceId: logs.id
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
  }
}

resource app 'Microsoft.App/containerApps@2024-03-01' = {
  name: 'ca-serving-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'serving' })
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    managedEnvironmentId: environment.id
    workloadProfileName: 'Consumption'
    configuration: {
      ingress: {
        external: true
        targetPort: 8080
        transport: 'auto'
        allowInsecure: false
      }
      registries: [{ server: registryLoginServer, identity: identityId }]
    }
    template: {
      containers: [
        {
          name: 'serving'
          image: empty(image) ? 'mcr.microsoft.com/azuredocs/containerapps-helloworld:latest' : image
          resources: { cpu: json('1.0'), memory: '2Gi' }
          env: [
            { name: 'Storage__Account', value: storageAccountName }
            { name: 'Storage__ClientId', value: identityClientId }
            { name: 'Storage__Container', value: containerName }
            { name: 'AZURE_CLIENT_ID', value: identityClientId }
            { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: applicationInsightsConnectionString }
          ]
          probes: empty(image) ? [] : [
            { type: 'Liveness', httpGet: { path: '/health/live', port: 8080 } }
            { type: 'Readiness', httpGet: { path: '/health/ready', port: 8080 } }
            { type: 'Startup', httpGet: { path: '/health/live', port: 8080 }, failureThreshold: 30, periodSeconds: 2 }
          ]
        }
      ]
      scale: {
        minReplicas: minReplicas
        maxReplicas: maxReplicas
        rules: [{ name: 'requests', http: { metadata: { concurrentRequests: '100' } } }]
      }
    }
  }
}

// Whoever asks for predictions signs in, the control plane's own checks included; only health is for everybody.
resource authentication 'Microsoft.App/containerApps/authConfigs@2024-03-01' = {
  parent: app
  name: 'current'
  properties: {
    platform: { enabled: true }
    globalValidation: {
      unauthenticatedClientAction: 'Return401'
      excludedPaths: ['/health/live', '/health/ready']
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
  }
}

output environmentName string = environment.name
output uri string = 'https://${app.properties.configuration.ingress.fqdn}'
