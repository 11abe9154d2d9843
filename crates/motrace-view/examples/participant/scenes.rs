//! Every scene that a participant can see, with plausible figures in it. Nothing in them was measured.

use motrace_session::{Evidence, Frame, Outcome, PongScene, Scene, Side, Symbol};

/// Relevance over both motor cortices.
pub fn evidence() -> Evidence {
    let labels =
        ["Fz", "FC3", "FC1", "FCz", "FC2", "FC4", "C5", "C3", "C1", "Cz", "C2", "C4", "C6", "CP3", "CPz", "CP4", "Pz"];
    let value = |label: &str| match label {
        "C3" => -0.4,
        "FC3" | "CP3" | "C5" | "C1" => -0.2,
        "C4" => 0.5,
        "FC4" | "CP4" | "C6" | "C2" => 0.25,
        _ => 0.02,
    };
    Evidence { labels: labels.map(str::to_owned).to_vec(), values: labels.map(value).to_vec() }
}

/// The scenes by name.
pub fn all() -> Vec<(&'static str, Frame)> {
    let words = |title: &str, lines: &[&str]| Scene::Words {
        title: title.into(),
        lines: lines.iter().map(|l| (*l).to_owned()).collect(),
    };
    let scored = |scene| Frame { score: Some([7, 10]), ..Frame::of(scene) };
    let why = |scene| Frame { score: Some([7, 10]), evidence: Some(evidence()), ..Frame::of(scene) };
    let bar = |value| Scene::Bar { target: Some(Side::Right), symbol: Some(Symbol::RightHand), value };
    let cursor = |position, dwelt| Scene::Cursor {
        target: Side::Left,
        symbol: Some(Symbol::ArrowLeft),
        position,
        edge: 0.75,
        dwelt,
    };
    let pong = |ball, bar, last| Scene::Pong(PongScene { ball, bar, bar_width: 0.3, last });
    vec![
        (
            "welcome",
            Frame::of(words(
                "Welcome",
                &["Sit comfortably and look at the cross.", "It begins when everything is ready."],
            )),
        ),
        ("fixation", Frame::of(Scene::Fixation)),
        ("arrow-left", Frame::of(Scene::Cue(Symbol::ArrowLeft))),
        ("arrow-right", Frame::of(Scene::Cue(Symbol::ArrowRight))),
        ("arrow-up", Frame::of(Scene::Cue(Symbol::ArrowUp))),
        ("arrow-down", Frame::of(Scene::Cue(Symbol::ArrowDown))),
        ("left-hand", Frame::of(Scene::Cue(Symbol::LeftHand))),
        ("right-hand", Frame::of(Scene::Cue(Symbol::RightHand))),
        ("both-hands", Frame::of(Scene::Cue(Symbol::BothHands))),
        ("feet", Frame::of(Scene::Cue(Symbol::Feet))),
        ("rest", Frame::of(Scene::Cue(Symbol::Rest))),
        ("word", Frame::of(Scene::Cue(Symbol::Word("tongue".into())))),
        ("imagery-left", Frame::of(Scene::Imagery(Some(Symbol::LeftHand)))),
        ("imagery-arrow", Frame::of(Scene::Imagery(Some(Symbol::ArrowRight)))),
        ("imagery-feet", Frame::of(Scene::Imagery(Some(Symbol::Feet)))),
        ("bar", scored(bar(0.62))),
        ("bar-wrong", scored(bar(-0.3))),
        ("bar-why", why(bar(0.4))),
        ("bar-free", Frame::of(Scene::Bar { target: None, symbol: None, value: 0.2 })),
        ("cursor", scored(cursor(-0.2, 0.0))),
        ("cursor-dwelling", scored(cursor(-0.85, 0.6))),
        ("cursor-why", why(cursor(0.5, 0.0))),
        ("pong", scored(pong([0.3, 0.4], 0.35, None))),
        ("pong-hit", scored(pong([0.6, 0.05], 0.3, Some(Outcome::Hit)))),
        ("pong-miss", why(pong([0.6, 0.05], 0.8, Some(Outcome::Miss)))),
        ("hit", scored(Scene::Result(Outcome::Hit))),
        ("miss", scored(Scene::Result(Outcome::Miss))),
        ("timeout", scored(Scene::Result(Outcome::Timeout))),
        ("break", scored(words("Break", &["7 of 10 hits so far. Rest your eyes.", "It goes on in 15 s."]))),
        ("blank", Frame::of(Scene::Blank)),
        ("thanks", Frame::of(words("Thank you", &["It is over."]))),
    ]
}
