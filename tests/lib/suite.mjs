import { after, before } from 'node:test'
import { SdkClient } from './sdk.mjs'
import { NO_RATE_LIMITS, Server } from './server.mjs'
import { Serverless } from './serverless.mjs'

/** Which shape the tests are of: servers, unless `TEST_SHAPE=serverless`. */
export const isServerless = process.env.TEST_SHAPE === 'serverless'

/**
 * One server for the tests of a file. What it printed is shown if it ended by itself.
 *
 * What else a file prepares goes through `held.before`: the runner does not keep hooks of a file in their order.
 */
export function withServer({ flags = [], rateLimits = false } = {}) {
  const preparations = []
  const held = { before: (prepare) => preparations.push(prepare) }
  before(async () => {
    held.server = isServerless ? await Serverless.start({ flags }) : await Server.start({ flags: [...(rateLimits ? [] : NO_RATE_LIMITS), ...flags] })
    held.pid = held.server.pid
    for (const prepare of preparations) await prepare()
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
