# One name for both gateways, as the pages and the SDKs expect: real time under /connection/websocket, all else beside it.

locals {
  websocket_path = "/connection/websocket"
}

# The gateway for WebSockets knows stages and no paths.
resource "aws_cloudfront_function" "websocket" {
  name    = "${var.name}-websocket"
  runtime = "cloudfront-js-2.0"
  comment = "Real time is at the root of its gateway's stage"
  code    = <<-EOT
    function handler(event) {
      event.request.uri = '/';
      return event.request;
    }
  EOT
}

# By the address alone, for as long as the function says. What a cache goes by is sent on too, and the gateway would not know itself by
# the name that the client asked for.
resource "aws_cloudfront_cache_policy" "by_origin" {
  name        = "${var.name}-by-origin"
  comment     = "As long as the origin says"
  min_ttl     = 0
  default_ttl = 0
  max_ttl     = 31536000

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = true

    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "none"
    }
  }
}

data "aws_cloudfront_cache_policy" "none" {
  name = "Managed-CachingDisabled"
}

# All that the client sends, but the name of the gateway: it would not know itself by another.
data "aws_cloudfront_origin_request_policy" "all" {
  name = "Managed-AllViewerExceptHostHeader"
}

resource "aws_cloudfront_distribution" "this" {
  #checkov:skip=CKV_AWS_68:A firewall for applications is priced by the request; put one in front where rules ask for it.
  #checkov:skip=CKV2_AWS_47:As above.
  #checkov:skip=CKV_AWS_86:Who opened which page is nobody's business unless rules ask for it.
  #checkov:skip=CKV_AWS_305:The function answers at the root.
  #checkov:skip=CKV_AWS_310:The origin is a service that spans zones by itself.
  #checkov:skip=CKV_AWS_374:People chat from wherever they are.
  #checkov:skip=CKV2_AWS_32:The function sets the headers that its pages need.
  enabled         = true
  is_ipv6_enabled = true
  comment         = "${var.name}: one name for pages, calls and real time"
  aliases         = [var.domain]
  price_class     = "PriceClass_100"

  origin {
    origin_id   = "http"
    domain_name = "${aws_apigatewayv2_api.http.id}.execute-api.${data.aws_region.this.name}.amazonaws.com"

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  origin {
    origin_id   = "websocket"
    domain_name = local.connections_host
    origin_path = "/${local.stage}"

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id         = "http"
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = data.aws_cloudfront_cache_policy.none.id
    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all.id
    compress                 = true
  }

  # What has its content's hash in its name never changes.
  ordered_cache_behavior {
    path_pattern             = "/assets/*"
    target_origin_id         = "http"
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = ["GET", "HEAD"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = aws_cloudfront_cache_policy.by_origin.id
    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all.id
    compress                 = true
  }

  ordered_cache_behavior {
    path_pattern             = local.websocket_path
    target_origin_id         = "websocket"
    viewer_protocol_policy   = "https-only"
    allowed_methods          = ["GET", "HEAD"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = data.aws_cloudfront_cache_policy.none.id
    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all.id

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.websocket.arn
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    acm_certificate_arn      = var.certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }
}

resource "aws_route53_record" "this" {
  for_each = toset(["A", "AAAA"])
  zone_id  = var.hosted_zone_id
  name     = var.domain
  type     = each.key

  alias {
    name                   = aws_cloudfront_distribution.this.domain_name
    zone_id                = aws_cloudfront_distribution.this.hosted_zone_id
    evaluate_target_health = false
  }
}
