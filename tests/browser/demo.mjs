import { signUp } from '../lib/people.mjs'

/** A lively place: people, rooms and a conversation, for screenshots and for whoever looks at all of it. */
export async function demo(server) {
  const names = { ada: 'Ada Lovelace', grace: 'Grace Hopper', alan: 'Alan Turing', katherine: 'Katherine Johnson', edsger: 'Edsger Dijkstra' }
  const people = {}
  for (const [name, displayName] of Object.entries(names)) people[name] = await signUp(server, name, displayName)
  const { ada, grace, alan, katherine, edsger } = people
  const everybody = [grace, alan, katherine, edsger]

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

  await ada.say(direct, 'Do you have the compiler notes?')
  await grace.say(direct, 'In an hour!')
  await katherine.say(withKatherine, 'The numbers for the trajectory are done.')
  await katherine.say(launch, 'Checklist is down to three items.')
  await grace.say(launch, 'Two 😄')
  return { people, rooms: { harbour, lunch, design, launch, direct } }
}
