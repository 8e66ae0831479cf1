//! The rules of findings, once: reports list them, policies name them, the reference page is made from them.

use super::finding::{Rule, Severity};

macro_rules! rules {
    ($($name:ident = $id:literal, $severity:ident, $title:literal, $explanation:literal;)*) => {
        $(pub(super) const $name: &Rule =
            &Rule { id: $id, severity: Severity::$severity, title: $title, explanation: $explanation };)*

        /// Every rule a review itself applies, by name.
        pub const RULES: &[&Rule] = &[$($name),*];
    };
}

rules! {
    ALL_ZONES_AT_ONCE = "all-zones-replaced-at-once", Error, "All zones are replaced at once",
        "The plan destroys every machine of a service that stands in several zones before it creates their successors. What the zones were \
         for is lost during the apply. Set `create_before_destroy = true` in `lifecycle`, or replace the zones in separate applies.";
    COUNT_RESET = "autoscaler-count-reset", Warning, "The apply undoes what an autoscaler decided",
        "The configuration writes the size of a group that scales, and the apply sets it back to what is written, whatever the load is at \
         that moment. Leave the argument out, or list it under `ignore_changes` in `lifecycle`.";
    BELOW_OPTIMUM = "below-optimum", Warning, "The fleet costs less than any placement that keeps the promises",
        "It is proven that no placement that keeps every promise costs so little, so the fleet breaks one of them: it is too small, too far \
         away or in places that are not allowed. Compare it with the placement in the report.";
    CAPACITY_GAP = "capacity-gap-during-replace", Error, "Machines are missing during the replacement",
        "The plan destroys machines before it creates their successors, and what is left meanwhile is less than the service has after the \
         loss of its fullest zone, or nothing. Set `create_before_destroy = true` in `lifecycle`, or replace the instances one by one.";
    COUNT_WRITTEN = "count-under-autoscaler", Note, "The size of a group that scales is written",
        "The group scales between two sizes, and the configuration writes the size it should have now without ignoring its changes: the next \
         apply will set it back. Leave the argument out, or list it under `ignore_changes` in `lifecycle`.";
    DEFERRED_DATA = "deferred-data", Warning, "Data is read only during the apply",
        "The data source depends on something this plan changes, so Terraform reads it during the apply. Whatever refers to it is unknown in \
         this plan, and what will be applied cannot be reviewed. Remove the `depends_on`, or apply what it depends on first.";
    DISTANCE = "distance-to-optimum", Note, "The same promises can be kept for less",
        "The placement in the report keeps the same promises and costs less. What was assumed is listed with it; the patch, where there is one, \
         changes the configuration.";
    INCOMPLETE = "incomplete-plan", Warning, "The plan is not complete",
        "Terraform put changes off to a later plan, or was told to look at a part of the configuration only. What the apply leaves is not \
         what the configuration says.";
    KEY_FROM_POSITION = "key-from-position", Warning, "Instances are keyed by position",
        "The instances of the block are counted from a placement, so that their keys are positions: when the placement gains or loses a \
         region, instances move to other keys and are destroyed. Use `for_each` over the placement's groups, whose keys name places.";
    KEY_FROM_TYPE = "key-from-type", Warning, "Instances are keyed by machine type",
        "The key of the instance holds its machine type, so that a better type means another key: the instance is destroyed instead of \
         changed. Use keys that name places, such as those of a placement's groups.";
    LAST_REGION = "last-region-removed", Error, "The last region of a service is removed",
        "The service stands somewhere before the change and nowhere after it. If that is meant, waive the finding in a policy.";
    PLACEMENT_DIFFERS = "placement-differs", Error, "A placement in the plan is not what the computation says",
        "Computed again from the arguments in the plan, with the same catalog, the placement differs from the one the plan holds. The plan \
         was changed after Terraform wrote it, or another version of the provider wrote it. Plan again.";
    PLACEMENT_UNVERIFIABLE = "placement-unverifiable", Warning, "A placement in the plan cannot be computed again",
        "The arguments of the placement are not all in the plan, or the plan was made with another catalog, so nothing confirms it.";
    REGION_REMOVED = "region-removed", Note, "The fleet leaves a region",
        "Machines stand in the region before the change and none after it. Users near it will be answered from elsewhere.";
    SINGLE_ZONE = "single-zone", Note, "All machines stand in one zone",
        "The service has several machines and loses all of them with one zone. Spread them over the region's zones.";
    SURVIVAL_LOST = "survival-lost", Warning, "The service no longer outlives what it outlived",
        "Before the change, machines were left after the loss of the fullest zone or region; after the change none are.";
    UNKNOWN = "unknown", Warning, "Something about the plan is not known",
        "The value is known only after the apply, is sensitive, or has no price in the catalog. It is left out of every sum, which says so. \
         Give it a value that does not depend on something still to be created, or a price in the provider's `catalog`.";
    USERS_TOO_FAR = "users-too-far", Warning, "Users are farther than promised",
        "After the change no region with machines answers the user group within the round trip that a workload promises it.";
}
