import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { eventually, PATIENCE_MS } from '../lib/patience.mjs'
import { PASSWORD } from '../lib/people.mjs'

const CHROMIUM = process.env.TEST_CHROMIUM ?? '/usr/bin/chromium'
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export const DESKTOP = { viewport: { width: 1280, height: 800 } }
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }

const launched = new Set()

/**
 * A browser process of its own, with an empty profile. Where the certificate is the tests' own, the whole process must
 * trust it: a service worker is fetched outside of the context that the tests' windows are in.
 */
export async function launch({ trustsAnybody = false } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'chinwag-browser-'))
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    // Chromium refuses its sandbox to root, and many containers refuse it to everybody.
    chromiumSandbox: false,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
      ...(trustsAnybody ? ['--ignore-certificate-errors'] : []),
    ],
  })
  const launchedBrowser = {
    browser,
    async close() {
      launched.delete(launchedBrowser)
      await browser.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
  launched.add(launchedBrowser)
  return launchedBrowser
}

export async function closeAll() {
  await Promise.all([...launched].map((each) => each.close()))
}

/** One person's page, and everything that a page should not do while it is looked at. */
export class Window {
  requests = []
  violations = []
  faults = []

  static async open({ browser }, server, options = DESKTOP) {
    const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce', ...options })
    context.setDefaultTimeout(PATIENCE_MS)
    const window = new Window()
    Object.assign(window, { context, server, isPhone: Boolean(options.isMobile) })
    window.page = await context.newPage()
    window.#watch()
    return window
  }

  /** Another tab of the same browser, with the same cookies. */
  async anotherTab() {
    const { context, server, isPhone } = this
    const tab = Object.assign(new Window(), { context, server, isPhone })
    tab.page = await context.newPage()
    tab.#watch()
    return tab
  }

  get(testId) {
    return this.page.getByTestId(testId)
  }

  goto(path = '/') {
    return this.page.goto(`${this.server.url}${path}`)
  }

  async signUp(name, displayName) {
    await this.goto()
    return this.signUpHere(name, displayName)
  }

  /** On the page as it is, which has been there for a while. */
  async signUpHere(name, displayName) {
    await this.get('toggle-sign-up').click()
    await this.get('name').fill(name)
    if (displayName) await this.get('display-name').fill(displayName)
    await this.get('password').fill(PASSWORD)
    await this.get('submit').click()
    await this.isIn()
    return this
  }

  async signIn(name, password = PASSWORD) {
    await this.goto()
    await this.get('name').fill(name)
    await this.get('password').fill(password)
    await this.get('submit').click()
    return this
  }

  /** Signed in, and connected. */
  async isIn() {
    await this.get('room-list').waitFor({ state: 'attached' })
    await this.page.locator('[data-testid=connection-status][data-state=connected]').waitFor({ state: 'attached' })
  }

  async createRoom(name, kind = 'public', people = []) {
    await this.get('new-room').click()
    await this.get('room-name-input').fill(name)
    await this.get(`kind-${kind}`).click()
    for (const person of people) await this.pickPerson(person)
    await this.get('create-room').click()
    await this.page.getByTestId('room-name').getByText(name).waitFor()
  }

  async writeTo(person) {
    await this.get('new-direct').click()
    await this.pickPerson(person)
    await this.get('room-name').getByText(person).waitFor()
  }

  async pickPerson(name) {
    await this.get('user-search').fill(name)
    await this.get('user-result').filter({ hasText: name }).first().click()
  }

  roomItem(name) {
    return this.get('room-item').filter({ has: this.page.getByTestId('room-title').getByText(name, { exact: true }) })
  }

  async openRoom(name) {
    await this.roomItem(name).click()
    await this.get('room-name').getByText(name).waitFor()
    await this.get('composer').waitFor()
  }

  /** Types as people do, a key at a time. */
  async type(text) {
    await this.get('composer').click()
    await this.page.keyboard.type(text, { delay: 3 })
  }

  async say(text) {
    await this.get('composer').fill(text)
    await this.get('composer').press('Enter')
  }

  /** The messages on screen, from top to bottom. */
  messages() {
    return this.page.evaluate(() =>
      [...document.querySelectorAll('[data-testid=message]')].map((row) => ({
        seq: Number(row.dataset.seq ?? 0) || null,
        clientId: row.dataset.clientId,
        state: row.dataset.state,
        text: row.querySelector('[data-testid=message-text]').textContent.trim(),
      })),
    )
  }
  async texts() {
    return (await this.messages()).map(({ text }) => text)
  }

  async shows(text) {
    await eventually(`“${text}” on screen`, async () => (await this.texts()).includes(text))
  }

  /** The row of the message that says this, in the room or, if told so, in the thread beside it. */
  row(text, testId = 'message') {
    return this.get(testId).filter({ has: this.page.getByTestId('message-text').getByText(text, { exact: true }) })
  }

  /** Chooses an action for a message from its menu, as one does on this device. */
  async act(text, action, testId) {
    const row = this.row(text, testId)
    if (this.isPhone) await this.press(row)
    else {
      await row.hover()
      await row.getByTestId('message-menu').click()
    }
    await this.get(`action-${action}`).click()
  }

  /** Rests a finger on something. */
  async press(row) {
    await row.scrollIntoViewIfNeeded()
    const { x, y } = await row.boundingBox()
    const touch = (type) => row.dispatchEvent(type, { pointerType: 'touch', isPrimary: true, clientX: x + 60, clientY: y + 8, bubbles: true })
    await touch('pointerdown')
    await this.get('message-sheet').waitFor()
    await touch('pointerup')
  }

  /** Puts one of the offered emoji under a message. */
  async react(text, emoji) {
    const row = this.row(text)
    await row.hover()
    await row.getByTestId('react').click()
    await this.get('quick-reaction').getByText(emoji).click()
  }

  /** The emoji under a message, with their counts. */
  async reactions(text) {
    return Object.fromEntries(await this.row(text).getByTestId('reaction').evaluateAll((chips) => chips.map((chip) => [chip.dataset.emoji, Number(chip.children[1].textContent)])))
  }

  /** What axe finds wrong with a page that stands still, in a form that fits into a failure. */
  async accessibilityFaults() {
    if (!(await this.page.evaluate(() => 'axe' in window))) await this.page.evaluate(AXE)
    const { violations } = await this.page.evaluate(async () => {
      // Colours in the middle of a fade are nobody's choice: a fault that is found while something moves is looked for again.
      const stills = () => Promise.all(document.getAnimations().filter((a) => a.effect?.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => {})))
      let moved
      const moves = () => (moved = true)
      const kinds = ['animationstart', 'transitionrun']
      kinds.forEach((kind) => document.addEventListener(kind, moves, true))
      const changes = new MutationObserver(moves)
      changes.observe(document.body, { subtree: true, childList: true, attributes: true })
      try {
        for (let looks = 1; ; looks++) {
          await stills()
          moved = false
          const found = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
          if (!found.violations.length || !moved || looks === 5) return found
        }
      } finally {
        changes.disconnect()
        kinds.forEach((kind) => document.removeEventListener(kind, moves, true))
      }
    })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} (${failureSummary?.split('\n')[1]?.trim()})`).join(', ')}`)
  }

  /** What the page did that it should not have. */
  misdeeds() {
    const own = [this.server.url, this.server.url.replace('http', 'ws')]
    const strange = this.requests.filter((url) => !own.some((start) => url.startsWith(`${start}/`)) && !/^(blob|data):/.test(url))
    return [...this.violations, ...this.faults, ...strange.map((url) => `a request to ${url}`)]
  }

  async close() {
    await this.context.close()
  }

  #watch() {
    const { page } = this
    page.on('request', (request) => this.requests.push(request.url()))
    page.on('websocket', (socket) => this.requests.push(socket.url()))
    page.on('pageerror', (error) => this.faults.push(`an uncaught error: ${error.stack ?? error.message}`))
    page.on('dialog', (dialog) => {
      this.faults.push(`a dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('console', (message) => {
      const text = message.text()
      if (/content security policy|refused to/i.test(text)) this.violations.push(text)
      // That a server which was killed cannot be reached is no fault of the page.
      else if (message.type() === 'error' && !/ERR_|WebSocket connection|Failed to load resource/.test(text)) this.faults.push(`the console: ${text}`)
    })
    void page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`)
      })
    })
  }
}
