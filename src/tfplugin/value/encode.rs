//! Writes a value as MessagePack, as the host reads it.
//!
//! Numbers go as the host itself writes them: an integer where it fits, a float where that is exact, decimal text otherwise. Text becomes a
//! number of 512 bits in the host, and writing one of those takes it some twenty microseconds, each time; a thousand fractions are
//! felt in every plan. Where nothing is compared with the configuration, as in what a data source reads, [`Value::to_brief_msgpack`] sends a
//! fraction as the float whose shortest decimal it is: the host shows and stores the same digits, twenty times sooner.
//! The value must conform to its type ([`Value::conform`]): what is written depends on the value alone.

use super::decode::REFINED;
use super::msgpack::Writer;
use super::{Refinements, Value};
use crate::tfplugin::number::Number;
use crate::tfplugin::ty::cut;

/// The host refuses refinements longer than this.
const LONGEST_REFINEMENTS: usize = 1024;

/// A long prefix is cut: it says less, and stays true.
const LONGEST_PREFIX: usize = 256;

/// How fractions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fractions {
    /// As a float only if that is the very number.
    Exact,
    /// As a float if its shortest decimal is the number.
    Shortest,
}

impl Value {
    /// The value as MessagePack.
    pub fn to_msgpack(&self) -> Vec<u8> {
        self.bytes(Fractions::Exact)
    }

    /// The value as MessagePack for a host that compares it with nothing: it reads the same decimals, and reads them quickly.
    pub fn to_brief_msgpack(&self) -> Vec<u8> {
        self.bytes(Fractions::Shortest)
    }

    fn bytes(&self, fractions: Fractions) -> Vec<u8> {
        let mut writer = Writer::with_capacity(expected_length(self));
        write(&mut writer, self, fractions);
        writer.bytes
    }
}

/// About as many bytes as the value takes: seldom less, so that they are written in one place.
fn expected_length(value: &Value) -> usize {
    /// Of a marker and a length.
    const HEAD: usize = 5;
    match value {
        Value::Null | Value::Bool(_) => 1,
        Value::Number(_) => 9,
        Value::Unknown(_) => 2 * HEAD,
        Value::String(text) => HEAD + text.len(),
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => {
            HEAD + elements.iter().map(expected_length).sum::<usize>()
        }
        Value::Map(elements) | Value::Object(elements) => {
            let of = |(name, element): (&String, &Value)| HEAD + name.len() + expected_length(element);
            HEAD + elements.iter().map(of).sum::<usize>()
        }
        Value::Dynamic(_, value) => 100 + expected_length(value),
    }
}

fn write(writer: &mut Writer, value: &Value, fractions: Fractions) {
    match value {
        Value::Null => writer.nil(),
        Value::Unknown(refinements) => write_unknown(writer, refinements),
        Value::Bool(value) => writer.bool(*value),
        Value::Number(number) => write_number(writer, number, fractions),
        Value::String(text) => writer.text(text),
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => {
            writer.array(elements.len());
            for element in elements {
                write(writer, element, fractions);
            }
        }
        Value::Map(elements) | Value::Object(elements) => {
            writer.map(elements.len());
            for (name, element) in elements {
                writer.text(name);
                write(writer, element, fractions);
            }
        }
        Value::Dynamic(ty, value) => {
            writer.array(2);
            writer.binary(ty.to_json().as_bytes());
            write(writer, value, fractions);
        }
    }
}

fn write_number(writer: &mut Writer, number: &Number, fractions: Fractions) {
    let float = || match fractions {
        Fractions::Exact => number.as_exact_f64(),
        Fractions::Shortest => number.as_shortest_f64(),
    };
    if let Some(value) = number.as_i64() {
        writer.int(value);
    } else if let Some(value) = float() {
        writer.float(value);
    } else {
        writer.text(&number.to_string());
    }
}

fn write_unknown(writer: &mut Writer, refinements: &Refinements) {
    let payload = refinement_payload(refinements);
    match payload {
        Some(payload) if payload.len() <= LONGEST_REFINEMENTS => writer.extension(REFINED, &payload),
        _ => writer.extension(0, &[0]),
    }
}

/// The refinements that say something, in the order of their keys.
fn refinement_payload(refinements: &Refinements) -> Option<Vec<u8>> {
    let Refinements { null, prefix, min, max, min_length, max_length } = refinements;
    let count =
        [null.is_some(), prefix.is_some(), min.is_some(), max.is_some(), min_length.is_some(), max_length.is_some()]
            .into_iter()
            .filter(|is_given| *is_given)
            .count();
    if count == 0 {
        return None;
    }
    let mut writer = Writer::default();
    writer.map(count);
    if let Some(null) = null {
        writer.int(1);
        writer.bool(*null);
    }
    if let Some(prefix) = prefix {
        writer.int(2);
        writer.text(cut(prefix, LONGEST_PREFIX));
    }
    for (key, bound) in [(3, min), (4, max)] {
        if let Some((number, inclusive)) = bound {
            writer.int(key);
            writer.array(2);
            write_number(&mut writer, number, Fractions::Exact);
            writer.bool(*inclusive);
        }
    }
    for (key, length) in [(5, min_length), (6, max_length)] {
        if let Some(length) = length {
            writer.int(key);
            writer.int(*length);
        }
    }
    Some(writer.bytes)
}
