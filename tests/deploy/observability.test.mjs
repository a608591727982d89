// The alerts and the dashboard, by promtool, by docs/METRICS.md, and by a real Prometheus that scrapes a real node.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { run } from '../lib/command.mjs'
import { DEPLOY, needs, ROOT, tool, yaml } from '../lib/deploy.mjs'
import { eventually } from '../lib/patience.mjs'
import { signUp } from '../lib/people.mjs'
import { SdkClient } from '../lib/sdk.mjs'
import { withServer } from '../lib/suite.mjs'
import { dieWithParent, freePort } from '../lib/server.mjs'

const ALERTS = join(DEPLOY, 'prometheus/alerts.yml')
const dashboard = JSON.parse(readFileSync(join(DEPLOY, 'grafana/chinwag.json'), 'utf8'))
const panels = dashboard.panels.filter(({ type }) => type !== 'row')
/** What Grafana puts in for its variables. */
const asked = (expression) => expression.replaceAll('$job', 'chinwag').replaceAll('$node', '.*').replaceAll('$__rate_interval', '1m')

test('promtool finds nothing wrong with the alerts and the configuration', needs('promtool'), async () => {
  await run(tool('promtool'), ['check', 'rules', '--lint-fatal', ALERTS])
  await run(tool('promtool'), ['check', 'config', join(DEPLOY, 'prometheus/prometheus.yml')])
})

test('each alert fires where it should, and a cluster that is well alarms nobody', needs('promtool'), async () => {
  await run(tool('promtool'), ['test', 'rules', join(DEPLOY, 'prometheus/alerts.test.yml')])
  const tried = readFileSync(join(DEPLOY, 'prometheus/alerts.test.yml'), 'utf8')
  for (const [, alert] of readFileSync(ALERTS, 'utf8').matchAll(/alert: (\w+)/g)) assert.ok(tried.includes(alert), `${alert} is never tried`)
})

test('every figure that an alert or a panel asks for is one that docs/METRICS.md has, with its labels', needs('python'), async () => {
  const documented = new Map()
  for (const [, name, kind, labels] of readFileSync(join(ROOT, 'docs/METRICS.md'), 'utf8').matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \|/gm)) {
    const known = ['job', 'instance', ...(kind === 'histogram' ? ['le'] : []), ...(labels.match(/\w+/g) ?? [])]
    documented.set(kind === 'histogram' ? `${name}_bucket` : name, known)
  }
  const [{ groups }] = await yaml(readFileSync(ALERTS, 'utf8'))
  const expressions = [...groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)), ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))]
  assert.ok(expressions.length > 40)
  for (const expression of expressions) {
    const named = [...expression.matchAll(/\b((?:chinwag|process)_\w+)(?:\{([^}]*)\})?/g)]
    assert.ok(named.length > 0 || /\bup\b/.test(expression), expression)
    const known = new Set(['alertname'])
    for (const [, name, selector = ''] of named) {
      assert.ok(documented.has(name), `${name} is no figure of docs/METRICS.md: ${expression}`)
      for (const label of documented.get(name)) known.add(label)
      for (const [, label] of selector.matchAll(/(\w+)\s*[=!]/g)) assert.ok(documented.get(name).includes(label), `${name} has no ${label}: ${expression}`)
    }
    if (named.length === 0) known.add('job').add('instance')
    for (const [, labels] of expression.matchAll(/\bby \(([^)]*)\)/g)) {
      for (const label of labels.split(/, */)) assert.ok(known.has(label), `nothing has the label ${label}: ${expression}`)
    }
  }
})

describe('a Prometheus that reads a node', needs('prometheus'), () => {
  const held = withServer()
  let directory, prometheus, url
  held.before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'chinwag-test-prometheus-'))
    writeFileSync(join(directory, 'alerts.yml'), readFileSync(ALERTS))
    const configuration = readFileSync(join(DEPLOY, 'prometheus/prometheus.yml'), 'utf8')
    const here = configuration.replaceAll(': 15s', ': 1s').replace(/\[node-1.*\]/, `['${held.server.host}']`)
    writeFileSync(join(directory, 'prometheus.yml'), here)
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const [command, ...rest] = dieWithParent([tool('prometheus'), `--config.file=${join(directory, 'prometheus.yml')}`, `--storage.tsdb.path=${join(directory, 'data')}`, `--web.listen-address=127.0.0.1:${port}`])
    prometheus = spawn(command, rest, { stdio: 'ignore' })
    const ada = await signUp(held.server)
    const room = await ada.createRoom('group')
    const client = await SdkClient.connected('WebSocket with JSON', ada)
    await ada.say(room, 'to be counted')
    await eventually('the message', () => client.changes(`room:${room.id}`).length > 0)
    await eventually('two looks at the node', async () => (await ask('count_over_time(chinwag_connections[1m])'))[0]?.value[1] >= 2)
  })
  after(() => {
    prometheus?.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })

  const ask = async (query) => {
    const { status, data, error } = await (await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`)).json()
    assert.equal(status, 'success', `${query}: ${error}`)
    return data.result
  }

  test('answers every panel of the dashboard', async () => {
    // What a node alone that nothing happened to has nothing to tell of.
    const silent = /bus_|repairs|failed|outbox|refused|errors_total|closed_total|dead|http_request_seconds/
    for (const { title, targets } of panels) {
      for (const { expr } of targets) {
        const result = await ask(asked(expr))
        assert.ok(result.length > 0 || silent.test(expr), `${title} shows nothing: ${expr}`)
      }
    }
    assert.equal((await ask(asked(panels.find(({ title }) => title === 'Connections').targets[0].expr)))[0].value[1], '1')
  })

  test('evaluates every alert, and none fires', async () => {
    const rules = async () => (await (await fetch(`${url}/api/v1/rules`)).json()).data.groups.flatMap((group) => group.rules)
    await eventually('every alert to be evaluated', async () => (await rules()).every(({ health }) => health === 'ok'))
    assert.deepEqual((await rules()).filter(({ state }) => state !== 'inactive').map(({ name }) => name), [])
  })
})
