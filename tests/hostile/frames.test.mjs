// WebSocket frames that break RFC 6455.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withServer } from '../lib/suite.mjs'
import { frame, RawSocket } from '../lib/wire.mjs'
import { andStillServes } from './still-serves.mjs'

const MAX_FRAME_BYTES = 256 * 1024
const held = withServer()
andStillServes(held)

const bytes = (...values) => Buffer.from(values)
const connect = '{"id":1,"connect":{}}'

/** what → [frames, close code] */
const BROKEN = {
  'a frame that is not masked': [[frame({ masked: false, payload: connect })], 1002],
  'the first reserved bit': [[frame({ rsv: 4, payload: connect })], 1002],
  'the second reserved bit': [[frame({ rsv: 2, payload: connect })], 1002],
  'the third reserved bit': [[frame({ rsv: 1, payload: connect })], 1002],
  'a reserved data opcode': [[frame({ opcode: 3, payload: connect })], 1002],
  'a reserved control opcode': [[frame({ opcode: 11 })], 1002],
  'a ping in fragments': [[frame({ opcode: 9, fin: false })], 1002],
  'a ping of 126 bytes': [[frame({ opcode: 9, payload: Buffer.alloc(126) })], 1002],
  'a close of one byte': [[frame({ opcode: 8, payload: bytes(3) })], 1002],
  'a close with a code that must not travel': [[frame({ opcode: 8, payload: bytes(0x03, 0xed) })], 1002],
  'a length in a longer form than it needs': [[frame({ payload: connect, lengthForm: 16 })], 1002],
  'a length in the longest form that it does not need': [[frame({ payload: connect, lengthForm: 64 })], 1002],
  'a length with its top bit set': [[frame({ lengthForm: 64, length: 0x8000000000000000n })], 1002],
  'a continuation of nothing': [[frame({ opcode: 0, payload: connect })], 1002],
  'a message inside a fragmented one': [[frame({ fin: false, payload: connect }), frame({ payload: connect })], 1002],
  'text that is not UTF-8': [[frame({ payload: bytes(0x7b, 0xff, 0xfe, 0x7d) })], 1007],
  'an overlong form of a slash': [[frame({ payload: bytes(0x22, 0xc0, 0xaf, 0x22) })], 1007],
  'a surrogate in UTF-8': [[frame({ payload: bytes(0x22, 0xed, 0xa0, 0x80, 0x22) })], 1007],
  'a character beyond Unicode': [[frame({ payload: bytes(0x22, 0xf4, 0x90, 0x80, 0x80, 0x22) })], 1007],
  'text that ends within a character': [[frame({ payload: bytes(0x22, 0xe2, 0x82) })], 1007],
  'a character that is cut by a fragment and never ends': [
    [frame({ fin: false, payload: bytes(0x22, 0xe2) }), frame({ opcode: 0, payload: bytes(0x22) })],
    1007,
  ],
  'a close reason that is not UTF-8': [[frame({ opcode: 8, payload: bytes(0x03, 0xe8, 0xff) })], 1007],
  'a message over the limit': [[frame({ payload: Buffer.alloc(MAX_FRAME_BYTES + 1, 0x20) })], 1009],
  'a length beyond all reason, before the first byte of it': [[frame({ lengthForm: 64, length: 1n << 62n })], 1009],
  'fragments that grow over the limit': [
    [
      frame({ fin: false, payload: Buffer.alloc(MAX_FRAME_BYTES / 2, 0x20) }),
      frame({ fin: false, opcode: 0, payload: Buffer.alloc(MAX_FRAME_BYTES / 2, 0x20) }),
      frame({ opcode: 0, payload: ' ' }),
    ],
    1009,
  ],
}

for (const [what, [frames, code]] of Object.entries(BROKEN)) {
  test(`${what} closes with ${code}`, async () => {
    const raw = await RawSocket.upgraded(held.server)
    for (const each of frames) raw.write(each)
    assert.equal(await raw.closeCode(), code)
    raw.close()
  })

  test(`${what}, byte by byte, closes with ${code}`, { skip: frames.some((each) => each.length > 2_000) }, async () => {
    const raw = await RawSocket.upgraded(held.server)
    raw.socket.setNoDelay(true)
    for (const byte of Buffer.concat(frames)) {
      raw.write(bytes(byte))
      await new Promise(setImmediate)
    }
    assert.equal(await raw.closeCode(), code)
    raw.close()
  })
}

test('a close frame is answered with the same code', async () => {
  const raw = await RawSocket.upgraded(held.server)
  raw.write(frame({ opcode: 8, payload: bytes(0x03, 0xe8) }))
  assert.equal(await raw.closeCode(), 1000)
  raw.close()
})

test('a peer that vanishes in the middle of a frame harms nobody', async () => {
  for (let n = 0; n < 100; n++) {
    const raw = await RawSocket.upgraded(held.server)
    raw.write(frame({ payload: connect }).subarray(0, 1 + (n % 20)))
    if (n % 2) raw.socket.resetAndDestroy()
    else raw.close()
  }
})

test('an empty frame and an empty ping are no fault', async () => {
  const raw = await RawSocket.upgraded(held.server)
  raw.write(frame({ opcode: 9 }))
  raw.write(frame({ opcode: 8, payload: bytes(0x03, 0xe8) }))
  assert.equal(await raw.closeCode(), 1000)
  raw.close()
})
