//! The configuration a plan was made of, where it is at hand: places of blocks, lifecycle arguments, and the text to patch.

use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body};

use super::plan::address;
use super::report::Location;
use crate::diagnostic::SourceFile;

/// The root module's blocks, by the address they have in a plan.
#[derive(Debug)]
pub(super) struct Sources<'s> {
    files: Vec<(&'s SourceFile, &'s str, Body)>,
    /// File, and position of the block in it. Blocks declared twice are left out: nothing tells which one is meant.
    blocks: BTreeMap<String, Option<(usize, usize)>>,
}

/// A value as it is written, and where.
#[derive(Debug)]
pub(super) struct Written<'b> {
    pub(super) file: usize,
    pub(super) value: &'b Expression,
    pub(super) span: Range<usize>,
}

impl<'s> Sources<'s> {
    /// Reads `.tf` files. What is not HCL was refused by Terraform before there was a plan; here it is passed over.
    pub(super) fn read(sources: &'s [SourceFile]) -> Self {
        let mut files = Vec::new();
        let mut blocks: BTreeMap<String, Option<(usize, usize)>> = BTreeMap::new();
        for source in sources.iter().filter(|source| source.name.ends_with(".tf")) {
            let Ok(text) = std::str::from_utf8(&source.text) else { continue };
            let Ok(body) = text.parse::<Body>() else { continue };
            for (position, block) in body.blocks().enumerate() {
                let Some(address) = address_of(block) else { continue };
                let place = (files.len(), position);
                blocks.entry(address).and_modify(|found| *found = None).or_insert(Some(place));
            }
            files.push((source, text, body));
        }
        Self { files, blocks }
    }

    fn found(&self, block: &str) -> Option<(usize, &Block)> {
        let &(file, position) = self.blocks.get(block)?.as_ref()?;
        Some((file, self.files[file].2.blocks().nth(position)?))
    }

    /// Where a block of the root module is written.
    pub(super) fn location(&self, block: &str) -> Option<Location> {
        if !address::modules(block).is_empty() {
            return None;
        }
        let (file, found) = self.found(block)?;
        let (source, text, _) = &self.files[file];
        let start = found.span()?.start;
        let line = text.get(..start)?.matches('\n').count() + 1;
        Some(Location { file: source.name.to_string(), line })
    }

    /// The argument of a block, through nested blocks; none if the block or the argument is not written.
    pub(super) fn written(&self, block: &str, names: &[&str]) -> Option<Written<'_>> {
        let (file, found) = self.found(block)?;
        let (last, outer) = names.split_last()?;
        let mut body = &found.body;
        for name in outer {
            body = &body.blocks().find(|nested| nested.ident.as_str() == *name)?.body;
        }
        let attribute = body.attributes().find(|attribute| attribute.key.as_str() == *last)?;
        let span = attribute.value.span()?;
        Some(Written { file, value: &attribute.value, span })
    }

    /// Whether `lifecycle` of a block ignores changes of an argument; none if the block is not at hand.
    pub(super) fn ignores(&self, block: &str, argument: &str) -> Option<bool> {
        let (_, found) = self.found(block)?;
        let ignored = found
            .body
            .get_blocks("lifecycle")
            .filter_map(|lifecycle| lifecycle.body.get_attribute("ignore_changes"))
            .map(|attribute| attribute.value.to_string())
            .any(|list| {
                list.trim() == "all"
                    || list.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == argument)
            });
        Some(ignored)
    }

    /// A file's name and text.
    pub(super) fn text(&self, file: usize) -> (&str, &str) {
        let (source, text, _) = &self.files[file];
        (&source.name, text)
    }

    /// True if no configuration is at hand.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// `aws_instance.web`, `data.aws_ami.a`, `var.size`, `module.eu`: as references write it.
fn address_of(block: &Block) -> Option<String> {
    let labels: Vec<&str> = block.labels.iter().map(hcl_edit::structure::BlockLabel::as_str).collect();
    match (block.ident.as_str(), &labels[..]) {
        ("resource", [kind, name]) => Some(format!("{kind}.{name}")),
        ("data", [kind, name]) => Some(format!("data.{kind}.{name}")),
        ("variable", [name]) => Some(format!("var.{name}")),
        _ => None,
    }
}
