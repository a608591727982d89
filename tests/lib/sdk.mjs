import { Centrifuge as CentrifugeJson } from 'centrifuge'
import { Centrifuge as CentrifugeProtobuf } from 'centrifuge/build/protobuf'
import { EventSource } from 'eventsource'
import WebSocket from 'ws'
import { deferred, within } from './patience.mjs'

const opened = new Set()

/** Everything that the official JavaScript SDK speaks. `url` is the server's, or a network's in front of it. */
const ALL_TRANSPORTS = {
  'WebSocket with JSON': (url, options) =>
    new CentrifugeJson(`${ws(url)}/connection/websocket`, { websocket: WebSocket, ...options }),
  'WebSocket with Protobuf': (url, options) =>
    new CentrifugeProtobuf(`${ws(url)}/connection/websocket`, { websocket: WebSocket, ...options }),
  'HTTP stream with JSON': (url, options) =>
    new CentrifugeJson([{ transport: 'http_stream', endpoint: `${url}/connection/http_stream` }], emulated(url, options)),
  'HTTP stream with Protobuf': (url, options) =>
    new CentrifugeProtobuf([{ transport: 'http_stream', endpoint: `${url}/connection/http_stream` }], emulated(url, options)),
  'server-sent events': (url, options) =>
    new CentrifugeJson([{ transport: 'sse', endpoint: `${url}/connection/sse` }], { eventsource: EventSource, ...emulated(url, options) }),
}

/** Amazon's gateway carries text over WebSockets, and nothing else. */
const only = process.env.TEST_SHAPE === 'serverless' ? ['WebSocket with JSON'] : Object.keys(ALL_TRANSPORTS)
export const TRANSPORTS = Object.fromEntries(only.map((name) => [name, ALL_TRANSPORTS[name]]))

const ws = (url) => url.replace(/^http/, 'ws')
const emulated = (url, options) => ({ fetch, readableStream: ReadableStream, emulationEndpoint: `${url}/emulation`, ...options })

/** Protobuf payloads are bytes; these make both encodings look alike to tests. */
const isProtobuf = (client) => client instanceof CentrifugeProtobuf
const encode = (client, data) => (isProtobuf(client) ? new TextEncoder().encode(JSON.stringify(data)) : data)
const decode = (data) => (data instanceof Uint8Array ? JSON.parse(new TextDecoder().decode(data)) : data)

/** A client of the official SDK, unmodified, and what it was told. */
export class SdkClient {
  /** Publications of server-side subscriptions, in order of arrival. */
  publications = []
  subscribed = []
  unsubscribed = []
  disconnects = []
  errors = []

  constructor(transport, url, options = {}) {
    const { data, ...others } = options
    this.sdk = TRANSPORTS[transport](url, { minReconnectDelay: 30, maxReconnectDelay: 200, ...others })
    if (data !== undefined) this.sdk.setData(encode(this.sdk, data))
    this.sdk.on('publication', (publication) => this.publications.push({ ...publication, data: decode(publication.data) }))
    this.sdk.on('subscribed', (subscribed) => this.subscribed.push(subscribed))
    this.sdk.on('unsubscribed', (unsubscribed) => this.unsubscribed.push(unsubscribed))
    this.sdk.on('disconnected', (disconnected) => this.disconnects.push(disconnected))
    this.sdk.on('error', (error) => this.errors.push(error))
    opened.add(this)
  }

  static async connected(transport, person, options = {}) {
    const { url = person.server.url, ...others } = options
    const client = new SdkClient(transport, url, { token: person.token, ...others })
    client.context = await client.connect()
    return client
  }

  connect() {
    const answer = deferred()
    this.sdk.once('connected', (context) => answer.resolve({ ...context, data: decode(context.data) }))
    this.sdk.once('disconnected', ({ code, reason }) => answer.reject(Object.assign(new Error(`disconnected: ${code} ${reason}`), { code })))
    this.sdk.connect()
    return within('the SDK to connect', answer.promise)
  }

  /** The next time that the client is disconnected for good. */
  disconnected() {
    const last = this.disconnects.at(-1)
    if (last) return Promise.resolve(last)
    return within('the SDK to be disconnected for good', new Promise((done) => this.sdk.once('disconnected', done)))
  }

  subscription(channel, options = {}) {
    return new SdkSubscription(this, channel, options)
  }

  async rpc(method, argument = {}) {
    return decode((await this.sdk.rpc(method, encode(this.sdk, argument))).data)
  }
  send(data) {
    return this.sdk.send(encode(this.sdk, data))
  }
  publish(channel, data) {
    return this.sdk.publish(channel, encode(this.sdk, data))
  }
  async history(channel, options) {
    const history = await this.sdk.history(channel, options)
    return { ...history, publications: history.publications.map((publication) => ({ ...publication, data: decode(publication.data) })) }
  }

  /** The changes of one channel that came by server-side subscription. */
  changes(channel) {
    return this.publications.filter((publication) => publication.channel === channel && publication.offset)
  }

  close() {
    opened.delete(this)
    this.sdk.disconnect()
  }

  static closeAll() {
    for (const client of opened) client.close()
  }
}

/** A client-side subscription and what it was told. */
export class SdkSubscription {
  publications = []
  subscribed = []
  joins = []
  leaves = []
  errors = []

  constructor(client, channel, options) {
    this.sdk = client.sdk.newSubscription(channel, options)
    this.sdk.on('publication', (publication) => this.publications.push({ ...publication, data: decode(publication.data) }))
    this.sdk.on('subscribed', (subscribed) => this.subscribed.push(subscribed))
    this.sdk.on('join', (join) => this.joins.push(join))
    this.sdk.on('leave', (leave) => this.leaves.push(leave))
    this.sdk.on('error', (error) => this.errors.push(error))
  }

  get changes() {
    return this.publications.filter((publication) => publication.offset)
  }

  /** Subscribes; rejects with the code of a refusal. */
  subscribe() {
    const answer = deferred()
    this.sdk.once('subscribed', answer.resolve)
    this.sdk.once('unsubscribed', ({ code, reason }) => answer.reject(Object.assign(new Error(`unsubscribed: ${code} ${reason}`), { code })))
    this.sdk.subscribe()
    return within(`the subscription to ${this.sdk.channel}`, answer.promise)
  }
}

/** The error's code, or a failure where there was no error. */
export async function refusalOf(promise) {
  try {
    await promise
  } catch (error) {
    return error.code
  }
  throw new Error('it was allowed, but should have been refused')
}
