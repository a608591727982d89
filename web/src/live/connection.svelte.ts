import { Centrifuge, type ServerSubscribedContext, type Subscription } from 'centrifuge'
import { isSignedOut, problemOfReply } from '../api/problem'
import { backoffMs } from '../model/backoff'

export type Status =
  | { state: 'connecting' }
  | { state: 'connected' }
  | { state: 'waiting'; until_ms: number }
  /** The server told this client to stay away; only the person can try again. */
  | { state: 'stopped'; reason: string }

/** Where a channel starts or goes on from. */
export interface Position {
  channel: string
  offset: number
  /**
   * `resumed`: every change since the last one follows. `new`: changes up to `offset` have to be
   * read. `lost`: the position is gone, and what is held of the channel may be from another epoch.
   */
  start: 'new' | 'resumed' | 'lost'
}

export interface Publication {
  channel: string
  data: unknown
  /** Only numbered changes have one. */
  offset: number | undefined
}

export interface Listener {
  connected(): void
  subscribed(position: Position): void
  publication(publication: Publication): void
  /** `refused`: this page had asked for the channel and may not follow it, or no longer. */
  unsubscribed(channel: string, refused: boolean): void
  signedOut(why: Ended): void
}

/** `session`: signed out elsewhere, revoked or expired. `another`: somebody else has signed in in this browser. */
export type Ended = 'session' | 'another'

/** The SDK's own timer stays behind this one, as a second line only. */
const SDK_DELAY_MS = 60_000
/** A connection that lasted this long counts as a success. */
const STEADY_MS = 5_000
const SIGNED_OUT_CODES = new Set([101, 109, 3500])

/**
 * The one real-time connection of the page. The SDK keeps the transports, the subscriptions and
 * their positions; this class decides when the next attempt is made, because the SDK does not
 * tell, and people like to know.
 */
export class Connection {
  status = $state<Status>({ state: 'connecting' })

  readonly #me: string
  readonly #client: Centrifuge
  readonly #listener: Listener
  /** What the SDK takes for the network's "online" and "offline": its public way to be told "now". */
  readonly #network = new EventTarget()
  readonly #followed = new Map<string, Subscription>()
  readonly #served = new Set<string>()
  #attempt = 0
  #up_since_ms = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(me: string, listener: Listener) {
    this.#me = me
    this.#listener = listener
    const origin = location.origin
    this.#client = new Centrifuge(
      [
        { transport: 'websocket', endpoint: `${origin.replace(/^http/, 'ws')}/connection/websocket` },
        { transport: 'http_stream', endpoint: `${origin}/connection/http_stream` },
        { transport: 'sse', endpoint: `${origin}/connection/sse` },
      ],
      {
        emulationEndpoint: `${origin}/emulation`,
        name: 'chinwag-web',
        minReconnectDelay: SDK_DELAY_MS,
        maxReconnectDelay: SDK_DELAY_MS,
        networkEventTarget: this.#network,
      },
    )
    this.#listen()
  }

  get up(): boolean {
    return this.status.state === 'connected'
  }

  open(): void {
    window.addEventListener('online', this.#online)
    window.addEventListener('offline', this.#offline)
    this.#client.connect()
  }

  close(): void {
    window.removeEventListener('online', this.#online)
    window.removeEventListener('offline', this.#offline)
    clearTimeout(this.#timer)
    this.status = { state: 'stopped', reason: '' }
    this.#client.removeAllListeners()
    this.#client.disconnect()
  }

  tryNow(): void {
    this.#attempt = 0
    if (this.status.state === 'stopped') {
      this.status = { state: 'connecting' }
      this.#client.connect()
    } else if (!this.up) {
      this.#tryAgain()
    }
  }

  /** Asks for a channel that the server does not feed to this connection by itself. */
  follow(channel: string): void {
    if (this.#served.has(channel) || this.#followed.has(channel)) return
    const subscription = this.#client.newSubscription(channel, { positioned: true, recoverable: true })
    subscription.on('subscribed', (at) => this.#listener.subscribed(positionOf(at)))
    subscription.on('publication', (publication) => this.#listener.publication({ offset: undefined, ...publication }))
    subscription.on('unsubscribed', () => {
      if (this.#drop(channel)) this.#listener.unsubscribed(channel, true)
    })
    this.#followed.set(channel, subscription)
    subscription.subscribe()
  }

  leave(channel: string): void {
    this.#drop(channel)
  }

  async rpc<Answer>(method: string, argument: unknown): Promise<Answer> {
    try {
      const answer = await this.#client.rpc(method, argument)
      return answer.data as Answer
    } catch (error) {
      const problem = problemOfReply(error)
      if (isSignedOut(problem)) this.#listener.signedOut('session')
      throw problem
    }
  }

  /** Without an answer, and without a second try: for what is worth nothing later. */
  tell(data: unknown): void {
    if (this.up) this.#client.send(data).catch(() => undefined)
  }

  #listen(): void {
    this.#client.on('connected', ({ data }) => {
      // The cookie is all tabs' together: whose it is now, only the server knows.
      if (userOf(data) !== this.#me) return this.#listener.signedOut('another')
      clearTimeout(this.#timer)
      this.#timer = undefined
      this.#up_since_ms = Date.now()
      this.status = { state: 'connected' }
      this.#listener.connected()
    })
    this.#client.on('connecting', ({ code }) => {
      // A server that lets clients in only to close on them is not met with more haste.
      if (this.up && Date.now() - this.#up_since_ms > STEADY_MS) this.#attempt = 0
      if (code === 0) this.status = { state: 'connecting' }
      else this.#scheduleAttempt()
    })
    this.#client.on('error', ({ type }) => {
      if (type === 'transport' || type === 'connect') this.#scheduleAttempt()
    })
    this.#client.on('disconnected', ({ code, reason }) => {
      clearTimeout(this.#timer)
      this.#timer = undefined
      if (SIGNED_OUT_CODES.has(code)) this.#listener.signedOut('session')
      else this.status = { state: 'stopped', reason }
    })
    this.#client.on('subscribed', (at) => {
      this.#served.add(at.channel)
      this.#listener.subscribed(positionOf(at))
    })
    this.#client.on('publication', (publication) => this.#listener.publication({ offset: undefined, ...publication }))
    this.#client.on('unsubscribed', ({ channel }) => {
      this.#served.delete(channel)
      this.#listener.unsubscribed(channel, false)
    })
  }

  #scheduleAttempt(): void {
    if (this.#timer !== undefined || this.status.state === 'stopped') return
    const delay_ms = backoffMs(this.#attempt++, Math.random())
    this.status = { state: 'waiting', until_ms: Date.now() + delay_ms }
    this.#timer = setTimeout(() => this.#tryAgain(), delay_ms)
  }

  #tryAgain(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.status = { state: 'connecting' }
    this.#network.dispatchEvent(new Event('online'))
  }

  readonly #online = () => {
    if (!this.up && this.status.state !== 'stopped') this.#tryAgain()
  }

  readonly #offline = () => {
    this.#network.dispatchEvent(new Event('offline'))
  }

  #drop(channel: string): boolean {
    const subscription = this.#followed.get(channel)
    if (!subscription) return false
    this.#followed.delete(channel)
    subscription.removeAllListeners()
    subscription.unsubscribe()
    this.#client.removeSubscription(subscription)
    return true
  }
}

/** Whom the server takes this page for. */
function userOf(data: unknown): string | undefined {
  return (data as { user?: { id?: string } } | undefined)?.user?.id
}

function positionOf(at: ServerSubscribedContext): Position {
  const start = at.recovered ? 'resumed' : at.wasRecovering ? 'lost' : 'new'
  return { channel: at.channel, offset: at.streamPosition?.offset ?? 0, start }
}
