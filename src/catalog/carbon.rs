//! Emissions of one running instance for one hour.
//!
//! ```text
//! watts   = vCPUs × mean over its processors of (min + 0.5 × (max − min))  +  0.392 × memory beyond the processors' own, in GB
//! hourly  = watts / 1000 × PUE × grid intensity  +  embodied emissions / 35,040 h
//! ```
//!
//! Utilization is 50 %; PUE is 1.135 (AWS), 1.185 (Azure), 1.1 (Google Cloud); 35,040 h are the four years a server is written off
//! over. Method and figures are Cloud Carbon Footprint's. Everything is computed in whole numbers of 10^-11 mg and rounded, half up, to a
//! milligram.

use std::collections::BTreeMap;

use super::rows::{PowerRow, TypeRow};
use crate::units::{Carbon, Decimal};

/// Memory power in 10^-3 W per GB.
const MEMORY_MILLIWATTS: i128 = 392;

/// Hours of four years.
const LIFETIME_HOURS: i128 = 35_040;

/// What an hour of a type costs the climate, apart from the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Footprint {
    /// Power drawn from the grid, data centre included, in 10^-7 W.
    watts: u64,
    /// Embodied emissions of an hour, in 10^-11 mg.
    embodied: u64,
}

impl Footprint {
    /// A footprint with declared figures in the place of known ones; `None` while the power is not known. Embodied emissions that nobody
    /// states are those of the catalog, or none. `inspect` has limited both figures.
    pub(super) fn changed(known: Option<Self>, watts: Option<Decimal>, embodied_g: Option<Decimal>) -> Option<Self> {
        let units = |figure: Option<Decimal>, places| {
            figure.and_then(|figure| u64::try_from(figure.in_units(places).ok()?).ok())
        };
        let watts = units(watts, 7).or(known.map(|known| known.watts))?;
        // A gram is 10^14 of 10^-11 mg.
        let embodied = units(embodied_g, 14).or(known.map(|known| known.embodied)).unwrap_or(0);
        Some(Self { watts, embodied })
    }
}

/// The largest intensity of a grid that can be computed with, in 10^-4 g/kWh: 5 kg/kWh, five times that of burning coal.
pub(super) const LARGEST_GRID: i128 = 50_000_000;

/// 10^-11 mg in a milligram: 10^-7 W × 1 h × 10^-4 g/kWh, since 1 W × 1 h × 1 g/kWh is 1 mg.
const PER_MILLIGRAM: u64 = 100_000_000_000;

/// Emissions of 10^6 seconds at a power of `watts` × 10^-7 W on such a grid.
pub(super) fn of_million_seconds(watts: u64, grams: u64) -> Carbon {
    // 10^6 s are 1 / 0.0036 h.
    const PER_MILLIGRAM_OF_SECONDS: i128 = 360_000_000;
    let sum = i128::from(watts) * i128::from(grams) + PER_MILLIGRAM_OF_SECONDS / 2;
    Carbon(sum / PER_MILLIGRAM_OF_SECONDS)
}

/// The footprint of a type; `None` where its power is not known.
pub(super) fn footprint(row: &TypeRow, power: &BTreeMap<(&str, &str), &PowerRow>) -> Option<Footprint> {
    let chips: Vec<&PowerRow> = row
        .chips
        .iter()
        .map(|chip| power.get(&(row.machine.cloud.as_str(), chip.as_str())).copied())
        .collect::<Option<_>>()?;
    let count = i128::try_from(chips.len()).ok().filter(|count| *count > 0)?;
    // Twice the sum over chips of the power at half load, in 10^-4 W per vCPU; with thousandths of vCPUs, 10^-7 W.
    let doubled: i128 = chips.iter().map(|chip| chip.min_watts + chip.max_watts).sum();
    let processor = i128::from(row.machine.vcpu.0) * doubled / (2 * count);
    let watts =
        (processor + row.extra_memory * MEMORY_MILLIWATTS) * power_usage_effectiveness(&row.machine.cloud) / 1_000;
    // 10^-4 kg is 100 mg.
    let embodied = row.embodied * 100 * i128::from(PER_MILLIGRAM) / LIFETIME_HOURS;
    Some(Footprint { watts: u64::try_from(watts).ok()?, embodied: u64::try_from(embodied).ok()? })
}

/// Thousandths of the power that reaches the machines.
fn power_usage_effectiveness(cloud: &str) -> i128 {
    match cloud {
        "aws" => 1_135,
        "azure" => 1_185,
        _ => 1_100,
    }
}

/// Emissions per hour on a grid of `grams` × 10^-4 g/kWh, at most [`LARGEST_GRID`].
pub(super) fn hourly(footprint: Footprint, grams: u64) -> Carbon {
    let half = PER_MILLIGRAM / 2;
    // Division by 128 bits takes ten times as long, and every offer of the catalog comes by here.
    let short =
        footprint.watts.checked_mul(grams).and_then(|sum| sum.checked_add(footprint.embodied)?.checked_add(half));
    if let Some(sum) = short {
        return Carbon((sum / PER_MILLIGRAM).into());
    }
    let sum = i128::from(footprint.watts) * i128::from(grams) + i128::from(footprint.embodied);
    Carbon((sum + i128::from(half)) / i128::from(PER_MILLIGRAM))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::rows;

    /// By hand: 1.8 W for 10^6 s are 500 Wh, at 400 g/kWh 200 g.
    #[test]
    fn a_function_by_hand() {
        assert_eq!(of_million_seconds(18_000_000, 4_000_000), Carbon(200_000));
    }

    /// By hand: 2 vCPU × (0.6446 + 4.1934) / 2 = 4.838 W; memory 1 GB × 0.392 = 0.392 W; 5.23 W × 1.135 × 400 g/kWh = 2374.42 mg;
    /// embodied 35.04 kg / 35,040 h = 1000 mg.
    #[test]
    fn a_small_machine_by_hand() {
        let types = "cloud\ttype\tfamily\tvcpu\tmemory_gib\tgpus\tarchitecture\tburstable\tchips\tpower_from\textra_memory_gb\tembodied_kg\n\
                     aws\tx.large\tx\t2\t8\t0\tx86_64\tno\tSkylake\tlisted\t1\t35.04\n";
        let power = "cloud\tchip\tmin_watts\tmax_watts\tgb_per_chip\naws\tSkylake\t0.6446\t4.1934\t80\n";
        let row = rows::machine_types(types).unwrap().remove(0);
        let power = rows::power(power).unwrap();
        let by_name = power.iter().map(|row| ((row.cloud.as_str(), row.chip.as_str()), row)).collect();
        let footprint = footprint(&row, &by_name).unwrap();
        assert_eq!(hourly(footprint, 4_000_000), Carbon(3374));
    }
}
