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

    test('what one tells another reaches their connections on whatever node, and says how many there are', async () => {
      const [ada, bob] = await Promise.all([signUp(cluster), signUp(cluster)])
      const at = (person, node) => Object.assign(Object.create(Object.getPrototypeOf(person)), person, { server: node })
      const [one, two, three] = cluster.nodes
      const clients = await Promise.all([one, two, three].map((node) => SdkClient.connected('WebSocket with JSON', at(bob, node))))
      const event = (data) => ({ type: 'call.offer', data })
      assert.equal((await at(ada, one).call('POST', `/users/${bob.id}/events`, event('too early'))).status, 404)
      await ada.createRoom('direct', [bob])
      const told = (client) => client.publications.flatMap(({ data }) => (data.type === 'user.event' ? [data] : []))
      // An event that comes before its node has asked the bus for it is lost, as it may be.
      await eventually('all nodes to listen', async () => {
        for (const node of [one, two, three]) await at(ada, node).post(`/users/${bob.id}/events`, event('are you there?'))
        return clients.every((client) => told(client).length > 0)
      })
      // The longest that every bus can carry, in characters that need more than one byte.
      const long = 'é'.repeat(2_900)
      for (const [n, node] of [one, two, three].entries()) await at(ada, node).post(`/users/${bob.id}/events`, event([n, long]))
      for (const client of clients) {
        const wanted = () => told(client).filter(({ data }) => Array.isArray(data))
        await eventually('the events of all nodes', () => wanted().length === 3)
        for (const { from, data } of wanted()) assert.deepEqual([from, data[1]], [ada.user, long])
        // From one node they come in order; from three in any.
        assert.deepEqual(wanted().map(({ data }) => data[0]).sort(), [0, 1, 2])
      }
      await eventually('all three to be counted', async () => (await at(ada, one).post(`/users/${bob.id}/events`, event('count'))).connections === 3)
      for (const client of clients) client.close()
    })

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
