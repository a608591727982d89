// Two browsers talk while the server is killed: nothing is lost, doubled or out of order on screen.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signIn } from '../lib/people.mjs'
import { withServer } from '../lib/suite.mjs'
import { closeAll, launch, Window } from './window.mjs'

const held = withServer()
held.mayEnd = true
let ada, bob

held.before(async () => {
  const [hers, his] = await Promise.all([launch(), launch()])
  ada = await Window.open(hers, held.server)
  bob = await Window.open(his, held.server)
  await Promise.all([ada.signUp('ada'), bob.signUp('bob')])
  await ada.createRoom('Harbour', 'group', ['bob'])
  await bob.openRoom('Harbour')
})
after(closeAll)

const sentBy = (who, texts) => texts.filter((text) => text.startsWith(`${who} `))

test('both go on typing and sending while the server is killed and started again', async () => {
  const wanted = { ada: [], bob: [] }
  let stage = 'up'
  const talk = async (window, who) => {
    for (let n = 0; n < 200 && !(stage === 'over' && n % 5 === 0); n++) {
      const text = `${who} says ${n}`
      await window.type(text)
      await window.page.keyboard.press('Enter')
      wanted[who].push(text)
    }
  }
  const talking = Promise.all([talk(ada, 'ada'), talk(bob, 'bob')])
  const both = (count) => () => wanted.ada.length >= count && wanted.bob.length >= count
  await eventually('ten messages of each', both(10))
  await held.server.kill()
  const atKill = Math.max(wanted.ada.length, wanted.bob.length)
  await eventually('ten more of each while the server is away', both(atKill + 10))
  const waiting = (await ada.messages()).filter(({ state }) => state === 'pending')
  assert.ok(waiting.length > 0, 'what cannot be sent is shown as waiting')
  await held.server.start()
  await eventually('ten more of each after it came back', both(atKill + 20))
  stage = 'over'
  await talking

  const all = [...wanted.ada, ...wanted.bob]
  for (const window of [ada, bob]) {
    await eventually('everything to be sent and shown', async () => {
      const shown = await window.messages()
      return shown.length >= all.length && shown.every(({ state }) => state === 'sent')
    })
  }
  // What the server holds is the truth.
  const person = await signIn(held.server, 'ada')
  const [room] = (await person.get('/rooms')).rooms
  const kept = await person.messages(room)
  assert.deepEqual(kept.map(({ seq }) => seq), Array.from({ length: all.length }, (_, n) => n + 1))
  assert.deepEqual(sentBy('ada', kept.map(({ text }) => text)), wanted.ada, 'in the order in which Ada wrote')
  assert.deepEqual(sentBy('bob', kept.map(({ text }) => text)), wanted.bob, 'in the order in which Bob wrote')
  for (const window of [ada, bob]) {
    const shown = await window.messages()
    assert.deepEqual(
      shown.map(({ seq, clientId, text }) => ({ seq, clientId, text })),
      kept.map(({ seq, client_id, text }) => ({ seq, clientId: client_id, text })),
    )
    assert.deepEqual(window.misdeeds(), [])
  }
})

test('nothing is on screen twice at any moment while messages are acknowledged', async () => {
  await bob.page.evaluate(() => {
    window.twice = []
    const look = () => {
      const ids = [...document.querySelectorAll('[data-testid=message]')].map((row) => row.dataset.clientId)
      const seen = new Set()
      for (const id of ids) seen.has(id) ? window.twice.push(id) : seen.add(id)
    }
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true })
  })
  for (let n = 0; n < 20; n++) await bob.say(`quickly ${n}`)
  await eventually('all to be sent', async () => (await bob.messages()).every(({ state }) => state === 'sent'))
  await ada.shows('quickly 19')
  assert.deepEqual(await bob.page.evaluate(() => window.twice), [])
})

test('a reload keeps what could not be sent', async () => {
  await held.server.kill()
  for (const n of [1, 2, 3]) await ada.say(`unsent ${n}`)
  const unsent = (await ada.messages()).filter(({ state }) => state === 'pending')
  assert.deepEqual(unsent.map(({ text }) => text), ['unsent 1', 'unsent 2', 'unsent 3'])
  // The page cannot be had while the server is away; what it kept can. A browser that was shown its own error page
  // would try again by itself, and get in the way of the next step.
  await ada.page.goto('about:blank')
  await held.server.start()
  await ada.goto()
  await ada.isIn()
  await ada.openRoom('Harbour')
  for (const window of [ada, bob]) {
    await window.shows('unsent 3')
    await eventually('everything to be sent', async () => (await window.messages()).every(({ state }) => state === 'sent'))
    const shown = (await window.messages()).filter(({ text }) => text.startsWith('unsent'))
    assert.deepEqual(
      shown.map(({ clientId, text }) => [clientId, text]),
      unsent.map(({ clientId, text }) => [clientId, text]),
    )
  }
})

test('the page says that it is not connected, and says nothing once it is', async () => {
  await held.server.kill()
  const pill = ada.get('connection-status')
  // Only a wait that is long enough to be cut short: the page also tries by itself.
  const seconds = async () => Number((await pill.innerText()).match(/Reconnecting in (\d+) s/)?.[1] ?? 0)
  await eventually('the notice', async () => (await pill.getAttribute('data-state')) === 'waiting' && (await seconds()) >= 5)
  await held.server.start()
  await ada.get('try-now').click()
  await ada.isIn()
  assert.deepEqual(ada.misdeeds(), [])
})
