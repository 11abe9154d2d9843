use motrace_core::{StreamInfo, clean_text};
use std::fmt;

/// What to look for. Every field that is given must match exactly; it is compared here, in this process, and
/// never becomes part of an XPath expression, so that quotes in names do no harm.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamQuery {
    /// The stream's name.
    pub name: Option<String>,
    /// Its content type, `EEG` or `Markers` for instance; compared without regard to case.
    pub kind: Option<String>,
    /// The device behind it.
    pub source_id: Option<String>,
    /// The identity of one outlet; pins the stream even where a twin has the same source id.
    pub uid: Option<String>,
    /// The computer it comes from.
    pub host: Option<String>,
}

impl StreamQuery {
    /// Streams of this name.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// Streams of this content type.
    #[must_use]
    pub fn of_kind(kind: impl Into<String>) -> Self {
        Self { kind: Some(kind.into()), ..Self::default() }
    }

    /// Whether a stream answers to this query.
    #[must_use]
    pub fn matches(&self, stream: &StreamInfo) -> bool {
        self.matches_fields(&stream.name, &stream.kind, &stream.source_id, &stream.uid, &stream.host)
    }

    pub(crate) fn matches_fields(&self, name: &str, kind: &str, source_id: &str, uid: &str, host: &str) -> bool {
        let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|w| w == is);
        same(&self.name, name)
            && self.kind.as_deref().is_none_or(|w| w.eq_ignore_ascii_case(kind))
            && same(&self.source_id, source_id)
            && same(&self.uid, uid)
            && same(&self.host, host)
    }
}

impl From<&StreamInfo> for StreamQuery {
    /// Pins exactly this stream: by its uid where it has one, by everything else it says of itself where not.
    fn from(stream: &StreamInfo) -> Self {
        if stream.uid.is_empty() {
            let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            return Self {
                name: given(&stream.name),
                kind: given(&stream.kind),
                source_id: given(&stream.source_id),
                uid: None,
                host: given(&stream.host),
            };
        }
        Self { uid: Some(stream.uid.clone()), ..Self::default() }
    }
}

impl fmt::Display for StreamQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = [
            ("name", &self.name),
            ("type", &self.kind),
            ("source_id", &self.source_id),
            ("uid", &self.uid),
            ("host", &self.host),
        ];
        let mut first = true;
        for (field, value) in fields {
            if let Some(value) = value {
                write!(f, "{}{field} `{}`", if first { "" } else { ", " }, clean_text(value, 60))?;
                first = false;
            }
        }
        if first { f.write_str("any name") } else { Ok(()) }
    }
}
