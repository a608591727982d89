import { after, before } from 'node:test'
import { SdkClient } from './sdk.mjs'
import { NO_RATE_LIMITS, Server } from './server.mjs'

/** One server for the tests of a file. What it printed is shown if it ended by itself. */
export function withServer({ flags = [], rateLimits = false } = {}) {
  const held = {}
  before(async () => {
    held.server = await Server.start({ flags: [...(rateLimits ? [] : NO_RATE_LIMITS), ...flags] })
    held.pid = held.server.pid
  })
  after(async () => {
    SdkClient.closeAll()
    const { server } = held
    if (!server) return
    const ended = !server.alive || server.pid !== held.pid
    const { log } = server
    await server.stop()
    if (ended && !held.mayEnd) throw new Error(`the server ended during the tests\n--- what it printed:\n${log}`)
  })
  return held
}
