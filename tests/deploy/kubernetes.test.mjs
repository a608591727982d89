// The kustomize overlays, rendered as they would be applied. No cluster runs here: what they say is checked against the
// schemas of Kubernetes, and against what the node itself says of its settings, figures and deadlines.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { attempt, run } from '../lib/command.mjs'
import { DEPLOY, needs, ROOT, tool, yaml } from '../lib/deploy.mjs'
import { binary } from '../lib/server.mjs'

const SECRETS = { CHINWAG_STORE: 'postgres://chinwag:x@db/chinwag', CHINWAG_BUS: 'rediss://:x@cache:6379' }
const renderer = tool('kubectl') ? [tool('kubectl'), 'kustomize'] : [tool('kustomize'), 'build']

for (const overlay of ['single', 'cluster']) {
  describe(`the overlay ${overlay}`, needs('python', tool('kubectl') ? 'kubectl' : 'kustomize'), () => {
    let directory, file, objects
    before(async () => {
      directory = mkdtempSync(join(tmpdir(), 'chinwag-test-kubernetes-'))
      file = join(directory, `${overlay}.yaml`)
      const rendered = await run(renderer[0], [...renderer.slice(1), join(DEPLOY, 'kubernetes/overlays', overlay)])
      writeFileSync(file, rendered)
      objects = await yaml(rendered)
    })
    after(() => rmSync(directory, { recursive: true, force: true }))

    const one = (kind, name = 'chinwag') => objects.find((object) => object.kind === kind && object.metadata.name.startsWith(name))
    const pod = () => one('Deployment').spec.template
    const container = () => pod().spec.containers[0]

    test('is what the schemas of two versions of Kubernetes allow, and nothing beyond', needs('kubernetes-validate'), async () => {
      for (const version of ['1.31', '1.37']) {
        const said = await run(tool('kubernetes-validate'), ['--strict', '-k', version, file])
        assert.equal(said.match(/passed for resource/g).length, objects.length, said)
      }
      writeFileSync(`${file}.wrong`, readFileSync(file, 'utf8').replace('terminationGracePeriodSeconds', 'terminationGraceSeconds'))
      assert.notEqual((await attempt(tool('kubernetes-validate'), ['--strict', `${file}.wrong`])).code, 0, 'a misspelt field is noticed')
    })

    test('starts nodes with settings that they understand', async () => {
      const fields = { 'metadata.name': 'chinwag-7d4-x2x', 'status.podIP': '10.1.2.3' }
      const env = Object.fromEntries(container().env.map(({ name, value, valueFrom }) => [name, value ?? fields[valueFrom.fieldRef.fieldPath]]))
      env.CHINWAG_CLUSTER_ADVERTISE = env.CHINWAG_CLUSTER_ADVERTISE.replace('$(POD_IP)', env.POD_IP)
      for (const { configMapRef, secretRef } of container().envFrom ?? []) {
        Object.assign(env, secretRef ? SECRETS : objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef.name).data)
      }
      const settings = Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('CHINWAG_')))
      await run(binary(), ['config', 'check'], { env: settings })
      const { code, out } = await attempt(binary(), ['config', 'check'], { env: { ...settings, CHINWAG_SIGNUP: 'x' } })
      assert.ok(code !== 0 && out.includes('CHINWAG_SIGNUP'), 'a misspelt setting is noticed')
    })

    test('gives a node the time that it needs to drain', () => {
      const example = readFileSync(join(ROOT, 'docs/config.example.toml'), 'utf8').split('[drain]')[1]
      const seconds = (name) => Number(example.match(new RegExp(`^# ${name} = "(\\d+)s"`, 'm'))[1])
      const before = Number(container().lifecycle.preStop.exec.command[1])
      assert.ok(pod().spec.terminationGracePeriodSeconds >= before + seconds('not_ready') + seconds('timeout') + seconds('flush_timeout') + 10)
    })

    test('runs the image as the user that it has, on the port that it listens on', () => {
      const dockerfile = readFileSync(join(DEPLOY, 'docker/Dockerfile'), 'utf8')
      const { runAsUser, runAsGroup } = pod().spec.securityContext
      assert.equal(dockerfile.match(/^USER (.*)$/m)[1], `${runAsUser}:${runAsGroup}`)
      const { name, containerPort } = container().ports[0]
      assert.equal(dockerfile.match(/^EXPOSE (.*)$/m)[1], `${containerPort}`)
      assert.equal(one('Service').spec.ports[0].targetPort, name)
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) assert.equal(container()[probe].httpGet.port, name)
    })

    test('every selector selects the nodes', () => {
      const { labels } = pod().metadata
      const selectors = [one('Deployment').spec.selector.matchLabels, one('Service').spec.selector, one('NetworkPolicy').spec.podSelector.matchLabels]
      if (overlay === 'cluster') selectors.push(one('PodDisruptionBudget').spec.selector.matchLabels, ...pod().spec.topologySpreadConstraints.map((each) => each.labelSelector.matchLabels))
      for (const selector of selectors) {
        assert.ok(Object.keys(selector).length > 0)
        for (const [name, value] of Object.entries(selector)) assert.equal(labels[name], value)
      }
    })

    if (overlay === 'single') {
      test('never runs two nodes on one file', () => {
        const { replicas, strategy } = one('Deployment').spec
        assert.deepEqual([replicas, strategy.type], [1, 'Recreate'])
        assert.deepEqual(pod().spec.volumes.find(({ name }) => name === 'data').persistentVolumeClaim, { claimName: one('PersistentVolumeClaim').metadata.name })
      })
    } else {
      test('spreads nodes over zones, lets one go at a time, and keeps figures and cluster calls inside', () => {
        const [zones] = pod().spec.topologySpreadConstraints
        assert.deepEqual([zones.topologyKey, zones.whenUnsatisfiable, zones.maxSkew], ['topology.kubernetes.io/zone', 'DoNotSchedule', 1])
        assert.equal(one('PodDisruptionBudget').spec.maxUnavailable, 1)
        const paths = one('Ingress').spec.rules[0].http.paths
        for (const inside of ['/metrics', '/cluster']) assert.equal(paths.find(({ path }) => path === inside).backend.service.name, 'nowhere')
        assert.equal(one('Service', 'nowhere').spec.selector, undefined)
      })

      test('scales by a figure that nodes have and the adapter passes on', async () => {
        const figure = one('HorizontalPodAutoscaler').spec.metrics[0].pods.metric.name
        assert.ok(readFileSync(join(ROOT, 'docs/METRICS.md'), 'utf8').includes(`\`${figure}\``))
        const [{ rules }] = await yaml(readFileSync(join(DEPLOY, 'kubernetes/prometheus-adapter/values.yaml'), 'utf8'))
        assert.equal(rules.custom[0].name.as, figure)
        assert.ok(rules.custom[0].metricsQuery.includes(figure))
        assert.equal(one('Deployment').spec.replicas, undefined, 'how many is the autoscaler’s to say')
      })
    }
  })
}
