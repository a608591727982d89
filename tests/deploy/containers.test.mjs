// The image and the compose files. No container engine is needed: the image is built and run by buildah, in a chroot.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { attempt, run } from '../lib/command.mjs'
import { BOOKWORM, needsDebian } from '../lib/debian.mjs'
import { DEPLOY, needs, ROOT, tool, yaml } from '../lib/deploy.mjs'
import { eventually } from '../lib/patience.mjs'
import { signUp } from '../lib/people.mjs'
import { binary, dieWithParent, freePort } from '../lib/server.mjs'

const DOCKERFILE = join(DEPLOY, 'docker/Dockerfile')
const dockerfile = readFileSync(DOCKERFILE, 'utf8')

test('hadolint finds nothing to say about the Dockerfile', needs('hadolint'), () => run(tool('hadolint'), [DOCKERFILE]))

test('what the image is built from is there, is let through by .dockerignore, and is of the versions that the code needs', () => {
  const ignore = readFileSync(`${DOCKERFILE}.dockerignore`, 'utf8').split('\n')
  const sources = [...dockerfile.matchAll(/^COPY (?!--from)(?:--\S+ )*(.+) \S+$/gm)].flatMap(([, paths]) => paths.split(' '))
  for (const source of sources.filter((path) => !path.startsWith('dist/'))) {
    assert.ok(existsSync(join(ROOT, source)), `${source} is not there`)
    assert.ok(ignore.includes(`!${source}`) || ignore.includes(`!${source.split('/')[0]}`), `${source} is ignored`)
  }
  const manifest = readFileSync(join(ROOT, 'Cargo.toml'), 'utf8')
  for (const [, member] of manifest.match(/^members = \[(.*)\]/m)[1].matchAll(/"(\w+)/g)) assert.ok(sources.includes(member), `${member} is not copied`)
  assert.match(dockerfile, new RegExp(`FROM rust:${manifest.match(/^rust-version = "(.*)"/m)[1]}-`))
})

describe('the image', { ...needsDebian, ...needs('buildah', 'strip') }, () => {
  let directory, buildah, container
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'chinwag-test-image-'))
    const place = ['--root', join(directory, 'storage'), '--runroot', join(directory, 'run'), '--storage-driver', 'overlay']
    buildah = async (...args) => (await run('buildah', [...place, ...args])).trim()
    buildah.place = place
    const base = await buildah('from', 'scratch')
    await buildah('add', '--quiet', base, BOOKWORM, '/')
    await buildah('commit', '--quiet', base, 'bookworm')
    const context = join(directory, 'context')
    mkdirSync(join(context, 'dist'), { recursive: true })
    await run('strip', ['-o', join(context, 'dist/chinwag'), binary()])
    cpSync(join(DEPLOY, 'docker'), join(context, 'deploy/docker'), { recursive: true })
    copyFileSync(`${DOCKERFILE}.dockerignore`, join(context, '.dockerignore'))
    await buildah('bud', '--isolation', 'chroot', '--pull-never', '--format', 'docker', '--build-arg', 'BASE=localhost/bookworm', '--build-arg', 'BINARY=prebuilt', '--file', join(context, 'deploy/docker/Dockerfile'), '--tag', 'chinwag', context)
    container = await buildah('from', '--pull-never', 'localhost/chinwag')
  })
  after(async () => {
    await attempt('buildah', [...buildah.place, 'rm', '--all'])
    rmSync(directory, { recursive: true, force: true })
  })

  test('starts a node as nobody in particular, says how it is, and says what it listens on', async () => {
    const { config, container_config } = JSON.parse(await buildah('inspect', '--type', 'image', 'localhost/chinwag')).Docker
    assert.equal(config.User, '10001:10001')
    assert.deepEqual([...config.Entrypoint, ...config.Cmd], ['chinwag', 'serve'])
    assert.deepEqual(container_config.Healthcheck?.Test ?? config.Healthcheck.Test, ['CMD', 'chinwag', 'healthcheck'])
    assert.ok('8000/tcp' in config.ExposedPorts && '/var/lib/chinwag' in config.Volumes)
  })

  test('runs a node that is unhealthy until it is ready, keeps its data as its own user, and drains on its signal', async () => {
    let port = await freePort()
    const inside = (...command) => [...buildah.place, 'run', '--isolation', 'chroot', '--env', `CHINWAG_LISTEN=0.0.0.0:${port}`, container, '--', ...command]
    const health = () => attempt('buildah', inside('chinwag', 'healthcheck'))
    assert.equal((await health()).code, 1)
    // That took a while, in which somebody else may have begun to listen there.
    port = await freePort()
    const [command, ...rest] = dieWithParent(['buildah', ...inside('chinwag', 'serve', '--drain-not-ready', '0s')])
    const node = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
    let log = ''
    for (const stream of [node.stdout, node.stderr]) stream.on('data', (text) => (log += text))
    await eventually('the container to be healthy', async () => (await health()).code === 0).catch((error) => assert.fail(`${error.message}\n${log}`))
    const ada = await signUp({ url: `http://127.0.0.1:${port}` })
    await ada.say(await ada.createRoom('group'), 'in a box')
    const pid = (await run('sh', ['-c', `grep -lsa "CHINWAG_LISTEN=0.0.0.0:${port}" /proc/[0-9]*/environ | cut -d/ -f3`])).trim().split('\n').find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'chinwag\n')
    assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Uid:\t10001\t10001/m)
    const ended = new Promise((done) => node.once('exit', done))
    process.kill(Number(pid), 'SIGTERM')
    assert.equal(await ended, 0, log)
    // JSON, one line an event, as collectors of containers' logs like it.
    for (const line of log.split('\n').filter((line) => line.startsWith('{'))) JSON.parse(line)
  })
})

describe('the compose files', needs('docker-compose', 'python'), () => {
  const env = { POSTGRES_PASSWORD: 'not-a-secret' }
  const rendered = async (name) => (await yaml(await run('docker-compose', ['--file', join(DEPLOY, `compose/${name}.yaml`), 'config'], { env })))[0]
  const settings = (service) => Object.fromEntries(Object.entries(service.environment ?? {}).filter(([name]) => name.startsWith('CHINWAG_')))

  test('are understood, and every node in them has valid settings and no powers', async () => {
    for (const name of ['single', 'cluster']) {
      const { services } = await rendered(name)
      const nodes = Object.values(services).filter(({ image }) => image === 'chinwag')
      assert.equal(nodes.length, name === 'single' ? 1 : 3)
      for (const node of nodes) {
        await run(binary(), ['config', 'check'], { env: settings(node) })
        assert.deepEqual([node.read_only, node.cap_drop, node.security_opt], [true, ['ALL'], ['no-new-privileges:true']])
        const longest = 3 + 20 + 5
        assert.ok(parseInt(node.stop_grace_period) > longest, 'a drain fits into the time that it is given')
      }
    }
  })

  test('the cluster does not start without a password', async () => {
    const { code, out } = await attempt('docker-compose', ['--file', join(DEPLOY, 'compose/cluster.yaml'), 'config'])
    assert.notEqual(code, 0)
    assert.match(out, /POSTGRES_PASSWORD/)
  })

  test('the nodes know each other and the proxy by the addresses that they have, and HAProxy takes its configuration', async () => {
    const { services } = await rendered('cluster')
    const address = (name) => services[name].networks.inside.ipv4_address
    for (const n of [1, 2, 3]) {
      const { environment } = services[`node-${n}`]
      assert.equal(environment.CHINWAG_CLUSTER_ADVERTISE, `${address(`node-${n}`)}:8000`)
      assert.equal(environment.CHINWAG_NODE_NAME, `node-${n}`)
      assert.equal(environment.CHINWAG_TRUSTED_PROXIES, address('haproxy'))
      assert.equal(services.haproxy.environment[`CHINWAG_NODE_${n}`], `${address(`node-${n}`)}:8000`)
    }
    for (const volume of services.haproxy.volumes) assert.ok(existsSync(dirname(volume.split(':')[0])), volume)
    const directory = mkdtempSync(join(tmpdir(), 'chinwag-test-compose-'))
    try {
      const pem = join(directory, 'certificate.pem')
      await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', pem, '-out', `${pem}.crt`])
      await run('sh', ['-c', 'cat "$1.crt" >> "$1"', 'sh', pem])
      await run('/usr/sbin/haproxy', ['-c', '-f', join(DEPLOY, 'haproxy/haproxy.cfg')], { env: { ...services.haproxy.environment, CHINWAG_CERTIFICATE: pem, HAPROXY_STATS: join(directory, 'admin.sock') } })
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
