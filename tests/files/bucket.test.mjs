// Files in a bucket, as an S3 on this machine keeps them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { needs } from '../lib/deploy.mjs'
import { CREDENTIALS, Moto } from '../lib/moto.mjs'
import { eventually } from '../lib/patience.mjs'
import { need, signUpAll } from '../lib/people.mjs'
import { PNG } from '../lib/png.mjs'
import { NO_RATE_LIMITS, Server } from '../lib/server.mjs'

const options = needs('python')
let moto, server

before(async () => {
  if (options.skip) return
  moto = await Moto.start()
  await moto.ask('s3', 'create_bucket', { Bucket: 'chat', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } })
  server = await Server.start({
    flags: [
      ...NO_RATE_LIMITS,
      '--files-store=s3://chat/some/files',
      `--files-s3-endpoint=${moto.url}`,
      '--files-s3-region=eu-west-1',
      `--files-s3-access-key=${CREDENTIALS.AWS_ACCESS_KEY_ID}`,
      `--files-s3-secret-key=${CREDENTIALS.AWS_SECRET_ACCESS_KEY}`,
      '--files-keep-unattached=10s',
    ],
  })
})
after(async () => {
  await server?.stop()
  await moto?.stop()
})

const keys = async () => ((await moto.ask('s3', 'list_objects_v2', { Bucket: 'chat' })).Contents ?? []).map(({ Key }) => Key).sort()

test('files large and small lie in the bucket, come back, have links of its own and go', options, async () => {
  const [ada, bob] = await signUpAll(server, 'ada', 'bob')
  const room = await ada.createRoom('private', [bob])
  // More than two parts, with every byte telling where it is.
  const large = Buffer.alloc(12 * 1024 * 1024 + 7)
  for (let at = 0; at < large.length; at += 4) large.writeUInt32LE(at, Math.min(at, large.length - 4))
  const files = [await ada.upload(large, { name: 'Größe.bin' }), await ada.upload(PNG.of(60, 40), { name: 'a.png' })]
  assert.deepEqual(files.map(({ size, type }) => [size, type]), [[large.length, 'application/octet-stream'], [PNG.of(60, 40).length, 'image/png']])
  assert.deepEqual(await keys(), [`some/files/${files[0].id}`, `some/files/${files[1].id}`, `some/files/${files[1].id}.preview`].sort())
  const { seq } = await ada.post(`/rooms/${room.id}/messages`, { client_id: 'c', attachments: files.map(({ id }) => id) })

  const get = (path, headers = {}) => fetch(new URL(path, server.url), { headers })
  const asBob = { authorization: `Bearer ${bob.token}` }
  const whole = await get(`/api/v1/files/${files[0].id}`, asBob)
  assert.ok(large.equals(Buffer.from(await whole.arrayBuffer())), 'every byte is where it was')
  const part = await get(`/api/v1/files/${files[0].id}`, { ...asBob, range: 'bytes=6000000-6000015' })
  assert.equal(part.status, 206)
  assert.deepEqual(Buffer.from(await part.arrayBuffer()), large.subarray(6000000, 6000016))

  const { url, preview_url } = await bob.get(`/files/${files[1].id}/link`)
  assert.ok(url.startsWith(`${moto.url}/`) && preview_url.startsWith(`${moto.url}/`), url)
  const linked = await get(url)
  assert.deepEqual([linked.status, linked.headers.get('content-type'), linked.headers.get('content-disposition')], [200, 'image/png', 'inline; filename="a.png"'])
  assert.ok(PNG.of(60, 40).equals(Buffer.from(await linked.arrayBuffer())))
  assert.match((await bob.get(`/files/${files[0].id}/link`)).url, /X-Amz-Expires=900&/)

  need(await ada.call('DELETE', `/rooms/${room.id}/messages/${seq}`))
  await eventually('the bucket to be empty', async () => (await keys()).length === 0)
})

test('a bucket that is away refuses uploads, and the share is not used up', options, async () => {
  const [eve] = await signUpAll(server, 'eve')
  await moto.ask('s3', 'delete_bucket', { Bucket: 'chat' })
  const answer = await eve.call('POST', '/files?name=a.txt', undefined, { raw: 'words' })
  assert.deepEqual([answer.status, answer.body.code], [503, 'unavailable'])
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
})
