import { spawn } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './command.mjs'
import { eventually } from './patience.mjs'
import { programs, userPostgres } from './postgres.mjs'
import { dieWithParent } from './server.mjs'

/** Where everything is. `core` has the balancer, PostgreSQL and Redis, and is the router between all the others. */
export const BALANCER = '10.89.1.2'
export const STORE = '10.89.9.1'
export const BUS = '10.89.9.2'
export const NODES = { 'zone-a': '10.89.2.2', 'zone-b': '10.89.3.2' }

const ip = (...args) => run('ip', args)

/**
 * Networks on one machine: this process is in the world, which only sees the core. It must be in a network and mount
 * namespace of its own (`unshare --net --mount`), so that nothing of this is seen outside, and all of it ends with it.
 */
export async function build() {
  mkdirSync('/run/netns', { recursive: true })
  await run('mount', ['-t', 'tmpfs', 'none', '/run/netns'])
  await ip('link', 'set', 'lo', 'up')
  for (const name of ['core', ...Object.keys(NODES)]) {
    await ip('netns', 'add', name)
    await ip('-n', name, 'link', 'set', 'lo', 'up')
  }
  await run('ip', ['netns', 'exec', 'core', 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'])
  for (const address of [STORE, BUS]) await ip('-n', 'core', 'address', 'add', `${address}/32`, 'dev', 'lo')
  await cable('world', '10.89.1.1', BALANCER, [])
  await cable('zone-a', NODES['zone-a'], '10.89.2.1', ['-n', 'zone-a'])
  await cable('zone-b', NODES['zone-b'], '10.89.3.1', ['-n', 'zone-b'])
}

/** A cable between a place and the core, and the place's way to everywhere through it. */
async function cable(name, here, core, place) {
  const out = `out-${name}`
  await ip('link', 'add', name, 'netns', 'core', 'type', 'veth', 'peer', 'name', out)
  if (place.length > 0) await ip('link', 'set', out, 'netns', name)
  await ip('-n', 'core', 'address', 'add', `${core}/24`, 'dev', name)
  await ip('-n', 'core', 'link', 'set', name, 'up')
  await ip(...place, 'address', 'add', `${here}/24`, 'dev', out)
  await ip(...place, 'link', 'set', out, 'up')
  await ip(...place, 'route', 'add', 'default', 'via', core)
}

/** The cable to a zone is cut, or mended. */
export const cut = (zone) => ip('-n', 'core', 'link', 'set', zone, 'down')
export const mend = (zone) => ip('-n', 'core', 'link', 'set', zone, 'up')
/** A zone no longer reaches an address, though everybody reaches the zone. */
export const hide = (zone, address) => ip('-n', zone, 'route', 'add', 'blackhole', `${address}/32`)
export const show = (zone, address) => ip('-n', zone, 'route', 'del', 'blackhole', `${address}/32`)

const running = []
const directories = []

/** Ends all that was started. */
export function end() {
  for (const child of running) child.kill('SIGKILL')
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
}

export function directory() {
  const made = mkdtempSync(join(tmpdir(), 'chinwag-test-zones-'))
  directories.push(made)
  return made
}

/** Starts a program in a zone; `log` is what it printed. */
export function start(zone, command, env = {}) {
  const [program, ...args] = dieWithParent(['ip', 'netns', 'exec', zone, ...command])
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  running.push(child)
  child.log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (child.log = (child.log + text).slice(-32768)))
  return child
}

/** PostgreSQL in the core, as the walk-through sets it up. */
export async function postgres(password) {
  const program = (name) => join(programs(), name)
  const [base, data] = [directory(), 'data']
  const { uid, gid } = userPostgres()
  const asPostgres = ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups']
  writeFileSync(join(base, 'password'), password)
  for (const path of [base, join(base, 'password')]) chownSync(path, uid, gid)
  await run(asPostgres[0], [...asPostgres.slice(1), program('initdb'), '-D', join(base, data), '--username=chinwag', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync', '--pwfile', join(base, 'password')])
  writeFileSync(join(base, data, 'pg_hba.conf'), 'host all chinwag 10.89.0.0/16 scram-sha-256\n')
  const server = start('core', [...asPostgres, ...dieWithParent([program('postgres'), '-D', join(base, data), '-c', `listen_addresses=${STORE}`, '-c', 'unix_socket_directories='])])
  const url = `postgres://chinwag:${password}@${STORE}/postgres`
  await eventually('PostgreSQL to be ready', async () => {
    if (server.exitCode !== null) throw new Error(server.log)
    await run(program('psql'), ['--command', 'SELECT 1', url])
    return true
  })
  return url
}
