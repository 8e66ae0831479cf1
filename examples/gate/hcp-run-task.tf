# The run task in HCP Terraform. `stowage serve run-task` answers it, behind a proxy that ends TLS.

terraform {
  required_providers {
    tfe = {
      source = "hashicorp/tfe"
    }
  }
}

variable "organization" {
  type = string
}

variable "hmac_key" {
  type      = string
  sensitive = true
}

variable "workspace_ids" {
  type = set(string)
}

resource "tfe_organization_run_task" "gate" {
  organization = var.organization
  name         = "stowage-gate"
  url          = "https://gate.example.org/"
  hmac_key     = var.hmac_key
  enabled      = true
}

resource "tfe_workspace_run_task" "gate" {
  for_each = var.workspace_ids

  workspace_id      = each.value
  task_id           = tfe_organization_run_task.gate.id
  enforcement_level = "mandatory"
  stages            = ["post_plan"]
}
