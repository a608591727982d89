// Tokens that somebody made up.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { inSeconds, jwt } from '../lib/jwt.mjs'
import { call } from '../lib/people.mjs'
import { withServer } from '../lib/suite.mjs'
import { Wire } from '../lib/wire.mjs'
import { andStillServes } from './still-serves.mjs'

const SECRET = 'a secret of at least thirty-two bytes, for tests only'
const held = withServer({ flags: [`--jwt-secret=${SECRET}`, '--jwt-leeway=0s', '--jwt-audience=chinwag', '--jwt-issuer=the-app'] })
andStillServes(held)

const claims = (more = {}) => ({ sub: 'mallory', exp: inSeconds(60), aud: 'chinwag', iss: 'the-app', ...more })
const header = (more) => ({ alg: 'HS256', typ: 'JWT', ...more })
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = publicKey.export({ type: 'spki', format: 'pem' })

const signature = (token) => token.split('.')[2]
const unsigned = (token) => token.split('.').slice(0, 2).join('.')

/** what → token; each is refused as `unauthorized` and closes a connection with 3500 */
const FORGED = {
  'no algorithm': () => jwt(claims(), undefined, header({ alg: 'none' })),
  'no algorithm, in capitals': () => jwt(claims(), undefined, header({ alg: 'NONE' })),
  'no algorithm but a signature': () => `${unsigned(jwt(claims(), undefined, header({ alg: 'none' })))}.${signature(jwt(claims(), SECRET))}`,
  'an empty signature': () => `${unsigned(jwt(claims(), SECRET))}.`,
  'another secret': () => jwt(claims(), 'another secret that is just as long as the right one'),
  'an empty secret': () => jwt(claims(), ''),
  'a public key as its secret': () => jwt(claims(), pem),
  'RS256 claimed over an HMAC': () => `${Buffer.from(JSON.stringify(header({ alg: 'RS256' }))).toString('base64url')}.${jwt(claims(), SECRET).split('.')[1]}.${signature(jwt(claims(), SECRET))}`,
  'claims that were swapped after signing': () => {
    const [head, , sign] = jwt(claims(), SECRET).split('.')
    return `${head}.${jwt(claims({ sub: 'ada' }), SECRET).split('.')[1]}.${sign}`
  },
  'no expiry': () => jwt(claims({ exp: undefined }), SECRET),
  'no subject': () => jwt(claims({ sub: undefined }), SECRET),
  'an empty subject': () => jwt(claims({ sub: '' }), SECRET),
  'a subject that is a pattern': () => jwt(claims({ sub: '*' }), SECRET),
  'a subject that breaks out of its channel': () => jwt(claims({ sub: 'a:b' }), SECRET),
  'another audience': () => jwt(claims({ aud: 'somebody-else' }), SECRET),
  'no audience': () => jwt(claims({ aud: undefined }), SECRET),
  'another issuer': () => jwt(claims({ iss: 'https://evil.example' }), SECRET),
  'a time that has not come': () => jwt(claims({ nbf: inSeconds(600) }), SECRET),
  'a key id that is a path': () => jwt(claims(), 'x', header({ kid: '../../../../dev/null' })),
  'a key id that is SQL': () => jwt(claims(), 'x', header({ kid: "' union select 'x" })),
  'a key of its own': () => jwt(claims(), 'x', header({ jwk: { kty: 'oct', k: Buffer.from('x').toString('base64url') } })),
  'a key at an address of its own': () => jwt(claims(), 'x', header({ jku: 'https://evil.example/keys' })),
  'a critical extension that nobody knows': () => jwt(claims(), SECRET, header({ crit: ['exp2'], exp2: 1 })),
  'four parts': () => `${jwt(claims(), SECRET)}.more`,
  'two parts': () => unsigned(jwt(claims(), SECRET)),
  'dots only': () => '..',
  'a megabyte less a little': () => jwt(claims({ more: 'x'.repeat(10_000) }), 'wrong'),
}

for (const [what, forge] of Object.entries(FORGED)) {
  test(`a token with ${what} is refused`, async () => {
    const token = forge()
    const answer = await call(held.server, 'GET', '/users/me', { token })
    assert.equal(answer.status, 401, JSON.stringify(answer.body))
    assert.equal(answer.body.code, 'unauthorized')
    const wire = await Wire.open(held.server)
    wire.connect(token).catch(() => {})
    assert.equal(await wire.ends(), 3500)
  })
}

test('a token that has expired is told so', async () => {
  const token = jwt(claims({ exp: inSeconds(-1) }), SECRET)
  const answer = await call(held.server, 'GET', '/users/me', { token })
  assert.deepEqual([answer.status, answer.body.code], [401, 'token_expired'])
  const wire = await Wire.open(held.server)
  await assert.rejects(wire.connect(token), { code: 109 })
  wire.close()
})

test('the right token is accepted, and nothing of it is in the log', async () => {
  const token = jwt(claims(), SECRET)
  assert.equal((await call(held.server, 'GET', '/users/me', { token })).body.id, 'mallory')
  for (const secret of [token, signature(token), SECRET, held.bystander.token]) assert.ok(!held.server.log.includes(secret))
})
