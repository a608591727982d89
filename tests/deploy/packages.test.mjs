// The Debian package and the systemd unit: built, looked into, and installed in an empty Debian, where the node runs.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { attempt, run } from '../lib/command.mjs'
import { Debian, needsDebian } from '../lib/debian.mjs'
import { DEPLOY, needs, ROOT } from '../lib/deploy.mjs'
import { eventually } from '../lib/patience.mjs'
import { call, signUp } from '../lib/people.mjs'
import { SdkClient } from '../lib/sdk.mjs'
import { binary, freePort } from '../lib/server.mjs'

const UNIT = join(DEPLOY, 'systemd/chinwag.service')

/** What the unit's SystemCallFilter lines come to, one after the other. */
async function allowedCalls(unit) {
  const allowed = new Set()
  for (const [, taken, names] of unit.matchAll(/^SystemCallFilter=(~?)(.*)$/gm)) {
    for (const name of names.split(' ')) {
      for (const one of await callsOf(name)) taken ? allowed.delete(one) : allowed.add(one)
    }
  }
  return allowed
}

/** The system calls of a group of systemd's, those of the groups in it included. */
async function callsOf(name) {
  if (!name.startsWith('@')) return [name]
  const members = (await run('systemd-analyze', ['syscall-filter', name])).match(/(?<=^    )[a-z0-9_@-]+$/gm)
  return (await Promise.all(members.map(callsOf))).flat()
}

describe('the systemd unit', () => {
  test('is one that systemd understands', needs('systemd-analyze'), async () => {
    // Only what it says of this unit counts: the machine has others. The binary is not installed here.
    const { out } = await attempt('systemd-analyze', ['verify', '--man=no', UNIT])
    const said = out.split('\n').filter((line) => line.includes('chinwag') && !line.includes('/usr/bin/chinwag is not executable'))
    assert.deepEqual(said, [])
  })

  test('exposes less than 1.5 of 10 by the measure of systemd-analyze security', needs('systemd-analyze'), async () => {
    await run('systemd-analyze', ['security', '--offline=true', '--threshold=15', UNIT])
  })

  test('allows every system call that a node makes, from its start through a conversation to its drain', needs('strace', 'systemd-analyze'), async () => {
    const directory = mkdtempSync(join(tmpdir(), 'chinwag-test-calls-'))
    try {
      const [seen, node] = [join(directory, 'calls'), { url: `http://127.0.0.1:${await freePort()}` }]
      const serve = [binary(), 'serve', '--listen', new URL(node.url).host, '--data-dir', join(directory, 'data'), '--drain-not-ready', '0s']
      const traced = attempt('strace', ['-f', '-qq', '-o', seen, ...serve])
      await eventually('the traced node to be ready', async () => (await fetch(`${node.url}/readyz`)).ok)
      const pid = readFileSync(seen, 'utf8').match(/^(\d+)/)[1]
      const ada = await signUp(node)
      const room = await ada.createRoom('group')
      const client = await SdkClient.connected('WebSocket with JSON', ada)
      await ada.say(room, 'under watch')
      await eventually('the message', () => client.changes(`room:${room.id}`).length > 0)
      process.kill(Number(pid), 'SIGTERM')
      assert.equal((await traced).code, 0)
      client.close()
      const made = new Set(readFileSync(seen, 'utf8').match(/(?<=^\d+ +)[a-z0-9_]+(?=\()/gm))
      assert.ok(made.has('fdatasync') && made.has('accept4'), 'the trace saw a node at work')
      const allowed = await allowedCalls(readFileSync(UNIT, 'utf8'))
      // What starts the process is allowed by systemd in any case.
      const always = new Set(['execve', 'exit', 'exit_group', 'rt_sigreturn'])
      assert.deepEqual([...made].filter((name) => !always.has(name) && !allowed.has(name)), [])
    } finally {
      SdkClient.closeAll()
      rmSync(directory, { recursive: true, force: true })
    }
  })

  test('waits longer for the end than the node takes by its defaults', () => {
    const unit = readFileSync(UNIT, 'utf8')
    const seconds = (name) => Number(readFileSync(join(ROOT, 'docs/config.example.toml'), 'utf8').split('[drain]')[1].match(new RegExp(`^# ${name} = "(\\d+)s"`, 'm'))[1])
    const stop = Number(unit.match(/^TimeoutStopSec=(\d+)s$/m)[1])
    assert.ok(stop >= seconds('not_ready') + seconds('timeout') + seconds('flush_timeout') + 10, `${stop}`)
  })
})

describe('the Debian package', { ...needs('dpkg-deb', 'strip') }, () => {
  let directory, deb
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'chinwag-test-deb-'))
    const said = await run(join(ROOT, 'scripts/deb.sh'), [binary(), directory])
    deb = said.match(/^\/.*\.deb$/m)[0]
  })
  after(() => rmSync(directory, { recursive: true, force: true }))

  test('holds the binary, the unit, its settings and nothing that belongs to anybody but root', async () => {
    const contents = (await run('dpkg-deb', ['--contents', deb])).trim().split('\n')
    const files = contents.filter((line) => line.startsWith('-')).map((line) => line.split(/\s+/)).map(([mode, owner, , , , path]) => `${mode} ${owner} ${path}`)
    for (const wanted of ['-rwxr-xr-x root/root ./usr/bin/chinwag', '-rw-r--r-- root/root ./lib/systemd/system/chinwag.service', '-rw-r----- root/root ./etc/chinwag/chinwag.toml']) {
      assert.ok(files.includes(wanted), `${wanted} is not in\n${files.join('\n')}`)
    }
    assert.ok(contents.every((line) => line.split(/\s+/)[1] === 'root/root'))
    assert.match(await run('dpkg-deb', ['--field', deb, 'Depends']), /^libc6 \(>= 2\.\d+\), libgcc-s1/)
  })

  test('is installed in an empty Debian: a user of its own, valid settings, a node that serves, and a removal that keeps what was said', needsDebian, async () => {
    const debian = await Debian.make()
    await run('cp', [deb, debian.path('/tmp/chinwag.deb')])
    await debian.run('dpkg', '--install', '/tmp/chinwag.deb')
    assert.match(await debian.run('getent', 'passwd', 'chinwag'), /:\/var\/lib\/chinwag:\/usr\/sbin\/nologin/)
    assert.equal(await debian.run('stat', '-c', '%U:%G %a', '/etc/chinwag/chinwag.toml'), 'root:chinwag 640\n')
    await debian.run('chinwag', 'config', 'check', '--config', '/etc/chinwag/chinwag.toml')

    // systemd would make these two, and run the unit's own command as its user.
    await debian.run('install', '-d', '-o', 'chinwag', '-g', 'chinwag', '-m', '700', '/var/lib/chinwag', '/run/chinwag')
    const unit = readFileSync(debian.path('/lib/systemd/system/chinwag.service'), 'utf8')
    const command = unit.match(/^ExecStart=(.*)$/m)[1].split(' ')
    const as = ['setpriv', '--reuid=chinwag', '--regid=chinwag', '--clear-groups', '--no-new-privs', '--bounding-set=-all']
    const listen = `127.0.0.1:${await freePort()}`
    const healthy = () => debian.attempt('chinwag', 'healthcheck', '--listen', listen)
    assert.match((await healthy()).out, /no node answers at 127\.0\.0\.1/)
    assert.equal((await healthy()).code, 1)

    const node = debian.start(...as, ...command, '--listen', listen)
    await eventually('the installed node to be healthy', async () => (await healthy()).code === 0)
    const server = { url: `http://${listen}` }
    assert.equal((await call(server, 'GET', '/openapi.json')).status, 200)
    const ada = await signUp(server)
    await ada.say(await ada.createRoom('group'), 'from a package')
    // Only the node's own user may ask it through its socket.
    assert.match(await debian.run(...as, 'chinwag', 'session', 'list', '--config', '/etc/chinwag/chinwag.toml'), /SESSION/)
    const ended = new Promise((done) => node.once('exit', done))
    node.kill('SIGKILL')
    await ended

    await debian.run('dpkg', '--purge', 'chinwag')
    assert.equal((await debian.attempt('test', '-e', '/usr/bin/chinwag')).code, 1)
    await debian.run('sh', '-c', 'ls /var/lib/chinwag/*')
  })
})
