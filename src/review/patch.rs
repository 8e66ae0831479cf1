//! The better placement as a change of the configuration.
//!
//! A value is changed where it is written as a literal: in the resource's own block, in the launch template or instance template its block
//! refers to, or as the default of the variable it refers to. Only the bytes of the value change, and the spaces before comments that stood
//! in line with the one behind it ([`lines`]), so comments and formatting stay. A change is written only if all instances of the block agree
//! on it; if any change cannot be written, there is no patch, since one half of a better placement may be worse than none.

mod lines;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, TraversalOperator};
use similar::TextDiff;

use super::configuration::{Sources, Written};
use super::plan::{Plan, address};
use super::reason::Reason;
use super::report::{Figure, Patch, PatchedFile};
use crate::diagnostic::SourceFile;

/// What changes in like machines of a block: type and number.
#[derive(Clone, Debug)]
pub(super) struct Replacement {
    pub(super) block: String,
    pub(super) before: (String, u64),
    /// Several where the better placement mixes types.
    pub(super) after: Vec<(String, u64)>,
}

/// Lines of context in a diff: as `diff -u` gives.
const CONTEXT: usize = 3;

/// Where a resource type has its machine type: in arguments of its own, or in the block that an argument refers to.
enum Place {
    Own(&'static [&'static str]),
    Referred(&'static [&'static [&'static str]], &'static [&'static str]),
}

fn place_of_type(kind: &str) -> Option<Place> {
    Some(match kind {
        "aws_instance" => Place::Own(&["instance_type"]),
        "aws_autoscaling_group" => Place::Referred(
            &[&["launch_template", "id"], &["launch_template", "name"], &["launch_configuration"]],
            &["instance_type"],
        ),
        "aws_eks_node_group" => Place::Own(&["instance_types"]),
        "google_compute_instance" => Place::Own(&["machine_type"]),
        "google_compute_instance_group_manager" | "google_compute_region_instance_group_manager" => {
            Place::Referred(&[&["version", "instance_template"]], &["machine_type"])
        }
        "google_container_cluster" | "google_container_node_pool" => Place::Own(&["node_config", "machine_type"]),
        "azurerm_linux_virtual_machine" | "azurerm_windows_virtual_machine" => Place::Own(&["size"]),
        "azurerm_virtual_machine" | "azurerm_kubernetes_cluster_node_pool" => Place::Own(&["vm_size"]),
        "azurerm_linux_virtual_machine_scale_set" | "azurerm_windows_virtual_machine_scale_set" => Place::Own(&["sku"]),
        "azurerm_orchestrated_virtual_machine_scale_set" => Place::Own(&["sku_name"]),
        "azurerm_virtual_machine_scale_set" => Place::Own(&["sku", "name"]),
        "azurerm_kubernetes_cluster" => Place::Own(&["default_node_pool", "vm_size"]),
        _ => return None,
    })
}

/// Arguments that hold the number of machines, for types whose number can be written in one place.
fn places_of_count(kind: &str) -> &'static [&'static [&'static str]] {
    match kind {
        "aws_autoscaling_group" => &[&["desired_capacity"], &["min_size"]],
        "aws_eks_node_group" => &[&["scaling_config", "desired_size"], &["scaling_config", "min_size"]],
        "google_compute_instance_group_manager" | "google_compute_region_instance_group_manager" => &[&["target_size"]],
        "azurerm_linux_virtual_machine_scale_set"
        | "azurerm_windows_virtual_machine_scale_set"
        | "azurerm_orchestrated_virtual_machine_scale_set" => &[&["instances"]],
        "azurerm_virtual_machine_scale_set" => &[&["sku", "capacity"]],
        "azurerm_kubernetes_cluster_node_pool" => &[&["node_count"]],
        "azurerm_kubernetes_cluster" => &[&["default_node_pool", "node_count"]],
        _ => &[],
    }
}

/// The patch that makes all replacements, or why there is none.
pub(super) fn replacements(plan: &Plan<'_>, sources: &[SourceFile], wanted: &[Replacement]) -> Figure<Patch> {
    let sources = Sources::read(sources);
    if sources.is_empty() {
        return Figure::Unknown(Reason::Because("the configuration was not given".to_owned()));
    }
    let mut blocks: BTreeMap<&str, Vec<&Replacement>> = BTreeMap::new();
    for one in wanted {
        blocks.entry(&one.block).or_default().push(one);
    }
    let mut edits = Edits::default();
    for (block, wanted) in blocks {
        if wanted.iter().all(|one| one.after[..] == [one.before.clone()]) {
            continue;
        }
        if let Err(reason) = edits.replace(plan, &sources, block, &wanted) {
            return Figure::Unknown(reason);
        }
    }
    if edits.0.is_empty() {
        return Figure::Unknown(Reason::Because("there is nothing to change".to_owned()));
    }
    Figure::Known(edits.patch(&sources))
}

/// Arguments of a block over a placement's groups that the group itself knows, with the group's attribute.
fn places_of_group(kind: &str) -> &'static [(&'static [&'static str], &'static str)] {
    match kind {
        "aws_instance" | "aws_launch_template" | "aws_launch_configuration" => &[(&["instance_type"], "instance_type")],
        "aws_autoscaling_group" => {
            &[(&["min_size"], "min_size"), (&["max_size"], "max_size"), (&["desired_capacity"], "desired_capacity")]
        }
        "aws_eks_node_group" => &[
            (&["scaling_config", "min_size"], "min_size"),
            (&["scaling_config", "max_size"], "max_size"),
            (&["scaling_config", "desired_size"], "desired_capacity"),
        ],
        "google_compute_instance" | "google_compute_instance_template" | "google_compute_region_instance_template" => {
            &[(&["machine_type"], "instance_type")]
        }
        "google_compute_instance_group_manager" | "google_compute_region_instance_group_manager" => {
            &[(&["target_size"], "instances")]
        }
        "azurerm_linux_virtual_machine" | "azurerm_windows_virtual_machine" => &[(&["size"], "instance_type")],
        "azurerm_linux_virtual_machine_scale_set" | "azurerm_windows_virtual_machine_scale_set" => {
            &[(&["sku"], "instance_type"), (&["instances"], "instances")]
        }
        "azurerm_orchestrated_virtual_machine_scale_set" => {
            &[(&["sku_name"], "instance_type"), (&["instances"], "instances")]
        }
        "azurerm_kubernetes_cluster_node_pool" => &[(&["vm_size"], "instance_type"), (&["node_count"], "instances")],
        _ => &[],
    }
}

/// The patch that lets blocks over a placement's groups take from each group what they now write as literals.
///
/// `blocks` are those blocks; the templates they refer to count if they repeat over a placement too.
pub(super) fn groups(plan: &Plan<'_>, sources: &[SourceFile], blocks: &BTreeSet<String>) -> Figure<Patch> {
    let sources = Sources::read(sources);
    if sources.is_empty() {
        return Figure::Unknown(Reason::Because("the configuration was not given".to_owned()));
    }
    let mut over_groups = blocks.clone();
    for block in blocks {
        let kind = block.split('.').next().unwrap_or_default();
        let Some(Place::Referred(ways, _)) = place_of_type(kind) else { continue };
        for target in ways.iter().flat_map(|way| plan.configuration.targets(block, way)) {
            let repeats = plan.configuration.repetition_targets(&target.block);
            if repeats.iter().any(|one| one.block.split('.').any(|part| part == super::fleet::PLACEMENT)) {
                over_groups.insert(target.block);
            }
        }
    }
    let mut edits = Edits::default();
    for block in over_groups.iter().filter(|block| address::modules(block).is_empty()) {
        let kind = block.split('.').next().unwrap_or_default();
        for (names, attribute) in places_of_group(kind) {
            if let Some(found) = sources.written(block, names)
                && literal(found.value).is_some()
            {
                edits.0.insert((found.file, found.span.start), (found.span, format!("each.value.{attribute}")));
            }
        }
    }
    if edits.0.is_empty() {
        let clause = "no block over the placement's groups writes as a literal what its group knows";
        return Figure::Unknown(Reason::Because(clause.to_owned()));
    }
    Figure::Known(edits.patch(&sources))
}

/// Texts to put in the place of others: by file and place.
#[derive(Default)]
struct Edits(BTreeMap<(usize, usize), (Range<usize>, String)>);

impl Edits {
    fn replace(
        &mut self,
        plan: &Plan<'_>,
        sources: &Sources<'_>,
        block: &str,
        wanted: &[&Replacement],
    ) -> Result<(), Reason> {
        let because = |clause: String| Err(Reason::Because(clause));
        if !address::modules(block).is_empty() {
            return because(format!("`{block}` is written in a module"));
        }
        let kind = block.split('.').next().unwrap_or_default();
        let mut changes = BTreeSet::new();
        let mut counts = BTreeSet::new();
        for one in wanted {
            let [(machine_type, machines)] = &one.after[..] else {
                return because(format!("the better placement of `{block}` mixes machine types"));
            };
            changes.insert((&one.before.0, machine_type));
            counts.insert((one.before.1, *machines));
        }
        let [(before, after)] = changes.into_iter().collect::<Vec<_>>()[..] else {
            return because(format!("the instances of `{block}` need different machine types"));
        };
        if before != after {
            let Some(place) = place_of_type(kind) else { return because(format!("{kind} is not patched")) };
            let (owner, names) = match place {
                Place::Own(names) => (block.to_owned(), names),
                Place::Referred(ways, names) => {
                    let targets =
                        ways.iter().map(|way| plan.configuration.targets(block, way)).find(|found| !found.is_empty());
                    match targets.as_deref() {
                        Some([target]) => (target.block.clone(), names),
                        _ => return because(format!("the template of `{block}` cannot be told from its references")),
                    }
                }
            };
            self.write(sources, &owner, names, before, after)?;
        }
        if counts.iter().all(|(before, after)| before == after) {
            return Ok(());
        }
        let [(before, after)] = counts.into_iter().collect::<Vec<_>>()[..] else {
            return because(format!("the instances of `{block}` need different numbers of machines"));
        };
        let places = places_of_count(kind);
        // Only numbers that say what stands now are changed: a smallest size below it stays.
        let (before, after) = (before.to_string(), after.to_string());
        let mut is_written = false;
        for names in places {
            let is_same =
                sources.written(block, names).is_some_and(|found| literal(found.value).as_deref() == Some(&before));
            if is_same {
                self.write(sources, block, names, &before, &after)?;
                is_written = true;
            }
        }
        if is_written {
            Ok(())
        } else {
            because(format!("the number of machines of `{block}` is not written as a number"))
        }
    }

    /// Writes `after` where an argument, or the default of the variable it refers to, says `before`.
    fn write(
        &mut self,
        sources: &Sources<'_>,
        block: &str,
        names: &[&str],
        before: &str,
        after: &str,
    ) -> Result<(), Reason> {
        let shown = format!("{block}.{}", names.join("."));
        let missing = || Reason::Because(format!("`{shown}` is not written in the files given"));
        let mut found = sources.written(block, names).ok_or_else(missing)?;
        if let Some(variable) = variable(found.value) {
            let missing = || {
                Reason::Because(format!("`{shown}` refers to `{variable}`, which has no default in the files given"))
            };
            found = sources.written(&variable, &["default"]).ok_or_else(missing)?;
        }
        let Some((span, text)) = edit(&found, before, after) else {
            return Err(Reason::Because(format!("`{shown}` does not say `{before}` as a literal")));
        };
        match self.0.insert((found.file, span.start), (span, text.clone())) {
            Some((_, other)) if other != text => {
                Err(Reason::Because(format!("`{shown}` would have to say two things")))
            }
            _ => Ok(()),
        }
    }

    fn patch(self, sources: &Sources<'_>) -> Patch {
        let mut by_file: BTreeMap<usize, Vec<(Range<usize>, String)>> = BTreeMap::new();
        for ((file, _), edit) in self.0 {
            by_file.entry(file).or_default().push(edit);
        }
        let mut files = Vec::new();
        for (file, edits) in by_file {
            let (name, before) = sources.text(file);
            let after = lines::edited(before, &edits);
            files.push(PatchedFile { name: name.to_owned(), before: before.to_owned(), after });
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let diff = files.iter().map(diff).collect();
        Patch { files, diff }
    }
}

/// The bytes to replace and what with: all of a literal, or the only item of a list.
fn edit(found: &Written<'_>, before: &str, after: &str) -> Option<(Range<usize>, String)> {
    let item = found.value.as_array().filter(|items| items.len() == 1).and_then(|items| items.get(0));
    let (value, span) = match item {
        Some(item) => (item, item.span()?),
        None => (found.value, found.span.clone()),
    };
    if literal(value)? != before {
        return None;
    }
    Some((span, if value.as_str().is_some() { format!("\"{after}\"") } else { after.to_owned() }))
}

fn literal(value: &Expression) -> Option<String> {
    let number = || value.as_number().map(ToString::to_string);
    value.as_str().map(str::to_owned).or_else(number)
}

/// `var.size`, if the expression is just that.
fn variable(value: &Expression) -> Option<String> {
    let traversal = value.as_traversal()?;
    let root = traversal.expr.as_variable()?;
    let [only] = &traversal.operators[..] else { return None };
    let TraversalOperator::GetAttr(name) = only.value() else { return None };
    (root.as_str() == "var").then(|| format!("var.{}", name.as_str()))
}

fn diff(file: &PatchedFile) -> String {
    let text = TextDiff::from_lines(&file.before, &file.after);
    text.unified_diff()
        .context_radius(CONTEXT)
        .header(&format!("a/{}", file.name), &format!("b/{}", file.name))
        .to_string()
}
