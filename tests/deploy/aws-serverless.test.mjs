// The serverless shape on AWS: the module is validated, and tested with an AWS that agrees to everything (its own tests).
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { run } from '../lib/command.mjs'
import { DEPLOY, needs, tool } from '../lib/deploy.mjs'
import { CREDENTIALS } from '../lib/moto.mjs'

const MODULE = join(DEPLOY, 'terraform/aws-serverless')
/** Where Terraform has its provider from: a folder of this machine where there is one, else the registry. */
const MIRROR = process.env.TEST_TERRAFORM_MIRROR ?? '/opt/tf-plugins'

describe('the Terraform module aws-serverless', needs('terraform'), () => {
  let directory, terraform
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'chinwag-test-terraform-'))
    const env = { ...CREDENTIALS, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_CLI_CONFIG_FILE: join(directory, 'terraformrc') }
    writeFileSync(env.TF_CLI_CONFIG_FILE, existsSync(MIRROR) ? `provider_installation {\n  filesystem_mirror {\n    path    = "${MIRROR}"\n    include = ["*/*/*"]\n  }\n}\n` : '')
    const at = join(directory, 'module')
    cpSync(MODULE, at, { recursive: true, filter: (path) => !path.includes('.terraform') })
    terraform = (...args) => run(tool('terraform'), args, { cwd: at, env })
    await terraform('init', '-input=false', '-no-color')
  })
  after(() => rmSync(directory, { recursive: true, force: true }))

  test('has the form that Terraform gives it, makes sense, and passes its own tests', async () => {
    await terraform('fmt', '-check', '-diff', '-recursive')
    assert.match(await terraform('validate', '-no-color'), /The configuration is valid/)
    assert.match(await terraform('test', '-no-color'), /Success! 3 passed, 0 failed/)
  })
})
