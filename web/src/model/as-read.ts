import { onOneLine } from './markdown'

type Place = readonly [from: number, to: number]

/** What was said, as one reads it, with the places in it. */
export interface AsRead {
  text: string
  highlights: Place[]
}

/** Stand in the text for the ends of a place while its marks are taken off: characters that no text may hold. */
const BEGIN = '\uFDD0'
const END = '\uFDD1'

/** Of a long text only what is around the first place is read. */
const BEFORE = 1_000
const MOST = 4_000

/**
 * A text without the marks it was written with, and where in it the places are that were named in the whole of it. A place that shows
 * nothing of itself, such as one in the address of a link with words, is left out.
 */
export function asRead(text: string, highlights: Iterable<Place>): AsRead {
  const { part, places } = around(text.replace(/[\uFDD0\uFDD1]/g, '\uFFFD'), apart(highlights, text.length))
  const words = onOneLine(part)
  const leavesIt = (some: Place[]) => placesIn(onOneLine(withEnds(part, some))).text === words
  // What is found in a mark itself would undo it: "https" in a link, the number of a list.
  const kept = leavesIt(places) ? places : places.filter((place) => leavesIt([place]))
  return leavesIt(kept) ? placesIn(onOneLine(withEnds(part, kept))) : { text: words, highlights: [] }
}

function apart(highlights: Iterable<Place>, length: number): Place[] {
  const places: Place[] = []
  for (const [from, to] of [...highlights].sort((a, b) => a[0] - b[0])) {
    if (from < to && from >= (places.at(-1)?.[1] ?? 0) && to <= length) places.push([from, to])
  }
  return places
}

function around(text: string, places: Place[]): { part: string; places: Place[] } {
  const first = places[0]?.[0] ?? 0
  const near = Math.max(0, first - BEFORE)
  // At the beginning of a line, where there is one nearby: marks at the beginning of a line mean something else than within it.
  const line = text.lastIndexOf('\n', near) + 1
  const begin = near - line < BEFORE ? line : near
  const end = begin + MOST
  return {
    part: text.slice(begin, end),
    places: places.filter(([, to]) => to <= end).map(([from, to]) => [from - begin, to - begin]),
  }
}

function withEnds(text: string, places: Place[]): string {
  let [marked, at] = ['', 0]
  for (const [from, to] of places) {
    marked += text.slice(at, from) + BEGIN + text.slice(from, to) + END
    at = to
  }
  return marked + text.slice(at)
}

function placesIn(marked: string): AsRead {
  const highlights: Place[] = []
  let [text, from] = ['', 0]
  for (const each of marked.split(/([\uFDD0\uFDD1])/)) {
    if (each === BEGIN) from = text.length
    else if (each !== END) text += each
    else if (from < text.length) highlights.push([from, text.length])
  }
  return { text, highlights }
}
