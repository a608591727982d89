# What a node may do in the account: read its two secrets, keep files in their bucket, and say that it has drained.

resource "aws_iam_role" "node" {
  name = "${var.name}-node"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "node" {
  name = "node"
  role = aws_iam_role.node.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = [aws_secretsmanager_secret.database.arn, aws_secretsmanager_secret.bus.arn]
      },
      {
        Effect = "Allow"
        Action = "autoscaling:CompleteLifecycleAction"
        # Written out, because the group needs the role before it is there itself.
        Resource = "arn:${data.aws_partition.this.partition}:autoscaling:${data.aws_region.this.name}:${data.aws_caller_identity.this.account_id}:autoScalingGroup:*:autoScalingGroupName/${var.name}"
      },
      ], var.files_bucket == "" ? [] : [
      {
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        Resource = ["arn:${data.aws_partition.this.partition}:s3:::${var.files_bucket}/*"]
      },
    ])
  })
}

resource "aws_iam_instance_profile" "node" {
  name = "${var.name}-node"
  role = aws_iam_role.node.name
}
