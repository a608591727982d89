/** The address says which room is open: `/r/<room id>`; everything else is the room list. */
class Route {
  room = $state<string | null>(roomOfPath())
  /** The page itself went from the list to this room, so that going back is one step in the history. */
  #steps = 0

  constructor() {
    window.addEventListener('popstate', () => {
      this.#steps = Math.max(0, this.#steps - 1)
      this.room = roomOfPath()
    })
  }

  toRoom(room: string): void {
    if (room === this.room) return
    // Between rooms there is nothing to go back to but the list.
    if (this.room === null) {
      this.#steps++
      history.pushState(null, '', pathOf(room))
    } else {
      history.replaceState(null, '', pathOf(room))
    }
    this.room = room
  }

  toList(): void {
    if (this.room === null) return
    if (this.#steps > 0) {
      history.back()
    } else {
      history.replaceState(null, '', '/')
      this.room = null
    }
  }
}

export const pathOf = (room: string) => `/r/${encodeURIComponent(room)}`

function roomOfPath(): string | null {
  const match = /^\/r\/([^/]+)\/?$/.exec(location.pathname)
  try {
    return match?.[1] ? decodeURIComponent(match[1]) : null
  } catch {
    return null
  }
}

export const route = new Route()
