#!/bin/sh
# Makes a Debian 12 into the image of a node: provision.sh <directory with chinwag.deb and the files beside this script>.
# Run by Packer on the machine that becomes the image.
set -eu
from=$1
export DEBIAN_FRONTEND=noninteractive

# What the image brings itself is updated now; afterwards new images take its place, not updates.
apt-get update -q
apt-get upgrade -q -y
# awscli and jq: a node asks for its secrets, and says when it has drained.
apt-get install -q -y --no-install-recommends awscli ca-certificates curl jq "$from/chinwag.deb"

install -d -m 755 /usr/lib/chinwag
install -m 755 "$from/chinwag-aws-settings" "$from/chinwag-aws-lifecycle" /usr/lib/chinwag/
install -m 644 "$from/chinwag-aws-settings.service" "$from/chinwag-aws-lifecycle.service" /lib/systemd/system/
install -D -m 644 "$from/after-settings.conf" /etc/systemd/system/chinwag.service.d/after-settings.conf
install -D -m 644 "$from/90-chinwag.conf" /etc/sysctl.d/90-chinwag.conf

# Who signs the certificates of RDS.
if [ -s "$from/rds.pem" ]; then
  install -m 644 "$from/rds.pem" /etc/chinwag/rds.pem
else
  curl --fail --silent --show-error --location --output /etc/chinwag/rds.pem https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem
fi
chmod 644 /etc/chinwag/rds.pem

# Started by the instance's user data, once it has said where things are.
systemctl disable chinwag.service chinwag-aws-lifecycle.service 2>/dev/null || true

# Nothing of the machine that the image was made on stays in it.
apt-get clean
rm -rf "$from" /var/lib/apt/lists/* /var/lib/chinwag/*
rm -f /etc/ssh/ssh_host_* /root/.ssh/authorized_keys
truncate -s 0 /etc/machine-id
if command -v cloud-init >/dev/null; then cloud-init clean --logs; fi
