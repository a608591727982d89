// The servers on AWS: the module is validated, tested with an AWS that agrees to everything (its own tests), and applied to an
// AWS on this machine, of which is then asked what there is.
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { run } from '../lib/command.mjs'
import { DEPLOY, needs, tool } from '../lib/deploy.mjs'
import { CREDENTIALS, Moto } from '../lib/moto.mjs'

const MODULE = join(DEPLOY, 'terraform/aws-ec2')
/** Where Terraform has its provider from: a folder of this machine where there is one, else the registry. */
const MIRROR = process.env.TEST_TERRAFORM_MIRROR ?? '/opt/tf-plugins'
const PASSWORD = 'apasswordthatmustnotbekept'

describe('the Terraform module aws-ec2', { concurrency: true, ...needs('terraform', 'python') }, () => {
  let directory, env, terraform
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'chinwag-test-terraform-'))
    env = { ...CREDENTIALS, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_CLI_CONFIG_FILE: join(directory, 'terraformrc') }
    writeFileSync(env.TF_CLI_CONFIG_FILE, existsSync(MIRROR) ? `provider_installation {\n  filesystem_mirror {\n    path    = "${MIRROR}"\n    include = ["*/*/*"]\n  }\n}\n` : '')
    terraform = (cwd, ...args) => run(tool('terraform'), args, { cwd, env: { ...env, TF_VAR_database_password: PASSWORD } })
  })
  after(() => rmSync(directory, { recursive: true, force: true }))

  const copied = async (name) => {
    const at = join(directory, name)
    cpSync(MODULE, at, { recursive: true, filter: (path) => !path.includes('.terraform') })
    await terraform(at, 'init', '-input=false', '-no-color')
    return at
  }

  test('has the form that Terraform gives it, and passes its own tests', async () => {
    const at = await copied('tested')
    await terraform(at, 'fmt', '-check', '-diff', '-recursive')
    assert.match(await terraform(at, 'test', '-no-color'), /Success! 5 passed, 0 failed/)
  })

  test('is applied: AWS has what it should, and neither the state nor the instances have the password', async () => {
    const moto = await Moto.start()
    try {
      const [{ HostedZone: zone }] = await moto.askAll([['route53', 'create_hosted_zone', { Name: 'example.com', CallerReference: 'test' }]])
      const at = await copied('applied')
      const services = ['acm', 'autoscaling', 'cloudwatch', 'ec2', 'elasticache', 'elbv2', 'iam', 'rds', 'route53', 'secretsmanager', 'sts']
      writeFileSync(join(at, 'here.tf'), `provider "aws" {\n  region = "eu-west-1"\n  skip_credentials_validation = true\n  skip_metadata_api_check = true\n  endpoints {\n${services.map((name) => `    ${name} = "${moto.url}"\n`).join('')}  }\n}\n`)
      const variables = { zones: '["eu-west-1a","eu-west-1b"]', domain: 'chat.example.com', hosted_zone_id: zone.Id.split('/').at(-1), image_id: 'ami-12c6146b', settings: '{CHINWAG_SIGN_UP="closed"}', alarm_topics: '["arn:aws:sns:eu-west-1:123456789012:oncall"]' }
      const said = await terraform(at, 'apply', '-auto-approve', '-input=false', '-no-color', '-parallelism=30', ...Object.entries(variables).flatMap(([name, value]) => ['-var', `${name}=${value}`]))
      assert.match(said, /Apply complete! Resources: \d+ added, 0 changed, 0 destroyed/)
      await check(moto, zone.Id, at)
    } finally {
      await moto.stop()
    }
  })
})

async function check(moto, zone, at) {
  const [{ SecretList }, { LoadBalancers }, { TargetGroups }, { AutoScalingGroups }, { LifecycleHooks }, { DBInstances }, { ReplicationGroups }, { LaunchTemplateVersions }, { Subnets }, { MetricAlarms }, { ResourceRecordSets }, { SecurityGroups }, password, token, role] = await moto.askAll([
    ['secretsmanager', 'list_secrets'],
    ['elbv2', 'describe_load_balancers'],
    ['elbv2', 'describe_target_groups'],
    ['autoscaling', 'describe_auto_scaling_groups'],
    ['autoscaling', 'describe_lifecycle_hooks', { AutoScalingGroupName: 'chinwag' }],
    ['rds', 'describe_db_instances'],
    ['elasticache', 'describe_replication_groups'],
    ['ec2', 'describe_launch_template_versions', { LaunchTemplateName: 'chinwag-node' }],
    ['ec2', 'describe_subnets', { Filters: [{ Name: 'tag:Name', Values: ['chinwag-*'] }] }],
    ['cloudwatch', 'describe_alarms'],
    ['route53', 'list_resource_record_sets', { HostedZoneId: zone }],
    ['ec2', 'describe_security_groups', { Filters: [{ Name: 'group-name', Values: ['chinwag-*'] }] }],
    ['secretsmanager', 'get_secret_value', { SecretId: 'chinwag/database' }],
    ['secretsmanager', 'get_secret_value', { SecretId: 'chinwag/bus' }],
    ['iam', 'get_role_policy', { RoleName: 'chinwag-node', PolicyName: 'node' }],
  ])
  const [balancer] = LoadBalancers
  const [{ Listeners }, { Attributes: ofGroup }, { Attributes: ofBalancer }] = await moto.askAll([
    ['elbv2', 'describe_listeners', { LoadBalancerArn: balancer.LoadBalancerArn }],
    ['elbv2', 'describe_target_group_attributes', { TargetGroupArn: TargetGroups[0].TargetGroupArn }],
    ['elbv2', 'describe_load_balancer_attributes', { LoadBalancerArn: balancer.LoadBalancerArn }],
  ])
  const value = (attributes, key) => attributes.find(({ Key }) => Key === key)?.Value

  // Two zones, wherever one looks.
  const zones = ['eu-west-1a', 'eu-west-1b']
  const ofSubnets = (ids) => ids.map((id) => Subnets.find(({ SubnetId }) => SubnetId === id).AvailabilityZone).sort()
  assert.equal(Subnets.length, 4)
  assert.deepEqual(ofSubnets(balancer.AvailabilityZones.map(({ SubnetId }) => SubnetId)), zones)
  const [group] = AutoScalingGroups
  assert.deepEqual(ofSubnets(group.VPCZoneIdentifier.split(',')), zones)
  const isPrivate = (id) => Subnets.find(({ SubnetId }) => SubnetId === id).Tags.some(({ Value }) => Value.includes('-private-'))
  assert.ok(group.VPCZoneIdentifier.split(',').every(isPrivate), 'nodes have no addresses of the world')
  const [database] = DBInstances
  assert.deepEqual([database.MultiAZ, database.PubliclyAccessible, database.StorageEncrypted, database.DeletionProtection], [true, false, true, true])
  const [cache] = ReplicationGroups
  assert.deepEqual([cache.MultiAZ, cache.AutomaticFailover, cache.TransitEncryptionEnabled, cache.AuthTokenEnabled], ['enabled', 'enabled', true, true])

  // TLS, and no stickiness.
  const https = Listeners.find(({ Port }) => Port === 443)
  assert.deepEqual([https.Protocol, https.SslPolicy, https.Certificates.length], ['HTTPS', 'ELBSecurityPolicy-TLS13-1-2-2021-06', 1])
  assert.equal(Listeners.find(({ Port }) => Port === 80).DefaultActions[0].Type, 'redirect')
  assert.equal(value(ofGroup, 'stickiness.enabled'), 'false')
  assert.equal(TargetGroups[0].HealthCheckPath, '/readyz')
  assert.ok(Number(value(ofBalancer, 'idle_timeout.timeout_seconds')) > 25)
  assert.ok(ResourceRecordSets.some(({ Name, AliasTarget }) => Name === 'chat.example.com.' && AliasTarget))

  // A node that is to go has its time.
  assert.deepEqual(LifecycleHooks.map(({ LifecycleTransition, DefaultResult, LifecycleHookName }) => [LifecycleHookName, LifecycleTransition, DefaultResult]), [['chinwag-drain', 'autoscaling:EC2_INSTANCE_TERMINATING', 'CONTINUE']])
  assert.deepEqual(group.TargetGroupARNs, [TargetGroups[0].TargetGroupArn])

  // Who reaches what.
  const named = (name) => SecurityGroups.find(({ GroupName }) => GroupName === `chinwag-${name}`)
  const from = (name) => named(name).IpPermissions.flatMap(({ FromPort, UserIdGroupPairs, IpRanges }) => [...UserIdGroupPairs.map(({ GroupId }) => `${FromPort} ${SecurityGroups.find((each) => each.GroupId === GroupId).GroupName}`), ...IpRanges.map(({ CidrIp }) => `${FromPort} ${CidrIp}`)]).sort()
  assert.deepEqual(from('balancer'), ['443 0.0.0.0/0', '80 0.0.0.0/0'])
  assert.deepEqual(from('node'), ['8000 chinwag-balancer', '8000 chinwag-node'])
  assert.deepEqual([from('database'), from('cache')], [['5432 chinwag-node'], ['6379 chinwag-node']])

  // Secrets are where they should be, and nowhere else.
  assert.equal(password.SecretString, PASSWORD)
  const userData = Buffer.from(LaunchTemplateVersions[0].LaunchTemplateData.UserData, 'base64').toString()
  for (const secret of [PASSWORD, token.SecretString]) assert.ok(secret.length >= 20 && !userData.includes(secret))
  assert.ok(!readFileSync(join(at, 'terraform.tfstate'), 'utf8').includes(PASSWORD))
  for (const { ARN } of SecretList) assert.ok(userData.includes(ARN))
  assert.ok(userData.includes(`DATABASE_HOST=${database.Endpoint.Address}`) && userData.includes('CHINWAG_SIGN_UP=closed'))
  assert.equal(LaunchTemplateVersions[0].LaunchTemplateData.MetadataOptions.HttpTokens, 'required')
  const allowed = role.PolicyDocument.Statement
  assert.deepEqual(allowed.flatMap(({ Resource }) => Resource).sort(), [...SecretList.map(({ ARN }) => ARN), 'arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:*:autoScalingGroupName/chinwag'].sort())

  // Somebody is told.
  assert.ok(MetricAlarms.length >= 9 && MetricAlarms.every(({ AlarmActions }) => AlarmActions.length === 1))
}
