output "url" {
  description = "Where people go."
  value       = "https://${var.domain}"
}

output "balancer" {
  description = "The balancer's own name."
  value       = aws_lb.this.dns_name
}

output "group" {
  description = "The auto-scaling group of the nodes."
  value       = aws_autoscaling_group.nodes.name
}

output "database" {
  description = "Where PostgreSQL is."
  value       = aws_db_instance.this.address
}

output "secrets" {
  description = "The secrets that the nodes read."
  value       = { database = aws_secretsmanager_secret.database.arn, bus = aws_secretsmanager_secret.bus.arn }
}
