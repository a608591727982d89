import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { withServer } from '../lib/suite.mjs'
import { closeAll, launch, Window } from './window.mjs'

/** One server and one browser for the tests of a file: `open` opens a window of it. */
export function withWindows() {
  const held = withServer()
  const windows = []
  let browser
  held.before(async () => (browser = await launch()))
  after(closeAll)
  const open = async (options) => {
    const window = await Window.open(browser, held.server, options)
    windows.push(window)
    return window
  }
  /** The last test of the file, for all windows that it has opened. */
  const allBehaved = () =>
    test('no page broke the content security policy, failed, or asked anybody but its own server', () => {
      for (const window of windows) assert.deepEqual(window.misdeeds(), [])
    })
  return { held, open, allBehaved }
}
