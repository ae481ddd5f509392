// Logs, traces and metrics. Entra identities only: the connection string alone lets nobody write.

param location string
param tags object
param token string

@description('Who may send telemetry.')
param metricsPublisherPrincipalIds array

@description('Days that logs are kept.')
param retentionInDays int = 30

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${token}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionInDays
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${token}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: logs.id
    DisableLocalAuth: true
  }
}

// Monitoring Metrics Publisher
var metricsPublisher = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '3913510d-42f4-4e42-8a64-420c390055eb')

resource publishers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principalId in metricsPublisherPrincipalIds: {
    name: guid(insights.id, principalId, metricsPublisher)
    scope: insights
    properties: {
      roleDefinitionId: metricsPublisher
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

output applicationInsightsId string = insights.id
output applicationInsightsConnectionString string = insights.properties.ConnectionString
output logAnalyticsName string = logs.name
