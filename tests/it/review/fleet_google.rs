//! Google Cloud's resources, in the shape of hashicorp/google 5 to 7.

use serde_json::json;

use super::plans::{after, line, micros, plan};

/// n2-standard-2 costs 0.106834 USD an hour in europe-west1: 77.98882 USD a month.
#[test]
fn an_instance_and_a_managed_group() {
    let report = plan()
        .create(
            "google_compute_instance.one",
            json!({ "machine_type": "projects/p/zones/europe-west1-b/machineTypes/n2-standard-2", "zone": "europe-west1-b",
                "scheduling": [{ "preemptible": false, "provisioning_model": "STANDARD" }] }),
        )
        .create("google_compute_instance_template.t", json!({ "machine_type": "n2-standard-2", "scheduling": [{ "preemptible": false }] }))
        .change(
            "google_compute_region_instance_group_manager.g",
            &["create"],
            json!(null),
            json!({ "region": "europe-west1", "target_size": 3, "version": [{}],
                "distribution_policy_zones": ["europe-west1-b", "europe-west1-c"] }),
            json!({ "after_unknown": { "version": [{ "instance_template": true }] } }),
        )
        .change(
            "google_compute_region_autoscaler.s",
            &["create"],
            json!(null),
            json!({ "autoscaling_policy": [{ "min_replicas": 2, "max_replicas": 8 }] }),
            json!({ "after_unknown": { "target": true } }),
        )
        .block(
            "google_compute_region_instance_group_manager.g",
            json!({ "expressions": { "version": [{ "instance_template": { "references": [
                "google_compute_instance_template.t.id", "google_compute_instance_template.t"] } }] } }),
        )
        .block(
            "google_compute_region_autoscaler.s",
            json!({ "expressions": { "target": { "references": [
                "google_compute_region_instance_group_manager.g.id", "google_compute_region_instance_group_manager.g"] } } }),
        )
        .review();
    assert_eq!(
        line(after(&report, "google_compute_instance.one")),
        "gcp/europe-west1 europe-west1-b n2-standard-2 on_demand 1..1..1"
    );
    let group = after(&report, "google_compute_region_instance_group_manager.g");
    assert_eq!(line(group), "gcp/europe-west1 europe-west1-b+europe-west1-c n2-standard-2 on_demand 2..3..8");
    // 2, 3 and 8 × 77.98882.
    assert_eq!(micros(group), "155977640..233966460..623910560");
}

/// Counts of a pool are for each zone; a regional cluster that names none has three.
#[test]
fn pools_of_gke_count_by_zone() {
    let config = json!([{ "machine_type": "n2-standard-2", "spot": false }]);
    let report = plan()
        .create(
            "google_container_cluster.c",
            json!({ "location": "europe-west1", "remove_default_node_pool": true, "initial_node_count": 1 }),
        )
        .create(
            "google_container_node_pool.fixed",
            json!({ "location": "europe-west1", "node_count": 2, "node_config": config }),
        )
        .create(
            "google_container_node_pool.scaled",
            json!({ "location": "europe-west1-b", "initial_node_count": 2, "node_config": config,
                "autoscaling": [{ "min_node_count": 1, "max_node_count": 4 }] }),
        )
        .create(
            "google_container_node_pool.total",
            json!({ "location": "europe-west1", "initial_node_count": 1, "node_config": config,
                "autoscaling": [{ "total_min_node_count": 3, "total_max_node_count": 9, "min_node_count": 0, "max_node_count": 0 }] }),
        )
        .review();
    assert!(
        report.members.iter().all(|member| member.kind != "google_container_cluster"),
        "its default pool is removed"
    );
    assert_eq!(
        line(after(&report, "google_container_node_pool.fixed")),
        "gcp/europe-west1 ? n2-standard-2 on_demand 6..6..6"
    );
    assert_eq!(
        line(after(&report, "google_container_node_pool.scaled")),
        "gcp/europe-west1 europe-west1-b n2-standard-2 on_demand 1..2..4"
    );
    assert_eq!(
        line(after(&report, "google_container_node_pool.total")),
        "gcp/europe-west1 ? n2-standard-2 on_demand 3..3..9"
    );
}

#[test]
fn a_cluster_holds_its_default_pool_or_the_pools_it_writes() {
    let report = plan()
        .create(
            "google_container_cluster.d",
            json!({ "location": "europe-west1-b", "initial_node_count": 3,
            "node_config": [{ "machine_type": "n2-standard-2" }] }),
        )
        .create(
            "google_container_cluster.w",
            json!({ "location": "europe-west1-c", "node_pool": [
            { "node_count": 2, "node_config": [{ "machine_type": "n2-standard-2" }] }] }),
        )
        .block(
            "google_container_cluster.w",
            json!({ "expressions": { "node_pool": [{ "node_count": { "constant_value": 2 } }] } }),
        )
        .create("google_container_cluster.auto", json!({ "location": "europe-west1", "enable_autopilot": true }))
        .review();
    let pool = after(&report, "google_container_cluster.d.default_node_pool");
    assert_eq!(line(pool), "gcp/europe-west1 europe-west1-b n2-standard-2 on_demand 3..3..3");
    let pool = after(&report, "google_container_cluster.w.node_pool[0]");
    assert_eq!(line(pool), "gcp/europe-west1 europe-west1-c n2-standard-2 on_demand 2..2..2");
    assert_eq!(micros(after(&report, "google_container_cluster.auto.autopilot")), "?the cost depends on use");
}
