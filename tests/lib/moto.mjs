import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { run } from './command.mjs'
import { ROOT, tool } from './deploy.mjs'
import { eventually, PATIENCE_MS, within } from './patience.mjs'
import { dieWithParent, freePort } from './server.mjs'

/** Anybody's, for an AWS that is on this machine and asks for none. */
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_DEFAULT_REGION: 'eu-west-1', AWS_REGION: 'eu-west-1', AWS_EC2_METADATA_DISABLED: 'true' }

/** An AWS that exists on this machine alone. */
export class Moto {
  #child
  log = ''

  /** One whose DynamoDB works on one request after the other: the usual one's transactions undo what others write. */
  static startTable() {
    return Moto.start('crates/testkit/src/dynamodb/serve.py')
  }

  static async start(program = 'tests/lib/moto_server.py') {
    const moto = new Moto()
    moto.port = await freePort()
    const [command, ...rest] = dieWithParent([tool('python'), join(ROOT, program), `${moto.port}`])
    moto.#child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...CREDENTIALS } })
    for (const stream of [moto.#child.stdout, moto.#child.stderr]) stream.on('data', (text) => (moto.log = (moto.log + text).slice(-65536)))
    // Python reads a great many files for it.
    await eventually('moto to answer', async () => {
      if (moto.#child.exitCode !== null) throw new Error(moto.log)
      return (await fetch(`${moto.url}/moto-api/`)).ok
    }, PATIENCE_MS * 6)
    return moto
  }

  get url() {
    return `http://127.0.0.1:${this.port}`
  }

  /** Asks by boto3: `ask('ec2', 'describe_vpcs', {…})`. */
  async ask(...question) {
    return (await this.askAll([question]))[0]
  }

  /** Asks several questions one after the other, by one program. */
  async askAll(questions) {
    const program = `
import boto3, json, sys
questions, url = json.load(sys.stdin)
answers = []
for service, call, *args in questions:
    answer = getattr(boto3.client(service, endpoint_url=url), call)(**(args[0] if args else {}))
    answer.pop("ResponseMetadata", None)
    answers.append(answer)
print(json.dumps(answers, default=str))`
    return JSON.parse(await run(tool('python'), ['-c', program], { input: JSON.stringify([questions, this.url]), env: CREDENTIALS }))
  }

  async stop() {
    const ended = new Promise((done) => this.#child.once('close', done))
    this.#child.kill('SIGKILL')
    await within('moto to end', ended)
  }
}
