//! Figures as files: well formed, safe against hostile text, and showing what they should.
#![allow(clippy::unwrap_used, reason = "a test may panic on what it did not expect")]

use motrace_core::{Decision, DecisionKind, Ledger, Relevance, Veto, View};
use motrace_view::figure::{Scale, TopographyFigure, TrialFigure, html, png, screen_svg};
use ndarray::Array2;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use resvg::tiny_skia::Pixmap;

const HOSTILE: &str = "</text><script>alert('x')</script>&\"\u{1b}[31m\u{202e}\u{ffff}";

fn labels(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

fn relevance(channels: usize, samples: usize) -> Relevance {
    let of = |scale: f64| Array2::from_shape_fn((channels, samples), |(c, t)| scale * ((c * 3 + t) as f64).sin());
    let (input, pattern, source) = (of(1.0), of(0.5), of(0.2));
    let total = [input.sum(), pattern.sum(), source.sum()];
    Relevance {
        start: 0,
        end: samples as u64,
        class: 1,
        input,
        pattern,
        source,
        components: vec![0.5, -0.25],
        ledger: Ledger {
            value: 0.7,
            offset: 0.1,
            total: total.map(Some),
            cancellation: [3.0, 2.0, f64::INFINITY].map(Some),
            path_difference: 0.0,
            input_source_correlation: Some(f64::NAN),
            rim_share: 0.2,
            layers: Vec::new(),
        },
    }
}

fn figure<'a>(labels: &'a [String], relevance: &'a Relevance, text: &str) -> TrialFigure<'a> {
    TrialFigure {
        title: text.to_owned(),
        subtitle: text.to_owned(),
        classes: vec![text.to_owned(), "feet".to_owned()],
        labels,
        decision: Decision {
            kind: DecisionKind::Trial(1),
            start: 0,
            end: 100,
            value: -0.7,
            probabilities: motrace_core::Probabilities::of_two(0.2),
            veto: Veto::GAP,
            frozen_value: None,
        },
        truth: Some(0),
        relevance,
        rate_hz: 250.0,
        window_start_secs: 0.5,
        warnings: vec![text.to_owned()],
    }
}

fn decoded(svg: &str, scale: f64) -> Pixmap {
    Pixmap::decode_png(&png(svg, scale).unwrap()).unwrap()
}

#[test]
fn hostile_text_stays_text() {
    let mut labels = labels("C3 Cz C4 Pz");
    labels.push(HOSTILE.to_owned());
    let relevance = relevance(5, 100);
    let topographies = TopographyFigure {
        title: HOSTILE.to_owned(),
        subtitle: HOSTILE.to_owned(),
        maps: vec![(HOSTILE.to_owned(), vec![1.0, 2.0, -3.0, 0.0, 9.0])],
        labels: &labels,
        unit: HOSTILE.to_owned(),
        scale: Scale::Each,
    };
    let mut buffer = Buffer::empty(Rect::new(0, 0, 60, 2));
    buffer.set_string(0, 0, HOSTILE, Style::new());
    for svg in [figure(&labels, &relevance, HOSTILE).svg(), topographies.svg(), screen_svg(&buffer, HOSTILE)] {
        let document = roxmltree::Document::parse(&svg).unwrap();
        assert!(document.descendants().all(|n| n.tag_name().name() != "script"));
        let text: String = document.descendants().filter_map(|n| n.text()).collect();
        assert!(text.contains("<script>"), "shown as it was written");
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{ffff}']));
        png(&svg, 0.5).unwrap();
    }
    let page = html(HOSTILE, &[topographies.svg()]);
    assert!(!page.contains("<script>"));
}

#[test]
fn odd_shapes_are_drawn_too() {
    for (channels, samples, rate_hz) in
        [(0, 0, 250.0), (1, 1, 250.0), (3, 7, f64::NAN), (130, 20, 0.0), (2, 5000, 1000.0)]
    {
        let labels: Vec<String> = (0..channels).map(|i| format!("Ch {i}")).collect();
        let relevance = relevance(channels, samples);
        let mut figure = figure(&labels, &relevance, "odd");
        figure.rate_hz = rate_hz;
        let svg = figure.svg();
        roxmltree::Document::parse(&svg).unwrap();
        assert!(svg.len() < 4_000_000, "{}", svg.len());
    }
    let nothing = TopographyFigure {
        title: String::new(),
        subtitle: String::new(),
        maps: vec![],
        labels: &[],
        unit: String::new(),
        scale: Scale::Shared,
    };
    png(&nothing.svg(), 1.0).unwrap();
    let mut relevance = relevance(4, 50);
    relevance.input[[0, 0]] = f64::NAN;
    relevance.pattern[[1, 2]] = f64::INFINITY;
    let labels = labels("C3 Cz C4 Pz");
    png(&figure(&labels, &relevance, "not finite").svg(), 0.5).unwrap();
}

#[test]
fn a_trial_holds_what_it_should() {
    let labels = labels("C3 Cz C4 Pz Fz");
    let relevance = relevance(5, 500);
    let svg = figure(&labels, &relevance, "fists").svg();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let texts: Vec<&str> = document.descendants().filter_map(|n| n.text()).collect();
    for view in View::ALL {
        assert!(texts.contains(&view.name()) && texts.contains(&view.meaning()));
    }
    for wanted in [
        "decision units",
        "decision units per 50 ms",
        "seconds after the cue",
        "cue: fists ✓",
        "veto: gap",
        "−0.700",
        "C3",
    ] {
        assert!(texts.contains(&wanted), "{wanted} in {texts:?}");
    }
    let picture = decoded(&svg, 2.0);
    assert_eq!(picture.width(), 2800);
}

#[test]
fn maps_are_blue_below_zero_and_red_above() {
    let labels = labels("C3 Cz C4 Fz Pz T7 T8 Oz Fpz");
    let maps = vec![("one".to_owned(), vec![-1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])];
    let figure = TopographyFigure {
        title: "colours".to_owned(),
        subtitle: "with a subtitle".to_owned(),
        maps,
        labels: &labels,
        unit: "decision units".to_owned(),
        scale: Scale::Shared,
    };
    let svg = figure.svg();
    let picture = decoded(&svg, 1.0);
    // The head is the circle with the outline's stroke; electrodes lie half-way out on the ear line.
    let document = roxmltree::Document::parse(&svg).unwrap();
    let head = document
        .descendants()
        .find(|n| n.tag_name().name() == "circle" && n.attribute("stroke-width") == Some("1.6"))
        .unwrap();
    let number = |name: &str| head.attribute(name).unwrap().parse::<f64>().unwrap();
    let (cx, cy, r) = (number("cx"), number("cy"), number("r"));
    let at = |x: f64, y: f64| {
        // Beside the dot, on the side away from the label.
        let pixel = picture.pixel((cx + x * r + 4.0) as u32, (cy - y * r + 4.0) as u32).unwrap();
        (i32::from(pixel.red()), i32::from(pixel.green()), i32::from(pixel.blue()))
    };
    let (left, right) = (at(-0.5, 0.0), at(0.5, 0.0));
    // The map passes through zero steeply here: what is beside the dot on both sides has to balance.
    let (west, east) = (at(-8.0 / r, 0.0), at(0.0, 0.0));
    let middle = ((west.0 + east.0) / 2, (west.1 + east.1) / 2, (west.2 + east.2) / 2);
    assert!(left.2 > left.0 + 60, "C3 is blue: {left:?}");
    assert!(right.0 > right.2 + 60, "C4 is red: {right:?}");
    assert!((middle.0 - middle.2).abs() < 40 && middle.1 > 200, "Cz is neutral: {middle:?}");
    assert_eq!(picture.pixel(2, 2).map(|p| (p.red(), p.green(), p.blue())), Some((255, 255, 255)));
}

#[test]
fn a_screen_is_drawn_cell_by_cell() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 4));
    buffer.set_string(0, 0, "▀▄█", Style::new().fg(Color::Rgb(250, 0, 0)).bg(Color::Rgb(0, 0, 250)));
    buffer.set_string(0, 1, "plain bold", Style::new().add_modifier(Modifier::BOLD));
    buffer.set_string(0, 2, "╭─┼╯⠿µ", Style::new().fg(Color::Indexed(196)));
    buffer.set_string(0, 3, " ", Style::new().fg(Color::Green).add_modifier(Modifier::REVERSED));
    let svg = screen_svg(&buffer, "screen");
    roxmltree::Document::parse(&svg).unwrap();
    assert!(svg.contains("font-weight=\"bold\"") && svg.contains(">plain bold</text>"));
    let picture = decoded(&svg, 2.0);
    assert_eq!((picture.width(), picture.height()), (2 * (20 * 9 + 24), 2 * (4 * 18 + 12 + 32)));
    let at = |column: f64, row: f64| {
        let (x, y) = (2.0 * (12.0 + column * 9.0), 2.0 * (32.0 + row * 18.0));
        let pixel = picture.pixel(x as u32, y as u32).unwrap();
        (pixel.red(), pixel.green(), pixel.blue())
    };
    let (red, blue) = ((250, 0, 0), (0, 0, 250));
    assert_eq!([at(0.5, 0.25), at(0.5, 0.75)], [red, blue], "▀");
    assert_eq!([at(1.5, 0.25), at(1.5, 0.75)], [blue, red], "▄");
    assert_eq!([at(2.5, 0.02), at(2.5, 0.97)], [red, red], "█ leaves no gap");
    assert_eq!(at(2.0, 2.5), (255, 0, 0), "lines meet between cells");
    assert_eq!(at(0.5, 3.5), (0x6d, 0xb1, 0x6e), "reversed");
}
