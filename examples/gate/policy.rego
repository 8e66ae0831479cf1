# The same gate reads Rego. Policies for conftest (`input.resource_changes`) and HCP Terraform (`input.plan`) run as they are; `input.stowage` holds
# the review.
package team

import rego.v1

deny contains sprintf("%s is destroyed: ask its owner", [change.address]) if {
  some change in input.resource_changes
  change.type == "aws_db_instance"
  "delete" in change.change.actions
}

warn contains {"msg": "machines outside the catalog have no price", "address": unknown.address} if {
  some unknown in input.stowage.coverage.unknown
  unknown.what == "machine type"
}
