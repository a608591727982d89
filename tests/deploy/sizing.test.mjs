// docs/SIZING.md says what the calculator computes, and names what there is.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from '../lib/command.mjs'
import { DEPLOY, ROOT } from '../lib/deploy.mjs'

const page = readFileSync(join(ROOT, 'docs/SIZING.md'), 'utf8')
const cost = (...args) => run('python3', [join(ROOT, 'scripts/cost.py'), ...args])
const dollars = (text, what) => Number(text.match(new RegExp(`^${what}: \\$([\\d,]+)`, 'm'))[1].replaceAll(',', ''))

test('the table and the crossing are the calculator’s', async () => {
  assert.ok(page.includes((await cost('--table')).trim()), 'run scripts/cost.py --table and put it into docs/SIZING.md')
  const [, room] = (await cost()).match(/rooms of (\d+) and more/)
  assert.ok(page.includes(`its crossing, which is ${room} people a room`))
})

test('serverless costs nothing without people and messages, and by the message; servers cost what they cost', async () => {
  const [none, small, large] = await Promise.all([cost('--people', '0'), cost('--room', '2'), cost('--room', '1000')])
  assert.equal(dollars(none, 'Serverless'), 0)
  assert.ok(dollars(large, 'Serverless') > 40 * dollars(small, 'Serverless'))
  assert.ok(dollars(large, 'Servers') < 1.5 * dollars(none, 'Servers'))
  // 6 M messages to 50 people are 306 M metered ones at a dollar a million.
  assert.match(await cost('--room', '50'), /gateway, messages +\$ +306\.00/)
  assert.ok(dollars(await cost('--node-hour', '1'), 'Servers') > 1300, 'prices are one’s own')
})

test('the settings, limits and files that the page names are there', () => {
  const example = readFileSync(join(ROOT, 'docs/config.example.toml'), 'utf8')
  for (const [, section, key] of page.matchAll(/`(realtime|postgres)\.(\w+)`/g)) {
    const from = example.slice(example.indexOf(`\n[${section}]`) + 1)
    assert.match(from.slice(0, from.slice(1).search(/^\[/m)), new RegExp(`^# ${key} = `, 'm'), `${section}.${key}`)
  }
  assert.ok(page.includes('1,048,576') && readFileSync(join(DEPLOY, 'systemd/chinwag.service'), 'utf8').includes('LimitNOFILE=1048576'))
  const kernel = readFileSync(join(DEPLOY, 'packer/files/90-chinwag.conf'), 'utf8')
  for (const line of ['net.ipv4.ip_local_port_range = 10240 65535', 'net.core.somaxconn = 4096', 'net.ipv4.tcp_max_syn_backlog = 8192']) assert.ok(kernel.includes(line), line)
})
