import { execFileSync, spawn } from 'node:child_process'
import { eventually, within } from './patience.mjs'
import { dieWithParent, freePort } from './server.mjs'

/** A real Redis that keeps nothing, on a free port of this machine. */
export class Redis {
  #child
  log = ''

  static async start() {
    const redis = new Redis()
    redis.port = await freePort()
    const [command, ...rest] = dieWithParent(['redis-server', '--bind', '127.0.0.1', '--port', `${redis.port}`, '--save', '', '--appendonly', 'no'])
    redis.#child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [redis.#child.stdout, redis.#child.stderr]) stream.on('data', (text) => (redis.log += text))
    await eventually('Redis to be ready', () => {
      if (redis.#child.exitCode !== null) throw new Error(redis.log)
      return execFileSync('redis-cli', ['-p', `${redis.port}`, 'ping'], { encoding: 'utf8', stdio: 'pipe' }).startsWith('PONG')
    })
    return redis
  }

  get url() {
    return `redis://127.0.0.1:${this.port}`
  }

  async stop() {
    const ended = new Promise((done) => this.#child.once('close', done))
    this.#child.kill('SIGKILL')
    await within('Redis to end', ended)
  }
}
