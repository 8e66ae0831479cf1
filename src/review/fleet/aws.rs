//! Single machines of AWS, and the launch templates that most of its resources take their type from.

use super::{Choice, Market, Pool, Scene};
use crate::review::plan::{Attribute, Attributes, Resource};
use crate::review::reason::Reason;
use crate::review::report::{Figure, Range};

pub(super) const INSTANCE: &[&str] = &[
    "instance_type",
    "availability_zone",
    "region",
    "arn",
    "subnet_id",
    "launch_template",
    "instance_market_options",
    "instance_lifecycle",
];

const TEMPLATE: &[&str] = &[
    "instance_type",
    "instance_requirements",
    "instance_market_options",
    "spot_price",
    "latest_version",
    "default_version",
    "update_default_version",
];

pub(super) fn instance(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    vec![one_machine(scene, resource, attributes)]
}

pub(super) fn spot_instance_request(
    scene: &Scene<'_, '_>,
    resource: &Resource<'_>,
    attributes: &Attributes<'_>,
) -> Vec<Pool> {
    vec![one_machine(scene, resource, attributes).bought(Market::Spot)]
}

fn one_machine(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Pool {
    let zones = match attributes.get("availability_zone").text() {
        Figure::Known(zone) => Figure::Known(vec![zone.into_owned()]),
        Figure::Unknown(reason) => {
            match scene.zones_of_subnets(resource, &attributes.get("subnet_id"), &["subnet_id"]) {
                Figure::Known(zones) => Figure::Known(zones),
                Figure::Unknown(_) => Figure::Unknown(reason),
            }
        }
    };
    let region = scene.aws_region(resource, attributes, &zones);
    let (own, lifecycle) = (attributes.get("instance_type"), attributes.get("instance_lifecycle").text());
    let template = Template::of(scene, resource, &attributes.get("launch_template"), &["launch_template"]);
    let machine_type = match own.text() {
        Figure::Known(machine_type) => Figure::Known(machine_type.into_owned()),
        Figure::Unknown(reason) => template.as_ref().map_or(Figure::Unknown(reason), |one| one.machine_type.clone()),
    };
    let is_spot = is_spot(&attributes.get("instance_market_options"))
        || lifecycle.known().is_some_and(|lifecycle| lifecycle == "spot")
        || template.is_some_and(|template| template.is_spot);
    let pool = Pool::of(region, zones, machine_type, Figure::Known(Range::fixed(1)));
    pool.bought(if is_spot { Market::Spot } else { Market::OnDemand })
}

fn is_spot(options: &Attribute<'_>) -> bool {
    options.at(&["market_type"]).text().known().is_some_and(|market| market == "spot")
}

/// What a launch template, or a launch configuration, says of the machines.
pub(super) struct Template {
    pub(super) machine_type: Figure<String>,
    pub(super) is_spot: bool,
}

impl Template {
    /// The template that a block such as `launch_template { id = …, version = … }` refers to; none if the block is not written.
    ///
    /// `names` is the way to the block in the configuration.
    pub(super) fn of(
        scene: &Scene<'_, '_>,
        resource: &Resource<'_>,
        block: &Attribute<'_>,
        names: &[&str],
    ) -> Option<Self> {
        let is_written = scene.plan.configuration.is_written(&resource.block, names);
        if block.is_absent() && !is_written {
            return None;
        }
        let mut found = Vec::new();
        for name in ["id", "launch_template_id", "name", "launch_template_name"] {
            let value = block.at(&[name]).text();
            let way: Vec<&str> = names.iter().copied().chain([name]).collect();
            found = scene.referred(resource, value.known().map(AsRef::as_ref), &way, &["aws_launch_template"]);
            if !found.is_empty() {
                break;
            }
        }
        if found.is_empty() {
            let reason = Reason::Because("its launch template is not in the plan".to_owned());
            return Some(Self { machine_type: Figure::Unknown(reason), is_spot: false });
        }
        let version = block.at(&["version"]).text();
        let read = |attributes: &Attributes<'_>| {
            if is_current(attributes, version.known().map(AsRef::as_ref)) {
                return type_of(attributes);
            }
            Figure::Unknown(Reason::Because(
                "it uses an older version of its launch template, which is not in the plan".to_owned(),
            ))
        };
        let machine_type = scene.agreed(&found, "instance_type", read, TEMPLATE);
        let is_spot = found
            .iter()
            .filter_map(|one| scene.attributes_of(one, TEMPLATE))
            .any(|attributes| is_spot(&attributes.get("instance_market_options")));
        Some(Self { machine_type, is_spot })
    }

    /// The launch configuration a group refers to; none if it refers to none.
    pub(super) fn of_configuration(
        scene: &Scene<'_, '_>,
        resource: &Resource<'_>,
        name: &Attribute<'_>,
    ) -> Option<Self> {
        let text = name.text();
        let kinds = ["aws_launch_configuration"];
        let found = scene.referred(resource, text.known().map(AsRef::as_ref), &["launch_configuration"], &kinds);
        if found.is_empty() {
            return (!name.is_absent()).then(|| Self {
                machine_type: Figure::Unknown(Reason::Because(
                    "its launch configuration is not in the plan".to_owned(),
                )),
                is_spot: false,
            });
        }
        let machine_type = scene.agreed(&found, "instance_type", type_of, TEMPLATE);
        let is_spot = found
            .iter()
            .filter_map(|one| scene.attributes_of(one, TEMPLATE))
            .any(|attributes| attributes.get("spot_price").text().known().is_some());
        Some(Self { machine_type, is_spot })
    }
}

fn type_of(attributes: &Attributes<'_>) -> Figure<String> {
    if !attributes.get("instance_requirements").is_absent() {
        return Figure::Unknown(by_requirements());
    }
    attributes.get("instance_type").text().map(std::borrow::Cow::into_owned)
}

fn by_requirements() -> Reason {
    Reason::Because("AWS chooses the type by `instance_requirements` when it starts the machines".to_owned())
}

/// True if `version` means what the plan shows of the template. A template shows its latest version only.
fn is_current(template: &Attributes<'_>, version: Option<&str>) -> bool {
    let number = |name: &str| template.get(name).whole().known().copied();
    match version {
        // A version known only after the apply comes from the template as it will be.
        None | Some("$Latest") => true,
        Some("$Default") => match (number("default_version"), number("latest_version")) {
            (Some(default), Some(latest)) => default == latest,
            // Both are new: the first version is the default one.
            (None, None) => true,
            _ => template.get("update_default_version").is_true(),
        },
        Some(version) => number("latest_version").is_some_and(|latest| latest.to_string() == version),
    }
}

/// The types an `override` list names, each with its weight; none if the list names none.
pub(super) fn overrides(listed: &Attribute<'_>) -> Option<Figure<Vec<Choice>>> {
    let mut choices = Vec::new();
    for item in listed.items() {
        if !item.get("instance_requirements").is_absent() {
            return Some(Figure::Unknown(by_requirements()));
        }
        let machine_type = item.get("instance_type");
        if machine_type.is_absent() {
            continue;
        }
        let weight = match weight(&item.get("weighted_capacity")) {
            Figure::Known(weight) => weight,
            Figure::Unknown(reason) => return Some(Figure::Unknown(reason)),
        };
        match machine_type.text() {
            Figure::Known(machine_type) => choices.push(Choice { machine_type: machine_type.into_owned(), weight }),
            Figure::Unknown(reason) => return Some(Figure::Unknown(reason)),
        }
    }
    choices.dedup_by(|a, b| a == b);
    (!choices.is_empty()).then_some(Figure::Known(choices))
}

/// Units of capacity that one machine counts for: 1 if nothing is written.
pub(super) fn weight(attribute: &Attribute<'_>) -> Figure<u64> {
    if attribute.is_absent() {
        return Figure::Known(1);
    }
    match attribute.whole() {
        Figure::Known(0) => Figure::Unknown(Reason::Unreadable {
            attribute: attribute.path().to_owned(),
            expected: "a whole number of at least one",
        }),
        figure @ (Figure::Known(_) | Figure::Unknown(_)) => figure,
    }
}
