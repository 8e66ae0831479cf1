//! What runs on machines, and what has none.

use serde_json::json;

use super::plans::{after, line, micros, plan};

fn count(line: &str) -> &str {
    line.rsplit_once("on_demand ").unwrap().1
}

#[test]
fn replicas_are_counted_and_cost_nothing() {
    let scaler = json!({ "metadata": [{ "name": "x", "namespace": "shop" }], "spec": [{ "min_replicas": 2, "max_replicas": 7,
        "scale_target_ref": [{ "kind": "Deployment", "name": "web" }] }] });
    let job = "job \"batch\" {\n  group \"a\" {\n    count = 3\n  }\n  group \"b\" {}\n}\n";
    let report = plan()
        .create(
            "kubernetes_deployment_v1.web",
            json!({ "metadata": [{ "name": "web", "namespace": "shop" }], "spec": [{ "replicas": "3" }] }),
        )
        .create(
            "kubernetes_deployment_v1.other",
            json!({ "metadata": [{ "name": "web", "namespace": "else" }], "spec": [{ "replicas": 4 }] }),
        )
        .create("kubernetes_horizontal_pod_autoscaler_v2.web", scaler)
        .create("kubernetes_daemon_set_v1.log", json!({ "spec": [{}] }))
        .create(
            "helm_release.set",
            json!({ "set": [{ "name": "replicaCount", "value": "5" }], "values": ["replicaCount: 2\n"] }),
        )
        .create("helm_release.values", json!({ "values": ["a: 1\n\"replicaCount\": 6\n"] }))
        .create("helm_release.none", json!({ "values": ["a:\n  replicaCount: 6\n"] }))
        .create("nomad_job.planned", json!({ "jobspec": job, "task_groups": [{ "name": "a", "count": 9 }] }))
        .change(
            "nomad_job.text",
            &["create"],
            json!(null),
            json!({ "jobspec": job }),
            json!({ "after_unknown": { "task_groups": true } }),
        )
        .review();
    let counted = |address: &str| count(&line(after(&report, address))).to_owned();
    assert_eq!(counted("kubernetes_deployment_v1.web"), "2..3..7");
    assert_eq!(counted("kubernetes_deployment_v1.other"), "4..4..4");
    assert_eq!(counted("kubernetes_daemon_set_v1.log"), "?there is one on each node of its cluster");
    assert_eq!(counted("helm_release.set"), "5..5..5");
    assert_eq!(counted("helm_release.values"), "6..6..6");
    assert_eq!(counted("helm_release.none"), "?the chart decides the number of replicas");
    assert_eq!(counted("nomad_job.planned.task_groups[0]"), "9..9..9");
    assert_eq!(counted("nomad_job.text.group.a"), "3..3..3");
    assert_eq!(counted("nomad_job.text.group.b"), "1..1..1");
    assert_eq!((report.coverage.priced, report.coverage.total), (0, 0), "they run on machines of others");
}

/// Sizes are known, prices are not: they stay visible.
#[test]
fn what_has_no_machines_has_no_price() {
    let report = plan()
        .create(
            "aws_ecs_task_definition.t",
            json!({ "cpu": "512", "memory": "1024", "arn": "arn:aws:ecs:eu-west-1:1:task-definition/t:1" }),
        )
        .create(
            "aws_ecs_service.f",
            json!({ "desired_count": 4, "launch_type": "FARGATE", "region": "eu-west-1",
            "task_definition": "arn:aws:ecs:eu-west-1:1:task-definition/t:1" }),
        )
        .create("aws_ecs_service.e", json!({ "desired_count": 4, "launch_type": "EC2" }))
        .create("aws_lambda_function.l", json!({ "memory_size": 1769, "region": "eu-west-1" }))
        .create(
            "google_cloud_run_v2_service.r",
            json!({ "location": "europe-west1", "template": [{
            "scaling": [{ "min_instance_count": 1, "max_instance_count": 6 }],
            "containers": [{ "resources": [{ "limits": { "cpu": "500m", "memory": "1Gi" } }] }] }] }),
        )
        .create("aws_db_instance.d", json!({ "instance_class": "db.m5.large" }))
        .create("aws_iam_role.i", json!({}))
        .review();
    assert_eq!(micros(after(&report, "aws_ecs_service.f")), "?Fargate costs money and is not priced here");
    // 512 units are half a vCPU; four tasks have two.
    assert_eq!(after(&report, "aws_ecs_service.f").vcpu.known().unwrap().expected.0, 2_000);
    assert_eq!(micros(after(&report, "aws_lambda_function.l")), "?the cost depends on use");
    assert_eq!(count(&line(after(&report, "google_cloud_run_v2_service.r"))), "1..1..6");
    assert_eq!(after(&report, "google_cloud_run_v2_service.r").vcpu.known().unwrap().max.0, 3_000);
    // Fargate, Lambda, Cloud Run and the database; the service on EC2 runs on machines of others.
    assert_eq!((report.coverage.priced, report.coverage.total), (0, 4));
    assert_eq!(report.totals.cost.after.unknown, 4);
    assert_eq!(report.coverage.not_read, [("aws_iam_role".to_owned(), 1)]);
}
