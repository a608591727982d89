import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { afterEach } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signUpAll } from '../lib/people.mjs'
import { Wire } from '../lib/wire.mjs'

/**
 * After each test of a file, whatever it did: the process is the same one, it says that it is well, and a message
 * still goes from one person to another.
 */
export function andStillServes(held) {
  let ada, bob, room, listening

  held.before(async () => {
    ;[ada, bob] = await signUpAll(held.server, undefined, undefined)
    room = await ada.createRoom('private', [bob])
    listening = await Wire.connected(bob)
    await listening.command({ subscribe: { channel: `room:${room.id}` } })
    held.bystander = ada
  })

  afterEach(async () => {
    assert.ok(held.server.alive && held.server.pid === held.pid, `the server ended:\n${held.server.log}`)
    assert.equal((await fetch(`${held.server.url}/healthz`)).status, 200)
    const client_id = randomUUID()
    await ada.say(room, 'still there?', client_id)
    await eventually('a message to go from one to the other', () =>
      listening.pushes.some(({ pub }) => pub?.data.message?.client_id === client_id),
    )
    listening.pushes.length = 0
  })
}
