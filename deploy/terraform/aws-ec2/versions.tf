terraform {
  # Passwords pass through write-only arguments, so that they never come to rest in the state.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}
