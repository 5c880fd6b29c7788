#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The server in the hands of software that nobody here wrote. usage: oracle_test.sh MODULE SCRIPT ARGUMENTS...
# exit 77 (skipped) where build/venv-serve, which scripts/setup-serve makes, is not there or lacks the Python module
set -euo pipefail
cd "$(dirname "$0")/../.."
module=$1
shift
python=build/venv-serve/bin/python
if ! { [ -x "$python" ] && "$python" -c "import $module" 2>/dev/null; }; then
  echo "SKIPPED: no $module here; scripts/setup-serve installs it"
  exit 77
fi
exec "$python" "$@"
