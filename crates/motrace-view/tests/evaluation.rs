//! The page of an evaluation: true to its numbers, well formed whatever it is given, and nothing beyond an edge.
#![allow(clippy::unwrap_used, reason = "a test may panic on what it did not expect")]

#[path = "../examples/evaluation/made_up.rs"]
mod made_up;

use motrace_view::EvaluationPage;
use motrace_view::evaluation::{
    DecoderConfusion, LearningCurve, LearningPoint, MetricColumn, MetricRow, MetricTable, PairedDifference,
    PseudoOnlineFigures, SubjectAccuracy, TimeCourse, pattern_maps, relevance_maps,
};
use motrace_view::figure::{
    Axis, Difference, DifferenceChart, IntervalChart, IntervalGroup, Line, LineChart, MOST_BARS, Measured,
};
use proptest::prelude::*;

const HOSTILE: &str = "</text></p><script>alert('x')</script>&\"\u{1b}[31m\u{202e}\u{ffff}";

/// A page with this text and these numbers everywhere.
fn page(text: &str, values: &[f64]) -> EvaluationPage {
    let t = || text.to_owned();
    let value = |i: usize| values.get(i % values.len().max(1)).copied().unwrap_or(0.0);
    let measured = |i: usize| Measured::new(value(i), value(i + 1), value(i + 2));
    let some = |i: usize| vec![Some(measured(i)), None, Some(Measured { interval: None, ..measured(i) })];
    let labels: Vec<String> = ["C3", "Cz", "C4"].map(str::to_owned).to_vec();
    EvaluationPage {
        title: t(),
        subtitle: t(),
        introduction: vec![t()],
        warnings: vec![t()],
        decoders: vec![t(), t()],
        classes: vec![t(), t()],
        subjects: (0..3)
            .map(|i| SubjectAccuracy {
                name: t(),
                trials: i,
                chance: Some([value(i), value(i + 1)]),
                accuracy: some(i),
            })
            .collect(),
        mean: some(1),
        metrics: MetricTable {
            metrics: vec![MetricColumn { name: t(), is_percent: true }, MetricColumn { name: t(), is_percent: false }],
            rows: vec![MetricRow { subject: t(), decoder: t(), trials: 3, values: some(0), chance: t() }],
        },
        differences: vec![PairedDifference {
            first: 0,
            second: 7,
            difference: measured(0),
            p_value: Some(value(0)),
            pairs: t(),
        }],
        learning: vec![LearningCurve {
            decoder: 1,
            points: (0..4)
                .map(|i| LearningPoint { trials: value(i), minutes: value(i + 1), accuracy: measured(i) })
                .collect(),
        }],
        courses: vec![TimeCourse { decoder: 0, points: (0..4).map(|i| (value(i), measured(i))).collect() }],
        window_secs: Some([value(0), value(1)]),
        chance: Some([value(1), value(0)]),
        confusions: vec![DecoderConfusion { decoder: 9, counts: vec![vec![3, 1], vec![0, 4]] }],
        maps: [
            pattern_maps(text, &labels, &[(t(), t(), vec![value(0), value(1), value(2)])]),
            relevance_maps(text, &labels, &[t(), t()], &[1], &[(t(), vec![vec![value(0), 0.0, 1.0]])]),
        ]
        .into_iter()
        .flatten()
        .collect(),
        pseudo_online: vec![PseudoOnlineFigures {
            subject: t(),
            hit_rate: measured(0),
            hit_rate_by_chance: Some(value(3)),
            false_alarms_per_minute: Some(measured(1)),
            time_to_hit_secs: Some([value(0), value(1), value(2)]),
            curve: (0..4).map(|i| [value(i), value(i + 1)]).collect(),
            threshold: value(0),
            ..PseudoOnlineFigures::default()
        }],
        facts: vec![(t(), t())],
        course_note: t(),
        map_notes: vec![t()],
    }
}

/// Whether no text, rectangle, line or circle lies beyond the edge of its figure.
fn assert_within(svg: &str) {
    let document = roxmltree::Document::parse(svg).unwrap();
    let root = document.root_element();
    let size = |name: &str| root.attribute(name).unwrap().parse::<f64>().unwrap();
    let (width, height) = (size("width"), size("height"));
    for node in document.descendants() {
        let number = |name: &str| node.attribute(name).and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0);
        let xs = [number("x"), number("x") + number("width"), number("x1"), number("x2"), number("cx")];
        let ys = [number("y"), number("y") + number("height"), number("y1"), number("y2"), number("cy")];
        if node == root {
            continue;
        }
        assert!(xs.iter().all(|x| (-0.01..=width + 0.01).contains(x)), "{node:?} beyond {width}");
        assert!(ys.iter().all(|y| (-0.01..=height + 0.01).contains(y)), "{node:?} beyond {height}");
        if node.has_tag_name("text") && node.attribute("text-anchor").is_none() {
            let long = 0.6 * number("font-size") * node.text().unwrap_or_default().chars().count() as f64;
            assert!(number("x") + long <= width + 24.0, "{node:?} runs beyond {width}");
        }
        for pair in node.attribute("points").unwrap_or_default().split_whitespace() {
            let (x, y) = pair.split_once(',').unwrap();
            assert!((0.0..=width).contains(&x.parse().unwrap()) && (0.0..=height).contains(&y.parse().unwrap()));
        }
    }
}

/// A page is XML too.
fn assert_well_formed(html: &str) {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    roxmltree::Document::parse_with_options(html, options).unwrap();
}

#[test]
fn a_page_says_what_was_found() {
    let page = made_up::group();
    let html = page.html();
    assert_well_formed(&html);
    for words in
        ["Evaluation of nine subjects", "sub-09", "tangent space + LDA", "hits at other times", "p &lt; .001", "κ"]
    {
        assert!(html.contains(words), "{words}");
    }
    // Nothing from elsewhere, and nothing that runs.
    for word in ["src=", "url(http", "@import", "<link", "javascript:", "<script"] {
        assert!(!html.contains(word), "{word}");
    }
    let drawn = page.figures();
    let names: Vec<&str> = drawn.iter().map(|(name, _)| *name).collect();
    let wanted = ["accuracy", "differences", "learning-trials", "learning-minutes", "time-course", "pseudo-online"];
    assert_eq!(names, wanted);
    drawn.iter().for_each(|(_, svg)| assert_within(svg));
    // One bar, one whisker and one number for each subject, the mean, and each decoder.
    let accuracy = &drawn[0].1;
    let document = roxmltree::Document::parse(accuracy).unwrap();
    let percents = document.descendants().filter(|n| n.has_tag_name("text")).filter_map(|n| n.text());
    assert_eq!(percents.filter(|text| text.ends_with(" %") && text.contains('.')).count(), 50);
}

#[test]
fn the_page_of_one_subject_has_its_own_figures() {
    let page = made_up::single();
    let html = page.html();
    assert_well_formed(&html);
    assert!(html.contains("Evaluation of S001") && !html.contains(">mean<"));
    page.figures().iter().for_each(|(_, svg)| assert_within(svg));
}

#[test]
fn what_is_empty_has_no_section() {
    let html = EvaluationPage::default().html();
    assert_well_formed(&html);
    assert_eq!(html.matches("<section").count(), 0);
    assert!(EvaluationPage::default().figures().is_empty());
    let html = EvaluationPage { warnings: vec!["Careful.".into()], ..EvaluationPage::default() }.html();
    assert!(html.matches("<section").count() == 1 && html.contains("Careful."));
}

#[test]
fn hostile_text_stays_text() {
    let page = page(HOSTILE, &[0.5, 0.2, 0.8, 0.4]);
    let html = page.html();
    assert_well_formed(&html);
    assert!(!html.contains("<script>") && !html.contains('\u{1b}') && !html.contains('\u{202e}'));
    page.figures().iter().for_each(|(_, svg)| assert_within(svg));
}

#[test]
fn bars_begin_at_zero_and_end_at_their_value() {
    let group = IntervalGroup {
        name: "S1".into(),
        values: vec![Some(Measured::new(0.5, 0.25, 0.75)), None, Some(Measured { value: 1.0, interval: None })],
        chance: Some([0.4, 0.6]),
        is_apart: true,
    };
    let chart = IntervalChart {
        x: Axis::new("share").from_to(0.0, 1.0).percent(),
        series: ["a", "b", "c"].map(str::to_owned).to_vec(),
        chance: "chance".into(),
        groups: vec![group],
        ..IntervalChart::default()
    };
    let svg = chart.svg();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let number = |node: &roxmltree::Node, name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap();
    let rects: Vec<(f64, f64)> = document
        .descendants()
        .filter(|n| n.has_tag_name("rect") && number(n, "x") >= 150.0)
        .map(|n| (number(&n, "x"), number(&n, "width")))
        .collect();
    // The area is 732 wide: the band, then the bars.
    assert!(
        rects.contains(&(150.0 + 0.4 * 732.0, 0.2 * 732.0))
            || rects.iter().any(|(x, w)| (x - 442.8).abs() < 0.01 && (w - 146.4).abs() < 0.01)
    );
    assert!(rects.contains(&(150.0, 366.0)) && rects.contains(&(150.0, 732.0)));
    let whisker = document
        .descendants()
        .any(|n| n.has_tag_name("line") && n.attribute("x1") == Some("333") && n.attribute("x2") == Some("699"));
    assert!(whisker, "from 25 to 75 %");
    assert!(svg.contains(">50.0 %<") && svg.contains(">100.0 %<"));
}

#[test]
fn too_many_subjects_are_said_to_be_more() {
    let groups = (0..1000).map(|i| IntervalGroup {
        name: format!("S{i}"),
        values: vec![Some(Measured { value: 0.5, interval: None }); 2],
        ..IntervalGroup::default()
    });
    let svg = IntervalChart { groups: groups.collect(), ..IntervalChart::default() }.svg();
    assert!(svg.contains(&format!("and {} more", 1000 - MOST_BARS / 2)));
    assert_within(&svg);
}

#[test]
fn differences_stand_on_their_side_of_zero() {
    let row = |value: f64| Difference {
        difference: Measured::new(value, value - 0.01, value + 0.01),
        ..Difference::default()
    };
    let svg = DifferenceChart { rows: vec![row(0.05), row(-0.05), row(0.0)], ..DifferenceChart::default() }.svg();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let places: Vec<f64> = document
        .descendants()
        .filter(|n| n.has_tag_name("circle"))
        .map(|n| n.attribute("cx").unwrap().parse().unwrap())
        .collect();
    let [right, left, middle] = places[..] else { panic!("{places:?}") };
    assert!(left < middle && middle < right && (right + left - 2.0 * middle).abs() < 0.02);
    assert_within(&svg);
}

#[test]
fn a_long_legend_takes_more_rows() {
    let line = |i: usize| Line {
        name: format!("a decoder with a rather long name, {i}"),
        points: vec![[0.0, 1.0], [1.0, 2.0]],
        ..Line::default()
    };
    let svg = LineChart { lines: (0..8).map(line).collect(), ..LineChart::default() }.svg();
    assert!((0..8).all(|i| svg.contains(&format!("long name, {i}"))));
    assert_within(&svg);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_numbers_make_a_page(values in prop::collection::vec(prop::num::f64::ANY, 0..6)) {
        let page = page("S1", &values);
        assert_well_formed(&page.html());
        page.figures().iter().for_each(|(_, svg)| assert_within(svg));
    }
}
