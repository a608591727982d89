import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { eventually } from './patience.mjs'
import { dieWithParent } from './server.mjs'

const VENV_PYTHON = fileURLToPath(new URL('../.venv/bin/python', import.meta.url))
const LISTENER = fileURLToPath(new URL('./listener.py', import.meta.url))

/** A process that follows a room with the official Python SDK. */
export class PythonListener {
  changes = []
  subscribed = []
  faults = []

  static async follow(person, room, encoding) {
    const listener = new PythonListener()
    const python = process.env.TEST_PYTHON ?? (existsSync(VENV_PYTHON) ? VENV_PYTHON : 'python3')
    const url = `${person.server.url.replace('http', 'ws')}/connection/websocket`
    const [command, ...args] = dieWithParent([python, LISTENER, url, person.token, `room:${room.id}`, encoding])
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    listener.child = child
    process.once('exit', () => child.kill('SIGKILL'))
    child.stderr.on('data', (text) => listener.faults.push(String(text)))
    createInterface({ input: child.stdout }).on('line', (line) => listener.#hear(JSON.parse(line)))
    await eventually('the Python listener to subscribe', () => {
      if (child.exitCode !== null) throw new Error(`it ended: ${listener.faults.join('')}`)
      return listener.subscribed.length > 0
    })
    return listener
  }

  close() {
    this.child.stdin.end()
  }

  #hear({ event, ...what }) {
    if (event === 'change') this.changes.push(what)
    else if (event === 'subscribed') this.subscribed.push(what)
    else if (event === 'disconnected' || event === 'unsubscribed') this.faults.push(JSON.stringify({ event, ...what }))
  }
}
