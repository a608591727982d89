// Written as for AWS: nothing here knows where it runs.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'

const table = DynamoDBDocumentClient.from(new DynamoDBClient({}))

export const handler = async ({ requestContext, queryStringParameters }) => {
  if (!queryStringParameters?.name) return { statusCode: 400, body: 'who are you?' }
  const { connectionId, connectedAt } = requestContext
  // $disconnect may never come.
  const expires_at = Math.ceil(connectedAt / 1000) + 7800
  await table.send(new PutCommand({ TableName: process.env.TABLE_NAME, Item: { connectionId, name: queryStringParameters.name, expires_at } }))
  return { statusCode: 200, body: 'Connected.' }
}
