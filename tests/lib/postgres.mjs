import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { eventually, within } from './patience.mjs'
import { dieWithParent, freePort } from './server.mjs'

const PASSWORD = 'not-a-secret'

/** A real PostgreSQL with a data directory of its own, on a free port of this machine. */
export class Postgres {
  #child
  #directory
  #programs = programs()
  #asUser = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
  log = ''

  static async start() {
    const postgres = new Postgres()
    await postgres.#start()
    return postgres
  }

  get url() {
    return `postgres://chinwag:${PASSWORD}@127.0.0.1:${this.port}/postgres`
  }

  async stop() {
    const ended = new Promise((done) => this.#child.once('close', done))
    this.#child.kill('SIGQUIT')
    await within('PostgreSQL to end', ended)
    this.#remove()
  }

  async #start() {
    this.#directory = mkdtempSync(join(tmpdir(), 'chinwag-test-postgres-'))
    process.once('exit', () => this.#remove())
    const data = join(this.#directory, 'data')
    const password = join(this.#directory, 'password')
    mkdirSync(data)
    writeFileSync(password, PASSWORD)
    if (this.#asUser.length > 0) {
      // PostgreSQL refuses to be root.
      const { uid, gid } = userPostgres()
      for (const path of [this.#directory, data, password]) chownSync(path, uid, gid)
    }
    const initdb = [...this.#asUser, join(this.#programs, 'initdb'), '-D', data, '--username=chinwag', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync', '--pwfile', password]
    execFileSync(initdb[0], initdb.slice(1), { stdio: 'pipe' })
    this.port = await freePort()
    const postgres = [join(this.#programs, 'postgres'), '-D', data, '-c', 'listen_addresses=127.0.0.1', '-c', `port=${this.port}`, '-c', 'unix_socket_directories=']
    const [command, ...rest] = [...this.#asUser, ...dieWithParent(postgres)]
    this.#child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on('data', (text) => (this.log += text))
    await eventually('PostgreSQL to be ready', () => {
      if (this.#child.exitCode !== null) throw new Error(this.log)
      execFileSync(join(this.#programs, 'psql'), ['--command', 'SELECT 1', this.url], { stdio: 'pipe' })
      return true
    })
  }

  #remove() {
    if (this.#child?.exitCode === null) this.#child.kill('SIGQUIT')
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

/** The directory of the newest server's programs. */
export function programs() {
  const hasServer = (directory) => ['initdb', 'postgres', 'psql'].every((name) => existsSync(join(directory, name)))
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort().reverse().map((version) => join(debian, version, 'bin')) : []
  const found = [...process.env.PATH.split(delimiter), ...versions].find(hasServer)
  if (!found) throw new Error('there is no PostgreSQL server; install it: apt-get install postgresql')
  return found
}

export function userPostgres() {
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
