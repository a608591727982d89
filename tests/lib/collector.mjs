import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'
import protobuf from 'protobufjs'

/** What of https://github.com/open-telemetry/opentelemetry-proto (trace/v1) the tests look at; the rest is skipped when it is read. */
const Request = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { string string_value = 1; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5;
    fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
  }`).root.lookupType('Request')

const hex = (bytes) => Buffer.from(bytes ?? []).toString('hex')
const named = (attributes) => Object.fromEntries(attributes.map(({ key, value }) => [key, value?.stringValue]))

/** An OpenTelemetry collector: takes traces by OTLP over HTTP and remembers their spans. */
export class Collector {
  /** `{trace, id, parent, name, from, to, node, attributes}` */
  spans = []
  #server = createServer((request, response) => this.#take(request, response))

  static async start() {
    const collector = new Collector()
    await new Promise((done, fail) => collector.#server.once('error', fail).listen(0, '127.0.0.1', done))
    return collector
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`
  }

  async #take(request, response) {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    if (request.url !== '/v1/traces' || request.headers['content-type'] !== 'application/x-protobuf') return response.writeHead(415).end()
    const body = Buffer.concat(chunks)
    const { resourceSpans } = Request.decode(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)
    for (const { resource, scopeSpans } of resourceSpans) {
      const node = named(resource.attributes)['service.instance.id']
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        const [from, to] = [span.startTimeUnixNano, span.endTimeUnixNano].map((time) => BigInt(time.toString()))
        this.spans.push({ trace: hex(span.traceId), id: hex(span.spanId), parent: hex(span.parentSpanId), name: span.name, from, to, node, attributes: named(span.attributes) })
      }
    }
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
  }

  stop() {
    this.#server.closeAllConnections()
    return new Promise((done) => this.#server.close(done))
  }
}
