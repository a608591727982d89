import { connect, createServer } from 'node:net'

/** A balancer before nodes of different roles: it looks at a request's path and at nothing else. One request a connection. */
export class ByPath {
  #listener
  #sockets = new Set()

  /** `gateways` and `apis` take turns. */
  static async before({ gateways, apis }) {
    const balancer = new ByPath()
    let turn = 0
    const of = (servers) => servers[turn++ % servers.length]
    balancer.#listener = createServer((near) => balancer.#forward(near, (path) => of(/^\/(connection\/|emulation)/.test(path) ? gateways : apis)))
    await new Promise((done) => balancer.#listener.listen(0, '127.0.0.1', done))
    balancer.port = balancer.#listener.address().port
    return balancer
  }

  get host() {
    return `127.0.0.1:${this.port}`
  }
  get url() {
    return `http://${this.host}`
  }

  stop() {
    for (const socket of this.#sockets) socket.destroy()
    return new Promise((done) => this.#listener.close(done))
  }

  #forward(near, choose) {
    this.#watch(near)
    near.once('data', (first) => {
      const head = first.toString('latin1')
      const server = choose(head.split(' ')[1] ?? '/')
      const far = connect(server.port, '127.0.0.1')
      this.#watch(far)
      // The next request of the same connection may be for another node, so there is none.
      const once = /\r\nupgrade: /i.test(head) ? first : Buffer.from(head.replace(/\r\nconnection: keep-alive/i, '\r\nconnection: close'), 'latin1')
      far.write(once)
      near.pipe(far).pipe(near)
    })
  }

  #watch(socket) {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
  }
}
