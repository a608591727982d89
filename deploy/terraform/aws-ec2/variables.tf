variable "name" {
  description = "What everything is called, and begins with."
  type        = string
  default     = "chinwag"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.name))
    error_message = "A name is 2 to 20 small letters, digits and hyphens, and begins with a letter."
  }
}

variable "zones" {
  description = "The availability zones that nodes, database and cache are spread over, such as [\"eu-west-1a\", \"eu-west-1b\"]."
  type        = list(string)

  validation {
    condition     = length(distinct(var.zones)) == length(var.zones) && length(var.zones) >= 2 && length(var.zones) <= 4
    error_message = "Name two to four different zones: with one, its end is the end of the chat."
  }
}

variable "domain" {
  description = "The name that people open, such as chat.example.com."
  type        = string
}

variable "hosted_zone_id" {
  description = "The Route 53 zone of that name. The certificate is proved and the name is pointed there."
  type        = string
}

variable "image_id" {
  description = "The AMI that deploy/packer built."
  type        = string
}

variable "instance_type" {
  description = "What a node runs on; of the architecture of the image. docs/SIZING.md says how large."
  type        = string
  default     = "c7g.large"
}

variable "nodes" {
  description = "The fewest and the most nodes. The fewest is at least one a zone."
  type        = object({ min = number, max = number })
  default     = { min = 2, max = 6 }

  validation {
    condition     = var.nodes.min >= 2 && var.nodes.max > var.nodes.min
    error_message = "At least two nodes, and room for one more than the fewest: a node is replaced after its successor has come."
  }
}

variable "connections_per_node" {
  description = "How many connections a node has before another is added."
  type        = number
  default     = 20000
}

variable "network" {
  description = "The addresses of the VPC."
  type        = string
  default     = "10.20.0.0/16"
}

variable "settings" {
  description = "Further settings of the nodes, as environment variables: { CHINWAG_SIGN_UP = \"closed\" }. They are no place for secrets."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name, value in var.settings : can(regex("^CHINWAG_[A-Z0-9_]+$", name)) && !can(regex("[\n\"'$`\\\\]", value))])
    error_message = "Settings are called CHINWAG_…; their values are one line without quotes, backslashes or dollars."
  }
}

variable "files_bucket" {
  description = "A bucket for what people send each other: the nodes may read, write and delete in it. Without one a file is found only on the machine that took it in, and goes with it."
  type        = string
  default     = ""
}

variable "database" {
  description = "The size of PostgreSQL."
  type        = object({ class = string, storage_gb = number, max_storage_gb = number })
  default     = { class = "db.t4g.medium", storage_gb = 50, max_storage_gb = 500 }
}

variable "database_password" {
  description = "The database's password, for the first run and whenever password_version is raised; it is never in the state. TF_VAR_database_password=$(openssl rand -hex 24)"
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true

  validation {
    # It becomes part of a URL.
    condition     = var.database_password == null || can(regex("^[A-Za-z0-9]{24,64}$", var.database_password))
    error_message = "The password is 24 to 64 letters and digits."
  }
}

variable "password_version" {
  description = "Raise it to give the database another password; then refresh the nodes."
  type        = number
  default     = 1
}

variable "cache_type" {
  description = "The size of the bus."
  type        = string
  default     = "cache.t4g.small"
}

variable "deletion_protection" {
  description = "Whether the database and the balancer refuse to be deleted."
  type        = bool
  default     = true
}

variable "alarm_topics" {
  description = "SNS topics that are told of alarms."
  type        = list(string)
  default     = []
}

variable "log_bucket" {
  description = "A bucket for the balancer's access logs; none if empty."
  type        = string
  default     = ""
}
