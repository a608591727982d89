// Two people talk through the balancer. One node after the other is killed, frozen or sent away; nobody sees it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { closeAll, launch, Window } from '../browser/window.mjs'
import { Cluster } from '../lib/cluster.mjs'
import { eventually } from '../lib/patience.mjs'
import { signIn } from '../lib/people.mjs'

let cluster, ada, bob

before(async () => {
  cluster = await Cluster.start()
  const [hers, his] = await Promise.all([launch(), launch()])
  const options = { viewport: { width: 1280, height: 800 }, ignoreHTTPSErrors: true }
  ada = await Window.open(hers, cluster, options)
  bob = await Window.open(his, cluster, options)
  await Promise.all([ada.signUp('ada'), bob.signUp('bob')])
  await ada.createRoom('Harbour', 'group', ['bob'])
  await bob.openRoom('Harbour')
  for (const window of [ada, bob]) await window.page.evaluate(watchForNotices)
})
after(async () => {
  await closeAll()
  await cluster?.stop()
})

/** Notes in the page whatever it tells its person about the connection. */
function watchForNotices() {
  window.notices = []
  const look = () => {
    const pill = document.querySelector('[data-testid=connection-status]')
    if (pill?.classList.contains('shown')) window.notices.push(pill.innerText)
  }
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true })
}

async function talkThrough(what, fault) {
  const wanted = { ada: [], bob: [] }
  let over = false
  const talk = async (window, who) => {
    for (let n = 0; n < 400 && !(over && n % 5 === 0); n++) {
      const text = `${who} ${what} ${n}`
      await window.type(text)
      await window.page.keyboard.press('Enter')
      wanted[who].push(text)
    }
  }
  const talking = Promise.all([talk(ada, 'ada'), talk(bob, 'bob')])
  const more = async (count) => {
    const from = { ada: wanted.ada.length, bob: wanted.bob.length }
    await eventually(`${count} more of each`, () => wanted.ada.length >= from.ada + count && wanted.bob.length >= from.bob + count)
  }
  await more(5)
  await fault(more)
  await more(10)
  over = true
  await talking
  const all = [...wanted.ada, ...wanted.bob]
  for (const window of [ada, bob]) {
    await eventually('everything to be sent and shown', async () => {
      const shown = (await window.messages()).filter(({ text }) => text.includes(` ${what} `))
      return shown.length >= all.length && shown.every(({ state }) => state === 'sent')
    })
  }
  const person = await signIn(cluster, 'ada')
  const [room] = (await person.get('/rooms')).rooms
  const kept = await person.messages(room)
  const about = kept.filter(({ text }) => text.includes(` ${what} `))
  const by = (who) => about.map(({ text }) => text).filter((text) => text.startsWith(who))
  assert.deepEqual(by('ada'), wanted.ada, 'all that Ada wrote, once and in her order')
  assert.deepEqual(by('bob'), wanted.bob, 'all that Bob wrote, once and in his order')
  for (const window of [ada, bob]) {
    const shown = (await window.messages()).map(({ seq, text }) => ({ seq, text }))
    // The page holds no more of a long timeline than it needs; what it holds has no hole.
    assert.ok(shown.length >= about.length)
    assert.deepEqual(shown, kept.slice(-shown.length).map(({ seq, text }) => ({ seq, text })), 'the same on both screens as in the store')
    assert.deepEqual(window.misdeeds(), [])
    assert.deepEqual(await window.page.evaluate(() => window.notices.splice(0)), [], 'nobody was told anything')
  }
}

for (const n of [0, 1, 2]) {
  test(`node ${n + 1} of three is killed by hand`, () =>
    talkThrough(`kill${n}`, async (more) => {
      const back = cluster.kill(cluster.nodes[n])
      await more(10)
      await back
    }))
}

test('a node is sent away as for an update', () =>
  talkThrough('update', async (more) => {
    const back = cluster.kill(cluster.nodes[0], 'SIGTERM')
    await more(10)
    await back
  }))
