//! Laws of parsing: order means nothing, numbers survive, scale is bearable.

use proptest::prelude::*;
use stowage::catalog::Catalog;
use stowage::diagnostic::SourceFile;
use stowage::parse::tree::{Node, Value};
use stowage::parse::{json, problem};
use stowage::units::Decimal;

fn shop() -> Node {
    json(&SourceFile::new("shop.json", include_bytes!("good/shop.json"))).unwrap()
}

/// The same tree with the entries of every map in another order, chosen by `seed`.
fn permuted(node: &Node, seed: &mut u64) -> Node {
    let mut node = node.clone();
    match &mut node.value {
        Value::Map(entries) => {
            for entry in entries.iter_mut() {
                entry.node = permuted(&entry.node, seed);
            }
            for position in (1..entries.len()).rev() {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                entries.swap(position, usize::try_from(*seed >> 33).unwrap() % (position + 1));
            }
        }
        Value::List(items) => *items = items.iter().map(|item| permuted(item, seed)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Faulty(_) => {}
    }
    node
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_maps_means_nothing(mut seed in any::<u64>()) {
        let catalog = Catalog::embedded();
        let expected = problem(&shop(), catalog, None).unwrap();
        let actual = problem(&permuted(&shop(), &mut seed), catalog, None).unwrap();
        prop_assert!(expected == actual);
    }

    /// The text of a number, the number in JSON, and its text again.
    #[test]
    fn numbers_survive(mantissa in -1_000_000_000_000_i128..1_000_000_000_000, scale in 0_u32..12) {
        let text = Decimal::new(mantissa, scale).to_string();
        let node = json(&SourceFile::new("a.json", format!("[{text}]"))).unwrap();
        let Value::List(items) = node.value else { panic!("a list") };
        let Value::Number(number) = items[0].value else { panic!("a number") };
        prop_assert_eq!(number.to_string(), text);
    }
}

/// Findings about host values, which have no place in a file, come in the order of their paths.
#[test]
fn findings_do_not_depend_on_the_order_of_maps() {
    let text =
        r#"{ "users": { "b": {}, "a": {} }, "colour": 1, "workloads": { "y": { "replica": 3 }, "x": null, "w": {} } }"#;
    let mut node = json(&SourceFile::new("a.json", text)).unwrap();
    strip(&mut node);
    let said = |node: &Node| problem(node, Catalog::embedded(), None).unwrap_err().to_string();
    let expected = said(&node);
    for mut seed in 0..20 {
        assert_eq!(said(&permuted(&node, &mut seed)), expected);
    }
}

fn strip(node: &mut Node) {
    node.span = None;
    if let Value::Map(entries) = &mut node.value {
        for entry in entries {
            entry.key_span = None;
            strip(&mut entry.node);
        }
    }
}
