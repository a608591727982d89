/**
 * What holds all the words, for whoever types the beginning of a name: first what begins with them, then what has a
 * word that does, then the rest; among equals the order stays.
 */
export function foundByWords<Item>(items: readonly Item[], words: readonly string[], nameOf: (item: Item) => string): Item[] {
  if (words.length === 0) return [...items]
  return items
    .map((item) => ({ item, rank: rankOf(nameOf(item).toLowerCase(), words) }))
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
    .map(({ item }) => item)
}

function rankOf(name: string, words: readonly string[]): number | undefined {
  if (!words.every((word) => name.includes(word))) return undefined
  if (name.startsWith(words.join(' '))) return 0
  const parts = name.split(/[^\p{L}\p{N}]+/u)
  return words.every((word) => parts.some((part) => part.startsWith(word))) ? 1 : 2
}
