#!/bin/sh
# The service behind the run task. The key is the one of hcp-run-task.tf.
exec stowage serve run-task --listen "${LISTEN:-127.0.0.1:8080}" --hmac-key-file hmac.key --host "${HCP_HOST:-app.terraform.io}" \
  --policy policy.hcl --rego policy.rego
