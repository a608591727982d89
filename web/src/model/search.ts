import type { Message, SearchQuery } from '../api/wire'

/** What is looked for, as the fields have it: days are those of the calendar at hand, both included. */
export interface Sought {
  words: string
  room: string | undefined
  from: string | undefined
  /** `2026-01-31`, or empty. */
  since: string
  until: string
}

export const NOTHING_SOUGHT: Sought = { words: '', room: undefined, from: undefined, since: '', until: '' }

/** What to ask the server; nothing where there is nothing to look for. */
export function queryOf({ words, room, from, since, until }: Sought): SearchQuery | undefined {
  const query = words.trim()
  if (query === '') return undefined
  return { query, room, from, after: dayStart(since, 0), before: dayStart(until, 1) }
}

function dayStart(day: string, later: number): string | undefined {
  const [year, month, date] = day.split('-').map(Number)
  if (!year || !month || !date) return undefined
  return new Date(year, month - 1, date + later).toISOString()
}

export interface Piece {
  text: string
  hit: boolean
}

const BEFORE = 60
const MOST = 260

/** The text in pieces, beginning shortly before what was found; whatever the places given are, nothing of it is said twice. */
export function piecesOf(text: string, highlights: Iterable<readonly [number, number]>): Piece[] {
  const hits = [...highlights].filter(([from, to]) => from < to && from >= 0 && to <= text.length).sort((a, b) => a[0] - b[0])
  const start = startOf(text, hits[0]?.[0] ?? 0)
  const end = Math.min(text.length, start + MOST)
  const pieces: Piece[] = start > 0 ? [{ text: '…', hit: false }] : []
  let at = start
  for (const [from, to] of hits) {
    const begin = Math.max(at, from)
    const stop = Math.min(end, to)
    if (begin >= stop) continue
    if (begin > at) pieces.push({ text: text.slice(at, begin), hit: false })
    pieces.push({ text: text.slice(begin, stop), hit: true })
    at = stop
  }
  if (at < end) pieces.push({ text: text.slice(at, end), hit: false })
  if (end < text.length) pieces.push({ text: '…', hit: false })
  return pieces
}

/** At the beginning of a word. */
function startOf(text: string, hit: number): number {
  if (hit <= BEFORE) return 0
  const space = text.lastIndexOf(' ', hit - BEFORE / 2)
  return space > hit - BEFORE ? space + 1 : hit - BEFORE / 2
}

/** Where a message is read: in the room, or in its thread. */
export const keyOf = ({ room, seq }: Message) => `${room} ${seq}`
