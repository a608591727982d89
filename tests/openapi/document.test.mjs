// What the server's OpenAPI document says, held against what the server does, by Schemathesis: thousands of requests made
// from the document, right and wrong ones. None may be answered by an error of the server, by a status or a form that the
// document does not name, or let in without a token where one is asked for.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { inSeconds, jwt } from '../lib/jwt.mjs'
import { signUp, signUpAll } from '../lib/people.mjs'
import { NO_RATE_LIMITS } from '../lib/server.mjs'
import { withServer } from '../lib/suite.mjs'

const SECRET = 'a secret of at least thirty-two bytes, for tests only'
const SCHEMATHESIS = fileURLToPath(new URL('../.venv/bin/st', import.meta.url))
const CHECKS = ['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_headers_conformance', 'response_schema_conformance', 'unsupported_method', 'ignored_auth']
/** The same requests every time; another number makes others. */
const SEED = process.env.OPENAPI_SEED ?? '1'
const REQUESTS_PER_CALL = process.env.OPENAPI_REQUESTS ?? '10'

const held = withServer({ flags: [...NO_RATE_LIMITS, `--jwt-secret=${SECRET}`] })
const directory = mkdtempSync(join(tmpdir(), 'chinwag-openapi-'))
after(() => rmSync(directory, { recursive: true, force: true }))

/** What there is for the calls to find, so that they get further than "there is no such room". */
async function somethingToFind() {
  // The first account of a server is its admin; her token is none of a session, which some call would end.
  const admin = await signUp(held.server, 'admin')
  const [ben, carol] = await signUpAll(held.server, 'ben', 'carol')
  const room = await admin.createRoom('public', [ben, carol], 'Harbour')
  const file = await admin.upload('what the file says')
  await ben.say(room, 'hello harbour')
  await admin.say(room, 'hello Ben')
  await carol.post(`/rooms/${room.id}/messages/1/reports`, { reason: 'spam' })
  return { admin, ben, room, file }
}

/** Schemathesis' configuration: which ids there are. */
function configuration({ ben, room, file }) {
  const ids = (path, parameters) =>
    `[[operations]]\ninclude-path-regex = '${path}'\nparameters = { ${Object.entries(parameters).map(([name, value]) => `"path.${name}" = ${JSON.stringify(value)}`).join(', ')} }\n`
  return [
    ids('^/api/v1/rooms/[{]id[}](?!.*[{](user|seq)[}])', { id: room.id }),
    ids('^/api/v1/rooms/[{]id[}].*[{]user[}]', { id: room.id, user: ben.id }),
    ids('^/api/v1/rooms/[{]id[}].*[{]seq[}]', { id: room.id, seq: 1 }),
    ids('^/api/v1/files/[{]id[}]', { id: file.id }),
    ids('^/api/v1/users/[{]id[}]', { id: ben.id }),
    ids('^/api/v1/users/me/blocks/', { user: ben.id }),
    ids('^/api/v1/admin/reports/[{]id[}]', { id: '1' }),
  ].join('\n')
}

test('the document and the server agree', async () => {
  const found = await somethingToFind()
  const config = join(directory, 'schemathesis.toml')
  writeFileSync(config, configuration(found))
  const token = jwt({ sub: found.admin.id, exp: inSeconds(3600) }, SECRET)
  const [code, printed] = await run(SCHEMATHESIS, [
    ...['--config-file', config, 'run', `${held.server.url}/api/v1/openapi.json`],
    ...['--header', `Authorization: Bearer ${token}`, '--workers', '2', '--continue-on-failure', '--no-color'],
    ...['--phases', 'coverage,fuzzing', '--checks', CHECKS.join(','), '--seed', SEED, '--max-examples', REQUESTS_PER_CALL],
    ...['--warnings', 'off', '--suppress-health-check', 'all', '--exclude-path-regex', 'export$'],
  ])
  assert.equal(code, 0, printed)
})

/** Runs a program to its end; answers with its exit code and all that it printed. */
function run(program, args) {
  return new Promise((resolve, reject) => {
    // Its store of examples stays out of the project.
    const child = spawn(program, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] })
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk))
    child.on('error', reject)
    child.on('close', (code) => resolve([code, printed]))
  })
}
