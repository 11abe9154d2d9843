use std::fmt;

/// The physical unit of a channel, as its stream or file declares it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Unit {
    /// V
    Volts,
    /// mV
    Millivolts,
    /// µV
    Microvolts,
    /// nV
    Nanovolts,
    /// Nothing is declared. The scale has to be given explicitly; it is never guessed.
    #[default]
    Unspecified,
    /// Something that is not a voltage, kept as it was written.
    Other(String),
}

impl Unit {
    /// Reads the spellings that amplifiers and file formats use: `microvolts`, `uV`, `µV`, `μV`, `mV`, …
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        match text.to_lowercase().replace('\u{3bc}', "\u{b5}").as_str() {
            "" | "none" | "unknown" | "n/a" => Self::Unspecified,
            "v" | "volt" | "volts" => Self::Volts,
            "mv" | "millivolt" | "millivolts" => Self::Millivolts,
            "uv" | "\u{b5}v" | "microvolt" | "microvolts" => Self::Microvolts,
            "nv" | "nanovolt" | "nanovolts" => Self::Nanovolts,
            _ => Self::Other(text.to_owned()),
        }
    }

    /// What one unit is in volts, or `None` where that is not known.
    #[must_use]
    pub fn in_volts(&self) -> Option<f64> {
        match self {
            Self::Volts => Some(1.0),
            Self::Millivolts => Some(1e-3),
            Self::Microvolts => Some(1e-6),
            Self::Nanovolts => Some(1e-9),
            Self::Unspecified | Self::Other(_) => None,
        }
    }

    /// The name that goes into stream metadata and files.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Volts => "volts",
            Self::Millivolts => "millivolts",
            Self::Microvolts => "microvolts",
            Self::Nanovolts => "nanovolts",
            Self::Unspecified => "",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Volts => "V",
            Self::Millivolts => "mV",
            Self::Microvolts => "µV",
            Self::Nanovolts => "nV",
            Self::Unspecified => "no unit",
            Self::Other(text) => text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendors_spellings_are_understood() {
        for text in ["microvolts", "uV", "µV", "μV", " Microvolt ", "UV"] {
            assert_eq!(Unit::parse(text), Unit::Microvolts, "{text}");
        }
        assert_eq!(Unit::parse("mV").in_volts(), Some(1e-3));
        assert_eq!(Unit::parse(""), Unit::Unspecified);
        assert_eq!(Unit::parse("degC"), Unit::Other("degC".into()));
        assert_eq!(Unit::parse("").in_volts(), None);
    }
}
