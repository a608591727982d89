import { randomUUID } from 'node:crypto'
import http from 'node:http'
import { SdkClient } from '../lib/sdk.mjs'

/**
 * Senders that never give up a message: one that was not acknowledged stays on the list and is sent again, with the
 * same `client_id`, in the next round.
 */
export class Burst {
  /** client_id → {text, seq, rev} of what was acknowledged; the server may never lose or change it again. */
  acknowledged = new Map()
  #waiting = []
  #onAck = () => {}

  constructor(room) {
    this.room = room
  }

  write(count, label) {
    for (let n = 0; n < count; n++) this.#waiting.push({ client_id: randomUUID(), text: `${label}, ${n}` })
  }

  get unacknowledged() {
    return this.#waiting.length
  }

  /** Sends over all lines until everything is acknowledged or every line is dead. `onAck` hears the count of this run. */
  async send(lines, onAck = () => {}) {
    let count = 0
    this.#onAck = () => onAck(++count)
    const queue = this.#waiting
    this.#waiting = []
    const lost = []
    await Promise.all(lines.map((line) => Promise.all(Array.from({ length: line.inFlight }, () => this.#work(line, queue, lost)))))
    this.#waiting = [...lost, ...queue]
    return count
  }

  async #work(line, queue, lost) {
    for (let message; !line.dead && (message = queue.shift()); ) {
      try {
        const { seq, rev } = await line.send(this.room, message)
        this.acknowledged.set(message.client_id, { text: message.text, seq, rev })
        this.#onAck()
      } catch {
        lost.push(message)
        line.dead = true
      }
    }
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
