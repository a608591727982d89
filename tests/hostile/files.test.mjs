import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { call, signUpAll } from '../lib/people.mjs'
import { withServer } from '../lib/suite.mjs'
import { RawSocket } from '../lib/wire.mjs'
import { PNG } from '../lib/png.mjs'
import { andStillServes } from './still-serves.mjs'

const held = withServer({ flags: ['--files-max-file-bytes=200KiB', '--files-max-bytes-per-user=300KiB', '--files-keep-unattached=1s'] })

andStillServes(held)

const upload = (person, query, bytes, more = {}) =>
  call(held.server, 'POST', `/files?${query}`, { token: person.token, raw: bytes, headers: { 'content-type': 'application/octet-stream' }, ...more })

test('a page, a drawing and a program are refused under any name', async () => {
  const [ada] = await signUpAll(held.server, 'files_ada')
  for (const bytes of ['<html><script>alert(1)</script></html>', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', '\u{FEFF} <!doctype html>', Buffer.from('4d5a90000300', 'hex')]) {
    const { status, body } = await upload(ada, 'name=photo.png', bytes)
    assert.deepEqual([status, body.code], [415, 'file_type_not_allowed'], JSON.stringify(body))
  }
})

test('names are names: no paths, no line breaks, no marks that turn text around', async () => {
  const [ada] = await signUpAll(held.server, 'files_bea')
  for (const name of ['../../../../etc/passwd', '..\\..\\boot.ini', 'a\r\nset-cookie: x=1', 'photo\u{202E}gpj.exe', '\0\0', 'x'.repeat(5000), '%2e%2e%2f', '"; filename=evil.html']) {
    const { status, body } = await upload(ada, `name=${encodeURIComponent(name)}`, 'words')
    assert.equal(status, 201, JSON.stringify(body))
    assert.doesNotMatch(body.name, /[/\\\r\n\0\u{202E}]/u)
    assert.ok(Buffer.byteLength(body.name) <= 200 && body.name.length > 0)
    const answer = await call(held.server, 'GET', `/files/${body.id}`, { token: ada.token })
    assert.equal(answer.headers.get('set-cookie'), null)
    assert.match(answer.headers.get('content-disposition'), /^attachment; filename="[^"]*"(; filename\*=UTF-8''[\w.%-]+)?$/)
    assert.match(answer.headers.get('content-security-policy'), /sandbox/)
  }
  for (const id of ['..%2F..%2Fchinwag.db', '%00', 'x', '01KAJQ8ZQK7N5V3T2R9X4M6B1F']) {
    const { status } = await call(held.server, 'GET', `/files/${id}`, { token: ada.token })
    assert.ok([404, 400].includes(status), `${id}: ${status}`)
  }
})

test('where a picture was taken is not kept', async () => {
  const [ada] = await signUpAll(held.server, 'files_gil')
  const plain = PNG.of(40, 20)
  const told = PNG.with(PNG.with(plain, 'eXIf', 'II*\0 52N 13E'), 'tEXt', 'Author\0Gil')
  const { status, body } = await upload(ada, 'name=home.png', told)
  assert.deepEqual([status, body.size, body.width, body.height], [201, plain.length, 40, 20])
  const kept = await fetch(`${held.server.url}/api/v1/files/${body.id}`, { headers: { authorization: `Bearer ${ada.token}` } })
  assert.ok(Buffer.from(await kept.arrayBuffer()).equals(plain))
})

test('a picture that claims to be enormous costs nothing and is a file like others', async () => {
  const [ada] = await signUpAll(held.server, 'files_cat')
  const { status, body } = await upload(ada, 'name=bomb.png', PNG.claimingToBe(60_000, 60_000))
  assert.deepEqual([status, body.width, body.preview], [201, undefined, undefined])
  const face = await upload(ada, 'purpose=avatar', PNG.claimingToBe(60_000, 60_000))
  assert.deepEqual([face.status, face.body.code], [415, 'file_type_not_allowed'])
})

test('a length that is not the file’s gets no file, and nobody’s share is used up', async () => {
  const [ada] = await signUpAll(held.server, 'files_dan')
  const head = (length) => `POST /api/v1/files?name=a.txt HTTP/1.1\r\nhost: ${held.server.host}\r\nauthorization: Bearer ${ada.token}\r\n${length}\r\n\r\n`
  for (const [length, bytes] of [
    ['content-length: 150000', 'only a little'],
    ['transfer-encoding: chunked', '5\r\nwords\r\nzz\r\n'],
    ['transfer-encoding: chunked', '5\r\nwords\r\n'],
  ]) {
    const raw = await RawSocket.open(held.server)
    raw.socket.write(head(length) + bytes)
    raw.socket.end()
    await raw.ended
    assert.doesNotMatch(String(raw.received), /^HTTP\/1.1 201/)
  }
  const far = await RawSocket.open(held.server)
  far.socket.write(head('content-length: 99999999999'))
  await eventually('the refusal', () => /413/.test(String(far.received)))
  far.socket.destroy()
  // Two of 140 KiB fit into 300 KiB, if what was cut off is forgotten.
  await eventually('the share to be free again', async () => {
    const answers = await Promise.all([upload(ada, 'name=1', 'x'.repeat(140 * 1024)), upload(ada, 'name=2', 'x'.repeat(140 * 1024))])
    return answers.every(({ status }) => status === 201)
  })
})

test('many uploads at once do not get past one’s share', async () => {
  const [ada] = await signUpAll(held.server, 'files_eli')
  const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => upload(ada, `name=${n}`, 'x'.repeat(100 * 1024))))
  const kept = answers.filter(({ status }) => status === 201).length
  assert.ok(kept >= 1 && kept <= 3, `${kept}`)
  for (const { status, body } of answers) assert.ok(status === 201 || ['storage_full', 'too_many_requests'].includes(body.code), JSON.stringify(body))
})

test('what nobody sends is deleted', async () => {
  const [ada] = await signUpAll(held.server, 'files_fay')
  const { body } = await upload(ada, 'name=a.txt', 'words')
  await eventually('the upload to be gone', async () => (await call(held.server, 'GET', `/files/${body.id}`, { token: ada.token })).status === 404)
})
