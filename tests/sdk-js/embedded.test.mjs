// Tokens of the application that Chinwag is embedded in, and how long a connection lives on one.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inSeconds, jwt } from '../lib/jwt.mjs'
import { eventually } from '../lib/patience.mjs'
import { SdkClient, TRANSPORTS } from '../lib/sdk.mjs'
import { withServer } from '../lib/suite.mjs'

const SECRET = 'a secret of at least thirty-two bytes, for tests only'
const held = withServer({
  flags: [
    `--jwt-secret=${SECRET}`,
    '--jwt-leeway=0s',
    '--realtime-ping-interval=1s',
    '--realtime-pong-timeout=700ms',
  ],
})
const token = (sub, seconds, more = {}) => jwt({ sub, exp: inSeconds(seconds), ...more }, SECRET)

for (const transport of Object.keys(TRANSPORTS)) {
  describe(`over ${transport}`, () => {
    const slug = transport.toLowerCase().replaceAll(/[^a-z]+/g, '-')

    test('a token of the application connects somebody who was never seen before', async () => {
      const client = new SdkClient(transport, held.server.url, { token: token(`${slug}-new`, 60, { name: 'New Here' }) })
      const { data } = await client.connect()
      assert.equal(data.user.id, `${slug}-new`)
      assert.equal(data.user.display_name, 'New Here')
      const room = await client.rpc('room.create', { kind: 'public', name: `of ${slug}` })
      await client.publish(`room:${room.id}`, { client_id: '1', text: 'hello' })
      await eventually('the message', () => client.changes(`room:${room.id}`).some(({ data }) => data.message?.text === 'hello'))
      client.close()
    })

    test('a connection is refreshed before its token expires and goes on', async () => {
      let fetched = 0
      const getToken = async () => token(`${slug}-refreshed`, 2 + (++fetched > 0))
      const client = new SdkClient(transport, held.server.url, { getToken })
      await client.connect()
      await eventually('three tokens', () => fetched >= 3)
      assert.deepEqual(await client.rpc('user.me').then(({ id }) => id), `${slug}-refreshed`)
      assert.equal(client.sdk.state, 'connected')
      assert.equal(client.disconnects.length, 0)
      client.close()
    })

    test('a token that has expired is asked for anew', async () => {
      let fetched = 0
      const client = new SdkClient(transport, held.server.url, {
        token: token(`${slug}-expired`, -5),
        getToken: async () => (fetched++, token(`${slug}-expired`, 60)),
      })
      await client.connect()
      assert.ok(fetched > 0)
      assert.ok(client.errors.some(({ error }) => error.code === 109), JSON.stringify(client.errors))
      client.close()
    })

    test('a token with a wrong signature is refused for good', async () => {
      const client = new SdkClient(transport, held.server.url, { token: jwt({ sub: 'ada', exp: inSeconds(60) }, 'another secret') })
      const { code } = await client.connect().then(
        () => assert.fail('it connected'),
        (error) => error,
      )
      assert.equal(code, 3500)
    })

    test('a client that answers pings stays connected', async () => {
      const client = new SdkClient(transport, held.server.url, { token: token(`${slug}-pinged`, 60), maxServerPingDelay: 1_000 })
      let reconnected = 0
      client.sdk.on('connecting', () => reconnected++)
      await client.connect()
      reconnected = 0
      const since = performance.now()
      await eventually('four intervals', () => performance.now() - since > 4_000)
      assert.equal(client.sdk.state, 'connected')
      assert.equal(reconnected, 0)
      client.close()
    })
  })
}
