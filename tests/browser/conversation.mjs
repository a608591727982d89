import assert from 'node:assert/strict'
import { eventually } from '../lib/patience.mjs'
import { signIn } from '../lib/people.mjs'

/**
 * Ada and Bob, each in a window of their own, type without a pause while something happens. What they see in the end is
 * what the store holds: all of it, once, and of each in their order.
 */
export class Conversation {
  /** `server` is where their calls go; both windows show the one room that there is. */
  constructor({ server, ada, bob }) {
    Object.assign(this, { server, ada, bob })
  }

  /** From now on the pages note what they should not show. */
  async watch() {
    for (const window of [this.ada, this.bob]) await window.page.evaluate(noteMisfortunes)
  }

  /** `fault` gets a function that waits until each has written so many more. Returns what the store holds of all. */
  async talkThrough(what, fault) {
    const { ada, bob } = this
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
    const person = await signIn(this.server, 'ada')
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
      const { notices, twice } = await window.page.evaluate(() => ({ notices: window.notices.splice(0), twice: window.twice.splice(0) }))
      assert.deepEqual(notices, [], 'nobody was told anything')
      assert.deepEqual(twice, [], 'nothing was on screen twice at any moment')
    }
    return { room, kept }
  }
}

/** Notes in the page whatever it tells its person about the connection, and what it shows twice. */
function noteMisfortunes() {
  window.notices = []
  window.twice = []
  const look = () => {
    const pill = document.querySelector('[data-testid=connection-status]')
    if (pill?.classList.contains('shown')) window.notices.push(pill.innerText)
    const seen = new Set()
    for (const { dataset } of document.querySelectorAll('[data-testid=message]')) {
      if (seen.has(dataset.clientId)) window.twice.push(dataset.clientId)
      seen.add(dataset.clientId)
    }
  }
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true })
}
