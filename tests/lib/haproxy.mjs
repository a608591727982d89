import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeCertificate } from './own-certificate.mjs'
import { eventually, within } from './patience.mjs'
import { dieWithParent, freePort } from './server.mjs'

const CONFIGURATION = fileURLToPath(new URL('../../deploy/haproxy/by-role.cfg', import.meta.url))

/** A real HAProxy before two gateways and two API nodes, as the project ships its configuration. */
export class Haproxy {
  #child
  #directory = mkdtempSync(join(tmpdir(), 'chinwag-test-haproxy-'))
  log = ''

  static async before({ gateways, apis }) {
    const haproxy = new Haproxy()
    process.once('exit', () => haproxy.#remove())
    haproxy.port = await freePort()
    const env = {
      ...process.env,
      CHINWAG_TLS_BIND: haproxy.host,
      CHINWAG_HTTP_BIND: `127.0.0.1:${await freePort()}`,
      CHINWAG_CERTIFICATE: makeCertificate(haproxy.#directory),
      HAPROXY_STATS: join(haproxy.#directory, 'admin.sock'),
    }
    for (const [n, { host }] of gateways.entries()) env[`CHINWAG_GATEWAY_${n + 1}`] = host
    for (const [n, { host }] of apis.entries()) env[`CHINWAG_API_${n + 1}`] = host
    const [command, ...rest] = dieWithParent(['/usr/sbin/haproxy', '-db', '-f', CONFIGURATION])
    haproxy.#child = spawn(command, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [haproxy.#child.stdout, haproxy.#child.stderr]) stream.on('data', (text) => (haproxy.log += text))
    await eventually('HAProxy to be ready', async () => {
      if (haproxy.#child.exitCode !== null) throw new Error(haproxy.log)
      return (await fetch(`${haproxy.url}/readyz`)).ok
    })
    return haproxy
  }

  get host() {
    return `127.0.0.1:${this.port}`
  }
  get url() {
    return `https://${this.host}`
  }

  async stop() {
    const ended = new Promise((done) => this.#child.once('close', done))
    this.#child.kill('SIGKILL')
    await within('HAProxy to end', ended)
    this.#remove()
  }

  #remove() {
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
