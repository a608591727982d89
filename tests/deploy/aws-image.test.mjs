// The image of a node on AWS: Packer's template, and its provisioning script really run in an empty Debian, with what finds
// a node its place asked against an AWS that is on this machine.
import assert from 'node:assert/strict'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { attempt, run } from '../lib/command.mjs'
import { Debian, needsDebian } from '../lib/debian.mjs'
import { DEPLOY, needs, ROOT, tool } from '../lib/deploy.mjs'
import { CREDENTIALS, Moto } from '../lib/moto.mjs'
import { eventually } from '../lib/patience.mjs'
import { binary } from '../lib/server.mjs'

const PACKER = join(DEPLOY, 'packer')

test('shellcheck finds nothing in what runs on machines', needs('shellcheck'), () =>
  run(tool('shellcheck'), [join(PACKER, 'provision.sh'), ...['settings', 'lifecycle'].map((name) => join(PACKER, `files/chinwag-aws-${name}`)), ...['postinst', 'prerm', 'postrm'].map((name) => join(DEPLOY, 'debian', name))]),
)

test('Packer accepts the template', needs('packer'), async () => {
  const directory = mkdtempSync(join(tmpdir(), 'chinwag-test-packer-'))
  try {
    // This Packer may be one from before plugins.
    cpSync(PACKER, directory, { recursive: true, filter: (path) => !path.endsWith('plugins.pkr.hcl') })
    writeFileSync(join(directory, 'chinwag.deb'), '')
    await run(tool('packer'), ['validate', '-var', `package=${join(directory, 'chinwag.deb')}`, directory], { env: { CHECKPOINT_DISABLE: '1' } })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('the units of the image are ones that systemd understands, together with the package’s', needs('systemd-analyze'), async () => {
  const directory = mkdtempSync(join(tmpdir(), 'chinwag-test-units-'))
  try {
    const units = ['chinwag-aws-settings.service', 'chinwag-aws-lifecycle.service'].map((name) => join(PACKER, 'files', name))
    const places = [...units, join(DEPLOY, 'systemd/chinwag.service')].map((unit) => [unit, join(directory, basename(unit))])
    for (const [unit, place] of places) cpSync(unit, place)
    cpSync(join(PACKER, 'files/after-settings.conf'), join(directory, 'chinwag.service.d/after-settings.conf'))
    // Only what it says of these counts: the machine has others. What they start is not installed here.
    const { out } = await attempt('systemd-analyze', ['verify', '--man=no', ...places.map(([, place]) => place)])
    assert.deepEqual(out.split('\n').filter((line) => /chinwag|after-settings/.test(line) && !line.includes(' is not executable: ')), [])
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

describe('the image', { ...needsDebian, ...needs('dpkg-deb', 'strip', 'python') }, () => {
  let debian, moto, metadata
  const told = { token: 0, 'instance-id': 'i-0123456789abcdef0', 'local-ipv4': '10.20.128.7', 'autoscaling/target-lifecycle-state': 'InService' }

  before(async () => {
    ;[debian, moto] = await Promise.all([Debian.make(), Moto.start()])
    // What the machine would be told of itself; version 2 only, as the launch template asks for.
    metadata = createServer((request, response) => {
      if (request.method === 'PUT' && request.url === '/latest/api/token') {
        told.token += 1
        return response.end('the-token')
      }
      const known = request.headers['x-aws-ec2-metadata-token'] === 'the-token' && told[request.url.replace('/latest/meta-data/', '')]
      response.statusCode = known ? 200 : 401
      response.end(known || '')
    })
    await new Promise((done) => metadata.listen(0, '127.0.0.1', done))

    const from = debian.path('/tmp/chinwag')
    cpSync(join(PACKER, 'files'), from, { recursive: true })
    const said = await run(join(ROOT, 'scripts/deb.sh'), [binary(), debian.path('/tmp')])
    cpSync(said.match(/^\/.*\.deb$/m)[0], join(from, 'chinwag.deb'))
    cpSync(join(PACKER, 'provision.sh'), debian.path('/tmp/provision.sh'))
    writeFileSync(join(from, 'rds.pem'), readFileSync(debian.path('/etc/ssl/certs/ca-certificates.crt')))
    await debian.run('sh', '/tmp/provision.sh', '/tmp/chinwag')
  })
  after(async () => {
    metadata?.close()
    await moto?.stop()
  })

  const place = async () => {
    const secret = async (Name, SecretString) => (await moto.ask('secretsmanager', 'create_secret', { Name, SecretString })).ARN
    return { AWS_REGION: 'eu-west-1', DATABASE_HOST: 'db.internal', DATABASE_SECRET: await secret('database', 'thepassword'), BUS_HOST: 'bus.internal', BUS_SECRET: await secret('bus', 'thetoken'), GROUP: 'chinwag', HOOK: 'chinwag-drain' }
  }
  const assignments = (env) => Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const program = (path, text) => {
    mkdirSync(join(debian.path(path), '..'), { recursive: true })
    writeFileSync(debian.path(path), text)
    chmodSync(debian.path(path), 0o755)
  }
  const METADATA = () => `http://127.0.0.1:${metadata.address().port}`

  test('has the package, what it needs beside it, and nothing of the machine that it was made on', async () => {
    await debian.run('chinwag', 'config', 'check', '--config', '/etc/chinwag/chinwag.toml')
    await debian.run('test', '-s', '/etc/chinwag/rds.pem', '-a', '-s', '/etc/sysctl.d/90-chinwag.conf', '-a', '-s', '/etc/systemd/system/chinwag.service.d/after-settings.conf')
    assert.equal(await debian.run('sh', '-c', 'ls /tmp/chinwag /var/lib/apt/lists/* /etc/ssh/ssh_host_* 2>/dev/null | wc -l'), '0\n')
    assert.equal(await debian.run('cat', '/etc/machine-id'), '')
  })

  test('a node finds its name, its address and its passwords, which only root can read, and understands them', async () => {
    // The real program of AWS, told that AWS is here.
    program('/usr/local/bin/aws', `#!/bin/sh\nexec /usr/bin/aws --endpoint-url ${moto.url} "$@"\n`)
    const env = { ...(await place()), ...CREDENTIALS, METADATA: METADATA(), PATH: '/usr/local/bin:/usr/bin:/bin' }
    await debian.run('env', ...assignments(env), '/usr/lib/chinwag/chinwag-aws-settings')
    assert.ok(told.token > 0)
    const written = readFileSync(debian.path('/run/chinwag-secrets/chinwag.env'), 'utf8')
    const settings = Object.fromEntries(written.trim().split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
    assert.deepEqual([settings.CHINWAG_NODE_NAME, settings.CHINWAG_CLUSTER_ADVERTISE], ['i-0123456789abcdef0', '10.20.128.7:8000'])
    assert.match(settings.CHINWAG_STORE, /^postgres:\/\/chinwag:thepassword@db\.internal:5432\/chinwag\?sslmode=verify-full/)
    assert.equal(settings.CHINWAG_BUS, 'rediss://:thetoken@bus.internal:6379')
    assert.equal(await debian.run('stat', '-c', '%a %U', '/run/chinwag-secrets/chinwag.env', '/run/chinwag-secrets'), '600 root\n700 root\n')
    await debian.run('env', ...Object.entries(settings).map(([name, value]) => `${name}=${value}`), 'chinwag', 'config', 'check', '--config', '/etc/chinwag/chinwag.toml')
  })

  test('an instance that is to go stops its node first, and then says so', async () => {
    program('/opt/seen/systemctl', '#!/bin/sh\necho "systemctl $*" >>/tmp/seen\n')
    program('/opt/seen/aws', '#!/bin/sh\necho "aws $*" >>/tmp/seen\n')
    const env = { AWS_REGION: 'eu-west-1', GROUP: 'chinwag', HOOK: 'chinwag-drain', METADATA: METADATA(), EVERY: '0.1', PATH: '/opt/seen:/usr/bin:/bin' }
    const asked = told.token
    const ended = debian.run('env', ...assignments(env), '/usr/lib/chinwag/chinwag-aws-lifecycle')
    await eventually('it to look three times', () => told.token >= asked + 3)
    await debian.run('test', '!', '-e', '/tmp/seen')
    told['autoscaling/target-lifecycle-state'] = 'Terminated'
    await ended
    const seen = (await debian.run('cat', '/tmp/seen')).trim().split('\n')
    assert.equal(seen[0], 'systemctl stop chinwag.service')
    assert.match(seen[1], /^aws autoscaling complete-lifecycle-action --region eu-west-1 --auto-scaling-group-name chinwag --lifecycle-hook-name chinwag-drain --instance-id i-0123456789abcdef0 --lifecycle-action-result CONTINUE$/)
    // The real program knows all of these words.
    await debian.run('/usr/bin/aws', ...seen[1].split(' ').slice(1), '--generate-cli-skeleton', 'output')
  })
})
