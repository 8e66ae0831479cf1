//! The name that was probably meant.
//!
//! Distance is the number of insertions, deletions, replacements and swaps of neighbours (optimal string alignment). A candidate is
//! offered if it is at most a third of the name's length away, letter case and `-`/`_` aside.

/// The candidate nearest to `name`, if any is near enough; the first of equals.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Longer names are not compared: the work grows with the square.
    const LONGEST: usize = 64;
    if name.len() > LONGEST {
        return None;
    }
    let wanted = plain(name);
    let limit = (wanted.len() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (distance(&wanted, &plain(candidate)), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

fn plain(name: &str) -> Vec<char> {
    name.chars().flat_map(char::to_lowercase).map(|character| if character == '-' { '_' } else { character }).collect()
}

fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &right) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(left != right)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && left == b[j - 1] && a[i - 1] == right {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn typos_find_their_name() {
        let names = ["demand_rps", "max_rtt_ms", "min_regions", "max_regions"];
        for (typo, expected) in [
            ("demand_rsp", Some("demand_rps")),
            ("Max-RTT-ms", Some("max_rtt_ms")),
            ("max_region", Some("max_regions")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(typo, names), expected, "{typo}");
        }
    }
}
