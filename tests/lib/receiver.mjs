import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

/** A back end that receives webhooks: checks their signatures and remembers what came. It can be down, slow or in a mood. */
export class Receiver {
  #key = randomBytes(32)
  #server = null
  #sockets = new Set()
  /** The bodies of the requests that were acknowledged, in the order in which they came. */
  accepted = []
  /** Every request, acknowledged or not: `{id, body}`. */
  requests = []
  /** What is answered: a status, an object to be answered as JSON, or a function of the body that gives one of them. */
  answer = 200

  static async start() {
    const receiver = new Receiver()
    await receiver.up()
    return receiver
  }

  get url() {
    return `http://127.0.0.1:${this.port}/hook`
  }
  get secret() {
    return `whsec_${this.#key.toString('base64')}`
  }
  /** The flags of a server that is to call here. */
  get flags() {
    // The outbox is counted: nothing else may be owed.
    return ['--push-enabled=false', `--webhooks-url=${this.url}`, `--webhooks-secret=${this.secret}`, '--webhooks-timeout=1s', '--webhooks-first-wait=50ms', '--webhooks-longest-wait=200ms']
  }

  /** The flags of a server that is to ask here before anything is said. */
  get hookFlags() {
    return [`--hook-url=${this.url}`, `--hook-secret=${this.secret}`, '--hook-timeout=500ms']
  }

  /** Listens, on the same port as before. */
  up() {
    this.#server = createServer((request, response) => this.#take(request, response))
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    return new Promise((done, fail) => {
      this.#server.once('error', fail)
      this.#server.listen(this.port ?? 0, '127.0.0.1', () => {
        this.port = this.#server.address().port
        done()
      })
    })
  }

  /** Nobody listens any more, and whoever is connected is cut off. */
  down() {
    const closed = new Promise((done) => this.#server.close(done))
    for (const socket of this.#sockets) socket.destroy()
    return closed
  }

  /** What was acknowledged about a room, each once, in the order in which it first came. */
  heard(room) {
    const seen = new Set()
    return this.accepted.filter(({ id, room: of }) => of === room.id && !seen.has(id) && seen.add(id))
  }

  async #take(request, response) {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const raw = Buffer.concat(chunks)
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = request.headers
    const expected = `v1,${createHmac('sha256', this.#key).update(`${id}.${timestamp}.`).update(raw).digest('base64')}`
    const genuine = signature?.length === expected.length && timingSafeEqual(Buffer.from(signature), Buffer.from(expected))
    const fresh = Math.abs(Date.now() / 1000 - Number(timestamp)) < 300
    if (!genuine || !fresh) {
      response.writeHead(401).end('the signature is wrong')
      return
    }
    const body = JSON.parse(raw)
    this.requests.push({ id, body })
    const status = typeof this.answer === 'function' ? await this.answer(body) : this.answer
    if (response.destroyed) return
    if (typeof status === 'object') {
      this.accepted.push(body)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(status))
      return
    }
    if (status < 300) this.accepted.push(body)
    response.writeHead(status).end(status < 300 ? '' : 'not now')
  }
}
