// Files that messages carry.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { PNG } from '../lib/png.mjs'
import { PHONE } from './window.mjs'
import { withWindows } from './windows.mjs'

const { open, allBehaved } = withWindows()

const png = (name, width = 320, height = 200, colour) => ({ name, mimeType: 'image/png', buffer: PNG.of(width, height, colour) })
const text = (name, words) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(words) })
const UPLOADS = '**/api/v1/files?*'

async function pair(names, options) {
  const ada = await (await open(options)).signUp(`ada${names}`)
  const bob = await (await open()).signUp(`bob${names}`)
  await bob.createRoom(`Room ${names}`, 'group', [`ada${names}`])
  await ada.openRoom(`Room ${names}`)
  return { ada, bob }
}

/** Chooses files as one does in the browser's own dialog, and waits until they are there. */
async function attach(window, ...files) {
  await window.get('attach-input').setInputFiles(files)
  await uploaded(window, files.length)
}
const uploaded = (window, count) =>
  eventually(`${count} uploads`, async () => (await window.page.locator('[data-testid=upload][data-state=done]').count()) === count)
const isClean = async (window) => assert.deepEqual(await window.accessibilityFaults(), [])

test('pictures are seen before they are sent, and large by those who get them', async () => {
  const { ada, bob } = await pair('f1')
  await attach(ada, png('harbour.png'), png('tower.png', 200, 320, [180, 60, 40]))
  await isClean(ada)
  await ada.say('both of them')
  await bob.shows('both of them')
  const pictures = bob.row('both of them').getByTestId('picture')
  await eventually('two pictures', async () => (await pictures.count()) === 2)
  await eventually('them to be drawn', () => pictures.locator('img').evaluateAll((all) => all.every((image) => image.naturalWidth > 0)))
  await isClean(bob)
  await pictures.first().click()
  const shown = bob.get('lightbox-picture')
  await shown.waitFor()
  assert.equal(await shown.getAttribute('alt'), 'harbour.png')
  await isClean(bob)
  await bob.page.keyboard.press('ArrowRight')
  await eventually('the next one', async () => (await shown.getAttribute('alt')) === 'tower.png')
  await bob.page.keyboard.press('ArrowRight')
  assert.equal(await shown.getAttribute('alt'), 'tower.png', 'the last one stays')
  await bob.page.keyboard.press('ArrowLeft')
  await eventually('the first again', async () => (await shown.getAttribute('alt')) === 'harbour.png')
  await bob.page.keyboard.press('Escape')
  await bob.get('lightbox').waitFor({ state: 'detached' })
  await bob.get('composer').waitFor()
})

test('nothing moves when a picture arrives', async () => {
  const { ada, bob } = await pair('f2')
  let let_go
  const held = new Promise((done) => (let_go = done))
  await bob.page.route('**/api/v1/files/*{,/preview}', async (route) => {
    await held
    await route.continue()
  })
  await attach(ada, png('wide.png', 1200, 400))
  await ada.say('look')
  await ada.say('below it')
  await bob.shows('below it')
  const top = () => bob.row('below it').evaluate((row) => Math.round(row.getBoundingClientRect().top))
  const image = bob.row('look').getByTestId('picture').locator('img')
  await image.waitFor({ state: 'attached' })
  const before = await top()
  const { width, height } = await bob.row('look').getByTestId('picture').boundingBox()
  assert.ok(Math.abs(width / height - 3) < 0.05, `${width} × ${height}`)
  let_go()
  await eventually('the picture', () => image.evaluate(({ naturalWidth }) => naturalWidth > 0))
  assert.equal(await top(), before)
})

test('files are dropped on the room, and pictures pasted into the message', async () => {
  const { ada, bob } = await pair('f3')
  const drag = (type, data) => ada.get('timeline').dispatchEvent(type, { dataTransfer: data })
  const data = await ada.page.evaluateHandle(() => {
    const data = new DataTransfer()
    data.items.add(new File(['the tide table'], 'tides.txt', { type: 'text/plain' }))
    return data
  })
  await drag('dragenter', data)
  await ada.get('drop-overlay').waitFor()
  await drag('dragover', data)
  await drag('drop', data)
  await ada.get('drop-overlay').waitFor({ state: 'detached' })
  await uploaded(ada, 1)
  await ada.get('composer').evaluate((field, bytes) => {
    const data = new DataTransfer()
    data.items.add(new File([new Uint8Array(bytes)], 'pasted.png', { type: 'image/png' }))
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  }, [...PNG.of(40, 40)])
  await uploaded(ada, 2)
  // What is carried needs no words.
  await ada.get('composer').press('Enter')
  await bob.get('file-card').getByText('tides.txt').waitFor()
  await bob.get('picture').waitFor()
  const [download] = await Promise.all([bob.page.waitForEvent('download'), bob.get('file-card').click()])
  assert.equal(download.suggestedFilename(), 'tides.txt')
  assert.equal(readFileSync(await download.path(), 'utf8'), 'the tide table')
  await eventually('a word about it in the list', async () => /2 files/.test(await bob.roomItem('Room f3').innerText()))
})

test('an upload is taken back, or tried again after it was refused', async () => {
  const { ada, bob } = await pair('f4')
  let asked = 0
  await ada.page.route(UPLOADS, async (route) => {
    asked++
    if (asked === 1) return route.fulfill({ status: 415, contentType: 'application/problem+json', json: { code: 'file_type_not_allowed', detail: 'files of this kind are not taken' } })
    return route.continue()
  })
  await ada.get('attach-input').setInputFiles([text('list.txt', 'one, two')])
  await ada.get('upload-error').getByText('Files of this kind are not taken.').waitFor()
  assert.equal(await ada.get('send').isDisabled(), true)
  await isClean(ada)
  await ada.get('retry-upload').click()
  await uploaded(ada, 1)
  await attach(ada, text('list.txt', 'one, two'), text('more.txt', 'three')).catch(() => undefined)
  await uploaded(ada, 3)
  await ada.get('remove-upload').last().click()
  await uploaded(ada, 2)
  await ada.say('only two of them')
  await bob.shows('only two of them')
  await eventually('two cards', async () => (await bob.row('only two of them').getByTestId('file-card').count()) === 2)
})

test('what was sent without a connection waits with its files, over a reload too', async () => {
  const { ada, bob } = await pair('f5')
  await ada.page.route(UPLOADS, (route) => route.abort('connectionfailed'))
  await ada.get('attach-input').setInputFiles([png('later.png', 64, 64)])
  await ada.page.locator('[data-testid=upload][data-state=waiting]').waitFor()
  await ada.say('as soon as it can')
  await ada.page.locator('[data-testid=message][data-state=pending]').waitFor()
  await ada.page.reload()
  await ada.page.locator('[data-testid=message][data-state=pending]').waitFor()
  assert.deepEqual(await bob.texts(), [])
  await ada.page.unroute(UPLOADS)
  await bob.shows('as soon as it can')
  await bob.row('as soon as it can').getByTestId('picture').waitFor()
  await eventually('it to be sent', async () => (await ada.messages()).every(({ state }) => state === 'sent'))
})

test('on a phone one may take a picture, and it is as large as the screen', async () => {
  const { ada, bob } = await pair('f6', PHONE)
  await ada.get('attach').click()
  await ada.get('attach-camera').waitFor()
  await isClean(ada)
  await ada.page.keyboard.press('Escape')
  await attach(ada, png('selfie.png', 800, 1200))
  await ada.get('composer').fill('me')
  await ada.get('send').click()
  await bob.shows('me')
  await ada.row('me').getByTestId('picture').click()
  await ada.get('lightbox-picture').waitFor()
  await eventually('it to fit', async () => {
    const { x, y, width, height } = await ada.get('lightbox-picture').boundingBox()
    return x >= 0 && y >= 0 && x + width <= 390 && y + height <= 844 && width > 300
  })
  await isClean(ada)
})

test('pictures of a thread are seen there', async () => {
  const { ada, bob } = await pair('f7')
  await ada.say('a question')
  await bob.shows('a question')
  await bob.act('a question', 'thread')
  await bob.get('thread-attach-input').setInputFiles([png('answer.png')])
  await uploaded(bob, 1)
  await bob.get('thread-composer').press('Enter')
  await bob.get('thread-reply').getByTestId('picture').click()
  await bob.get('lightbox-picture').waitFor()
  await bob.page.keyboard.press('Escape')
})

allBehaved()
