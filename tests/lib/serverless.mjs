import { createServer } from 'node:http'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { CREDENTIALS_TOML, Gateway, KEY } from './gateway.mjs'
import { CREDENTIALS, Moto } from './moto.mjs'
import { eventually, PATIENCE_MS } from './patience.mjs'
import { binary, freePort, NO_RATE_LIMITS } from './server.mjs'
import { call } from './sigv4.mjs'

const REGION = 'eu-west-1'
const TABLE = 'chinwag'
/** How long the queue waits for messages before it answers that there are none. */
const LONG_POLL_S = 1

const tomlStrings = (table) => Object.entries(table).map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join(', ')

/** A server's flag as the variable of the same setting. */
function asVariable(flag) {
  const [name, value] = flag.slice(2).split(/=(.*)/)
  return [`CHINWAG_${name.toUpperCase().replaceAll('-', '_')}`, value]
}

/**
 * The serverless shape on this machine: the gateway of our own holds the connections and runs the function, moto is the table and
 * the queues, and what Amazon does between a queue and a function, and between a browser and both, is done here.
 *
 * To the tests it is a server like any other: it has a `url`.
 */
export class Serverless {
  /** What the queues do beyond what they should: `redeliver` and `reorder` are how likely; what `lose` agrees to is lost, and counted. */
  faults = { redeliver: 0, reorder: 0 }
  #polls = []
  #stopping = false

  static async start({ flags = [], settings = {}, lostDisconnects = false, processes = 4, limits = '' } = {}) {
    const shape = new Serverless()
    ;[shape.moto, shape.tables] = await Promise.all([Moto.start(), Moto.startTable()])
    shape.port = await freePort()
    await shape.#createTable()
    shape.dead = await shape.#createQueue('dead')
    shape.announcements = await shape.#createQueue('announcements', shape.dead)
    shape.ingest = await shape.#createQueue('ingest', shape.dead)
    const { announcements } = shape
    shape.gateway = await Gateway.start(({ port }) => {
      const environment = {
        ...Object.fromEntries([...NO_RATE_LIMITS, ...flags].map(asVariable)),
        AWS_ENDPOINT_URL_DYNAMODB: shape.tables.url,
        AWS_ENDPOINT_URL_SQS: shape.moto.url,
        CHINWAG_ANNOUNCEMENTS_URL: announcements,
        CHINWAG_CONNECTIONS_URL: `http://127.0.0.1:${port}/prod`,
        CHINWAG_TABLE: TABLE,
        ...settings,
      }
      const routes = ['$connect', '$default', ...(lostDisconnects ? [] : ['$disconnect'])]
      return `
      region = "${REGION}"
      ${CREDENTIALS_TOML}
      [limits]
      ${limits}
      [functions.chat]
      command = ["${process.env.TEST_FUNCTION_BINARY ?? join(dirname(binary()), 'chinwag-lambda')}"]
      access_key_id = "${KEY.accessKeyId}"
      timeout = "30s"
      init_timeout = "30s"
      min_processes = 1
      max_processes = ${processes}
      environment = { ${tomlStrings(environment)} }
      [[apis]]
      id = "chat"
      stage = "prod"
      domain_name = "127.0.0.1:${port}"
      integrations.chat = { type = "function", function = "chat" }
      routes = [${routes.map((key) => `{ key = "${key}", integration = "chat" }`).join(', ')}]`
    })
    shape.#polls = [announcements, announcements, shape.ingest].map((queue) => shape.#poll(queue))
    await shape.#listen()
    await eventually('the function to answer', async () => {
      const answer = await fetch(`${shape.url}/api/v1/openapi.json`)
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}\n${shape.log}`)
      return true
    }, PATIENCE_MS * 2)
    return shape
  }

  get url() {
    return `http://127.0.0.1:${this.port}`
  }
  get host() {
    return new URL(this.url).host
  }
  get log() {
    return this.gateway.log
  }
  get alive() {
    return true
  }
  get pid() {
    return this.gateway.pid
  }

  /** Hands the function an event as Amazon would, and returns what it answers. */
  async invoke(event) {
    const url = `${this.gateway.endpoint}/2015-03-31/functions/chat/invocations`
    const response = await call(url, { body: JSON.stringify(event), key: KEY, region: REGION, service: 'lambda' })
    const answer = await response.json()
    if (!response.ok || response.headers.has('x-amz-function-error')) throw new Error(`the function failed: ${JSON.stringify(answer)}`)
    return answer
  }

  /** Asks the queue service. */
  async queue(operation, body) {
    const response = await call(this.moto.url, {
      body: JSON.stringify(body), key: { accessKeyId: CREDENTIALS.AWS_ACCESS_KEY_ID, secretAccessKey: 'test' }, region: REGION, service: 'sqs',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${operation}` },
    })
    if (!response.ok) throw new Error(`${operation}: ${response.status} ${await response.text()}`)
    return response.json()
  }

  /** Says something as another back end would. */
  say(message) {
    return this.queue('SendMessage', { QueueUrl: this.ingest, MessageBody: typeof message === 'string' ? message : JSON.stringify(message) })
  }

  /** Asks the table service. */
  async table(operation, body = {}) {
    const response = await call(this.tables.url, {
      body: JSON.stringify({ TableName: TABLE, ...body }), key: { accessKeyId: CREDENTIALS.AWS_ACCESS_KEY_ID, secretAccessKey: 'test' }, region: REGION, service: 'dynamodb',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` },
    })
    if (!response.ok) throw new Error(`${operation}: ${response.status} ${await response.text()}`)
    return response.json()
  }

  /** The rows whose partition begins so. */
  async rows(prefix) {
    const { Items } = await this.table('Scan', {
      FilterExpression: 'begins_with(pk, :prefix)', ExpressionAttributeValues: { ':prefix': { S: prefix } }, ConsistentRead: true,
    })
    return Items
  }

  /** Every row of the table. */
  async everything() {
    const all = []
    let page = {}
    do {
      page = await this.table('Scan', { ConsistentRead: true, ...(page.LastEvaluatedKey ? { ExclusiveStartKey: page.LastEvaluatedKey } : {}) })
      all.push(...page.Items)
    } while (page.LastEvaluatedKey)
    return all
  }

  async stop() {
    this.#stopping = true
    await Promise.all(this.#polls)
    this.front?.closeAllConnections()
    this.front?.close()
    await this.gateway?.stop()
    await Promise.all([this.moto?.stop(), this.tables?.stop()])
  }

  async #createTable() {
    await this.table('CreateTable', {
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
      AttributeDefinitions: ['pk', 'sk', 'ipk', 'isk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: [{
        IndexName: 'by_time', Projection: { ProjectionType: 'KEYS_ONLY' },
        KeySchema: [{ AttributeName: 'ipk', KeyType: 'HASH' }, { AttributeName: 'isk', KeyType: 'RANGE' }],
      }],
    })
  }

  /** A queue; what was brought twice in vain ends in the one of the `dead`. */
  async #createQueue(name, dead) {
    const redrive = dead ? { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn(dead), maxReceiveCount: 2 }) } : {}
    const { QueueUrl } = await this.queue('CreateQueue', { QueueName: name, Attributes: { VisibilityTimeout: '180', ...redrive } })
    return QueueUrl
  }

  /** An event source mapping: hands batches to the function, and takes from the queue what did not fail. */
  async #poll(queue) {
    while (!this.#stopping) {
      try {
        const { Messages = [] } = await this.queue('ReceiveMessage', { QueueUrl: queue, MaxNumberOfMessages: 10, WaitTimeSeconds: LONG_POLL_S, AttributeNames: ['All'] })
        if (Messages.length > 0) await this.#handOver(queue, Messages)
      } catch (error) {
        if (!this.#stopping) this.gateway.log += `the poller: ${error.message}\n`
      }
    }
  }

  async #handOver(queue, messages) {
    const happens = (likely) => Math.random() < likely
    const { lose } = this.faults
    for (const message of lose ? messages.filter(lose) : []) {
      messages.splice(messages.indexOf(message), 1)
      await this.queue('DeleteMessage', { QueueUrl: queue, ReceiptHandle: message.ReceiptHandle })
      this.faults.lost = (this.faults.lost ?? 0) + 1
    }
    if (messages.length === 0) return
    if (happens(this.faults.reorder)) {
      messages.reverse()
      await new Promise((done) => setTimeout(done, Math.random() * 200))
    }
    const again = happens(this.faults.redeliver)
    const event = { Records: messages.map((message) => record(queue, message)) }
    const failed = await this.#failures(event)
    if (again) await this.#failures(event)
    for (const { MessageId, ReceiptHandle } of messages) {
      // What failed comes again, sooner than on Amazon.
      if (failed.has(MessageId)) await this.queue('ChangeMessageVisibility', { QueueUrl: queue, ReceiptHandle, VisibilityTimeout: 1 })
      else await this.queue('DeleteMessage', { QueueUrl: queue, ReceiptHandle })
    }
  }

  async #failures(event) {
    try {
      const { batchItemFailures } = await this.invoke(event)
      return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
    } catch (error) {
      this.gateway.log += `the poller: ${error.message}\n`
      return new Set(event.Records.map(({ messageId }) => messageId))
    }
  }

  /** What CloudFront does: real time goes to the one gateway, all else to the function. */
  async #listen() {
    this.front = createServer((request, response) => {
      const parts = []
      request.on('data', (part) => parts.push(part))
      request.on('end', async () => {
        try {
          const answer = await this.invoke(httpEvent(request, Buffer.concat(parts)))
          response.writeHead(answer.statusCode, { ...answer.headers, ...(answer.cookies?.length ? { 'set-cookie': answer.cookies } : {}) })
          response.end(Buffer.from(answer.body ?? '', answer.isBase64Encoded ? 'base64' : 'utf8'))
        } catch (error) {
          response.writeHead(502, { 'content-type': 'text/plain' })
          response.end(error.message)
        }
      })
    })
    this.front.on('upgrade', (request, near, head) => {
      const far = connect(this.gateway.port, '127.0.0.1')
      const headers = []
      for (let n = 0; n < request.rawHeaders.length; n += 2) headers.push(`${request.rawHeaders[n]}: ${request.rawHeaders[n + 1]}`)
      far.write(`GET /prod${new URL(request.url, this.url).search} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
      far.write(head)
      for (const [socket, other] of [[near, far], [far, near]]) {
        socket.on('error', () => other.destroy())
        socket.on('close', () => other.destroy())
        socket.pipe(other)
      }
    })
    await new Promise((done) => this.front.listen(this.port, '127.0.0.1', done))
  }
}

const arn = (queue) => `arn:aws:sqs:${REGION}:123456789012:${queue.split('/').at(-1)}`

function record(queue, { MessageId, ReceiptHandle, Body, Attributes }) {
  return {
    messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, attributes: Attributes, messageAttributes: {}, md5OfBody: '',
    eventSource: 'aws:sqs', eventSourceARN: arn(queue), awsRegion: REGION,
  }
}

/** A request in the payload format 2.0. */
function httpEvent(request, body) {
  const { pathname, search } = new URL(request.url, 'http://host')
  const { cookie, ...headers } = request.headers
  return {
    version: '2.0', routeKey: '$default', rawPath: pathname, rawQueryString: search.slice(1),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    ...(cookie ? { cookies: cookie.split('; ') } : {}),
    requestContext: {
      accountId: '123456789012', apiId: 'api', domainName: request.headers.host, domainPrefix: 'api', requestId: 'r', routeKey: '$default', stage: '$default',
      time: '22/Nov/2026:00:00:00 +0000', timeEpoch: Date.now(),
      http: { method: request.method, path: pathname, protocol: 'HTTP/1.1', sourceIp: request.socket.remoteAddress, userAgent: request.headers['user-agent'] ?? '' },
    },
    ...(body.length > 0 ? { body: body.toString('base64') } : {}), isBase64Encoded: body.length > 0,
  }
}
