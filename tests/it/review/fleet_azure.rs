//! Azure's resources, in the shape of hashicorp/azurerm 3 and 4 and azure/azapi 1 and 2.

use serde_json::json;

use super::plans::{after, line, micros, plan};

/// `Standard_D2s_v5` costs 0.115 USD an hour in westeurope: 83.95 USD a month.
#[test]
fn machines_and_scale_sets() {
    let report = plan()
        .create(
            "azurerm_linux_virtual_machine.a",
            json!({ "size": "Standard_D2s_v5", "location": "West Europe", "zone": "2" }),
        )
        .create(
            "azurerm_virtual_machine.b",
            json!({ "vm_size": "Standard_D2s_v5", "location": "westeurope", "zones": ["1"] }),
        )
        .create(
            "azurerm_linux_virtual_machine_scale_set.c",
            json!({ "sku": "Standard_D2s_v5", "instances": 3, "location": "westeurope", "zones": ["3", "1", "2"] }),
        )
        .change(
            "azurerm_monitor_autoscale_setting.s",
            &["create"],
            json!(null),
            json!({ "profile": [
                { "capacity": [{ "minimum": "2", "default": "3", "maximum": "5" }] },
                { "capacity": [{ "minimum": "4", "default": "4", "maximum": "9" }] },
            ] }),
            json!({ "after_unknown": { "target_resource_id": true } }),
        )
        .block(
            "azurerm_monitor_autoscale_setting.s",
            json!({ "expressions": { "target_resource_id": { "references": [
                "azurerm_linux_virtual_machine_scale_set.c.id", "azurerm_linux_virtual_machine_scale_set.c"] } } }),
        )
        .create(
            "azurerm_virtual_machine_scale_set.d",
            json!({ "sku": [{ "name": "Standard_D2s_v5", "capacity": 2 }], "location": "westeurope" }),
        )
        .review();
    assert_eq!(
        line(after(&report, "azurerm_linux_virtual_machine.a")),
        "azure/westeurope 2 Standard_D2s_v5 on_demand 1..1..1"
    );
    assert_eq!(
        line(after(&report, "azurerm_virtual_machine.b")),
        "azure/westeurope 1 Standard_D2s_v5 on_demand 1..1..1"
    );
    let scaled = after(&report, "azurerm_linux_virtual_machine_scale_set.c");
    assert_eq!(line(scaled), "azure/westeurope 1+2+3 Standard_D2s_v5 on_demand 2..3..9");
    // 2, 3 and 9 × 83.95.
    assert_eq!(micros(scaled), "167900000..251850000..755550000");
    assert_eq!(
        line(after(&report, "azurerm_virtual_machine_scale_set.d")),
        "azure/westeurope ? Standard_D2s_v5 on_demand 2..2..2"
    );
}

#[test]
fn pools_of_aks_take_the_place_of_their_cluster() {
    let report = plan()
        .create(
            "azurerm_kubernetes_cluster.k",
            json!({ "location": "westeurope", "default_node_pool": [{ "vm_size": "Standard_D2s_v5", "node_count": 2,
                "auto_scaling_enabled": true, "min_count": 1, "max_count": 5, "zones": ["1", "2"] }] }),
        )
        .change(
            "azurerm_kubernetes_cluster_node_pool.p",
            &["create"],
            json!(null),
            json!({ "vm_size": "Standard_D2s_v5", "node_count": 4, "priority": "Spot" }),
            json!({ "after_unknown": { "kubernetes_cluster_id": true } }),
        )
        .block(
            "azurerm_kubernetes_cluster_node_pool.p",
            json!({ "expressions": { "kubernetes_cluster_id": { "references": [
                "azurerm_kubernetes_cluster.k.id", "azurerm_kubernetes_cluster.k"] } } }),
        )
        .review();
    let pool = after(&report, "azurerm_kubernetes_cluster.k.default_node_pool");
    assert_eq!(line(pool), "azure/westeurope 1+2 Standard_D2s_v5 on_demand 1..2..5");
    let pool = after(&report, "azurerm_kubernetes_cluster_node_pool.p");
    assert_eq!(line(pool), "azure/westeurope ? Standard_D2s_v5 spot 4..4..4");
}

/// The same machine in both forms of a body.
#[test]
fn azapi_holds_bodies_as_objects_or_as_text() {
    let body = json!({ "properties": { "hardwareProfile": { "vmSize": "Standard_D2s_v5" } }, "zones": ["1"] });
    let pools = json!({ "properties": { "agentPoolProfiles": [
        { "name": "sys", "vmSize": "Standard_D2s_v5", "count": 3, "availabilityZones": ["1", "2", "3"] },
        { "name": "app", "vmSize": "Standard_D2s_v5", "count": 2, "enableAutoScaling": true, "minCount": 1, "maxCount": 6 },
    ] } });
    let machines = "Microsoft.Compute/virtualMachines@2024-03-01";
    let report = plan()
        .create("azapi_resource.object", json!({ "type": machines, "location": "westeurope", "body": body }))
        .create("azapi_resource.text", json!({ "type": machines, "location": "westeurope", "body": body.to_string() }))
        .create("azapi_resource.broken", json!({ "type": machines, "location": "westeurope", "body": "{" }))
        .create(
            "azapi_resource.aks",
            json!({ "type": "Microsoft.ContainerService/managedClusters@2024-01-01",
            "location": "westeurope", "body": pools }),
        )
        .create("azapi_resource.other", json!({ "type": "Microsoft.Network/virtualNetworks@2024-01-01", "body": {} }))
        .review();
    for address in ["azapi_resource.object", "azapi_resource.text"] {
        assert_eq!(line(after(&report, address)), "azure/westeurope 1 Standard_D2s_v5 on_demand 1..1..1");
    }
    assert!(line(after(&report, "azapi_resource.broken")).contains("?`body` is not JSON"));
    let profile = |index: usize| format!("azapi_resource.aks.body.properties.agentPoolProfiles[{index}]");
    assert_eq!(line(after(&report, &profile(0))), "azure/westeurope 1+2+3 Standard_D2s_v5 on_demand 3..3..3");
    assert_eq!(line(after(&report, &profile(1))), "azure/westeurope ? Standard_D2s_v5 on_demand 1..2..6");
    assert_eq!(report.members.len(), 5);
}
