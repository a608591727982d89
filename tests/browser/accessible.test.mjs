// axe finds nothing, on a desk and on a phone, by day and by night.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { signIn } from '../lib/people.mjs'
import { withServer } from '../lib/suite.mjs'
import { demo } from './demo.mjs'
import { closeAll, DESKTOP, launch, PHONE, Window } from './window.mjs'

const held = withServer()
let browser

held.before(async () => {
  browser = await launch()
  await demo(held.server)
})
after(closeAll)

for (const [device, options] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  for (const colorScheme of ['light', 'dark']) {
    describe(`on a ${device}, ${colorScheme}`, () => {
      let window
      before(async () => (window = await Window.open(browser, held.server, { ...options, colorScheme })))
      after(() => window.close())
      const isClean = async () => assert.deepEqual(await window.accessibilityFaults(), [])

      test('the sign-in is clean', async () => {
        await window.goto()
        await window.get('sign-in-form').waitFor()
        await isClean()
        await window.get('toggle-sign-up').click()
        await isClean()
      })
      test('the list of rooms is clean', async () => {
        await window.signIn('ada')
        await window.isIn()
        await window.get('room-item').first().waitFor()
        await isClean()
      })
      for (const dialog of ['new-room', 'new-direct', 'browse-rooms']) {
        test(`the dialog “${dialog}” is clean`, async () => {
          await window.get(dialog).click()
          await window.get('dialog').waitFor()
          await isClean()
          await window.page.keyboard.press('Escape')
          await window.get('dialog').waitFor({ state: 'detached' })
        })
      }
      test('a conversation is clean', async () => {
        await window.openRoom('Harbour')
        await window.get('message').first().waitFor()
        await isClean()
      })
      test('what one can do with a message is clean', async () => {
        const said = 'Simplicity is a great virtue 🙂'
        if (options.isMobile) await window.press(window.row(said))
        else {
          await window.row(said).hover()
          await window.row(said).getByTestId('react').click()
          await window.get('quick-reaction').first().waitFor()
          await isClean()
          await window.page.keyboard.press('Escape')
          await window.get('quick-reaction').first().waitFor({ state: 'detached' })
          await window.row(said).hover()
          await window.row(said).getByTestId('message-menu').click()
        }
        await window.get('action-reply').waitFor()
        await isClean()
        await window.get('action-reply').click()
        await window.get('replying').waitFor()
        await window.get('composer').fill('@')
        await window.get('mention-list').waitFor()
        await isClean()
        await window.get('composer').fill('')
        await window.page.keyboard.press('Escape')
        await window.get('replying').waitFor({ state: 'detached' })
      })
      test('editing, deleting and the history of edits are clean', async () => {
        const said = 'Lovely. And the people who were talking at the time?'
        await window.act(said, 'edit')
        await window.get('editing').waitFor()
        await isClean()
        await window.get('cancel-context').click()
        await window.act(said, 'delete')
        await window.get('delete-confirm').waitFor()
        await isClean()
        await window.page.keyboard.press('Escape')
        await window.get('dialog').waitFor({ state: 'detached' })
        await window.get('edited').first().click()
        await window.get('edit').first().waitFor()
        await isClean()
        await window.page.keyboard.press('Escape')
        await window.get('dialog').waitFor({ state: 'detached' })
      })
      test('a thread and the list of threads are clean', async () => {
        await window.get('thread-link').first().click()
        await window.get('thread-reply').first().waitFor()
        await isClean()
        await window.page.goBack()
        await window.get('thread-panel').waitFor({ state: 'detached' })
        if (options.isMobile) await window.get('back').click()
        await window.get('threads').click()
        await window.get('thread-card').first().waitFor()
        await isClean()
        if (options.isMobile) await window.get('back').click()
        await window.openRoom('Harbour')
      })
      test('pins, ticks and shortcuts are clean', async () => {
        await window.get('all-pins').click()
        await window.get('pin').first().waitFor()
        await isClean()
        await window.page.keyboard.press('Escape')
        await window.get('ticks').last().click()
        await window.get('seen-group').first().waitFor()
        await isClean()
        await window.page.keyboard.press('Escape')
        await window.get('dialog').waitFor({ state: 'detached' })
        await window.get('timeline').focus()
        await window.page.keyboard.press('?')
        await window.get('dialog').waitFor()
        await isClean()
        await window.page.keyboard.press('Escape')
        await window.get('dialog').waitFor({ state: 'detached' })
      })
      test('the members are clean', async () => {
        await window.get('members').click()
        await window.get('member').first().waitFor()
        await isClean()
      })
      test('a connection that is lost is told cleanly', async () => {
        await window.context.setOffline(true)
        await window.page.evaluate(() => globalThis.dispatchEvent(new Event('offline')))
        await window.page.locator('[data-testid=connection-status]:not([data-state=connected])').waitFor({ state: 'attached' })
        await window.say('to be sent later')
        await isClean()
        await window.context.setOffline(false)
        assert.deepEqual(window.misdeeds(), [])
      })
    })
  }
}

test('everything can be reached by keyboard', async () => {
  const window = await Window.open(browser, held.server)
  await window.goto()
  await window.get('name').focus()
  await window.page.keyboard.type('grace')
  await window.page.keyboard.press('Tab')
  await window.page.keyboard.type((await import('../lib/people.mjs')).PASSWORD)
  await window.page.keyboard.press('Enter')
  await window.isIn()
  const reached = new Set()
  for (let n = 0; n < 40; n++) {
    await window.page.keyboard.press('Tab')
    reached.add(await window.page.evaluate(() => document.activeElement?.dataset.testid))
  }
  for (const wanted of ['new-room', 'new-direct', 'room-item', 'sign-out', 'user-menu']) assert.ok(reached.has(wanted), `${wanted}, not only ${[...reached].join(', ')}`)
  await signIn(held.server, 'grace')
  await window.close()
})

test('the checks themselves notice what they are there for', async () => {
  const window = await Window.open(browser, held.server)
  await window.goto()
  await window.get('sign-in-form').waitFor()
  await window.page.evaluate(async () => {
    const picture = document.createElement('img')
    picture.src = '/icon.svg'
    document.querySelector('main').append(picture)
    await fetch('https://evil.example/').catch(() => {})
    try {
      document.querySelector('main').insertAdjacentHTML('beforeend', '<div onclick="alert(1)" id="inline">x</div>')
      document.querySelector('#inline').click()
    } catch {
      // The page makes no elements out of text, and said so.
    }
  })
  assert.ok((await window.accessibilityFaults()).some((fault) => fault.startsWith('image-alt')))
  const misdeeds = window.misdeeds().join('\n')
  assert.match(misdeeds, /evil\.example/)
  assert.match(misdeeds, /script-src|require-trusted-types-for/)
  await window.close()
})
