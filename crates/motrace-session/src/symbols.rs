use crate::{Symbol, Symbols};
use motrace_core::clean_text;

/// Names of classes are cut after so many characters.
pub(crate) const MAX_NAME_CHARS: usize = 24;

/// What is to be moved or imagined, as far as a class's name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Left,
    Right,
    BothHands,
    Feet,
    Rest,
}

/// Reads a name word by word; a side goes before a limb ("left foot" is left).
fn meaning(name: &str) -> Option<Meaning> {
    let name = name.to_lowercase();
    let has = |words: &[&str]| name.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word));
    if has(&["left"]) {
        Some(Meaning::Left)
    } else if has(&["right"]) {
        Some(Meaning::Right)
    } else if has(&["feet", "foot", "legs"]) {
        Some(Meaning::Feet)
    } else if has(&["hands", "hand", "fists", "fist"]) {
        Some(Meaning::BothHands)
    } else if has(&["rest", "idle", "relax", "nothing"]) {
        Some(Meaning::Rest)
    } else {
        None
    }
}

/// A class's name as it is shown.
pub(crate) fn shown_name(name: &str) -> String {
    clean_text(&name.replace('_', " "), MAX_NAME_CHARS)
}

impl Symbols {
    /// What the cues of two classes look like; the two always differ where the names do.
    ///
    /// Arrows point up for both hands, down for feet, and to the side a name says; to the side of the class where it
    /// says none.
    #[must_use]
    pub fn pair(self, classes: &[String; 2]) -> [Symbol; 2] {
        let word = |class: usize| Symbol::Word(shown_name(&classes[class]));
        let sides = [Symbol::ArrowLeft, Symbol::ArrowRight];
        let pair = [0, 1].map(|class| match (self, meaning(&classes[class])) {
            (Self::Words, _) | (Self::Limbs, None) => word(class),
            (Self::Arrows, Some(Meaning::Left)) => Symbol::ArrowLeft,
            (Self::Arrows, Some(Meaning::Right)) => Symbol::ArrowRight,
            (Self::Arrows, Some(Meaning::BothHands)) => Symbol::ArrowUp,
            (Self::Arrows, Some(Meaning::Feet)) => Symbol::ArrowDown,
            (Self::Arrows, None) => sides[class].clone(),
            (Self::Limbs, Some(Meaning::Left)) => Symbol::LeftHand,
            (Self::Limbs, Some(Meaning::Right)) => Symbol::RightHand,
            (Self::Limbs, Some(Meaning::BothHands)) => Symbol::BothHands,
            (Self::Limbs, Some(Meaning::Feet)) => Symbol::Feet,
            (_, Some(Meaning::Rest)) => Symbol::Rest,
        });
        match (pair[0] == pair[1], self) {
            (false, _) => pair,
            (true, Self::Arrows) => sides,
            (true, _) => [word(0), word(1)],
        }
    }
}

/// A symbol in words, for instructions.
pub(crate) fn in_words(symbol: &Symbol) -> String {
    match symbol {
        Symbol::ArrowLeft => "Arrow to the left".to_owned(),
        Symbol::ArrowRight => "Arrow to the right".to_owned(),
        Symbol::ArrowUp => "Arrow up".to_owned(),
        Symbol::ArrowDown => "Arrow down".to_owned(),
        Symbol::LeftHand => "Left hand".to_owned(),
        Symbol::RightHand => "Right hand".to_owned(),
        Symbol::BothHands => "Both hands".to_owned(),
        Symbol::Feet => "Both feet".to_owned(),
        Symbol::Rest => "Circle".to_owned(),
        Symbol::Word(word) => format!("“{word}”"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(symbols: Symbols, a: &str, b: &str) -> [Symbol; 2] {
        symbols.pair(&[a.to_owned(), b.to_owned()])
    }

    #[test]
    fn names_choose_the_symbol() {
        assert_eq!(pair(Symbols::Arrows, "left_hand", "right_hand"), [Symbol::ArrowLeft, Symbol::ArrowRight]);
        assert_eq!(pair(Symbols::Arrows, "a", "b"), [Symbol::ArrowLeft, Symbol::ArrowRight]);
        assert_eq!(pair(Symbols::Arrows, "both-fists", "Feet"), [Symbol::ArrowUp, Symbol::ArrowDown]);
        assert_eq!(pair(Symbols::Arrows, "right", "rest"), [Symbol::ArrowRight, Symbol::Rest]);
        assert_eq!(pair(Symbols::Limbs, "left hand", "feet"), [Symbol::LeftHand, Symbol::Feet]);
        assert_eq!(pair(Symbols::Limbs, "tongue", "idle"), [Symbol::Word("tongue".to_owned()), Symbol::Rest]);
        assert_eq!(pair(Symbols::Words, "left", "right"), ["left", "right"].map(|word| Symbol::Word(word.to_owned())));
    }

    #[test]
    fn two_classes_never_look_alike() {
        assert_eq!(pair(Symbols::Arrows, "left foot", "left hand"), [Symbol::ArrowLeft, Symbol::ArrowRight]);
        assert_eq!(
            pair(Symbols::Limbs, "left foot", "left hand"),
            ["left foot", "left hand"].map(|word| Symbol::Word(word.to_owned()))
        );
    }

    #[test]
    fn names_are_safe_to_show() {
        let [Symbol::Word(word), _] = pair(Symbols::Words, "\x1b[31m\u{202e}evil", "b") else { panic!("no word") };
        assert!(!word.contains('\x1b') && !word.contains('\u{202e}'));
    }
}
