import { addressOf, pathOf, type Address, type AdminSection } from '../model/address'

/** What of the page is open; the browser's history follows. */
class Route {
  address = $state.raw<Address>(addressOf(location.pathname))
  readonly room = $derived(this.address.view === 'room' ? this.address.room : null)
  readonly thread = $derived(this.address.view === 'room' ? (this.address.thread ?? null) : null)
  readonly message = $derived(this.address.view === 'room' ? (this.address.message ?? null) : null)

  constructor() {
    window.addEventListener('popstate', () => (this.address = addressOf(location.pathname)))
  }

  to(address: Extract<Address, { view: 'room' }>): void {
    if (address.thread !== undefined) this.toThread(address.room, address.thread)
    else if (address.message !== undefined) this.toMessage(address.room, address.message)
    else this.toRoom(address.room)
  }

  toRoom(room: string): void {
    if (room !== this.room || this.message !== null) this.#go({ view: 'room', room }, this.room === null)
  }

  toMessage(room: string, message: number): void {
    this.#go({ view: 'room', room, message }, this.room === null)
  }

  /** The message was led to: a link to it leads there again, and going back does not. */
  shown(room: string, message: number): void {
    if (this.room === room && this.message === message) this.#go({ view: 'room', room }, false)
  }

  /** A thread lies on top of its room: going back closes it. */
  toThread(room: string, thread: number): void {
    this.#go({ view: 'room', room, thread }, this.thread === null)
  }

  closeThread(): void {
    if (this.address.view === 'room') this.#up({ view: 'room', room: this.address.room })
  }

  toThreads(): void {
    if (this.address.view !== 'threads') this.#go({ view: 'threads' }, this.address.view === 'list')
  }

  toAdmin(section: AdminSection): void {
    this.#go({ view: 'admin', section }, this.address.view === 'list')
  }

  toList(): void {
    if (this.address.view !== 'list') this.#up({ view: 'list' })
  }

  /** Only a step down is one in the history: between rooms there is nothing to go back to but the list. */
  #go(address: Address, down: boolean): void {
    const from = pathOf(this.address)
    if (down) history.pushState({ from }, '', pathOf(address))
    else history.replaceState(history.state, '', pathOf(address))
    this.address = address
  }

  /** One step back where that leads there, else to a new beginning. */
  #up(address: Address): void {
    const state = history.state as { from?: unknown } | null
    if (state?.from === pathOf(address)) history.back()
    else history.replaceState(null, '', pathOf(address))
    // The browser goes back in a moment; the page need not wait.
    this.address = address
  }
}

export const route = new Route()
