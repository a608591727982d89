# What somebody should know of.

locals {
  alarms = merge(
    { for name in keys(local.functions) : "${name}-errors" => {
      what       = "${local.functions[name].what}: the function fails", namespace = "AWS/Lambda", metric = "Errors"
      dimensions = { FunctionName = aws_lambda_function.this[name].function_name }
      statistic  = "Sum", threshold = 5, minutes = 5
    } },
    { for name in keys(local.functions) : "${name}-throttles" => {
      what       = "${local.functions[name].what}: there are no more processes to be had", namespace = "AWS/Lambda", metric = "Throttles"
      dimensions = { FunctionName = aws_lambda_function.this[name].function_name }
      statistic  = "Sum", threshold = 0, minutes = 5
    } },
    {
      late = {
        what       = "What is said is told a minute late", namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage"
        dimensions = { QueueName = aws_sqs_queue.this["announcements"].name }, statistic = "Maximum", threshold = 60, minutes = 3
      }
      untold = {
        what       = "Something could not be told, again and again: look into the queue", namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible"
        dimensions = { QueueName = aws_sqs_queue.dead["announcements"].name }, statistic = "Maximum", threshold = 0, minutes = 1
      }
      not-taken-in = {
        what       = "Something that another back end says is not taken in: look into the queue", namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible"
        dimensions = { QueueName = aws_sqs_queue.dead["ingest"].name }, statistic = "Maximum", threshold = 0, minutes = 1
      }
      table-throttled = {
        what       = "A part of the table is asked more than it can: a room is too busy", namespace = "AWS/DynamoDB", metric = "ThrottledRequests"
        dimensions = { TableName = aws_dynamodb_table.this.name }, statistic = "Sum", threshold = 10, minutes = 5
      }
      gateway-errors = {
        what       = "The gateway cannot reach the function", namespace = "AWS/ApiGateway", metric = "IntegrationError"
        dimensions = { ApiId = aws_apigatewayv2_api.websocket.id, Stage = local.stage }, statistic = "Sum", threshold = 5, minutes = 5
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
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = each.value.minutes
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topics
  ok_actions          = var.alarm_topics
}
