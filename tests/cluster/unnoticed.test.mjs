// Two people talk through the balancer. One node after the other is killed or sent away; nobody sees it.
import { after, before, test } from 'node:test'
import { Conversation } from '../browser/conversation.mjs'
import { closeAll, launch, Window } from '../browser/window.mjs'
import { Cluster } from '../lib/cluster.mjs'

let cluster, conversation

before(async () => {
  cluster = await Cluster.start()
  const [hers, his] = await Promise.all([1, 2].map(() => launch({ trustsAnybody: true })))
  const options = { viewport: { width: 1280, height: 800 }, ignoreHTTPSErrors: true }
  const ada = await Window.open(hers, cluster, options)
  const bob = await Window.open(his, cluster, options)
  await Promise.all([ada.signUp('ada'), bob.signUp('bob')])
  await ada.createRoom('Harbour', 'group', ['bob'])
  await bob.openRoom('Harbour')
  conversation = new Conversation({ server: cluster, ada, bob })
  await conversation.watch()
})
after(async () => {
  await closeAll()
  await cluster?.stop()
})

for (const n of [0, 1, 2]) {
  test(`node ${n + 1} of three is killed by hand`, () =>
    conversation.talkThrough(`kill${n}`, async (more) => {
      const back = cluster.kill(cluster.nodes[n])
      await more(10)
      await back
    }))
}

test('a node is sent away as for an update', () =>
  conversation.talkThrough('update', async (more) => {
    const back = cluster.kill(cluster.nodes[0], 'SIGTERM')
    await more(10)
    await back
  }))
