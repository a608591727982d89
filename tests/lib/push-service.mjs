import { createECDH, createPublicKey, randomBytes, verify } from 'node:crypto'
import { createServer } from 'node:http'
import ece from 'http_ece'

/** A push service as browsers have one: it knows its devices, checks who sends (VAPID), and reads what they would. */
export class PushService {
  #server = null
  #sockets = new Set()
  #devices = new Map()
  /** What was accepted, in the order in which it came: `{device, payload, topic, ttl, subject, key}`. */
  accepted = []
  /** The devices of all requests, accepted or not. */
  asked = []
  /** What is answered: a status, `{status, headers}`, or a function of the payload and the device that gives one. */
  answer = 201

  static async start() {
    const service = new PushService()
    service.#server = createServer((request, response) => service.#take(request, response))
    service.#server.on('connection', (socket) => {
      service.#sockets.add(socket)
      socket.on('close', () => service.#sockets.delete(socket))
    })
    await new Promise((done, fail) => {
      service.#server.once('error', fail)
      service.#server.listen(0, '127.0.0.1', done)
    })
    service.origin = `http://127.0.0.1:${service.#server.address().port}`
    return service
  }

  /** The flags of a server that may tell devices here, and soon. */
  get flags() {
    return ['--push-allow-private-endpoints=true', '--push-wait=300ms', '--push-timeout=3s', '--push-first-wait=50ms', '--push-longest-wait=200ms', '--push-vapid-subject=mailto:ops@chinwag.example']
  }

  stop() {
    const closed = new Promise((done) => this.#server.close(done))
    for (const socket of this.#sockets) socket.destroy()
    return closed
  }

  /** A new device, as a browser's subscription has it. */
  device(name = randomBytes(4).toString('hex')) {
    const keys = createECDH('prime256v1')
    const auth = randomBytes(16)
    this.#devices.set(`/${name}`, { name, keys, auth })
    return { endpoint: `${this.origin}/${name}`, keys: { p256dh: keys.generateKeys('base64url'), auth: auth.toString('base64url') }, device: name }
  }

  /** What a device was told. */
  told(name) {
    return this.accepted.filter(({ device }) => device === name).map(({ payload }) => payload)
  }

  async #take(request, response) {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const device = this.#devices.get(request.url)
    if (!device) return response.writeHead(404).end()
    const { authorization = '', topic, ttl, 'content-encoding': encoding } = request.headers
    const vouched = vapid(authorization, this.origin)
    if (request.method !== 'POST' || encoding !== 'aes128gcm' || !(Number(ttl) > 0) || !vouched) return response.writeHead(400).end('not a push message')
    const plain = ece.decrypt(Buffer.concat(chunks), { version: 'aes128gcm', privateKey: device.keys, authSecret: device.auth.toString('base64url') })
    const payload = JSON.parse(plain)
    this.asked.push(device.name)
    const told = typeof this.answer === 'function' ? await this.answer(payload, device.name) : this.answer
    if (response.destroyed) return
    const { status, headers = {} } = typeof told === 'number' ? { status: told } : told
    if (status < 300) this.accepted.push({ device: device.name, payload, topic, ttl, ...vouched })
    response.writeHead(status, headers).end()
  }
}

/** Who vouches for a request, if the signature is theirs and for this push service (RFC 8292). */
function vapid(authorization, origin) {
  const [, token, key] = /^vapid t=([^,]+), k=([\w-]+)$/.exec(authorization) ?? []
  if (!token) return null
  const [header, claims, signature] = token.split('.')
  const point = Buffer.from(key, 'base64url')
  const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') }
  const publicKey = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }
  const genuine = verify('sha256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, 'base64url'))
  const now = Date.now() / 1000
  return genuine && aud === origin && exp > now && exp < now + 24 * 3600 ? { key, subject: sub } : null
}
