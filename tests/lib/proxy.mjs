import { connect, createServer } from 'node:net'

/** The network between a client and the server: it can be cut and mended. */
export class Network {
  #sockets = new Set()
  #listener
  #up = true

  static async to(server) {
    const network = new Network()
    network.#listener = createServer((socket) => network.#forward(socket, server.port))
    await new Promise((done) => network.#listener.listen(0, '127.0.0.1', done))
    network.port = network.#listener.address().port
    return network
  }

  get url() {
    return `http://127.0.0.1:${this.port}`
  }

  cut() {
    this.#up = false
    for (const socket of this.#sockets) socket.destroy()
  }
  mend() {
    this.#up = true
  }
  close() {
    this.cut()
    return new Promise((done) => this.#listener.close(done))
  }

  #forward(near, port) {
    if (!this.#up) return near.destroy()
    const far = connect(port, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ]) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }
}
