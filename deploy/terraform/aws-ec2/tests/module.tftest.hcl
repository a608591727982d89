# What the module asks AWS for, with an AWS that agrees to everything: `terraform test`.

mock_provider "aws" {
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/chinwag/0123456789abcdef", arn_suffix = "app/chinwag/0123456789abcdef" }
  }
  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/chinwag-nodes/0123456789abcdef", arn_suffix = "targetgroup/chinwag-nodes/0123456789abcdef" }
  }
  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/chinwag/0123456789abcdef/0123456789abcdef" }
  }
  mock_resource "aws_acm_certificate" {
    defaults = {
      arn = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
      domain_validation_options = [{
        domain_name           = "chat.example.com"
        resource_record_name  = "_proof.chat.example.com."
        resource_record_type  = "CNAME"
        resource_record_value = "_value.acm-validations.aws."
      }]
    }
  }
  mock_resource "aws_acm_certificate_validation" {
    defaults = { certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012" }
  }
  mock_resource "aws_launch_template" {
    defaults = { id = "lt-0123456789abcdef0", latest_version = 1 }
  }
  mock_resource "aws_iam_instance_profile" {
    defaults = { arn = "arn:aws:iam::123456789012:instance-profile/chinwag-node" }
  }
  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:chinwag/one-AbCdEf" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_secretsmanager_random_password" {
    defaults = { random_password = "thetokenofthebusthatnobodymaysee" }
  }
}

variables {
  zones             = ["eu-west-1a", "eu-west-1b"]
  domain            = "chat.example.com"
  hosted_zone_id    = "Z0123456789ABCDEFGHIJ"
  image_id          = "ami-0123456789abcdef0"
  database_password = "thepasswordthatnobodymaysee"
  settings          = { CHINWAG_SIGN_UP = "closed" }
}

# One run, because each one asks for everything anew.
run "servers" {
  # Two zones.
  assert {
    condition     = toset([for subnet in aws_subnet.private : subnet.availability_zone]) == toset(var.zones) && length(aws_nat_gateway.this) == 2
    error_message = "Each zone has nodes and a way out of its own."
  }
  assert {
    condition     = length(distinct(concat([for subnet in aws_subnet.private : subnet.cidr_block], [for subnet in aws_subnet.public : subnet.cidr_block]))) == 4
    error_message = "No two subnets share addresses."
  }
  assert {
    condition     = aws_db_instance.this.multi_az && aws_elasticache_replication_group.this.multi_az_enabled && aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.num_cache_clusters == 2
    error_message = "Database and bus have a standby in another zone."
  }

  # No stickiness.
  assert {
    condition     = aws_lb_target_group.nodes.stickiness[0].enabled == false
    error_message = "Any node serves anybody."
  }
  assert {
    condition     = aws_lb_target_group.nodes.health_check[0].path == "/readyz" && aws_lb.this.idle_timeout > 25
    error_message = "The balancer asks whether a node is ready, and is more patient than the nodes' pings."
  }
  assert {
    condition     = startswith(aws_lb_listener.https.ssl_policy, "ELBSecurityPolicy-TLS13-") && aws_lb_listener.http.default_action[0].type == "redirect"
    error_message = "TLS 1.2 and 1.3 only, and plain HTTP is sent on to it."
  }
  assert {
    condition     = contains(one([for each in aws_lb_listener_rule.inside.condition : one(each.path_pattern).values]), "/metrics")
    error_message = "Figures are not for the outside."
  }

  # Nodes come before others go.
  assert {
    condition     = aws_autoscaling_group.nodes.instance_refresh[0].strategy == "Rolling" && aws_autoscaling_group.nodes.instance_refresh[0].preferences[0].min_healthy_percentage == 100
    error_message = "A refresh never leaves fewer nodes."
  }
  assert {
    condition     = aws_autoscaling_lifecycle_hook.drain.lifecycle_transition == "autoscaling:EC2_INSTANCE_TERMINATING" && aws_autoscaling_lifecycle_hook.drain.heartbeat_timeout >= 60
    error_message = "A node that is to go has the time to send its clients away."
  }

  # Nothing secret in user data.
  assert {
    condition     = !strcontains(base64decode(aws_launch_template.node.user_data), "thetokenofthebus") && !strcontains(base64decode(aws_launch_template.node.user_data), "thepassword") && !can(regex("(?i)password *[=:]", base64decode(aws_launch_template.node.user_data)))
    error_message = "User data names the secrets, and does not hold them."
  }
  assert {
    condition     = strcontains(base64decode(aws_launch_template.node.user_data), "BUS_SECRET=arn:aws:secretsmanager:") && strcontains(base64decode(aws_launch_template.node.user_data), "CHINWAG_SIGN_UP=closed")
    error_message = "User data says where the secrets are, and has the operator's settings."
  }
  assert {
    condition     = yamldecode(base64decode(aws_launch_template.node.user_data)).write_files[0].path == "/etc/chinwag/place.env"
    error_message = "cloud-init can read it."
  }
  assert {
    condition     = aws_launch_template.node.metadata_options[0].http_tokens == "required" && aws_launch_template.node.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "The instance's credentials are not to be had through a request forged by the application."
  }

  # Least privilege.
  assert {
    condition     = toset(flatten([for each in jsondecode(aws_iam_role_policy.node.policy).Statement : each.Action])) == toset(["secretsmanager:GetSecretValue", "autoscaling:CompleteLifecycleAction"])
    error_message = "A node may read its secrets and say that it has drained, and nothing else."
  }
  assert {
    condition     = alltrue([for each in flatten([for each in jsondecode(aws_iam_role_policy.node.policy).Statement : each.Resource]) : startswith(each, "arn:")])
    error_message = "Each permission names what it is for."
  }
  assert {
    condition     = aws_db_instance.this.publicly_accessible == false && aws_vpc_security_group_ingress_rule.database.cidr_ipv4 == null && aws_vpc_security_group_ingress_rule.cache.cidr_ipv4 == null
    error_message = "Only nodes reach the database and the bus."
  }
  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_elasticache_replication_group.this.transit_encryption_enabled && one([for each in aws_db_parameter_group.this.parameter : each.value if each.name == "rds.force_ssl"]) == "1"
    error_message = "What is kept is encrypted, and so is what travels."
  }
}

run "files_go_to_a_bucket" {
  variables {
    files_bucket = "chinwag-files"
  }
  assert {
    condition     = strcontains(base64decode(aws_launch_template.node.user_data), "CHINWAG_FILES_STORE=s3://chinwag-files")
    error_message = "Nodes keep files where all of them find them."
  }
  assert {
    condition     = contains(flatten([for each in jsondecode(aws_iam_role_policy.node.policy).Statement : each.Resource]), "arn:aws:s3:::chinwag-files/*")
    error_message = "Nodes may use the bucket, and no other."
  }
}

run "one_zone_is_refused" {
  command = plan
  variables {
    zones = ["eu-west-1a"]
  }
  expect_failures = [var.zones]
}

run "a_password_that_is_no_part_of_a_url_is_refused" {
  command = plan
  variables {
    database_password = "with@signs/and:colonsthatarelong"
  }
  expect_failures = [var.database_password]
}

run "settings_that_would_break_out_are_refused" {
  command = plan
  variables {
    settings = { CHINWAG_SIGN_UP = "closed\nCHINWAG_LISTEN=[::]:1" }
  }
  expect_failures = [var.settings]
}
