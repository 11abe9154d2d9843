//! What is on the screen, for a session with everything in it, at every size and on every terminal.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../examples/dashboard/course.rs"]
mod course;
#[path = "../examples/dashboard/synthetic.rs"]
mod synthetic;

use motrace_core::{ChannelQuality, Condition, Decision, DecisionKind, Gap, Ledger, Marker, Relevance, Veto, View};
use motrace_session::{Frame, Scene};
use motrace_view::dashboard::ColourDepth;
use motrace_view::palette::Ground;
use motrace_view::{
    Action, Check, Course, CourseKey, CourseStep, Dashboard, Phase, Prompt, Session, SessionSetup, Shadow, StepState,
    StreamHealth, StreamState, TrainedFigures, TrialRecord, Verdict,
};
use ndarray::Array2;
use proptest::prelude::*;
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Buffer,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
    layout::Rect,
    style::Color,
};
use std::sync::{Arc, OnceLock};
use synthetic::Synthetic;

fn session() -> &'static Session {
    static SESSION: OnceLock<Session> = OnceLock::new();
    SESSION.get_or_init(|| {
        let mut synthetic = Synthetic::new();
        let mut session = synthetic.session();
        synthetic.advance(&mut session, 39.5);
        session
    })
}

fn key(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

fn drawn(dashboard: &mut Dashboard, session: &Session, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| dashboard.render(frame, session)).unwrap();
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    buffer
        .content
        .chunks(width)
        .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn a_session_at_80_by_24() {
    let mut dashboard = Dashboard::default();
    snapshot("overview_80x24", &text(&drawn(&mut dashboard, session(), 80, 24)));
    for name in ["relevance_80x24", "ledger_80x24", "trials_80x24", "stream_80x24"] {
        dashboard.on_key(key(KeyCode::Tab), session());
        snapshot(name, &text(&drawn(&mut dashboard, session(), 80, 24)));
    }
    dashboard.on_key(key(KeyCode::Char('?')), session());
    snapshot("help_80x24", &text(&drawn(&mut dashboard, session(), 80, 24)));
}

#[test]
fn a_session_at_160_by_50() {
    let mut dashboard = Dashboard::default();
    snapshot("overview_160x50", &text(&drawn(&mut dashboard, session(), 160, 50)));
    dashboard.on_key(key(KeyCode::Up), session());
    snapshot("trial_160x50", &text(&drawn(&mut dashboard, session(), 160, 50)));
}

/// The synthetic session with a course.
fn in_course(name: &str) -> Session {
    let mut session = session().clone();
    let labels = session.setup().labels.clone();
    session.set_course(course::course(name, &labels));
    session.set_phase(match name {
        "checks" => Phase::Checking,
        "training" => Phase::Training,
        _ => Phase::Feedback { trial: 11, of: 20 },
    });
    session
}

#[test]
fn a_course_comes_first() {
    for name in ["checks", "training", "feedback"] {
        let session = in_course(name);
        for (width, height) in [(80, 24), (160, 50)] {
            let screen = text(&drawn(&mut Dashboard::default(), &session, width, height));
            snapshot(&format!("course_{name}_{width}x{height}"), &screen);
        }
    }
    let mut dashboard = Dashboard::default();
    let session = in_course("checks");
    dashboard.on_key(key(KeyCode::Char('?')), &session);
    snapshot("course_help_80x24", &text(&drawn(&mut dashboard, &session, 80, 24)));
}

#[test]
fn the_other_pages_follow_and_the_course_goes_as_it_came() {
    let mut session = in_course("feedback");
    let mut d = Dashboard::default();
    assert!(text(&drawn(&mut d, &session, 80, 24)).contains("Participant sees"));
    d.on_key(key(KeyCode::Tab), &session);
    assert!(text(&drawn(&mut d, &session, 80, 24)).contains("Decision ─"));
    d.on_key(key(KeyCode::BackTab), &session);
    assert!(text(&drawn(&mut d, &session, 80, 24)).contains("Participant sees"));
    d.on_key(key(KeyCode::BackTab), &session);
    assert!(text(&drawn(&mut d, &session, 80, 24)).contains("Signal quality"));
    d.on_key(key(KeyCode::Tab), &session);
    session.clear_course();
    let screen = text(&drawn(&mut d, &session, 80, 24));
    assert!(screen.contains("Decision ─") && !screen.contains(" Session "), "{screen}");
}

#[test]
fn in_a_course_keys_are_the_sessions() {
    let session = in_course("feedback");
    let mut d = Dashboard::default();
    for (code, wanted) in [
        (KeyCode::Enter, CourseKey::GoOn),
        (KeyCode::Char('p'), CourseKey::Pause),
        (KeyCode::Char('r'), CourseKey::Repeat),
        (KeyCode::Char('n'), CourseKey::Next),
        (KeyCode::Char('x'), CourseKey::Abort),
        (KeyCode::Char('q'), CourseKey::Abort),
        (KeyCode::Esc, CourseKey::Abort),
        (KeyCode::Char('s'), CourseKey::Switch),
    ] {
        assert_eq!(d.on_key(key(code), &session), Action::Course(wanted));
    }
    assert_eq!(d.on_key(key(KeyCode::Char(' ')), &session), Action::Pause(true), "the picture can still be held");
    assert_eq!(d.on_key(key(KeyCode::Char('p')), &session), Action::Course(CourseKey::Pause));
    let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(d.on_key(control_c, &session), Action::Quit);
    let newest = session.trials().last().unwrap().number;
    assert_eq!(d.on_key(key(KeyCode::Up), &session), Action::SelectTrial(newest));
    assert_eq!(d.on_key(key(KeyCode::End), &session), Action::Follow);
}

#[test]
fn a_question_is_asked_however_small_the_terminal_is() {
    let session = in_course("checks");
    for (width, height) in [(34, 8), (40, 12), (64, 20), (80, 24), (118, 32), (200, 60)] {
        let screen = text(&drawn(&mut Dashboard::default(), &session, width, height));
        assert!(screen.contains("accept the signals?") && screen.contains("Enter"), "{screen}");
    }
}

#[test]
fn patterns_are_seen_however_much_there_is_to_say() {
    let mut session = session().clone();
    let mut course = course::course("training", &session.setup().labels);
    let trained = course.trained.as_mut().unwrap();
    trained.lines = vec!["many words that take two lines or more in a narrow column".into(); 9];
    session.set_course(course);
    let screen = text(&drawn(&mut Dashboard::default(), &session, 80, 24));
    assert!(
        screen.contains("many words") && screen.contains("left hand 1") && screen.contains("right hand 2"),
        "{screen}"
    );
}

#[test]
fn a_clone_shares_what_does_not_change() {
    let session = in_course("training");
    let copy = session.clone();
    assert!(std::ptr::eq(session.trials(), copy.trials()));
    assert!(std::ptr::eq(session.setup(), copy.setup()));
    let evidence = |s: &Session| s.evidence().map(std::ptr::from_ref);
    assert_eq!(evidence(&session), evidence(&copy));
    let mut other = session.clone();
    other.message("only here");
    assert_ne!(session.messages().count(), other.messages().count());
}

#[test]
fn before_anything_has_happened() {
    let session = Session::new(SessionSetup { title: "S001".into(), ..SessionSetup::default() });
    snapshot("empty_80x24", &text(&drawn(&mut Dashboard::default(), &session, 80, 24)));
}

#[test]
fn what_is_wrong_is_said() {
    let mut session = session().clone();
    for (state, word) in [
        (StreamState::Stalled, "stalled for 2.5 s"),
        (StreamState::Lost, "lost for 2.5 s"),
        (StreamState::Refused("channel C3 is missing".into()), "refused: channel C3 is missing"),
    ] {
        session.set_stream(StreamHealth { state, age_secs: Some(2.5), ..StreamHealth::default() });
        let screen = text(&drawn(&mut Dashboard::default(), &session, 80, 24));
        assert!(screen.contains(word), "{screen}");
    }
}

/// One decision for class 1, all of whose relevance is at C4 and against it at C3.
fn two_sided() -> Session {
    let labels: Vec<String> = ["C3", "C4", "Cz", "Fz", "Pz", "T7", "T8"].map(str::to_owned).to_vec();
    let mut session = Session::new(SessionSetup {
        class_names: vec!["left".into(), "right".into()],
        trace_labels: labels.clone(),
        labels,
        ..SessionSetup::default()
    });
    let map = Array2::from_shape_fn((7, 500), |(c, _)| [-1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0][c] / 500.0);
    let decision = Decision {
        kind: DecisionKind::Trial(1),
        start: 0,
        end: 500,
        value: 0.4,
        probabilities: motrace_core::Probabilities::of_two(0.7),
        veto: Veto::NONE,
        frozen_value: None,
    };
    let ledger = Ledger {
        value: 0.4,
        offset: 0.4,
        total: [Some(0.0); 3],
        cancellation: [Some(f64::INFINITY); 3],
        path_difference: 0.0,
        input_source_correlation: Some(1.0),
        rim_share: 0.0,
        layers: Vec::new(),
    };
    let relevance = Relevance {
        start: 0,
        end: 500,
        class: 1,
        input: map.clone(),
        pattern: map.clone(),
        source: -map,
        components: vec![0.1, -0.1],
        ledger,
    };
    session.push_samples(&vec![1.0; 7 * 500]);
    session.on_decision(&decision);
    session.on_relevance(&relevance, &["test warning".into()]);
    session.on_trial(TrialRecord {
        number: 1,
        decision: Some(decision),
        truth: Some(1),
        relevance: Some(Arc::new(relevance)),
        ..TrialRecord::default()
    });
    session
}

fn ground_of(buffer: &Buffer, label: &str) -> (u8, u8, u8) {
    // The label's first cell right of the traces is the electrode.
    let screen = text(buffer);
    for (y, line) in screen.lines().enumerate() {
        let letters: Vec<char> = line.chars().collect();
        for x in 46..letters.len().saturating_sub(1) {
            let found: String = letters[x..x + 2].iter().collect();
            if found == label
                && let Color::Rgb(r, g, b) = buffer[(x as u16, y as u16)].bg
            {
                return (r, g, b);
            }
        }
    }
    panic!("no electrode {label} on\n{screen}");
}

#[test]
fn a_map_stands_under_the_decision_it_is_of() {
    let mut session = two_sided();
    // Explaining comes after deciding: two more decisions are there, and no relevance of theirs yet.
    for (end, value) in [(510, -0.8), (520, -0.9)] {
        let probabilities = motrace_core::Probabilities::of_two(0.2);
        let (kind, veto) = (DecisionKind::Sliding, Veto::NONE);
        session.on_decision(&Decision { kind, start: end - 500, end, value, probabilities, veto, frozen_value: None });
    }
    let screen = text(&drawn(&mut Dashboard::default(), &session, 160, 50));
    let caption = screen.lines().find(|line| line.contains("p 70 %")).expect("the caption");
    assert!(caption.contains("right +0.40"), "{caption}");
}

#[test]
fn relevance_for_class_one_is_red_and_for_class_zero_blue() {
    let session = two_sided();
    let mut dashboard = Dashboard::default();
    let buffer = drawn(&mut dashboard, &session, 80, 24);
    let (r, _, b) = ground_of(&buffer, "C4");
    assert!(r > b + 60, "C4 speaks for class 1");
    let (r, _, b) = ground_of(&buffer, "C3");
    assert!(b > r + 60, "C3 speaks for class 0");
    let (r, g, b) = ground_of(&buffer, "Cz");
    assert!(r.abs_diff(b) < 40 && r < 80 && g < 80, "nothing at Cz: dark");

    dashboard.on_key(key(KeyCode::Char('3')), &session);
    assert_eq!(dashboard.view(), View::Source);
    let (r, _, b) = ground_of(&drawn(&mut dashboard, &session, 80, 24), "C4");
    assert!(b > r + 60, "the other view is drawn");
}

#[test]
fn the_channel_time_map_has_the_same_colours() {
    let session = two_sided();
    let mut dashboard = Dashboard::default();
    dashboard.on_key(key(KeyCode::Tab), &session);
    let buffer = drawn(&mut dashboard, &session, 80, 24);
    let screen = text(&buffer);
    let row = |label: &str| {
        let starts = |l: &str| l.chars().skip(34).collect::<String>().trim() == label;
        screen.lines().position(starts).unwrap_or_else(|| panic!("{label} in\n{screen}"))
    };
    let at = |label: &str| match buffer[(70, row(label) as u16)].bg {
        Color::Rgb(r, _, b) => (r, b),
        other => panic!("{other:?}"),
    };
    assert!(at("C4").0 > at("C4").1 + 60 && at("C3").1 > at("C3").0 + 60);
}

#[test]
fn monochrome_has_no_colour_and_still_shows_sign() {
    let session = two_sided();
    let mut dashboard = Dashboard::new(ColourDepth::Monochrome, Ground::Dark);
    for _ in 0..5 {
        let buffer = drawn(&mut dashboard, &session, 80, 24);
        assert!(buffer.content.iter().all(|c| c.fg == Color::Reset && c.bg == Color::Reset));
        dashboard.on_key(key(KeyCode::Tab), &session);
    }
    let screen = text(&drawn(&mut dashboard, &session, 80, 24));
    assert!(screen.contains('#') && screen.contains('o'), "{screen}");
    snapshot("monochrome_80x24", &screen);
}

#[test]
fn terminals_with_256_colours_get_no_others() {
    let buffer = drawn(&mut Dashboard::new(ColourDepth::Indexed, Ground::Dark), session(), 160, 50);
    assert!(buffer.content.iter().all(|c| !matches!(c.fg, Color::Rgb(..)) && !matches!(c.bg, Color::Rgb(..))));
    assert!(buffer.content.iter().any(|c| matches!(c.bg, Color::Indexed(_))));
}

#[test]
fn hostile_text_is_disarmed() {
    let evil = "\x1b[2J\x1b]0;owned\x07\u{202e}C3\r\n";
    let mut session = Session::new(SessionSetup {
        title: evil.into(),
        class_names: vec![evil.into(), evil.into()],
        trace_labels: vec![evil.into(); 3],
        labels: vec![evil.into(); 3],
        ..SessionSetup::default()
    });
    session.push_samples(&[1.0; 300]);
    session.on_marker(&Marker { index: 50, time_secs: 0.0, text: evil.into() }, None);
    session.on_gap(&Gap { index: 60, missing_samples: 3, length_secs: f64::NAN });
    session.message(&evil.repeat(100_000));
    session.set_phase(Phase::Finished(evil.into()));
    session.set_stream(StreamHealth {
        name: evil.into(),
        host: evil.into(),
        kind: evil.into(),
        state: StreamState::Refused(evil.into()),
        ..StreamHealth::default()
    });
    let quality =
        ChannelQuality { label: evil.into(), condition: Condition::Railed, rms_volts: f64::NAN, mean_volts: 1.0 };
    session.set_quality(vec![quality]);
    session.on_trial(TrialRecord { number: usize::MAX, text: evil.into(), cue: u64::MAX, ..TrialRecord::default() });
    session.set_course(Course {
        steps: vec![CourseStep { name: evil.into(), state: StepState::Failed, detail: evil.repeat(999) }; 9999],
        prompt: Some(Prompt { question: evil.into(), keys: vec![(evil.into(), evil.into()); 999] }),
        checks: vec![Check { what: evil.into(), verdict: Verdict::Bad, detail: evil.repeat(999) }; 9999],
        stage: Some(Frame::of(Scene::Words { title: evil.into(), lines: vec![evil.into(); 999] })),
        progress: Some((usize::MAX, 0)),
        remaining_secs: Some(f64::NAN),
        shadow: Some(Shadow {
            adapted: f64::NAN,
            labels: vec![evil.into(); 9999],
            difference: vec![f64::INFINITY; 9999],
            ..Shadow::default()
        }),
        trained: Some(TrainedFigures {
            lines: vec![evil.into(); 999],
            maps: vec![(evil.into(), vec![f64::NAN; 9999]); 999],
            labels: vec![evil.into(); 9999],
        }),
        screens: usize::MAX,
        ..Course::default()
    });
    let mut dashboard = Dashboard::default();
    for (width, height) in [(80, 24), (160, 50), (20, 5)] {
        for _ in 0..5 {
            let buffer = drawn(&mut dashboard, &session, width, height);
            for cell in &buffer.content {
                assert!(!cell.symbol().chars().any(|c| c.is_control() || c == '\u{202e}'), "{:?}", cell.symbol());
            }
            dashboard.on_key(key(KeyCode::Tab), &session);
        }
    }
}

#[test]
fn keys_do_what_the_help_says() {
    let session = session();
    let mut d = Dashboard::default();
    assert_eq!(d.on_key(key(KeyCode::Char('q')), session), Action::Quit);
    assert_eq!(d.on_key(key(KeyCode::Esc), session), Action::Quit);
    let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(d.on_key(control_c, session), Action::Quit);
    assert_eq!(d.on_key(key(KeyCode::Char('c')), session), Action::None);

    let newest = session.trials().last().unwrap().number;
    assert_eq!(d.on_key(key(KeyCode::Down), session), Action::None, "nothing newer than now");
    assert_eq!(d.on_key(key(KeyCode::Up), session), Action::SelectTrial(newest));
    assert_eq!(d.on_key(key(KeyCode::Up), session), Action::SelectTrial(newest - 1));
    assert_eq!(d.on_key(key(KeyCode::Down), session), Action::SelectTrial(newest));
    assert_eq!(d.on_key(key(KeyCode::Down), session), Action::Follow);
    assert_eq!(d.on_key(key(KeyCode::Home), session), Action::SelectTrial(1));
    assert_eq!(d.on_key(key(KeyCode::Up), session), Action::None, "nothing before the first");
    assert_eq!(d.on_key(key(KeyCode::End), session), Action::Follow);

    for view in [View::Source, View::Input, View::Pattern] {
        d.on_key(key(KeyCode::Char('v')), session);
        assert_eq!(d.view(), view);
    }
    d.on_key(key(KeyCode::Char('?')), session);
    assert!(text(&drawn(&mut d, session, 80, 24)).contains("any key closes"));
    assert_eq!(d.on_key(key(KeyCode::Esc), session), Action::None, "closes the help, not the session");
    assert!(!text(&drawn(&mut d, session, 80, 24)).contains("any key closes"));
    assert_eq!(d.on_key(key(KeyCode::Esc), session), Action::Quit);
}

#[test]
fn a_held_picture_does_not_move() {
    let mut synthetic = Synthetic::new();
    let mut session = synthetic.session();
    synthetic.advance(&mut session, 10.0);
    let mut d = Dashboard::default();
    assert_eq!(d.on_key(key(KeyCode::Char(' ')), &session), Action::Pause(true));
    let before = drawn(&mut d, &session, 80, 24);
    assert!(text(&before).contains("PAUSED"));
    synthetic.advance(&mut session, 3.0);
    assert_eq!(drawn(&mut d, &session, 80, 24), before);
    assert_eq!(d.on_key(key(KeyCode::Char(' ')), &session), Action::Pause(false));
    assert_ne!(drawn(&mut d, &session, 80, 24), before);
}

#[test]
fn reviewing_starts_at_the_first_trial_and_moves_through_them() {
    let mut session = session().clone();
    session.set_phase(Phase::Reviewing);
    let mut d = Dashboard::default();
    let screen = text(&drawn(&mut d, &session, 160, 50));
    assert!(screen.contains("reviewing") && screen.contains("#1"), "{screen}");
    assert_eq!(d.on_key(key(KeyCode::Down), &session), Action::SelectTrial(2));
    assert_eq!(d.on_key(key(KeyCode::End), &session), Action::SelectTrial(session.trials().last().unwrap().number));
    assert_eq!(d.on_key(key(KeyCode::Down), &session), Action::None);
}

#[test]
fn larger_and_smaller_traces() {
    let mut d = Dashboard::default();
    let scale = |d: &mut Dashboard| {
        let screen = text(&drawn(d, session(), 160, 50));
        let after = screen.split('↕').nth(1).unwrap();
        after.trim().split(' ').next().unwrap().parse::<f64>().unwrap()
    };
    let automatic = scale(&mut d);
    d.on_key(key(KeyCode::Char('-')), session());
    assert!(scale(&mut d) > automatic);
    d.on_key(key(KeyCode::Char('+')), session());
    d.on_key(key(KeyCode::Char('+')), session());
    assert!(scale(&mut d) < automatic);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn no_size_and_no_key_is_too_much(
        width in 1_u16..200, height in 1_u16..60, keys in proptest::collection::vec(0_usize..19, 0..8),
        mono in any::<bool>(), which in 0_usize..7, x in 0_u16..30, y in 0_u16..30,
    ) {
        let codes = [
            KeyCode::Tab, KeyCode::BackTab, KeyCode::Up, KeyCode::Down, KeyCode::Home, KeyCode::End, KeyCode::PageUp,
            KeyCode::PageDown, KeyCode::Char('+'), KeyCode::Char('-'), KeyCode::Char('v'), KeyCode::Char('1'),
            KeyCode::Char(' '), KeyCode::Char('?'), KeyCode::Enter, KeyCode::Char('0'), KeyCode::Tab, KeyCode::F(5),
            KeyCode::Char('ü'),
        ];
        let mut reviewing = session().clone();
        reviewing.set_phase(Phase::Reviewing);
        let sessions = [session().clone(), Session::new(SessionSetup::default()), two_sided(), reviewing, in_course("checks"), in_course("training"), in_course("feedback")];
        let session = &sessions[which];
        let depth = if mono { ColourDepth::Monochrome } else { ColourDepth::True };
        let mut dashboard = Dashboard::new(depth, if x % 2 == 0 { Ground::Dark } else { Ground::Light });
        drawn(&mut dashboard, session, width, height);
        for k in keys {
            dashboard.on_key(key(codes[k]), session);
            drawn(&mut dashboard, session, width, height);
        }
        // A part of a larger screen, and nothing outside of it is touched.
        let whole = Rect::new(0, 0, 230, 90);
        let part = Rect::new(x, y, width, height);
        let mut buffer = Buffer::empty(whole);
        dashboard.render_to(&mut buffer, part, session);
        for (i, cell) in buffer.content.iter().enumerate() {
            let place = ((i % 230) as u16, (i / 230) as u16);
            if !part.contains(place.into()) {
                prop_assert_eq!(cell.symbol(), " ", "{:?} outside {:?}", place, part);
            }
        }
    }
}

/// A session whose decoder is a network: one view, and a ledger by layer.
fn relevance_of_network() -> Relevance {
    let map = Array2::from_shape_fn((7, 500), |(c, _)| [-0.2, 0.6, 0.0, 0.0, 0.1, 0.0, 0.0][c] / 500.0);
    let layer = |layer, relevance_in, relevance_out| motrace_core::LayerLedger {
        layer,
        relevance_in,
        bias: 0.0,
        stabiliser: relevance_out - relevance_in,
        unassigned: 0.0,
        relevance_out,
    };
    Relevance {
        start: 0,
        end: 500,
        class: 1,
        input: map,
        pattern: Array2::zeros((0, 0)),
        source: Array2::zeros((0, 0)),
        components: Vec::new(),
        ledger: Ledger {
            value: 0.7,
            offset: 0.0,
            total: [Some(0.5), None, None],
            cancellation: [Some(1.8), None, None],
            path_difference: 1e-7,
            input_source_correlation: None,
            rim_share: 0.0,
            layers: vec![layer("spatio-temporal convolution", 0.5, 0.6), layer("dense", 0.6, 0.7)],
        },
    }
}

fn of_network() -> Session {
    let labels: Vec<String> = ["C3", "C4", "Cz", "Fz", "Pz", "T7", "T8"].map(str::to_owned).to_vec();
    let mut session = Session::new(SessionSetup {
        class_names: vec!["left".into(), "right".into()],
        trace_labels: labels.clone(),
        labels,
        ..SessionSetup::default()
    });
    let relevance = relevance_of_network();
    let decision = Decision {
        kind: DecisionKind::Trial(1),
        start: 0,
        end: 500,
        value: 0.7,
        probabilities: motrace_core::Probabilities::of_two(0.8),
        veto: Veto::NONE,
        frozen_value: None,
    };
    session.push_samples(&vec![1.0; 7 * 500]);
    session.on_decision(&decision);
    session.on_relevance(&relevance, &[]);
    session.on_trial(TrialRecord {
        number: 1,
        decision: Some(decision),
        truth: Some(1),
        relevance: Some(Arc::new(relevance)),
        ..TrialRecord::default()
    });
    session
}

#[test]
fn a_network_has_one_view_and_a_ledger_by_layer() {
    let session = of_network();
    let mut dashboard = Dashboard::default();
    dashboard.on_key(key(KeyCode::Tab), &session);
    for pressed in ['1', '2', '3', 'v'] {
        dashboard.on_key(key(KeyCode::Char(pressed)), &session);
        let screen = text(&drawn(&mut dashboard, &session, 160, 50));
        assert!(screen.contains("INPUT") && screen.contains("spatio-temporal"), "{screen}");
        assert!(!screen.contains("PATTERN") && !screen.contains("SOURCE"), "{screen}");
        assert!(screen.contains("ledger error") && screen.contains("holds"), "{screen}");
    }
    for (width, height) in [(80, 24), (40, 12), (20, 5)] {
        drawn(&mut dashboard, &session, width, height);
    }
}

#[test]
fn every_layer_has_its_line_on_the_page_of_the_ledger() {
    let mut session = of_network();
    let mut relevance = relevance_of_network();
    let layer = |n: usize| motrace_core::LayerLedger {
        layer: ["dense", "mean pool", "ELU", "pointwise", "depthwise", "spatio-temporal"][n % 6],
        relevance_in: n as f64 + 0.25,
        bias: 0.0,
        stabiliser: 0.0,
        unassigned: 0.0,
        relevance_out: 0.0,
    };
    let mut dashboard = Dashboard::default();
    for _ in 0..2 {
        dashboard.on_key(key(KeyCode::Tab), &session);
    }
    let warnings = ["much to be careful about ".repeat(12)];
    for layers in [9, 40] {
        relevance.ledger.layers = (0..layers).map(layer).collect();
        session.on_relevance(&relevance, &warnings);
        for (width, height) in [(80, 24), (160, 50)] {
            let screen = text(&drawn(&mut dashboard, &session, width, height));
            let seen = (0..layers).filter(|n| screen.contains(&format!("+{n}.250"))).count();
            match screen.split_once("… ") {
                None => assert_eq!(seen, layers, "{screen}"),
                Some((_, more)) => assert!(more.starts_with(&format!("{} more layers", layers - seen)), "{screen}"),
            }
            assert!(seen == layers || layers == 40, "room for nine\n{screen}");
        }
    }
}

#[test]
fn two_decoders_stand_side_by_side() {
    let mut session = two_sided();
    session.set_comparison(["CSP + LDA".into(), "EEGNet-8,2".into()], of_network());
    let mut dashboard = Dashboard::default();
    for _ in 0..3 {
        dashboard.on_key(key(KeyCode::Tab), &session);
    }
    dashboard.on_key(key(KeyCode::Up), &session);
    for (width, height) in [(80, 24), (160, 50)] {
        let screen = text(&drawn(&mut dashboard, &session, width, height));
        for words in ["CSP + LDA", "EEGNet-8,2", "1 of 1 trials decided alike", "both 1", "trial 1: both say the same"]
        {
            assert!(screen.contains(words), "{words} on\n{screen}");
        }
        assert!(screen.contains("PATTERN") && screen.contains("INPUT"), "each shows the view that it has\n{screen}");
    }
    let agreement = session.comparison().unwrap().agreement(&session, View::Input);
    assert_eq!((agreement.trials, agreement.same, agreement.both_right), (1, 1, 1));
    // By hand: (−1, 1, 0, 0, 0, 0, 0) against (−0.2, 0.6, 0, 0, 0.1, 0, 0).
    let expected = 0.8 / (2.0_f64 * (0.41 - 0.25 / 7.0)).sqrt();
    assert!((agreement.map_correlation.unwrap() - expected).abs() < 1e-6, "{agreement:?}");
    for (width, height) in [(40, 12), (36, 10), (20, 5)] {
        drawn(&mut dashboard, &session, width, height);
    }
}
