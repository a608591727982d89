# The bus: what it carries may be lost, but it should not be away. A replica in another zone takes over by itself.

# The provider has no write-only argument for this one: it is in the state, which is secret.
data "aws_secretsmanager_random_password" "bus" {
  password_length     = 40
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret" "bus" {
  #checkov:skip=CKV_AWS_149:The account's own key for secrets is enough where nobody else's account reads them.
  #checkov:skip=CKV2_AWS_57:The bus and its nodes change their token together, by replacing the bus.
  name        = "${var.name}/bus"
  description = "The token of the nodes' bus"
}

resource "aws_secretsmanager_secret_version" "bus" {
  secret_id     = aws_secretsmanager_secret.bus.id
  secret_string = data.aws_secretsmanager_random_password.bus.random_password

  lifecycle {
    # What is read above is another one every time.
    ignore_changes = [secret_string]
  }
}

resource "aws_elasticache_subnet_group" "this" {
  name       = var.name
  subnet_ids = [for subnet in aws_subnet.private : subnet.id]
}

resource "aws_elasticache_replication_group" "this" {
  #checkov:skip=CKV_AWS_191:The account's own key is enough for what is lost at the next restart anyway.
  replication_group_id       = var.name
  description                = "The bus between the nodes of ${var.name}"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = var.cache_type
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  multi_az_enabled           = true
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [aws_security_group.cache.id]
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  # The one that the nodes are told, also where the bus is made anew.
  auth_token = aws_secretsmanager_secret_version.bus.secret_string
  # It holds nothing to restore.
  snapshot_retention_limit = 0

  lifecycle {
    ignore_changes = [auth_token]
  }
}
