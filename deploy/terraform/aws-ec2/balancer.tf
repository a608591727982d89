# TLS ends here. Every connection goes to whichever node has the least to do: no stickiness, for any node serves anybody.

resource "aws_lb" "this" {
  #checkov:skip=CKV2_AWS_28:A firewall for applications is priced by the request; put one in front where rules ask for it.
  #checkov:skip=CKV_AWS_91:Access logs are written where log_bucket names a bucket.
  #checkov:skip=CKV_AWS_150:It is protected unless deletion_protection is turned off.
  name                       = var.name
  load_balancer_type         = "application"
  security_groups            = [aws_security_group.balancer.id]
  subnets                    = [for subnet in aws_subnet.public : subnet.id]
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection
  # Longer than the nodes' pings (realtime.ping_interval, 25s): a silent stream is one that is gone.
  idle_timeout = 60

  dynamic "access_logs" {
    for_each = var.log_bucket == "" ? [] : [var.log_bucket]
    content {
      bucket  = access_logs.value
      enabled = true
    }
  }
}

resource "aws_lb_target_group" "nodes" {
  #checkov:skip=CKV_AWS_378:Between the balancer and the nodes is the VPC alone; the nodes speak plain HTTP there.
  name                          = "${var.name}-nodes"
  vpc_id                        = aws_vpc.this.id
  protocol                      = "HTTP"
  port                          = 8000
  load_balancing_algorithm_type = "least_outstanding_requests"
  # As long as the balancer goes on with requests that are under way. Sockets are sent away by the node itself.
  deregistration_delay = 30

  stickiness {
    type    = "lb_cookie"
    enabled = false
  }

  health_check {
    path                = "/readyz"
    matcher             = "200"
    interval            = 5
    timeout             = 3
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  protocol          = "HTTPS"
  port              = 443
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate_validation.this.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.nodes.arn
  }
}

# Figures, and what nodes say to each other, are for the inside.
resource "aws_lb_listener_rule" "inside" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 1

  condition {
    path_pattern {
      values = ["/metrics", "/metrics/*", "/cluster", "/cluster/*"]
    }
  }

  action {
    type = "fixed-response"
    fixed_response {
      status_code  = "404"
      content_type = "text/plain"
      message_body = "not found"
    }
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  protocol          = "HTTP"
  port              = 80

  default_action {
    type = "redirect"
    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}
