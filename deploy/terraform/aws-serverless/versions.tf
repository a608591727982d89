terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

data "aws_region" "this" {}
data "aws_partition" "this" {}
data "aws_caller_identity" "this" {}
