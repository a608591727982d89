// A function that does what it is told: well, badly, slowly, or not at all.
import { appendFileSync } from 'node:fs'

if (process.env.BROKEN) throw new Error('it cannot even be loaded')

export const handler = async (event, context) => {
  const { do: what, ...more } = JSON.parse(event.body ?? '{}')
  if (event.requestContext?.eventType !== 'MESSAGE') return { statusCode: 200 }
  switch (what) {
    case 'say':
      return { statusCode: 200, body: JSON.stringify({ pid: process.pid, ...more }) }
    case 'context':
      return { statusCode: 200, body: JSON.stringify({ ...context, left_ms: context.getRemainingTimeInMillis(), trace: process.env._X_AMZN_TRACE_ID, env: process.env }) }
    case 'throw':
      throw new TypeError('told to')
    case 'exit':
      console.log('about to exit')
      process.exit(3)
    case 'hang':
      appendFileSync(more.note, `${process.pid}\n`)
      return new Promise(() => setInterval(() => {}, 1000))
    case 'wait':
      await new Promise((done) => setTimeout(done, more.ms))
      return { statusCode: 200, body: JSON.stringify({ pid: process.pid }) }
    case 'large':
      return { statusCode: 200, body: 'x'.repeat(7 * 1024 * 1024) }
    default:
      return { nothing: 'of use' }
  }
}
