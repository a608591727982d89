import { randomUUID } from 'node:crypto'
import http from 'node:http'
import { SdkClient } from '../lib/sdk.mjs'

/**
 * Messages that are never given up: one that was not acknowledged stays on its author's list and is sent again by
 * the same author, with the same `client_id`, in the next round.
 */
export class Burst {
  /** client_id → {text, seq, rev} of what was acknowledged; the server may never lose or change it again. */
  acknowledged = new Map()
  /** author's id → what is not acknowledged. */
  #waiting

  constructor(room, authors) {
    this.room = room
    this.#waiting = new Map(authors.map(({ id }) => [id, []]))
  }

  write(count, label) {
    const lists = [...this.#waiting.values()]
    for (let n = 0; n < count; n++) lists[n % lists.length].push({ client_id: randomUUID(), text: `${label}, ${n}` })
  }

  get unacknowledged() {
    return [...this.#waiting.values()].reduce((count, list) => count + list.length, 0)
  }

  /** Sends over all lines until everything is acknowledged or every line is dead. `onAck` hears the count of this run. */
  async send(lines, onAck = () => {}) {
    let count = 0
    const work = async (line) => {
      const queue = this.#waiting.get(line.person.id)
      for (let message; !line.dead && (message = queue.shift()); ) {
        try {
          const { seq, rev } = await line.send(this.room, message)
          this.acknowledged.set(message.client_id, { text: message.text, seq, rev })
          onAck(++count)
        } catch {
          queue.push(message)
          line.dead = true
        }
      }
    }
    await Promise.all(lines.flatMap((line) => Array.from({ length: line.inFlight }, () => work(line))))
  }
}

/** Sends over HTTP, on connections that stay open. */
export class RestLine {
  inFlight = 16
  dead = false
  #agent = new http.Agent({ keepAlive: true, maxSockets: this.inFlight })

  constructor(person) {
    this.person = person
  }

  send(room, message) {
    const body = JSON.stringify(message)
    const { server, token } = this.person
    return new Promise((resolve, reject) => {
      const request = http.request(
        `${server.url}/api/v1/rooms/${room.id}/messages`,
        {
          method: 'POST',
          agent: this.#agent,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        },
        (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (part) => (text += part))
          response.on('error', reject)
          response.on('close', () => {
            // An acknowledgement counts only when all of it came.
            if (!response.complete) return reject(new Error('cut off'))
            if (response.statusCode === 200 || response.statusCode === 201) resolve(JSON.parse(text))
            else reject(new Error(`${response.statusCode} ${text}`))
          })
        },
      )
      request.on('error', reject)
      request.end(body)
    })
  }

  close() {
    this.#agent.destroy()
  }
}

/** Sends in real time, through the official SDK. */
export class SdkLine {
  inFlight = 32
  dead = false

  static async open(person, transport = 'WebSocket with JSON') {
    const line = new SdkLine()
    line.person = person
    line.client = await SdkClient.connected(transport, person, { data: { rooms: 0 } })
    line.client.sdk.on('connecting', () => (line.dead = true))
    return line
  }

  async send(room, message) {
    return this.client.rpc('message.send', { room: room.id, ...message })
  }

  close() {
    this.client.close()
  }
}
