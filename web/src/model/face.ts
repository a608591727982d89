import type { User } from '../api/wire'

export const HUES = 10

/** One of the palette's colours, the same for the same id on every device. */
export function hueOf(id: string): number {
  let hash = 2166136261
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 16777619)
  return (hash >>> 0) % HUES
}

export function nameOf(user: User): string {
  return user.display_name || user.name
}

const AND = new Intl.ListFormat('en')

/** Names in a row, as in a sentence. */
export function inWords(names: readonly string[]): string {
  return AND.format(names)
}

export function initialsOf(name: string): string {
  const words = name.trim().split(/[\s._-]+/u).filter(Boolean)
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return letters.map((word) => Array.from(word ?? '?')[0]?.toLocaleUpperCase()).join('')
}
