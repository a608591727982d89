# What the module asks AWS for, with an AWS that agrees to everything: `terraform test`.

mock_provider "aws" {
  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/chinwag" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:chinwag-queue", url = "https://sqs.eu-west-1.amazonaws.com/123456789012/chinwag-queue" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/chinwag-function", id = "chinwag-function" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:chinwag", invoke_arn = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:chinwag/invocations" }
  }
  mock_resource "aws_apigatewayv2_api" {
    defaults = { id = "abcdef1234", execution_arn = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/chinwag" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:123456789012:rule/chinwag-duties" }
  }
  mock_resource "aws_cloudfront_function" {
    defaults = { arn = "arn:aws:cloudfront::123456789012:function/chinwag-websocket" }
  }
  mock_resource "aws_cloudfront_distribution" {
    defaults = { domain_name = "d111111abcdef8.cloudfront.net", hosted_zone_id = "Z2FDTNDATAQYW2" }
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
}

variables {
  domain          = "chat.example.com"
  hosted_zone_id  = "Z0123456789ABCDEFGHIJ"
  certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
  package         = "tests/package.txt"
  settings        = { CHINWAG_SIGN_UP = "closed" }
}

run "serverless" {
  # What is kept.
  assert {
    condition     = aws_dynamodb_table.this.ttl[0].enabled && aws_dynamodb_table.this.ttl[0].attribute_name == "expires_at" && aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST"
    error_message = "The table tidies up what has ended, and is paid by the request."
  }
  assert {
    condition     = aws_dynamodb_table.this.point_in_time_recovery[0].enabled && aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "The table can be brought back, and is not deleted by mistake."
  }

  # The queue and the fan-out.
  assert {
    condition     = alltrue([for name, queue in aws_sqs_queue.this : queue.visibility_timeout_seconds >= 6 * aws_lambda_function.this[name == "ingest" ? "ingest" : "fan-out"].timeout])
    error_message = "A batch is hidden for as long as six of the longest runs."
  }
  assert {
    condition     = alltrue([for mapping in aws_lambda_event_source_mapping.this : contains(mapping.function_response_types, "ReportBatchItemFailures")])
    error_message = "Of a batch, only what failed comes again."
  }
  assert {
    condition     = alltrue([for queue in aws_sqs_queue.this : jsondecode(queue.redrive_policy).maxReceiveCount >= 3]) && alltrue([for queue in aws_sqs_queue.dead : queue.message_retention_seconds == 1209600])
    error_message = "What fails again and again is kept for somebody to look at."
  }

  # The functions.
  assert {
    condition     = alltrue([for name, function in aws_lambda_function.this : function.runtime == "provided.al2023" && function.handler == "bootstrap" && (name == "duties" || function.timeout <= 30)])
    error_message = "The functions are the binary, and end before the gateway gives up on them."
  }
  assert {
    condition     = aws_lambda_function.this["websocket"].environment[0].variables.CHINWAG_CONNECTIONS_URL == "https://abcdef1234.execute-api.eu-west-1.amazonaws.com/prod" && aws_lambda_function.this["http"].environment[0].variables.CHINWAG_SIGN_UP == "closed"
    error_message = "The functions know where the connections are, and have the operator's settings."
  }

  # What happens in the background.
  assert {
    condition     = startswith(aws_cloudwatch_event_rule.duties.schedule_expression, "rate(") && aws_lambda_permission.duties.principal == "events.amazonaws.com"
    error_message = "Somebody asks for what is to be erased."
  }
  assert {
    condition     = [for name, policy in aws_iam_role_policy.function : name if strcontains(policy.policy, "dynamodb:Scan")] == ["duties"]
    error_message = "Only what erases people looks through all there is."
  }

  # The gateways.
  assert {
    condition     = toset([for route in aws_apigatewayv2_route.websocket : route.route_key]) == toset(["$connect", "$disconnect", "$default"])
    error_message = "Every event of a connection has its route."
  }
  assert {
    condition     = one([for each in aws_cloudfront_distribution.this.ordered_cache_behavior : each if each.path_pattern == "/connection/websocket"]).target_origin_id == "websocket"
    error_message = "Real time is under the path that SDKs expect."
  }

  # Who may do what.
  assert {
    condition     = !anytrue([for policy in aws_iam_role_policy.function : anytrue([for statement in jsondecode(policy.policy).Statement : contains(flatten([statement.Resource]), "*") || anytrue([for action in flatten([statement.Action]) : endswith(action, "*")])])])
    error_message = "No function may do everything, or something to everything."
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.function["http"].policy, "execute-api") && !strcontains(aws_iam_role_policy.function["websocket"].policy, "sqs:ReceiveMessage")
    error_message = "Each function may do what it does, and no more."
  }

  # Somebody is told.
  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) >= 12
    error_message = "There are alarms."
  }
}

run "a_certificate_of_another_region_is_refused" {
  command = plan
  variables {
    certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
  }
  expect_failures = [var.certificate_arn]
}

run "a_setting_that_is_none_is_refused" {
  command = plan
  variables {
    settings = { PATH = "/tmp" }
  }
  expect_failures = [var.settings]
}
