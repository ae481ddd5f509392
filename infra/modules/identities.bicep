// One identity for each duty, so that each gets the roles of that duty alone.

param location string
param tags object
param token string

resource control 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-control-${token}'
  location: location
  tags: tags
}

resource serving 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-serving-${token}'
  location: location
  tags: tags
}

resource training 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-training-${token}'
  location: location
  tags: tags
}

output controlId string = control.id
output controlClientId string = control.properties.clientId
output controlPrincipalId string = control.properties.principalId
output servingId string = serving.id
output servingClientId string = serving.properties.clientId
output servingPrincipalId string = serving.properties.principalId
output trainingId string = training.id
output trainingClientId string = training.properties.clientId
output trainingPrincipalId string = training.properties.principalId
