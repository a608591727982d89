import { ApiGatewayManagementApiClient, GoneException, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DeleteCommand, DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb'

const { TABLE_NAME } = process.env
const table = DynamoDBDocumentClient.from(new DynamoDBClient({}))

export const handler = async ({ requestContext: { domainName, stage }, body }) => {
  const clients = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` })
  const { Items } = await table.send(new ScanCommand({ TableName: TABLE_NAME, ConsistentRead: true }))
  const gone = []
  await Promise.all(
    Items.map(async ({ connectionId }) => {
      try {
        await clients.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: JSON.parse(body).data }))
      } catch (error) {
        if (!(error instanceof GoneException)) throw error
        gone.push(connectionId)
        await table.send(new DeleteCommand({ TableName: TABLE_NAME, Key: { connectionId } }))
      }
    }),
  )
  return { statusCode: 200, body: JSON.stringify({ sent: Items.length - gone.length, gone }) }
}
