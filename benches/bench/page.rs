//! Writes what was read: one page of `docs/performance/` for each family of rows, and a plot where a family grows.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use plotters::prelude::*;

/// What a page is made of, while its family runs.
static ROWS: Mutex<Vec<String>> = Mutex::new(Vec::new());
static GROWTH: Mutex<Growth> = Mutex::new(Growth { of: "", times: Vec::new() });

/// How long sizes took, and what is counted by size.
#[derive(Default)]
struct Growth {
    of: &'static str,
    times: Vec<(u64, Duration)>,
}

/// Sizes below this say more about starting than about growing.
const LEAST_GROWN: u64 = 20;

const SIZE: (u32, u32) = (800, 500);
const INK: RGBColor = RGBColor(0x1f, 0x4e, 0x79);

/// Prints a row and keeps it for the page.
pub(crate) fn add(row: String) {
    println!("{row}");
    ROWS.lock().unwrap().push(row);
}

/// Keeps how long a size took.
pub(crate) fn grown(of: &'static str, size: u64, time: Duration) {
    let mut growth = GROWTH.lock().unwrap();
    growth.of = of;
    growth.times.push((size, time));
}

/// Writes the page of a family and begins the next.
pub(crate) fn finish(family: &str) {
    let (rows, growth) = (std::mem::take(&mut *ROWS.lock().unwrap()), std::mem::take(&mut *GROWTH.lock().unwrap()));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/performance");
    std::fs::create_dir_all(&folder).unwrap();
    let today = jiff::Timestamp::now().strftime("%F").to_string();
    let cores = std::thread::available_parallelism().unwrap();
    let mut page = format!(
        "# Performance: {family}\n\nWritten by `make bench ONLY={family}` on {today}, {cores} cores. What the figures mean: \
         [performance](../performance.md).\n\n| what | median | least – greatest | note |\n|---|---|---|---|\n"
    );
    for row in rows {
        writeln!(page, "{row}").unwrap();
    }
    if let Some(exponent) = exponent(&growth.times) {
        std::fs::write(folder.join(format!("{family}.svg")), plot(&growth)).unwrap();
        let of = growth.of;
        writeln!(page, "\nTime grows with the number of {of} to the power of {exponent:.2} (least squares of logarithms, from {LEAST_GROWN} on).").unwrap();
        writeln!(page, "\n![Seconds by number of {of}]({family}.svg)").unwrap();
    }
    std::fs::write(folder.join(format!("{family}.md")), page).unwrap();
}

/// The slope of the times over the sizes, both as logarithms; nothing for fewer than two sizes.
fn exponent(growth: &[(u64, Duration)]) -> Option<f64> {
    let points: Vec<(f64, f64)> = growth
        .iter()
        .filter(|(size, _)| *size >= LEAST_GROWN)
        .map(|(size, time)| ((*size as f64).ln(), time.as_secs_f64().ln()))
        .collect();
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (across, up) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = points.iter().map(|point| (point.0 - across) * (point.1 - up)).sum();
    let squares: f64 = points.iter().map(|point| (point.0 - across).powi(2)).sum();
    (points.len() > 1).then(|| both / squares)
}

fn plot(growth: &Growth) -> String {
    let points = || growth.times.iter().map(|(size, time)| (*size as f64, time.as_secs_f64()));
    let ends = |values: Vec<f64>| {
        let (least, most) =
            (values.iter().copied().fold(f64::INFINITY, f64::min), values.into_iter().fold(0.0, f64::max));
        (least / 1.5..most * 1.5).log_scale()
    };
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        area.fill(&WHITE).unwrap();
        let across = ends(points().map(|point| point.0).collect());
        let up = ends(points().map(|point| point.1).collect());
        let mut chart = ChartBuilder::on(&area)
            .margin(16)
            .x_label_area_size(50)
            .y_label_area_size(90)
            .build_cartesian_2d(across, up)
            .unwrap();
        chart.configure_mesh().light_line_style(WHITE).x_desc(growth.of).y_desc("seconds").draw().unwrap();
        chart.draw_series(LineSeries::new(points(), INK.stroke_width(2))).unwrap();
        chart.draw_series(points().map(|at| Circle::new(at, 4, INK.filled()))).unwrap();
        area.present().unwrap();
    }
    text
}
