output "url" {
  description = "Where people go."
  value       = "https://${var.domain}"
}

output "websocket" {
  description = "The gateway that holds the connections."
  value       = "wss://${local.connections_host}/${local.stage}"
}

output "table" {
  description = "The table that everything is kept in."
  value       = aws_dynamodb_table.this.name
}

output "queues" {
  description = "The queues: of what is to be told, and of what other back ends have to say; whoever may speak needs sqs:SendMessage on the latter."
  value       = { for name, queue in aws_sqs_queue.this : name => { url = queue.url, arn = queue.arn, dead = aws_sqs_queue.dead[name].url } }
}
