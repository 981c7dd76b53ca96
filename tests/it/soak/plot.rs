//! Curves over time as one SVG picture, one below the other; a kill is a line through all of them.

use std::fmt::Write;

use super::samples::Sample;

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 130.0;
const LEFT: f64 = 70.0;
const TOP: f64 = 34.0;
const GAP: f64 = 46.0;

/// One curve: what it is called, its unit, and how it is had.
struct Curve {
    title: &'static str,
    unit: &'static str,
    of: fn(&Sample) -> f64,
}

const CURVES: [Curve; 5] = [
    Curve { title: "memory of the bot", unit: "MB", of: |sample| sample.rest.memory as f64 / 1e6 },
    Curve { title: "descriptors of the bot", unit: "", of: |sample| sample.rest.descriptors as f64 },
    Curve { title: "processes of providers", unit: "", of: |sample| sample.rest.programs as f64 },
    Curve { title: "memory of providers", unit: "MB", of: |sample| sample.rest.provider_memory as f64 / 1e6 },
    Curve { title: "files of the installation", unit: "", of: |sample| sample.files as f64 },
];

/// Draws.
pub fn draw(samples: &[Sample]) -> String {
    let end = samples.last().map_or(1.0, |sample| sample.at).max(1.0);
    let height = TOP + CURVES.len() as f64 * (HEIGHT + GAP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        LEFT + WIDTH + 20.0
    );
    for (number, curve) in CURVES.iter().enumerate() {
        one(&mut svg, curve, samples, end, TOP + number as f64 * (HEIGHT + GAP));
    }
    svg + "</svg>\n"
}

fn one(svg: &mut String, curve: &Curve, samples: &[Sample], end: f64, top: f64) {
    let most = nice(samples.iter().map(curve.of).fold(1.0, f64::max));
    let x = |at: f64| LEFT + at / end * WIDTH;
    let y = |value: f64| top + HEIGHT - value / most * HEIGHT;
    let unit = if curve.unit.is_empty() { String::new() } else { format!(" ({})", curve.unit) };
    let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"{}\" font-weight=\"bold\">{}{unit}</text>", top - 8.0, curve.title);
    for step in 0..=4 {
        let value = most * f64::from(step) / 4.0;
        let at = y(value);
        let _ = writeln!(svg, "<path d=\"M{LEFT} {at:.1}H{}\" stroke=\"#ddd\"/>", LEFT + WIDTH);
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>", LEFT - 6.0, at + 4.0);
    }
    for step in 0..=6 {
        let seconds = end * f64::from(step) / 6.0;
        let label = if end >= 300.0 { format!("{:.1} min", seconds / 60.0) } else { format!("{seconds:.0} s") };
        let (at, below) = (x(seconds), top + HEIGHT + 16.0);
        let _ = writeln!(svg, "<text x=\"{at:.1}\" y=\"{below}\" text-anchor=\"middle\" fill=\"#666\">{label}</text>");
    }
    for pair in samples.windows(2).filter(|pair| pair[0].pid != pair[1].pid) {
        let at = x(pair[1].at);
        let _ = writeln!(svg, "<path d=\"M{at:.1} {top}V{}\" stroke=\"#c33\" stroke-dasharray=\"3 3\"/>", top + HEIGHT);
    }
    for life in samples.chunk_by(|one, next| one.pid == next.pid) {
        let points = life.iter().map(|sample| format!("{:.1},{:.1}", x(sample.at), y((curve.of)(sample))));
        let points = points.collect::<Vec<_>>().join(" ");
        let _ = writeln!(svg, "<polyline points=\"{points}\" fill=\"none\" stroke=\"#27c\" stroke-width=\"1.5\"/>");
    }
}

/// The next round number.
fn nice(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 4.0, 8.0, 10.0].into_iter().map(|step| step * power).find(|nice| *nice >= value).unwrap_or(value)
}
