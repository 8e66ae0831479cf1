//! Unpacking of what the build script packs; the formats are told in `build/catalog.rs`.

use super::rows::TypeRow;
use crate::model::{Architecture, MachineType, RegionKey, Resources};
use crate::units::{Bytes, Decimal, Millicores};

/// A figure of a machine type (position in the table of types): micro-USD per hour, or a band of interruptions.
pub(super) type Figure = (u32, u32);

/// Figures of every region, each by type.
///
/// `clouds` gives, in the order of packing, the positions of each cloud's types and of its regions in their tables. `None` if the
/// bytes are not such a pack.
pub(super) fn figures(bytes: &[u8], clouds: &[(Vec<u32>, Vec<usize>)], regions: usize) -> Option<Vec<Vec<Figure>>> {
    let mut figures: Vec<Vec<Figure>> = vec![Vec::new(); regions];
    // Growing step by step would touch twice the memory.
    for (types, places) in clouds {
        for &place in places {
            figures.get_mut(place)?.reserve(types.len());
        }
    }
    let mut rest = bytes;
    for (types, places) in clouds {
        for &id in types {
            let (bitmap, after) = rest.split_at_checked(places.len().div_ceil(8))?;
            rest = after;
            let mut figure: i64 = 0;
            for (at, &place) in places.iter().enumerate() {
                if bitmap[at / 8] >> (at % 8) & 1 == 1 {
                    let zigzag = variable_length(&mut rest)?;
                    figure += (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed();
                    figures.get_mut(place)?.push((id, u32::try_from(figure).ok()?));
                }
            }
        }
    }
    rest.is_empty().then_some(figures)
}

/// The rows of the table of types. `None` if the bytes are not such a pack.
pub(super) fn machine_types(mut rest: &[u8]) -> Option<Vec<TypeRow>> {
    let count = number(&mut rest)?;
    let mut rows = Vec::with_capacity(count);
    let rest = &mut rest;
    for _ in 0..count {
        let [cloud, name, family] = [text(rest)?, text(rest)?, text(rest)?].map(str::to_owned);
        let vcpu = Millicores(number(rest)?);
        let memory = Bytes::from_gib(Decimal::new(number(rest)?, 10)).ok()?;
        let gpus = number(rest)?;
        let flags: u8 = number(rest)?;
        let chips = variable_length(rest)?;
        let machine = MachineType {
            cloud,
            name,
            family,
            vcpu,
            memory,
            gpus,
            gpu_model: None,
            resources: Resources::default(),
            architecture: if flags & 1 == 1 { Architecture::Arm64 } else { Architecture::X86_64 },
            is_burstable: flags & 2 == 2,
        };
        rows.push(TypeRow {
            machine,
            chips: (0..chips).map(|_| text(rest).map(str::to_owned)).collect::<Option<_>>()?,
            extra_memory: number(rest)?,
            embodied: number(rest)?,
        });
    }
    rest.is_empty().then_some(rows)
}

/// Regions that are measured, in order, and for each of them the microseconds to each one after it, 0 where nobody measured. `None` if the bytes are not
/// such a pack.
pub(super) fn round_trips(mut rest: &[u8]) -> Option<(Vec<RegionKey>, Vec<u32>)> {
    let count = usize::try_from(variable_length(&mut rest)?).ok()?;
    let regions = (0..count).map(|_| Some(RegionKey::new(text(&mut rest)?, text(&mut rest)?)));
    let regions = regions.collect::<Option<Vec<RegionKey>>>()?;
    let pairs = count * count.saturating_sub(1) / 2;
    let micros = (0..pairs).map(|_| number(&mut rest)).collect::<Option<_>>()?;
    rest.is_empty().then_some((regions, micros))
}

fn number<T: TryFrom<u64>>(rest: &mut &[u8]) -> Option<T> {
    T::try_from(variable_length(rest)?).ok()
}

fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let length = number(rest)?;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    std::str::from_utf8(text).ok()
}

fn variable_length(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Names and texts of the tables in the section of small tables.
pub(super) fn texts(mut rest: &[u8]) -> Option<Vec<(&str, &str)>> {
    let mut part = || -> Option<Option<&str>> {
        if rest.is_empty() {
            return Some(None);
        }
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (text, after) = after.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        rest = after;
        std::str::from_utf8(text).ok().map(Some)
    };
    let mut texts = Vec::new();
    while let Some(name) = part()? {
        texts.push((name, part()??));
    }
    Some(texts)
}
