//! What the participant sees, at every size and on every terminal, and whatever a frame carries.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../examples/participant/scenes.rs"]
mod scenes;

use motrace_session::{Evidence, Frame, Outcome, PongScene, Scene, Side, Symbol};
use motrace_view::{Participant, dashboard::ColourDepth, palette::Ground};
use proptest::prelude::*;
use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::Color,
};

fn drawn(depth: ColourDepth, frame: &Frame, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    Participant::new(depth, Ground::Dark).render(&mut buffer, area, frame);
    buffer
}

fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let row = |row: &[Cell]| row.iter().map(Cell::symbol).collect::<String>().trim_end().to_owned();
    buffer.content.chunks(width).map(row).collect::<Vec<_>>().join("\n")
}

/// The mean column of the cells that are drawn in a colour that `is` says yes to, from 0 to 1; `None` where there is none.
fn centre(buffer: &Buffer, is: impl Fn(u8, u8, u8) -> bool) -> Option<f64> {
    let width = buffer.area.width;
    let columns: Vec<f64> = (buffer.content.iter().enumerate())
        .filter(|(_, cell)| cell.symbol() != " ")
        .filter(|(_, cell)| matches!(cell.fg, Color::Rgb(r, g, b) if is(r, g, b)))
        .map(|(i, _)| (i % usize::from(width)) as f64 + 0.5)
        .collect();
    (!columns.is_empty()).then(|| columns.iter().sum::<f64>() / columns.len() as f64 / f64::from(width))
}

fn is_blue(r: u8, _: u8, b: u8) -> bool {
    b > 60 && b > r.saturating_add(40)
}

fn is_red(r: u8, _: u8, b: u8) -> bool {
    r > 60 && r > b.saturating_add(40)
}

#[test]
fn scenes_look_as_they_did() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (width, height) in [(80, 24), (160, 50)] {
            for name in ["welcome", "fixation", "arrow-left", "left-hand", "feet", "bar", "cursor-dwelling", "pong-hit"]
            {
                let (_, frame) = scenes::all().into_iter().find(|(n, _)| *n == name).unwrap();
                // Without colours edges have two tones, which do not depend on how a machine rounds.
                let screen = text(&drawn(ColourDepth::Monochrome, &frame, width, height));
                insta::assert_snapshot!(format!("participant_{name}_{width}x{height}"), screen);
            }
        }
    });
}

#[test]
fn left_is_blue_and_left_and_right_is_red_and_right() {
    let bar = |value| Scene::Bar { target: None, symbol: None, value };
    let left = drawn(ColourDepth::True, &Frame::of(bar(-0.8)), 80, 24);
    assert!(centre(&left, is_blue).unwrap() < 0.4 && centre(&left, is_red).is_none());
    let right = drawn(ColourDepth::True, &Frame::of(bar(0.8)), 80, 24);
    assert!(centre(&right, is_red).unwrap() > 0.6 && centre(&right, is_blue).is_none());
    let hand = |symbol| drawn(ColourDepth::True, &Frame::of(Scene::Cue(symbol)), 80, 24);
    assert!(centre(&hand(Symbol::LeftHand), is_blue).unwrap() < 0.4);
    assert!(centre(&hand(Symbol::RightHand), is_red).unwrap() > 0.6);
    // An arrow is in the middle, wherever it points.
    assert!((centre(&hand(Symbol::ArrowLeft), is_blue).unwrap() - 0.5).abs() < 0.06);
    assert!((centre(&hand(Symbol::ArrowRight), is_red).unwrap() - 0.5).abs() < 0.06);
}

#[test]
fn a_picture_of_one_side_is_the_mirror_image_of_the_other() {
    for (left, right) in [(Symbol::ArrowLeft, Symbol::ArrowRight), (Symbol::LeftHand, Symbol::RightHand)] {
        for cue in [|s| Scene::Cue(s), |s| Scene::Imagery(Some(s))] {
            // Whether a cell is drawn at all: colours and corners differ.
            let filled = |symbol: &Symbol| -> Vec<Vec<bool>> {
                let buffer = drawn(ColourDepth::Monochrome, &Frame::of(cue(symbol.clone())), 100, 30);
                buffer.content.chunks(100).map(|row| row.iter().map(|c| c.symbol() != " ").collect()).collect()
            };
            let (a, b) = (filled(&left), filled(&right));
            let differing = a.iter().zip(&b).flat_map(|(a, b)| a.iter().zip(b.iter().rev())).filter(|(a, b)| a != b);
            assert!(differing.count() <= 12, "{left:?}");
        }
    }
}

#[test]
fn the_bar_is_as_long_as_its_value() {
    let length = |value: f64| {
        let frame = Frame::of(Scene::Bar { target: None, symbol: None, value });
        let buffer = drawn(ColourDepth::True, &frame, 100, 30);
        let middle = &buffer.content[15 * 100..16 * 100];
        middle.iter().filter(|c| matches!(c.fg, Color::Rgb(r, g, b) if is_red(r, g, b))).count() as f64
    };
    let full = length(1.0);
    assert!(full > 30.0);
    assert!((length(0.5) - full / 2.0).abs() <= 1.5);
    assert_eq!(length(7.0), full, "beyond its end it is full");
    assert_eq!(length(f64::NAN), 0.0);
}

#[test]
fn without_colours_hit_and_miss_and_nothing_differ() {
    let of = |outcome| text(&drawn(ColourDepth::Monochrome, &Frame::of(Scene::Result(outcome)), 40, 12));
    let all = [of(Outcome::Hit), of(Outcome::Miss), of(Outcome::Timeout)];
    assert!(all[0].contains("hit") && all[1].contains("miss") && all[2].contains("time is up"), "{}", all[0]);
    let blocks = |s: &String| s.chars().filter(|c| !c.is_ascii()).collect::<String>();
    assert!(blocks(&all[0]) != blocks(&all[1]) && blocks(&all[1]) != blocks(&all[2]));
}

#[test]
fn monochrome_has_no_colour_and_256_colours_are_no_more() {
    for (name, frame) in scenes::all() {
        let buffer = drawn(ColourDepth::Monochrome, &frame, 80, 24);
        assert!(buffer.content.iter().all(|c| c.fg == Color::Reset && c.bg == Color::Reset), "{name}");
        let buffer = drawn(ColourDepth::Indexed, &frame, 80, 24);
        assert!(buffer.content.iter().all(|c| matches!(c.fg, Color::Indexed(_) | Color::Reset)), "{name}");
        if name != "blank" {
            assert!(
                text(&drawn(ColourDepth::Monochrome, &frame, 40, 12)).chars().any(|c| !c.is_whitespace()),
                "{name}"
            );
        }
    }
}

#[test]
fn why_is_told_where_there_is_room() {
    let (_, frame) = scenes::all().into_iter().find(|(name, _)| *name == "bar-why").unwrap();
    let screen = drawn(ColourDepth::True, &frame, 80, 24);
    assert!(text(&screen).contains("why"));
    assert!(centre(&screen, is_blue).unwrap() > 0.75, "the only blue is in the corner");
    assert!(!text(&drawn(ColourDepth::True, &frame, 40, 12)).contains("why"));
}

#[test]
fn the_bell_is_the_frames() {
    assert!(!Participant::bell(&Frame::of(Scene::Fixation)));
    assert!(Participant::bell(&Frame { beep: true, ..Frame::of(Scene::Fixation) }));
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![-2.0..2.0, any::<f64>(), Just(f64::NAN), Just(f64::INFINITY), Just(-1e300)]
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z ]{0,20}",
        ".{0,60}",
        Just("\x1b[2J\x1b]0;x\x07\u{202e}".to_owned()),
        Just("Ж漢字🙂".repeat(2000)),
        Just("<text>&amp;".to_owned())
    ]
}

fn any_symbol() -> impl Strategy<Value = Symbol> {
    prop_oneof![
        Just(Symbol::ArrowLeft),
        Just(Symbol::ArrowRight),
        Just(Symbol::ArrowUp),
        Just(Symbol::ArrowDown),
        Just(Symbol::LeftHand),
        Just(Symbol::RightHand),
        Just(Symbol::BothHands),
        Just(Symbol::Feet),
        Just(Symbol::Rest),
        any_text().prop_map(Symbol::Word)
    ]
}

fn any_side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Left), Just(Side::Right)]
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![Just(Outcome::Hit), Just(Outcome::Miss), Just(Outcome::Timeout)]
}

fn any_scene() -> impl Strategy<Value = Scene> {
    let symbol = || proptest::option::of(any_symbol());
    prop_oneof![
        Just(Scene::Blank),
        Just(Scene::Fixation),
        (any_text(), proptest::collection::vec(any_text(), 0..40))
            .prop_map(|(title, lines)| Scene::Words { title, lines }),
        any_symbol().prop_map(Scene::Cue),
        symbol().prop_map(Scene::Imagery),
        (proptest::option::of(any_side()), symbol(), any_number()).prop_map(|(target, symbol, value)| Scene::Bar {
            target,
            symbol,
            value
        }),
        (any_side(), symbol(), any_number(), any_number(), any_number()).prop_map(
            |(target, symbol, position, edge, dwelt)| Scene::Cursor { target, symbol, position, edge, dwelt }
        ),
        ([any_number(), any_number()], any_number(), any_number(), proptest::option::of(any_outcome()))
            .prop_map(|(ball, bar, bar_width, last)| Scene::Pong(PongScene { ball, bar, bar_width, last })),
        any_outcome().prop_map(Scene::Result),
    ]
}

fn any_evidence() -> impl Strategy<Value = Evidence> {
    let label = prop_oneof![
        Just("C3".to_owned()),
        Just("C4".to_owned()),
        Just("Cz".to_owned()),
        Just("Oz".to_owned()),
        any_text()
    ];
    let one = prop_oneof![Just(0.1_f32), Just(f32::NAN), Just(f32::MAX), Just(-0.4_f32)];
    (proptest::collection::vec(label, 0..9), proptest::collection::vec(one, 0..9))
        .prop_map(|(labels, values)| Evidence { labels, values })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn nothing_in_a_frame_is_too_much(
        scenes in proptest::collection::vec(any_scene(), 1..4), score in proptest::option::of(any::<[u32; 2]>()),
        evidence in proptest::option::of(any_evidence()), depth in 0_usize..3, light in any::<bool>(),
        width in prop_oneof![1_u16..14, 1_u16..170], height in prop_oneof![1_u16..10, 1_u16..60], x in 0_u16..20, y in 0_u16..20,
    ) {
        let depth = [ColourDepth::True, ColourDepth::Indexed, ColourDepth::Monochrome][depth];
        let mut view = Participant::new(depth, if light { Ground::Light } else { Ground::Dark });
        let whole = Rect::new(0, 0, 200, 90);
        let part = Rect::new(x, y, width, height);
        let mut buffer = Buffer::empty(whole);
        for cell in &mut buffer.content {
            cell.set_char('~');
        }
        for scene in scenes {
            view.render(&mut buffer, part, &Frame { scene, score, evidence: evidence.clone(), beep: false });
        }
        for (i, cell) in buffer.content.iter().enumerate() {
            let place = ((i % 200) as u16, (i / 200) as u16);
            prop_assert!(!cell.symbol().chars().any(char::is_control), "{:?}", cell.symbol());
            if !part.contains(place.into()) {
                prop_assert_eq!(cell.symbol(), "~", "outside at {:?}", place);
            }
        }
    }
}
