/**
 * The one setting for how long tests wait: `TEST_PATIENCE` multiplies it for slow machines.
 * Tests wait for conditions, never for time to pass.
 */
export const PATIENCE_MS = 20_000 * Number(process.env.TEST_PATIENCE ?? 1)

/** Between two looks at a condition that cannot be listened to. */
const LOOK_EVERY_MS = 15

const pause = (ms) => new Promise((done) => setTimeout(done, ms))

/** Waits until `look` returns something true, and returns that. A throw counts as "not yet". */
export async function eventually(what, look, patience_ms = PATIENCE_MS) {
  const deadline = performance.now() + patience_ms
  for (;;) {
    let seen, error
    try {
      seen = await look()
    } catch (thrown) {
      error = thrown
    }
    if (seen) return seen
    if (performance.now() > deadline) {
      const reason = error ? `: ${error.message}` : seen === undefined ? '' : `; last seen: ${JSON.stringify(seen)}`
      throw new Error(`waited ${Math.round(patience_ms / 1000)} s in vain: ${what}${reason}`, { cause: error })
    }
    await pause(LOOK_EVERY_MS)
  }
}

/** The promise's value, or an error that says what was waited for. */
export function within(what, promise, patience_ms = PATIENCE_MS) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${Math.round(patience_ms / 1000)} s in vain: ${what}`)), patience_ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** A promise with its handles. */
export function deferred() {
  const handles = {}
  handles.promise = new Promise((resolve, reject) => Object.assign(handles, { resolve, reject }))
  return handles
}
