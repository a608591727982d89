/**
 * Who may do what, as docs/PROTOCOL.md says it. One line per call and kind of room; the columns are owner, admin,
 * member and outsider. Whoever was removed from a room is an outsider. Who has no session, or a revoked one, may do
 * nothing but what is `open`.
 *
 * `ok` is any success; `-` is a case that cannot be; `|` stands between answers that are all right.
 */

/** code → [HTTP, real time] */
export const ERRORS = {
  unauthorized: [401, 101],
  permission_denied: [403, 103],
  unknown_room: [404, 102],
  unknown_user: [404, 1002],
  unknown_member: [404, 1003],
  unknown_session: [404, 1004],
  room_fixed: [409, 1006],
  invalid: [422, 107],
}

const SEE = {
  public: 'ok ok ok ok',
  private: 'ok ok ok unknown_room',
  group: 'ok ok ok unknown_room',
  direct: '- - ok unknown_room',
}
const POST = {
  public: 'ok ok ok permission_denied',
  private: 'ok ok ok unknown_room',
  group: 'ok ok ok unknown_room',
  direct: '- - ok unknown_room',
}
const EVERYBODY = { any: 'ok ok ok ok' }

/**
 * `rest` is method and path, `rpc` its twin; `{…}` is filled in: {room}, {me}, {other} (a member), {admin} (another admin),
 * {owner}, {stranger} (nobody's friend), {recluse} (in no room with anybody, ever), {fresh} (something new). `changes` asks for a fresh room in every case.
 */
export const CALLS = [
  { what: 'ask how the server is set up', rest: 'GET /config', rpc: 'config.get', who: EVERYBODY, open: true },
  {
    what: 'create an account',
    rest: 'POST /users',
    rpc: 'user.create',
    body: { name: 'u{fresh}', password: 'correct horse battery' },
    who: EVERYBODY,
    open: true,
  },
  {
    what: 'sign in',
    rest: 'POST /sessions',
    rpc: 'session.create',
    body: { name: '{strangerName}', password: '{password}' },
    who: EVERYBODY,
    open: true,
  },
  { what: 'ask who one is', rest: 'GET /users/me', rpc: 'user.me', who: EVERYBODY },
  { what: 'look for people', rest: 'GET /users?query=a', rpc: 'user.find', body: { query: 'a' }, who: EVERYBODY },
  { what: 'look at somebody', rest: 'GET /users/{stranger}', rpc: 'user.get', body: { id: '{stranger}' }, who: EVERYBODY },
  {
    what: 'tell oneself an event',
    rest: 'POST /users/{me}/events',
    rpc: 'user.send_event',
    body: { id: '{me}', type: 'open', data: {} },
    who: EVERYBODY,
  },
  {
    what: 'tell an event to somebody with whom one shares no room',
    rest: 'POST /users/{recluse}/events',
    rpc: 'user.send_event',
    body: { id: '{recluse}', type: 'open', data: {} },
    who: { any: 'unknown_user unknown_user unknown_user unknown_user' },
  },
  {
    // Before others join the public rooms of this member: then they share one.
    what: 'tell an event to somebody with whom one may share a room',
    rest: 'POST /users/{other}/events',
    rpc: 'user.send_event',
    body: { id: '{other}', type: 'open', data: {} },
    who: {
      public: 'ok ok ok unknown_user',
      private: 'ok ok ok unknown_user',
      group: 'ok ok ok unknown_user',
      direct: '- - ok unknown_user',
    },
  },
  { what: 'list one’s own sessions', rest: 'GET /sessions', rpc: 'session.list', who: EVERYBODY },
  {
    what: 'revoke the session of somebody else',
    rest: 'DELETE /sessions/{strangerSession}',
    rpc: 'session.delete',
    body: { id: '{strangerSession}' },
    who: { any: 'unknown_session unknown_session unknown_session unknown_session' },
  },
  { what: 'list one’s own rooms', rest: 'GET /rooms', rpc: 'room.list', who: EVERYBODY },
  { what: 'list the public rooms', rest: 'GET /rooms/public', rpc: 'room.list_public', who: EVERYBODY },
  ...['public', 'private', 'group'].map((kind) => ({
    what: `create a ${kind} room`,
    rest: 'POST /rooms',
    rpc: 'room.create',
    body: { kind, name: 'room {fresh}' },
    who: EVERYBODY,
  })),
  {
    what: 'write to somebody directly',
    rest: 'POST /rooms',
    rpc: 'room.create',
    body: { kind: 'direct', members: ['{stranger}'] },
    who: EVERYBODY,
  },
  { what: 'ask who is online', rest: 'GET /presence?users={stranger}', rpc: 'presence.get', body: { users: '{stranger}' }, who: EVERYBODY },

  { what: 'see a room', rest: 'GET /rooms/{room}', rpc: 'room.get', body: { room: '{room}' }, who: SEE },
  { what: 'list the members', rest: 'GET /rooms/{room}/members', rpc: 'member.list', body: { room: '{room}' }, who: SEE },
  { what: 'read the messages', rest: 'GET /rooms/{room}/messages', rpc: 'message.list', body: { room: '{room}' }, who: SEE },
  {
    what: 'send a message',
    rest: 'POST /rooms/{room}/messages',
    rpc: 'message.send',
    body: { room: '{room}', client_id: '{fresh}', text: 'may I?' },
    who: POST,
    changes: true,
  },
  { what: 'move one’s cursor', rest: 'POST /rooms/{room}/read', rpc: 'cursor.read', body: { room: '{room}', seq: 1 }, who: POST },
  {
    what: 'rename a room',
    rest: 'PATCH /rooms/{room}',
    rpc: 'room.rename',
    body: { room: '{room}', name: 'named {fresh}' },
    who: {
      public: 'ok ok permission_denied permission_denied',
      private: 'ok ok permission_denied unknown_room',
      group: 'ok ok ok unknown_room',
      direct: '- - room_fixed unknown_room',
    },
    changes: true,
  },
  {
    what: 'join',
    rest: 'POST /rooms/{room}/members',
    rpc: 'member.add',
    body: { room: '{room}', user: '{me}' },
    who: {
      public: 'ok ok ok ok',
      private: 'ok ok ok unknown_room',
      group: 'ok ok ok unknown_room',
      direct: '- - ok|room_fixed unknown_room',
    },
    changes: true,
  },
  {
    what: 'add somebody',
    rest: 'POST /rooms/{room}/members',
    rpc: 'member.add',
    body: { room: '{room}', user: '{stranger}' },
    who: {
      public: 'ok ok ok permission_denied',
      private: 'ok ok permission_denied unknown_room',
      group: 'ok ok ok unknown_room',
      direct: '- - room_fixed unknown_room',
    },
    changes: true,
  },
  {
    what: 'set a role',
    rest: 'PATCH /rooms/{room}/members/{other}',
    rpc: 'member.set_role',
    body: { room: '{room}', user: '{other}', role: 'admin' },
    who: {
      public: 'ok permission_denied permission_denied permission_denied',
      private: 'ok permission_denied permission_denied unknown_room',
      group: 'ok permission_denied permission_denied unknown_room',
      direct: '- - room_fixed unknown_room',
    },
    changes: true,
  },
  {
    what: 'make oneself the owner',
    rest: 'PATCH /rooms/{room}/members/{me}',
    rpc: 'member.set_role',
    body: { room: '{room}', user: '{me}', role: 'owner' },
    who: {
      public: '- permission_denied permission_denied permission_denied',
      private: '- permission_denied permission_denied unknown_room',
      group: '- permission_denied permission_denied unknown_room',
      direct: '- - room_fixed unknown_room',
    },
    changes: true,
  },
  {
    what: 'remove a member',
    rest: 'DELETE /rooms/{room}/members/{other}',
    rpc: 'member.remove',
    body: { room: '{room}', user: '{other}' },
    who: {
      public: 'ok ok permission_denied permission_denied',
      private: 'ok ok permission_denied unknown_room',
      group: 'ok permission_denied permission_denied unknown_room',
      direct: '- - room_fixed unknown_room',
    },
    changes: true,
  },
  {
    what: 'remove an admin',
    rest: 'DELETE /rooms/{room}/members/{admin}',
    rpc: 'member.remove',
    body: { room: '{room}', user: '{admin}' },
    who: {
      public: 'ok permission_denied permission_denied permission_denied',
      private: 'ok permission_denied permission_denied unknown_room',
      group: 'ok permission_denied permission_denied unknown_room',
    },
    changes: true,
  },
  {
    what: 'remove the owner',
    rest: 'DELETE /rooms/{room}/members/{owner}',
    rpc: 'member.remove',
    body: { room: '{room}', user: '{owner}' },
    who: {
      public: '- permission_denied permission_denied permission_denied',
      private: '- permission_denied permission_denied unknown_room',
      group: '- permission_denied permission_denied unknown_room',
    },
    changes: true,
  },
  {
    what: 'leave',
    rest: 'DELETE /rooms/{room}/members/{me}',
    rpc: 'member.remove',
    body: { room: '{room}', user: '{me}' },
    who: {
      public: 'ok ok ok permission_denied|unknown_member',
      private: 'ok ok ok unknown_room',
      group: 'ok ok ok unknown_room',
      direct: '- - room_fixed unknown_room',
    },
    changes: true,
  },

  { what: 'follow a room', command: { subscribe: { channel: 'room:{room}' } }, who: SEE },
  { what: 'read a room’s changes', command: { history: { channel: 'room:{room}', limit: 5 } }, who: SEE },
  { what: 'see who follows a room', command: { presence: { channel: 'room:{room}' } }, who: SEE },
  { what: 'count who follows a room', command: { presence_stats: { channel: 'room:{room}' } }, who: SEE },
  {
    what: 'publish',
    command: { publish: { channel: 'room:{room}', data: { client_id: '{fresh}', text: 'may I?' } } },
    who: POST,
    changes: true,
  },
  {
    what: 'follow somebody else’s own channel',
    command: { subscribe: { channel: 'user:{stranger}' } },
    who: { any: 'unknown_room unknown_room unknown_room unknown_room' },
  },
  {
    what: 'read somebody else’s own channel',
    command: { history: { channel: 'user:{stranger}', limit: 5 } },
    who: { any: 'unknown_room unknown_room unknown_room unknown_room' },
  },
]
