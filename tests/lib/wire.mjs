import { once } from 'node:events'
import { connect as tcpConnect } from 'node:net'
import { randomBytes } from 'node:crypto'
import WebSocket from 'ws'
import { deferred, within } from './patience.mjs'

/** The protocol spoken by hand, one JSON object at a time: for what the SDKs would never send. */
export class Wire {
  #id = 0
  #waiting = new Map()
  pushes = []
  pings = 0
  answersPings = true

  static async open(server, { headers = {}, path = '/connection/websocket', protocols = [] } = {}) {
    const wire = new Wire()
    wire.socket = new WebSocket(`ws://${server.host}${path}`, protocols, { headers })
    const closed = deferred()
    wire.closed = closed.promise
    wire.socket.on('close', (code, reason) => {
      closed.resolve({ code, reason: String(reason) })
      for (const answer of wire.#waiting.values()) answer.reject(Object.assign(new Error(`closed: ${code}`), { closed: code }))
    })
    wire.socket.on('message', (data, isBinary) => isBinary || String(data).split('\n').filter(Boolean).forEach((line) => wire.#hear(JSON.parse(line))))
    await within('the WebSocket to open', new Promise((done, fail) => {
      wire.socket.once('open', done)
      wire.socket.once('error', fail)
      wire.socket.once('unexpected-response', (_, response) => fail(Object.assign(new Error(`answered ${response.statusCode}`), { status: response.statusCode })))
    }))
    wire.socket.on('error', () => {})
    return wire
  }

  /** A connection that has connected. */
  static async connected(person, data = { rooms: 0 }) {
    const wire = await Wire.open(person.server)
    await wire.connect(person.token, data)
    return wire
  }

  connect(token, data) {
    return this.command({ connect: { ...(token ? { token } : {}), ...(data ? { data } : {}) } })
  }
  rpc(method, data = {}) {
    return this.command({ rpc: { method, data } }).then((reply) => reply.rpc?.data)
  }

  /** Sends a command and returns its reply; rejects with the reply's error. Ids count upwards unless one is given. */
  command(command, id = ++this.#id) {
    const answer = deferred()
    this.#waiting.set(id, answer)
    this.send({ id, ...command })
    return within(`the answer to ${JSON.stringify(command).slice(0, 80)}`, answer.promise)
  }

  /** Sends anything at all. */
  send(frame) {
    this.socket.send(typeof frame === 'string' || frame instanceof Uint8Array ? frame : JSON.stringify(frame))
  }

  /** The code that the server closes with. */
  async ends() {
    return (await within('the server to close the connection', this.closed)).code
  }
  close() {
    this.socket.terminate()
  }

  #hear(reply) {
    if (reply.push) this.pushes.push(reply.push)
    else if (!reply.id) {
      this.pings++
      if (this.answersPings) this.send({})
    } else {
      const answer = this.#waiting.get(reply.id)
      this.#waiting.delete(reply.id)
      if (reply.error) answer?.reject(Object.assign(new Error(reply.error.message), { reply: reply.error, code: reply.error.code }))
      else answer?.resolve(reply)
    }
  }
}

/** A socket that sends bytes which no library would. */
export class RawSocket {
  received = Buffer.alloc(0)

  static async open(server) {
    const raw = new RawSocket()
    raw.socket = tcpConnect(server.port, '127.0.0.1')
    raw.socket.on('data', (data) => (raw.received = Buffer.concat([raw.received, data])))
    raw.socket.on('error', () => {})
    raw.ended = new Promise((done) => {
      raw.socket.on('close', done)
      raw.socket.on('end', done)
    })
    await once(raw.socket, 'connect')
    return raw
  }

  /** A socket on which the WebSocket handshake is over. */
  static async upgraded(server, path = '/connection/websocket') {
    const raw = await RawSocket.open(server)
    raw.write(
      `GET ${path} HTTP/1.1\r\nHost: ${server.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    )
    const end = await raw.#until('\r\n\r\n')
    const head = raw.received.subarray(0, end).toString()
    if (!head.startsWith('HTTP/1.1 101')) throw new Error(`no upgrade: ${head}`)
    raw.received = raw.received.subarray(end)
    return raw
  }

  write(data) {
    if (!this.socket.destroyed) this.socket.write(data)
  }

  /** The status of the first HTTP answer, or null where the server only closed. */
  async status() {
    await within('an answer', Promise.race([this.#until('\r\n\r\n'), this.ended]))
    const match = /^HTTP\/1\.[01] (\d{3})/.exec(this.received.toString('latin1'))
    return match ? Number(match[1]) : null
  }

  /** The code of the close frame that the server sends. */
  async closeCode() {
    await within('the server to close', this.ended)
    let rest = this.received
    while (rest.length >= 2) {
      let length = rest[1] & 0x7f
      let at = 2
      if (length === 126) [length, at] = [rest.readUInt16BE(2), 4]
      else if (length === 127) [length, at] = [Number(rest.readBigUInt64BE(2)), 10]
      if ((rest[0] & 0x0f) === 8) return length >= 2 ? rest.readUInt16BE(at) : 1005
      rest = rest.subarray(at + length)
    }
    return null
  }

  close() {
    this.socket.destroy()
  }

  async #until(mark) {
    while (!this.received.includes(mark)) await once(this.socket, 'data')
    return this.received.indexOf(mark) + mark.length
  }
}

/** A WebSocket frame of one's own making. */
export function frame({ fin = true, rsv = 0, opcode = 1, masked = true, payload = '', lengthForm, length }) {
  const body = Buffer.from(payload)
  const size = length ?? body.length
  const form = lengthForm ?? (size < 126 ? 7 : size < 65_536 ? 16 : 64)
  const head = [Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode])]
  const maskBit = masked ? 0x80 : 0
  if (form === 7) head.push(Buffer.from([maskBit | size]))
  else if (form === 16) {
    const bytes = Buffer.alloc(3)
    bytes[0] = maskBit | 126
    bytes.writeUInt16BE(size, 1)
    head.push(bytes)
  } else {
    const bytes = Buffer.alloc(9)
    bytes[0] = maskBit | 127
    bytes.writeBigUInt64BE(BigInt(size), 1)
    head.push(bytes)
  }
  if (!masked) return Buffer.concat([...head, body])
  const mask = randomBytes(4)
  return Buffer.concat([...head, mask, body.map((byte, index) => byte ^ mask[index % 4])])
}
