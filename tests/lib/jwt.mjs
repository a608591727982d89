import { createHmac } from 'node:crypto'

const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const digests = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' }

export const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds

/** A token as an embedding application would sign it; `header` and `secret` are free for those who cheat. */
export function jwt(claims, secret, header = { alg: 'HS256', typ: 'JWT' }) {
  const signed = `${part(header)}.${part(claims)}`
  const digest = digests[header.alg]
  const signature = digest && secret !== undefined ? createHmac(digest, secret).update(signed).digest('base64url') : ''
  return `${signed}.${signature}`
}
