# Two queues: what was committed and is to be told, and what other back ends have to say. What fails again and again ends in a queue that
# somebody is to look at.

locals {
  queues = {
    # What is older is of no use to anybody: clients have resumed.
    announcements = { function = "fan-out", keep_s = 3600 }
    ingest        = { function = "ingest", keep_s = 345600 }
  }
}

resource "aws_sqs_queue" "this" {
  for_each = local.queues
  name     = "${var.name}-${each.key}"
  # As long as six of the function's longest runs: sooner, a batch that is still being worked on would be worked on by two.
  visibility_timeout_seconds = 6 * local.functions[each.value.function].timeout_s
  message_retention_seconds  = each.value.keep_s
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead[each.key].arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "dead" {
  for_each                  = local.queues
  name                      = "${var.name}-dead-${each.key}"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_lambda_event_source_mapping" "this" {
  for_each                = local.queues
  event_source_arn        = aws_sqs_queue.this[each.key].arn
  function_name           = aws_lambda_function.this[each.value.function].arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.concurrency[each.value.function] > 1 ? var.concurrency[each.value.function] : 100
  }
}
