import type { Node } from './markdown'
import { nameOf } from './face'
import type { User } from '../api/wire'

/** What the text before the cursor asks to be completed: the beginning of a name, after an `@` that begins a word. */
export function askedName(before: string): string | undefined {
  return /(?:^|[^\p{L}\p{N}`])@([\w.-]{0,32})$/u.exec(before)?.[1]
}

/** The name that calls everybody. */
export const EVERYBODY = 'room'

export interface Candidate {
  /** What is written behind the `@`. */
  name: string
  label: string
  user: User | undefined
}

const MOST = 8

/** Whom the beginning of a name may mean: names first, then the words of display names. */
export function candidates(asked: string, people: readonly User[], everybody: boolean): Candidate[] {
  const wanted = asked.toLowerCase()
  const by_name = people.filter((user) => user.name.toLowerCase().startsWith(wanted))
  const by_word = people.filter((user) => !by_name.includes(user) && nameOf(user).toLowerCase().split(/\s+/).some((word) => word.startsWith(wanted)))
  const found: Candidate[] = [...by_name, ...by_word].map((user) => ({ name: user.name, label: nameOf(user), user }))
  if (everybody && EVERYBODY.startsWith(wanted)) found.push({ name: EVERYBODY, label: 'Everybody in the room', user: undefined })
  return found.slice(0, MOST)
}

/** Whom a name in the text means, if it was a mention when it was written. */
export type Whom = (name: string) => 'me' | 'other' | undefined

// As in the server's rules: a name begins a word, and a point at its end ends the sentence.
const CALLED = /(?<![\p{L}\p{N}])@([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)/gu

/** The tree with each mention in it as a node of its own; code has none. */
export function withMentions(nodes: readonly Node[], whom: Whom): Node[] {
  return nodes.flatMap((node): Node[] => {
    if (node.type === 'text') return split(node.text, whom)
    return 'children' in node ? [{ ...node, children: withMentions(node.children, whom) } as Node] : [node]
  })
}

function split(text: string, whom: Whom): Node[] {
  const parts: Node[] = []
  let from = 0
  for (const found of text.matchAll(CALLED)) {
    const is = whom((found[1] ?? '').toLowerCase())
    if (is === undefined) continue
    if (found.index > from) parts.push({ type: 'text', text: text.slice(from, found.index) })
    parts.push({ type: 'mention', text: found[0], me: is === 'me' })
    from = found.index + found[0].length
  }
  if (from < text.length) parts.push({ type: 'text', text: text.slice(from) })
  return parts
}
