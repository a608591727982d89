# What nodes see to in the background is a schedule's here.

resource "aws_cloudwatch_event_rule" "duties" {
  name                = "${var.name}-duties"
  description         = "Erases people, and what has outlived its time"
  schedule_expression = "rate(5 minutes)"
}

resource "aws_cloudwatch_event_target" "duties" {
  rule = aws_cloudwatch_event_rule.duties.name
  arn  = aws_lambda_function.this["duties"].arn
}

resource "aws_lambda_permission" "duties" {
  function_name = aws_lambda_function.this["duties"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.duties.arn
}
