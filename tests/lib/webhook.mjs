import { createServer } from 'node:http'

/** A web server that gets events and answers them by a function; keeps all that came. */
export class Webhook {
  events = []
  requests = []

  static async start(answer = () => ({ statusCode: 200 })) {
    const webhook = new Webhook()
    webhook.answer = answer
    webhook.server = createServer(async (request, response) => {
      const parts = []
      for await (const part of request) parts.push(part)
      const body = Buffer.concat(parts).toString()
      webhook.requests.push({ method: request.method, url: request.url, headers: request.headers, body })
      let event
      try {
        event = JSON.parse(body)
        webhook.events.push(event)
      } catch {}
      const said = await webhook.answer(event ?? body, request)
      if (typeof said === 'number') response.writeHead(said).end()
      else response.setHeader('content-type', 'application/json').end(typeof said === 'string' ? said : JSON.stringify(said))
    })
    await new Promise((done) => webhook.server.listen(0, '127.0.0.1', done))
    webhook.url = `http://127.0.0.1:${webhook.server.address().port}/events`
    return webhook
  }

  of(type) {
    return this.events.filter((event) => event.requestContext?.eventType === type)
  }

  stop() {
    this.server.closeAllConnections()
    return new Promise((done) => this.server.close(done))
  }
}
