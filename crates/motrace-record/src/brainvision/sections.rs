//! The text files of BrainVision: sections of `key=value` lines.

/// The sections of a file that are understood; comments and free text are left out.
#[derive(Debug, Default)]
pub(crate) struct Sections<'a> {
    /// The first line, if it is not the beginning of a section.
    pub(crate) title: &'a str,
    /// Section, key and value, in the order of the file.
    entries: Vec<(Section, &'a str, &'a str)>,
}

/// A section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    CommonInfos,
    BinaryInfos,
    ChannelInfos,
    Coordinates,
    MarkerInfos,
    /// `[Comment]`, which is free text, and everything else.
    Other,
}

impl Section {
    /// Reads a line such as `[Common Infos]`, whatever the case.
    fn parse(line: &str) -> Option<Self> {
        let name = line.strip_prefix('[')?.strip_suffix(']')?.trim().to_ascii_lowercase();
        Some(match name.as_str() {
            "common infos" => Self::CommonInfos,
            "binary infos" => Self::BinaryInfos,
            "channel infos" => Self::ChannelInfos,
            "coordinates" => Self::Coordinates,
            "marker infos" => Self::MarkerInfos,
            _ => Self::Other,
        })
    }
}

impl<'a> Sections<'a> {
    pub(crate) fn parse(text: &'a str) -> Self {
        let mut sections = Self::default();
        let mut section = None;
        for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
            if line.is_empty() || line.starts_with(';') {
                continue;
            }
            if let Some(begun) = Section::parse(line) {
                section = Some(begun);
            } else if let Some(section) = section {
                if section != Section::Other
                    && let Some((key, value)) = line.split_once('=')
                {
                    sections.entries.push((section, key.trim(), value.trim()));
                }
            } else if sections.title.is_empty() {
                sections.title = line;
            }
        }
        sections
    }

    /// The value of a key, whatever its case.
    pub(crate) fn value(&self, section: Section, key: &str) -> Option<&'a str> {
        let found = self.entries.iter().find(|(s, k, _)| *s == section && k.eq_ignore_ascii_case(key));
        found.map(|(.., value)| *value).filter(|v| !v.is_empty())
    }

    /// The values of keys such as `Ch7`, with their numbers.
    pub(crate) fn numbered(&self, section: Section, prefix: &str) -> impl Iterator<Item = (usize, &'a str)> {
        self.entries.iter().filter(move |(s, ..)| *s == section).filter_map(move |(_, key, value)| {
            let (name, number) = key.split_at_checked(prefix.len())?;
            let number = number.parse().ok()?;
            name.eq_ignore_ascii_case(prefix).then_some((number, *value))
        })
    }
}

/// The fields of a value; `\1` stands for a comma.
pub(crate) fn fields(value: &str) -> impl Iterator<Item = String> {
    value.split(',').map(|field| field.trim().replace("\\1", ","))
}
