import { randomUUID } from 'node:crypto'

export const PASSWORD = 'correct horse battery staple'

let made = 0

/** Calls the REST interface; answers with the status, the headers and the body, and throws nothing for a refusal. */
export async function call(server, method, path, { token, cookie, body, headers = {}, raw } = {}) {
  const response = await fetch(`${server.url}${path.startsWith('/') && !path.startsWith('/api') && !path.startsWith('/health') ? `/api/v1${path}` : path}`, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(cookie ? { cookie } : {}),
      ...(body !== undefined ? { 'content-type': 'application/json' } : {}),
      ...(method === 'GET' ? {} : { origin: server.url }),
      ...headers,
    },
    body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
  })
  const text = await response.text()
  const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson && text ? JSON.parse(text) : text }
}

/** The answer's body; an error that tells the whole answer unless the status is one of 2xx. */
export function need({ status, body }, what = 'the call') {
  if (status < 200 || status > 299) throw new Error(`${what} was refused: ${status} ${JSON.stringify(body)}`)
  return body
}

/** Somebody with an account and a session. */
export class Person {
  constructor(server, { user, token, session, cookie }) {
    Object.assign(this, { server, user, token, session, cookie })
  }

  get id() {
    return this.user.id
  }
  get name() {
    return this.user.name
  }

  call(method, path, body, more = {}) {
    return call(this.server, method, path, { token: this.token, body, ...more })
  }
  async get(path) {
    return need(await this.call('GET', path), `GET ${path}`)
  }
  async post(path, body) {
    return need(await this.call('POST', path, body), `POST ${path}`)
  }

  createRoom(kind, members = [], name = `${kind} ${++made}`) {
    return this.post('/rooms', { kind, ...(kind === 'direct' ? {} : { name }), members: members.map((member) => member.id) })
  }
  say(room, text = `message ${++made}`, client_id = randomUUID()) {
    return this.post(`/rooms/${room.id ?? room}/messages`, { client_id, text })
  }
  /** Uploads a file; answers with what the server says of it. */
  async upload(bytes, { name = 'file.txt', purpose = 'attachment' } = {}) {
    const answer = await this.call('POST', `/files?name=${encodeURIComponent(name)}&purpose=${purpose}`, undefined, { raw: bytes })
    return need(answer, `the upload of ${name}`)
  }
  join(room) {
    return this.post(`/rooms/${room.id}/members`, { user: this.id })
  }

  /** Every message of a room from `after_seq` on, read page by page. */
  async messages(room, after_seq = 0) {
    const all = []
    for (let more = true; more; ) {
      const page = await this.get(`/rooms/${room.id ?? room}/messages?after_seq=${all.at(-1)?.seq ?? after_seq}&limit=200`)
      all.push(...page.messages)
      more = page.has_more
    }
    return all
  }

  /** The same person on another device. */
  async anotherDevice(device = 'another device') {
    return signIn(this.server, this.name, device)
  }
  signOut() {
    return this.call('DELETE', '/sessions/current')
  }
}

export async function signUp(server, name = `person${++made}_${process.pid}`, display_name) {
  need(await call(server, 'POST', '/users', { body: { name, password: PASSWORD, ...(display_name ? { display_name } : {}) } }), 'sign-up')
  return signIn(server, name)
}

export async function signIn(server, name, device = 'test') {
  const answer = await call(server, 'POST', '/sessions', { body: { name, password: PASSWORD, device } })
  const { user, token, session } = need(answer, 'sign-in')
  const cookie = answer.headers.getSetCookie?.().map((line) => line.split(';')[0]).join('; ')
  return new Person(server, { user, token, session, cookie })
}

/** Several people at once. */
export const signUpAll = (server, ...names) => Promise.all(names.map((name) => signUp(server, name)))
