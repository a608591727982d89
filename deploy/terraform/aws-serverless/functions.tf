# One binary, five functions: so that a large room's fan-out takes no process from people who want to say something.

locals {
  functions = {
    websocket = { what = "What clients say", timeout_s = 29 }
    http      = { what = "The calls of the HTTP interface and the pages", timeout_s = 29 }
    fan-out   = { what = "Tells clients what was committed", timeout_s = 30 }
    ingest    = { what = "What other back ends have to say", timeout_s = 30 }
    duties    = { what = "Erases people, and what has outlived its time", timeout_s = 300 }
  }
  stage            = "prod"
  connections_host = "${aws_apigatewayv2_api.websocket.id}.execute-api.${data.aws_region.this.name}.amazonaws.com"
}

resource "aws_cloudwatch_log_group" "function" {
  #checkov:skip=CKV_AWS_158:The logs hold no message, name or token; the service's own key is enough.
  #checkov:skip=CKV_AWS_338:What went wrong a month ago is of no use here; log_days says otherwise where rules do.
  for_each          = local.functions
  name              = "/aws/lambda/${var.name}-${each.key}"
  retention_in_days = var.log_days
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:A message's way is told by the server's own traces where they are wanted.
  #checkov:skip=CKV_AWS_115:concurrency says how many may run; -1 leaves it to the account.
  #checkov:skip=CKV_AWS_116:The queues have queues of their own for what fails; what a schedule asks for is asked for again.
  #checkov:skip=CKV_AWS_117:It speaks to Amazon's services alone, by their public names and signed.
  #checkov:skip=CKV_AWS_173:There is nothing secret in its environment.
  #checkov:skip=CKV_AWS_272:Whoever may change the function may sign it too; the package's hash is in the plan.
  for_each                       = local.functions
  function_name                  = "${var.name}-${each.key}"
  description                    = each.value.what
  role                           = aws_iam_role.function[each.key].arn
  filename                       = var.package
  source_code_hash               = filebase64sha256(var.package)
  runtime                        = "provided.al2023"
  handler                        = "bootstrap"
  architectures                  = [var.architecture]
  memory_size                    = var.memory_mb
  timeout                        = each.value.timeout_s
  reserved_concurrent_executions = var.concurrency[each.key]

  environment {
    variables = merge({
      CHINWAG_ALLOWED_ORIGINS   = "https://${var.domain}"
      CHINWAG_SECURE_COOKIES    = "always"
      CHINWAG_LOG_FORMAT        = "json"
      CHINWAG_TABLE             = aws_dynamodb_table.this.name
      CHINWAG_ANNOUNCEMENTS_URL = aws_sqs_queue.this["announcements"].url
      CHINWAG_CONNECTIONS_URL   = "https://${local.connections_host}/${local.stage}"
      # A function takes 6 MB, of which a third is base64.
      CHINWAG_FILES_MAX_FILE_BYTES = "4MiB"
    }, var.settings)
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}
