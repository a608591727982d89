import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually, PATIENCE_MS, within } from './patience.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** For tests that send more in a second than people do. */
export const NO_RATE_LIMITS = ['sign-up', 'sign-in', 'wrong-passwords', 'requests', 'messages', 'room-messages', 'strangers', 'commands'].map(
  (name) => `--rate-limits-${name}=off`,
)

const running = new Set()
process.on('exit', () => {
  for (const server of running) server.removeEverything()
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))

/** The server under test: a real process on a free loopback port, with a data directory of its own. */
export class Server {
  #child = null
  #exit = Promise.resolve(null)
  #flags
  /** Everything that it printed, for the message of a failing test. */
  log = ''

  constructor({ flags = [], port, dataDir }) {
    this.#flags = flags
    this.port = port
    this.dataDir = dataDir
  }

  /** Starts a server and waits until it is ready. */
  static async start({ flags = NO_RATE_LIMITS } = {}) {
    const server = new Server({ flags, port: await freePort(), dataDir: mkdtempSync(join(tmpdir(), 'chinwag-test-')) })
    running.add(server)
    await server.start()
    return server
  }

  get host() {
    return `127.0.0.1:${this.port}`
  }
  get url() {
    return `http://${this.host}`
  }
  get pid() {
    return this.#child?.pid
  }
  get alive() {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Starts the process, on the same port and data as before. */
  async start() {
    const args = ['serve', '--listen', this.host, '--data-dir', this.dataDir, ...this.#flags]
    // Settings in the environment of whoever runs the tests are not the tests' settings.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CHINWAG_')))
    // The kernel ends the server if this process is killed before it can.
    const [command, ...rest] = dieWithParent([binary(), ...args])
    const child = spawn(command, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => this.#keep(text))
    this.#exit = new Promise((done) => child.once('close', (code, signal) => done({ code, signal })))
    child.once('error', (error) => this.#keep(`${error}\n`))
    await eventually('the server to be ready', async () => {
      if (!this.alive) throw new Error('it has ended')
      return (await fetch(`${this.url}/readyz`)).ok
    }).catch((error) => {
      throw new Error(`${error.message}\n--- what the server printed:\n${this.log}`)
    })
    return this
  }

  /** Ends the process as a power cut would. */
  async kill() {
    process.kill(this.pid, 'SIGKILL')
    await within('the killed server to be gone', this.#exit)
  }

  /** Asks the process to end, and returns how it did. */
  async terminate(signal = 'SIGTERM') {
    process.kill(this.pid, signal)
    return within('the server to drain and end', this.#exit, PATIENCE_MS + 40_000)
  }

  /** Ends the process and forgets its data. */
  async stop() {
    if (this.alive) await this.kill()
    this.removeEverything()
  }

  removeEverything() {
    running.delete(this)
    if (this.alive) this.#child.kill('SIGKILL')
    rmSync(this.dataDir, { recursive: true, force: true })
  }

  #keep(text) {
    this.log = (this.log + text).slice(-64 * 1024)
  }
}

/** The binary that `make test` built; the newer one where there are two. */
export function binary() {
  if (process.env.TEST_SERVER_BINARY) return process.env.TEST_SERVER_BINARY
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target')
  const built = ['debug', 'release'].map((profile) => join(target, profile, 'chinwag')).filter((path) => existsSync(path))
  if (built.length === 0) throw new Error('there is no server to test; run `cargo build -p chinwag` first')
  return built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0]
}

export function dieWithParent(command) {
  return existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--', ...command] : command
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
