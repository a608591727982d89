import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import WebSocket from 'ws'
import { eventually, PATIENCE_MS, within } from './patience.mjs'
import { binary, dieWithParent, freePort } from './server.mjs'

/** The key that tests sign with. */
export const KEY = { accessKeyId: 'AKIDTEST', secretAccessKey: 'the-secret-of-the-tests' }

export const CREDENTIALS_TOML = `
[[credentials]]
access_key_id = "${KEY.accessKeyId}"
secret_access_key = "${KEY.secretAccessKey}"
`

/** A gateway under test: a real process with a configuration of its own. */
export class Gateway {
  #child = null
  #exit = Promise.resolve(null)
  log = ''

  /** `configure` makes the configuration's text of the ports: `{ port, operator, directory }`. */
  static async start(configure, { env = {}, ports, scheme = 'http' } = {}) {
    const gateway = new Gateway()
    gateway.scheme = scheme
    gateway.port = ports?.port ?? (await freePort())
    gateway.operator = ports?.operator ?? (await freePort())
    gateway.directory = mkdtempSync(join(tmpdir(), 'chinwag-test-gateway-'))
    gateway.config = join(gateway.directory, 'gateway.toml')
    const text = configure(gateway)
    const listens = `listen = "127.0.0.1:${gateway.port}"\n`
    writeFileSync(gateway.config, text.includes('[node]') ? listens + text : `${listens}${text}\n[node]\nlisten = "127.0.0.1:${gateway.operator}"\n`)
    gateway.env = env
    await gateway.begin()
    return gateway
  }

  async begin() {
    const [command, ...rest] = dieWithParent([binary(), 'gateway', '--config', this.config])
    const own = Object.entries(process.env).filter(([name]) => !/^(CHINWAG|AWS)_/.test(name))
    const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...Object.fromEntries(own), ...this.env } })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (this.log = (this.log + text).slice(-131072)))
    this.#exit = new Promise((done) => child.once('close', (code, signal) => done({ code, signal })))
    await eventually('the gateway to be ready', async () => {
      if (child.exitCode !== null) throw new Error(this.log)
      return (await fetch(`http://127.0.0.1:${this.operator}/readyz`)).ok
    })
  }

  get pid() {
    return this.#child.pid
  }
  get endpoint() {
    return `${this.scheme}://127.0.0.1:${this.port}`
  }

  async metrics() {
    return (await fetch(`http://127.0.0.1:${this.operator}/metrics`)).text()
  }

  /** A figure, all its labels that match together. */
  async figure(name, labels = '') {
    const lines = (await this.metrics()).split('\n').filter((line) => line.startsWith(name) && line.includes(labels))
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
  }

  async terminate(signal = 'SIGTERM') {
    this.#child.kill(signal)
    return within('the gateway to end', this.#exit, PATIENCE_MS + 30_000)
  }

  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL')
      await within('the gateway to be gone', this.#exit)
    }
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** A client of a WebSocket API that keeps what it hears. */
export class Client {
  heard = []

  /** Connects; rejects with the response's status where it is not let in. */
  static connect(url, { protocols, headers, ...options } = {}) {
    const client = new Client()
    client.socket = new WebSocket(url, protocols, { headers, perMessageDeflate: false, ...options })
    client.closed = new Promise((done) => client.socket.once('close', (code, reason) => done({ code, reason: String(reason) })))
    client.socket.on('message', (data, isBinary) => client.heard.push(isBinary ? data : String(data)))
    const opened = new Promise((done, reject) => {
      client.socket.once('open', () => done(client))
      client.socket.once('error', reject)
      client.socket.once('unexpected-response', (_request, response) => {
        let body = ''
        response.on('data', (part) => (body += part))
        response.on('end', () => reject(Object.assign(new Error(`refused with ${response.statusCode}`), { status: response.statusCode, body, headers: response.headers })))
      })
    })
    return within('a WebSocket to open', opened)
  }

  send(message) {
    this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message))
  }

  /** The next message that has not been looked at. */
  async next(what = 'a message') {
    await eventually(`${what} to come`, () => this.heard.length > 0)
    const message = this.heard.shift()
    try {
      return JSON.parse(message)
    } catch {
      return message
    }
  }

  close(code = 1000, reason = '') {
    this.socket.close(code, reason)
    return within('the WebSocket to close', this.closed)
  }
}
