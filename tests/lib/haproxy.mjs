import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { eventually, within } from './patience.mjs'
import { dieWithParent, freePort } from './server.mjs'

const CONFIGURATION = fileURLToPath(new URL('haproxy.cfg', import.meta.url))

/** A real HAProxy before two gateways and two API nodes. */
export class Haproxy {
  #child
  log = ''

  static async before({ gateways, apis }) {
    const haproxy = new Haproxy()
    haproxy.port = await freePort()
    const [command, ...rest] = dieWithParent(['/usr/sbin/haproxy', '-db', '-f', CONFIGURATION])
    const places = { GATEWAY_1: gateways[0].host, GATEWAY_2: gateways[1].host, API_1: apis[0].host, API_2: apis[1].host }
    haproxy.#child = spawn(command, rest, { env: { ...process.env, PORT: `${haproxy.port}`, ...places }, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [haproxy.#child.stdout, haproxy.#child.stderr]) stream.on('data', (text) => (haproxy.log += text))
    await eventually('HAProxy to be ready', async () => {
      if (haproxy.#child.exitCode !== null) throw new Error(haproxy.log)
      return (await fetch(`${haproxy.url}/readyz`)).ok
    })
    return haproxy
  }

  get url() {
    return `http://127.0.0.1:${this.port}`
  }

  async stop() {
    const ended = new Promise((done) => this.#child.once('close', done))
    this.#child.kill('SIGKILL')
    await within('HAProxy to end', ended)
  }
}
