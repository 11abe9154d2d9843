//! The words the participant reads: what to do, how long it takes, how much is left.
use crate::symbols::{in_words, shown_name};
use crate::{FeedbackKind, FeedbackPlan, Frame, Protocol, Scene, Symbol};

fn words(title: &str, lines: Vec<String>) -> Frame {
    Frame::of(Scene::Words { title: title.to_owned(), lines })
}

/// "3 minutes", "40 seconds"; rounded, as nobody counts.
#[must_use]
pub fn spoken_duration(secs: f64) -> String {
    let secs = if secs.is_finite() { secs.max(0.0) } else { 0.0 };
    if secs < 90.0 {
        let tens = (secs / 10.0).round().max(1.0) * 10.0;
        let shown = if secs < 15.0 { secs.ceil() } else { tens };
        format!("{shown:.0} second{}", if shown == 1.0 { "" } else { "s" })
    } else {
        format!("{:.0} minutes", (secs / 60.0).round())
    }
}

fn trials(count: usize) -> String {
    format!("{count} trial{}", if count == 1 { "" } else { "s" })
}

/// Which symbol means what: one line for each class.
fn legend(symbols: &[Symbol; 2], classes: &[String; 2]) -> Vec<String> {
    symbols
        .iter()
        .zip(classes)
        .map(|(symbol, class)| match symbol {
            Symbol::Rest => "Circle: rest, and think of nothing.".to_owned(),
            symbol => format!("{}: imagine “{}”.", in_words(symbol), shown_name(class)),
        })
        .collect()
}

/// Before the baseline.
#[must_use]
pub fn baseline_instruction(secs: f64) -> Frame {
    words(
        "Sit still",
        vec![
            "Look at the cross, relax your shoulders and your jaw.".to_owned(),
            format!("{}. There is nothing to do.", spoken_duration(secs)),
        ],
    )
}

/// Before a run of cues: `expected_secs` is how long it takes.
#[must_use]
pub fn calibration_instruction(protocol: &Protocol, classes: &[String; 2], expected_secs: f64) -> Frame {
    let mut lines = legend(&protocol.symbols.pair(classes), classes);
    lines.push("Imagine how it feels to move, until the cross goes. Move nothing.".to_owned());
    let count = 2 * protocol.calibration.trials_per_class;
    lines.push(format!("{}, about {}.", trials(count), spoken_duration(expected_secs)));
    words("Imagine the movement", lines)
}

/// Before a run with feedback.
#[must_use]
pub fn feedback_instruction(
    protocol: &Protocol,
    plan: &FeedbackPlan,
    classes: &[String; 2],
    expected_secs: f64,
) -> Frame {
    let count = 2 * plan.trials_per_class;
    let about = spoken_duration(expected_secs);
    let (title, mut lines, what) = match plan.kind {
        FeedbackKind::Bar => ("Move the bar", legend(&protocol.symbols.pair(classes), classes), trials(count)),
        FeedbackKind::Cursor => (
            "Move the cursor",
            {
                let mut lines = legend(&protocol.symbols.pair(classes), classes);
                lines.push(format!("Reach the target, and stay on it for {:.1} s.", plan.dwell_secs));
                lines
            },
            trials(count),
        ),
        FeedbackKind::Pong => (
            "Brain Pong",
            vec![
                format!("Bar to the left: imagine “{}”.", shown_name(&classes[0])),
                format!("Bar to the right: imagine “{}”.", shown_name(&classes[1])),
                "Catch the ball with the bar.".to_owned(),
            ],
            format!("{count} balls"),
        ),
    };
    lines.push(format!("{what}, about {about}. Move nothing."));
    words(title, lines)
}

/// At the start of a run, and after a pause.
pub(crate) fn ready() -> Frame {
    words("Ready", vec!["It begins in a moment.".to_owned()])
}

/// While the operator's pause lasts.
pub(crate) fn paused(left: usize) -> Frame {
    words("Pause", vec!["Move and blink as you like.".to_owned(), format!("{} to go.", trials(left))])
}

/// The title and the lines of a break.
pub(crate) fn break_words(left: usize) -> (String, Vec<String>) {
    ("A short break".to_owned(), vec!["Move and blink as you like.".to_owned(), format!("{} to go.", trials(left))])
}

/// At the end of a run.
pub(crate) fn run_over(score: Option<[u32; 2]>) -> Frame {
    let lines = match score {
        Some([hits, of]) => vec![format!("{hits} of {of} hit.")],
        None => vec!["Thank you. Move and blink as you like.".to_owned()],
    };
    Frame { score, ..words("This run is over", lines) }
}

/// At the end of the session.
#[must_use]
pub fn session_over() -> Frame {
    words("That was all", vec!["Thank you.".to_owned()])
}

/// While something is being worked on and there is nothing for the participant to do.
#[must_use]
pub fn please_wait() -> Frame {
    words("Please wait", vec!["Nothing to do for a moment. Move and blink as you like.".to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(frame: &Frame) -> String {
        let Scene::Words { title, lines } = &frame.scene else { panic!("no words") };
        format!("{title}\n{}", lines.join("\n"))
    }

    #[test]
    fn durations_are_rounded() {
        for (secs, text) in [
            (1.0, "1 second"),
            (4.2, "5 seconds"),
            (20.0, "20 seconds"),
            (64.0, "60 seconds"),
            (100.0, "2 minutes"),
            (600.0, "10 minutes"),
            (f64::NAN, "0 seconds"),
        ] {
            assert_eq!(spoken_duration(secs), text);
        }
    }

    #[test]
    fn instructions_name_the_classes() {
        let classes = ["left_hand".to_owned(), "rest".to_owned()];
        let protocol = Protocol::default();
        let text = lines(&calibration_instruction(&protocol, &classes, 200.0));
        assert!(text.contains("Arrow to the left: imagine “left hand”."), "{text}");
        assert!(text.contains("Circle: rest") && text.contains("20 trials, about 3 minutes"), "{text}");
        for kind in [FeedbackKind::Bar, FeedbackKind::Cursor, FeedbackKind::Pong] {
            let plan = FeedbackPlan { kind, ..FeedbackPlan::default() };
            let frame = feedback_instruction(&protocol, &plan, &classes, 140.0);
            let text = lines(&frame);
            assert!(text.contains("left hand") && text.contains("about 2 minutes"), "{text}");
            // It has to fit an ordinary terminal.
            assert!(text.lines().all(|line| line.chars().count() <= 76) && text.lines().count() <= 6, "{text}");
        }
    }
}
