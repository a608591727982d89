import { crc32, deflateSync } from 'node:zlib'

/** A PNG of one colour: as small a picture as there is that every program reads. */
export function picture(width, height, [red, green, blue] = [13, 110, 99]) {
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, Buffer.from([red, green, blue]))])
  return png(width, height, Buffer.concat(Array(height).fill(row)))
}

/** A PNG of what `colour` says of each place, both from 0 to 1; edges are smoothed. */
export function painted(width, height, colour) {
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
  return png(width, height, rows)
}

function png(width, height, rows) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Eight bits a channel, three channels.
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A block of a PNG. */
export function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'ascii'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}
