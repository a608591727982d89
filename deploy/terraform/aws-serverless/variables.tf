variable "name" {
  description = "What everything is called, and begins with."
  type        = string
  default     = "chinwag"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.name))
    error_message = "A name is 2 to 20 small letters, digits and hyphens, and begins with a letter."
  }
}

variable "domain" {
  description = "The name that people open, such as chat.example.com."
  type        = string
}

variable "hosted_zone_id" {
  description = "The Route 53 zone of that name; it is pointed at the distribution there."
  type        = string
}

variable "certificate_arn" {
  description = "The certificate of that name. CloudFront wants it in us-east-1."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:acm:us-east-1:", var.certificate_arn))
    error_message = "CloudFront takes certificates of us-east-1 alone."
  }
}

variable "package" {
  description = "The function as a zip file: the binary chinwag-lambda, called bootstrap. docs/SERVERLESS.md says how it is made."
  type        = string
}

variable "architecture" {
  description = "What the binary was built for: arm64 or x86_64."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "Lambda runs arm64 and x86_64."
  }
}

variable "memory_mb" {
  description = "The memory of each process of the function; its share of a processor goes with it."
  type        = number
  default     = 512
}

variable "concurrency" {
  description = "How many processes may run at once: for what clients say, for HTTP, for the fan-out, for what other back ends say, and for duties. -1 is whatever the account has left."
  type        = object({ websocket = number, http = number, fan-out = number, ingest = number, duties = number })
  default     = { websocket = -1, http = -1, fan-out = -1, ingest = -1, duties = -1 }
}

variable "settings" {
  description = "Further settings, as environment variables: { CHINWAG_SIGN_UP = \"closed\" }. They are no place for secrets."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : can(regex("^CHINWAG_[A-Z0-9_]+$", name))])
    error_message = "Settings are called CHINWAG_…"
  }
}

variable "throttle" {
  description = "How many messages of clients a second the gateway takes, all together, and how many at once."
  type        = object({ rate = number, burst = number })
  default     = { rate = 2000, burst = 1000 }
}

variable "deletion_protection" {
  description = "Whether the table refuses to be deleted."
  type        = bool
  default     = true
}

variable "log_days" {
  description = "How long logs are kept."
  type        = number
  default     = 30
}

variable "alarm_topics" {
  description = "SNS topics that are told of alarms."
  type        = list(string)
  default     = []
}
