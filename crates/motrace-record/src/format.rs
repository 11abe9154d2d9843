/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Extensible Data Format, as LabRecorder writes it.
    Xdf,
    /// European Data Format, plain or EDF+.
    Edf,
    /// BioSemi's 24-bit variant of EDF, plain or BDF+.
    Bdf,
    /// General Data Format for biosignals, 1.x and 2.x, as OpenViBE and BioSig write it.
    Gdf,
    /// Brain Products' header, marker and data files.
    BrainVision,
    /// A `.dat` file of BCI2000.
    Bci2000,
}

impl Format {
    /// All of them, in the order in which they are listed for people.
    pub const ALL: [Self; 6] = [Self::Xdf, Self::Edf, Self::Bdf, Self::Gdf, Self::BrainVision, Self::Bci2000];

    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Xdf => "XDF",
            Self::Edf => "EDF",
            Self::Bdf => "BDF",
            Self::Gdf => "GDF",
            Self::BrainVision => "BrainVision",
            Self::Bci2000 => "BCI2000",
        }
    }

    /// The format in which a file of this name is written; `None` for endings of formats that are only read.
    #[must_use]
    pub fn to_write(path: &std::path::Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "xdf" => Some(Self::Xdf),
            "edf" => Some(Self::Edf),
            "bdf" => Some(Self::Bdf),
            "vhdr" => Some(Self::BrainVision),
            _ => None,
        }
    }

    /// The format that the first bytes of a file announce, or a description of what they are instead.
    pub(crate) fn detect(bytes: &[u8]) -> Result<Self, String> {
        let start = &bytes[..bytes.len().min(512)];
        let is_text = || start.iter().all(|b| (*b >= 0x20 && *b != 0x7f) || b"\t\r\n".contains(b));
        match bytes {
            [] => Err("empty".into()),
            [b'X', b'D', b'F', b':', ..] => Ok(Self::Xdf),
            [0xff, b'B', b'I', b'O', b'S', b'E', b'M', b'I', ..] => Ok(Self::Bdf),
            [b'0', b' ', b' ', b' ', b' ', b' ', b' ', b' ', ..] => Ok(Self::Edf),
            [b'G', b'D', b'F', b' ', ..] => Ok(Self::Gdf),
            [b'B', b'C', b'I', b'2', b'0', b'0', b'0', b'V', ..] => Ok(Self::Bci2000),
            // Files from before BCI2000 wrote its version begin with the length of the header.
            [b'H', b'e', b'a', b'd', b'e', b'r', b'L', b'e', b'n', b'=', ..] => Ok(Self::Bci2000),
            [0x1f, 0x8b, ..] => Err("a gzip-compressed file (decompress it first)".into()),
            [b'P', b'K', 3, 4, ..] => Err("a ZIP archive".into()),
            _ => match brainvision_part(start) {
                Some("header") => Ok(Self::BrainVision),
                Some(_) => Err("the marker file of a BrainVision recording (open its header, .vhdr)".into()),
                None if is_text() => Err("a text file".into()),
                None => Err("in a format that is not known".into()),
            },
        }
    }
}

/// Which of BrainVision's text files begins so: `header` or `markers`.
fn brainvision_part(start: &[u8]) -> Option<&'static str> {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let text: String = start.iter().map(|b| char::from(*b).to_ascii_lowercase()).collect();
    let first = text.lines().find(|l| !l.trim().is_empty())?.trim();
    if first.starts_with("brain") && first.contains("vision") {
        if first.contains("header file") {
            return Some("header");
        }
        if first.contains("marker file") {
            return Some("markers");
        }
    }
    // Some programs leave the line with the version out.
    match first {
        "[common infos]" if text.contains("[marker infos]") => Some("markers"),
        "[common infos]" => Some("header"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_content() {
        for (bytes, expected) in [
            (&b"GDF 1.25"[..], Ok(Format::Gdf)),
            (b"BCI2000V= 1.1 HeaderLen= 900", Ok(Format::Bci2000)),
            (b"HeaderLen= 11565 SourceCh= 32", Ok(Format::Bci2000)),
            (b"Brain Vision Data Exchange Header File Version 1.0\r\n", Ok(Format::BrainVision)),
            (b"\xef\xbb\xbfBrainVision Data Exchange Header File, Version 2.0\n", Ok(Format::BrainVision)),
            (b"Brain Vision V-Amp Data Header File Version 1.0\n", Ok(Format::BrainVision)),
            (b"\n[Common Infos]\nDataFile=a.eeg\n", Ok(Format::BrainVision)),
            (b"Brainstorm of yesterday\nHeader file\n", Err("text file")),
            (b"Brain Vision Data Exchange Marker File, Version 1.0", Err("open its header")),
        ] {
            match (Format::detect(bytes), expected) {
                (found, Ok(format)) => assert_eq!(found, Ok(format)),
                (found, Err(part)) => assert!(found.is_err_and(|e| e.contains(part)), "{part}"),
            }
        }
    }
}
