//! Sessions and figures of four classes: a bar for each, and relevance for and against the one that is decided for.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use motrace_core::{Decision, DecisionKind, LayerLedger, Ledger, Probabilities, Relevance, Veto};
use motrace_view::dashboard::ColourDepth;
use motrace_view::figure::{ConfusionFigure, TrialFigure};
use motrace_view::palette::Ground;
use motrace_view::{Dashboard, Session, SessionSetup, TrialRecord};
use ndarray::Array2;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use std::sync::Arc;

const NAMES: [&str; 4] = ["left", "right", "feet", "tongue"];
/// Which speak for feet: 62 %.
const OUTPUTS: [f64; 4] = [0.3, -0.4, 1.6, 0.1];

fn labels() -> Vec<String> {
    ["C3", "C4", "Cz", "Fz", "Pz", "T7", "T8"].map(str::to_owned).to_vec()
}

fn decision(kind: DecisionKind, end: u64, outputs: [f64; 4]) -> Decision {
    let probabilities = Probabilities::softmax(&outputs, 1.0).unwrap();
    let veto = Veto::NONE;
    let p = probabilities.all().iter().copied().fold(0.0, f64::max);
    Decision { kind, start: end - 500, end, value: (p / (1.0 - p)).ln(), probabilities, veto, frozen_value: None }
}

fn relevance() -> Relevance {
    let layer = |layer, relevance_in, relevance_out, unassigned| LayerLedger {
        layer,
        relevance_in,
        bias: 0.0,
        stabiliser: 0.0,
        unassigned,
        relevance_out,
    };
    Relevance {
        start: 0,
        end: 500,
        class: 2,
        input: Array2::from_shape_fn((7, 500), |(c, _)| [-0.2, 0.1, 1.6, 0.0, 0.0, 0.0, 0.0][c] / 500.0),
        pattern: Array2::zeros((0, 0)),
        source: Array2::zeros((0, 0)),
        components: Vec::new(),
        ledger: Ledger {
            value: 0.5,
            offset: 0.0,
            total: [Some(1.5), None, None],
            cancellation: [Some(1.3), None, None],
            path_difference: 1e-7,
            input_source_correlation: None,
            rim_share: 0.0,
            layers: vec![layer("dense", 1.5, 1.5, 0.0), layer(Ledger::TARGET, 1.5, 0.5, -1.0)],
        },
    }
}

fn session() -> Session {
    let mut session = Session::new(SessionSetup {
        class_names: NAMES.map(str::to_owned).to_vec(),
        trace_labels: labels(),
        labels: labels(),
        ..SessionSetup::default()
    });
    session.push_samples(&vec![1.0; 7 * 2000]);
    for step in 0..30 {
        let mut outputs = OUTPUTS;
        outputs.rotate_left(step / 10);
        session.on_decision(&decision(DecisionKind::Sliding, 700 + 40 * step as u64, outputs));
    }
    session.on_decision(&decision(DecisionKind::Sliding, 1990, OUTPUTS));
    session.on_relevance(&relevance(), &[]);
    session.on_trial(TrialRecord {
        number: 1,
        decision: Some(decision(DecisionKind::Trial(1), 500, OUTPUTS)),
        truth: Some(3),
        relevance: Some(Arc::new(relevance())),
        ..TrialRecord::default()
    });
    session
}

fn screen(dashboard: &mut Dashboard, session: &Session, width: u16, height: u16) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let area = buffer.area;
    dashboard.render_to(&mut buffer, area, session);
    let row = |cells: &[ratatui::buffer::Cell]| cells.iter().map(ratatui::buffer::Cell::symbol).collect::<String>();
    buffer.content.chunks(usize::from(width)).map(row).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_class_has_a_bar_and_relevance_is_for_or_against_one() {
    let session = session();
    for (width, height) in [(80, 24), (160, 50)] {
        let shown = screen(&mut Dashboard::default(), &session, width, height);
        // By hand: exp(1.6) / (exp(0.3) + exp(−0.4) + exp(1.6) + exp(0.1)).
        for (name, share) in NAMES.iter().zip(["17 %", "8 %", "61 %", "14 %"]) {
            let line = shown.lines().find(|line| line.contains(name) && line.contains(share));
            assert!(line.is_some(), "{name} {share} on\n{shown}");
        }
        let decided = shown.lines().find(|line| line.contains("▸")).unwrap();
        assert!(decided.contains("feet"), "{shown}");
        assert!(!shown.contains('▼') && !shown.contains('▲'), "there is no left and right\n{shown}");
        assert!(shown.contains("chance 25 %"), "{shown}");
        assert!(shown.contains("for feet") || shown.contains(" for"), "the legend\n{shown}");
    }
    let shown = screen(&mut Dashboard::default(), &session, 160, 50);
    assert!(shown.contains("against −2") && shown.contains("+2 for feet"), "{shown}");
    assert!(shown.contains("log-odds of feet") && shown.contains("entropy"), "{shown}");
}

#[test]
fn every_page_is_drawn_at_every_size() {
    let session = session();
    for depth in [ColourDepth::True, ColourDepth::Monochrome] {
        let mut dashboard = Dashboard::new(depth, Ground::Light);
        for _ in 0..5 {
            for (width, height) in [(160, 50), (80, 24), (66, 16), (50, 11), (36, 10), (12, 3), (1, 1)] {
                let shown = screen(&mut dashboard, &session, width, height);
                assert_eq!(shown.lines().count(), usize::from(height));
            }
            dashboard.on_key(KeyEvent::new(KeyCode::Tab, KeyModifiers::NONE), &session);
        }
        dashboard.on_key(KeyEvent::new(KeyCode::Char('?'), KeyModifiers::NONE), &session);
        assert!(screen(&mut dashboard, &session, 80, 40).contains("speaks for the class decided for"));
    }
}

#[test]
fn a_trial_says_for_which_class_its_relevance_speaks() {
    let (labels, relevance) = (labels(), relevance());
    let figure = TrialFigure {
        title: "S001, trial 1".into(),
        subtitle: "EEGNet".into(),
        classes: NAMES.map(str::to_owned).to_vec(),
        labels: &labels,
        decision: decision(DecisionKind::Trial(1), 500, OUTPUTS),
        truth: Some(3),
        relevance: &relevance,
        rate_hz: 250.0,
        window_start_secs: 0.5,
        warnings: Vec::new(),
    };
    let svg = figure.svg();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let texts: Vec<&str> = document.descendants().filter_map(|n| n.text()).collect();
    for words in ["speaks against feet", "speaks for feet", "probability of feet", "0.613", "cue: tongue ✗"] {
        assert!(texts.contains(&words), "{words} in {texts:?}");
    }
    assert!(texts.iter().any(|text| text.contains("left 17 %") && text.contains("tongue 14 %")), "{texts:?}");
}

#[test]
fn a_table_of_four_classes_has_sixteen_cells() {
    let counts = vec![vec![9, 1, 0, 2], vec![0, 8, 3, 1], vec![1, 1, 7, 3], vec![2, 0, 0, 10]];
    let classes = NAMES.map(str::to_owned).to_vec();
    let svg = ConfusionFigure { title: "Decisions".into(), description: String::new(), classes, counts }.svg();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let texts: Vec<&str> = document.descendants().filter(roxmltree::Node::is_text).filter_map(|n| n.text()).collect();
    assert_eq!(texts.iter().filter(|text| text.contains("of the cues")).count(), 16);
    for name in NAMES {
        assert_eq!(texts.iter().filter(|text| **text == name).count(), 2, "{name}: a row and a column");
    }
    let width: f64 = document.root_element().attribute("width").unwrap().trim_end_matches("px").parse().unwrap();
    let boxes = document.descendants().filter(|n| n.has_tag_name("rect"));
    for cell in boxes {
        let number = |key: &str| cell.attribute(key).unwrap().parse::<f64>().unwrap();
        assert!(number("x") + number("width") <= width + 1e-6, "nothing is beyond the edge");
    }
}
