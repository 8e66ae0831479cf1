//! A frontier as a chart: SVG with a line through its points.
//!
//! Floats are for the eye alone: the figures are in the other formats.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::{argument, value};
use crate::frontier::{Against, Frontier, Point};
use crate::units::Decimal;

const SIZE: (u32, u32) = (800, 500);
const INK: RGBColor = RGBColor(0x1f, 0x4e, 0x79);
const MARGIN: u32 = 16;
const LEFT: u32 = 90;
const BELOW: u32 = 50;

/// What could not be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChartError {
    /// No point has a placement with known figures.
    #[error("there is no placement to draw")]
    Nothing,
    /// The library gave up.
    #[error("the chart cannot be drawn: {0}")]
    Backend(String),
}

/// The chart of a frontier as SVG: what is paid against emissions, or against the value tried.
pub fn frontier_svg(frontier: &Frontier) -> Result<String, ChartError> {
    let points: Vec<(f64, f64)> = frontier.points.iter().filter_map(|point| placed(frontier.against, point)).collect();
    if points.is_empty() {
        return Err(ChartError::Nothing);
    }
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        draw(&area, frontier.against, &points).map_err(|error| ChartError::Backend(error.to_string()))?;
        area.present().map_err(|error| ChartError::Backend(error.to_string()))?;
    }
    Ok(text)
}

fn placed(against: Against, point: &Point) -> Option<(f64, f64)> {
    let found = point.found.as_ref()?;
    let across = match against {
        Against::Carbon => found.emissions?.to_decimal(),
        Against::MaxRtt | Against::SurviveZones | Against::SurviveRegions => value(against, point),
    };
    Some((float(across), float(found.paid.usd())))
}

fn float(number: Decimal) -> f64 {
    number.to_string().parse().unwrap_or_default()
}

type Drawn<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn draw(
    area: &Drawn<'_>,
    against: Against,
    points: &[(f64, f64)],
) -> Result<(), DrawingAreaErrorKind<<SVGBackend<'static> as DrawingBackend>::ErrorType>> {
    area.fill(&WHITE)?;
    let across = match against {
        Against::Carbon => "kg CO₂e per month",
        Against::MaxRtt | Against::SurviveZones | Against::SurviveRegions => argument(against),
    };
    let mut chart = ChartBuilder::on(area)
        .margin(MARGIN)
        .x_label_area_size(BELOW)
        .y_label_area_size(LEFT)
        .build_cartesian_2d(range(points.iter().map(|point| point.0)), range(points.iter().map(|point| point.1)))?;
    chart.configure_mesh().light_line_style(WHITE).x_desc(across).y_desc("USD per month").draw()?;
    chart.draw_series(LineSeries::new(points.iter().copied(), INK.stroke_width(2)))?;
    chart.draw_series(PointSeries::of_element(points.iter().copied(), 4, INK.filled(), &|at, size, style| {
        Circle::new(at, size, style)
    }))?;
    Ok(())
}

/// All values with room on both sides.
fn range(values: impl Iterator<Item = f64> + Clone) -> std::ops::Range<f64> {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    let most = values.fold(f64::NEG_INFINITY, f64::max);
    let room = ((most - least) * 0.08).max(most.abs() * 0.02).max(0.5);
    least - room..most + room
}
