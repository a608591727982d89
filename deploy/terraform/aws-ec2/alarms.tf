# What somebody should know of, from outside the nodes. What the nodes tell themselves is in deploy/prometheus.

locals {
  balancer = { LoadBalancer = aws_lb.this.arn_suffix }
  nodes    = { LoadBalancer = aws_lb.this.arn_suffix, TargetGroup = aws_lb_target_group.nodes.arn_suffix }
  group    = { AutoScalingGroupName = aws_autoscaling_group.nodes.name }
  database = { DBInstanceIdentifier = aws_db_instance.this.identifier }

  # Whichever of the two is the primary now.
  caches = { for n in ["001", "002"] : "bus-processor-${n}" => {
    what       = "The bus has been busy for ten minutes", namespace = "AWS/ElastiCache", metric = "EngineCPUUtilization"
    dimensions = { CacheClusterId = "${aws_elasticache_replication_group.this.id}-${n}" }
    statistic  = "Average", operator = "GreaterThanThreshold", threshold = 80, minutes = 10, missing = "notBreaching"
  } }

  alarms = merge(local.caches, {
    no-node = {
      what       = "No node is ready: nobody can talk", namespace = "AWS/ApplicationELB", metric = "HealthyHostCount"
      dimensions = local.nodes, statistic = "Minimum", operator = "LessThanThreshold", threshold = 1, minutes = 1, missing = "breaching"
    }
    unready-node = {
      what       = "A node has not been ready for ten minutes", namespace = "AWS/ApplicationELB", metric = "UnHealthyHostCount"
      dimensions = local.nodes, statistic = "Minimum", operator = "GreaterThanThreshold", threshold = 0, minutes = 10, missing = "notBreaching"
    }
    few-nodes = {
      what       = "There are fewer nodes than the fewest that there should be", namespace = "AWS/AutoScaling", metric = "GroupInServiceInstances"
      dimensions = local.group, statistic = "Minimum", operator = "LessThanThreshold", threshold = var.nodes.min, minutes = 10, missing = "breaching"
    }
    balancer-errors = {
      what       = "The balancer answers with errors of its own", namespace = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count"
      dimensions = local.balancer, statistic = "Sum", operator = "GreaterThanThreshold", threshold = 50, minutes = 5, missing = "notBreaching"
    }
    refused-connections = {
      what       = "The balancer refuses connections: it is at its limit", namespace = "AWS/ApplicationELB", metric = "RejectedConnectionCount"
      dimensions = local.balancer, statistic = "Sum", operator = "GreaterThanThreshold", threshold = 0, minutes = 1, missing = "notBreaching"
    }
    database-storage = {
      what       = "PostgreSQL has less than 5 GB left", namespace = "AWS/RDS", metric = "FreeStorageSpace"
      dimensions = local.database, statistic = "Minimum", operator = "LessThanThreshold", threshold = 5000000000, minutes = 5, missing = "breaching"
    }
    database-processor = {
      what       = "PostgreSQL has been busy for a quarter of an hour", namespace = "AWS/RDS", metric = "CPUUtilization"
      dimensions = local.database, statistic = "Average", operator = "GreaterThanThreshold", threshold = 80, minutes = 15, missing = "breaching"
    }
    database-writes = {
      what       = "PostgreSQL takes 50 ms and more to write", namespace = "AWS/RDS", metric = "WriteLatency"
      dimensions = local.database, statistic = "Average", operator = "GreaterThanThreshold", threshold = 0.05, minutes = 5, missing = "notBreaching"
    }
  })
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.what
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = each.value.operator
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = each.value.minutes
  treat_missing_data  = each.value.missing
  alarm_actions       = var.alarm_topics
  ok_actions          = var.alarm_topics
}
