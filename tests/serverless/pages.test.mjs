// The web chat as it is, without servers. `TEST_SHAPE=serverless` runs any file of browser/ so.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { closeAll, launch, Window } from '../browser/window.mjs'
import { eventually } from '../lib/patience.mjs'
import { Serverless } from '../lib/serverless.mjs'

let shape, browser
const windows = []
before(async () => {
  ;[shape, browser] = await Promise.all([Serverless.start(), launch()])
})
after(async () => {
  await closeAll()
  await shape?.stop()
})

async function signUp(name) {
  const window = await Window.open(browser, shape)
  windows.push(window)
  return window.signUp(name)
}

test('two people find each other, talk, and miss nothing while one of them is offline', async () => {
  const [ada, bob] = [await signUp('ada'), await signUp('bob')]
  await ada.createRoom('Harbour', 'group', ['bob'])
  await bob.openRoom('Harbour')
  await bob.say('Ahoy!')
  await ada.shows('Ahoy!')
  await bob.context.setOffline(true)
  await bob.get('connection-status').getByText('You are offline').waitFor()
  for (const text of ['one', 'two']) await ada.say(text)
  await bob.context.setOffline(false)
  await bob.shows('two')
  assert.deepEqual((await bob.texts()).slice(-3), ['Ahoy!', 'one', 'two'])
})

test('who comes back to the page is signed in, and finds what was unread', async () => {
  const [eve, dan] = [await signUp('eve'), await signUp('dan')]
  await eve.writeTo('dan')
  await eve.say('letter')
  const item = dan.roomItem('eve')
  await eventually('one unread', async () => (await item.getByTestId('unread').innerText()).startsWith('1'))
  await dan.page.reload()
  await dan.isIn()
  await dan.openRoom('eve')
  await dan.shows('letter')
  await eventually('none unread', async () => (await item.getByTestId('unread').count()) === 0)
})

test('no page broke the content security policy, failed, or asked anybody but its own server', () => {
  for (const window of windows) assert.deepEqual(window.misdeeds(), [])
})
