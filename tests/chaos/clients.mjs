// Clients of the official SDK, unmodified, for a run of chaos: what they see and do is printed, one line of JSON each, and
// goes into the same history as everybody else's. The first line of the input says who they are; its end is theirs.
import { createInterface } from 'node:readline'
import { Centrifuge } from 'centrifuge'
import WebSocket from 'ws'

/** The same for the SDK as for the other clients: how long the server may be silent beyond its ping, and so on. */
const OPTIONS = { minReconnectDelay: 20, maxReconnectDelay: 200, maxServerPingDelay: 2000, timeout: 4000 }
const SEND_AGAIN_AFTER_MS = 200
/** How many messages one client has on their way at a time. */
const MAX_OPEN = 4

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)
const pause = (ms) => new Promise((done) => setTimeout(done, ms))

/** Messages that wait for the word that they were put down as sent. */
const asked = new Map()
let config
let turn = 0
const well = []
let writing = true

/** The next node in turn, as a balancer chooses it: one that is well, and any if none is. */
function nextNode() {
  const first = turn++
  const order = config.nodes.map((_, n) => (first + n) % config.nodes.length)
  return order.find((node) => well[node]) ?? order[0]
}

async function checkHealth(node) {
  for (;;) {
    const answer = fetch(`http://${config.nodes[node]}/readyz`, { signal: AbortSignal.timeout(1000) })
    well[node] = await answer.then(({ ok }) => ok).catch(() => false)
    await pause(500)
  }
}

class Client {
  #open = 0
  #number = 0

  constructor({ name, user, token, rooms }) {
    Object.assign(this, { name, user, rooms })
    const client = this
    const RoundRobin = class extends WebSocket {
      constructor(url, protocols) {
        client.node = nextNode()
        super(url.replace('any-node', config.nodes[client.node]), protocols)
      }
    }
    this.sdk = new Centrifuge('ws://any-node/connection/websocket', { websocket: RoundRobin, token, data: { rooms: 0 }, ...OPTIONS })
    this.sdk.on('connected', () => say({ event: 'connected', client: name, node: this.node }))
    this.sdk.on('connecting', ({ code, reason }) => say({ event: 'connecting', client: name, why: `${code} ${reason}` }))
    this.sdk.on('disconnected', ({ code, reason }) => say({ event: 'problem', what: `${name} is disconnected for good: ${code} ${reason}` }))
    for (const room of rooms) this.#follow(room)
    this.sdk.connect()
    this.#write()
  }

  #follow(room) {
    const since = { offset: 0, epoch: config.epoch }
    const subscription = this.sdk.newSubscription(`room:${room}`, { since, positioned: true, recoverable: true })
    subscription.on('publication', ({ offset, data }) => {
      if (offset) say({ event: 'received', client: this.name, room, offset, data })
    })
    subscription.on('subscribed', ({ wasRecovering, recovered, streamPosition }) => {
      if (!wasRecovering || !recovered || streamPosition?.epoch !== config.epoch) say({ event: 'told', client: this.name, room })
    })
    subscription.on('unsubscribed', ({ code, reason }) =>
      say({ event: 'problem', what: `${this.name} follows ${room} no more: ${code} ${reason}` }),
    )
    subscription.subscribe()
  }

  async #write() {
    for (;;) {
      await pause(config.every_ms * (0.5 + Math.random()))
      if (!writing) return
      if (this.#open >= MAX_OPEN) continue
      this.#number++
      const room = this.rooms[Math.floor(Math.random() * this.rooms.length)]
      this.#open++
      this.#send(`${config.seed}-${this.user}-${this.#number}-100`, room).finally(() => this.#open--)
    }
  }

  /** Sends until there is an answer, always under the same id. */
  async #send(client_id, room) {
    for (;;) {
      const text = await new Promise((go) => {
        asked.set(client_id, go)
        say({ event: 'invoked', id: client_id, room })
      })
      try {
        const { data } = await this.sdk.rpc('message.send', { room, client_id, text })
        return say({ event: 'acknowledged', id: client_id, room, rev: data.rev })
      } catch (error) {
        const refused = error.code >= 101 && error.code !== 111 && !error.temporary
        if (refused) return say({ event: 'refused', id: client_id, why: `${error.code} ${error.message}` })
        say({ event: 'unknown', id: client_id })
      }
      await pause(SEND_AGAIN_AFTER_MS)
    }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line)
  if (told.clients) {
    config = told
    config.nodes.forEach((_, node) => checkHealth(node))
    for (const client of config.clients) new Client(client)
  } else if (told.go) {
    asked.get(told.go)?.(told.text)
    asked.delete(told.go)
  } else if (told.stop) {
    writing = false
  }
}
process.exit(0)
