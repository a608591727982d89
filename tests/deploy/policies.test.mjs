// What checkov thinks of everything under deploy/. It takes long to start, so it is asked once.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { attempt, run } from '../lib/command.mjs'
import { DEPLOY, needs, tool } from '../lib/deploy.mjs'

test('checkov finds nothing that deploy/checkov.yaml does not give a reason for', needs('checkov', 'kubectl'), async () => {
  const directory = mkdtempSync(join(tmpdir(), 'chinwag-test-policies-'))
  try {
    const overlays = await Promise.all(['single', 'cluster'].map((name) => run(tool('kubectl'), ['kustomize', join(DEPLOY, 'kubernetes/overlays', name)])))
    const files = overlays.map((rendered, n) => {
      const file = join(directory, `${n}.yaml`)
      writeFileSync(file, rendered)
      return file
    })
    // What must be found, lest a checkov that looks at nothing is taken for one that is content.
    const careless = join(directory, 'careless.tf')
    writeFileSync(careless, 'resource "aws_db_instance" "open" {\n  publicly_accessible = true\n}\n')
    const terraform = (await run('find', [join(DEPLOY, 'terraform'), '-name', '*.tf', '-not', '-path', '*/.terraform/*'])).trim().split('\n')
    const { out } = await attempt(tool('checkov'), ['--config-file', join(DEPLOY, 'checkov.yaml'), '--framework', 'kubernetes', 'terraform', '--output', 'json', '--file', ...files, ...terraform, careless], { env: { LOG_LEVEL: 'CRITICAL' } })
    const reports = JSON.parse(out.slice(out.search(/^[[{]/m)))
    assert.deepEqual(reports.map(({ check_type }) => check_type).sort(), ['kubernetes', 'terraform'])
    const failed = reports.flatMap(({ results }) => results.failed_checks)
    const expected = failed.filter(({ resource }) => resource === 'aws_db_instance.open')
    assert.ok(expected.some(({ check_id }) => check_id === 'CKV_AWS_17'))
    assert.deepEqual(failed.filter((each) => !expected.includes(each)).map(({ check_id, check_name, resource }) => `${check_id} ${resource}: ${check_name}`), [])
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
