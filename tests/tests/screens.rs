//! `motrace screen`, with a session that this test plays.

use motrace_core::{Channel, StreamInfo, Unit};
use motrace_lsl::{Outlet, StreamQuery, TextInlet, TimedText};
use motrace_session::{Frame, SCREEN_KIND, STAGE_KIND, Scene, ScreenMessage, StageMessage, Symbol};
use motrace_tests::{reference_python, repository};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

/// The session's side.
struct Stage {
    outlet: Outlet,
    screen: TextInlet,
    texts: Vec<TimedText>,
}

impl Stage {
    fn send(&mut self, message: &StageMessage) {
        self.outlet.push_text(&message.to_text(), None).expect("sent");
    }

    fn show(&mut self, id: u64, due_secs: f64, scene: Scene) {
        let acknowledge = id > 0;
        self.send(&StageMessage::Show { id, due_secs, acknowledge, frame: Frame::of(scene) });
    }

    /// The next answer that `is` is wanted, with its time.
    fn answer(&mut self, is: impl Fn(&ScreenMessage) -> bool) -> (ScreenMessage, f64) {
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(120) {
            while !self.texts.is_empty() {
                let text = self.texts.remove(0);
                let message = ScreenMessage::parse(&text.text).expect("an answer");
                if is(&message) {
                    return (message, text.local_secs);
                }
            }
            self.screen.poll(&mut self.texts);
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("no answer came")
    }
}

fn words(line: &str) -> Scene {
    Scene::Words { title: String::new(), lines: vec![line.into()] }
}

#[test]
fn a_screen_draws_when_it_is_due_and_says_when_it_did() {
    let Some(interpreter) = reference_python() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let id = format!("screens-{}", std::process::id());
    motrace_lsl::use_loopback(&id).expect("the loopback");
    let network = folder.path().join("lsl_api.cfg");
    std::fs::write(&network, motrace_lsl::loopback_config(&id).expect("a plain name")).expect("written");

    let stage = StreamInfo {
        name: "s1-stage".into(),
        kind: STAGE_KIND.into(),
        source_id: "motrace-session-test-stage".into(),
        channels: vec![Channel::new("message", Unit::Unspecified)],
        is_text: true,
        ..StreamInfo::default()
    };
    let outlet = Outlet::new(&stage).expect("a stage");
    let terminal = Command::new(interpreter)
        .arg(repository().join("tests/scripts/press_keys.py"))
        .args(["goodbye", "q", "0", PROGRAM, "screen", "--wait", "120"])
        .env("LSLAPICFG", &network)
        .current_dir(repository())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the reference interpreter");

    let screen = motrace_lsl::find_one(&StreamQuery::of_kind(SCREEN_KIND), Duration::from_secs(120)).expect("a screen");
    assert!(screen.name.starts_with("s1-screen-") && screen.source_id.starts_with("motrace-session-"), "{screen:?}");
    let screen = TextInlet::open(&screen, Duration::from_secs(60)).expect("its answers");
    let mut stage = Stage { outlet, screen, texts: Vec::new() };
    let (ready, _) = stage.answer(|_| true);
    assert_eq!(ready, ScreenMessage::Ready { size: [80, 24] });

    // A screen can say that it is there before its connection to the stage stands.
    assert!(stage.outlet.wait_for_consumers(Duration::from_secs(120)), "the screen listens");

    // In time: never before it is due, and soon after, but where the machine is busy with other things just then.
    let mut soonest = f64::INFINITY;
    for id in 1..=3 {
        let due = motrace_lsl::clock() + 0.5;
        let scene = if id % 2 == 1 { Scene::Fixation } else { Scene::Cue(Symbol::ArrowLeft) };
        stage.show(id, due, scene);
        let (_, drawn) = stage.answer(|m| *m == ScreenMessage::Shown { id });
        assert!(drawn > due - 1e-6, "frame {id} was drawn {} s before it was due", due - drawn);
        soonest = soonest.min(drawn - due);
    }
    assert!(soonest < 1.0, "each frame was drawn {soonest} s after it was due, or later");
    // What is past is drawn at once, all of what is asked about in its order, and what is not a message does no harm.
    let now = motrace_lsl::clock();
    stage.outlet.push_text("{\"show\":{\"id\":1}}", None).expect("sent");
    stage.outlet.push_text(&"[".repeat(60_000), None).expect("sent");
    stage.show(4, now - 1.0, words(&"long ".repeat(8000)));
    (0..50).for_each(|i| stage.show(0, now, Scene::Bar { target: None, symbol: None, value: f64::from(i) / 50.0 }));
    stage.show(5, f64::from_bits(1), Scene::Blank);
    for id in [4, 5] {
        let (message, drawn) = stage.answer(|m| matches!(m, ScreenMessage::Shown { .. }));
        assert_eq!(message, ScreenMessage::Shown { id });
        assert!(drawn >= now);
    }
    // What is cancelled is not drawn: the next frame is due when that would have been there, and the cancellation comes
    // long before, however long it takes.
    let due = motrace_lsl::clock() + 8.0;
    stage.show(6, due, Scene::Fixation);
    stage.send(&StageMessage::Cancel);
    stage.show(7, due + 0.2, Scene::Blank);
    let (message, _) = stage.answer(|m| matches!(m, ScreenMessage::Shown { .. }));
    assert_eq!(message, ScreenMessage::Shown { id: 7 });

    // One word: without colours, what did not change between words is not drawn again.
    stage.show(0, motrace_lsl::clock(), words("goodbye"));
    stage.answer(|m| *m == ScreenMessage::Leaving);
    let output = terminal.wait_with_output().expect("an end");
    let seen: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for fact in ["seen", "raw", "restored", "left", "cursor"] {
        assert_eq!(seen[fact], true, "{fact} in {seen:#}");
    }
    assert_eq!(seen["status"], 0, "{seen:#}");
}

#[test]
fn without_a_terminal_there_is_nothing_to_draw_on() {
    motrace_tests::motrace(PROGRAM, &["screen", "--wait", "1"], 120).refused(1, "terminal");
}
