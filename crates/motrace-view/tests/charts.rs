//! Charts and pages: well formed whatever they are given, safe against hostile text, and true to their numbers.
#![allow(clippy::unwrap_used, reason = "a test may panic on what it did not expect")]

use motrace_view::figure::{
    Axis, Bar, BarChart, Block, ChannelCourse, ChannelTimeFigure, ConfusionFigure, GridMap, GridScale, Histogram, Lane,
    Line, LineChart, Page, Section, Shade, Stretch, Tile, Timeline, Tone, TopographyGrid, Verdict, png,
};
use ndarray::Array2;
use proptest::prelude::*;

const HOSTILE: &str = "</text></p><script>alert('x')</script>&\"\u{1b}[31m\u{202e}\u{ffff}";

fn labels(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

fn bar(text: &str, value: f64) -> Bar {
    Bar { name: text.into(), value, text: text.into(), tone: Tone::First }
}

fn line(text: &str, values: &[f64]) -> Line {
    let points: Vec<[f64; 2]> = values.iter().enumerate().map(|(i, v)| [i as f64, *v]).collect();
    let spread = values.iter().map(|v| [v - 0.1, v + 0.1]).collect();
    Line { name: text.into(), points, spread, ..Line::default() }
}

/// One of each, with the same text and the same numbers everywhere.
fn one_of_each(text: &str, values: &[f64]) -> Vec<String> {
    let axis = Axis::new(text);
    let t = || text.to_owned();
    let labels = labels("C3 Cz C4 Fz");
    let value = |i: usize| values.get(i % values.len().max(1)).copied().unwrap_or(0.0);
    let map = Array2::from_shape_fn((4, 30), |(c, s)| value(c * 30 + s));
    let shade = Shade { name: t(), from: value(0), to: value(1) };
    let grid = GridMap { name: t(), note: t(), verdict: Verdict::Wrong, values: (0..4).map(value).collect() };
    vec![
        LineChart {
            title: t(),
            description: t(),
            x: axis.clone(),
            y: axis.clone().percent(),
            lines: vec![line(text, values)],
            levels: vec![shade.clone()],
            regions: vec![(t(), values.iter().map(|v| [*v, *v, v + 1.0]).collect())],
            spans: vec![shade.clone()],
            marks: vec![(value(0), t())],
        }
        .svg(),
        Histogram {
            title: t(),
            description: t(),
            x: axis.clone().log(),
            counted: t(),
            bins: Histogram::count(values, 12),
            marks: values.iter().take(4).map(|v| (*v, t(), Tone::Amber)).collect(),
        }
        .svg(),
        BarChart {
            title: t(),
            description: t(),
            x: axis.clone(),
            bars: values.iter().map(|v| bar(text, *v)).collect(),
            marks: vec![(value(2), t(), Tone::Ink)],
        }
        .svg(),
        Timeline {
            title: t(),
            description: t(),
            x: axis.clone(),
            lanes: [true, false]
                .map(|has_blocks| Lane {
                    name: t(),
                    has_blocks,
                    stretches: vec![Stretch { from: value(0), to: value(1), name: t(), tone: Tone::Second }],
                })
                .to_vec(),
            key: vec![(Tone::Ink, t())],
        }
        .svg(),
        ConfusionFigure { title: t(), description: t(), classes: vec![t(), t()], counts: vec![vec![3, 1], vec![0, 0]] }
            .svg(),
        TopographyGrid {
            title: t(),
            description: t(),
            labels: &labels,
            unit: t(),
            columns: 2,
            maps: vec![grid.clone(), GridMap::default(), grid],
            is_small: true,
            scale: GridScale::EachColumn,
        }
        .svg(),
        ChannelTimeFigure {
            title: t(),
            description: t(),
            maps: vec![(t(), map.view())],
            labels: &labels,
            rate_hz: 10.0,
            window_start_secs: value(0),
        }
        .svg(),
        ChannelCourse {
            title: t(),
            description: t(),
            values: map.clone(),
            flagged: map.iter().map(|v| *v > 0.0).collect(),
            labels: &labels,
            x: axis,
            range: [1.0, 300.0],
            unit: t(),
        }
        .svg(),
    ]
}

fn page(text: &str, figures: Vec<String>) -> String {
    let t = || text.to_owned();
    Page {
        title: t(),
        subtitle: t(),
        sections: vec![Section {
            heading: t(),
            blocks: vec![
                Block::Text(t()),
                Block::Warning(t()),
                Block::Tiles(vec![Tile { name: t(), value: t(), note: t(), is_warning: true }]),
                Block::Figures(figures.into_iter().map(|svg| (svg, t())).collect()),
                Block::Facts(vec![(t(), t())]),
                Block::Table { caption: t(), head: vec![t()], rows: vec![vec![t()]] },
                Block::Log(vec![(t(), true, t())]),
            ],
        }],
    }
    .html()
}

#[test]
fn hostile_text_stays_text() {
    let figures = one_of_each(HOSTILE, &[0.2, 3.0, 0.7, 1.0]);
    for svg in &figures {
        let document = roxmltree::Document::parse(svg).unwrap();
        assert!(document.descendants().all(|n| n.tag_name().name() != "script"));
        let described = document.root_element().children().any(|n| n.tag_name().name() == "desc");
        assert!(described && document.root_element().attribute("role") == Some("img"));
        assert!(!svg.contains(['\u{1b}', '\u{202e}', '\u{ffff}']));
    }
    let page = page(HOSTILE, figures);
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(&page, options).unwrap();
    assert!(document.descendants().all(|n| n.tag_name().name() != "script"));
    assert!(!page.contains(['\u{1b}', '\u{202e}', '\u{ffff}']));
    // Nothing from elsewhere, and nothing that runs.
    for word in ["src=", "url(http", "@import", "<link", "javascript:", " onload"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn odd_numbers_are_drawn_too() {
    for values in [&[][..], &[f64::NAN], &[0.0, 0.0], &[f64::INFINITY, 1.0, -1.0], &[1e300, -1e300], &[5e-324, 1.0]] {
        for svg in one_of_each("odd", values) {
            roxmltree::Document::parse(&svg).unwrap();
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{values:?} {svg}");
            png(&svg, 0.2).unwrap();
        }
    }
}

/// The numbers of an attribute of all elements of a kind.
fn numbers(svg: &str, tag: &str, attribute: &str) -> Vec<f64> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let elements = document.descendants().filter(|n| n.tag_name().name() == tag);
    elements.filter_map(|n| n.attribute(attribute)?.parse().ok()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn bars_are_as_long_as_their_values(values in prop::collection::vec(0.01_f64..1.0, 2..6)) {
        let chart = BarChart {
            x: Axis::new("").from_to(0.0, 1.0),
            bars: values.iter().map(|v| bar("", *v)).collect(),
            ..BarChart::default()
        };
        let svg = chart.svg();
        // The first rectangle is the ground.
        let widths = &numbers(&svg, "rect", "width")[1..];
        prop_assert_eq!(widths.len(), values.len());
        for (width, value) in widths.iter().zip(&values) {
            prop_assert!((width / widths[0] - value / values[0]).abs() < 0.02 * (1.0 + value / values[0]));
        }
    }

    #[test]
    fn histogram_bars_are_as_high_as_their_counts(counts in prop::collection::vec(1_u64..500, 2..20)) {
        let bins = counts.iter().enumerate().map(|(i, c)| (i as f64, i as f64 + 1.0, *c)).collect();
        let svg = Histogram { bins, ..Histogram::default() }.svg();
        let heights = &numbers(&svg, "rect", "height")[1..];
        prop_assert_eq!(heights.len(), counts.len());
        let most = *counts.iter().max().unwrap() as f64;
        let highest = heights.iter().copied().fold(0.0, f64::max);
        for (height, count) in heights.iter().zip(&counts) {
            // However few, a bar is 1.5 high.
            let wanted = (*count as f64 / most * highest).max(1.5);
            prop_assert!((height - wanted).abs() < 0.05, "{} {}", height, wanted);
        }
    }
}
