// What nodes see to in the background is asked for by a schedule here.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { PASSWORD, signUpAll } from '../lib/people.mjs'
import { SdkClient } from '../lib/sdk.mjs'
import { Serverless } from '../lib/serverless.mjs'

const SCHEDULED = { version: '0', source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }

let shape
before(async () => {
  shape = await Serverless.start()
})
after(async () => {
  SdkClient.closeAll()
  await shape?.stop()
})

test('who erases themselves is gone from what was said, and others are told', async () => {
  const [ada, bob] = await signUpAll(shape, undefined, undefined)
  const room = await ada.createRoom('group', [bob])
  const his = await SdkClient.connected('WebSocket with JSON', bob)
  await ada.say(room, 'something that I would rather not have said')
  assert.equal((await ada.call('DELETE', '/users/me', { password: PASSWORD })).status, 204)
  await shape.invoke(SCHEDULED)
  await eventually('the erasure to be told', () => his.changes(`room:${room.id}`).some(({ data }) => data.type === 'message.deleted'))
  const said = await bob.messages(room)
  assert.ok(!JSON.stringify(said).includes('rather not'))
  assert.ok(!JSON.stringify(await shape.everything()).includes('rather not'), 'nor is it anywhere in the table')
})
