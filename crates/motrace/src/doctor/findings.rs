use serde::Serialize;

/// What a finding means for a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// A session is possible, but something wants attention.
    Careful,
    /// A session would suffer.
    Bad,
}

impl Verdict {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Careful => "careful",
            Self::Bad => "bad",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// What, in a word or two.
    pub about: String,
    /// What it means.
    pub verdict: Verdict,
    /// What was found.
    pub finding: String,
    /// What to do about it, where it is not good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Check {
    /// Something that is as it should be.
    pub fn good(about: &str, finding: impl Into<String>) -> Self {
        Self { about: about.to_owned(), verdict: Verdict::Good, finding: finding.into(), advice: None }
    }

    /// Something that wants attention.
    pub fn careful(about: &str, finding: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Careful, advice: Some(advice.into()), ..Self::good(about, finding) }
    }

    /// Something that a session would suffer from.
    pub fn bad(about: &str, finding: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Bad, advice: Some(advice.into()), ..Self::good(about, finding) }
    }

    /// Good up to the first limit, bad beyond the second.
    pub fn graded(about: &str, value: f64, limits: [f64; 2], finding: impl Into<String>, advice: &str) -> Self {
        match value {
            v if v <= limits[0] => Self::good(about, finding),
            v if v <= limits[1] => Self::careful(about, finding, advice),
            _ => Self::bad(about, finding, advice),
        }
    }
}

/// The verdict on the whole, and the sentence that says it.
pub fn overall(checks: &[Check]) -> (Verdict, String) {
    let verdict = checks.iter().map(|c| c.verdict).max().unwrap_or(Verdict::Good);
    let about = |verdict: Verdict| {
        let mut parts: Vec<&str> = Vec::new();
        for check in checks.iter().filter(|c| c.verdict == verdict) {
            if !parts.contains(&check.about.as_str()) {
                parts.push(&check.about);
            }
        }
        parts.join(", ")
    };
    let summary = match verdict {
        Verdict::Good => "fit for a session".to_owned(),
        Verdict::Careful => format!("fit for a session, with care: {}", about(Verdict::Careful)),
        Verdict::Bad => format!("not fit for a session: {}", about(Verdict::Bad)),
    };
    (verdict, summary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_finding_decides_and_is_named_once() {
        let good = Check::good("clocks", "fine");
        assert_eq!(overall(std::slice::from_ref(&good)), (Verdict::Good, "fit for a session".to_owned()));
        let careful = Check::careful("terminal", "small", "make it larger");
        let (verdict, summary) = overall(&[good.clone(), careful.clone(), careful.clone()]);
        assert_eq!((verdict, summary.as_str()), (Verdict::Careful, "fit for a session, with care: terminal"));
        let (verdict, summary) = overall(&[careful, Check::bad("disk", "full", "make room"), good]);
        assert_eq!((verdict, summary.as_str()), (Verdict::Bad, "not fit for a session: disk"));
    }

    #[test]
    fn limits_belong_to_the_better_side_and_no_number_is_bad() {
        let verdict = |value| Check::graded("x", value, [1.0, 2.0], "", "").verdict;
        assert_eq!(
            [1.0, 1.5, 2.0, 2.1].map(verdict),
            [Verdict::Good, Verdict::Careful, Verdict::Careful, Verdict::Bad]
        );
        assert_eq!(verdict(f64::NAN), Verdict::Bad);
    }
}
