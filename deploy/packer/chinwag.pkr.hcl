# The image that the nodes on AWS start from: Debian 12, the package, and what finds a node its place.
#
#   scripts/deb.sh target/release/chinwag dist
#   packer init deploy/packer
#   packer build -var package=dist/chinwag_0.1.0_arm64.deb deploy/packer

variable "package" {
  type        = string
  description = "The Debian package, of the architecture of instance_type."
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "instance_type" {
  type    = string
  default = "c7g.large"
}

variable "architecture" {
  type        = string
  default     = "arm64"
  description = "As Debian says it: arm64 or amd64."
}

source "amazon-ebs" "debian" {
  region        = var.region
  instance_type = var.instance_type
  ssh_username  = "admin"
  ami_name      = "chinwag-${formatdate("YYYYMMDD-hhmmss", timestamp())}"

  source_ami_filter {
    # Debian's own account.
    owners      = ["136693071363"]
    most_recent = true
    filters = {
      name                = "debian-12-${var.architecture}-*"
      virtualization-type = "hvm"
    }
  }

  launch_block_device_mappings {
    device_name           = "/dev/xvda"
    volume_type           = "gp3"
    volume_size           = 10
    iops                  = 3000
    throughput            = 125
    delete_on_termination = true
  }

  encrypt_boot = true

  tags = {
    Name = "chinwag"
  }
}

build {
  sources = ["source.amazon-ebs.debian"]

  provisioner "shell" {
    inline = ["mkdir -p /tmp/chinwag"]
  }
  provisioner "file" {
    source      = "${path.root}/files/"
    destination = "/tmp/chinwag"
  }
  provisioner "file" {
    source      = var.package
    destination = "/tmp/chinwag/chinwag.deb"
  }
  provisioner "shell" {
    script          = "${path.root}/provision.sh"
    execute_command = "sudo sh {{ .Path }} /tmp/chinwag"
  }
}
