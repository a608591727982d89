import { crc32, deflateSync } from 'node:zlib'

/** Pictures without a library. */
export const PNG = {
  /** One colour all over. */
  of(width, height, [red, green, blue] = [13, 110, 99]) {
    const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, Buffer.from([red, green, blue]))])
    return file(width, height, deflateSync(Buffer.concat(Array(height).fill(row))))
  },

  /** What `colour` says of each place, both from 0 to 1; edges are smoothed. */
  painted(width, height, colour) {
    const rows = Buffer.alloc(height * (1 + width * 3))
    const within = [0.25, 0.75]
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const sum = [0, 0, 0]
        for (const down of within) {
          for (const across of within) colour((x + across) / width, (y + down) / height).forEach((part, n) => (sum[n] += part))
        }
        sum.forEach((part, n) => (rows[y * (1 + width * 3) + 1 + x * 3 + n] = Math.max(0, Math.min(255, Math.round(part / 4)))))
      }
    }
    return file(width, height, deflateSync(rows))
  },

  /** A few bytes whose header is right and lies. */
  claimingToBe: (width, height) => file(width, height, deflateSync(Buffer.alloc(1000))),

  /** The same picture with something written beside it. */
  with: (picture, name, text) => Buffer.concat([picture.subarray(0, HEADER_END), chunk(name, Buffer.from(text)), picture.subarray(HEADER_END)]),
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
/** Signature, and one chunk of 13 bytes with its length, name and checksum. */
const HEADER_END = 8 + 4 + 4 + 13 + 4

function file(width, height, pixels) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Eight bits a channel, three channels.
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))])
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'ascii'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
