//! Unpacking of the figures that the build script packs; the format is told in `build/catalog.rs`.

/// A figure of a machine type (position in the table of types): micro-USD per hour, or a band of interruptions.
pub(super) type Figure = (u32, u32);

/// Figures of every region, each by type.
///
/// `clouds` gives, in the order of packing, the positions of each cloud's types and of its regions in their tables. `None` if the
/// bytes are not such a pack.
pub(super) fn figures(bytes: &[u8], clouds: &[(Vec<u32>, Vec<usize>)], regions: usize) -> Option<Vec<Vec<Figure>>> {
    let mut figures = vec![Vec::new(); regions];
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
