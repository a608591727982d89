import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import './own-certificate.mjs'
import { eventually, PATIENCE_MS, within } from './patience.mjs'
import { binary, dieWithParent, NO_RATE_LIMITS } from './server.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * What `make cluster` starts: PostgreSQL, a bus, a balancer and three nodes. Nodes that end are started again.
 * `url` is the balancer's; each of `nodes` has a `name`, a `url` of its own and a `pid`.
 */
export class Cluster {
  #process
  #events = []
  log = ''

  static async start({ balancer = 'haproxy', bus = 'redis', flags = [] } = {}) {
    const cluster = new Cluster()
    const args = ['cluster', '--json', '--port', '0', '--balancer', balancer, '--bus', bus, '--binary', binary(), '--', ...NO_RATE_LIMITS, ...flags]
    const [command, ...rest] = dieWithParent([testkit(), ...args])
    cluster.#process = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
    cluster.#process.stderr.on('data', (text) => (cluster.log += text))
    createInterface({ input: cluster.#process.stdout }).on('line', (line) => cluster.#take(JSON.parse(line)))
    const up = await eventually('the cluster to be up', () => {
      cluster.#mustRun()
      return cluster.#events.find(({ event }) => event === 'up')
    }, PATIENCE_MS * 3)
    Object.assign(cluster, { url: up.url, nodes: up.nodes })
    return cluster
  }

  /** Kills a node as a power cut would. It is started again some seconds later; the promise is of that. */
  kill(node, signal = 'SIGKILL') {
    const { pid } = node
    process.kill(pid, signal)
    return eventually(`${node.name} to be back`, () => {
      this.#mustRun()
      return node.pid !== pid
    }, PATIENCE_MS * 3).catch((error) => {
      throw new Error(`${error.message}\n--- what it printed:\n${readFileSync(node.log, 'utf8').slice(-4096)}`)
    })
  }

  async stop() {
    const ended = new Promise((done) => this.#process.once('close', done))
    this.#process.kill('SIGTERM')
    await within('the cluster to be gone', ended)
  }

  #mustRun() {
    const { exitCode, signalCode } = this.#process
    if (exitCode !== null || signalCode !== null) throw new Error(`the cluster has ended (${exitCode ?? signalCode}): ${this.log}`)
  }

  #take(event) {
    this.#events.push(event)
    if (event.event !== 'started') return
    const node = this.nodes.find(({ name }) => name === event.node.name)
    Object.assign(node, event.node)
  }
}

/** The testkit's program that `make test` built; the newer one where there are two. */
function testkit() {
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target')
  const built = ['debug', 'release'].map((profile) => join(target, profile, 'chinwag-testkit')).find((path) => existsSync(path))
  if (!built) throw new Error('there is no testkit; run `cargo build -p chinwag-testkit` first')
  return built
}
