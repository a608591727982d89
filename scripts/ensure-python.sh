#!/usr/bin/env bash
# Makes sure that there is a Python that can make virtual environments.
source "$(dirname "$0")/env.sh"

if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
  apt_install "Python, for tools and tests" python3 python3-venv
fi
