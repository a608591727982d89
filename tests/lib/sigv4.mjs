import { createHash, createHmac } from 'node:crypto'

const sha256 = (text) => createHash('sha256').update(text).digest('hex')
const hmac = (key, text) => createHmac('sha256', key).update(text).digest()

/** The headers of a request that is signed as AWS describes it, by a second pair of eyes: no SDK, none of the gateway's code. */
export function signed({ method = 'POST', url, body = '', key, region = 'us-east-1', service = 'execute-api', at = new Date() }) {
  const { host, pathname, searchParams } = new URL(url)
  const time = at.toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`
  const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  const path = pathname.split('/').map(encode).join('/')
  const query = [...searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort().join('&')
  const canonical = [method, path, query, `host:${host}`, `x-amz-date:${time}`, '', 'host;x-amz-date', sha256(body)].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')
  const signing = [time.slice(0, 8), region, service, 'aws4_request'].reduce((secret, part) => hmac(secret, part), `AWS4${key.secretAccessKey}`)
  const signature = hmac(signing, toSign).toString('hex')
  return {
    'x-amz-date': time,
    authorization: `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  }
}

/** Calls something with a signature. */
export async function call(url, { method = 'POST', body, headers: more, ...how }) {
  const headers = { ...more, ...signed({ method, url, body, ...how }) }
  return fetch(url, { method, headers, body: method === 'POST' ? body : undefined })
}
