# The nodes: as many as the connections ask for, replaced one after the other, each with the time to send its clients away.

locals {
  # As `[drain]` allows (docs/config.example.toml), and what comes before and after it.
  drain_seconds = 300

  # Not secret: who may read an instance's user data may read this.
  place = {
    DATABASE_HOST   = aws_db_instance.this.address
    DATABASE_SECRET = aws_secretsmanager_secret.database.arn
    BUS_HOST        = aws_elasticache_replication_group.this.primary_endpoint_address
    BUS_SECRET      = aws_secretsmanager_secret.bus.arn
    GROUP           = var.name
    HOOK            = "${var.name}-drain"
  }
  files = var.files_bucket == "" ? {} : {
    CHINWAG_FILES_STORE     = "s3://${var.files_bucket}"
    CHINWAG_FILES_S3_REGION = data.aws_region.this.name
  }
  settings = merge({ CHINWAG_TRUSTED_PROXIES = var.network }, local.files, var.settings)
}

data "aws_region" "this" {}
data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}

resource "aws_launch_template" "node" {
  name                   = "${var.name}-node"
  image_id               = var.image_id
  instance_type          = var.instance_type
  update_default_version = true
  vpc_security_group_ids = [aws_security_group.node.id]

  user_data = base64encode(templatefile("${path.module}/user-data.tftpl", {
    region   = data.aws_region.this.name
    place    = local.place
    settings = local.settings
  }))

  iam_instance_profile {
    arn = aws_iam_instance_profile.node.arn
  }

  # Only version 2, and not through a proxy of the application.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_type = "gp3"
      volume_size = 10
      encrypted   = true
    }
  }

  monitoring {
    enabled = true
  }

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${var.name}-node" }
  }
}

resource "aws_autoscaling_group" "nodes" {
  name                = var.name
  min_size            = var.nodes.min
  max_size            = var.nodes.max
  vpc_zone_identifier = [for subnet in aws_subnet.private : subnet.id]
  target_group_arns   = [aws_lb_target_group.nodes.arn]
  # A node that is not ready because PostgreSQL is away must not be replaced for it; one that does not run at all, must.
  health_check_type         = "EC2"
  health_check_grace_period = 120
  default_instance_warmup   = 60
  enabled_metrics           = ["GroupInServiceInstances", "GroupDesiredCapacity"]

  launch_template {
    id      = aws_launch_template.node.id
    version = aws_launch_template.node.latest_version
  }

  # A new image or setting: a new node comes before an old one goes.
  instance_refresh {
    strategy = "Rolling"
    preferences {
      min_healthy_percentage = 100
      max_healthy_percentage = 150
      instance_warmup        = 60
      auto_rollback          = true
    }
  }

  instance_maintenance_policy {
    min_healthy_percentage = 100
    max_healthy_percentage = 150
  }

  tag {
    key                 = "Name"
    value               = "${var.name}-node"
    propagate_at_launch = true
  }

  lifecycle {
    ignore_changes = [desired_capacity]
  }

  depends_on = [aws_iam_role_policy.node]
}

# An instance that is to go drains, and says when it has (deploy/packer/files/chinwag-aws-lifecycle).
resource "aws_autoscaling_lifecycle_hook" "drain" {
  name                   = local.place.HOOK
  autoscaling_group_name = aws_autoscaling_group.nodes.name
  lifecycle_transition   = "autoscaling:EC2_INSTANCE_TERMINATING"
  heartbeat_timeout      = local.drain_seconds
  default_result         = "CONTINUE"
}

resource "aws_autoscaling_policy" "connections" {
  name                   = "${var.name}-connections"
  autoscaling_group_name = aws_autoscaling_group.nodes.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = var.connections_per_node

    customized_metric_specification {
      # The balancer counts each client twice: on its way in and on its way to a node.
      metrics {
        id          = "per_node"
        label       = "Connections of a node"
        expression  = "active / 2 / nodes"
        return_data = true
      }
      metrics {
        id          = "active"
        return_data = false
        metric_stat {
          stat = "Sum"
          metric {
            namespace   = "AWS/ApplicationELB"
            metric_name = "ActiveConnectionCount"
            dimensions {
              name  = "LoadBalancer"
              value = aws_lb.this.arn_suffix
            }
          }
        }
      }
      metrics {
        id          = "nodes"
        return_data = false
        metric_stat {
          stat = "Average"
          metric {
            namespace   = "AWS/AutoScaling"
            metric_name = "GroupInServiceInstances"
            dimensions {
              name  = "AutoScalingGroupName"
              value = aws_autoscaling_group.nodes.name
            }
          }
        }
      }
    }
  }
}

resource "aws_autoscaling_policy" "processor" {
  name                   = "${var.name}-processor"
  autoscaling_group_name = aws_autoscaling_group.nodes.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = 60
    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}
