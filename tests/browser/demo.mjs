import { need, signUp } from '../lib/people.mjs'
import { chart, harbour as evening, portrait } from './drawings.mjs'

const FACES = {
  ada: { light: [250, 214, 165], dark: [214, 126, 106], skin: [236, 190, 158], hair: [74, 48, 40], shirt: [46, 82, 122] },
  grace: { light: [196, 226, 214], dark: [86, 150, 140], skin: [226, 180, 150], hair: [206, 206, 210], shirt: [30, 44, 80] },
  alan: { light: [214, 220, 240], dark: [120, 134, 190], skin: [238, 200, 174], hair: [50, 36, 30], shirt: [96, 88, 84] },
  katherine: { light: [250, 230, 190], dark: [232, 170, 90], skin: [150, 98, 70], hair: [30, 22, 22], shirt: [150, 50, 70] },
}

/** A lively place: people, rooms and a conversation, for screenshots and for whoever looks at all of it. */
export async function demo(server) {
  const names = { ada: 'Ada Lovelace', grace: 'Grace Hopper', alan: 'Alan Turing', katherine: 'Katherine Johnson', edsger: 'Edsger Dijkstra' }
  const people = {}
  for (const [name, displayName] of Object.entries(names)) people[name] = await signUp(server, name, displayName)
  const { ada, grace, alan, katherine, edsger } = people
  const everybody = [grace, alan, katherine, edsger]
  // Whoever has none is shown by the letters of their name.
  for (const [name, colours] of Object.entries(FACES)) {
    const { id } = await people[name].upload(portrait(colours), { name: 'face.png', purpose: 'avatar' })
    need(await people[name].call('PATCH', '/users/me', { avatar: id }))
  }
  need(await grace.call('PUT', '/users/me/presence', { presence: 'auto', text: 'In the engine room 🔧' }))

  const lunch = await edsger.createRoom('public', [ada, grace], 'Lunch')
  const design = await alan.createRoom('private', [ada, katherine], 'Design reviews')
  const launch = await katherine.createRoom('group', [ada, grace, alan], 'Launch week')
  const harbour = await ada.createRoom('public', everybody, 'Harbour')
  const direct = await ada.createRoom('direct', [grace])
  const withKatherine = await katherine.createRoom('direct', [ada])

  await edsger.say(lunch, 'The soup place, half past twelve?')
  await grace.say(lunch, 'I am in.')
  await alan.say(design, 'Notes are up: the store decides the order, the bus is a hint.')
  await katherine.say(design, 'And a resume reads from where one left off. I like that there is one way, not two.')

  await grace.say(harbour, 'Morning, all ☀️')
  await alan.say(harbour, 'Morning! The new node joined during the night. **Nobody noticed**, which is the point.')
  await katherine.say(harbour, 'I killed it twice while the burst was running:\n\n```\nfor round in 1..=25 {\n    cluster.kill(node).await;\n    history.check()?; // every acknowledged message, once, in order\n}\n```')
  await katherine.say(harbour, 'All 25 rounds clean.')
  await ada.say(harbour, 'Lovely. And the people who were talking at the time?')
  await grace.say(harbour, 'Saw a small “reconnecting” for a moment. Their messages went out with the same ids when it came back.')
  await edsger.say(harbour, 'Simplicity is a great virtue 🙂')
  await alan.say(harbour, 'Write-up is at https://example.org/notes/kill-nine, comments welcome')
  await ada.say(harbour, 'Reading it now. Thank you!')
  await grace.say(harbour, '🎉')

  await changeThings(harbour, people)

  await ada.say(direct, 'Do you have the compiler notes?')
  await grace.say(direct, 'In an hour!')
  await katherine.say(withKatherine, 'The numbers for the trajectory are done.')
  await katherine.say(launch, 'Checklist is down to three items.')
  await grace.say(launch, 'Two 😄')
  return { people, rooms: { harbour, lunch, design, launch, direct } }
}

/** What others do with messages: answers, threads, reactions, mentions, pictures, a pin, an edit and a deletion. */
async function changeThings(room, { ada, grace, alan, katherine, edsger }) {
  const messages = await ada.messages(room)
  const at = (start) => messages.find(({ text }) => text.startsWith(start)).seq
  const path = (seq) => `/rooms/${room.id}/messages/${seq}`
  const send = (person, text, more) => person.post(`/rooms/${room.id}/messages`, { client_id: crypto.randomUUID(), text, ...more })
  const react = (person, seq, emoji) => person.call('PUT', `${path(seq)}/reactions/${encodeURIComponent(emoji)}`)

  const clean = at('All 25 rounds')
  for (const person of [ada, grace, alan, edsger]) await react(person, clean, '🎉')
  for (const person of [grace, edsger]) await react(person, clean, '👏')
  await react(katherine, at('Lovely.'), '❤️')
  await send(grace, 'How long did the slowest one take?', { thread: clean })
  await send(katherine, 'Two seconds, most of it the lease.', { thread: clean })
  await send(ada, 'Can we show that in the write-up?', { thread: clean })
  await ada.call('PUT', `/rooms/${room.id}/pins/${at('Write-up is at')}`)
  await alan.call('PATCH', path(at('Write-up is at')), { text: 'Write-up is at https://example.org/notes/kill-nine, comments welcome until Friday' })
  await send(alan, 'They did, every one of them. @ada I added the figures to it.', { reply_to: at('Saw a small') })
  const { seq } = await edsger.say(room, 'never mind')
  await edsger.call('DELETE', path(seq))
  const pictures = [await katherine.upload(evening(900, 675), { name: 'harbour.png' }), await katherine.upload(chart(900, 675), { name: 'rounds.png' })]
  await send(katherine, 'The view from here, and the rounds so far', { attachments: pictures.map(({ id }) => id) })
  await katherine.say(room, '@room release at four, who writes the note?')
}
