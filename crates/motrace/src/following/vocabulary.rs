use crate::config::ClassConfig;
use motrace_session::markers;
use motrace_sim::Imagery;

/// What ends imagery, whatever was imagined.
const STOPS: [&str; 10] = [
    markers::IMAGERY_END,
    markers::HIT,
    markers::MISS,
    markers::TIMEOUT,
    markers::PAUSE,
    markers::TRIAL_START,
    markers::FIXATION,
    markers::RUN_END,
    markers::BASELINE_START,
    markers::SESSION_END,
];

/// What a marker asks the person to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// To imagine this.
    Imagine(Imagery),
    /// To stop imagining.
    Stop,
}

/// What the markers of a session mean to the simulated person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    cues: Vec<(String, Imagery)>,
}

impl Vocabulary {
    /// The markers of these classes. What a class is about follows from its name, else from one of its markers; where
    /// neither says it, the first class is the left hand and the second the right one.
    pub fn of(classes: &[ClassConfig]) -> Self {
        let by_place = [Imagery::LeftHand, Imagery::RightHand];
        let mut cues = Vec::new();
        for (place, class) in classes.iter().enumerate() {
            if let Some(imagery) = Self::imagery_of(class).or_else(|| by_place.get(place).copied()) {
                cues.extend(class.markers.iter().map(|marker| (marker.clone(), imagery)));
                cues.push((class.name.clone(), imagery));
            }
        }
        Self { cues }
    }

    /// What a class is about, by its name, else by one of its markers.
    pub fn imagery_of(class: &ClassConfig) -> Option<Imagery> {
        Imagery::parse(&class.name).or_else(|| class.markers.iter().find_map(|m| Imagery::parse(m)))
    }

    /// What a marker asks for; `None` where it asks for nothing.
    pub fn meaning(&self, text: &str) -> Option<Asked> {
        let text = text.trim();
        if let Some((_, imagery)) = self.cues.iter().find(|(marker, _)| marker == text) {
            return Some(Asked::Imagine(*imagery));
        }
        // Those of other programs may be numbers.
        let word = markers::code(text).and_then(markers::text).unwrap_or(text);
        if STOPS.contains(&word) || markers::broken_off(text).is_some() {
            return Some(Asked::Stop);
        }
        Imagery::parse(text).map(Asked::Imagine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(name: &str, markers: &[&str]) -> ClassConfig {
        ClassConfig { name: name.to_owned(), markers: markers.iter().map(|m| (*m).to_owned()).collect() }
    }

    #[test]
    fn the_markers_of_the_classes_come_first() {
        let words = Vocabulary::of(&[class("rest", &["772"]), class("grasp", &["go", "770"])]);
        assert_eq!(words.meaning("772"), Some(Asked::Imagine(Imagery::Idle)));
        assert_eq!(words.meaning("go"), Some(Asked::Imagine(Imagery::RightHand)));
        let words = Vocabulary::of(&[class("A", &["1"]), class("B", &["2"])]);
        assert_eq!(words.meaning("1"), Some(Asked::Imagine(Imagery::LeftHand)));
        assert_eq!(words.meaning("2"), Some(Asked::Imagine(Imagery::RightHand)));
    }

    #[test]
    fn without_classes_names_and_codes_are_understood() {
        let words = Vocabulary::default();
        assert_eq!(words.meaning("769"), Some(Asked::Imagine(Imagery::LeftHand)));
        assert_eq!(words.meaning("feet"), Some(Asked::Imagine(Imagery::Feet)));
        for stop in
            ["imagery-end", "hit", "miss", "timeout", "pause", "trial-broken-off a gap", "session-end", "800", "897"]
        {
            assert_eq!(words.meaning(stop), Some(Asked::Stop), "{stop}");
        }
        for nothing in ["", "beep", "control", "run-start 1", "resume", "\u{1b}[31m"] {
            assert_eq!(words.meaning(nothing), None, "{nothing}");
        }
    }
}
