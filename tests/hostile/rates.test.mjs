// A limit lets through what it says that it lets through.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signUp } from '../lib/people.mjs'
import { withServer } from '../lib/suite.mjs'
import { Wire } from '../lib/wire.mjs'
import { andStillServes } from './still-serves.mjs'

const held = withServer({ rateLimits: true, flags: ['--rate-limits-commands=5000/1s'] })
andStillServes(held)

test('a limit of 5,000 commands a second lets 4,000 through at once', async () => {
  const wire = await Wire.connected(await signUp(held.server))
  let answered = 0
  let refused = 0
  wire.socket.on('message', (data) => {
    for (const line of String(data).split('\n')) line.includes('"error"') ? refused++ : answered++
  })
  for (let id = 100; id < 4_100; id++) wire.send({ id, ping: {} })
  await eventually('an answer to each', () => answered + refused >= 4_000 || wire.socket.readyState !== 1)
  assert.deepEqual({ answered, refused }, { answered: 4_000, refused: 0 })
  wire.close()
})
