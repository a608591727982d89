# PostgreSQL with a synchronous standby in another zone: what was acknowledged survives the end of one.

resource "aws_secretsmanager_secret" "database" {
  #checkov:skip=CKV_AWS_149:The account's own key for secrets is enough where nobody else's account reads them.
  #checkov:skip=CKV2_AWS_57:It changes with password_version: a node learns a new password at its start.
  name        = "${var.name}/database"
  description = "The password of the nodes' PostgreSQL"
}

resource "aws_secretsmanager_secret_version" "database" {
  secret_id                = aws_secretsmanager_secret.database.id
  secret_string_wo         = var.database_password
  secret_string_wo_version = var.password_version
}

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = [for subnet in aws_subnet.private : subnet.id]
}

resource "aws_db_parameter_group" "this" {
  name   = "${var.name}-postgres17"
  family = "postgres17"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
  # What takes longer than this is worth a line in the log; what it said is not.
  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }
  parameter {
    name  = "log_parameter_max_length"
    value = "0"
  }
}

resource "aws_db_instance" "this" {
  #checkov:skip=CKV_AWS_118:The nodes tell how long their transactions take; the alarms need no figures of the operating system.
  #checkov:skip=CKV_AWS_161:Nodes sign in by a password over TLS.
  #checkov:skip=CKV_AWS_293:It is protected unless deletion_protection is turned off.
  #checkov:skip=CKV_AWS_354:The account's own key is enough for figures.
  #checkov:skip=CKV2_AWS_30:Slow statements are logged; all of them would be the messages themselves.
  identifier                   = var.name
  engine                       = "postgres"
  engine_version               = "17"
  instance_class               = var.database.class
  multi_az                     = true
  db_name                      = "chinwag"
  username                     = "chinwag"
  password_wo                  = var.database_password
  password_wo_version          = var.password_version
  db_subnet_group_name         = aws_db_subnet_group.this.name
  parameter_group_name         = aws_db_parameter_group.this.name
  vpc_security_group_ids       = [aws_security_group.database.id]
  publicly_accessible          = false
  storage_type                 = "gp3"
  allocated_storage            = var.database.storage_gb
  max_allocated_storage        = var.database.max_storage_gb
  storage_encrypted            = true
  backup_retention_period      = 14
  copy_tags_to_snapshot        = true
  deletion_protection          = var.deletion_protection
  skip_final_snapshot          = !var.deletion_protection
  final_snapshot_identifier    = "${var.name}-final"
  auto_minor_version_upgrade   = true
  performance_insights_enabled = true

  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
}
