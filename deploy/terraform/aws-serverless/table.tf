# Everything that is kept: rooms, messages and people, and who is connected. Rows with an end are tidied up by the table.

resource "aws_dynamodb_table" "this" {
  #checkov:skip=CKV_AWS_119:The service's own key is enough where nobody else's account reads the table.
  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  # What is looked for by its time: sessions that are not used, files that nothing shows.
  attribute {
    name = "ipk"
    type = "S"
  }

  attribute {
    name = "isk"
    type = "S"
  }

  global_secondary_index {
    name            = "by_time"
    hash_key        = "ipk"
    range_key       = "isk"
    projection_type = "KEYS_ONLY"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }
}
