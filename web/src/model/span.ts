const UNITS = [
  { name: 'day', s: 24 * 60 * 60 },
  { name: 'hour', s: 60 * 60 },
  { name: 'minute', s: 60 },
  { name: 'second', s: 1 },
]

/** A length of time in words: "90 seconds", "5 minutes", "2 days"; in the largest unit that it is a whole number of. */
export function spanInWords(seconds: number): string {
  const { name, s } = UNITS.find(({ s }) => seconds >= s && seconds % s === 0) ?? { name: 'second', s: 1 }
  const count = Math.round(seconds / s)
  return count === 1 ? `1 ${name}` : `${count.toLocaleString('en')} ${name}s`
}

/** What is left, as a clock counts it down: "0:12", "4:05", "1:02:00". */
export function countdown(left_ms: number): string {
  const all = Math.max(0, Math.ceil(left_ms / 1000))
  const parts = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60]
  const shown = parts[0] === 0 ? parts.slice(1) : parts
  return shown.map((part, at) => (at === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}
