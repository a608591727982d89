// The gateway's file: what is said of one that makes no sense, before anything starts.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { attempt } from '../lib/command.mjs'
import { binary } from '../lib/server.mjs'

const directory = mkdtempSync(join(tmpdir(), 'chinwag-test-gateway-'))
after(() => rmSync(directory, { recursive: true, force: true }))

function check(text) {
  const file = join(directory, 'gateway.toml')
  writeFileSync(file, text)
  return attempt(binary(), ['gateway', '--config', file, '--check'])
}

const API = '[[apis]]\nid = "a"\nstage = "prod"\n'

test('a file that can be used is said to be valid', async () => {
  const { code, out } = await check(API)
  assert.deepEqual([code, out], [0, 'The configuration is valid.\n'])
})

test('one that cannot ends with exit code 64, in one line that says where and why', async () => {
  for (const [text, reason] of [
    [`${API}colour = "red"\n`, /gateway.toml, line 4: unknown field `colour`/],
    [`${API}routes = [{ key = "hi", integration = "none" }, { key = "$other", integration = "none" }]`, /there is no integration none;.*no such route/],
    ['listen = "everywhere"', /line 1: invalid socket address/],
    ['', /line 1: missing field `apis`/],
  ]) {
    const { code, out } = await check(text)
    assert.equal(code, 64, out)
    assert.match(out, reason)
    assert.equal(out.trim().split('\n').length, 1, out)
  }
  const { code, out } = await attempt(binary(), ['gateway', '--config', join(directory, 'nowhere.toml')])
  assert.equal(code, 64)
  assert.match(out, /nowhere.toml cannot be read: No such file/)
})
