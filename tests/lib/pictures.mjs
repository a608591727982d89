import { crc32, deflateSync } from 'node:zlib'

const chunk = (type, data) => {
  const body = Buffer.concat([Buffer.from(type), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

const header = (width, height) => {
  const data = Buffer.alloc(13)
  data.writeUInt32BE(width, 0)
  data.writeUInt32BE(height, 4)
  data.set([8, 2, 0, 0, 0], 8)
  return data
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const written = (size, rows) => Buffer.concat([SIGNATURE, chunk('IHDR', size), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])

/** Pictures without a library. */
export const PNG = {
  /** One colour all over. */
  of(width, height, [red, green, blue] = [40, 120, 200]) {
    const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, Buffer.from([red, green, blue]))])
    return written(header(width, height), Buffer.concat(Array.from({ length: height }, () => row)))
  },
  /** A few bytes whose header is right and lies. */
  claimingToBe: (width, height) => written(header(width, height), Buffer.alloc(1000)),
}
