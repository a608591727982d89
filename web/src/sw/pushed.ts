/** What the server pushes of a message: docs/PROTOCOL.md. */
export interface Pushed {
  room: string
  title: string
  body: string
  url: string
  tag: string
  badge: number | undefined
}

/** Another version of the server may push what this one does not know; a page must show something of all. */
export function readPushed(text: string): Pushed | undefined {
  let fields: Record<string, unknown>
  try {
    fields = Object(JSON.parse(text)) as Record<string, unknown>
  } catch {
    return undefined
  }
  const words = (name: string) => (typeof fields[name] === 'string' ? fields[name] : '')
  if (fields.type !== 'message' || words('room') === '') return undefined
  return {
    room: words('room'),
    title: words('title') || 'Chinwag',
    body: words('body'),
    url: pathOf(words('url'), words('room'), fields.seq),
    tag: words('tag') || words('room'),
    badge: typeof fields.badge === 'number' && fields.badge >= 0 ? fields.badge : undefined,
  }
}

/** Only a path of this very server is opened, whatever is told. */
function pathOf(url: string, room: string, seq: unknown): string {
  if (/^\/(?![/\\])/.test(url)) return url
  const at = Number.isSafeInteger(seq) ? `/messages/${String(seq)}` : ''
  return `/r/${encodeURIComponent(room)}${at}`
}
