// One's own account: taking one's data along, and leaving for good.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { call, PASSWORD, signIn } from '../lib/people.mjs'
import { withWindows } from './windows.mjs'

const { held, open, allBehaved } = withWindows()

const settings = async (window, page) => {
  await window.get('user-menu').click()
  await window.get('settings').click()
  await window.get(`settings-${page}`).click()
}

/** What the browser saves when the button is pressed, line by line. */
async function download(window) {
  const [file] = await Promise.all([window.page.waitForEvent('download'), window.get('export').click()])
  const text = await readFile(await file.path(), 'utf8')
  return { name: file.suggestedFilename(), lines: text.trimEnd().split('\n').map((line) => JSON.parse(line)) }
}

test('all that one wrote can be taken along', async () => {
  const ada = await (await open()).signUp('ada1')
  await ada.createRoom('Papers', 'public')
  await ada.say('my first words')
  await ada.shows('my first words')
  await settings(ada, 'data')
  assert.deepEqual(await ada.accessibilityFaults(), [])
  const { name, lines } = await download(ada)
  assert.equal(name, 'chinwag-ada1.jsonl')
  assert.deepEqual([lines[0].type, lines.at(-1).type], ['manifest', 'end'])
  assert.ok(lines.some((line) => line.type === 'message' && line.message.text === 'my first words'))
  await ada.get('export-done').waitFor()
})

test('a room is exported by its admins, with all that was said', async () => {
  const ada = await (await open()).signUp('ada2')
  await ada.createRoom('Minutes of the club', 'public')
  const person = await signIn(held.server, 'ada2')
  const [room] = (await person.get('/rooms')).rooms
  for (let n = 1; n <= 25; n++) await person.say(room, `point ${n}`)
  await ada.get('room-menu').click()
  await ada.get('room-settings').click()
  await ada.get('room-page-export').click()
  const { name, lines } = await download(ada)
  assert.equal(name, 'Minutes-of-the-club.jsonl')
  assert.equal(lines.filter((line) => line.type === 'message').length, 25)
  await ada.get('export-done').getByText(/Done/).waitFor()
})

test('an export that is cut off goes on where it was', async () => {
  const ada = await (await open()).signUp('ada3')
  await ada.createRoom('Long talk', 'public')
  const person = await signIn(held.server, 'ada3')
  const [room] = (await person.get('/rooms')).rooms
  for (let n = 1; n <= 30; n++) await person.say(room, `point ${n}`)
  // The first answer ends in the middle of a line.
  const asked = []
  await ada.page.route('**/export*', async (route) => {
    asked.push(new URL(route.request().url()).searchParams)
    const response = await route.fetch()
    const body = await response.text()
    if (asked.length > 1) return route.fulfill({ response, body })
    await route.fulfill({ status: 200, contentType: 'application/x-ndjson', body: body.slice(0, Math.floor(body.length / 2)) })
  })
  await ada.get('room-menu').click()
  await ada.get('room-settings').click()
  await ada.get('room-page-export').click()
  await ada.get('export').click()
  await ada.get('export').getByText('Go on').waitFor()
  const { lines } = await download(ada)
  assert.ok(Number(asked[1].get('after_rev')) > 0)
  assert.deepEqual(
    lines.filter((line) => line.type === 'message').map((line) => line.message.text),
    Array.from({ length: 30 }, (_, n) => `point ${n + 1}`),
  )
})

test('an account is deleted by whoever knows its name and password', async () => {
  const ada = await (await open()).signUp('ada4')
  await ada.createRoom('Left behind', 'public')
  await ada.say('something I said')
  await settings(ada, 'data')
  await ada.get('delete-account').click()
  await ada.get('typed-name').fill('somebody else')
  await ada.get('erase-password').fill('wrong password')
  assert.equal(await ada.get('erase-confirm').isDisabled(), true)
  await ada.get('typed-name').fill('ada4')
  assert.deepEqual(await ada.accessibilityFaults(), [])
  await ada.get('erase-confirm').click()
  await ada.get('erase-problem').waitFor()
  await ada.get('erase-password').fill(PASSWORD)
  await ada.get('erase-confirm').click()
  await ada.get('sign-in-form').waitFor()
  await ada.page.getByText('Your account is deleted.').waitFor()
  const again = await call(held.server, 'POST', '/sessions', { body: { name: 'ada4', password: PASSWORD } })
  assert.equal(again.status, 401)
})

allBehaved()
