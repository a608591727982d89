# What each function may do: no more than it does.

locals {
  arn = "arn:${data.aws_partition.this.partition}"

  may_keep = {
    Effect = "Allow"
    Action = [
      "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem",
      "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
    ]
    Resource = [aws_dynamodb_table.this.arn, "${aws_dynamodb_table.this.arn}/index/*"]
  }
  # Who is erased is looked for in every log.
  may_search = {
    Effect   = "Allow"
    Action   = ["dynamodb:Scan"]
    Resource = [aws_dynamodb_table.this.arn]
  }
  may_announce = {
    Effect   = "Allow"
    Action   = ["sqs:SendMessage"]
    Resource = [aws_sqs_queue.this["announcements"].arn]
  }
  may_tell = {
    Effect   = "Allow"
    Action   = ["execute-api:ManageConnections"]
    Resource = ["${aws_apigatewayv2_api.websocket.execution_arn}/${local.stage}/*/@connections/*"]
  }
  may_take = { for name, queue in aws_sqs_queue.this : name => {
    Effect   = "Allow"
    Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    Resource = [queue.arn]
  } }
  may_log = { for name, group in aws_cloudwatch_log_group.function : name => {
    Effect   = "Allow"
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = ["${group.arn}:*"]
  } }

  may = {
    websocket = [local.may_keep, local.may_announce, local.may_tell]
    http      = [local.may_keep, local.may_announce]
    fan-out   = [local.may_keep, local.may_announce, local.may_tell, local.may_take["announcements"]]
    ingest    = [local.may_keep, local.may_announce, local.may_take["ingest"]]
    duties    = [local.may_keep, local.may_search, local.may_announce]
  }
}

resource "aws_iam_role" "function" {
  for_each = local.functions
  name     = "${var.name}-${each.key}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions
  name     = "function"
  role     = aws_iam_role.function[each.key].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.may[each.key], [local.may_log[each.key]])
  })
}
