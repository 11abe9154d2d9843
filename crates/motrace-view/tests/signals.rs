//! What is on the screen where the signals of a recording are looked at, and what keys do.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use motrace_core::{ChannelQuality, Condition, Gap, Marker, Role};
use motrace_view::dashboard::ColourDepth;
use motrace_view::palette::Ground;
use motrace_view::{Action, SignalBrowser, SignalChannel, SignalInfo, SignalRequest, SignalWindow};
use proptest::prelude::*;
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Buffer,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
    style::Color,
};

const RATE_HZ: f64 = 100.0;
const LABELS: [&str; 12] = ["C3", "Cz", "C4", "FC3", "FCz", "FC4", "CP3", "CPz", "CP4", "Fp1", "EOG", "Status"];

/// A minute of twelve channels; a marker each ten seconds, a gap at 31 s.
fn info() -> SignalInfo {
    let marker = |(number, text): (u64, &str)| Marker { index: number * 1000, time_secs: 0.0, text: text.into() };
    SignalInfo {
        name: "rec.edf".into(),
        format: "EDF+".into(),
        rate_hz: RATE_HZ,
        samples: 6000,
        channels: LABELS
            .iter()
            .map(|label| SignalChannel {
                label: (*label).into(),
                role: Role::infer("", label),
                is_voltage: *label != "Status",
            })
            .collect(),
        // Not in order: a browser does not rely on it.
        markers: [(3, "right"), (1, "left"), (2, "right"), (4, "left"), (5, "end")].map(marker).to_vec(),
        gaps: vec![Gap { index: 3100, missing_samples: 50, length_secs: 0.5 }],
        filter: Ok("8–30 Hz causal".into()),
    }
}

/// Slow waves whose size says which channel and whether filtered; Cz is flat; offsets as electrodes have.
fn window(request: SignalRequest) -> SignalWindow {
    let mut values = Vec::new();
    for index in request.first..request.end {
        for channel in 0..LABELS.len() {
            let secs = index as f32 / RATE_HZ as f32;
            let wave = (secs * 6.0 + channel as f32).sin() * if request.is_filtered { 5.0 } else { 40.0 };
            values.push(match channel {
                1 => -80_000.0,
                11 => (index / 500) as f32,
                _ => wave + if request.is_filtered { 0.0 } else { -80_000.0 },
            });
        }
    }
    let judged = |channel: usize| ChannelQuality {
        label: LABELS[channel].into(),
        condition: if channel == 1 { Condition::Flat } else { Condition::Good },
        rms_volts: 28e-6,
        mean_volts: -0.08,
    };
    SignalWindow { request, values, quality: (0..12).map(|c| (c < 10).then(|| judged(c))).collect() }
}

fn browser() -> SignalBrowser {
    SignalBrowser::new(info(), ColourDepth::True, Ground::Dark)
}

fn drawn(browser: &mut SignalBrowser, width: u16, height: u16) -> Buffer {
    while let Some(request) = browser.request() {
        browser.show(window(request));
    }
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| browser.render(frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> String {
    let rows = buffer.content.chunks(usize::from(buffer.area.width));
    rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>() + "\n").collect()
}

fn press(browser: &mut SignalBrowser, keys: &str) {
    for key in keys.chars() {
        assert_eq!(browser.on_key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)), Action::None);
    }
}

fn seen_secs(browser: &SignalBrowser) -> [f64; 2] {
    let seen = browser.seen();
    [seen.start as f64 / RATE_HZ, seen.end as f64 / RATE_HZ]
}

#[test]
fn signals_markers_and_quality_are_seen() {
    for (width, height) in [(80, 24), (160, 50)] {
        let mut browser = browser();
        press(&mut browser, "n");
        let screen = text(&drawn(&mut browser, width, height));
        for part in [
            "rec.edf",
            "EDF+",
            "12 channels",
            "100 Hz",
            "5 markers",
            "C3",
            "!Cz",
            " flat ",
            "left",
            "marker 1 of 5",
            "10.000 s",
            "? help",
        ] {
            assert!(screen.contains(part), "{part:?} is not on the screen:\n{screen}");
        }
        assert!(screen.contains("q quit"), "{screen}");
        // Lists beside the traces only where there is room.
        assert_eq!(screen.contains("Quality here"), width == 160, "{screen}");
    }
}

#[test]
fn without_colours_nothing_is_coloured() {
    let mut browser = SignalBrowser::new(info(), ColourDepth::Monochrome, Ground::Dark);
    press(&mut browser, "n");
    let buffer = drawn(&mut browser, 80, 24);
    assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    // What colours say is said by signs too: the marker that was jumped to, and the channel that is not good.
    let screen = text(&buffer);
    assert!(screen.contains('┃') && screen.contains('┷') && screen.contains("!Cz"), "{screen}");
}

#[test]
fn time_is_scrolled_and_zoomed_within_the_recording() {
    let mut browser = browser();
    assert_eq!(seen_secs(&browser), [0.0, 5.0]);
    press(&mut browser, "h,");
    assert_eq!(seen_secs(&browser), [0.0, 5.0]);
    press(&mut browser, "l");
    assert_eq!(seen_secs(&browser), [1.25, 6.25]);
    press(&mut browser, ".");
    assert_eq!(seen_secs(&browser), [6.25, 11.25]);
    // About the middle.
    press(&mut browser, "[");
    assert_eq!(seen_secs(&browser), [7.75, 9.75]);
    press(&mut browser, "]]]]]]]]]");
    assert_eq!(seen_secs(&browser), [0.0, 60.0]);
    press(&mut browser, "l.");
    assert_eq!(seen_secs(&browser), [0.0, 60.0]);
    let screen = text(&drawn(&mut browser, 80, 24));
    assert!(screen.contains('░'), "{screen}");
    browser.on_key(KeyEvent::new(KeyCode::End, KeyModifiers::NONE));
    press(&mut browser, "[[[[");
    browser.on_key(KeyEvent::new(KeyCode::End, KeyModifiers::NONE));
    assert_eq!(seen_secs(&browser)[1], 60.0);
    // The gap's words, where the marker a second before it leaves room for them.
    press(&mut browser, ",,,,,");
    let screen = text(&drawn(&mut browser, 80, 24));
    assert!(screen.contains("gap 0.50 s"), "{screen}");
}

#[test]
fn markers_are_jumped_to_in_order_and_by_kind() {
    let mut browser = browser();
    let place = |browser: &SignalBrowser| seen_secs(browser)[0];
    press(&mut browser, "p");
    assert_eq!(place(&browser), 0.0);
    assert!(text(&drawn(&mut browser, 80, 24)).contains("no marker before this"));
    // A marker stands at a quarter of the window.
    for wanted in [8.75, 18.75, 28.75] {
        press(&mut browser, "n");
        assert_eq!(place(&browser), wanted);
    }
    press(&mut browser, "p");
    assert_eq!(place(&browser), 18.75);
    // From where one is, once the marker is out of sight.
    press(&mut browser, "...n");
    assert_eq!(place(&browser), 38.75);
    // left, right, end are the kinds, in the order of their first.
    press(&mut browser, "mp");
    assert_eq!(place(&browser), 8.75);
    press(&mut browser, "mn");
    assert_eq!(place(&browser), 18.75);
    press(&mut browser, "mn");
    assert_eq!(place(&browser), 48.75);
    assert!(text(&drawn(&mut browser, 80, 24)).contains("n p jump among 1 end"));
    press(&mut browser, "n");
    assert!(text(&drawn(&mut browser, 80, 24)).contains("no marker \"end\" after this"));
}

#[test]
fn channels_are_chosen() {
    let mut browser = browser();
    drawn(&mut browser, 80, 24);
    press(&mut browser, "c");
    let screen = text(&drawn(&mut browser, 80, 24));
    for part in ["12 of 12 shown", "Status", "trigger", "flat", "not judged", "−80 mV"] {
        assert!(screen.contains(part), "{part:?}:\n{screen}");
    }
    press(&mut browser, " ");
    assert_eq!(browser.shown_labels().next(), Some("Cz"));
    press(&mut browser, "g");
    assert_eq!(browser.shown_labels().next(), Some("C4"));
    press(&mut browser, "e");
    assert_eq!(browser.shown_labels().count(), 10);
    press(&mut browser, "aa");
    assert_eq!(browser.shown_labels().count(), 0);
    press(&mut browser, "c");
    assert!(text(&drawn(&mut browser, 80, 24)).contains("no channel is shown"));
}

#[test]
fn the_filter_is_asked_for_and_said() {
    let mut browser = browser();
    press(&mut browser, "lllll");
    // Unfiltered traces need what is before them, to take drift out.
    assert_eq!(browser.request(), Some(SignalRequest { first: 425, end: 1125, is_filtered: false }));
    drawn(&mut browser, 80, 24);
    assert_eq!(browser.request(), None);
    press(&mut browser, "f");
    assert_eq!(browser.request(), Some(SignalRequest { first: 625, end: 1125, is_filtered: true }));
    assert!(text(&drawn(&mut browser, 80, 24)).contains("Filtered, 8–30 Hz causal"));
    press(&mut browser, "f");
    assert!(!browser.is_filtered());

    let mut without = SignalBrowser::new(
        SignalInfo { filter: Err("30 Hz is too high".into()), ..info() },
        ColourDepth::True,
        Ground::Dark,
    );
    press(&mut without, "f");
    assert!(!without.is_filtered());
    assert!(text(&drawn(&mut without, 80, 24)).contains("30 Hz is too high"));
}

#[test]
fn offsets_do_not_leave_the_screen() {
    // 80 mV of offset and a wave of 40 µV: each lane of a good channel has dots in it.
    let mut browser = browser();
    press(&mut browser, "llll");
    let buffer = drawn(&mut browser, 80, 24);
    let row_of = |label: &str| text(&buffer).lines().position(|l| l.contains(label)).unwrap();
    for label in ["C3", "C4", "FC3"] {
        let row = text(&buffer).lines().nth(row_of(&format!(" {label} "))).unwrap().to_owned();
        let dots = row.chars().filter(|c| ('\u{2801}'..='\u{28ff}').contains(c)).count();
        assert!(dots > 30, "{label}: {dots} cells\n{}", text(&buffer));
    }
}

#[test]
fn help_names_every_key_and_quitting_quits() {
    let mut browser = browser();
    press(&mut browser, "?");
    let screen = text(&drawn(&mut browser, 80, 24));
    for part in ["← →", "Home End", "[ ]", "+ − 0", "PgUp", "n p", "8–30 Hz causal", "0.5 Hz"] {
        assert!(screen.contains(part), "{part:?}:\n{screen}");
    }
    press(&mut browser, "x");
    assert!(!text(&drawn(&mut browser, 80, 24)).contains("Help"));
    assert_eq!(browser.on_key(KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE)), Action::Quit);
    assert_eq!(browser.on_key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)), Action::Quit);
}

#[test]
fn recordings_of_any_size_are_bounded() {
    for (channels, rate_hz, samples) in [(4096, 100_000.0, u64::MAX), (1, 0.001, 1), (0, 250.0, 0), (3, 128.0, 5)] {
        let channel = SignalChannel { label: String::new(), role: Role::Eeg, is_voltage: true };
        let info = SignalInfo {
            rate_hz,
            samples,
            channels: vec![channel; channels],
            markers: Vec::new(),
            gaps: Vec::new(),
            ..info()
        };
        let mut browser = SignalBrowser::new(info, ColourDepth::True, Ground::Dark);
        press(&mut browser, "]]]]]]]]]]");
        let request = browser.request().unwrap();
        // The window, and the lead of two seconds.
        let values = (request.end - request.first) * channels as u64;
        assert!(values <= (1 << 25) + (2.0 * rate_hz) as u64 * channels as u64, "{values}");
        browser.show(SignalWindow { request, values: vec![f32::NAN; 8 * channels], quality: Vec::new() });
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        terminal.draw(|frame| browser.render(frame)).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any keys at any size: nothing panics, and the window stays within the recording.
    #[test]
    fn any_keys_at_any_size(keys in proptest::collection::vec(0_usize..30, 0..60), width in 1_u16..200, height in 1_u16..60) {
        let codes = [
            KeyCode::Left, KeyCode::Right, KeyCode::Up, KeyCode::Down, KeyCode::Home, KeyCode::End, KeyCode::PageUp,
            KeyCode::PageDown, KeyCode::Tab, KeyCode::Enter, KeyCode::Backspace, KeyCode::F(1),
        ];
        let letters = "npmfc[]+-0a eg?,.x";
        let mut browser = browser();
        for key in keys {
            let code = codes.get(key).copied().unwrap_or_else(|| KeyCode::Char(letters.chars().nth(key - codes.len()).unwrap()));
            browser.on_key(KeyEvent::new(code, KeyModifiers::NONE));
            prop_assert!(browser.seen().end <= 6000 && browser.seen().start < browser.seen().end);
        }
        drawn(&mut browser, width, height);
    }
}
