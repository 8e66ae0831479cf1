//! From a plan's resources to the fleet: which machines stand where, how many, before the change and after it.
//!
//! Each resource type that holds machines has one reader, listed in [`KINDS`] with the attributes it needs. A reader answers with
//! [`Pool`]s: machines of one make in one place, whose number may be a range. What a resource leaves to another (launch template,
//! autoscaler, cluster, subnet) the [`Scene`] finds, by id where one is known and by the configuration's references where it is not.
//!
//! A reader never guesses: what neither the resource nor those it refers to say is unknown, with the reason.

mod aws;
mod aws_fleets;
mod aws_groups;
mod azapi;
mod azure;
mod google;
mod google_groups;
mod orchestrators;
mod scene;
mod serverless;

use super::plan::{Attributes, Plan, Resource, Time};
use super::reason::Reason;
use super::report::{Figure, Range, Unit};
use crate::model::RegionKey;
use crate::units::Millicores;
pub(super) use scene::{Scene, Zones};

/// A machine type a pool may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// The cloud's name of it.
    pub(super) machine_type: String,
    /// Units of the pool's capacity that one machine of it counts for; at least 1.
    pub(super) weight: u64,
}

/// How a pool's machines are bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Market {
    /// All at the list price.
    OnDemand,
    /// All on the spot market.
    Spot,
    /// So many units at the list price; of those above, so many of a hundred.
    Mixed { base: u64, percent_above: u64 },
}

/// Machines of one make in one place.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    /// What follows the resource's address where the resource has several pools, such as `.default_node_pool`.
    pub(super) part: String,
    pub(super) region: Figure<RegionKey>,
    pub(super) zones: Figure<Vec<String>>,
    /// In the order of preference, at least one.
    pub(super) choices: Figure<Vec<Choice>>,
    /// In units of weight.
    pub(super) capacity: Figure<Range<u64>>,
    pub(super) market: Market,
    pub(super) unit: Unit,
    /// Processor of one task, which has no machine type.
    pub(super) vcpu_of_task: Option<Millicores>,
}

impl Pool {
    /// `capacity` machines of one type.
    fn of(
        region: Figure<RegionKey>,
        zones: Figure<Vec<String>>,
        machine_type: Figure<String>,
        capacity: Figure<Range<u64>>,
    ) -> Self {
        Self {
            part: String::new(),
            region,
            zones,
            choices: machine_type.map(|machine_type| vec![Choice { machine_type, weight: 1 }]),
            capacity,
            market: Market::OnDemand,
            unit: Unit::Machines,
            vcpu_of_task: None,
        }
    }

    /// Copies that run on other members' machines.
    fn replicas(capacity: Figure<Range<u64>>) -> Self {
        let mut pool =
            Self::of(Figure::Unknown(cluster()), Figure::Unknown(cluster()), Figure::Unknown(cluster()), capacity);
        pool.unit = Unit::Replicas;
        pool
    }

    fn part(mut self, part: impl Into<String>) -> Self {
        self.part = part.into();
        self
    }

    const fn bought(mut self, market: Market) -> Self {
        self.market = market;
        self
    }
}

fn cluster() -> Reason {
    Reason::Because("it runs on the machines of its cluster".to_owned())
}

/// How one resource type is read.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) cloud: Option<&'static str>,
    attributes: &'static [&'static str],
    read: fn(&Scene<'_, '_>, &Resource<'_>, &Attributes<'_>) -> Vec<Pool>,
}

const fn kind(
    name: &'static str,
    cloud: Option<&'static str>,
    attributes: &'static [&'static str],
    read: fn(&Scene<'_, '_>, &Resource<'_>, &Attributes<'_>) -> Vec<Pool>,
) -> Kind {
    Kind { name, cloud, attributes, read }
}

const AWS: Option<&str> = Some("aws");
const AZURE: Option<&str> = Some("azure");
const GCP: Option<&str> = Some("gcp");

/// The resource types that hold machines, replicas or tasks.
pub(super) const KINDS: &[Kind] = &[
    kind("aws_instance", AWS, aws::INSTANCE, aws::instance),
    kind("aws_spot_instance_request", AWS, aws::INSTANCE, aws::spot_instance_request),
    kind("aws_autoscaling_group", AWS, aws_groups::GROUP, aws_groups::group),
    kind("aws_eks_node_group", AWS, aws_groups::NODE_GROUP, aws_groups::node_group),
    kind("aws_ec2_fleet", AWS, aws_fleets::FLEET, aws_fleets::fleet),
    kind("aws_spot_fleet_request", AWS, aws_fleets::SPOT_FLEET, aws_fleets::spot_fleet),
    kind("aws_ecs_service", AWS, serverless::ECS_SERVICE, serverless::ecs_service),
    kind("aws_lambda_function", AWS, serverless::LAMBDA, serverless::lambda),
    kind("google_compute_instance", GCP, google::INSTANCE, google::instance),
    kind("google_compute_instance_group_manager", GCP, google_groups::MANAGER, google_groups::manager),
    kind("google_compute_region_instance_group_manager", GCP, google_groups::MANAGER, google_groups::manager),
    kind("google_container_cluster", GCP, google::CLUSTER, google::cluster),
    kind("google_container_node_pool", GCP, google::NODE_POOL, google::node_pool),
    kind("google_cloud_run_service", GCP, serverless::CLOUD_RUN, serverless::cloud_run),
    kind("google_cloud_run_v2_service", GCP, serverless::CLOUD_RUN_V2, serverless::cloud_run_v2),
    kind("azurerm_linux_virtual_machine", AZURE, azure::MACHINE, azure::machine),
    kind("azurerm_windows_virtual_machine", AZURE, azure::MACHINE, azure::machine),
    kind("azurerm_virtual_machine", AZURE, azure::MACHINE, azure::machine),
    kind("azurerm_linux_virtual_machine_scale_set", AZURE, azure::SCALE_SET, azure::scale_set),
    kind("azurerm_windows_virtual_machine_scale_set", AZURE, azure::SCALE_SET, azure::scale_set),
    kind("azurerm_orchestrated_virtual_machine_scale_set", AZURE, azure::SCALE_SET, azure::scale_set),
    kind("azurerm_virtual_machine_scale_set", AZURE, azure::SCALE_SET, azure::scale_set),
    kind("azurerm_kubernetes_cluster", AZURE, azure::CLUSTER, azure::cluster),
    kind("azurerm_kubernetes_cluster_node_pool", AZURE, azure::NODE_POOL, azure::node_pool),
    kind("azapi_resource", AZURE, azapi::RESOURCE, azapi::resource),
    kind("kubernetes_deployment", None, orchestrators::SPEC, orchestrators::deployment),
    kind("kubernetes_deployment_v1", None, orchestrators::SPEC, orchestrators::deployment),
    kind("kubernetes_stateful_set", None, orchestrators::SPEC, orchestrators::deployment),
    kind("kubernetes_stateful_set_v1", None, orchestrators::SPEC, orchestrators::deployment),
    kind("kubernetes_daemonset", None, orchestrators::SPEC, orchestrators::daemon_set),
    kind("kubernetes_daemon_set_v1", None, orchestrators::SPEC, orchestrators::daemon_set),
    kind("helm_release", None, orchestrators::RELEASE, orchestrators::release),
    kind("nomad_job", None, orchestrators::JOB, orchestrators::job),
];

/// Types that readers look up: templates, autoscalers, clusters, subnets.
const HELPERS: &[&str] = &[
    "aws_launch_template",
    "aws_launch_configuration",
    "aws_subnet",
    "aws_ecs_task_definition",
    "google_compute_instance_template",
    "google_compute_region_instance_template",
    "google_compute_autoscaler",
    "google_compute_region_autoscaler",
    "azurerm_monitor_autoscale_setting",
    "azurerm_resource_group",
    "kubernetes_horizontal_pod_autoscaler",
    "kubernetes_horizontal_pod_autoscaler_v1",
    "kubernetes_horizontal_pod_autoscaler_v2",
];

/// Types that cost money whatever their use and hold no machines the catalog prices. They count as members without a price, so that the
/// coverage never reads as if the plan had none of them.
pub(super) const COSTLY: &[&str] = &[
    "aws_db_instance",
    "aws_docdb_cluster_instance",
    "aws_eks_cluster",
    "aws_elasticache_cluster",
    "aws_elasticache_replication_group",
    "aws_elasticsearch_domain",
    "aws_elb",
    "aws_emr_cluster",
    "aws_lb",
    "aws_alb",
    "aws_mq_broker",
    "aws_msk_cluster",
    "aws_nat_gateway",
    "aws_neptune_cluster_instance",
    "aws_opensearch_domain",
    "aws_rds_cluster_instance",
    "aws_redshift_cluster",
    "azurerm_application_gateway",
    "azurerm_container_group",
    "azurerm_firewall",
    "azurerm_mssql_database",
    "azurerm_mysql_flexible_server",
    "azurerm_nat_gateway",
    "azurerm_postgresql_flexible_server",
    "azurerm_redis_cache",
    "azurerm_service_plan",
    "azurerm_virtual_network_gateway",
    "google_alloydb_instance",
    "google_bigtable_instance",
    "google_compute_forwarding_rule",
    "google_compute_global_forwarding_rule",
    "google_compute_router_nat",
    "google_dataproc_cluster",
    "google_redis_instance",
    "google_spanner_instance",
    "google_sql_database_instance",
];

/// The data source whose placements are computed again.
pub(super) const PLACEMENT: &str = "stowage_placement";

/// The reader of a resource type.
pub(super) fn reader(kind: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|one| one.name == kind)
}

/// True if instances of the type must be held while a plan is read.
pub(super) fn is_read(kind: &str) -> bool {
    kind == PLACEMENT || reader(kind).is_some() || HELPERS.contains(&kind) || COSTLY.contains(&kind)
}

/// The pools of a resource at the scene's time; none if it does not exist then, or holds no machines.
pub(super) fn pools(scene: &Scene<'_, '_>, kind: &Kind, resource: &Resource<'_>) -> Vec<Pool> {
    resource
        .attributes(scene.time, kind.attributes)
        .map(|attributes| (kind.read)(scene, resource, &attributes))
        .unwrap_or_default()
}

/// The plan as seen by readers at one time.
pub(super) fn scene<'s, 'a>(plan: &'s Plan<'a>, zones: &'s Zones, time: Time) -> Scene<'s, 'a> {
    Scene::new(plan, zones, time)
}
