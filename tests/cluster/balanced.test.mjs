// What any node can do, through a plain round-robin balancer: no affinity, for no transport.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Cluster } from '../lib/cluster.mjs'
import { eventually } from '../lib/patience.mjs'
import { signUp } from '../lib/people.mjs'
import { SdkClient, TRANSPORTS } from '../lib/sdk.mjs'

for (const balancer of ['haproxy', 'nginx']) {
  describe(`behind ${balancer}`, () => {
    let cluster
    before(async () => {
      cluster = await Cluster.start({ balancer, bus: balancer === 'nginx' ? 'postgres' : 'redis' })
    })
    after(async () => {
      SdkClient.closeAll()
      await cluster?.stop()
    })

    for (const transport of Object.keys(TRANSPORTS)) {
      test(`${transport}: people on any node talk to each other`, async () => {
        const [ada, bob] = await Promise.all([signUp(cluster), signUp(cluster)])
        const room = await ada.createRoom('group', [bob])
        const channel = `room:${room.id}`
        const clients = await Promise.all([ada, bob, ada, bob].map((person) => SdkClient.connected(transport, person)))
        for (const [n, client] of clients.entries()) {
          await client.publish(channel, { client_id: `${n}`, text: `number ${n}` })
        }
        for (const client of clients) {
          const texts = () => client.changes(channel).flatMap(({ data }) => data.message?.text ?? [])
          await eventually('all four messages', () => texts().length === 4)
          assert.deepEqual(texts(), [0, 1, 2, 3].map((n) => `number ${n}`))
        }
        for (const client of clients) client.close()
      })
    }

    test('signing out on one node ends the connections on all', async () => {
      const ada = await signUp(cluster)
      const clients = await Promise.all([1, 2, 3].map(() => SdkClient.connected('WebSocket with JSON', ada)))
      const began = performance.now()
      await ada.signOut()
      for (const client of clients) assert.equal((await client.disconnected()).code, 3500)
      assert.ok(performance.now() - began < 5_000)
    })
  })
}
